package partial

import (
	"crypto/sha256"
	"io/fs"
	"sync"
	"time"
)

// CheckpointPolicy bounds what a crash can lose: a checkpoint is made in the
// background when Every has passed or Bytes were written since the last one,
// whichever is first. The zero value means 1 s and 64 MiB.
type CheckpointPolicy struct {
	Every time.Duration
	Bytes int64
}

// Checkpoint makes the bytes written so far durable and then the state that
// names them. When there is nothing new it writes nothing. A state that could
// not be written can be tried again. After an error of the sync itself it is
// unknown which bytes are on the disk, and no later sync would tell: from then
// on all methods but the closing ones return that error, and the last good
// state stays.
func (f *File) Checkpoint() error {
	f.saving.Lock() // first, so that none is made behind the last one
	defer f.saving.Unlock()
	f.mu.Lock()
	err := f.usable()
	if err == nil {
		err, f.late = f.late, nil
	}
	f.mu.Unlock()
	if err != nil {
		return err
	}
	return f.checkpoint()
}

// checkpoint is called with saving held. Its errors are *fs.PathError.
func (f *File) checkpoint() error {
	f.mu.Lock()
	if f.broken != nil {
		f.mu.Unlock()
		return f.broken
	}
	f.mu.Unlock()
	if err := f.name(); err != nil {
		return err
	}
	f.mu.Lock()
	next := f.state.clone()
	next.Have = f.written.Clone()
	sync := f.unsynced > 0
	news := f.unsaved || !next.Have.equal(f.state.Have)
	f.unsynced, f.unsaved = 0, false
	f.disarm()
	f.mu.Unlock()

	if sync {
		if err := f.data.Sync(); err != nil {
			return f.fail(f.failedCheckpoint(err))
		}
	}
	if !news {
		return nil
	}
	next.Serial++
	next.Updated = time.Now().UTC()
	text, err := Encode(next)
	if err == nil {
		base := digest(sha256.Sum256(text))
		f.announce(base)
		err = writeState(f.fsys, StatePath(f.path), text)
		// The ranges of later records may leave out what next has only
		// when they are bound to next alone, so the base changes first.
		f.rebase(base, err)
	}

	f.mu.Lock()
	defer f.mu.Unlock()
	// Also after an error: the state may be in its place although syncing
	// the directory failed, and a serial must not name two states.
	f.state.Version, f.state.Serial = Version, next.Serial
	if err != nil {
		f.unsaved = true
		return f.failedCheckpoint(err)
	}
	f.state.Have, f.state.Updated = next.Have, next.Updated
	return nil
}

func (f *File) failedCheckpoint(err error) error {
	return &fs.PathError{Op: "checkpoint", Path: f.path, Err: err}
}

// background is the timer of AutoCheckpoint. It runs from the first write after
// a checkpoint to the next one, so that a file that nothing is written to costs
// nothing, and one that is over before its first checkpoint no goroutine.
type background struct {
	policy CheckpointPolicy
	// What follows is guarded by File.mu. armed: there is something for a
	// checkpoint, and the timer will call for one; full: it calls at once.
	armed, full bool
	// busy: a call of the timer makes a checkpoint; again: another one came.
	busy, again bool
	timer       *time.Timer // nil before the first write
	// calls are those of the timer that are to come or under way.
	calls sync.WaitGroup
}

// AutoCheckpoint starts the background checkpoints, or changes their policy;
// Close, Abandon, Finish and Discard stop them and wait. An error of a
// background checkpoint is returned by the next call of WriteAt or Checkpoint.
// A file of 16 MiB and more without a state gets its first one at once.
func (f *File) AutoCheckpoint(p CheckpointPolicy) {
	if p.Every <= 0 {
		p.Every = time.Second
	}
	if p.Bytes <= 0 {
		p.Bytes = 64 << 20
	}
	f.stopAuto()
	f.saveEarly()
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed || f.auto != nil {
		return
	}
	f.auto = &background{policy: p}
	if f.unsynced > 0 || f.unsaved && f.unnamed == nil {
		f.arm()
	}
}

// earlyState is the size in bytes from which a file has a state before its
// first byte: a kill within the first second would cost too much of it.
const earlyState = 16 << 20

// saveEarly writes the first state of a big file, which claims nothing yet, so
// that the ledger has something to go on from.
func (f *File) saveEarly() {
	f.mu.Lock()
	early := !f.closed && f.state.Serial == 0 && f.unsynced == 0 && f.state.Length >= earlyState
	f.mu.Unlock()
	if early {
		f.save()
	}
}

// due is the timer's: it makes a checkpoint unless there was one meanwhile. When
// one is under way the next follows it.
func (f *File) due(b *background) {
	defer b.calls.Done()
	f.mu.Lock()
	mine := b.armed && !b.busy
	b.again = b.armed && b.busy
	b.busy = b.busy || mine
	f.mu.Unlock()
	if !mine {
		return
	}
	f.save()
	f.mu.Lock()
	defer f.mu.Unlock()
	b.busy = false
	if f.auto == b && b.again {
		f.call(b, 0)
	}
}

// save makes a checkpoint that nobody waits for: if it fails, the next call that
// can fail says so.
func (f *File) save() {
	f.saving.Lock()
	err := f.checkpoint()
	f.saving.Unlock()
	if err != nil {
		f.mu.Lock()
		f.late = err
		f.mu.Unlock()
	}
}

// arm is called with mu held when there is something for a checkpoint. A file
// without a name that is whole needs none: it is about to be sealed.
func (f *File) arm() {
	b := f.auto
	if b == nil || f.unnamed != nil && f.written.Prefix() == f.state.Length {
		return
	}
	switch full := f.unsynced >= b.policy.Bytes; {
	case full && !b.full:
		b.full = true
		f.call(b, 0)
	case !full && !b.armed:
		f.call(b, b.policy.Every)
	}
	b.armed = true
}

// call has the timer call due after d. It is called with mu held.
func (f *File) call(b *background, d time.Duration) {
	switch {
	case b.timer == nil:
		b.calls.Add(1)
		b.timer = time.AfterFunc(d, func() { f.due(b) })
	case !b.timer.Reset(d):
		b.calls.Add(1)
	}
}

// disarm is called with mu held when a checkpoint takes over all that is new.
func (f *File) disarm() {
	if f.auto != nil {
		f.auto.rest()
	}
}

// rest is called with File.mu held.
func (b *background) rest() {
	b.armed, b.full, b.again = false, false, false
	if b.timer != nil && b.timer.Stop() {
		b.calls.Done()
	}
}

// stopAuto stops the background checkpoints and waits for the one under way.
func (f *File) stopAuto() {
	f.mu.Lock()
	b := f.auto
	f.auto = nil
	if b != nil {
		b.rest()
	}
	f.mu.Unlock()
	if b != nil {
		b.calls.Wait()
	}
}
