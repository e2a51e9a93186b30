package partial

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// datasync leaves out what fsync would write besides the data and the length
// (times, mode), which saves a journal commit on most file systems.
func datasync(f *os.File) error {
	return withFD(f, unix.Fdatasync)
}

func reserve(f *os.File, size int64) error {
	return withFD(f, func(fd int) error {
		return unix.Fallocate(fd, unix.FALLOC_FL_KEEP_SIZE, 0, size)
	})
}

// withFD calls do with the descriptor of f, which cannot be closed meanwhile,
// again when a signal interrupts it.
func withFD(f *os.File, do func(fd int) error) error {
	c, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	err = c.Control(func(fd uintptr) {
		for {
			if failed = do(int(fd)); !errors.Is(failed, unix.EINTR) {
				return
			}
		}
	})
	if err != nil {
		return err
	}
	return failed
}

func renameNew(from, to string) error {
	err := unix.Renameat2(unix.AT_FDCWD, from, unix.AT_FDCWD, to, unix.RENAME_NOREPLACE)
	if errors.Is(err, unix.EINVAL) {
		// What a file system says that does not know the flag.
		return errors.ErrUnsupported
	}
	return err
}
