package partial

import (
	"io"
	"io/fs"
)

// FS is the part of the file system that this package uses: the seam where
// tests make the Nth call fail and drop writes that were not synced.
type FS interface {
	// OpenFile is os.OpenFile; a symbolic link in the last element is
	// refused.
	OpenFile(name string, flag int, perm fs.FileMode) (Handle, error)
	Rename(from, to string) error
	// Link makes a hard link and fails with fs.ErrExist when to is there.
	Link(from, to string) error
	Remove(name string) error
	Lstat(name string) (fs.FileInfo, error)
	ReadDir(name string) ([]fs.DirEntry, error)
	// SyncDir makes the entries of a directory durable.
	SyncDir(name string) error
	// Lock takes the advisory lock of an open partial file, or fails with
	// [ErrLocked].
	Lock(name string) (unlock func() error, err error)
}

// Handle is an open file of an [FS].
type Handle interface {
	io.ReaderAt
	io.WriterAt
	io.Closer
	Stat() (fs.FileInfo, error)
	Truncate(size int64) error
	// Sync makes the data durable (fdatasync where there is one).
	Sync() error
	// Reserve allocates disk space without changing the file's length; it
	// returns errors.ErrUnsupported where the file system cannot.
	Reserve(size int64) error
}

// OS is the file system of the machine.
type OS struct{}
