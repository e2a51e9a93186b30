package model

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"time"

	"github.com/gofrs/flock"

	"haul/transfer/partial"
)

// journalVersion is the version of the journal's lines. Lines of a newer one
// are left to the newer haul.
const journalVersion = 1

const (
	journalSuffix = ".jsonl"
	lockSuffix    = ".lock"
)

// Journal keeps the rows of this run in a file, so that the next run can offer
// what was interrupted, also after a crash: JSON lines, appended, one file per
// running process in a directory of mode 0700. It holds no secret.
//
// The file is PID-START.jsonl; PID-START.lock beside it is locked while the
// process lives. Files whose lock is free are taken over, on a goroutine of the
// journal's own, for a long list may have left one: their rows are written to
// this run's own file, then they are deleted. Lines are
// written in batches, one Write for each, and synced at the end; a crash of the
// machine may lose the last of them, and what they told is found again in the
// partial files' own states. Safe for use by several goroutines.
type Journal struct {
	path string
	lock *flock.Flock

	mu   sync.Mutex
	file *os.File // nil when closed
	buf  []byte
	err  error // the first failure; nothing is written after it
	// open are the rows that the next run should offer, by their number:
	// the row's id, or a negative one for a row of an earlier run that this
	// run has not touched.
	open map[int64]entry
	// left are the numbers of the latter in order, byTarget by what they are.
	left     []int64
	byTarget map[target]int64
	// wanted are the targets that this run has, while files are taken over.
	wanted map[target]struct{}

	takenOver chan struct{} // closed when no more is taken over
}

// entry is what the journal keeps of a row.
type entry struct {
	URL      string `json:"url,omitempty"` // without user information
	Dir      string `json:"dir,omitempty"`
	Name     string `json:"name,omitempty"`
	Partial  string `json:"partial,omitempty"`
	From     string `json:"from,omitempty"` // what its bytes were asked for first, if not URL
	Checksum string `json:"checksum,omitempty"`
	Mirrors  string `json:"mirrors,omitempty"` // separated by spaces
	Upload   string `json:"upload,omitempty"`
	Method   string `json:"method,omitempty"`
	Limit    int64  `json:"limit,omitempty"` // bytes per second
	// Omitted names the header fields that the row was added with. Their
	// values may be secret and are not kept.
	Omitted string `json:"omitted,omitempty"`
	// Priority is how urgent it is, Order its place among the rows of its
	// run: the smaller comes first.
	Priority Priority `json:"priority,omitempty"`
	Order    RowID    `json:"order,omitempty"`
}

// line is one line of the file. The operations are add (a row, or a row again
// with other values), and drop (the row needs nothing any more).
type line struct {
	Version int    `json:"v"`
	Op      string `json:"op"`
	ID      int64  `json:"id"`
	entry
}

// append appends the line as encoding/json would write it, and its end, without
// looking up by reflection what never changes: each row of a long list has two.
func (l *line) append(dst []byte) ([]byte, error) {
	dst = strconv.AppendInt(append(dst, `{"v":`...), int64(l.Version), 10)
	var err error
	text := func(name, value string) {
		if value == "" || err != nil {
			return
		}
		dst = append(append(append(dst, `,"`...), name...), `":`...)
		dst, err = appendJSON(dst, value)
	}
	number := func(name string, value int64) {
		if value != 0 {
			dst = append(append(append(dst, `,"`...), name...), `":`...)
			dst = strconv.AppendInt(dst, value, 10)
		}
	}
	text("op", l.Op)
	dst = strconv.AppendInt(append(dst, `,"id":`...), l.ID, 10)
	text("url", l.URL)
	text("dir", l.Dir)
	text("name", l.Name)
	text("partial", l.Partial)
	text("from", l.From)
	text("checksum", l.Checksum)
	text("mirrors", l.Mirrors)
	text("upload", l.Upload)
	text("method", l.Method)
	number("limit", l.Limit)
	text("omitted", l.Omitted)
	number("priority", int64(l.Priority))
	number("order", int64(l.Order))
	return append(dst, "}\n"...), err
}

// appendJSON appends a string. What needs escaping is left to encoding/json.
func appendJSON(dst []byte, s string) ([]byte, error) {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			raw, err := json.Marshal(s)
			return append(dst, raw...), err
		}
	}
	return append(append(append(dst, '"'), s...), '"'), nil
}

func (e entry) target() target {
	if e.Upload != "" {
		return target{e.URL, e.Dir, e.Upload}
	}
	return target{e.URL, e.Dir, e.Name}
}

// OpenJournal opens a journal of this process in dir, which is made if needed,
// and takes over what earlier runs left.
func OpenJournal(dir string) (*Journal, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	if err := checkOwn(dir); err != nil {
		return nil, err
	}
	stem := filepath.Join(dir, fmt.Sprintf("%d-%d", os.Getpid(), time.Now().UnixNano()))
	lock := flock.New(stem+lockSuffix, flock.SetPermissions(0o600))
	if ok, err := lock.TryLock(); err != nil || !ok {
		return nil, errors.Join(fmt.Errorf("cannot lock %s%s", stem, lockSuffix), err)
	}
	j := &Journal{path: stem + journalSuffix, lock: lock, open: make(map[int64]entry), byTarget: make(map[target]int64),
		wanted: make(map[target]struct{}), takenOver: make(chan struct{})}
	f, err := os.OpenFile(j.path, os.O_CREATE|os.O_EXCL|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, errors.Join(err, j.unlock())
	}
	j.file = f
	go func() {
		defer close(j.takenOver)
		err := j.takeOver(dir)
		j.mu.Lock()
		defer j.mu.Unlock()
		j.wanted = nil
		if err != nil {
			j.fail(err)
		}
	}()
	return j, nil
}

// checkOwn refuses a directory that others can put a journal into: what one
// names is read, gone on with and sent.
func checkOwn(dir string) error {
	fi, err := os.Stat(dir)
	switch {
	case err != nil:
		return err
	case partial.Foreign(fi):
		return fmt.Errorf("%s belongs to another user", dir)
	case runtime.GOOS != "windows" && fi.Mode().Perm()&0o022 != 0:
		return fmt.Errorf("%s can be written by others", dir)
	}
	return nil
}

// set notes what the next run should know of a row: its entry, or that it needs
// nothing.
func (j *Journal) set(id int64, e entry, interrupted bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.setLocked(id, e, interrupted)
}

func (j *Journal) setLocked(id int64, e entry, interrupted bool) {
	old, known := j.open[id]
	switch {
	case interrupted && known && old == e, !interrupted && !known:
	case interrupted:
		j.open[id] = e
		j.write(line{journalVersion, "add", id, e})
	default:
		delete(j.open, id)
		j.write(line{Version: journalVersion, Op: "drop", ID: id})
	}
}

// write appends a line to the batch. The lock is held.
func (j *Journal) write(l line) {
	raw, err := l.append(j.buf)
	if err != nil {
		j.fail(err)
		return
	}
	j.buf = raw
}

func (j *Journal) fail(err error) {
	if j.err == nil {
		j.err = fmt.Errorf("journal: %w", err)
	}
}

// flush writes the batch.
func (j *Journal) flush() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.flushLocked()
}

func (j *Journal) flushLocked() {
	if len(j.buf) > 0 && j.file != nil && j.err == nil {
		if _, err := j.file.Write(j.buf); err != nil {
			j.fail(err)
		}
	}
	j.buf = j.buf[:0]
	if cap(j.buf) > 1<<20 {
		j.buf = nil
	}
}

// leftBehind takes the rows of earlier runs that nobody has asked for yet.
func (j *Journal) leftBehind() (numbers []int64, entries []entry) {
	<-j.takenOver
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, n := range j.left {
		if e, ok := j.open[n]; ok {
			numbers, entries = append(numbers, n), append(entries, e)
		}
	}
	return numbers, entries
}

// drop forgets a row of an earlier run.
func (j *Journal) drop(number int64) { j.set(number, entry{}, false) }

// dropTarget forgets the row of an earlier run for a target: this run has it.
func (j *Journal) dropTarget(t target) {
	j.mu.Lock()
	n, ok := j.byTarget[t]
	if j.wanted != nil {
		j.wanted[t] = struct{}{} // it may come yet
	}
	j.mu.Unlock()
	if ok {
		j.drop(n)
	}
}

// Close ends the journal; its file is removed if nothing in it was
// interrupted. The error is the first one of the whole run. A second call
// returns the same.
func (j *Journal) Close() error {
	<-j.takenOver
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.file == nil {
		return j.err
	}
	j.flushLocked()
	if len(j.open) > 0 || j.err != nil { // else the file goes
		if err := j.file.Sync(); err != nil {
			j.fail(err)
		}
	}
	if err := j.file.Close(); err != nil {
		j.fail(err)
	}
	j.file = nil
	if len(j.open) == 0 && j.err == nil {
		if err := os.Remove(j.path); err != nil {
			j.fail(err)
		}
	}
	if err := j.unlock(); err != nil {
		j.fail(err)
	}
	return j.err
}

// unlock frees the lock and removes its file, which means nothing without the
// journal's: whoever finds one without the other ignores it.
func (j *Journal) unlock() error {
	return errors.Join(j.lock.Close(), os.Remove(j.lock.Path()))
}

// journal brings the journal up to date with a row.
func (m *Model) journal(r *row) {
	if m.opt.Journal == nil {
		return
	}
	if r.interrupted() {
		m.opt.Journal.set(int64(r.id), r.entry(), true)
	} else {
		m.opt.Journal.set(int64(r.id), entry{}, false)
	}
}

// journalSoon does so too when a row has come to another state, but of one that
// runs not before the next frame. All that is new of it by then is which partial
// file it has, which is of use to the next run once that has a state: a small
// file is whole before, and its row is told of twice instead of three times.
func (m *Model) journalSoon(r *row) {
	switch {
	case m.opt.Journal == nil:
	case m.leaving || !r.state.moving():
		m.journal(r)
	case !r.begun:
		r.begun = true
		m.begun = append(m.begun, r)
	}
}

// journalBegun brings the journal up to date with the rows that journalSoon left
// for later.
func (m *Model) journalBegun() {
	for _, r := range m.begun {
		r.begun = false
		m.journal(r)
	}
	clear(m.begun)
	m.begun = m.begun[:0]
}

// interrupted tells whether the next run should offer the row if this one ended
// here.
func (r *row) interrupted() bool {
	if r.removed || r.inherited || r.spec.Data {
		return false
	}
	switch r.state {
	case Done, Cancelled, Mismatch:
		return false
	case Failed, Refused:
		return r.part != "" && r.done > 0
	default:
		return true
	}
}
