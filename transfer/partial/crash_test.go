package partial

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"testing"
	"time"
)

const (
	storySize = 4096
	storyPart = "d/a.iso" + PartSuffix
	storyDest = "d/a.iso"
)

// storyByte is the byte at off of the given version of the file on the server.
func storyByte(version string, off int64) byte {
	return byte(off*7+off>>8*13) ^ byte(len(version)*91) ^ version[len(version)-1]
}

func storyBytes(version string, r Range) []byte {
	b := make([]byte, r.End-r.Start)
	for i := range b {
		b[i] = storyByte(version, r.Start+int64(i))
	}
	return b
}

func storyState(version string) State {
	return State{
		OriginalURL: "https://example.org/a.iso", URL: "https://mirror.example.org/a.iso",
		ETag: version, Length: storySize, Rule: RuleValidator, Name: "a.iso",
	}
}

// promise is what has to hold when the power fails after call from or later.
type promise struct {
	from    int
	version string
	have    int64
	dest    bool // the published file is there, whole
}

// teller runs a story step by step. It stops at the first error unless it is
// to go on, as a caller that does not look at errors would.
type teller struct {
	fsys     *memFS
	f        *File
	many     bool // the directory is one that many files are made in
	unnamed  bool // and the file has no name at first
	goOn     bool
	seals    bool // the file is published with its lock
	sealed   *Sealed
	err      error
	finished bool // so that the whole file is somewhere, whatever happens
	promises []promise
}

func (s *teller) step(do func() error) {
	if s.err != nil && !s.goOn {
		return
	}
	if err := do(); err != nil && s.err == nil {
		s.err = err
	}
}

func (s *teller) create(version string) {
	s.step(func() (err error) {
		switch {
		case s.unnamed:
			s.f, err = familiar(s.fsys).CreateUnnamed(storyPart, storySize, func() State { return storyState(version) })
		case s.many:
			s.f, err = familiar(s.fsys).Create(storyPart, storyState(version))
		default:
			s.f, err = Create(s.fsys, storyPart, storyState(version))
		}
		return err
	})
}

func (s *teller) open() {
	s.step(func() (err error) { s.f, err = Open(s.fsys, storyPart); return })
}

// with runs a step of the open file, if there is one.
func (s *teller) with(do func(*File) error) {
	s.step(func() error {
		if s.f == nil {
			return nil
		}
		return do(s.f)
	})
}

func (s *teller) write(ranges ...Range) {
	for _, r := range ranges {
		s.with(func(f *File) error {
			_, err := f.WriteAt(storyBytes(f.State().ETag, r), r.Start)
			return err
		})
	}
}

func (s *teller) checkpoint() {
	s.with(func(f *File) error {
		if err := f.Checkpoint(); err != nil {
			return err
		}
		s.promise()
		return nil
	})
}

func (s *teller) promise() {
	st := s.f.State()
	s.promises = append(s.promises, promise{from: len(s.fsys.log), version: st.ETag, have: st.Have.Len()})
}

func (s *teller) restart(version string) {
	s.with(func(f *File) error {
		s.promises = append(s.promises, promise{from: len(s.fsys.log)}) // nothing, for a while
		f.Update(func(st *State) { st.ETag = version })
		return f.Restart()
	})
}

func (s *teller) close() {
	s.with(func(f *File) error {
		err := f.Close()
		if err == nil {
			s.promise()
		}
		s.f = nil
		return err
	})
}

func (s *teller) publish(overwrite bool) {
	s.with(func(f *File) error {
		s.f = nil
		var err error
		if s.seals {
			s.sealed, err = f.Seal()
		} else {
			err = f.Finish()
		}
		s.finished = err == nil
		return err
	})
	s.step(func() error {
		if s.err != nil {
			return nil // nobody publishes what was not finished
		}
		s.promises = append(s.promises, promise{from: len(s.fsys.log)})
		if err := s.name(overwrite); err != nil {
			return err
		}
		s.promises = append(s.promises, promise{from: len(s.fsys.log), dest: true})
		return RemoveState(s.fsys, storyPart)
	})
}

// name publishes the finished file.
func (s *teller) name(overwrite bool) error {
	if s.sealed == nil {
		_, err := Publish(s.fsys, storyPart, storyDest, overwrite)
		return err
	}
	p := NewPublisher(s.fsys, time.Hour)
	_, err := p.PublishSealed(s.sealed, storyDest, overwrite)
	err = errors.Join(err, s.sealed.Close(), p.Close())
	s.sealed = nil
	return err
}

// release lets go of what an interrupted story still holds.
func (s *teller) release() {
	if s.f != nil {
		if err := s.f.Abandon(); err != nil && s.err == nil {
			s.err = err
		}
	}
	if s.sealed != nil {
		if err := s.sealed.Close(); err != nil && s.err == nil {
			s.err = err
		}
	}
}

// tellStory is a whole life: two segments, a pause, a change on the server.
func tellStory(s *teller, overwrite bool) {
	s.create("v1")
	s.write(Range{0, 512}, Range{2048, 2560})
	s.checkpoint()
	s.checkpoint()
	s.write(Range{512, 1024}, Range{2560, 3072}, Range{1024, 1100})
	s.close()
	s.open()
	s.write(Range{1100, 2048})
	s.checkpoint()
	s.restart("v22")
	s.write(Range{0, 1024})
	s.checkpoint()
	s.write(Range{3000, storySize}, Range{1024, 3000})
	s.publish(overwrite)
	s.release()
}

// tellQuick is the life of a small file, which is whole before its first
// checkpoint.
func tellQuick(s *teller, overwrite bool) {
	s.create("v1")
	s.write(Range{0, 1100}, Range{1100, storySize})
	s.publish(overwrite)
	s.release()
}

// tellDiscard is a life that ends early.
func tellDiscard(s *teller) {
	s.create("v1")
	s.write(Range{0, 512})
	s.checkpoint()
	s.with((*File).Discard)
	s.f = nil
}

// tellSequel is what the next process does: it goes on, or starts anew.
func tellSequel(s *teller) {
	s.open()
	if errors.Is(s.err, fs.ErrNotExist) {
		s.err = nil
		s.create("v333")
		if errors.Is(s.err, fs.ErrExist) { // one of the two files is left
			s.err = Remove(s.fsys, storyPart)
			s.create("v333")
		}
	} else {
		s.write(Range{0, storySize})
		s.checkpoint()
		s.restart("v333")
	}
	s.write(Range{0, 2000})
	s.checkpoint()
	s.write(Range{2000, storySize})
	s.publish(false)
	s.release()
}

// checkAfter opens what is left and holds it against what must be true.
func checkAfter(t *testing.T, left *memFS, old []byte) (claimed State) {
	t.Helper()
	for _, name := range []string{storyDest, "d/a (2).iso"} {
		got, ok := left.content(name)
		if !ok || name == storyDest && old != nil && bytes.Equal(got, old) {
			continue
		}
		if !isWhole(got) {
			t.Errorf("%s is neither absent nor old nor whole: %d bytes", name, len(got))
		}
	}
	f, err := Open(left, storyPart)
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("Open: %v, want it to work or fs.ErrNotExist", err)
		}
		return State{Length: -1}
	}
	st := f.State()
	for _, r := range st.Have.Ranges() {
		got := make([]byte, r.End-r.Start)
		if _, err := f.ReadAt(got, r.Start); err != nil {
			t.Errorf("reading claimed %v: %v", r, err)
		}
		if !bytes.Equal(got, storyBytes(st.ETag, r)) {
			t.Errorf("claimed bytes %v are not those of %s", r, st.ETag)
		}
	}
	for _, r := range f.Written().without(st.Have) {
		if left.boot > 0 {
			t.Errorf("%v is at hand that no state claims, after a power failure", r)
		}
		got, _ := left.content(storyPart)
		if !bytes.Equal(got[r.Start:r.End], storyBytes(st.ETag, r)) {
			t.Errorf("bytes %v of the ledger are not those of %s", r, st.ETag)
		}
	}
	if err := f.Abandon(); err != nil {
		t.Error(err)
	}
	return st
}

func isWhole(got []byte) bool {
	for _, version := range []string{"v1", "v22", "v333"} {
		if bytes.Equal(got, storyBytes(version, Range{0, storySize})) {
			return true
		}
	}
	return false
}

// checkPromises holds the claims against the checkpoints that had returned.
func checkPromises(t *testing.T, left *memFS, promises []promise, n int, st State) {
	t.Helper()
	var last promise
	for _, p := range promises {
		if p.from <= n {
			last = p
		}
	}
	if got, _ := left.content(storyDest); last.dest && !isWhole(got) {
		t.Errorf("%s is not there, although Publish had returned", storyDest)
	}
	if last.have > 0 && (st.ETag != last.version || st.Have.Len() < last.have) {
		t.Errorf("%d bytes of %s claimed, the checkpoint that had returned has %d of %s",
			st.Have.Len(), st.ETag, last.have, last.version)
	}
}

func variants(t *testing.T, test func(t *testing.T, s *teller)) {
	for _, v := range []struct{ noRename, seals, many, unnamed bool }{
		{}, {noRename: true}, {seals: true}, {noRename: true, seals: true}, {seals: true, many: true},
		{seals: true, unnamed: true}, {noRename: true, seals: true, unnamed: true},
	} {
		t.Run(fmt.Sprintf("%+v", v), func(t *testing.T) {
			fsys := newMemFS()
			fsys.noRename = v.noRename
			test(t, &teller{fsys: fsys, seals: v.seals, many: v.many, unnamed: v.unnamed})
		})
	}
}

func TestPowerFailureAtAnyCallLeavesTheTruth(t *testing.T) {
	for name, tell := range map[string]func(*teller, bool){"story": tellStory, "quick": tellQuick} {
		t.Run(name, func(t *testing.T) { powerFailsAtAnyCall(t, tell) })
	}
}

func powerFailsAtAnyCall(t *testing.T, tell func(s *teller, overwrite bool)) {
	variants(t, func(t *testing.T, s *teller) {
		fsys := s.fsys
		tell(s, false)
		if s.err != nil {
			t.Fatal(s.err)
		}
		for n := range len(fsys.log) + 1 {
			for _, what := range []loss{loseAll, loseNothing, loseData, loseNames, loseSome} {
				for seed := range uint64(5) {
					left := fsys.crash(n, what, rand.New(rand.NewPCG(seed, uint64(n))))
					st := checkAfter(t, left, nil)
					checkPromises(t, left, s.promises, n, st)
					if t.Failed() {
						t.Fatalf("after call %d of %d, loss %d, seed %d", n, len(fsys.log), what, seed)
					}
				}
			}
		}
		got, _ := fsys.crash(len(fsys.log), loseAll, nil).content(storyDest)
		if !isWhole(got) {
			t.Error("the published file did not survive")
		}
	})
}

func TestPowerFailureAfterAKillLeavesTheTruth(t *testing.T) {
	for name, tell := range map[string]func(*teller){
		"story":   func(s *teller) { tellStory(s, false) },
		"sealed":  func(s *teller) { s.seals = true; tellStory(s, false) },
		"many":    func(s *teller) { s.seals, s.many = true, true; tellStory(s, false) },
		"unnamed": func(s *teller) { s.seals, s.unnamed = true, true; tellStory(s, false) },
		"quick":   func(s *teller) { s.seals, s.unnamed = true, true; tellQuick(s, false) },
		"discard": tellDiscard,
	} {
		t.Run(name, func(t *testing.T) {
			first := &teller{fsys: newMemFS()}
			tell(first)
			if first.err != nil {
				t.Fatal(first.err)
			}
			for n := range len(first.fsys.log) + 1 {
				s := &teller{fsys: first.fsys.killed(n), seals: first.seals, many: first.many, unnamed: first.unnamed}
				tellSequel(s)
				if s.err != nil {
					t.Fatalf("killed after call %d: %v", n, s.err)
				}
				failAnywhere(t, s, n)
				if t.Failed() {
					t.Fatalf("killed after call %d", n)
				}
			}
		})
	}
}

// failAnywhere cuts the power at every call of a sequel that starts at call n.
func failAnywhere(t *testing.T, s *teller, n int) {
	for at := n; at <= len(s.fsys.log); at++ {
		for _, what := range []loss{loseAll, loseData, loseNames, loseSome} {
			for seed := range uint64(2) {
				left := s.fsys.crash(at, what, rand.New(rand.NewPCG(seed, uint64(n*1000+at))))
				st := checkAfter(t, left, nil)
				checkPromises(t, left, s.promises, at, st)
				if t.Failed() {
					t.Fatalf("killed after call %d, power lost after %d, loss %d, seed %d", n, at, what, seed)
				}
			}
		}
	}
}
