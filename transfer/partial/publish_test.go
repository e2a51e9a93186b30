//go:build unix

package partial

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// finished leaves a finished data file with content "whole" in dir.
func finished(t *testing.T, dir string) string {
	t.Helper()
	st := storyState("v1")
	st.Length = 5
	f, err := Create(OS{}, PathFor(dir, "a.tar.gz"), st)
	must(t, err)
	_, err = f.WriteAt([]byte("whole"), 0)
	must(t, err)
	must(t, f.Finish())
	return f.Path()
}

func content(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	must(t, err)
	return string(b)
}

// usualMode is the mode of a new file of the user.
func usualMode(t *testing.T) fs.FileMode {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "usual"))
	must(t, err)
	fi, err := f.Stat()
	must(t, err)
	must(t, f.Close())
	return fi.Mode()
}

// withoutCalls is a file system that lacks calls, or whose partial files are on
// another device than everything else.
type withoutCalls struct {
	OS
	renameNew, link, device bool
}

func (f withoutCalls) Rename(from, to string) error {
	if f.device && filepath.Dir(from) != filepath.Dir(to) {
		return &os.LinkError{Op: "rename", Old: from, New: to, Err: syscall.EXDEV}
	}
	return f.OS.Rename(from, to)
}

func (f withoutCalls) RenameNew(from, to string) error {
	if f.renameNew {
		return errors.ErrUnsupported
	}
	if f.device && filepath.Dir(from) != filepath.Dir(to) {
		return &os.LinkError{Op: "rename", Old: from, New: to, Err: syscall.EXDEV}
	}
	return f.OS.RenameNew(from, to)
}

func (f withoutCalls) Link(from, to string) error {
	if f.link {
		return &os.LinkError{Op: "link", Old: from, New: to, Err: syscall.EPERM}
	}
	if f.device && filepath.Dir(from) != filepath.Dir(to) {
		return &os.LinkError{Op: "link", Old: from, New: to, Err: syscall.EXDEV}
	}
	return f.OS.Link(from, to)
}

func fileSystems() map[string]FS {
	return map[string]FS{
		"all calls":                        OS{},
		"no RenameNew":                     withoutCalls{renameNew: true},
		"neither RenameNew nor Link":       withoutCalls{renameNew: true, link: true},
		"other device":                     withoutCalls{device: true},
		"other device without RenameNew":   withoutCalls{device: true, renameNew: true},
		"other device, neither of the two": withoutCalls{device: true, renameNew: true, link: true},
	}
}

func TestPublishTakesTheNextFreeName(t *testing.T) {
	for name, fsys := range fileSystems() {
		t.Run(name, func(t *testing.T) {
			from, to := t.TempDir(), t.TempDir()
			must(t, os.Mkdir(filepath.Join(to, "a (3).tar.gz"), 0o700))
			for _, want := range []string{"a.tar.gz", "a (2).tar.gz", "a (4).tar.gz"} {
				part := finished(t, from)
				got, err := Publish(fsys, part, filepath.Join(to, "a.tar.gz"), false)
				must(t, err)
				must(t, RemoveState(fsys, part))
				if got != filepath.Join(to, want) || content(t, got) != "whole" {
					t.Errorf("published as %s, want %s", got, want)
				}
				fi, err := os.Lstat(got)
				must(t, err)
				if want := usualMode(t); fi.Mode() != want {
					t.Errorf("mode %v, want %v as the umask gives", fi.Mode(), want)
				}
			}
			if list, err := os.ReadDir(from); err != nil || len(list) != 0 {
				t.Errorf("left in the old directory: %v, %v", list, err)
			}
			if list, err := os.ReadDir(to); err != nil || len(list) != 4 {
				t.Errorf("in the new directory: %v, %v", list, err)
			}
		})
	}
}

// watchedCopy looks at the mode of the copy on another device while that is made.
type watchedCopy struct {
	withoutCalls
	t    *testing.T
	seen int
}

func (f *watchedCopy) OpenFile(name string, flag int, perm fs.FileMode) (Handle, error) {
	h, err := f.withoutCalls.OpenFile(name, flag, perm)
	if err != nil || flag&os.O_WRONLY == 0 || filepath.Ext(name) != PartSuffix {
		return h, err
	}
	return &watchedHandle{h, f, name}, nil
}

type watchedHandle struct {
	Handle
	f    *watchedCopy
	name string
}

func (h *watchedHandle) WriteAt(p []byte, off int64) (int, error) {
	h.f.seen++
	fi, err := os.Lstat(h.name)
	must(h.f.t, err)
	if fi.Mode() != 0o600 {
		h.f.t.Errorf("others can read the copy while it is made: %v", fi.Mode())
	}
	return h.Handle.WriteAt(p, off)
}

func TestACopyIsTheUsersAloneUntilItIsWhole(t *testing.T) {
	from, to := t.TempDir(), t.TempDir()
	fsys := &watchedCopy{withoutCalls: withoutCalls{device: true}, t: t}
	taken, err := Publish(fsys, finished(t, from), filepath.Join(to, "a"), false)
	must(t, err)
	fi, err := os.Lstat(taken)
	must(t, err)
	if want := usualMode(t); fi.Mode() != want || fsys.seen == 0 {
		t.Errorf("mode %v, want %v; %d writes seen", fi.Mode(), want, fsys.seen)
	}
}

func TestPublishOverwritesOnlyWhenTold(t *testing.T) {
	for name, fsys := range fileSystems() {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			dest := filepath.Join(dir, "to", "a")
			must(t, os.Mkdir(filepath.Dir(dest), 0o700))
			must(t, os.WriteFile(dest, []byte("mine"), 0o600))
			got, err := Publish(fsys, finished(t, dir), dest, true)
			if err != nil || got != dest || content(t, dest) != "whole" {
				t.Errorf("%s, %v", got, err)
			}
		})
	}
}

func TestPublishRefuses(t *testing.T) {
	dir := t.TempDir()
	part := finished(t, dir)
	pipe := filepath.Join(dir, "pipe")
	must(t, syscall.Mkfifo(pipe, 0o600))
	for _, c := range []struct {
		name, dest string
		overwrite  bool
		want       error
	}{
		{"a directory, overwriting", dir, true, errIsDirectory},
		{"a pipe, overwriting", pipe, true, errNotRegular},
		{"a directory that is not there", filepath.Join(dir, "no", "a"), false, fs.ErrNotExist},
	} {
		if got, err := Publish(OS{}, part, c.dest, c.overwrite); got != "" || !errors.Is(err, c.want) {
			t.Errorf("%s: %q, %v; want %v", c.name, got, err, c.want)
		}
	}
	if fi, err := os.Lstat(part); err != nil || fi.Mode() != 0o600 {
		t.Errorf("what was not published has the mode %v, %v", fi.Mode(), err)
	}
	must(t, os.Remove(part))
	f, err := Create(OS{}, part, storyState("v1"))
	must(t, err)
	_, err = f.WriteAt([]byte("whole"), 0)
	must(t, err)
	if got, err := Publish(OS{}, part, filepath.Join(dir, "b"), false); got != "" || !errors.Is(err, ErrLocked) {
		t.Errorf("while a File has it: %q, %v", got, err)
	}
	must(t, f.Close())
	if content(t, part) != "whole" {
		t.Error("the data file was touched")
	}
}

func TestPublishReplacesALinkAndNotItsTarget(t *testing.T) {
	dir := t.TempDir()
	target, link := filepath.Join(dir, "target"), filepath.Join(dir, "link")
	must(t, os.WriteFile(target, []byte("mine"), 0o600))
	must(t, os.Symlink(target, link))
	got, err := Publish(OS{}, finished(t, dir), link, false)
	if err != nil || got != filepath.Join(dir, "link (2)") {
		t.Errorf("without overwriting: %s, %v", got, err)
	}
	must(t, RemoveState(OS{}, PathFor(dir, "a.tar.gz")))
	got, err = Publish(OS{}, finished(t, dir), link, true)
	if err != nil || got != link || content(t, link) != "whole" || content(t, target) != "mine" {
		t.Errorf("%s, %v; target %q", got, err, content(t, target))
	}
}

func TestPublishTakesAnotherNameThanADirectorys(t *testing.T) {
	for name, fsys := range fileSystems() {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			must(t, os.Mkdir(filepath.Join(dir, "linux"), 0o700))
			got, err := Publish(fsys, finished(t, dir), filepath.Join(dir, "linux"), false)
			if err != nil || got != filepath.Join(dir, "linux (2)") || content(t, got) != "whole" {
				t.Errorf("%s, %v", got, err)
			}
		})
	}
}

func TestWhatIsNotAsItWasLeftStays(t *testing.T) {
	part := PathFor(t.TempDir(), "a")
	leave := func(change func(*State)) State {
		st := storyState("v1")
		change(&st)
		f, err := Create(OS{}, part, st)
		must(t, err)
		must(t, f.Close())
		st, err = ReadState(OS{}, part)
		must(t, err)
		return st
	}
	left := leave(func(*State) {})
	same := func(st State) bool { return st.Started.Equal(left.Started) && st.Serial == left.Serial }
	f, err := Open(OS{}, part)
	must(t, err)
	if err := RemoveIf(OS{}, part, same); !errors.Is(err, ErrLocked) {
		t.Errorf("while it is open: %v", err)
	}
	_, err = f.WriteAt([]byte("more"), 0)
	must(t, err)
	must(t, f.Close())
	must(t, RemoveIf(OS{}, part, same))
	left, err = ReadState(OS{}, part)
	if err != nil || content(t, part) != "more" {
		t.Fatalf("what another went on with is gone: %v", err)
	}
	must(t, os.WriteFile(StatePath(part), []byte("{"), 0o600))
	must(t, RemoveIf(OS{}, part, same))
	if content(t, part) != "more" {
		t.Error("what nobody can tell whose it is is gone")
	}
	must(t, os.Remove(StatePath(part)))
	must(t, RemoveIf(OS{}, part, same)) // without a state it is of no use
	left = leave(func(*State) {})
	must(t, RemoveIf(OS{}, part, same))
	left = leave(func(*State) {})
	must(t, os.Remove(part)) // a state alone
	must(t, RemoveIf(OS{}, part, same))
	must(t, RemoveIf(OS{}, part, same))
	if list, err := os.ReadDir(filepath.Dir(part)); err != nil || len(list) != 0 {
		t.Errorf("left behind: %v, %v", list, err)
	}
}
