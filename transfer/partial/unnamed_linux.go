package partial

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// KeepsUnnamed implements [FS]. Since it also takes /proc, a kernel that minds the
// umask here as elsewhere, and the leave of whatever confines this process, it is
// tried.
func (f OS) KeepsUnnamed(dir string) bool {
	return syncsUnnamed(dir) && f.tryUnnamed(passingName(dir)) == nil
}

// syncsUnnamed tells whether it is known of the file system of dir that a sync
// covers a file without a name, and a sync of the directory that it has got one.
// Btrfs passes over such a file. Without a journal, as ext2 is and ext4 can be, the
// directory becomes durable and the number of the file's links does not: after a
// power failure it counts as removed.
func syncsUnnamed(dir string) bool {
	var disk unix.Statfs_t
	if _, err := retry(func() (int, error) { return 0, unix.Statfs(dir, &disk) }); err != nil {
		return false
	}
	switch disk.Type {
	case unix.TMPFS_MAGIC, unix.XFS_SUPER_MAGIC:
		return true
	case unix.EXT4_SUPER_MAGIC: // that of ext2 and ext3 too
		var st unix.Stat_t
		_, err := retry(func() (int, error) { return 0, unix.Stat(dir, &st) })
		return err == nil && journals("/sys", uint64(st.Dev)) //nolint:unconvert // 32 bits on mips
	}
	return false
}

// journals tells whether the ext4 file system on a device has a journal: that has a
// thread of the kernel. sys is where the system tells of itself.
func journals(sys string, dev uint64) bool {
	disk, err := os.Readlink(filepath.Join(sys, "dev/block", fmt.Sprintf("%d:%d", unix.Major(dev), unix.Minor(dev))))
	if err != nil {
		return false
	}
	thread, err := os.ReadFile(filepath.Join(sys, "fs/ext4", filepath.Base(disk), "journal_task"))
	if err != nil {
		return false
	}
	_, err = strconv.Atoi(strings.TrimSpace(string(thread)))
	return err == nil
}

var errOtherMode = errors.New("it has another mode than a file with a name")

// tryUnnamed does all that is done to a file without a name, and gives it the name
// example in the end.
func (f OS) tryUnnamed(example string) (err error) {
	u, err := openUnnamed(example)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, u.Close()) }()
	usual, err := exampleMode(f, example)
	if err != nil {
		return err
	}
	read, err := os.Open(u.Location())
	if err != nil {
		return err
	}
	fi, err := read.Stat()
	if err := errors.Join(err, read.Close()); err != nil {
		return err
	}
	if fi.Mode() != usual {
		return errOtherMode
	}
	if err := errors.Join(u.Lock(), u.Link(example)); err != nil {
		return err
	}
	return f.Remove(example)
}

// OpenUnnamed implements [FS].
func (OS) OpenUnnamed(name string) (Unnamed, error) {
	u, err := openUnnamed(name)
	if err != nil {
		return nil, err // and not an Unnamed that is a nil pointer
	}
	return u, nil
}

func openUnnamed(name string) (*file, error) {
	fd, err := retry(func() (int, error) {
		return unix.Open(filepath.Dir(name), unix.O_TMPFILE|unix.O_RDWR|unix.O_CLOEXEC, 0o666)
	})
	if err != nil {
		return nil, &os.PathError{Op: "create", Path: name, Err: err}
	}
	return &file{name: name, fd: fd}, nil
}

// Lock implements [Unnamed].
func (f *file) Lock() error {
	return f.with("lock", func(fd int) error { return unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB) })
}

// Link implements [Unnamed].
func (f *file) Link(to string) error {
	var failed error
	err := f.control(func(fd uintptr) {
		_, failed = retry(func() (int, error) {
			return 0, unix.Linkat(unix.AT_FDCWD, location(int(fd)), unix.AT_FDCWD, to, unix.AT_SYMLINK_FOLLOW)
		})
	})
	if failed != nil {
		err = &os.PathError{Op: "create", Path: to, Err: failed}
	}
	return err
}

// Location implements [Unnamed].
func (f *file) Location() string {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return location(f.fd)
}

func location(fd int) string { return "/proc/self/fd/" + strconv.Itoa(fd) }
