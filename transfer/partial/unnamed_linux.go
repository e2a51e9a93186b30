package partial

import (
	"crypto/rand"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"
)

// KeepsUnnamed implements [FS]. Only file systems are asked of which it is known
// that a sync covers a file without a name: Btrfs passes over one. And since it
// also takes /proc and the leave of whatever confines this process, it is tried.
func (f OS) KeepsUnnamed(dir string) bool {
	var disk unix.Statfs_t
	if _, err := retry(func() (int, error) { return 0, unix.Statfs(dir, &disk) }); err != nil {
		return false
	}
	switch disk.Type {
	case unix.TMPFS_MAGIC, unix.EXT4_SUPER_MAGIC, unix.XFS_SUPER_MAGIC:
	default:
		return false
	}
	u, err := f.OpenUnnamed(dir)
	if err != nil {
		return false
	}
	example := filepath.Join(dir, ".haul-"+rand.Text()+PartSuffix)
	linked := u.Link(example) == nil
	if linked {
		linked = f.Remove(example) == nil
	}
	return u.Close() == nil && linked
}

// OpenUnnamed implements [FS].
func (OS) OpenUnnamed(dir string) (Unnamed, error) {
	fd, err := retry(func() (int, error) {
		return unix.Open(dir, unix.O_TMPFILE|unix.O_RDWR|unix.O_CLOEXEC, 0o666)
	})
	if err != nil {
		return nil, &os.PathError{Op: "create", Path: dir, Err: err}
	}
	return &file{name: dir, fd: fd}, nil
}

// Lock implements [Unnamed].
func (f *file) Lock() error {
	return f.with("lock", func(fd int) error { return unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB) })
}

// Link implements [Unnamed].
func (f *file) Link(to string) error {
	f.mu.RLock()
	defer f.mu.RUnlock()
	from := location(f.fd)
	_, err := retry(func() (int, error) {
		return 0, unix.Linkat(unix.AT_FDCWD, from, unix.AT_FDCWD, to, unix.AT_SYMLINK_FOLLOW)
	})
	if err != nil {
		return &os.PathError{Op: "create", Path: to, Err: err}
	}
	return nil
}

// Location implements [Unnamed].
func (f *file) Location() string {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return location(f.fd)
}

func location(fd int) string { return "/proc/self/fd/" + strconv.Itoa(fd) }
