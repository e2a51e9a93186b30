package background

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"time"

	"haul/session"
)

// source is the file of an upload as it was when the task was made.
type source struct {
	Size     int64     `json:"size"`
	Modified time.Time `json:"modified"`
}

// take takes the file that is to be sent, as it is: as a clone where the file
// system has that, which shares its bytes until one of the two is written to,
// else by a hard link, and else by a copy. A link lets the app remove its file,
// but not write into it: that it did not is checked by size and time before and
// after the bytes are sent.
func (r *record) take(from string) error {
	linked, err := snapshot(from, r.Upload)
	if err != nil {
		return err
	}
	fi, err := os.Stat(r.Upload)
	if err != nil {
		return err
	}
	r.Counts.ExpectedSent = fi.Size()
	if linked {
		r.Source = &source{fi.Size(), fi.ModTime()}
	}
	return nil
}

var errSourceChanged = errors.New("the file was written to after the upload had been made")

// unchanged tells whether the file that is sent is what it was.
func (r *record) unchanged() error {
	if r.Source == nil {
		return nil // nobody else has it
	}
	fi, err := os.Stat(r.Upload)
	if err != nil {
		return &session.Error{Code: session.FileDoesNotExist, Err: err}
	}
	if fi.Size() != r.Source.Size || !fi.ModTime().Equal(r.Source.Modified) {
		return &session.Error{Code: session.RequestBodyStreamExhausted, Err: errSourceChanged}
	}
	return nil
}

// snapshot makes to the file from as it is. linked tells that it is the same
// file.
func snapshot(from, to string) (linked bool, err error) {
	from, err = filepath.EvalSymlinks(from)
	if err != nil {
		return false, err
	}
	fi, err := os.Stat(from)
	if err != nil {
		return false, err
	}
	if !fi.Mode().IsRegular() {
		return false, &os.PathError{Op: "send", Path: from, Err: errNotRegular}
	}
	if err := os.Remove(to); err != nil && !errors.Is(err, os.ErrNotExist) {
		return false, err
	}
	in, err := os.Open(from)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	if copyFile(in, to, clone) == nil {
		return false, nil
	}
	if os.Link(from, to) == nil {
		return true, nil
	}
	return false, copyFile(in, to, func(out, in *os.File) error {
		_, err := io.Copy(out, in)
		return err
	})
}

var errNotRegular = errors.New("is not a regular file")

// copyFile makes a new file with what fill puts into it.
func copyFile(in *os.File, to string, fill func(out, in *os.File) error) error {
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	err = fill(out, in)
	if err = errors.Join(err, out.Sync(), out.Close()); err != nil {
		err = errors.Join(err, os.Remove(to))
	}
	return err
}

// uploadError is the reply to an upload whose file cannot be had.
func uploadError(err error) error {
	code := session.NoPermissionsToReadFile
	switch {
	case errors.Is(err, os.ErrNotExist):
		code = session.FileDoesNotExist
	case errors.Is(err, errNotRegular):
		code = session.FileIsDirectory
	}
	return codedError(code, err)
}
