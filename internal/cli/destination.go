package cli

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"haul/internal/config"
	"haul/ui/phrases"
)

// destination turns -o and -d into a directory and a file name ("" for the name
// that the response suggests). The directory is made if it is missing and is
// tried out, so that a transfer does not find out at its end.
func (o *options) destination(urls int) (dir, name string, err error) {
	dir = o.config.Downloads.Dir
	if !o.flags.Changed("dir") {
		dir = config.ExpandHome(dir) // of a flag the shell does it
	}
	if o.output != "" {
		if urls > 1 {
			return "", "", fail(ExitUsage, phrases.OutputForOneURL, urls)
		}
		if info, err := os.Stat(o.output); err == nil && info.IsDir() {
			return "", "", fail(ExitUsage, phrases.OutputIsDirectory, o.output, o.output)
		}
		if os.IsPathSeparator(o.output[len(o.output)-1]) {
			return "", "", fail(ExitUsage, phrases.OutputIsDirectory, o.output, o.output)
		}
		dir, name = filepath.Join(dir, filepath.Dir(o.output)), filepath.Base(o.output)
		if filepath.IsAbs(o.output) {
			dir = filepath.Dir(o.output)
		}
	}
	if dir == "" {
		dir = "."
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return "", "", fail(ExitDisk, phrases.NoCurrentDirectory, cause(err))
	}
	return dir, name, writable(dir)
}

// writable makes dir and tries to make a file in it.
func writable(dir string) error {
	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		return fail(ExitDisk, phrases.DirectoryIsFile, dir)
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return fail(ExitDisk, phrases.CannotMakeDirectory, dir, cause(err))
	}
	f, err := os.CreateTemp(dir, ".haul-*")
	if err != nil {
		return fail(ExitDisk, phrases.CannotWriteInto, dir, cause(err))
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// cause is the reason at the bottom of a file error, in the system's words.
func cause(err error) string {
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	var number syscall.Errno
	if errors.As(err, &number) {
		return number.Error()
	}
	return err.Error()
}

// suspect is what to check of a file that cannot be opened.
func suspect(err error) string {
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return phrases.ItsName
	}
	return phrases.ItsPermissions
}

// readable tries whether a file can be sent.
func readable(path string) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fail(ExitUsage, phrases.NoFileToUpload, path)
	case err != nil:
		return fail(ExitDisk, phrases.CannotReadUpload, path, cause(err))
	case info.IsDir():
		return fail(ExitUsage, phrases.UploadIsDirectory, path)
	case !info.Mode().IsRegular():
		// Opening a named pipe would wait for its writer, without end.
		return fail(ExitUsage, phrases.UploadIsNoFile, path)
	}
	f, err := os.Open(path)
	if err != nil {
		return fail(ExitDisk, phrases.CannotReadUpload, path, cause(err))
	}
	return f.Close()
}
