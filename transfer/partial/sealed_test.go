package partial

import (
	"errors"
	"io/fs"
	"math/rand/v2"
	"testing"
	"time"
)

// sealedFile is a file that was whole before its first checkpoint, sealed.
func sealedFile(t *testing.T, fsys FS) (*File, *Sealed) {
	t.Helper()
	f, err := Create(fsys, storyPart, storyState("v1"))
	must(t, err)
	_, err = f.WriteAt(storyBytes("v1", Range{0, storySize}), 0)
	must(t, err)
	s, err := f.Seal()
	must(t, err)
	return f, s
}

func TestSealedFileStaysLockedUntilItIsClosed(t *testing.T) {
	fsys := newMemFS()
	_, s := sealedFile(t, fsys)
	if !s.Bare() || s.Path() != storyPart {
		t.Errorf("bare %v, path %s", s.Bare(), s.Path())
	}
	if _, err := fsys.OpenLocked(storyPart, 0); !errors.Is(err, ErrLocked) {
		t.Errorf("locked by another one: %v, want ErrLocked", err)
	}
	p := NewPublisher(fsys, 0)
	if got, err := p.Publish(storyPart, storyDest, false); got != "" || !errors.Is(err, ErrLocked) {
		t.Errorf("published by its path: %q, %v; want ErrLocked", got, err)
	}
	got, err := p.PublishSealed(s, storyDest, false)
	if err != nil || got != storyDest {
		t.Errorf("published: %q, %v", got, err)
	}
	if _, err := fsys.OpenLocked(storyDest, 0); !errors.Is(err, ErrLocked) {
		t.Errorf("under its name: %v, want ErrLocked", err)
	}
	must(t, s.Close())
	h, err := fsys.OpenLocked(storyDest, 0)
	must(t, err)
	must(t, h.Close())
}

func TestNothingIsWrittenOnceAFileIsSealed(t *testing.T) {
	fsys := newMemFS()
	f, s := sealedFile(t, fsys)
	calls := len(fsys.log)
	_, writing := f.WriteAt([]byte{1}, 0)
	_, again := f.Seal()
	for name, err := range map[string]error{"WriteAt": writing, "Checkpoint": f.Checkpoint(), "Seal": again, "Close": f.Close()} {
		if !errors.Is(err, fs.ErrClosed) {
			t.Errorf("%s: %v, want fs.ErrClosed", name, err)
		}
	}
	if len(fsys.log) != calls || !s.Bare() {
		t.Errorf("%d calls changed something", len(fsys.log)-calls)
	}
	must(t, s.Close())
}

func TestIncompleteFileIsNotSealedAndLetsGo(t *testing.T) {
	fsys := newMemFS()
	f, err := Create(fsys, storyPart, storyState("v1"))
	must(t, err)
	if s, err := f.Seal(); s != nil || !errors.Is(err, ErrIncomplete) {
		t.Errorf("%v, %v; want ErrIncomplete", s, err)
	}
	if len(fsys.locked) > 0 {
		t.Error("the lock was not given back")
	}
}

// TestPowerFailureAroundASmallFile: the name of a file without a state may wait
// for the disk, its bytes may not.
func TestPowerFailureAroundASmallFile(t *testing.T) {
	fsys := newMemFS()
	_, s := sealedFile(t, fsys)
	p := NewPublisher(fsys, time.Hour)
	_, err := p.PublishSealed(s, storyDest, false)
	must(t, errors.Join(err, s.Close()))
	published := len(fsys.log)
	must(t, p.Close())
	for n := range len(fsys.log) + 1 {
		for _, what := range []loss{loseAll, loseNothing, loseData, loseNames, loseSome} {
			for seed := range uint64(5) {
				left := fsys.crash(n, what, rand.New(rand.NewPCG(seed, uint64(n))))
				checkAfter(t, left, nil)
				got, there := left.content(storyDest)
				if what == loseNothing && n >= published && !there {
					t.Errorf("a process that was killed lost the name")
				}
				if n == len(fsys.log) && !isWhole(got) {
					t.Errorf("the file is not there after Close")
				}
				if t.Failed() {
					t.Fatalf("after call %d of %d, loss %d, seed %d", n, len(fsys.log), what, seed)
				}
			}
		}
	}
}
