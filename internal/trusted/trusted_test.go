package trusted

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func TestWhatIsAcceptedIsThereInTheNextRun(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state", "servers")
	one, two := sha256.Sum256([]byte("one")), sha256.Sum256([]byte("two"))
	if _, ok, err := At(path).Get("a.example:443"); ok || err != nil {
		t.Fatalf("%v, %v", ok, err)
	}
	for _, put := range []struct {
		addr string
		sum  [sha256.Size]byte
	}{{"B.example:8443", one}, {"a.example:443", one}, {"A.example:443", two}, {"[::1]:443", one}} {
		if err := At(path).Put(put.addr, put.sum); err != nil {
			t.Fatal(err)
		}
	}
	if sum, ok, err := At(path).Get("a.EXAMPLE:443"); sum != two || !ok || err != nil {
		t.Errorf("%x, %v, %v", sum, ok, err)
	}
	if _, ok, err := At(path).Get("a.example:8443"); ok || err != nil {
		t.Errorf("another port: %v, %v", ok, err)
	}
	for name, mode := range map[string]os.FileMode{path: 0o600, filepath.Dir(path): 0o700} {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != mode {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
	if err := At(path).Remove("a.example:443"); err != nil {
		t.Fatal(err)
	}
	if err := At(path).Remove("a.example:443"); !errors.Is(err, ErrUnknown) {
		t.Errorf("removed twice: %v", err)
	}
	all, err := At(path).Servers()
	if err != nil || len(all) != 2 || all[0].Addr != "[::1]:443" || all[1].Addr != "b.example:8443" {
		t.Errorf("%v, %v", all, err)
	}
}

func TestManyAcceptAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "servers")
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			if err := At(path).Put(fmt.Sprintf("h%d:443", i), sha256.Sum256(nil)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if all, err := At(path).Servers(); err != nil || len(all) != 20 {
		t.Errorf("%d, %v", len(all), err)
	}
}

func TestAFileThatIsNotOursIsNotBelieved(t *testing.T) {
	good := fmt.Sprintf("a:443 %x 2026-09-06\n", sha256.Sum256(nil))
	for _, bad := range []string{
		"rubbish\n", "a:443\n", strings.Replace(good, "a:443", "a", 1), strings.Replace(good, "2026", "26", 1),
		good + "\n", strings.Repeat(good, 20_000), strings.Replace(good, "e3", "e", 1),
	} {
		path := filepath.Join(t.TempDir(), "servers")
		if err := os.WriteFile(path, []byte(bad), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, ok, err := At(path).Get("a:443"); ok || err == nil {
			t.Errorf("%.40q: %v, %v", bad, ok, err)
		}
		if err := At(path).Put("b:443", sha256.Sum256(nil)); err == nil {
			t.Errorf("%.40q was replaced", bad)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(fmt.Sprintf("a:443 %x 2026-09-06", sha256.Sum256(nil)))
	f.Fuzz(func(t *testing.T, line string) {
		if s, err := parse(line); err == nil && (s.Addr == "" || strings.ContainsAny(s.Addr, " \n")) {
			t.Errorf("%q: %+v", line, s)
		}
	})
}
