//go:build unix

package partial

import (
	"errors"
	"io/fs"
	"syscall"
)

func exists(name string) (bool, error) {
	var st syscall.Stat_t
	err := lstat(name, &st)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// lstat is called several times for each small file. Package os would make an
// object of what the system says.
func lstat(name string, st *syscall.Stat_t) error {
	for {
		err := syscall.Lstat(name, st)
		if err == nil {
			return nil
		}
		if !errors.Is(err, syscall.EINTR) {
			return &fs.PathError{Op: "lstat", Path: name, Err: err}
		}
	}
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
