package partial

import (
	"errors"

	"golang.org/x/sys/unix"
)

// maxReserve bounds the bytes that are allocated before they come: the length is
// the server's word, and a lie must not fill the disk.
const maxReserve = 1 << 30

func reserve(fd int, size int64) error {
	disk, err := room(fd, size)
	if err != nil || disk.Type == unix.TMPFS_MAGIC {
		// A file system in memory fills with zeros what it allocates, which
		// takes as long as filling it with the bytes.
		return err
	}
	return unix.Fallocate(fd, unix.FALLOC_FL_KEEP_SIZE, 0, min(size, maxReserve))
}

// room fails with ENOSPC when what a file of size bytes still needs is not
// free. It comes first, because a file system may keep what it allocated before
// it found out. One that does not tell its size has room.
func room(fd int, size int64) (disk unix.Statfs_t, err error) {
	if err := unix.Fstatfs(fd, &disk); err != nil {
		return disk, err
	}
	var file unix.Stat_t
	if err := unix.Fstat(fd, &file); err != nil {
		return disk, err
	}
	const block = 512 // of Stat_t, whatever the file system's are
	missing := size - file.Blocks*block
	if disk.Blocks > 0 && missing > 0 && uint64(missing)/uint64(disk.Bsize) > disk.Bavail {
		return disk, unix.ENOSPC
	}
	return disk, nil
}

func renameNew(from, to string) error {
	err := unix.Renameat2(unix.AT_FDCWD, from, unix.AT_FDCWD, to, unix.RENAME_NOREPLACE)
	if errors.Is(err, unix.EINVAL) {
		// What a file system says that does not know the flag.
		return errors.ErrUnsupported
	}
	return err
}
