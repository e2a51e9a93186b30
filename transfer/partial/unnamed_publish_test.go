//go:build unix

package partial

import (
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// sealedUnnamed is a whole file of the story that has no name.
func sealedUnnamed(t *testing.T, fsys FS) *Sealed {
	t.Helper()
	f, err := familiar(fsys).CreateUnnamed(storyPart, storySize, func() State { return storyState("v1") })
	must(t, err)
	write(t, f, Range{0, storySize})
	s, err := f.Seal()
	must(t, err)
	if s.Left() != "" {
		t.Fatalf("it has the name %s", s.Left())
	}
	return s
}

// another makes the partial file of another process, which is at rest.
func another(t *testing.T, fsys FS) {
	t.Helper()
	f, err := Create(fsys, storyPart, storyState("v22"))
	must(t, errors.Join(err, f.Close()))
}

// TestASealedFileIsPublishedOnce: what has the name of its partial file after that
// is another's.
func TestASealedFileIsPublishedOnce(t *testing.T) {
	for name, seal := range map[string]func(t *testing.T, fsys FS) *Sealed{
		"with a name": func(t *testing.T, fsys FS) *Sealed {
			_, s := sealedFile(t, fsys)
			return s
		},
		"without a name": sealedUnnamed,
	} {
		t.Run(name, func(t *testing.T) {
			fsys := newMemFS()
			s := seal(t, fsys)
			p := NewPublisher(fsys, 0)
			_, err := p.PublishSealed(s, storyDest, false)
			must(t, err)
			another(t, fsys)
			if got, err := p.PublishSealed(s, "d/b.iso", false); got != "" || !errors.Is(err, errPublished) {
				t.Errorf("published again as %q, %v", got, err)
			}
			must(t, s.Close())
			wantNames(t, fsys, storyDest, storyPart, StatePath(storyPart))
		})
	}
}

// TestAnotherPartialFileDoesNotHinderPublishing, nor is it touched.
func TestAnotherPartialFileDoesNotHinderPublishing(t *testing.T) {
	for name, overwrite := range map[string]bool{"a free name": false, "a name that is taken": true} {
		t.Run(name, func(t *testing.T) {
			fsys := newMemFS()
			if overwrite {
				must(t, fsys.rawFile(storyDest))
			}
			s := sealedUnnamed(t, fsys)
			another(t, fsys)
			p := NewPublisher(fsys, time.Hour)
			got, err := p.PublishSealed(s, storyDest, overwrite)
			must(t, errors.Join(err, s.Close(), p.Close()))
			if whole, _ := fsys.content(got); got != storyDest || !isWhole(whole) {
				t.Errorf("%s has %d bytes", got, len(whole))
			}
			wantNames(t, fsys, storyDest, storyPart, StatePath(storyPart))
			f, err := Open(fsys, storyPart)
			must(t, err)
			if st := f.State(); st.ETag != "v22" {
				t.Errorf("the other's state is %+v", st)
			}
			must(t, f.Close())
		})
	}
}

// TestManyFilesThatReplaceOthersAreSyncedTogether: a name that they have for a
// moment needs no sync.
func TestManyFilesThatReplaceOthersAreSyncedTogether(t *testing.T) {
	fsys := newCountingFS()
	s := sealedUnnamed(t, fsys)
	clear(fsys.calls)
	p := NewPublisher(fsys, time.Hour)
	_, err := p.PublishSealed(s, storyDest, true)
	must(t, err)
	if fsys.calls["syncdir"] > 0 || fsys.calls["link"] != 1 || fsys.calls["rename"] != 1 {
		t.Errorf("calls %v", fsys.calls)
	}
	must(t, errors.Join(s.Close(), p.Close()))
}

// TestWhatCouldNotBePublishedIsNotLost: it has a name of its own then, which says
// where it is, and can be published yet.
func TestWhatCouldNotBePublishedIsNotLost(t *testing.T) {
	fsys := newMemFS()
	s := sealedUnnamed(t, fsys)
	fsys.setFail(func(call string) (error, bool) {
		if call == "rename" {
			return syscall.EIO, false
		}
		return nil, false
	})
	p := NewPublisher(fsys, 0)
	if got, err := p.PublishSealed(s, storyDest, true); got != "" || !errors.Is(err, syscall.EIO) {
		t.Errorf("published as %q, %v", got, err)
	}
	fsys.setFail(nil)
	left := s.Left()
	if got, _ := fsys.content(left); !isWhole(got) || s.Path() != left || left == storyPart || !strings.HasPrefix(left, "d/.haul-") {
		t.Errorf("at %q, left %q: %d bytes", s.Path(), left, len(got))
	}
	got, err := p.PublishSealed(s, storyDest, false)
	must(t, errors.Join(err, s.Close()))
	if whole, _ := fsys.content(got); !isWhole(whole) {
		t.Errorf("%s has %d bytes", got, len(whole))
	}
	wantNames(t, fsys, storyDest)
}

// devices is a file system with a device for each directory.
type devices struct{ *memFS }

func apart(from, to string) error {
	if filepath.Dir(from) != filepath.Dir(to) {
		return &fs.PathError{Op: "move", Path: to, Err: syscall.EXDEV}
	}
	return nil
}

func (d devices) Rename(from, to string) error {
	if err := apart(from, to); err != nil {
		return err
	}
	return d.memFS.Rename(from, to)
}

func (d devices) RenameNew(from, to string) error {
	if err := apart(from, to); err != nil {
		return err
	}
	return d.memFS.RenameNew(from, to)
}

func (d devices) OpenUnnamed(name string) (Unnamed, error) {
	u, err := d.memFS.OpenUnnamed(name)
	if err != nil {
		return nil, err
	}
	return onDevice{u, name}, nil
}

type onDevice struct {
	Unnamed
	at string
}

func (u onDevice) Link(to string) error {
	if err := apart(u.at, to); err != nil {
		return err
	}
	return u.Unnamed.Link(to)
}

func TestAFileWithoutANameIsCopiedToAnotherDevice(t *testing.T) {
	for name, overwrite := range map[string]bool{"a free name": false, "a name that is taken": true} {
		t.Run(name, func(t *testing.T) {
			fsys := devices{newMemFS()}
			must(t, fsys.rawFile("e/a.iso"))
			s := sealedUnnamed(t, fsys)
			p := NewPublisher(fsys, time.Hour)
			got, err := p.PublishSealed(s, "e/a.iso", overwrite)
			must(t, errors.Join(err, s.Close(), p.Close()))
			want := []string{"e/a (2).iso", "e/a.iso"}
			if overwrite {
				want = want[1:]
			}
			if whole, _ := fsys.content(got); !isWhole(whole) || !slices.Contains(want, got) {
				t.Errorf("%s has %d bytes", got, len(whole))
			}
			wantNames(t, fsys.memFS, want...)
		})
	}
}
