package partial

import "errors"

// The methods here end a File, also when they fail; a second one fails with
// fs.ErrClosed and does nothing.

// Close makes a last checkpoint, closes and unlocks. The files stay.
func (f *File) Close() error {
	return f.end(true, f.checkpoint)
}

// Abandon closes and unlocks without a checkpoint: what the state on disk says
// stays what it says.
func (f *File) Abandon() error {
	return f.end(false, func() error { return nil })
}

// Discard closes the file and removes both files and the ledger.
func (f *File) Discard() error {
	if err := f.retire(); err != nil {
		return err
	}
	f.saving.Lock()
	defer f.saving.Unlock()
	if f.Path() == "" {
		return f.data.Close()
	}
	// The lock goes last, so that nobody takes the files up in between.
	return errors.Join(f.closeLedger(true), removeBoth(f.fsys, f.path), f.data.Close())
}

// Finish is Seal that closes and unlocks. The caller moves the data file away
// with [Publish] or removes it, and calls [RemoveState].
func (f *File) Finish() error {
	s, err := f.Seal()
	if err != nil {
		return err
	}
	return s.Close()
}

// Seal syncs the data and writes a state that claims the whole file. A length
// that was unknown is known then: the end of what was written. It fails with
// [ErrIncomplete] when bytes are missing, and is Close then. No WriteAt may be
// under way. A crash before the file is moved away leaves a state that says so.
//
// A file that is whole before its first checkpoint gets no state at all: the
// next step is to move it away, and a crash in between costs no more than one
// before the first checkpoint does. Small files are that fast always, and the
// state would cost several times what their bytes do.
func (f *File) Seal() (*Sealed, error) {
	if err := f.retire(); err != nil {
		return nil, err
	}
	if err := f.rest(true, f.whole); err != nil {
		return nil, errors.Join(err, f.data.Close())
	}
	return &Sealed{path: f.path, data: f.data, unnamed: f.unnamed, bare: f.created && f.stateless()}, nil
}

// stateless tells that no state was ever written.
func (f *File) stateless() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.state.Serial == 0
}

// Sealed is a data file that is whole and durable, and still locked, or without a
// name: nobody can take it for one that was left behind before it has its name.
type Sealed struct {
	path    string
	data    Handle
	unnamed Unnamed // data, as long as that has no name
	bare    bool
	// published: what the path names is not, or not surely, this file.
	published bool
}

// Path is the path of the data file. If that has no name it is good for reading
// alone, and only until Close.
func (s *Sealed) Path() string {
	if s.unnamed != nil {
		return s.unnamed.Location()
	}
	return s.path
}

// Left is the path of the data file that Close leaves if it was not published; ""
// when there is none, because it has no name, or has had none but that it was
// published by.
func (s *Sealed) Left() string {
	if s.unnamed != nil {
		return ""
	}
	return s.path
}

// Bare tells that the data file is all that there is: it has never had a state.
func (s *Sealed) Bare() bool { return s.bare }

// Close closes and unlocks.
func (s *Sealed) Close() error { return s.data.Close() }

// whole makes a file durable of which all bytes are there. It is called with
// saving held.
func (f *File) whole() error {
	f.mu.Lock()
	length := f.state.Length
	if length < 0 {
		length = f.written.end()
	}
	complete := f.written.Prefix() == length && f.written.end() == length
	if complete && f.state.Length != length {
		f.state.Length, f.unsaved = length, true
	}
	f.mu.Unlock()
	if !complete {
		return errors.Join(ErrIncomplete, f.checkpoint())
	}
	if f.Path() == "" {
		return f.sync() // nobody else can have written into it
	}
	if err := f.cut(length); err != nil {
		return err
	}
	if f.stateless() {
		return f.sync()
	}
	return f.checkpoint()
}

// sync makes the data durable and claims nothing. It is called with saving
// held.
func (f *File) sync() error {
	f.mu.Lock()
	broken := f.broken
	f.mu.Unlock()
	if broken != nil {
		return broken
	}
	if err := f.data.Sync(); err != nil {
		return f.fail(f.failedCheckpoint(err))
	}
	return nil
}

// cut removes bytes behind length, which a process that was killed may have
// left: they were written, but no state has claimed them.
func (f *File) cut(length int64) error {
	size, err := f.data.Size()
	if err != nil {
		return err
	}
	if size < length {
		return corrupt("%d bytes written, the partial file has %d", length, size)
	}
	if size == length {
		return nil
	}
	if err := f.data.Truncate(length); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.unsynced++ // the new length has to be synced like a byte
	return nil
}

// end stops writers and background checkpoints, does last and lets go. saved
// tells that the state has all that is written if last does not fail.
func (f *File) end(saved bool, last func() error) error {
	if err := f.retire(); err != nil {
		return err
	}
	return errors.Join(f.rest(saved, last), f.data.Close())
}

// rest does last in a file that is retired, and lets go of all but the lock.
func (f *File) rest(saved bool, last func() error) error {
	f.saving.Lock()
	defer f.saving.Unlock()
	err := last()
	// A ledger is of use only to what could not be saved.
	return errors.Join(err, f.closeLedger(saved && err == nil))
}

func (f *File) retire() error {
	f.mu.Lock()
	closed := f.closed
	f.closed = true
	f.mu.Unlock()
	if closed {
		return closedError(f.path)
	}
	f.stopAuto()
	return nil
}
