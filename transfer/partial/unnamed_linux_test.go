package partial

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// keepingDir is a directory whose file system keeps files without a name.
func keepingDir(t *testing.T) string {
	t.Helper()
	for _, in := range []string{"", "/dev/shm"} {
		dir, err := os.MkdirTemp(in, "haul-unnamed-")
		if err != nil {
			continue
		}
		t.Cleanup(func() {
			if err := os.RemoveAll(dir); err != nil {
				t.Error(err)
			}
		})
		if (OS{}).KeepsUnnamed(dir) {
			return dir
		}
	}
	const reason = "neither the temporary directory nor /dev/shm is on ext4 with a journal, XFS or tmpfs"
	if os.Getenv("HAUL_TEST_REQUIRE") == "1" {
		t.Fatal(reason)
	}
	t.Skip(reason)
	return ""
}

func TestFilesWithoutANameOfTheSystem(t *testing.T) {
	dir := keepingDir(t)
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Fatalf("trying has left %v, %v", left, err)
	}
	part := PathFor(dir, "a.iso")
	create := func() *File {
		d := NewDirectories(OS{})
		for range readFrom {
			d.Free(PathFor(dir, "other"))
		}
		f, err := d.CreateUnnamed(part, storySize, func() State { return storyState("v1") })
		must(t, err)
		if left, err := os.ReadDir(dir); err != nil || len(left) > 0 || f.Path() != "" {
			t.Fatalf("there is %v, %v, path %q", left, err, f.Path())
		}
		return f
	}
	mode := func(path string) os.FileMode {
		fi, err := os.Lstat(path)
		must(t, err)
		return fi.Mode()
	}
	usual := filepath.Join(t.TempDir(), "usual")
	must(t, os.WriteFile(usual, nil, 0o666))

	f := create()
	write(t, f, Range{0, storySize})
	s, err := f.Seal()
	must(t, err)
	if got, err := os.ReadFile(s.Path()); err != nil || !isWhole(got) {
		t.Errorf("%s: %d bytes, %v", s.Path(), len(got), err)
	}
	dest := filepath.Join(dir, "a.iso")
	must(t, os.WriteFile(dest, []byte("the user's"), 0o600))
	taken, err := NewPublisher(OS{}, 0).PublishSealed(s, dest, false)
	must(t, errors.Join(err, s.Close()))
	if got, err := os.ReadFile(taken); err != nil || !isWhole(got) || taken == dest {
		t.Errorf("%s: %d bytes, %v", taken, len(got), err)
	}
	if got, want := mode(taken), mode(usual); got != want {
		t.Errorf("mode %v, that of other new files is %v", got, want)
	}
	if got, err := os.ReadFile(dest); err != nil || string(got) != "the user's" {
		t.Errorf("the file that was there: %q, %v", got, err)
	}
	must(t, errors.Join(os.Remove(dest), os.Remove(taken)))

	f = create()
	write(t, f, Range{0, 1000})
	must(t, f.Checkpoint())
	if got := mode(part); got != 0o600 {
		t.Errorf("the partial file has mode %v", got)
	}
	if _, err := (OS{}).OpenLocked(part, 0); !errors.Is(err, ErrLocked) {
		t.Errorf("opened by somebody else: %v, want ErrLocked", err)
	}
	must(t, f.Close())
	f, err = Open(OS{}, part)
	must(t, err)
	write(t, f, Range{1000, storySize})
	must(t, f.Finish())
	if got, err := os.ReadFile(part); err != nil || !bytes.Equal(got, storyBytes("v1", Range{0, storySize})) {
		t.Errorf("continued: %d bytes, %v", len(got), err)
	}
	must(t, Remove(OS{}, part))

	f = create()
	write(t, f, Range{0, storySize})
	s, err = f.Seal()
	must(t, err)
	gone := filepath.Join(dir, "gone", "a.iso")
	_, err = NewPublisher(OS{}, 0).PublishSealed(s, gone, false)
	if !errors.Is(err, os.ErrNotExist) || err.Error() != "create "+gone+": no such file or directory" {
		t.Errorf("published where there is no directory: %v", err)
	}
	must(t, s.Close())

	f = create()
	write(t, f, Range{0, 1000})
	must(t, f.Abandon())
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("there is %v, %v", left, err)
	}
}

func TestNoFileWithoutANameWhereThereIsNoDirectory(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "gone")
	if (OS{}).KeepsUnnamed(dir) {
		t.Error("a directory that is not there keeps them")
	}
	part := PathFor(dir, "a.iso")
	_, err := (OS{}).OpenUnnamed(part)
	if !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), part) {
		t.Errorf("made: %v", err)
	}
}

// TestErrorsOfAFileWithoutANameSayWhichItIs: that of its directory says nothing.
func TestErrorsOfAFileWithoutANameSayWhichItIs(t *testing.T) {
	part := PathFor(keepingDir(t), "a.iso")
	u, err := OS{}.OpenUnnamed(part)
	must(t, err)
	must(t, u.Close())
	_, written := u.WriteAt([]byte{1}, 0)
	for name, err := range map[string]error{"WriteAt": written, "Sync": u.Sync(), "Lock": u.Lock(), "Link": u.Link(part)} {
		var at *fs.PathError
		if !errors.As(err, &at) || at.Path != part || !errors.Is(err, fs.ErrClosed) {
			t.Errorf("%s: %v, want that %s is closed", name, err, part)
		}
	}
}

// TestAnExt4WithoutAJournalKeepsNoFilesWithoutAName: the sync of a directory would
// not cover how many links they have.
func TestAnExt4WithoutAJournalKeepsNoFilesWithoutAName(t *testing.T) {
	sys := t.TempDir()
	must(t, os.MkdirAll(filepath.Join(sys, "dev/block"), 0o700))
	for disk, c := range map[string]struct {
		minor  uint32
		thread string
		want   bool
	}{
		"vda":              {0, "321\n", true},
		"dm-0":             {1, "0\n", true}, // of another namespace
		"without journal":  {2, "<none>\n", false},
		"of an old kernel": {3, "", false},
	} {
		dev := unix.Mkdev(254, c.minor)
		must(t, os.Symlink("../../devices/any/block/"+disk, filepath.Join(sys, "dev/block", fmt.Sprintf("254:%d", c.minor))))
		at := filepath.Join(sys, "fs/ext4", disk)
		must(t, os.MkdirAll(at, 0o700))
		if c.thread != "" {
			must(t, os.WriteFile(filepath.Join(at, "journal_task"), []byte(c.thread), 0o600))
		}
		if got := journals(sys, dev); got != c.want {
			t.Errorf("%s: %v, want %v", disk, got, c.want)
		}
	}
	if journals(sys, unix.Mkdev(1, 1)) {
		t.Error("a device that is not there has a journal")
	}
}
