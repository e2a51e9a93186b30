package partial

import (
	"errors"
	"io"
	"io/fs"
	"os"
)

// FS is the part of the file system that this package uses: the seam where
// tests make the Nth call fail and drop writes that were not synced.
type FS interface {
	// OpenFile is os.OpenFile; a symbolic link in the last element, whatever
	// is not a regular file and a [Foreign] file is refused, without waiting
	// for it.
	OpenFile(name string, flag int, perm fs.FileMode) (Handle, error)
	// Rename replaces to when it is there.
	Rename(from, to string) error
	// RenameNew renames in one step and fails with fs.ErrExist when to is
	// there; it returns errors.ErrUnsupported where the file system cannot.
	RenameNew(from, to string) error
	// Link makes a hard link and fails with fs.ErrExist when to is there.
	Link(from, to string) error
	Remove(name string) error
	Lstat(name string) (fs.FileInfo, error)
	// Exists is Lstat for who only asks whether there is something by a name.
	Exists(name string) (bool, error)
	ReadDir(name string) ([]fs.DirEntry, error)
	// Names returns the names in a directory, in no order, at most so many.
	Names(name string, most int) ([]string, error)
	// SyncDir makes the entries of a directory durable.
	SyncDir(name string) error
	// OpenLocked opens a partial file for reading and writing and takes its
	// advisory lock, which Close of the Handle gives back; it fails with
	// [ErrLocked] when somebody has it. flag is 0, or os.O_CREATE|os.O_EXCL for
	// a new file. What is refused is what OpenFile refuses.
	OpenLocked(name string, flag int) (Handle, error)
	// KeepsUnnamed tells whether files in a directory can be made without a name
	// and be given one later, and whether syncs cover both.
	KeepsUnnamed(dir string) bool
	// OpenUnnamed makes a file without a name in the directory of name, with the
	// mode that the user's new files have there. Its errors speak of name.
	OpenUnnamed(name string) (Unnamed, error)
}

// Handle is an open file of an [FS].
type Handle interface {
	io.ReaderAt
	io.WriterAt
	io.Closer
	Size() (int64, error)
	Truncate(size int64) error
	Chmod(mode fs.FileMode) error
	// Sync makes the data durable (fdatasync where there is one).
	Sync() error
	// Reserve makes sure that there is room for size bytes and allocates the
	// first of them, without changing the file's length; it returns
	// errors.ErrUnsupported where the file system cannot.
	Reserve(size int64) error
	// Instance names the file as the machine has it in its memory now; it
	// fails with errors.ErrUnsupported where nothing sure can be said.
	Instance() (Instance, error)
}

// OS is the file system of the machine.
type OS struct{}

var (
	errSymlink    = errors.New("is a symbolic link")
	errNotRegular = errors.New("is not a regular file")
	errForeign    = errors.New("belongs to another user")
)

// OpenFile implements [FS].
func (OS) OpenFile(name string, flag int, perm fs.FileMode) (Handle, error) {
	f, err := openNoFollow(name, flag, perm)
	if err != nil {
		return nil, err // and not a Handle that is a nil pointer
	}
	return f, nil
}

// Rename implements [FS].
func (OS) Rename(from, to string) error { return os.Rename(from, to) }

// RenameNew implements [FS].
func (OS) RenameNew(from, to string) error {
	if err := renameNew(from, to); err != nil {
		return &os.LinkError{Op: "rename", Old: from, New: to, Err: err}
	}
	return nil
}

// Link implements [FS].
func (OS) Link(from, to string) error { return os.Link(from, to) }

// Remove implements [FS].
func (OS) Remove(name string) error { return os.Remove(name) }

// Lstat implements [FS].
func (OS) Lstat(name string) (fs.FileInfo, error) { return os.Lstat(name) }

// Exists implements [FS].
func (OS) Exists(name string) (bool, error) { return exists(name) }

// ReadDir implements [FS].
func (OS) ReadDir(name string) ([]fs.DirEntry, error) { return os.ReadDir(name) }

// Names implements [FS].
func (OS) Names(name string, most int) ([]string, error) {
	d, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	names, err := d.Readdirnames(most)
	if errors.Is(err, io.EOF) {
		err = nil // it is empty
	}
	return names, errors.Join(err, d.Close())
}

// SyncDir implements [FS].
func (OS) SyncDir(name string) error { return syncDir(name) }

// OpenLocked implements [FS]. The lock belongs to the open file and not to the
// process, so that two transfers of one process exclude each other too.
func (OS) OpenLocked(name string, flag int) (Handle, error) { return openLocked(name, flag) }
