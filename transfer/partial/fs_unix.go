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
	d, err := os.Open(name)
	if err != nil {
		return err
	}
	err = d.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, errors.ErrUnsupported) {
		// Some network and FUSE file systems cannot sync a directory;
		// they promise nothing that could be waited for.
		err = nil
	}
	return errors.Join(err, d.Close())
}

func crossDevice(err error) bool { return errors.Is(err, syscall.EXDEV) }
