//go:build !linux

package partial

import (
	"errors"
	"io/fs"
	"os"
)

// file is an open regular file.
type file struct{ *os.File }

// look refuses a file that was opened with flag and is not what it should be.
func (f *file) look(flag int) error {
	fi, err := f.Stat()
	switch {
	case err != nil:
		return err
	case !fi.Mode().IsRegular():
		return &fs.PathError{Op: "open", Path: f.Name(), Err: errNotRegular}
	case flag&os.O_CREATE == 0 && Foreign(fi):
		return &fs.PathError{Op: "open", Path: f.Name(), Err: errForeign}
	}
	return nil
}

// checked is f, unless it is to be refused.
func checked(f *file, flag int) (*file, error) {
	if err := f.look(flag); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// control implements [descriptor].
func (f *file) control(do func(fd uintptr)) error {
	c, err := f.SyscallConn()
	if err != nil {
		return err
	}
	return c.Control(do)
}

// Size implements [Handle].
func (f *file) Size() (int64, error) {
	fi, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return fi.Size(), nil
}

// Reserve is an optimisation that only Linux gives without changing the length.
func (*file) Reserve(int64) error { return errors.ErrUnsupported }

// Instance is known on Linux alone.
func (*file) Instance() (Instance, error) { return Instance{}, errors.ErrUnsupported }
