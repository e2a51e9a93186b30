package model

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
)

// Rename gives a row that is not done another file name. Nothing on disk moves
// before the file is complete: the partial file keeps its name until then, so
// that a crash at any moment loses no byte, and the file gets its new name when
// it is published, with a number if there is a file of that name already.
func (m *Model) Rename(id RowID, name string) error {
	r := m.rows[id]
	switch {
	case r == nil || r.removed:
		return errors.New("the transfer is not in the list any more")
	case r.spec.Upload != "":
		return fmt.Errorf("%s is an upload: its URL names it", r.name)
	case r.spec.Data:
		return fmt.Errorf("%s is looked at only: it has no file", r.name)
	case r.state == Done || r.life.result != Queued && r.live:
		return fmt.Errorf("%s is complete already", r.name)
	}
	if err := checkName(r.spec.Dir, name); err != nil {
		return err
	}
	u, err := url.Parse(r.spec.URL)
	if err != nil {
		return err
	}
	key := target{withoutUser(u), r.spec.Dir, name}
	if other := m.rows[m.wanted[key]]; other != nil && other != r && !other.removed {
		return fmt.Errorf("%s: %w", name, errListed)
	}
	delete(m.wanted, target{key.url, r.spec.Dir, r.spec.Name})
	m.wanted[key] = r.id
	r.spec.Name, r.name = name, name
	if r.ran != nil && r.ran.lineage != nil {
		r.ran.lineage.rename(name)
	}
	if m.opt.Attached && r.task != nil {
		// It fails for a task in this process only.
		_ = r.task.SetName(name)
	}
	m.list.touch(nameChanged)
	m.act(r, "Rename", name)
	m.journal(r)
	m.version++
	m.commit() // nothing to start comes of it
	return nil
}

// rename names the file for the delegate calls.
func (l *lineage) rename(name string) {
	l.mu.Lock()
	l.name = name
	l.mu.Unlock()
}

// checkName tells why a name cannot be that of a file in a directory.
func checkName(dir, name string) error {
	if name == "" || name != filepath.Base(name) || name == "." || name == ".." || strings.ContainsRune(name, 0) {
		return fmt.Errorf("%q is not a file name; the directory is given apart from it", name)
	}
	if fi, err := os.Stat(filepath.Join(dir, name)); err == nil && fi.IsDir() {
		return fmt.Errorf("%s is a directory; give a file name", filepath.Join(dir, name))
	}
	return nil
}
