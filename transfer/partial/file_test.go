package partial

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// newFile creates a partial file of length bytes in a directory of its own.
func newFile(t *testing.T, length int64) *File {
	t.Helper()
	st := storyState("v1")
	st.Length = length
	f, err := Create(OS{}, PathFor(t.TempDir(), "a.iso"), st)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Abandon(); err != nil && !errors.Is(err, fs.ErrClosed) {
			t.Error(err)
		}
	})
	return f
}

func write(t *testing.T, f *File, ranges ...Range) {
	t.Helper()
	for _, r := range ranges {
		if _, err := f.WriteAt(storyBytes("v1", r), r.Start); err != nil {
			t.Fatal(err)
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestPauseAndResume(t *testing.T) {
	f := newFile(t, 1000)
	write(t, f, Range{0, 100}, Range{500, 600})
	if got := f.State().Have.Len(); got != 0 {
		t.Errorf("%d bytes durable before a checkpoint", got)
	}
	must(t, f.Close())
	f, err := Open(OS{}, f.Path())
	must(t, err)
	st := f.State()
	if got := st.Have.Ranges(); !slices.Equal(got, []Range{{0, 100}, {500, 600}}) {
		t.Errorf("have %v", got)
	}
	if st.Serial != 1 || st.Version != Version || st.ETag != "v1" || st.Started.IsZero() || st.Updated.Before(st.Started) {
		t.Errorf("state %+v", st)
	}
	write(t, f, Range{100, 500}, Range{600, 1000})
	must(t, f.Finish())
	st, err = ReadState(OS{}, f.Path())
	must(t, err)
	if !st.Complete() || st.Serial != 2 {
		t.Errorf("after Finish: %+v", st)
	}
	got, err := os.ReadFile(f.Path())
	must(t, err)
	if !bytes.Equal(got, storyBytes("v1", Range{0, 1000})) {
		t.Error("the bytes are not those written")
	}
}

func TestForgottenBytesAreNotClaimedBeforeOthersAreThere(t *testing.T) {
	f := newFile(t, 1000)
	write(t, f, Range{0, 1000})
	must(t, f.Checkpoint())
	must(t, f.Forget(Range{100, 200}, Range{900, 1000}))
	left := []Range{{0, 100}, {200, 900}}
	st, err := ReadState(OS{}, f.Path())
	must(t, err)
	if got := st.Have.Ranges(); !slices.Equal(got, left) || !slices.Equal(f.Written().Ranges(), left) {
		t.Errorf("have %v on disk, %v written", got, f.Written().Ranges())
	}
	if n, err := f.ReadAt(make([]byte, 200), 0); n != 100 || !errors.Is(err, io.EOF) {
		t.Errorf("read %d, %v", n, err)
	}
	if err := f.Finish(); !errors.Is(err, ErrIncomplete) {
		t.Errorf("finished with %v", err)
	}
}

func TestBothFilesAreTheUsersAlone(t *testing.T) {
	f := newFile(t, 10)
	must(t, f.Checkpoint())
	for _, path := range []string{f.Path(), StatePath(f.Path())} {
		fi, err := os.Lstat(path)
		must(t, err)
		if fi.Mode() != 0o600 {
			t.Errorf("%s has mode %v", path, fi.Mode())
		}
	}
}

// A process that was killed while it published leaves the mode of new files.
func TestWhatIsContinuedIsTheUsersAloneAgain(t *testing.T) {
	f := newFile(t, 10)
	must(t, f.Checkpoint())
	must(t, f.Close())
	must(t, os.Chmod(f.Path(), 0o644))
	f, err := Open(OS{}, f.Path())
	must(t, err)
	fi, err := os.Lstat(f.Path())
	must(t, err)
	if fi.Mode() != 0o600 {
		t.Errorf("mode %v", fi.Mode())
	}
	must(t, f.Close())
}

func TestCreateRefusesWhatIsThere(t *testing.T) {
	part := PathFor(t.TempDir(), "a")
	for _, path := range []string{part, StatePath(part)} {
		must(t, os.WriteFile(path, []byte("mine"), 0o600))
		if _, err := Create(OS{}, part, storyState("v1")); !errors.Is(err, fs.ErrExist) {
			t.Errorf("%s is there: %v, want fs.ErrExist", path, err)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != "mine" {
			t.Errorf("%s: %q, %v", path, got, err)
		}
		must(t, os.Remove(path))
		if list, err := os.ReadDir(filepath.Dir(part)); err != nil || len(list) != 0 {
			t.Errorf("left behind: %v, %v", list, err)
		}
	}
	if _, err := Create(OS{}, part, State{}); !errors.Is(err, ErrCorrupt) {
		t.Errorf("a state without URL: %v, want ErrCorrupt", err)
	}
}

func TestOpenRefuses(t *testing.T) {
	for _, c := range []struct {
		name   string
		damage func(t *testing.T, part string)
		want   error
	}{
		{"no state", func(t *testing.T, p string) { must(t, os.Remove(StatePath(p))) }, fs.ErrNotExist},
		{"no data", func(t *testing.T, p string) { must(t, os.Remove(p)) }, fs.ErrNotExist},
		{"short data", func(t *testing.T, p string) { must(t, os.Truncate(p, 99)) }, ErrCorrupt},
		{"damaged state", func(t *testing.T, p string) { must(t, os.WriteFile(StatePath(p), []byte("{"), 0o600)) }, ErrCorrupt},
		{"huge state", func(t *testing.T, p string) { must(t, os.Truncate(StatePath(p), 1<<40)) }, ErrCorrupt},
		{"newer state", func(t *testing.T, p string) {
			must(t, os.WriteFile(StatePath(p), []byte(`{"haul":2}`), 0o600))
		}, ErrVersion},
		{"linked data", func(t *testing.T, p string) {
			must(t, os.Rename(p, p+"x"))
			must(t, os.Symlink(p+"x", p))
		}, errSymlink},
		{"linked state", func(t *testing.T, p string) {
			s := StatePath(p)
			must(t, os.Rename(s, s+"x"))
			must(t, os.Symlink(s+"x", s))
		}, errSymlink},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFile(t, 1000)
			write(t, f, Range{0, 100})
			must(t, f.Close())
			c.damage(t, f.Path())
			for range 2 { // the second finds that the first gave the lock back
				if f, err := Open(OS{}, f.Path()); !errors.Is(err, c.want) {
					t.Errorf("%v, %v; want %v", f, err, c.want)
				}
			}
			if err := Remove(OS{}, f.Path()); err != nil && !errors.Is(err, errSymlink) {
				t.Errorf("Remove: %v", err)
			}
		})
	}
}

func TestWriteAtRefuses(t *testing.T) {
	f := newFile(t, 100)
	for _, c := range []struct {
		name string
		off  int64
		want error
	}{
		{"before the start", -1, fs.ErrInvalid},
		{"beyond the length", 91, errBeyondLength},
		{"overflow", 1<<63 - 5, fs.ErrInvalid},
	} {
		var pathError *fs.PathError
		if n, err := f.WriteAt(make([]byte, 10), c.off); n != 0 || !errors.Is(err, c.want) || !errors.As(err, &pathError) {
			t.Errorf("%s: %d, %v; want %v", c.name, n, err, c.want)
		}
	}
	if got := f.Written().Len(); got != 0 {
		t.Errorf("%d bytes recorded", got)
	}
}

func TestShortWriteRecordsWhatWasWritten(t *testing.T) {
	fsys := newMemFS()
	f, err := Create(fsys, storyPart, storyState("v1"))
	must(t, err)
	fsys.setFail(func(string) (error, bool) { return io.ErrShortWrite, false })
	n, err := f.WriteAt(storyBytes("v1", Range{0, 100}), 0)
	if n != 50 || !errors.Is(err, io.ErrShortWrite) || f.Written().Len() != 50 {
		t.Errorf("%d, %v, recorded %v", n, err, f.Written().Ranges())
	}
}

func TestReadAtEndsWhereBytesAreMissing(t *testing.T) {
	f := newFile(t, 1000)
	write(t, f, Range{100, 200}, Range{300, 400})
	for _, c := range []struct {
		off, n, want int
		err          error
	}{
		{100, 100, 100, nil}, {150, 20, 20, nil}, {150, 100, 50, io.EOF}, {0, 10, 0, io.EOF}, {200, 10, 0, io.EOF}, {500, 10, 0, io.EOF},
	} {
		p := make([]byte, c.n)
		n, err := f.ReadAt(p, int64(c.off))
		if n != c.want || !errors.Is(err, c.err) || !bytes.Equal(p[:n], storyBytes("v1", Range{int64(c.off), int64(c.off + n)})) {
			t.Errorf("ReadAt %d bytes at %d: %d, %v", c.n, c.off, n, err)
		}
	}
	if _, err := f.ReadAt(make([]byte, 1), -1); !errors.Is(err, fs.ErrInvalid) {
		t.Errorf("before the start: %v", err)
	}
}

func TestUpdateGoesOutWithTheNextCheckpointAndHoldsNoSecret(t *testing.T) {
	f := newFile(t, 100)
	must(t, f.Checkpoint())
	f.Update(func(st *State) {
		st.URL = "https://u:hunter2@example.org/b"
		st.Header = http.Header{"Authorization": {"hunter2"}}
		st.Have.Add(Range{0, 50})
		st.Serial, st.Version = 99, 99
	})
	must(t, f.Checkpoint())
	text, err := os.ReadFile(StatePath(f.Path()))
	must(t, err)
	if strings.Contains(string(text), "hunter2") {
		t.Errorf("a secret in\n%s", text)
	}
	st := f.State()
	if st.URL != "https://example.org/b" || st.Have.Len() != 0 || st.Serial != 2 || st.Header != nil {
		t.Errorf("%+v", st)
	}
}

func TestStateAndWrittenAreCopies(t *testing.T) {
	f := newFile(t, 100)
	write(t, f, Range{0, 10})
	f.Update(func(st *State) { st.Header = http.Header{"Accept": {"a"}} })
	must(t, f.Checkpoint())
	st, have := f.State(), f.Written()
	st.Header.Set("Accept", "b")
	st.Have.Add(Range{10, 20})
	have.Add(Range{10, 30})
	if got := f.State(); got.Header.Get("Accept") != "a" || got.Have.Len() != 10 || f.Written().Len() != 10 {
		t.Errorf("%+v, %v", got, f.Written())
	}
}

func TestRestartThrowsEverythingAway(t *testing.T) {
	f := newFile(t, 1000)
	write(t, f, Range{0, 500})
	must(t, f.Checkpoint())
	must(t, f.Restart())
	st, err := ReadState(OS{}, f.Path())
	must(t, err)
	fi, err := os.Stat(f.Path())
	must(t, err)
	if st.Have.Len() != 0 || f.Written().Len() != 0 || fi.Size() != 0 {
		t.Errorf("claimed %d, written %d, size %d", st.Have.Len(), f.Written().Len(), fi.Size())
	}
}

func TestFinish(t *testing.T) {
	t.Run("incomplete", func(t *testing.T) {
		f := newFile(t, 100)
		write(t, f, Range{0, 40}, Range{60, 100})
		if err := f.Finish(); !errors.Is(err, ErrIncomplete) {
			t.Errorf("%v, want ErrIncomplete", err)
		}
		st, err := ReadState(OS{}, f.Path())
		if err != nil || st.Have.Len() != 80 || st.Complete() {
			t.Errorf("%+v, %v", st, err)
		}
	})
	t.Run("unknown length", func(t *testing.T) {
		f := newFile(t, -1)
		write(t, f, Range{0, 40})
		must(t, f.Checkpoint())
		write(t, f, Range{40, 70})
		must(t, f.Finish())
		st, err := ReadState(OS{}, f.Path())
		if err != nil || st.Length != 70 || !st.Complete() {
			t.Errorf("%+v, %v", st, err)
		}
	})
	t.Run("unknown length with a gap", func(t *testing.T) {
		f := newFile(t, -1)
		write(t, f, Range{10, 70})
		if err := f.Finish(); !errors.Is(err, ErrIncomplete) {
			t.Errorf("%v, want ErrIncomplete", err)
		}
	})
	t.Run("empty file", func(t *testing.T) {
		f := newFile(t, 0)
		must(t, f.Checkpoint())
		must(t, f.Finish())
		st, err := ReadState(OS{}, f.Path())
		if err != nil || !st.Complete() {
			t.Errorf("%+v, %v", st, err)
		}
	})
	t.Run("whole before its first checkpoint", func(t *testing.T) {
		f := newFile(t, 100)
		write(t, f, Range{0, 100})
		must(t, f.Finish())
		if _, err := ReadState(OS{}, f.Path()); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("there is a state: %v", err)
		}
		if fi, err := os.Stat(f.Path()); err != nil || fi.Size() != 100 {
			t.Errorf("%v, %v", fi, err)
		}
	})
	t.Run("bytes that nobody claimed are cut off", func(t *testing.T) {
		f := newFile(t, -1)
		write(t, f, Range{0, 50})
		must(t, f.Checkpoint())
		write(t, f, Range{50, 200}) // a process that is killed here
		must(t, f.Abandon())
		// Whether the ledger has them depends on how long that took.
		must(t, removeIfThere(OS{}, ledgerPath(f.Path())))
		f, err := Open(OS{}, f.Path())
		must(t, err)
		write(t, f, Range{50, 80})
		must(t, f.Finish())
		if fi, err := os.Stat(f.Path()); err != nil || fi.Size() != 80 {
			t.Errorf("%v, %v; want 80 bytes", fi.Size(), err)
		}
	})
}

func TestAfterTheEndNothingWorks(t *testing.T) {
	for name, end := range map[string]func(*File) error{
		"Close": (*File).Close, "Abandon": (*File).Abandon, "Discard": (*File).Discard, "Finish": (*File).Finish,
	} {
		f := newFile(t, 0)
		f.AutoCheckpoint(CheckpointPolicy{})
		must(t, end(f))
		for _, again := range []func(*File) error{
			(*File).Close, (*File).Abandon, (*File).Discard, (*File).Finish, (*File).Checkpoint, (*File).Restart,
			func(f *File) error { _, err := f.WriteAt(nil, 0); return err },
		} {
			if err := again(f); !errors.Is(err, fs.ErrClosed) {
				t.Errorf("after %s: %v, want fs.ErrClosed", name, err)
			}
		}
		f.AutoCheckpoint(CheckpointPolicy{})
	}
}

func TestDiscardLeavesNothing(t *testing.T) {
	f := newFile(t, 100)
	write(t, f, Range{0, 10})
	must(t, f.Checkpoint())
	must(t, os.WriteFile(StatePath(f.Path())+tmpSuffix, nil, 0o600))
	must(t, f.Discard())
	if list, err := os.ReadDir(filepath.Dir(f.Path())); err != nil || len(list) != 0 {
		t.Errorf("left: %v, %v", list, err)
	}
}

// The data file keeps others from creating files by these names, so that the
// state that is removed is never somebody else's.
func TestDataFileGoesLast(t *testing.T) {
	fsys := newMemFS()
	f, err := Create(fsys, storyPart, storyState("v1"))
	must(t, err)
	must(t, f.Checkpoint())
	fsys.setFail(func(call string) (error, bool) {
		_, data := fsys.entries[storyPart]
		if _, state := fsys.entries[StatePath(storyPart)]; call == "remove" && state && !data {
			t.Error("the data file is gone, the state is not")
		}
		return nil, false
	})
	must(t, f.Discard())
	if len(fsys.entries) != 0 {
		t.Errorf("left: %v", fsys.entries)
	}
}

func TestSegmentsWriteSideBySide(t *testing.T) {
	const size, segments = 1 << 20, 8
	f := newFile(t, size)
	f.AutoCheckpoint(CheckpointPolicy{Bytes: 64 << 10})
	var wg sync.WaitGroup
	for i := range int64(segments) {
		wg.Go(func() {
			for at := i * size / segments; at < (i+1)*size/segments; at += 1024 {
				r := Range{at, at + 1024}
				if _, err := f.WriteAt(storyBytes("v1", r), at); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	must(t, f.Finish())
	got, err := os.ReadFile(f.Path())
	must(t, err)
	if !bytes.Equal(got, storyBytes("v1", Range{0, size})) {
		t.Error("the bytes are not those written")
	}
}

func TestReserveKeepsTheLength(t *testing.T) {
	f := newFile(t, 1<<20)
	must(t, f.Reserve(1<<20))
	must(t, f.Reserve(0))
	if fi, err := os.Stat(f.Path()); err != nil || fi.Size() != 0 {
		t.Errorf("size %d, %v", fi.Size(), err)
	}
	mem, err := Create(newMemFS(), storyPart, storyState("v1"))
	must(t, err)
	if err := mem.Reserve(100); err != nil {
		t.Errorf("where it is not supported: %v", err)
	}
}
