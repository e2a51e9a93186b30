package partial

import (
	"crypto/rand"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// maxNumber bounds the search for a free name.
const maxNumber = 9999

var errIsDirectory = errors.New("is a directory")

// Publish moves the complete data file to dest without ever replacing a file
// that is there: when dest exists, "name (2).ext" and so on is taken, unless
// overwrite is true. It returns the path taken; when that is not empty although
// there is an error, the file is in place and only tidying up failed.
//
// To overwrite a directory is an error, or what else is neither a regular file nor a
// symbolic link; of a link, the link is replaced and not what it points to. Publish
// fails with [ErrLocked] while a File has the data file.
//
// The file gets the mode that the user's new files have (0666 less the umask)
// instead of the partial file's 0600, which that has again if it stays. Across file
// systems it is copied beside dest under a name that starts with ".haul-", synced
// and renamed there, so that dest is never half a file; a crash can leave that copy
// behind. On a file system that has neither a rename that spares what is there nor
// hard links (FAT on some systems), a crash can leave an empty file as dest.
func Publish(fsys FS, part, dest string, overwrite bool) (string, error) {
	p := NewPublisher(fsys, 0)
	taken, err := p.Publish(part, dest, overwrite)
	return taken, errors.Join(err, p.Close())
}

// checkReplaced tells why dest, if it is there, cannot be overwritten.
func checkReplaced(fsys FS, dest string) error {
	fi, err := fsys.Lstat(dest)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case fi.IsDir():
		return &fs.PathError{Op: "publish", Path: dest, Err: errIsDirectory}
	case !fi.Mode().IsRegular() && fi.Mode().Type() != fs.ModeSymlink:
		return &fs.PathError{Op: "publish", Path: dest, Err: errNotRegular}
	}
	return nil
}

// move renames from to dest or to the first numbered name that is free.
func move(fsys FS, from, dest string, overwrite bool) (string, error) {
	if overwrite {
		if err := fsys.Rename(from, dest); err != nil {
			return "", err
		}
		return dest, nil
	}
	return firstFree(fsys, dest, func(to string) (bool, error) { return moveNew(fsys, from, to) })
}

// firstFree has place put a file at dest, or at the first numbered name that is
// free: place fails with fs.ErrExist for one that is not.
func firstFree(fsys FS, dest string, place func(to string) (placed bool, err error)) (string, error) {
	dir, name := filepath.Split(dest)
	for n := 1; n <= maxNumber; n++ {
		to := dest
		if n > 1 {
			to = filepath.Join(dir, Numbered(name, n))
		}
		placed, err := place(to)
		if placed {
			return to, err
		}
		if !errors.Is(err, fs.ErrExist) {
			return "", err
		}
	}
	return "", &fs.PathError{Op: "publish", Path: dest, Err: fs.ErrExist}
}

// moveNew moves from to a name that must be free, the best way that the file
// system knows. placed tells that the file is there, whatever err says.
func moveNew(fsys FS, from, to string) (placed bool, err error) {
	err = fsys.RenameNew(from, to)
	if err == nil {
		return true, nil
	}
	if !errors.Is(err, errors.ErrUnsupported) {
		return false, err
	}
	err = fsys.Link(from, to)
	if err == nil {
		return true, fsys.Remove(from)
	}
	if errors.Is(err, fs.ErrExist) || crossDevice(err) {
		return false, err
	}
	// Neither (FAT): an empty file that only we can have made holds the name
	// until the rename replaces it.
	h, err := fsys.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return false, err
	}
	err = h.Close()
	if err == nil {
		err = fsys.Rename(from, to)
	}
	if err == nil {
		return true, nil
	}
	// A rename over a network may have been done although it says no: what
	// has the name is only ours to remove while the data has its old one.
	if _, still := fsys.Lstat(from); still == nil {
		err = errors.Join(err, fsys.Remove(to))
	}
	return false, err
}

// publishCopy is for a dest on another file system than the partial file.
func publishCopy(fsys FS, part, dest string, overwrite bool) (string, error) {
	tmp := passingName(filepath.Dir(dest))
	if err := copyFile(fsys, part, tmp); err != nil {
		return "", errors.Join(err, removeIfThere(fsys, tmp))
	}
	taken, err := move(fsys, tmp, dest, overwrite)
	if taken == "" {
		return "", errors.Join(err, removeIfThere(fsys, tmp))
	}
	// The original goes only when the copy's name is durable.
	err = errors.Join(err, fsys.SyncDir(filepath.Dir(dest)))
	if err == nil {
		err = errors.Join(fsys.Remove(part), fsys.SyncDir(filepath.Dir(part)))
	}
	return taken, err
}

// passingName is a name in dir that is nobody's, for a file that is about to be
// moved away from it.
func passingName(dir string) string { return filepath.Join(dir, ".haul-"+rand.Text()+PartSuffix) }

// copyFile makes a synced copy of from by the name to, which must be free. Nobody
// else can read it before it is whole; then it has the mode of new files there.
func copyFile(fsys FS, from, to string) error {
	src, err := fsys.OpenFile(from, os.O_RDONLY, 0)
	if err != nil {
		return err
	}
	dst, err := fsys.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return errors.Join(err, src.Close())
	}
	usual, err := fsys.Lstat(to)
	if err == nil {
		err = private(dst)
	}
	if err == nil {
		err = copyWhole(dst, src)
	}
	if err == nil {
		err = dst.Chmod(usual.Mode().Perm())
	}
	return errors.Join(err, dst.Close(), src.Close())
}

// copyWhole copies all bytes, and has them durable.
func copyWhole(dst, src Handle) error {
	size, err := src.Size()
	if err != nil {
		return err
	}
	n, err := io.CopyBuffer(io.NewOffsetWriter(dst, 0), io.NewSectionReader(src, 0, size), make([]byte, 1<<20))
	if err != nil {
		return err
	}
	if n != size {
		return io.ErrUnexpectedEOF
	}
	return dst.Sync()
}

// syncDirs makes a move between two directories durable.
func syncDirs(fsys FS, to, from string) error {
	err := fsys.SyncDir(filepath.Dir(to))
	if filepath.Dir(from) != filepath.Dir(to) {
		err = errors.Join(err, fsys.SyncDir(filepath.Dir(from)))
	}
	return err
}
