package model

import (
	"bufio"
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gofrs/flock"

	"haul/transfer/partial"
)

// longestLine bounds a line of a journal; URLs and paths are far below it.
const longestLine = 1 << 20

// takeOver moves the rows of journals that nobody has open into this one.
func (j *Journal) takeOver(dir string) error {
	paths, err := filepath.Glob(filepath.Join(escapeGlob(dir), "*"+journalSuffix))
	if err != nil {
		return err
	}
	slices.Sort(paths) // the outcome must not depend on the file system
	var taken []*flock.Flock
	var files []string
	for _, path := range paths {
		if path == j.path {
			continue
		}
		lock := flock.New(strings.TrimSuffix(path, journalSuffix)+lockSuffix, flock.SetPermissions(0o600))
		if ok, err := lock.TryLock(); err != nil || !ok {
			continue // its process lives, or it is not ours to touch
		}
		taken = append(taken, lock)
		entries, err := readJournalFile(path)
		if err != nil {
			continue // gone meanwhile, or of a newer version: it stays as it is
		}
		files = append(files, path)
		for _, e := range entries {
			if e.Partial != "" { // perhaps nothing else would ask for that name
				partial.Sweep(partial.OS{}, e.Partial)
			}
			j.inherit(e)
		}
	}
	j.flush()
	if len(files) > 0 {
		// The rows must be safe here before they are deleted there.
		j.mu.Lock()
		if j.err == nil {
			if err := j.file.Sync(); err != nil {
				j.fail(err)
			}
		}
		err = j.err
		j.mu.Unlock()
	}
	for _, path := range files {
		if err == nil {
			err = os.Remove(path)
		}
	}
	for _, lock := range taken {
		err = errors.Join(err, lock.Close())
		if rerr := os.Remove(lock.Path()); !errors.Is(rerr, os.ErrNotExist) {
			err = errors.Join(err, rerr)
		}
	}
	return err
}

// inherit takes in a row of an earlier run, unless this run has it already.
func (j *Journal) inherit(e entry) {
	j.mu.Lock()
	defer j.mu.Unlock()
	t := e.target()
	if _, ours := j.wanted[t]; ours {
		return
	}
	n, again := j.byTarget[t]
	if !again {
		n = -int64(len(j.left)) - 1
		j.byTarget[t] = n
		j.left = append(j.left, n)
	}
	j.setLocked(n, e, true)
}

// escapeGlob makes a path match itself in filepath.Glob.
func escapeGlob(path string) string {
	return strings.NewReplacer(`[`, `[[]`, `*`, `[*]`, `?`, `[?]`).Replace(path)
}

func readJournalFile(path string) ([]entry, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() // read only: closing cannot lose anything
	return readJournal(f)
}

var errNewerJournal = errors.New("the journal was written by a newer haul")

// readJournal reads a journal and returns what is open in it, in the order in
// which it was added. A line that is torn or damaged is passed over: a crash
// can leave the last one so.
func readJournal(r io.Reader) ([]entry, error) {
	type numbered struct {
		entry
		gone bool
	}
	var all []numbered
	at := make(map[int64]int)
	in := bufio.NewScanner(r)
	in.Buffer(make([]byte, 0, 64<<10), longestLine)
	for in.Scan() {
		var l line
		if json.Unmarshal(in.Bytes(), &l) != nil {
			continue
		}
		if l.Version > journalVersion {
			return nil, errNewerJournal
		}
		i, known := at[l.ID]
		switch {
		case l.Op == "drop" && known:
			all[i].gone = true
			delete(at, l.ID)
		case l.Op == "add" && l.valid() && known:
			all[i].entry = l.entry
		case l.Op == "add" && l.valid():
			at[l.ID] = len(all)
			all = append(all, numbered{entry: l.entry})
		}
	}
	if err := in.Err(); err != nil && !errors.Is(err, bufio.ErrTooLong) {
		return nil, err
	}
	var open []entry
	for _, e := range all {
		if !e.gone {
			open = append(open, e.entry)
		}
	}
	return open, nil
}

// valid tells whether an entry could have been written by a haul: nothing else
// may name a file that is later read, or deleted.
func (e entry) valid() bool {
	if u, err := ParseURL(e.URL); err != nil || u.User != nil {
		return false
	}
	if e.Partial != "" && (filepath.Dir(e.Partial) != e.Dir || !strings.HasSuffix(e.Partial, partial.PartSuffix)) {
		return false
	}
	return e.Upload != "" || filepath.IsAbs(e.Dir)
}

// entry is what the journal keeps of the row.
func (r *row) entry() entry {
	e := entry{
		Dir: r.spec.Dir, Name: r.spec.Name, Partial: r.part, Checksum: r.spec.Checksum,
		Mirrors: journalMirrors(r.spec.Mirrors),
		Upload:  r.spec.Upload, Method: r.spec.Method, Limit: r.limit,
		Priority: r.rank.urgency, Order: r.rank.number,
	}
	if r.journalled.spec != r.spec.URL {
		r.journalled.spec, r.journalled.url = r.spec.URL, ""
		if u, err := url.Parse(r.spec.URL); err == nil {
			r.journalled.url = withoutUser(u)
		}
	}
	e.URL = r.journalled.url
	if r.from != e.URL {
		e.From = r.from
	}
	if len(r.spec.Header) > 0 {
		names := make([]string, 0, len(r.spec.Header))
		for name := range r.spec.Header {
			names = append(names, name)
		}
		slices.Sort(names)
		e.Omitted = strings.Join(names, ", ")
	}
	return e
}

// Interrupted adds the rows that an earlier run left behind, paused, and
// returns how many. What cannot be offered now, because its directory is not
// there for instance, stays in the journal.
func (m *Model) Interrupted() (int, error) {
	j := m.opt.Journal
	if j == nil {
		return 0, nil
	}
	first := len(m.all)
	numbers, entries := j.leftBehind()
	places := make([]int, len(entries))
	for i := range places {
		places[i] = i
	}
	slices.SortStableFunc(places, func(a, b int) int { return cmp.Compare(entries[a].Order, entries[b].Order) })
	for _, i := range places {
		e := entries[i]
		r, err := m.take(Spec{
			URL: e.URL, Dir: e.Dir, Name: e.Name, Checksum: e.Checksum, Mirrors: strings.Fields(e.Mirrors),
			Upload: e.Upload, Method: e.Method, Limit: e.Limit, Paused: true, Priority: min(max(e.Priority, LowPriority), HighPriority),
		})
		if err != nil {
			if errors.Is(err, errListed) {
				j.drop(numbers[i])
			}
			continue
		}
		if r.part == "" {
			m.adopt(r, e.Partial, cmp.Or(e.From, e.URL))
			r.renewed = r.part != "" && e.From != ""
		}
		switch {
		case e.Upload != "":
			r.reason = "interrupted: it starts from the beginning"
		case r.part == "" && e.Partial != "":
			r.reason = "interrupted: its partial file is gone, it starts from the beginning"
		case r.part == "":
			r.reason = "interrupted before it began"
		default:
			r.reason = "interrupted: it goes on where it stopped"
		}
		if e.Omitted != "" {
			r.reason += "; it was added with header fields that are not kept: " + e.Omitted
		}
		r.leftover = true
		m.unfinished++
		m.journal(r)
		j.drop(numbers[i])
	}
	j.flush()
	added := m.all[first:]
	if len(added) > 0 {
		m.list.append(added)
		m.version++
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	return len(added), j.err
}

// Unfinished tells how many rows of [Model.Interrupted] are still as the earlier
// run left them: not gone on with, cancelled or taken off the list.
func (m *Model) Unfinished() int { return m.unfinished }
