//go:build unix && !aix && (!solaris || illumos)

package partial

import (
	"errors"
	"io/fs"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// openLocked locks the file by the descriptor that it is used by, so that what
// is locked is what is open.
func openLocked(name string, flag int) (Handle, error) {
	f, err := openNoFollow(name, os.O_RDWR|flag, 0o600)
	if err != nil {
		return nil, err
	}
	if err := lock(f, name); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

func lock(f *file, name string) error {
	var open syscall.Stat_t
	var failed error
	err := f.control(func(fd uintptr) {
		_, failed = retry(func() (int, error) { return 0, unix.Flock(int(fd), unix.LOCK_EX|unix.LOCK_NB) })
		if failed == nil {
			_, failed = retry(func() (int, error) { return 0, syscall.Fstat(int(fd), &open) })
		}
	})
	if err == nil {
		err = failed
	}
	if errors.Is(err, unix.EWOULDBLOCK) {
		err = ErrLocked
	}
	if err != nil {
		return &fs.PathError{Op: "lock", Path: name, Err: err}
	}
	// The file may have been moved away or removed between opening and locking, by
	// another process that had it; then the lock is of a file that nobody else will
	// ask for.
	var named syscall.Stat_t
	err = lstat(name, &named)
	if errors.Is(err, fs.ErrNotExist) || err == nil && (open.Dev != named.Dev || open.Ino != named.Ino) {
		err = &fs.PathError{Op: "lock", Path: name, Err: ErrLocked}
	}
	return err
}
