package partial

import (
	"crypto/sha256"
	"errors"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// tmpSuffix is what a state is written under before it is renamed.
const tmpSuffix = ".tmp"

// maxFind bounds how many states Find reads.
const maxFind = 10_000

// PathFor is the path of the data file for a download that is to be named
// name in dir: PathFor("d", "a.iso") is "d/a.iso.haul-part".
func PathFor(dir, name string) string { return filepath.Join(dir, name+PartSuffix) }

// StatePath is the path of the state file that belongs to a data file.
func StatePath(part string) string { return strings.TrimSuffix(part, PartSuffix) + StateSuffix }

// ReadState reads and checks the state file at path (of either of the two
// files) without taking the lock.
func ReadState(fsys FS, path string) (State, error) {
	st, _, err := readState(fsys, path)
	return st, err
}

// readState returns the digest of the text besides.
func readState(fsys FS, path string) (State, digest, error) {
	if !strings.HasSuffix(path, StateSuffix) {
		path = StatePath(path)
	}
	h, err := fsys.OpenFile(path, os.O_RDONLY, 0)
	if err != nil {
		return State{}, digest{}, err
	}
	// One byte more than allowed, so that Decode sees that it is too long.
	text, err := io.ReadAll(io.NewSectionReader(h, 0, MaxStateSize+1))
	if err := errors.Join(err, h.Close()); err != nil {
		return State{}, digest{}, err
	}
	st, err := Decode(text)
	if err != nil {
		return State{}, digest{}, &fs.PathError{Op: "read", Path: path, Err: err}
	}
	return st, sha256.Sum256(text), nil
}

// writeState replaces the state file at path in one step and makes it durable.
func writeState(fsys FS, path string, text []byte) error {
	tmp := path + tmpSuffix
	const flag = os.O_WRONLY | os.O_CREATE | os.O_EXCL
	h, err := fsys.OpenFile(tmp, flag, 0o600)
	if errors.Is(err, fs.ErrExist) {
		// Left by a crash, or put there by somebody: a new file is ours
		// alone whatever that one was.
		if err := fsys.Remove(tmp); err != nil {
			return err
		}
		h, err = fsys.OpenFile(tmp, flag, 0o600)
	}
	if err != nil {
		return err
	}
	_, err = h.WriteAt(text, 0)
	if err == nil {
		err = h.Sync()
	}
	err = errors.Join(err, h.Close())
	if err == nil {
		err = fsys.Rename(tmp, path)
	}
	if err != nil {
		return errors.Join(err, removeIfThere(fsys, tmp))
	}
	return fsys.SyncDir(filepath.Dir(path))
}

// Find returns the data files in dir whose states name url as its original or
// final URL, newest first. User information and fragments do not count.
// Unreadable states and those without a data file are passed over, and so is
// what comes after 10,000 states.
func Find(fsys FS, dir, url string) ([]string, error) {
	want, err := resource(url)
	if err != nil {
		return nil, err
	}
	entries, err := fsys.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	type found struct {
		path string
		st   State
	}
	var all []found
	states := 0
	for _, e := range entries {
		name, ok := strings.CutSuffix(e.Name(), StateSuffix)
		if !ok {
			continue
		}
		if states++; states > maxFind {
			break
		}
		part := PathFor(dir, name)
		st, err := ReadState(fsys, part)
		if err != nil {
			continue
		}
		if fi, err := fsys.Lstat(part); err != nil || !fi.Mode().IsRegular() {
			continue
		}
		for _, raw := range []string{st.OriginalURL, st.URL} {
			if has, err := resource(raw); err == nil && has == want {
				all = append(all, found{part, st})
				break
			}
		}
	}
	slices.SortStableFunc(all, func(a, b found) int { return b.st.Updated.Compare(a.st.Updated) })
	parts := make([]string, len(all))
	for i, f := range all {
		parts[i] = f.path
	}
	return parts, nil
}

// resource is what two URLs of the same resource have in common.
func resource(raw string) (string, error) {
	u, err := url.Parse(raw)
	if err != nil {
		var parse *url.Error
		if errors.As(err, &parse) {
			err = parse.Err // without the URL, which may hold a password
		}
		return "", err
	}
	u.User, u.Fragment, u.RawFragment = nil, "", ""
	u.Scheme, u.Host = strings.ToLower(u.Scheme), strings.ToLower(u.Host)
	if port := u.Port(); u.Scheme == "http" && port == "80" || u.Scheme == "https" && port == "443" {
		u.Host = strings.TrimSuffix(u.Host, ":"+port)
	}
	if u.Path == "" {
		u.Path = "/"
	}
	return u.String(), nil
}

// RemoveState removes the state file that belongs to a data file, and its
// ledger, if there.
func RemoveState(fsys FS, part string) error {
	state := StatePath(part)
	missing := true
	var all error
	for _, name := range []string{state + tmpSuffix, state, ledgerPath(part)} {
		err := fsys.Remove(name)
		missing = missing && errors.Is(err, fs.ErrNotExist)
		all = errors.Join(all, unlessMissing(err))
	}
	if missing {
		return nil // and nothing to sync
	}
	return errors.Join(all, fsys.SyncDir(filepath.Dir(part)))
}

// Remove removes both files and the ledger, whatever is in them, for a download that cannot
// be opened or is not wanted any more. It takes the lock meanwhile and fails
// with [ErrLocked] when it is taken. Files that are not there are no error.
func Remove(fsys FS, part string) error {
	if gone(fsys, part) && gone(fsys, StatePath(part)) && gone(fsys, StatePath(part)+tmpSuffix) && gone(fsys, ledgerPath(part)) {
		return nil // cheaper to find out than to try
	}
	h, err := fsys.OpenLocked(part, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return RemoveState(fsys, part)
	}
	if err != nil {
		return err
	}
	return errors.Join(removeBoth(fsys, part), h.Close())
}

// RemoveIf is Remove if the state is one that is meant, or missing, and does nothing
// otherwise: what another process has put by the name, or has gone on with, stays.
func RemoveIf(fsys FS, part string, meant func(State) bool) error {
	if gone(fsys, part) && gone(fsys, StatePath(part)) {
		return nil
	}
	h, err := fsys.OpenLocked(part, 0)
	switch {
	case errors.Is(err, fs.ErrNotExist) && leftBy(fsys, part, meant):
		return RemoveState(fsys, part)
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	}
	if leftBy(fsys, part, meant) {
		err = removeBoth(fsys, part)
	}
	return errors.Join(err, h.Close())
}

func leftBy(fsys FS, part string, meant func(State) bool) bool {
	st, err := ReadState(fsys, part)
	return errors.Is(err, fs.ErrNotExist) || err == nil && meant(st)
}

// gone tells whether a name is known to be free.
func gone(fsys FS, name string) bool {
	there, err := fsys.Exists(name)
	return err == nil && !there
}

// removeBoth is called with the lock held. The data file goes last: as long as
// it is there nobody else creates files by these names.
func removeBoth(fsys FS, part string) error {
	state := StatePath(part)
	err := errors.Join(removeIfThere(fsys, state+tmpSuffix), removeIfThere(fsys, state), removeIfThere(fsys, ledgerPath(part)))
	if err != nil {
		return err
	}
	return errors.Join(removeIfThere(fsys, part), fsys.SyncDir(filepath.Dir(part)))
}

func removeIfThere(fsys FS, name string) error { return unlessMissing(fsys.Remove(name)) }

func unlessMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
