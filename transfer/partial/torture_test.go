package partial

import (
	"errors"
	"math/rand/v2"
	"slices"
	"syscall"
	"testing"
)

// TestEveryCallMayFail runs the story again and again; in run n call n fails,
// until a run has fewer calls. Whatever fails, the files are the truth, before
// and after a power failure that follows.
func TestEveryCallMayFail(t *testing.T) {
	old := []byte("the user's file of before")
	for _, c := range []struct {
		name             string
		done, goOn       bool
		noRename, noLink bool
		overwrite        bool
		seals, unnamed   bool
		quick            bool
		only             string // the kind of call that fails, "" for all
	}{
		{name: "not done"},
		{name: "done but reported as failed", done: true},
		{name: "caller goes on", goOn: true},
		{name: "overwriting", overwrite: true},
		{name: "overwriting, done but reported", overwrite: true, done: true},
		{name: "sealed", seals: true},
		{name: "sealed, done but reported", seals: true, done: true},
		{name: "sealed, overwriting", seals: true, overwrite: true},
		{name: "sealed, caller goes on", seals: true, goOn: true},
		{name: "without a name", seals: true, unnamed: true},
		{name: "without a name, done but reported", seals: true, unnamed: true, done: true},
		{name: "without a name, overwriting", seals: true, unnamed: true, overwrite: true},
		{name: "without a name, caller goes on", seals: true, unnamed: true, goOn: true},
		{name: "quick", seals: true, quick: true},
		{name: "quick, without a name", seals: true, unnamed: true, quick: true},
		{name: "quick, without a name, done but reported", seals: true, unnamed: true, quick: true, done: true},
		{name: "quick, without a name, overwriting", seals: true, unnamed: true, quick: true, overwrite: true},
		{name: "quick, without a name, caller goes on", seals: true, unnamed: true, quick: true, goOn: true},
		{name: "without RenameNew", noRename: true},
		{name: "without RenameNew, done but reported", noRename: true, done: true},
		{name: "without RenameNew and Link", noRename: true, noLink: true},
		{name: "without both, renames done but reported", noRename: true, noLink: true, done: true, only: "rename"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for n := 1; ; n++ {
				fsys := newMemFS()
				fsys.noRename, fsys.noLink = c.noRename, c.noLink
				var before []byte
				if c.overwrite {
					before = old
					fsys.do(op{kind: opEntry, name: storyDest, inode: -1})
					fsys.do(op{kind: opWrite, inode: -1, data: old})
					fsys.do(op{kind: opSync, inode: -1})
					fsys.do(op{kind: opSyncDir, name: "d"})
				}
				calls, failed := 0, ""
				fsys.setFail(func(call string) (error, bool) {
					if c.only != "" && call != c.only {
						return nil, false
					}
					if calls++; calls == n {
						failed = call
						return syscall.EIO, c.done
					}
					return nil, false
				})
				s := &teller{fsys: fsys, goOn: c.goOn, seals: c.seals, unnamed: c.unnamed}
				if c.quick {
					tellQuick(s, c.overwrite)
				} else {
					tellStory(s, c.overwrite)
				}
				fsys.setFail(nil)
				if failed == "" {
					if s.err != nil {
						t.Fatalf("nothing failed and yet: %v", s.err)
					}
					t.Logf("%d calls", n-1)
					return
				}
				if s.err != nil && !c.goOn && !errors.Is(s.err, syscall.EIO) {
					t.Errorf("call %d (%s) failed, the error is %v", n, failed, s.err)
				}
				if len(fsys.locked) > 0 {
					t.Errorf("call %d (%s) failed, a lock was not given back", n, failed)
					clear(fsys.locked)
				}
				if fsys.unnamed > 0 {
					t.Errorf("call %d (%s) failed, a file without a name was left open", n, failed)
				}
				losses := []loss{loseNothing, loseAll, loseSome}
				if c.noLink {
					// Publish says what a crash can leave there.
					losses = losses[:1]
				}
				for _, what := range losses {
					left := fsys.crash(len(fsys.log), what, rand.New(rand.NewPCG(uint64(n), 0)))
					st := checkAfter(t, left, before)
					got, _ := left.content(storyDest)
					second, _ := left.content("d/a (2).iso")
					// What has no state is not looked for: it is fetched anew.
					if s.finished && !c.quick && !isWhole(got) && !isWhole(second) && !st.Complete() {
						t.Errorf("the finished file is lost")
					}
				}
				if t.Failed() {
					t.Fatalf("when call %d (%s) failed", n, failed)
				}
			}
		})
	}
}

// TestFailedSyncIsNeverForgotten: after a failed sync the kernel takes the
// pages for clean, so that the next sync says nothing of what was lost.
func TestFailedSyncIsNeverForgotten(t *testing.T) {
	fsys := newMemFS()
	f, err := Create(fsys, storyPart, storyState("v1"))
	if err != nil {
		t.Fatal(err)
	}
	write := func(r Range) error {
		_, err := f.WriteAt(storyBytes("v1", r), r.Start)
		return err
	}
	if err := errors.Join(write(Range{0, 100}), f.Checkpoint(), write(Range{100, 200})); err != nil {
		t.Fatal(err)
	}
	fsys.setFail(func(call string) (error, bool) {
		if call == "sync" {
			return syscall.EIO, false
		}
		return nil, false
	})
	if err := f.Checkpoint(); !errors.Is(err, syscall.EIO) {
		t.Fatalf("Checkpoint: %v, want EIO", err)
	}
	fsys.setFail(nil)
	for name, do := range map[string]func() error{
		"WriteAt":    func() error { return write(Range{200, 300}) },
		"Checkpoint": f.Checkpoint,
		"Restart":    f.Restart,
	} {
		if err := do(); !errors.Is(err, syscall.EIO) {
			t.Errorf("%s after it: %v, want EIO", name, err)
		}
	}
	if err := f.Close(); !errors.Is(err, syscall.EIO) {
		t.Errorf("Close: %v, want EIO", err)
	}
	st, err := ReadState(fsys, storyPart)
	if err != nil {
		t.Fatal(err)
	}
	if got := st.Have.Ranges(); !slices.Equal(got, []Range{{0, 100}}) {
		t.Errorf("claimed %v, want the last good state", got)
	}
}
