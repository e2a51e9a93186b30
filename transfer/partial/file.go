package partial

import "time"

// File is one partial file that this process has the lock of.
type File struct{}

// CheckpointPolicy bounds what a crash can lose: a checkpoint is made in the
// background when Every has passed or Bytes were written since the last one,
// whichever is first. The zero value means 1 s and 64 MiB.
type CheckpointPolicy struct {
	Every time.Duration
	Bytes int64
}

// Create makes the partial file and locks it. path is the path of the data
// file, as [PathFor] makes it. It fails with fs.ErrExist when either file is
// there. st is written with the first checkpoint, Have empty.
func Create(fsys FS, path string, st State) (*File, error) { panic("contract") }

// Open locks the partial file at path and reads its state. It fails with
// fs.ErrNotExist, [ErrLocked], [ErrVersion] or [ErrCorrupt]; a partial file
// that is shorter than its state claims is corrupt.
func Open(fsys FS, path string) (*File, error) { panic("contract") }

// Path is the path of the data file.
func (f *File) Path() string { panic("contract") }

// State returns a copy of the state; Have is what the last checkpoint made
// durable.
func (f *File) State() State { panic("contract") }

// Written returns the bytes written so far, durable or not.
func (f *File) Written() RangeSet { panic("contract") }

// Update changes the state in memory; the next checkpoint writes it.
func (f *File) Update(change func(*State)) { panic("contract") }

// WriteAt writes p at off and records the range. Errors are *fs.PathError.
func (f *File) WriteAt(p []byte, off int64) (int, error) { panic("contract") }

// ReadAt reads bytes that are at hand, for the overlap check.
func (f *File) ReadAt(p []byte, off int64) (int, error) { panic("contract") }

// Reserve asks the file system for size bytes up front, where it can; the
// file's visible length does not change. A full disk shows here already.
func (f *File) Reserve(size int64) error { panic("contract") }

// Restart throws away all bytes: data truncated, Have empty, state written.
func (f *File) Restart() error { panic("contract") }

// Checkpoint makes the bytes written so far durable and then the state that
// names them.
func (f *File) Checkpoint() error { panic("contract") }

// AutoCheckpoint starts the background checkpoints; Close, Finish and Discard
// stop them and wait. An error of a background checkpoint is returned by the
// next call of WriteAt or Checkpoint.
func (f *File) AutoCheckpoint(p CheckpointPolicy) { panic("contract") }

// Close makes a last checkpoint, closes and unlocks. The files stay.
func (f *File) Close() error { panic("contract") }

// Abandon closes and unlocks without a checkpoint: what the state on disk says
// stays what it says.
func (f *File) Abandon() error { panic("contract") }

// Discard closes the file and removes both files.
func (f *File) Discard() error { panic("contract") }

// Finish syncs the data, writes a state that claims the whole file, closes and
// unlocks. The caller then moves the data file away with [Publish] or removes
// it, and calls [RemoveState]. A crash in between leaves a state that says so.
func (f *File) Finish() error { panic("contract") }
