// Package whole replaces small files as a whole: whoever reads one finds the old
// or the new content, after a crash too.
package whole

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
)

// Replace puts a file of mode 0600 with the data in place of path, in a
// directory that is made with 0700 if need be. It is durable when Replace returns.
func Replace(path string, data []byte) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, "."+filepath.Base(path)+"-*") // mode 0600
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return syncDirectory(dir)
}

// syncDirectory makes a rename durable. Windows does that by itself and has no
// way to ask.
func syncDirectory(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
