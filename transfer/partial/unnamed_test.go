package partial

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// unnamedFile is a file of the story that has no name yet.
func unnamedFile(t *testing.T, fsys *memFS) *File {
	t.Helper()
	f, err := familiar(fsys).CreateUnnamed(storyPart, storySize, func() State { return storyState("v1") })
	must(t, err)
	if f.Path() != "" || len(fsys.entries) > 0 {
		t.Fatalf("path %q, names %v; want none", f.Path(), fsys.entries)
	}
	return f
}

// names are what is in the file system.
func (m *memFS) names() []string {
	var names []string
	for name := range m.entries {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func wantNames(t *testing.T, fsys *memFS, want ...string) {
	t.Helper()
	if got := fsys.names(); !slices.Equal(got, want) {
		t.Errorf("there is %q, want %q", got, want)
	}
	if fsys.unnamed > 0 || len(fsys.locked) > 0 {
		t.Errorf("%d files without a name are open, locked is %v", fsys.unnamed, fsys.locked)
	}
}

func TestASmallFileHasNoNameBeforeItIsPublished(t *testing.T) {
	for _, c := range []struct {
		name, taken, dest string
		every             time.Duration
		overwrite         bool
		want              []string
	}{
		{name: "free", dest: storyDest, want: []string{storyDest}},
		{name: "free, its name may wait", dest: storyDest, every: time.Hour, want: []string{storyDest}},
		{name: "taken", taken: storyDest, dest: storyDest, want: []string{"d/a (2).iso", storyDest}},
		{name: "overwritten", taken: storyDest, dest: storyDest, overwrite: true, want: []string{storyDest}},
		{name: "another directory", dest: "e/a.iso", want: []string{"e/a.iso"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			fsys := newMemFS()
			f := unnamedFile(t, fsys)
			write(t, f, Range{0, storySize})
			s, err := f.Seal()
			must(t, err)
			if s.Left() != "" || !s.Bare() || len(fsys.entries) > 0 {
				t.Errorf("left %q, bare %v, names %v", s.Left(), s.Bare(), fsys.entries)
			}
			if c.taken != "" {
				h, err := fsys.OpenFile(c.taken, os.O_CREATE|os.O_EXCL, 0)
				must(t, err)
				must(t, h.Close())
			}
			p := NewPublisher(fsys, c.every)
			taken, err := p.PublishSealed(s, c.dest, c.overwrite)
			must(t, errors.Join(err, s.Close(), p.Close()))
			if got, _ := fsys.content(taken); !isWhole(got) {
				t.Errorf("%s has %d bytes", taken, len(got))
			}
			wantNames(t, fsys, c.want...)
			if got, _ := fsys.crash(len(fsys.log), loseAll, nil).content(taken); !isWhole(got) {
				t.Errorf("%s does not survive a power failure", taken)
			}
		})
	}
}

func TestASmallFileHasItsNameFromItsFirstCheckpointOn(t *testing.T) {
	both := []string{storyPart, StatePath(storyPart)}
	for name, save := range map[string]func(f *File) error{
		"Checkpoint": func(f *File) error { return errors.Join(f.Checkpoint(), f.Abandon()) },
		"Close":      (*File).Close,
		"Restart":    func(f *File) error { return errors.Join(f.Restart(), f.Abandon()) },
		"a second":   func(f *File) error { time.Sleep(time.Second); synctest.Wait(); return f.Abandon() },
		"its end too early": func(f *File) error {
			if _, err := f.Seal(); !errors.Is(err, ErrIncomplete) {
				return fmt.Errorf("sealed: %w", err)
			}
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				fsys := newMemFS()
				f := unnamedFile(t, fsys)
				f.AutoCheckpoint(CheckpointPolicy{})
				write(t, f, Range{0, 1000})
				must(t, save(f))
				if f.Path() != storyPart {
					t.Errorf("path %q", f.Path())
				}
				wantNames(t, fsys, both...)
				again, err := Open(fsys, storyPart)
				must(t, err)
				defer again.Abandon()
				want := int64(1000)
				if name == "Restart" {
					want = 0
				}
				if st := again.State(); st.Have.Len() != want || st.ETag != "v1" || st.Length != storySize || st.Started.IsZero() {
					t.Errorf("state %+v", st)
				}
			})
		})
	}
}

// TestAFileThatIsNamedIsLocked: nobody takes it for one that was left behind.
func TestAFileThatIsNamedIsLocked(t *testing.T) {
	fsys := newMemFS()
	f := unnamedFile(t, fsys)
	write(t, f, Range{0, 1000})
	must(t, f.Checkpoint())
	if _, err := Open(fsys, storyPart); !errors.Is(err, ErrLocked) {
		t.Errorf("opened by somebody else: %v, want ErrLocked", err)
	}
	must(t, f.Discard())
	wantNames(t, fsys)
}

func TestWhatCannotDoWithoutANameHasOne(t *testing.T) {
	for _, c := range []struct {
		name   string
		length int64
		read   bool
		fsys   func(*memFS)
	}{
		{"of unknown length", -1, true, func(*memFS) {}},
		{"not small", smallFile + 1, true, func(*memFS) {}},
		{"one of few", storySize, false, func(*memFS) {}},
		{"on a file system that cannot", storySize, true, func(m *memFS) { m.noUnnamed = true }},
	} {
		t.Run(c.name, func(t *testing.T) {
			fsys := newMemFS()
			c.fsys(fsys)
			d := NewDirectories(fsys)
			if c.read {
				d = familiar(fsys)
			}
			f, err := d.CreateUnnamed(storyPart, c.length, func() State { return storyState("v1") })
			must(t, err)
			if f.Path() != storyPart || f.State().Length != c.length {
				t.Errorf("path %q, length %d", f.Path(), f.State().Length)
			}
			must(t, f.Discard())
			wantNames(t, fsys)
		})
	}
}

// TestWhatTakesTheNameMeanwhileIsLeftAlone: of another process, whole or not.
func TestWhatTakesTheNameMeanwhileIsLeftAlone(t *testing.T) {
	data, state := storyPart, StatePath(storyPart)
	for _, there := range [][]string{{data, state}, {data}, {state}} {
		for name, end := range map[string]func(*File) error{
			"Close": (*File).Close, "Abandon": (*File).Abandon, "Discard": (*File).Discard,
		} {
			t.Run(fmt.Sprint(there, name), func(t *testing.T) {
				fsys := newMemFS()
				f := unnamedFile(t, fsys)
				write(t, f, Range{0, 1000})
				other, err := Create(fsys, storyPart, storyState("v22"))
				must(t, errors.Join(err, other.Close()))
				for _, name := range []string{data, state} {
					if !slices.Contains(there, name) {
						must(t, fsys.Remove(name))
					}
				}
				before, _ := fsys.content(state)
				if err := f.Checkpoint(); !errors.Is(err, fs.ErrExist) || !errors.Is(err, ErrAppeared) {
					t.Errorf("checkpoint: %v; want fs.ErrExist and ErrAppeared", err)
				}
				if _, err := f.WriteAt([]byte{1}, 0); !errors.Is(err, ErrAppeared) {
					t.Errorf("written after it: %v", err)
				}
				if err := end(f); err != nil && !errors.Is(err, ErrAppeared) {
					t.Error(err)
				}
				if f.Path() != "" {
					t.Errorf("path %q, which is another's", f.Path())
				}
				wantNames(t, fsys, there...)
				if after, _ := fsys.content(state); string(after) != string(before) {
					t.Errorf("its state is changed")
				}
			})
		}
	}
}

// TestWhatAppearsBeforeTheNameEndsTheForecasts: more of it may come.
func TestWhatAppearsBeforeTheNameEndsTheForecasts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // a reading has its time
		fsys := newMemFS()
		d := familiar(fsys)
		f, err := d.CreateUnnamed(storyPart, storySize, func() State { return storyState("v1") })
		must(t, err)
		other := PathFor("d", "another")
		for _, path := range []string{storyPart, other} {
			of, err := Create(fsys, path, storyState("v22"))
			must(t, errors.Join(err, of.Close()))
		}
		if !d.Free(other) {
			t.Error("it was looked for although the directory has been read")
		}
		if err := f.Close(); !errors.Is(err, ErrAppeared) {
			t.Errorf("closed: %v, want ErrAppeared", err)
		}
		if d.Free(other) {
			t.Error("the directory is still taken for what it was")
		}
		f, err = d.CreateUnnamed(PathFor("d", "b.iso"), storySize, func() State { return storyState("v1") })
		must(t, err)
		if f.Path() == "" {
			t.Error("it has no name although nobody knows whether that is free")
		}
		must(t, f.Discard())
	})
}

// TestWhatCannotBeMadeWithoutANameIsMadeWithOne, after all looks that this takes.
func TestWhatCannotBeMadeWithoutANameIsMadeWithOne(t *testing.T) {
	for name, there := range map[string]bool{"free": false, "a state is there": true} {
		t.Run(name, func(t *testing.T) {
			fsys := newMemFS()
			d := familiar(fsys)
			if there {
				must(t, fsys.rawFile(StatePath(storyPart)))
			}
			fsys.setFail(func(call string) (error, bool) {
				if call == "openunnamed" {
					return fs.ErrPermission, false
				}
				return nil, false
			})
			f, err := d.CreateUnnamed(storyPart, storySize, func() State { return storyState("v1") })
			if there {
				if !errors.Is(err, fs.ErrExist) {
					t.Errorf("made: %v, want fs.ErrExist", err)
				}
				return
			}
			must(t, err)
			if f.Path() != storyPart {
				t.Errorf("path %q", f.Path())
			}
			must(t, f.Discard())
		})
	}
}

// TestAStateThatCameJustBeforeTheNameIsLeftAlone: the second look finds it.
func TestAStateThatCameJustBeforeTheNameIsLeftAlone(t *testing.T) {
	fsys := newMemFS()
	f := unnamedFile(t, fsys)
	fsys.setFail(func(call string) (error, bool) {
		if call == "lock" {
			fsys.do(op{kind: opEntry, name: StatePath(storyPart), inode: 1 << 20})
		}
		return nil, false
	})
	if err := f.Close(); !errors.Is(err, ErrAppeared) {
		t.Errorf("closed: %v, want ErrAppeared", err)
	}
	fsys.setFail(nil)
	wantNames(t, fsys, StatePath(storyPart))
}

func TestWithoutANameNothingIsLeft(t *testing.T) {
	for name, end := range map[string]func(*File) error{
		"Abandon": (*File).Abandon, "Discard": (*File).Discard,
		"sealed": func(f *File) error {
			s, err := f.Seal()
			return errors.Join(err, s.Close())
		},
	} {
		t.Run(name, func(t *testing.T) {
			fsys := newMemFS()
			f := unnamedFile(t, fsys)
			write(t, f, Range{0, storySize})
			must(t, end(f))
			wantNames(t, fsys)
		})
	}
}

// TestAWholeFileNeedsNoState: what describes it is asked for a checkpoint, and for
// whoever wants to know.
func TestAWholeFileNeedsNoState(t *testing.T) {
	asked := 0
	create := func(st State) (*memFS, *File) {
		fsys := newMemFS()
		f, err := familiar(fsys).CreateUnnamed(storyPart, storySize, func() State { asked++; return st })
		must(t, err)
		return fsys, f
	}
	_, f := create(storyState("v1"))
	write(t, f, Range{0, storySize})
	s, err := f.Seal()
	must(t, errors.Join(err, s.Close()))
	if asked != 0 {
		t.Errorf("asked %d times", asked)
	}
	_, f = create(storyState("v1"))
	f.Update(func(st *State) { st.ETag = "v22" })
	if st := f.State(); st.ETag != "v22" || st.Rule != RuleValidator || asked != 1 {
		t.Errorf("asked %d times, %+v", asked, st)
	}
	must(t, f.Discard())

	fsys, f := create(State{})
	if err := f.Checkpoint(); !errors.Is(err, ErrCorrupt) {
		t.Errorf("checkpoint of what is no state: %v, want ErrCorrupt", err)
	}
	if st := f.State(); st.Length != storySize {
		t.Errorf("its state has the length %d", st.Length)
	}
	must(t, f.Discard())
	wantNames(t, fsys)
}
