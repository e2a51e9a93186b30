//go:build unix

package partial

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestPaths(t *testing.T) {
	part := PathFor("d", "a.iso")
	if want := filepath.Join("d", "a.iso.haul-part"); part != want {
		t.Errorf("%s, want %s", part, want)
	}
	if got, want := StatePath(part), filepath.Join("d", "a.iso.haul-state"); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if n := len(filepath.Base(StatePath(PathFor("d", SafeName(fmt.Sprintf("%0300d", 1))))) + tmpSuffix); n > 255 {
		t.Errorf("the longest name has %d bytes", n)
	}
}

func TestReadStateTakesEitherPathAndNoLock(t *testing.T) {
	f := newFile(t, 10)
	must(t, f.Checkpoint())
	for _, path := range []string{f.Path(), StatePath(f.Path())} {
		if st, err := ReadState(OS{}, path); err != nil || st.ETag != "v1" {
			t.Errorf("%s: %+v, %v", path, st, err)
		}
	}
}

func TestFind(t *testing.T) {
	dir := t.TempDir()
	put := func(name, original, final string, age time.Duration, data bool) string {
		part := PathFor(dir, name)
		text, err := Encode(State{OriginalURL: original, URL: final, Length: -1, Updated: time.Unix(1e9, 0).Add(-age)})
		must(t, err)
		must(t, os.WriteFile(StatePath(part), text, 0o600))
		if data {
			must(t, os.WriteFile(part, nil, 0o600))
		}
		return part
	}
	old := put("old", "https://example.org/a?x=1", "https://m.example.org/1", time.Hour, true)
	fresh := put("new", "https://example.org/b", "https://EXAMPLE.org:443/a?x=1", 0, true)
	put("other", "https://example.org/a?x=2", "https://example.org/a", 0, true)
	put("alone", "https://example.org/a?x=1", "https://example.org/a?x=1", 0, false)
	root := put("root", "http://example.org", "http://example.org", 0, true)
	must(t, os.WriteFile(filepath.Join(dir, "bad"+StateSuffix), []byte("{"), 0o600))
	must(t, syscall.Mkfifo(filepath.Join(dir, "pipe"+StateSuffix), 0o600))
	must(t, os.Symlink(StatePath(old), filepath.Join(dir, "link"+StateSuffix)))
	for _, c := range []struct {
		url  string
		want []string
	}{
		{"https://example.org/a?x=1", []string{fresh, old}},
		{"https://user:pass@Example.org/a?x=1#part", []string{fresh, old}},
		{"http://example.org:80/", []string{root}},
		{"http://example.org/a?x=1", nil},
		{"https://example.org/c", nil},
	} {
		if got, err := Find(OS{}, dir, c.url); err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, %v; want %v", c.url, got, err, c.want)
		}
	}
	if _, err := Find(OS{}, filepath.Join(dir, "no"), "http://h/"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a directory that is not there: %v", err)
	}
}

func TestRemoveTakesWhateverIsLeft(t *testing.T) {
	for _, left := range [][]string{{}, {PartSuffix}, {StateSuffix}, {PartSuffix, StateSuffix, StateSuffix + tmpSuffix}} {
		dir := t.TempDir()
		for _, suffix := range left {
			must(t, os.WriteFile(filepath.Join(dir, "a"+suffix), []byte("x"), 0o600))
		}
		if err := Remove(OS{}, PathFor(dir, "a")); err != nil {
			t.Errorf("%v: %v", left, err)
		}
		if list, err := os.ReadDir(dir); err != nil || len(list) != 0 {
			t.Errorf("%v: left %v, %v", left, list, err)
		}
	}
	f := newFile(t, 10)
	if err := Remove(OS{}, f.Path()); !errors.Is(err, ErrLocked) {
		t.Errorf("a file in use: %v, want ErrLocked", err)
	}
}

func TestStateIsWrittenOverWhatACrashLeft(t *testing.T) {
	f := newFile(t, 10)
	victim := filepath.Join(t.TempDir(), "victim")
	must(t, os.WriteFile(victim, []byte("mine"), 0o600))
	must(t, os.Symlink(victim, StatePath(f.Path())+tmpSuffix))
	must(t, f.Checkpoint())
	if content(t, victim) != "mine" {
		t.Error("the state was written through a link")
	}
	fi, err := os.Lstat(StatePath(f.Path()))
	if err != nil || !fi.Mode().IsRegular() {
		t.Errorf("%v, %v", fi, err)
	}
}

// TestForeignFilesAreNotGoneOnWith: in /tmp a resume state can be anybody's.
func TestForeignFilesAreNotGoneOnWith(t *testing.T) {
	if os.Geteuid() != 0 {
		if os.Getenv("HAUL_TEST_REQUIRE") == "1" {
			t.Fatal("only root can give a file away")
		}
		t.Skip("only root can give a file away")
	}
	for _, suffix := range []string{PartSuffix, StateSuffix} {
		f := newFile(t, 100)
		write(t, f, Range{0, 50})
		must(t, f.Close())
		must(t, os.Chown(strings.TrimSuffix(f.Path(), PartSuffix)+suffix, 12345, -1))
		if _, err := Open(OS{}, f.Path()); !errors.Is(err, errForeign) {
			t.Errorf("%s of another user: %v", suffix, err)
		}
	}
}

func TestOpenFileRefusesWhatIsNoRegularFile(t *testing.T) {
	dir := t.TempDir()
	pipe, link := filepath.Join(dir, "pipe"), filepath.Join(dir, "link")
	must(t, syscall.Mkfifo(pipe, 0o600))
	must(t, os.Symlink(pipe, link))
	for path, want := range map[string]error{pipe: errNotRegular, dir: errNotRegular, link: errSymlink} {
		if _, err := (OS{}).OpenFile(path, os.O_RDONLY, 0); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", path, err, want)
		}
	}
	if _, err := (OS{}).OpenLocked(link, 0); !errors.Is(err, errSymlink) {
		t.Errorf("locking a link: %v", err)
	}
	if _, err := (OS{}).OpenLocked(filepath.Join(dir, "no"), 0); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("locking what is not there: %v", err)
	}
	if _, err := os.Lstat(filepath.Join(dir, "no")); !errors.Is(err, fs.ErrNotExist) {
		t.Error("locking made the file")
	}
}
