package partial

import (
	"errors"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

func newMemFile(t *testing.T) (*memFS, *File) {
	t.Helper()
	fsys := newMemFS()
	f, err := Create(fsys, storyPart, storyState("v1"))
	must(t, err)
	return fsys, f
}

// durable is what the state on disk claims.
func durable(t *testing.T, fsys FS) int64 {
	t.Helper()
	st, err := ReadState(fsys, storyPart)
	must(t, err)
	return st.Have.Len()
}

func TestCheckpointWithoutNewsWritesNothing(t *testing.T) {
	fsys, f := newMemFile(t)
	write(t, f, Range{0, 100})
	must(t, f.Checkpoint())
	before := len(fsys.log)
	must(t, f.Checkpoint())
	if n := len(fsys.log) - before; n != 0 {
		t.Errorf("%d calls", n)
	}
	must(t, f.Close())
	if n := len(fsys.log) - before; n != 0 {
		t.Errorf("Close: %d calls", n)
	}
}

func TestBackgroundCheckpointComesAfterTheTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fsys, f := newMemFile(t)
		must(t, f.Checkpoint())
		f.AutoCheckpoint(CheckpointPolicy{})
		time.Sleep(10 * time.Second)
		write(t, f, Range{0, 100})
		time.Sleep(999 * time.Millisecond)
		synctest.Wait()
		if got := durable(t, fsys); got != 0 {
			t.Errorf("%d bytes durable before a second has passed", got)
		}
		time.Sleep(time.Millisecond)
		synctest.Wait()
		if got := durable(t, fsys); got != 100 {
			t.Errorf("%d bytes durable after a second, want 100", got)
		}
		must(t, f.Close())
	})
}

func TestBackgroundCheckpointComesAfterTheBytes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fsys, f := newMemFile(t)
		must(t, f.Checkpoint())
		f.AutoCheckpoint(CheckpointPolicy{Every: time.Hour, Bytes: 200})
		write(t, f, Range{0, 199})
		synctest.Wait()
		if got := durable(t, fsys); got != 0 {
			t.Errorf("%d bytes durable too early", got)
		}
		write(t, f, Range{199, 200})
		synctest.Wait()
		if got := durable(t, fsys); got != 200 {
			t.Errorf("%d bytes durable, want 200", got)
		}
		write(t, f, Range{200, 300})
		synctest.Wait()
		if got := durable(t, fsys); got != 200 {
			t.Errorf("%d bytes durable: the count did not start anew", got)
		}
		must(t, f.Close())
	})
}

func TestFirstStateGoesOutWithoutABytesWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fsys, f := newMemFile(t)
		f.AutoCheckpoint(CheckpointPolicy{})
		time.Sleep(time.Second)
		synctest.Wait()
		if got := durable(t, fsys); got != 0 {
			t.Errorf("%d bytes durable", got)
		}
		must(t, f.Close())
	})
}

func TestIdleFileSleepsWithoutATimer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fsys, f := newMemFile(t)
		f.AutoCheckpoint(CheckpointPolicy{})
		write(t, f, Range{0, 100})
		time.Sleep(time.Second)
		synctest.Wait()
		calls := 0
		fsys.setFail(func(string) (error, bool) { calls++; return nil, false })
		time.Sleep(24 * time.Hour)
		synctest.Wait()
		f.mu.Lock()
		armed := f.auto.armed || f.auto.timer.Stop()
		f.mu.Unlock()
		fsys.setFail(nil)
		if calls != 0 || armed {
			t.Errorf("%d calls in a day, armed %v", calls, armed)
		}
		must(t, f.Close())
	})
}

func TestWritersDoNotWaitForTheSync(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := &slowSync{memFS: newMemFS(), release: make(chan struct{})}
		f, err := Create(slow, storyPart, storyState("v1"))
		must(t, err)
		f.AutoCheckpoint(CheckpointPolicy{Bytes: 100})
		write(t, f, Range{0, 100})
		synctest.Wait() // the background is in the sync
		if !slow.waiting.Load() {
			t.Fatal("no sync under way")
		}
		write(t, f, Range{100, 300})
		close(slow.release)
		synctest.Wait()
		// The sync began before the second write: it is not claimed for it.
		first := slow.firstState(t)
		if got := first.Have.Len(); got != 100 {
			t.Errorf("the first state claims %d bytes, want 100", got)
		}
		must(t, f.Close())
	})
}

func TestOneCheckpointFollowsASlowSyncHoweverMuchIsWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := &slowSync{memFS: newMemFS(), release: make(chan struct{})}
		f, err := Create(slow, storyPart, storyState("v1"))
		must(t, err)
		f.AutoCheckpoint(CheckpointPolicy{Bytes: 100})
		for at := int64(0); at < 1000; at += 100 {
			write(t, f, Range{at, at + 100})
			synctest.Wait()
		}
		close(slow.release)
		synctest.Wait()
		if st := f.State(); st.Have.Len() != 1000 || st.Serial != 2 {
			t.Errorf("%d bytes after %d checkpoints, want 1000 after 2", st.Have.Len(), st.Serial)
		}
		must(t, f.Close())
	})
}

// slowSync holds the first sync of the data until it is released and keeps the
// first state that is written.
type slowSync struct {
	*memFS
	release chan struct{}
	waiting atomic.Bool
	first   atomic.Pointer[State]
}

func (s *slowSync) OpenLocked(name string, flag int) (Handle, error) {
	h, err := s.memFS.OpenLocked(name, flag)
	if err != nil {
		return nil, err
	}
	return slowHandle{h, s}, nil
}

func (s *slowSync) Rename(from, to string) error {
	err := s.memFS.Rename(from, to)
	if st, err := ReadState(s.memFS, storyPart); err == nil {
		s.first.CompareAndSwap(nil, &st)
	}
	return err
}

func (s *slowSync) firstState(t *testing.T) State {
	t.Helper()
	st := s.first.Load()
	if st == nil {
		t.Fatal("no state was written")
	}
	return *st
}

type slowHandle struct {
	Handle
	s *slowSync
}

func (h slowHandle) Sync() error {
	h.s.waiting.Store(true)
	<-h.s.release
	return h.Handle.Sync()
}

func TestBackgroundErrorShowsAtTheNextCall(t *testing.T) {
	for name, next := range map[string]func(*File) error{
		"WriteAt":    func(f *File) error { _, err := f.WriteAt([]byte{1}, 0); return err },
		"Checkpoint": (*File).Checkpoint,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				fsys, f := newMemFile(t)
				f.AutoCheckpoint(CheckpointPolicy{})
				write(t, f, Range{0, 100})
				fsys.setFail(func(call string) (error, bool) {
					if call == "rename" {
						return syscall.ENOSPC, false
					}
					return nil, false
				})
				time.Sleep(time.Second)
				synctest.Wait()
				fsys.setFail(nil)
				if err := next(f); !errors.Is(err, syscall.ENOSPC) {
					t.Errorf("%v, want ENOSPC", err)
				}
				// The disk has space again: said once, then tried anew.
				if err := f.Checkpoint(); err != nil {
					t.Errorf("again: %v", err)
				}
				if got := durable(t, fsys); got != 100 {
					t.Errorf("%d bytes durable, want 100", got)
				}
				must(t, f.Close())
			})
		})
	}
}

func TestCloseStopsTheBackground(t *testing.T) {
	for name, end := range map[string]func(*File) error{
		"Close": (*File).Close, "Abandon": (*File).Abandon, "Discard": (*File).Discard,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { // fails when a goroutine is left
				_, f := newMemFile(t)
				f.AutoCheckpoint(CheckpointPolicy{})
				f.AutoCheckpoint(CheckpointPolicy{Every: time.Minute})
				write(t, f, Range{0, 100})
				must(t, end(f))
			})
		})
	}
}
