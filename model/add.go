package model

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"haul/transfer"
	"haul/transfer/partial"
)

// target is what makes two transfers the same one.
type target struct{ url, dir, name string }

// directory is what the model knows of a destination directory, read once.
type directory struct {
	// partials are the partial files by the URLs that their states name,
	// newest first.
	partials map[string][]string
}

var errListed = errors.New("already in the list")

// Add takes transfers in. A spec whose partial file lies in its directory goes
// on with that one. The problems come back with the index of their spec; one
// that is in the list already is a problem too. Each directory is read once,
// by the first Add that names it. An attached model hands them to the agent;
// their rows appear when that has them.
func (m *Model) Add(specs []Spec) (added []RowID, problems []Problem, cmd tea.Cmd) {
	if m.opt.Attached {
		problems = m.addAttached(specs)
		return nil, problems, m.commit()
	}
	for i := range specs {
		r, err := m.take(specs[i])
		if err != nil {
			shown := specs[i].URL
			if u, perr := url.Parse(shown); perr == nil {
				shown = transfer.RedactURL(u)
			}
			problems = append(problems, Problem{Index: i, URL: shown, Err: err})
			continue
		}
		added = append(added, r.id)
	}
	if len(added) > 0 {
		m.list.append(m.all[len(m.all)-len(added):])
		m.version++
	}
	return added, problems, m.commit()
}

// take checks one spec and makes its row.
func (m *Model) take(s Spec) (*row, error) {
	u, err := ParseURL(s.URL)
	if err != nil {
		return nil, err
	}
	if _, err := parseChecksum(s.Checksum); err != nil {
		return nil, err
	}
	if err := s.checkMirrors(); err != nil {
		return nil, err
	}
	if s.Data && s.Upload == "" {
		s.Dir, s.Name, s.Checksum, s.Mirrors = "", "", "", nil
		return m.insert(&s, u), nil // looked at anew as often as somebody wants
	}
	if s.Upload != "" {
		if err := checkUpload(&s); err != nil {
			return nil, err
		}
	} else if err := m.checkDestination(&s); err != nil {
		return nil, err
	}
	key := target{withoutUser(u), s.Dir, s.Name}
	if s.Upload != "" {
		key.name = s.Upload
	}
	old := m.rows[m.wanted[key]]
	if old != nil && !old.removed {
		if !s.Beside || s.Upload != "" {
			return nil, errListed
		}
		key.name = m.besideName(key, u)
		s.Name, old = key.name, nil
	}
	r := m.insert(&s, u)
	r.journalled.spec, r.journalled.url = s.URL, key.url
	m.wanted[key] = r.id
	switch {
	case s.Upload != "":
	case old != nil:
		m.inherit(r, old)
	default:
		m.adopt(r, m.dirs[s.Dir].find(key.url), key.url)
	}
	m.journal(r)
	if j := m.opt.Journal; j != nil {
		j.dropTarget(key)
	}
	return r, nil
}

// besideName is a file name under which a transfer that is in the list already
// can be taken in once more.
func (m *Model) besideName(key target, u *url.URL) string {
	base := key.name
	if base == "" {
		base = nameOf(u)
	}
	for n := 2; ; n++ {
		key.name = partial.Numbered(base, n)
		if other := m.rows[m.wanted[key]]; other == nil || other.removed {
			return key.name
		}
	}
}

// Listed tells which row of the list as it stands has a URL, whatever the user
// information in either: what somebody wants to add may be there already. Of
// several rows it is the latest.
func (m *Model) Listed() func(link string) (RowID, bool) {
	listed := make(map[string]RowID, len(m.wanted))
	for t, id := range m.wanted {
		if r := m.rows[id]; r != nil && !r.removed {
			listed[t.url] = max(listed[t.url], id)
		}
	}
	return func(link string) (RowID, bool) {
		u, err := ParseURL(link)
		if err != nil {
			return 0, false
		}
		id, ok := listed[withoutUser(u)]
		return id, ok
	}
}

// checkUpload looks at the file to be sent.
func checkUpload(s *Spec) error {
	fi, err := os.Stat(s.Upload)
	switch {
	case err != nil:
		return fmt.Errorf("cannot be sent: %w", err)
	case fi.IsDir():
		return fmt.Errorf("cannot be sent: %s is a directory", s.Upload)
	case !fi.Mode().IsRegular():
		// Opening a named pipe waits for its writer, and nothing ends that.
		return fmt.Errorf("cannot be sent: %s is not a regular file", s.Upload)
	}
	switch s.Method {
	case "", http.MethodPut, http.MethodPost, http.MethodPatch:
		return nil
	}
	return fmt.Errorf("method %q does not send a file; PUT, POST and PATCH do", s.Method)
}

// checkDestination looks at the directory and the name, and makes the
// directory's path absolute.
func (m *Model) checkDestination(s *Spec) error {
	dir, err := filepath.Abs(s.Dir)
	if err != nil {
		return err
	}
	s.Dir = dir
	if m.dirs[dir] == nil {
		d, err := readDirectory(dir)
		if err != nil {
			return err
		}
		m.dirs[dir] = d
	}
	if s.Name == "" {
		return nil
	}
	return checkName(dir, s.Name)
}

// readDirectory finds what is of use in a destination directory. A directory
// that can be written but not listed is fine: it only continues nothing.
func readDirectory(path string) (*directory, error) {
	fi, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("the directory %s does not exist", path)
	case err != nil:
		return nil, err
	case !fi.IsDir():
		return nil, fmt.Errorf("%s is not a directory", path)
	}
	d := &directory{partials: make(map[string][]string)}
	entries, err := os.ReadDir(path)
	if err != nil {
		return d, nil //nolint:nilerr // said above
	}
	type found struct {
		part  string
		state partial.State
	}
	var all []found
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), partial.StateSuffix) || !e.Type().IsRegular() {
			continue
		}
		state := filepath.Join(path, e.Name())
		st, err := partial.ReadState(partial.OS{}, state)
		if err != nil {
			continue // damaged or newer: it is left alone
		}
		all = append(all, found{strings.TrimSuffix(state, partial.StateSuffix) + partial.PartSuffix, st})
	}
	slices.SortStableFunc(all, func(a, b found) int { return b.state.Updated.Compare(a.state.Updated) })
	for _, f := range all {
		for _, s := range []string{f.state.OriginalURL, f.state.URL} {
			parsed, err := url.Parse(s)
			if err != nil {
				continue
			}
			u := withoutUser(parsed)
			if list := d.partials[u]; len(list) == 0 || list[len(list)-1] != f.part {
				d.partials[u] = append(d.partials[u], f.part)
			}
		}
	}
	return d, nil
}

// find is a partial file for a URL, "" if there is none.
func (d *directory) find(u string) string {
	if list := d.partials[u]; len(list) > 0 {
		return list[0]
	}
	return ""
}

// insert makes the row of a spec that was checked, which is the row's then.
func (m *Model) insert(s *Spec, u *url.URL) *row {
	m.lastID++
	r := m.newRow(m.lastID, s, u)
	r.life.state = Queued
	if s.Paused {
		r.life.state = Paused
	} else {
		m.queue.push(r)
	}
	m.count(r, r.state, 1)
	return r
}

// newRow makes a row that is in no state yet.
func (m *Model) newRow(id RowID, s *Spec, u *url.URL) *row {
	r := &row{id: id, spec: s, limit: max(s.Limit, 0), size: -1, pos: -1, outAt: -1}
	r.url, r.host = transfer.RedactURL(u), transfer.HostOf(u)
	r.queueHost, r.home = r.host, originOf(u)
	r.rank = rank{urgency: s.Priority, number: r.id}
	switch {
	case s.Upload != "":
		r.name = filepath.Base(s.Upload)
	case s.Name != "":
		r.name = s.Name
	default:
		r.name = nameOf(u)
	}
	r.seat = len(m.waiting)
	m.waiting = append(m.waiting, seat{})
	m.rows[r.id] = r
	m.all = append(m.all, r)
	return r
}

// nameOf is the file name that a URL suggests.
func nameOf(u *url.URL) string {
	return partial.SuggestedName(&http.Response{Request: &http.Request{URL: u}})
}
