package session

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"os"
	"strconv"

	"haul/session/internal/authn"
)

// bodySource makes the body of a request anew for each attempt: after a failed
// authentication, a redirect that keeps the body, a dead connection.
type bodySource interface {
	// length is the size of the body in bytes, -1 if it is unknown.
	length() int64
	// open returns the body of the next attempt and its length. An error is
	// an *Error, or the context's.
	open(ctx context.Context, t *task) (io.ReadCloser, int64, error)
	// hash is for Digest with auth-int; nil if the body can be read once only.
	hash() authn.Body
	// replayable tells whether open can be repeated without asking anybody.
	replayable() bool
}

// bytesBody is a body in memory.
type bytesBody []byte

func (b bytesBody) length() int64    { return int64(len(b)) }
func (b bytesBody) replayable() bool { return true }

func (b bytesBody) open(context.Context, *task) (io.ReadCloser, int64, error) {
	return io.NopCloser(bytes.NewReader(b)), int64(len(b)), nil
}

func (b bytesBody) hash() authn.Body {
	return func(w io.Writer) error {
		_, err := w.Write(b)
		return err
	}
}

// fileBody is a file, read from the disk while it is sent.
type fileBody string

func (b fileBody) replayable() bool { return true }

func (b fileBody) length() int64 {
	if st, err := os.Stat(string(b)); err == nil && st.Mode().IsRegular() {
		return st.Size()
	}
	return -1
}

func (b fileBody) open(context.Context, *task) (io.ReadCloser, int64, error) {
	f, err := os.Open(string(b))
	if err != nil {
		return nil, 0, &Error{Code: fileCode(err), Err: err}
	}
	st, err := f.Stat()
	if err == nil && st.IsDir() {
		err = &fs.PathError{Op: "read", Path: string(b), Err: errors.New("is a directory")}
		return nil, 0, &Error{Code: FileIsDirectory, Err: errors.Join(err, f.Close())}
	}
	if err != nil {
		return nil, 0, &Error{Code: NoPermissionsToReadFile, Err: errors.Join(err, f.Close())}
	}
	return &unchangedFile{file: f, left: st.Size(), size: st.Size()}, st.Size(), nil
}

func (b fileBody) hash() authn.Body {
	return func(w io.Writer) error {
		f, err := os.Open(string(b))
		if err != nil {
			return err
		}
		_, err = io.Copy(w, f)
		return errors.Join(err, f.Close())
	}
}

// fileCode is the code of a failure to open an upload's file.
func fileCode(err error) Code {
	if errors.Is(err, fs.ErrNotExist) {
		return FileDoesNotExist
	}
	return NoPermissionsToReadFile
}

// unchangedFile reads a file that must keep its size, because the size was
// promised in Content-Length.
type unchangedFile struct {
	file       *os.File // not embedded: its WriteTo would go round Read
	left, size int64
}

var errFileChanged = errors.New("the file changed its size while it was sent")

func (f *unchangedFile) Close() error { return f.file.Close() }

func (f *unchangedFile) Read(p []byte) (int, error) {
	if f.left == 0 {
		if f.changed() {
			return 0, errFileChanged
		}
		return 0, io.EOF
	}
	if int64(len(p)) > f.left {
		p = p[:f.left]
	}
	n, err := f.file.Read(p)
	f.left -= int64(n)
	if errors.Is(err, io.EOF) && f.left > 0 {
		err = errFileChanged
	}
	if err == nil && f.left == 0 && f.changed() {
		// net/http stops at the promised length, so a file that grew shows
		// here or never. Without the last bytes the server does not take what
		// came for the whole.
		return 0, errFileChanged
	}
	return n, err
}

func (f *unchangedFile) changed() bool {
	st, err := f.file.Stat()
	return err == nil && st.Size() != f.size
}

// streamBody asks the delegate for a stream (guide steps 4 and 8). first, if
// set, is the body that the request of a data task brought along: it serves
// the first attempt.
type streamBody struct {
	first  io.ReadCloser
	reopen func() (io.ReadCloser, error) // http.Request.GetBody, or nil
	size   int64                         // as the caller declared it, or -1
}

func (b *streamBody) length() int64    { return b.size }
func (b *streamBody) hash() authn.Body { return nil }
func (b *streamBody) replayable() bool { return b.reopen != nil }

func (b *streamBody) open(ctx context.Context, t *task) (io.ReadCloser, int64, error) {
	if body := b.first; body != nil {
		b.first = nil
		return body, b.size, nil
	}
	if b.reopen != nil {
		body, err := b.reopen()
		if err != nil {
			return nil, 0, &Error{Code: RequestBodyStreamExhausted, Err: err}
		}
		return body, b.size, nil
	}
	body, err := t.needNewBodyStream(ctx)
	if err != nil {
		return nil, 0, err
	}
	return body, b.size, nil
}

// requestBody is the source of the body that a request brings along, nil if it
// has none.
func requestBody(r *http.Request) bodySource {
	if r.Body == nil || r.Body == http.NoBody {
		return nil
	}
	return &streamBody{first: r.Body, reopen: r.GetBody, size: declaredLength(r)}
}

// declaredLength is the length of the body that a request declares, in its
// field or in its header; -1 for none.
func declaredLength(r *http.Request) int64 {
	if r.ContentLength > 0 {
		return r.ContentLength
	}
	if n, err := strconv.ParseInt(r.Header.Get("Content-Length"), 10, 64); err == nil && n >= 0 {
		return n
	}
	return -1
}
