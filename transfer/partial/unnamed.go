package partial

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"
)

// Unnamed is an open file of an [FS] that has no name. Nobody else can open it,
// and Close removes it unless it was given one.
type Unnamed interface {
	Handle
	// Lock takes the advisory lock of [FS.OpenLocked].
	Lock() error
	// Link gives the file its name, anywhere on its file system. It fails with
	// fs.ErrExist when something has that.
	Link(to string) error
	// Location is a path by which this process can read the file as long as it
	// is open.
	Location() string
}

// CreateUnnamed is Create of a file of so many bytes, -1 when unknown, but that one
// of at most 1 MiB has no name before its first checkpoint where the file system
// can do that; most are whole and published by then. describe makes its state,
// but for the length, and is not called before that is needed; it must not use the
// File. [File.Path] is "" until it has a name. What is by its name
// already is found out when it is given: a checkpoint, Close included, fails with
// fs.ErrExist and [ErrAppeared] then, and the bytes are lost when the file is
// closed.
func (d *Directories) CreateUnnamed(path string, length int64, describe func() State) (*File, error) {
	if length < 0 || length > smallFile || !d.keepsUnnamed(path) || d.forecast(path, true) == nil {
		return d.createNamed(path, length, describe)
	}
	u, err := d.fsys.OpenUnnamed(path)
	if err != nil {
		return d.createNamed(path, length, describe) // perhaps it is only this that fails
	}
	return &File{
		fsys: d.fsys, path: path, data: u, unnamed: u, maker: d, describe: describe,
		state: State{Length: length, Started: time.Now().UTC()}, unsaved: true, created: true,
	}, nil
}

func (d *Directories) createNamed(path string, length int64, describe func() State) (*File, error) {
	st := describe()
	st.Length = length
	return d.Create(path, st)
}

// keepsUnnamed asks the file system once for each directory, when many files are
// made there.
func (d *Directories) keepsUnnamed(path string) bool {
	dir, _ := filepath.Split(path)
	d.mu.Lock()
	defer d.mu.Unlock()
	k := d.known[dir]
	if k == nil || !k.read {
		return false
	}
	if !k.tried {
		k.tried, k.keeps = true, d.fsys.KeepsUnnamed(filepath.Clean(dir))
	}
	return k.keeps
}

// giveName makes u the partial file at path, as [Create] makes one.
func giveName(fsys FS, u Unnamed, path string) error {
	if err := stateAbsent(fsys, path); err != nil {
		return err
	}
	if err := fsys.SyncDir(filepath.Dir(path)); err != nil {
		return err
	}
	if err := errors.Join(u.Chmod(0o600), u.Lock()); err != nil {
		return err
	}
	if err := u.Link(path); err != nil {
		return err
	}
	if err := stateAbsent(fsys, path); err != nil {
		return errors.Join(err, fsys.Remove(path))
	}
	return nil
}

// described makes the state of a file that was made without one. It fails with
// [ErrCorrupt] when that cannot be written.
func (f *File) described() error {
	f.describing.Lock()
	defer f.describing.Unlock()
	if f.describe == nil {
		return nil
	}
	st := f.describe()
	f.mu.Lock()
	st.Length, st.Started = f.state.Length, f.state.Started
	f.mu.Unlock()
	st, err := begin(st)
	if err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.state, f.describe = st, nil
	return nil
}

// name gives the data file its name. It is called with saving held. A file that
// has got none cannot be saved, now or later.
func (f *File) name() error {
	f.mu.Lock()
	u := f.unnamed
	f.mu.Unlock()
	if u == nil {
		return nil
	}
	if err := f.described(); err != nil {
		return f.fail(f.failedCheckpoint(err))
	}
	if err := giveName(f.fsys, u, f.path); err != nil {
		if errors.Is(err, fs.ErrExist) {
			f.maker.distrust(f.path)
			err = fmt.Errorf("%w: %w", err, ErrAppeared)
		}
		return f.fail(f.failedCheckpoint(err))
	}
	f.mu.Lock()
	f.unnamed = nil
	f.mu.Unlock()
	return nil
}

// link gives a sealed file the name that it is to have, and no other. It has the
// usual mode already.
func (p *Publisher) link(s *Sealed, dest string) (string, error) {
	taken, err := firstFree(p.fsys, dest, func(to string) (bool, error) {
		err := s.unnamed.Link(to)
		return err == nil, err
	})
	if taken == "" {
		return "", err
	}
	s.unnamed, s.path = nil, ""
	if p.every > 0 {
		p.later(filepath.Dir(taken))
		return taken, nil
	}
	return taken, p.fsys.SyncDir(filepath.Dir(taken))
}

// name gives a sealed file a name to be moved away from. That of its partial file
// may be somebody else's by now.
func (s *Sealed) name() error {
	path := passingName(filepath.Dir(s.path))
	if err := s.unnamed.Link(path); err != nil {
		return err
	}
	s.unnamed, s.path = nil, path
	return nil
}
