package partial

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"sync"

	"golang.org/x/sys/unix"
)

// file is an open regular file. Package os would ask the poller about each one,
// which has no use for regular files, and have the collector watch it in case that
// nobody closes it: together as much as opening it takes.
type file struct {
	name string
	// mu is held for reading while fd is used, so that Close waits: the system
	// gives the number to the next file that is opened.
	mu sync.RWMutex
	fd int // -1 once closed
}

// openNoFollow opens what is there with O_NONBLOCK besides, because opening a
// named pipe that somebody put in the way would wait for ever. A new file needs
// no look: O_EXCL follows no link, and what it made is a regular file of ours.
func openNoFollow(name string, flag int, perm fs.FileMode) (*file, error) {
	fd, err := retry(func() (int, error) {
		return unix.Open(name, flag|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, uint32(perm.Perm()))
	})
	if errors.Is(err, unix.ELOOP) {
		err = errSymlink // what the system says of a link here leads the reader astray
	}
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	f := &file{name: name, fd: fd}
	if flag&os.O_EXCL != 0 {
		return f, nil
	}
	st, err := f.stat()
	switch {
	case err != nil:
	case st.Mode&unix.S_IFMT != unix.S_IFREG:
		err = &fs.PathError{Op: "open", Path: name, Err: errNotRegular}
	case foreign(st.Uid):
		err = &fs.PathError{Op: "open", Path: name, Err: errForeign}
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// with calls do with the descriptor, again when a signal interrupts it.
func (f *file) with(op string, do func(fd int) error) error {
	f.mu.RLock()
	defer f.mu.RUnlock()
	if f.fd < 0 {
		return &fs.PathError{Op: op, Path: f.name, Err: fs.ErrClosed}
	}
	for {
		err := do(f.fd)
		if err == nil {
			return nil
		}
		if !errors.Is(err, unix.EINTR) {
			return &fs.PathError{Op: op, Path: f.name, Err: err}
		}
	}
}

// control implements [descriptor].
func (f *file) control(do func(fd uintptr)) error {
	return f.with("use", func(fd int) error { do(uintptr(fd)); return nil })
}

// ReadAt implements [io.ReaderAt].
func (f *file) ReadAt(p []byte, off int64) (n int, err error) {
	err = f.with("read", func(fd int) error {
		for n < len(p) {
			m, err := unix.Pread(fd, p[n:], off+int64(n))
			if err != nil {
				return err
			}
			if m == 0 {
				return nil
			}
			n += m
		}
		return nil
	})
	if err == nil && n < len(p) {
		err = io.EOF
	}
	return n, err
}

// WriteAt implements [io.WriterAt].
func (f *file) WriteAt(p []byte, off int64) (n int, err error) {
	err = f.with("write", func(fd int) error {
		for n < len(p) {
			m, err := unix.Pwrite(fd, p[n:], off+int64(n))
			if err != nil {
				return err
			}
			if m == 0 {
				return io.ErrUnexpectedEOF
			}
			n += m
		}
		return nil
	})
	return n, err
}

func (f *file) stat() (st unix.Stat_t, err error) {
	err = f.with("stat", func(fd int) error { return unix.Fstat(fd, &st) })
	return st, err
}

// Size implements [Handle].
func (f *file) Size() (int64, error) {
	st, err := f.stat()
	return st.Size, err
}

// Truncate implements [Handle].
func (f *file) Truncate(size int64) error {
	return f.with("truncate", func(fd int) error { return unix.Ftruncate(fd, size) })
}

// Chmod implements [Handle].
func (f *file) Chmod(mode fs.FileMode) error {
	return f.with("chmod", func(fd int) error { return unix.Fchmod(fd, uint32(mode.Perm())) })
}

// Sync leaves out what fsync would write besides the data and the length (times,
// mode), which saves a journal commit on most file systems.
func (f *file) Sync() error { return f.with("sync", unix.Fdatasync) }

// Reserve implements [Handle].
func (f *file) Reserve(size int64) error {
	return f.with("reserve", func(fd int) error { return reserve(fd, size) })
}

// Instance implements [Handle].
func (f *file) Instance() (id Instance, err error) {
	err = f.with("stat", func(fd int) error { id, err = instance(fd); return err })
	return id, err
}

// Close waits for calls under way.
func (f *file) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.fd < 0 {
		return &fs.PathError{Op: "close", Path: f.name, Err: fs.ErrClosed}
	}
	// The descriptor is gone whatever Close says, an interrupted call included.
	err := unix.Close(f.fd)
	f.fd = -1
	if err != nil && !errors.Is(err, unix.EINTR) {
		return &fs.PathError{Op: "close", Path: f.name, Err: err}
	}
	return nil
}
