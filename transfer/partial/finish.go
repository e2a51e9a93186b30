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
	// The lock goes last, so that nobody takes the files up in between.
	return errors.Join(f.closeLedger(true), removeBoth(f.fsys, f.path), f.data.Close())
}

// Finish syncs the data, writes a state that claims the whole file, closes and
// unlocks. A length that was unknown is known then: the end of what was
// written. It fails with [ErrIncomplete] when bytes are missing, and is Close
// then. The caller moves the data file away with [Publish] or removes it, and
// calls [RemoveState]. A crash in between leaves a state that says so.
//
// A file that is whole before its first checkpoint gets no state at all: the
// next step is to move it away, and a crash in between costs no more than one
// before the first checkpoint does. Small files are that fast always, and the
// state would cost several times what their bytes do.
func (f *File) Finish() error {
	return f.end(true, func() error {
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
		if err := f.cut(length); err != nil {
			return err
		}
		if f.State().Serial == 0 {
			return f.sync()
		}
		return f.checkpoint()
	})
}

// Bare tells that the data file is all that there is: this File made it, and
// has never written a state.
func (f *File) Bare() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.created && f.state.Serial == 0
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
	fi, err := f.data.Stat()
	if err != nil {
		return err
	}
	if fi.Size() < length {
		return corrupt("%d bytes written, the partial file has %d", length, fi.Size())
	}
	if fi.Size() == length {
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
	f.saving.Lock()
	defer f.saving.Unlock()
	err := last()
	// A ledger is of use only to what could not be saved.
	return errors.Join(err, f.closeLedger(saved && err == nil), f.data.Close())
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
