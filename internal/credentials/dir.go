package credentials

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
)

const (
	lockFile     = "lock"
	indexFile    = "keyring.json"
	secretsFile  = "secrets.age"
	identityFile = "identity"
)

// mostKept bounds what is read of a file.
const mostKept = 8 << 20

// directory is where the files are. Its lock is between processes, and between
// the users of this value.
type directory string

// locked runs work while no other process reads or writes here. What does not
// exist is made when write is set, else work is not run: nothing is kept then.
func (d directory) locked(ctx context.Context, write bool, work func() error) (err error) {
	if write {
		if err := os.MkdirAll(string(d), 0o700); err != nil {
			return err
		}
	} else if _, err := os.Stat(string(d)); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	lock := flock.New(d.path(lockFile), flock.SetPermissions(0o600))
	if _, err := lock.TryLockContext(ctx, 20*time.Millisecond); err != nil {
		return fmt.Errorf("another haul uses %s: %w", d, err)
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	return work()
}

func (d directory) path(name string) string { return filepath.Join(string(d), name) }

// read reads a file that is for the owner alone; nil if there is none.
func (d directory) read(name string) ([]byte, error) {
	f, err := os.Open(d.path(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // it was only read
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if err := forOwnerOnly(d.path(name), info); err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(f, mostKept+1))
	if err == nil && len(text) > mostKept {
		err = fmt.Errorf("%s is longer than %d bytes", d.path(name), mostKept)
	}
	return text, err
}

// write puts a file in place of one, whole and durable, or leaves the old one.
func (d directory) write(name string, text []byte) error {
	f, err := os.CreateTemp(string(d), name+".*") // with the mode 0600
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err == nil {
		err = f.Sync()
	}
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), d.path(name))
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return d.sync()
}

// sync makes the names in the directory durable.
func (d directory) sync() error {
	f, err := os.Open(string(d))
	if err != nil {
		return err
	}
	_ = f.Sync() // not every system can do that with a directory
	return f.Close()
}
