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
	if err := lock(f, flag); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return osHandle{f}, nil
}

func lock(f *os.File, flag int) error {
	locked, err := look(f, flag)
	if err != nil {
		return err
	}
	err = withFD(f, func(fd int) error { return unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB) })
	if errors.Is(err, unix.EWOULDBLOCK) {
		err = ErrLocked
	}
	if err != nil {
		return &fs.PathError{Op: "lock", Path: f.Name(), Err: err}
	}
	// The file may have been moved away between opening and locking; then the
	// lock is of a file that nobody else will ask for.
	var named syscall.Stat_t
	if err := lstat(f.Name(), &named); err != nil {
		return err
	}
	if open, ok := locked.Sys().(*syscall.Stat_t); !ok || open.Dev != named.Dev || open.Ino != named.Ino {
		return &fs.PathError{Op: "lock", Path: f.Name(), Err: ErrLocked}
	}
	return nil
}
