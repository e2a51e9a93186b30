package partial

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// countingFS counts the calls of a file system.
type countingFS struct {
	*memFS
	calls map[string]int
}

func newCountingFS() *countingFS {
	c := &countingFS{newMemFS(), make(map[string]int)}
	c.fail = func(call string) (error, bool) { c.calls[call]++; return nil, false }
	return c
}

// familiar are Directories that have read the story's directory as it is now.
func familiar(fsys FS) *Directories {
	d := NewDirectories(fsys)
	for n := range readFrom {
		d.Free(PathFor("d", fmt.Sprintf("other%d", n)))
	}
	return d
}

func TestADirectoryOfManyFilesIsReadAndSyncedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fsys := newCountingFS()
		d := NewDirectories(fsys)
		const files = 100
		for n := range files {
			path := PathFor("d", fmt.Sprint(n))
			if !d.Free(path) {
				t.Fatalf("%s is not free", path)
			}
			f, err := d.Create(path, storyState("v1"))
			must(t, err)
			must(t, f.Abandon())
		}
		// Before it is read each file costs two looks for Free, and for Create one
		// and a sync. The last of these finds it read.
		const before = readFrom / 2
		want := map[string]int{
			"readdir": 1, "exists": files + 3*before - 1, "syncdir": before,
			"open": files, "lock": files, "close": files,
		}
		if fmt.Sprint(fsys.calls) != fmt.Sprint(want) {
			t.Errorf("calls %v\nwant %v", fsys.calls, want)
		}
	})
}

func TestWhatIsInADirectoryIsSeen(t *testing.T) {
	for _, c := range []struct {
		name string
		put  func(t *testing.T, fsys *memFS)
		free bool
	}{
		{"nothing", func(*testing.T, *memFS) {}, true},
		{"a data file that nobody has", func(t *testing.T, fsys *memFS) {
			f, err := Create(fsys, storyPart, storyState("v1"))
			must(t, errors.Join(err, f.Abandon()))
		}, true},
		{"one that somebody has", func(t *testing.T, fsys *memFS) {
			_, err := Create(fsys, storyPart, storyState("v1"))
			must(t, err)
		}, false},
		{"both files", func(t *testing.T, fsys *memFS) {
			f, err := Create(fsys, storyPart, storyState("v1"))
			must(t, errors.Join(err, f.Close()))
		}, false},
		{"a state alone", func(t *testing.T, fsys *memFS) {
			f, err := Create(fsys, storyPart, storyState("v1"))
			must(t, errors.Join(err, f.Close(), fsys.Remove(storyPart)))
		}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			fsys := newMemFS()
			c.put(t, fsys)
			d := familiar(fsys)
			if free := d.Free(storyPart); free != c.free {
				t.Errorf("free %v, want %v", free, c.free)
			}
			f, err := d.Create(storyPart, storyState("v22"))
			if c.free != (err == nil) || !c.free && !errors.Is(err, fs.ErrExist) {
				t.Errorf("made: %v", err)
			}
			if err == nil {
				must(t, f.Close())
				if d.Free(storyPart) {
					t.Error("it is free after it was made")
				}
			}
		})
	}
}

// TestWhatAppearsAfterTheReadingIsLeftAlone: of another process, whole or not.
func TestWhatAppearsAfterTheReadingIsLeftAlone(t *testing.T) {
	for name, gone := range map[string][]string{
		"both": nil, "the data file": {StatePath(storyPart)}, "the state": {storyPart},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { // a reading has its time
				fsys := newMemFS()
				d := familiar(fsys)
				f, err := Create(fsys, storyPart, storyState("v1"))
				must(t, errors.Join(err, f.Close()))
				for _, name := range gone {
					must(t, fsys.Remove(name))
				}
				_, err = d.Create(storyPart, storyState("v22"))
				if !errors.Is(err, fs.ErrExist) || !errors.Is(err, ErrAppeared) {
					t.Errorf("made: %v; want fs.ErrExist and ErrAppeared", err)
				}
				for _, name := range []string{storyPart, StatePath(storyPart)} {
					if _, there := fsys.content(name); there == slices.Contains(gone, name) {
						t.Errorf("%s there: %v", name, there)
					}
				}
				// So are files that were taken for free before that.
				if _, err := d.Create(storyPart, storyState("v22")); !errors.Is(err, ErrAppeared) {
					t.Errorf("made again: %v, want ErrAppeared", err)
				}
				// From now on the file system is asked.
				other := PathFor("d", "another")
				f, err = Create(fsys, other, storyState("v1"))
				must(t, errors.Join(err, f.Close()))
				if d.Free(other) {
					t.Error("the directory is still taken for what it was")
				}
			})
		})
	}
}

func TestWhatWasReadIsForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fsys := newMemFS()
		d := familiar(fsys)
		f, err := Create(fsys, storyPart, storyState("v1"))
		must(t, errors.Join(err, f.Close()))
		if !d.Free(storyPart) {
			t.Error("it was looked for although the directory has been read")
		}
		time.Sleep(readFor + 1)
		if d.Free(storyPart) {
			t.Error("the directory is still taken for what it was")
		}
	})
}

func TestADirectoryThatCannotBeReadIsAskedAboutEachFile(t *testing.T) {
	for name, fsys := range map[string]FS{"too many names": manyNames{newMemFS()}, "an error": noNames{newMemFS()}} {
		t.Run(name, func(t *testing.T) {
			d := familiar(fsys)
			f, err := Create(fsys, storyPart, storyState("v1"))
			must(t, errors.Join(err, f.Close()))
			if d.Free(storyPart) {
				t.Error("it is said to be free")
			}
		})
	}
}

type manyNames struct{ *memFS }

func (manyNames) Names(_ string, most int) ([]string, error) { return make([]string, most), nil }

type noNames struct{ *memFS }

func (noNames) Names(string, int) ([]string, error) { return nil, fs.ErrPermission }

// TestAFailedSyncMakesNoFile: what was gone could come back beside it.
func TestAFailedSyncMakesNoFile(t *testing.T) {
	fsys := newMemFS()
	d := familiar(fsys)
	broken := errors.New("broken")
	fsys.setFail(func(call string) (error, bool) {
		if call == "syncdir" {
			return broken, false
		}
		return nil, false
	})
	if _, err := d.Create(storyPart, storyState("v1")); !errors.Is(err, broken) {
		t.Errorf("made: %v", err)
	}
	if len(fsys.entries) > 0 {
		t.Errorf("there is %v", fsys.entries)
	}
	fsys.setFail(nil)
	_, err := d.Create(storyPart, storyState("v1"))
	must(t, err)
}
