package partial

import (
	"crypto/sha256"
	"io"
	"os"
	"strings"
	"sync"
	"time"
)

// LedgerSuffix is that of the ledger beside the data file.
const LedgerSuffix = ".haul-ledger"

// How far the ledger may be behind the data file: what was written since, in
// bytes and in time, is fetched again after a kill.
const (
	ledgerBytes = 512 << 10
	ledgerEvery = 20 * time.Millisecond
)

// ledgerPath is the path of the ledger that belongs to a data file.
func ledgerPath(part string) string { return strings.TrimSuffix(part, PartSuffix) + LedgerSuffix }

// Instance names a file as it is in the memory of this machine. It is another
// one after anything that can take back bytes that were written and not synced.
type Instance [sha256.Size]byte

// ledger is the writer of one. It is an extra: what goes wrong with it ends it
// and nothing else.
type ledger struct {
	// mu is held while a record is written, and taken before File.mu.
	mu       sync.Mutex
	h        Handle // nil until there is something to record
	instance Instance
	bases    [2]digest
	// live tells that there is a state on disk that records can go on from.
	live bool
	seq  uint64
	text []byte // of the last record, for its memory
}

// openLedger reads what a process that was killed has left beside the state of
// the text that load has read, and adds it to what is written. What does not
// belong to this very file and state is ignored.
func (f *File) openLedger(base digest, size int64) {
	l := &f.ledger
	var err error
	if l.instance, err = f.data.Instance(); err != nil {
		return // such a system has no ledgers
	}
	l.bases, l.live = [2]digest{base, base}, true
	h, err := f.fsys.OpenFile(ledgerPath(f.path), os.O_RDWR, 0)
	if err != nil {
		return
	}
	data := make([]byte, 2*ledgerSlot)
	n, err := h.ReadAt(data, 0)
	r, ok := decodeLedger(data[:n])
	if err != nil && err != io.EOF || !ok || !f.believes(r, size) {
		_ = h.Close() // only read
		return
	}
	// It is written on in its place: a new one would leave a moment without.
	l.h, l.seq = h, r.seq
	for _, r := range r.ranges {
		f.written.Add(r)
	}
	if !f.written.equal(f.state.Have) {
		f.unsynced++ // at least
	}
}

// Recover puts what a process that was killed has left in the ledger of a data
// file into its state, as Open and Close would. Without a ledger it does
// nothing; it fails as they do.
func Recover(fsys FS, part string) error {
	if gone(fsys, ledgerPath(part)) {
		return nil
	}
	f, err := Open(fsys, part)
	if err != nil {
		return err
	}
	return f.Close()
}

// believes tells whether r is about f, whose data file has size bytes.
func (f *File) believes(r ledgerRecord, size int64) bool {
	l := &f.ledger
	end := RangeSet{r.ranges}.end()
	return r.instance == l.instance && (r.bases[0] == l.bases[0] || r.bases[1] == l.bases[0]) &&
		end <= size && (f.state.Length < 0 || end <= f.state.Length)
}

// ledgerDue tells whether the ledger is to be written after a write. It is
// called with File.mu held.
func (f *File) ledgerDue(n int64) bool {
	f.unrecorded += n
	now := time.Now()
	if f.unrecorded < ledgerBytes && now.Sub(f.recorded) < ledgerEvery {
		return false
	}
	f.recorded = now
	return true
}

// record brings the ledger up to date, unless another writer is at it: what is
// left out now stays due.
func (f *File) record() {
	l := &f.ledger
	if !l.mu.TryLock() {
		return
	}
	defer l.mu.Unlock()
	f.put()
}

// put writes a record. It is called with ledger.mu held.
func (f *File) put() {
	l := &f.ledger
	if !l.live {
		return
	}
	f.mu.Lock()
	broken := f.broken != nil
	ranges := f.written.without(f.state.Have)
	f.unrecorded = 0
	f.mu.Unlock()
	if broken || l.h == nil && !f.createLedger() {
		l.live = false
		return
	}
	l.seq++
	l.text = ledgerRecord{seq: l.seq, instance: l.instance, bases: l.bases, ranges: ranges}.appendTo(l.text[:0])
	if _, err := l.h.WriteAt(l.text, int64(l.seq%2)*ledgerSlot); err != nil {
		l.live = false
	}
}

// createLedger replaces whatever there is. Both slots get their room at once,
// so that records change nothing but bytes.
func (f *File) createLedger() bool {
	name := ledgerPath(f.path)
	if removeIfThere(f.fsys, name) != nil {
		return false
	}
	h, err := f.fsys.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return false
	}
	if _, err := h.WriteAt(make([]byte, 2*ledgerSlot), 0); err != nil {
		_ = h.Close() // nothing of use is in it
		return false
	}
	f.ledger.h = h
	return true
}

// announce makes the ledger one of the present state and of the next one, whose
// text is about to take its place.
func (f *File) announce(next digest) {
	l := &f.ledger
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.live {
		return
	}
	l.bases[1] = next
	if l.h != nil {
		f.put()
	}
}

// rebase makes the next records go on from a state that was written; not from
// one of which it is unknown whether it is in its place.
func (f *File) rebase(base digest, err error) {
	l := &f.ledger
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case err != nil:
		l.live = false
	case l.live:
		l.bases = [2]digest{base, base}
	case l.h == nil && l.instance == Instance{}:
		if l.instance, err = f.data.Instance(); err == nil {
			l.bases, l.live = [2]digest{base, base}, true
		}
	}
}

// closeLedger ends the ledger. One that is void must not be believed any more.
func (f *File) closeLedger(void bool) error {
	l := &f.ledger
	l.mu.Lock()
	defer l.mu.Unlock()
	l.live = false
	if l.h == nil {
		return nil
	}
	var err error
	if void {
		// Whichever of the two works is enough.
		if err = removeIfThere(f.fsys, ledgerPath(f.path)); l.h.Truncate(0) == nil {
			err = nil
		}
	}
	h := l.h
	l.h = nil
	_ = h.Close() // no record is worth an error
	return err
}
