//go:build unix

package partial

import (
	"errors"
	"io/fs"
	"os"
	"syscall"

	"github.com/gofrs/flock"
)

// openNoFollow opens with O_NONBLOCK besides, because opening a named pipe that
// somebody put in the way would wait for ever. Regular files do not mind.
func openNoFollow(name string, flag int, perm fs.FileMode) (*os.File, error) {
	f, err := os.OpenFile(name, flag|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, perm)
	if errors.Is(err, syscall.ELOOP) || errors.Is(err, syscall.EMLINK) {
		// What these systems say of a link here leads the reader astray.
		return nil, &fs.PathError{Op: "open", Path: name, Err: errSymlink}
	}
	return f, err
}

func lock(name string) (unlock func() error, err error) {
	// Without O_CREATE, which is flock's default: a lock must not bring back
	// a file that was finished or discarded a moment ago.
	l := flock.New(name, flock.SetFlag(os.O_RDWR|syscall.O_NOFOLLOW|syscall.O_NONBLOCK))
	ok, err := l.TryLock()
	if errors.Is(err, syscall.ELOOP) {
		err = &fs.PathError{Op: "lock", Path: name, Err: errSymlink}
	}
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, &fs.PathError{Op: "lock", Path: name, Err: ErrLocked}
	}
	// The file may have been moved away between opening and locking; then
	// the lock is of a file that nobody else will ask for.
	locked, err := l.Stat()
	if err == nil {
		var named fs.FileInfo
		if named, err = os.Lstat(name); err == nil && !os.SameFile(locked, named) {
			err = &fs.PathError{Op: "lock", Path: name, Err: ErrLocked}
		}
	}
	if err != nil {
		return nil, errors.Join(err, l.Unlock())
	}
	return l.Unlock, nil
}

func syncDir(name string) error {
	// Package os would ask the poller about the directory, which takes longer
	// than the rest.
	fd, err := retry(func() (int, error) {
		return syscall.Open(name, syscall.O_RDONLY|syscall.O_DIRECTORY|syscall.O_CLOEXEC, 0)
	})
	if err != nil {
		return &fs.PathError{Op: "open", Path: name, Err: err}
	}
	_, err = retry(func() (int, error) { return 0, syscall.Fsync(fd) })
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, errors.ErrUnsupported) {
		// Some network and FUSE file systems cannot sync a directory;
		// they promise nothing that could be waited for.
		err = nil
	}
	if err != nil {
		err = &fs.PathError{Op: "sync", Path: name, Err: err}
	}
	return errors.Join(err, syscall.Close(fd))
}

// retry makes a system call again when a signal interrupts it.
func retry(call func() (int, error)) (int, error) {
	for {
		n, err := call()
		if !errors.Is(err, syscall.EINTR) {
			return n, err
		}
	}
}

func crossDevice(err error) bool { return errors.Is(err, syscall.EXDEV) }
