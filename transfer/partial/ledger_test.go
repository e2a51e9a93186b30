package partial

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// leftByAKill is what a process leaves that was killed when [0,100) was in the
// state and [100,300) and [2000,2100) only in the ledger.
func leftByAKill(t *testing.T) *memFS {
	t.Helper()
	fsys := newMemFS()
	f, err := Create(fsys, storyPart, storyState("v1"))
	must(t, err)
	storyWrite(t, f, Range{0, 100})
	must(t, f.Checkpoint())
	storyWrite(t, f, Range{100, 300}, Range{2000, 2100})
	f.record()
	left := fsys.killed(len(fsys.log))
	must(t, f.Abandon())
	return left
}

func storyWrite(t *testing.T, f *File, ranges ...Range) {
	t.Helper()
	for _, r := range ranges {
		_, err := f.WriteAt(storyBytes("v1", r), r.Start)
		must(t, err)
	}
}

// atHand opens what is left and returns what is written and what is claimed.
func atHand(t *testing.T, fsys *memFS) (written, claimed []Range) {
	t.Helper()
	f, err := Open(fsys, storyPart)
	must(t, err)
	written, claimed = f.Written().Ranges(), f.State().Have.Ranges()
	must(t, f.Abandon())
	return written, claimed
}

func TestLedger_AKilledProcessLosesNothingThatItWrote(t *testing.T) {
	fsys := leftByAKill(t)
	whole := []Range{{0, 300}, {2000, 2100}}
	for range 2 { // also when the first to open it is killed as well
		written, claimed := atHand(t, fsys)
		if !slices.Equal(written, whole) || !slices.Equal(claimed, []Range{{0, 100}}) {
			t.Fatalf("%v at hand, %v claimed", written, claimed)
		}
	}
	before := len(fsys.log)
	must(t, Recover(fsys, storyPart))
	if _, claimed := atHand(t, fsys); !slices.Equal(claimed, whole) {
		t.Errorf("%v claimed after Recover", claimed)
	}
	synced := slices.IndexFunc(fsys.log[before:], func(o op) bool { return o.kind == opSync })
	renamed := slices.IndexFunc(fsys.log[before:], func(o op) bool { return o.kind == opRename })
	if synced < 0 || renamed < synced {
		t.Error("claimed before it was synced")
	}
	if _, there := fsys.content(ledgerPath(storyPart)); there {
		t.Error("the ledger is still there")
	}
}

// TestLedger_IsIgnoredUnlessItBelongs changes what is left in a way after which
// only the state counts.
func TestLedger_IsIgnoredUnlessItBelongs(t *testing.T) {
	slot := func(b []byte, n int) []byte { return b[n*ledgerSlot : (n+1)*ledgerSlot] }
	for name, change := range map[string]func(t *testing.T, fsys *memFS, text []byte) []byte{
		"the machine was started anew": func(_ *testing.T, fsys *memFS, text []byte) []byte { fsys.boot++; return text },
		"lost":                         func(*testing.T, *memFS, []byte) []byte { return nil },
		"empty slots":                  func(_ *testing.T, _ *memFS, text []byte) []byte { clear(text); return text },
		"both slots torn": func(_ *testing.T, _ *memFS, text []byte) []byte {
			clear(slot(text, 0)[ledgerFixed-4:])
			clear(slot(text, 1)[ledgerFixed-4:])
			return text
		},
		"the data file was copied": func(_ *testing.T, fsys *memFS, text []byte) []byte {
			old := fsys.entries[storyPart]
			fsys.nodes[old+1000] = bytes.Clone(fsys.nodes[old])
			fsys.entries[storyPart] = old + 1000
			return text
		},
		"of an earlier state": func(t *testing.T, fsys *memFS, text []byte) []byte {
			st, err := ReadState(fsys, storyPart)
			must(t, err)
			st.Serial += 2
			state, err := Encode(st)
			must(t, err)
			fsys.nodes[fsys.entries[StatePath(storyPart)]] = state
			return text
		},
		"more than the data file has": func(_ *testing.T, fsys *memFS, text []byte) []byte {
			part := fsys.entries[storyPart]
			fsys.nodes[part] = fsys.nodes[part][:2050]
			return text
		},
		"a stranger's bytes": func(*testing.T, *memFS, []byte) []byte { return bytes.Repeat([]byte(ledgerMagic), 4096) },
	} {
		t.Run(name, func(t *testing.T) {
			fsys := leftByAKill(t)
			inode := fsys.entries[ledgerPath(storyPart)]
			fsys.nodes[inode] = change(t, fsys, bytes.Clone(fsys.nodes[inode]))
			written, claimed := atHand(t, fsys)
			if !slices.Equal(written, claimed) || len(written) == 0 {
				t.Errorf("%v at hand, %v claimed", written, claimed)
			}
			// And the next process has one of its own.
			f, err := Open(fsys, storyPart)
			must(t, err)
			storyWrite(t, f, Range{100, 200})
			f.record()
			left := fsys.killed(len(fsys.log))
			left.boot, left.nodes, left.entries = fsys.boot, fsys.nodes, fsys.entries
			must(t, f.Abandon())
			if written, _ := atHand(t, left); !slices.Equal(written, []Range{{0, 200}}) {
				t.Errorf("%v at hand after the second process", written)
			}
		})
	}
}

func TestLedger_ATornRecordLeavesTheOneBefore(t *testing.T) {
	fsys := leftByAKill(t)
	f, err := Open(fsys, storyPart)
	must(t, err)
	storyWrite(t, f, Range{300, 400})
	f.record()
	before := len(fsys.log)
	storyWrite(t, f, Range{400, 500})
	f.record()
	must(t, f.Abandon())
	last := -1
	for i, o := range fsys.log[before:] {
		if o.kind == opWrite && bytes.HasPrefix(o.data, []byte(ledgerMagic)) {
			last = before + i
		}
	}
	if last < 0 {
		t.Fatal("no record was written")
	}
	whole := fsys.log[last].data
	for n := range whole {
		fsys.log[last].data = whole[:n]
		left := fsys.killed(last + 1)
		written, _ := atHand(t, left)
		if len(written) != 2 || written[0].End < 400 || written[0].End > 500 {
			t.Fatalf("%d of %d bytes of a record: %v at hand", n, len(whole), written)
		}
	}
}

// TestLedger_HoldsThroughACheckpoint kills at every call of a checkpoint: at
// each of them all that was written stays at hand.
func TestLedger_HoldsThroughACheckpoint(t *testing.T) {
	fsys := newMemFS()
	f, err := Create(fsys, storyPart, storyState("v1"))
	must(t, err)
	must(t, f.Checkpoint())
	storyWrite(t, f, Range{0, 1000})
	f.record()
	before := len(fsys.log)
	must(t, f.Checkpoint())
	storyWrite(t, f, Range{1000, 1500})
	f.record()
	must(t, f.Checkpoint())
	for n := before; n <= len(fsys.log); n++ {
		if written, _ := atHand(t, fsys.killed(n)); len(written) != 1 || written[0].End < 1000 {
			t.Errorf("killed after call %d: %v at hand", n, written)
		}
	}
	must(t, f.Close())
}

func TestLedger_RestartForgetsIt(t *testing.T) {
	fsys := leftByAKill(t)
	f, err := Open(fsys, storyPart)
	must(t, err)
	f.Update(func(st *State) { st.ETag = "v22" })
	before := len(fsys.log)
	must(t, f.Restart())
	must(t, f.Abandon())
	for n := before; n <= len(fsys.log); n++ {
		checkAfter(t, fsys.killed(n), nil)
	}
	if written, _ := atHand(t, fsys); len(written) != 0 {
		t.Errorf("%v at hand after Restart", written)
	}
}

func TestLedger_GoesWithTheFile(t *testing.T) {
	for name, end := range map[string]func(*File) error{
		"Close": (*File).Close, "Discard": (*File).Discard,
		"Remove":      func(f *File) error { return errorsOf(f.Abandon(), Remove(OS{}, f.Path())) },
		"RemoveState": func(f *File) error { return errorsOf(f.Abandon(), RemoveState(OS{}, f.Path())) },
		"Finish": func(f *File) error {
			if _, err := f.WriteAt(make([]byte, 60), 40); err != nil {
				return err
			}
			return f.Finish()
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFile(t, 100)
			must(t, f.Checkpoint())
			_, err := f.WriteAt(make([]byte, 40), 0)
			must(t, err)
			if _, err := f.data.Instance(); err == nil {
				fi, err := os.Lstat(ledgerPath(f.Path()))
				must(t, err)
				if fi.Mode() != 0o600 {
					t.Errorf("mode %v", fi.Mode())
				}
			}
			must(t, end(f))
			if _, err := os.Lstat(ledgerPath(f.Path())); !os.IsNotExist(err) {
				t.Errorf("the ledger is there: %v", err)
			}
		})
	}
}

func errorsOf(first, second error) error {
	if first != nil {
		return first
	}
	return second
}

func TestLedger_ASymbolicLinkInItsPlaceIsNotFollowed(t *testing.T) {
	f := newFile(t, 100)
	must(t, f.Checkpoint())
	victim := f.Path() + ".victim"
	must(t, os.WriteFile(victim, []byte("theirs"), 0o600))
	must(t, os.Symlink(victim, ledgerPath(f.Path())))
	_, err := f.WriteAt(make([]byte, 100), 0)
	must(t, err)
	must(t, f.Close())
	got, err := os.ReadFile(victim)
	must(t, err)
	if string(got) != "theirs" {
		t.Error("written through a link")
	}
}

func TestBigFileHasAStateBeforeItsFirstByte(t *testing.T) {
	for length, want := range map[int64]uint64{earlyState - 1: 0, earlyState: 1} {
		f := newFile(t, length)
		f.AutoCheckpoint(CheckpointPolicy{Every: time.Hour})
		if got := f.State().Serial; got != want {
			t.Errorf("length %d: serial %d, want %d", length, got, want)
		}
		must(t, f.Discard())
	}
}

func FuzzLedger(f *testing.F) {
	r := ledgerRecord{seq: 7, ranges: []Range{{0, 5}, {9, 12}}}
	f.Add(r.appendTo(nil))
	f.Add(append(r.appendTo(nil), make([]byte, 2*ledgerSlot)...))
	f.Add([]byte(strings.Repeat(ledgerMagic, 1024)))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, ok := decodeLedger(data)
		if !ok {
			return
		}
		again, ok := decodeLedger(r.appendTo(nil))
		if !ok || again.seq != r.seq || !slices.Equal(again.ranges, r.ranges) {
			t.Errorf("%+v does not survive", r)
		}
		before := int64(-1)
		for _, one := range r.ranges {
			if one.Start <= before || one.End <= one.Start {
				t.Errorf("ranges %v", r.ranges)
			}
			before = one.End
		}
	})
}
