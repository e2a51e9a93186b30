package partial

import (
	"errors"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// File is one partial file that this process has the lock of.
type File struct {
	fsys FS
	path string
	data Handle // which has the lock

	// created tells that this File made the data file.
	created bool
	// unnamed is data as long as that has no name, then nil; see name. It is
	// guarded by mu. maker is who made it so.
	unnamed Unnamed
	maker   *Directories

	// describing guards describe, which makes the state of a file that has none
	// yet; nil once it has. It is taken before mu.
	describing sync.Mutex
	describe   func() State

	// saving is held by whoever makes a checkpoint, Restart and Finish
	// included, and taken before mu.
	saving sync.Mutex

	// mu guards what follows. It is never held during input or output, so
	// that writers do not wait for the disk's sync.
	mu    sync.Mutex
	state State // Have is what is durable
	// written is what WriteAt wrote and what was durable when the file was
	// opened; unsynced counts the bytes of it that no sync has covered yet.
	written  RangeSet
	unsynced int64
	// unsaved tells that state has news besides the ranges.
	unsaved bool
	// late is the error of a background checkpoint that nobody was told yet.
	late error
	// broken is set once it is unknown what is on the disk.
	broken error
	closed bool
	auto   *background
	// unrecorded counts the bytes that the ledger does not have, recorded is
	// when it was written last.
	unrecorded int64
	recorded   time.Time

	ledger ledger
}

// Create makes the partial file and locks it. path is the path of the data
// file, as [PathFor] makes it. It fails with fs.ErrExist when either file is
// there, and with [ErrCorrupt] when st is no state that could be written.
// st is written with the first checkpoint, Have empty.
func Create(fsys FS, path string, st State) (*File, error) {
	st, err := begin(st)
	if err != nil {
		return nil, err
	}
	if err := stateAbsent(fsys, path); err != nil {
		return nil, err
	}
	// The state of an earlier download by this name is removed for good
	// before there is a file that it could be taken to describe.
	if err := fsys.SyncDir(filepath.Dir(path)); err != nil {
		return nil, err
	}
	return create(fsys, path, st)
}

// begin is st of a file that has nothing yet.
func begin(st State) (State, error) {
	st = clean(st)
	st.Serial, st.Have = 0, RangeSet{}
	if st.Started.IsZero() {
		st.Started = time.Now().UTC()
	}
	return st, check(st)
}

// create is Create after the look for a state and the sync of the directory.
func create(fsys FS, path string, st State) (*File, error) {
	h, err := fsys.OpenLocked(path, os.O_CREATE|os.O_EXCL)
	if err != nil {
		return nil, err
	}
	// Another process may have come and gone in between.
	if err := stateAbsent(fsys, path); err != nil {
		return nil, errors.Join(err, fsys.Remove(path), h.Close())
	}
	return &File{fsys: fsys, path: path, data: h, state: st, unsaved: true, created: true}, nil
}

func stateAbsent(fsys FS, path string) error {
	state := StatePath(path)
	there, err := fsys.Exists(state)
	if there {
		err = &fs.PathError{Op: "create", Path: state, Err: fs.ErrExist}
	}
	return err
}

// Open locks the partial file at path and reads its state. It fails with
// fs.ErrNotExist when one of the two files is not there, with [ErrLocked],
// [ErrVersion] or [ErrCorrupt]; a partial file that is shorter than its state
// claims is corrupt. What the ledger of a process that was killed has besides is
// in [File.Written], and claimed after the next checkpoint.
func Open(fsys FS, path string) (*File, error) {
	h, err := fsys.OpenLocked(path, 0)
	if err != nil {
		return nil, err
	}
	f := &File{fsys: fsys, path: path, data: h}
	if err := f.load(); err != nil {
		return nil, errors.Join(err, h.Close())
	}
	return f, nil
}

func (f *File) load() error {
	st, base, err := readState(f.fsys, f.path)
	if err != nil {
		return err
	}
	size, err := f.data.Size()
	if err != nil {
		return err
	}
	if err := private(f.data); err != nil {
		return err
	}
	if size < st.Have.end() {
		return corrupt("bytes up to %d claimed, the partial file has %d", st.Have.end(), size)
	}
	// A process that was killed may have renamed this state into its place
	// without syncing the directory. If the machine failed now, the state
	// before would come back, under bytes that were written since.
	if err := f.fsys.SyncDir(filepath.Dir(f.path)); err != nil {
		return err
	}
	f.state, f.written = st, st.Have.Clone()
	f.openLedger(base, size)
	return nil
}

// Path is the path of the data file, "" while that has no name.
func (f *File) Path() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.unnamed != nil {
		return ""
	}
	return f.path
}

// State returns a copy of the state; Have is what the last checkpoint made
// durable. That of a file whose state cannot be written has a length alone.
func (f *File) State() State {
	_ = f.described() // the next checkpoint says so
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.state.clone()
}

// Written returns the bytes written so far, durable or not.
func (f *File) Written() RangeSet {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.written.Clone()
}

// Update changes the state in memory; the next checkpoint writes it. change
// must not call methods of f. What it does to the members that File owns
// (Version, Serial, Have, Updated) has no effect.
func (f *File) Update(change func(*State)) {
	_ = f.described() // the next checkpoint says so
	f.mu.Lock()
	defer f.mu.Unlock()
	st := f.state.clone()
	change(&st)
	st.Version, st.Serial, st.Updated = f.state.Version, f.state.Serial, f.state.Updated
	st.Have = f.state.Have
	f.state = clean(st)
	f.unsaved = true
	f.arm()
}

// WriteAt writes p at off and records the range. Errors are *fs.PathError.
// Bytes beyond the length that the state gives are refused. Bytes that were
// written before may be written again, as long as they are the same: other
// ones need [File.Restart] or [File.Forget] first.
func (f *File) WriteAt(p []byte, off int64) (int, error) {
	if err := f.admit(int64(len(p)), off); err != nil {
		return 0, err
	}
	n, err := f.data.WriteAt(p, off)
	f.wrote(int64(n), off)
	return n, err
}

// wrote records that n bytes were written at off.
func (f *File) wrote(n, off int64) {
	if n <= 0 {
		return
	}
	f.mu.Lock()
	f.written.Add(Range{off, off + n})
	f.unsynced += n
	f.arm()
	due := f.ledgerDue(n)
	f.mu.Unlock()
	if due {
		f.record()
	}
}

// admit tells why n bytes must not be written at off.
func (f *File) admit(n, off int64) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	err := f.usable()
	if err == nil {
		err, f.late = f.late, nil
	}
	switch {
	case err != nil:
	case off < 0 || n > math.MaxInt64-off:
		err = &fs.PathError{Op: "write", Path: f.path, Err: fs.ErrInvalid}
	case f.state.Length >= 0 && off+n > f.state.Length:
		err = &fs.PathError{Op: "write", Path: f.path, Err: errBeyondLength}
	}
	return err
}

var errBeyondLength = errors.New("more bytes than the file has")

// usable is called with mu held.
func (f *File) usable() error {
	if f.closed {
		return closedError(f.path)
	}
	return f.broken
}

func closedError(path string) error {
	return &fs.PathError{Op: "use", Path: path, Err: fs.ErrClosed}
}

// ReadAt reads bytes that are at hand, for the overlap check. It ends with
// io.EOF where bytes were not written yet.
func (f *File) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 {
		return 0, &fs.PathError{Op: "read", Path: f.path, Err: fs.ErrInvalid}
	}
	f.mu.Lock()
	at := f.written.runFrom(off)
	f.mu.Unlock()
	if int64(len(p)) <= at {
		return f.data.ReadAt(p, off)
	}
	n, err := f.data.ReadAt(p[:at], off)
	if err == nil {
		err = io.EOF
	}
	return n, err
}

// Reserve asks the file system for size bytes up front, where it can; the
// file's visible length does not change. A disk without room for them shows
// here already. At most 1 GiB is taken, for size is what a server says. Small
// files take none: they are written in one go or two, and asking would cost as
// much as writing.
func (f *File) Reserve(size int64) error {
	if size <= smallFile {
		return nil
	}
	err := f.data.Reserve(size)
	if errors.Is(err, errors.ErrUnsupported) {
		return nil
	}
	return err
}

// Restart throws away all bytes: Have empty, state written, data truncated.
// No WriteAt may be under way. After an error only the closing methods work;
// what the state on disk says is still true then.
func (f *File) Restart() error {
	f.saving.Lock()
	defer f.saving.Unlock()
	f.mu.Lock()
	err := f.usable()
	if err == nil {
		f.written, f.unsynced, f.unsaved, f.late = RangeSet{}, 0, true, nil
	}
	f.mu.Unlock()
	if err != nil {
		return err
	}
	// The state comes first: the one before claims bytes that must not
	// change until it is gone from the disk.
	if err := f.checkpoint(); err != nil {
		return f.fail(err)
	}
	if err := f.data.Truncate(0); err != nil {
		return f.fail(err)
	}
	return nil
}

// Forget throws away the bytes of the given ranges, which were found to be
// wrong, so that others can be written in their place: the state on disk stops
// to claim them first. No WriteAt may be under way. After an error only the
// closing methods work; what the state on disk says is still true then.
func (f *File) Forget(ranges ...Range) error {
	f.saving.Lock()
	defer f.saving.Unlock()
	f.mu.Lock()
	err := f.usable()
	if err == nil {
		for _, r := range ranges {
			f.written.Remove(r)
		}
		f.unsaved, f.late = true, nil
	}
	f.mu.Unlock()
	if err != nil {
		return err
	}
	if err := f.checkpoint(); err != nil {
		return f.fail(err)
	}
	return nil
}

// smallFile is the size in bytes up to which nothing is reserved.
const smallFile = 1 << 20

// fail makes err the answer to everything but closing. What the ledger has is
// as unsure as the rest.
func (f *File) fail(err error) error {
	if void := f.closeLedger(true); void != nil {
		err = errors.Join(err, void)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.broken == nil {
		f.broken = err
	}
	return f.broken
}
