//go:build unix && !aix && (!solaris || illumos)

package partial

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

func TestALockIsOfTheFileThatHasTheName(t *testing.T) {
	for _, c := range []struct {
		name   string
		happen func(t *testing.T, path string)
		want   error
	}{
		{"nothing happens", func(*testing.T, string) {}, nil},
		{"moved away", func(t *testing.T, path string) { must(t, os.Rename(path, path+"2")) }, ErrLocked},
		{"replaced", func(t *testing.T, path string) {
			must(t, os.Rename(path, path+"2"))
			must(t, os.WriteFile(path, nil, 0o600))
		}, ErrLocked},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "f"+PartSuffix)
			f, err := openNoFollow(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
			must(t, err)
			c.happen(t, path)
			if err := lock(f, path); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
			must(t, f.Close())
		})
	}
}

func TestClosingGivesTheLockBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f"+PartSuffix)
	h, err := OS{}.OpenLocked(path, os.O_CREATE|os.O_EXCL)
	must(t, err)
	if _, err := (OS{}).OpenLocked(path, os.O_CREATE|os.O_EXCL); !errors.Is(err, fs.ErrExist) {
		t.Errorf("making it twice: %v", err)
	}
	if _, err := (OS{}).OpenLocked(path, 0); !errors.Is(err, ErrLocked) {
		t.Errorf("a second lock: %v, want ErrLocked", err)
	}
	must(t, h.Close())
	h, err = OS{}.OpenLocked(path, 0)
	must(t, err)
	must(t, h.Close())
}
