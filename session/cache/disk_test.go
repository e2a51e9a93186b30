package cache_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"haul/session/cache"
)

func diskOnly(dir string) cache.Options { return cache.Options{DiskBytes: 20 << 20, Dir: dir} }

func TestResponsesAreThereAfterARestart(t *testing.T) {
	dir := t.TempDir()
	mustPut(t, newCache(t, diskOnly(dir)), urlA, "small")
	mustPut(t, newCache(t, diskOnly(dir)), urlB, strings.Repeat("large", 100_000))
	c := newCache(t, cache.Options{MemoryBytes: 1 << 20, DiskBytes: 20 << 20, Dir: dir})
	if body, _ := served(t, c, urlA); body != "small" {
		t.Errorf("served %q", body)
	}
	if body, _ := served(t, c, urlB); body != strings.Repeat("large", 100_000) {
		t.Errorf("served %d bytes", len(body))
	}
	if memory, disk := c.Usage(); memory == 0 || memory > 2000 || disk < 500_000 || disk > 502_000 {
		t.Errorf("usage %d, %d: the small one is taken into memory, the large one is not", memory, disk)
	}
}

func TestTheOrderOfUseIsKeptOverARestart(t *testing.T) {
	dir := t.TempDir()
	now := time.Now()
	c := newCache(t, diskOnly(dir))
	for i, u := range []string{urlA, urlB, urlC} {
		mustPut(t, c, u, "x")
		for _, f := range files(t, dir, "*.head") {
			if info, err := os.Stat(f); err != nil || info.ModTime().Before(now.Add(-time.Minute)) {
				continue
			}
			at := now.Add(time.Duration(i-10) * time.Hour)
			if err := os.Chtimes(f, at, at); err != nil {
				t.Fatal(err)
			}
		}
	}
	wantServed(t, c, map[string]bool{urlA: true}) // used last, though stored first
	c = newCache(t, diskOnly(dir))
	_, disk := c.Usage()
	c.SetBudgets(0, disk-1)
	wantServed(t, c, map[string]bool{urlA: true, urlB: false, urlC: true})
}

func TestWhatACrashLeavesIsAMissAndRemoved(t *testing.T) {
	for name, tear := range map[string]func(t *testing.T, head, body string){
		"no body":       func(t *testing.T, _, body string) { remove(t, body) },
		"no head":       func(t *testing.T, head, body string) { remove(t, head); age(t, body) },
		"short body":    func(t *testing.T, _, body string) { write(t, body, "012") },
		"long body":     func(t *testing.T, _, body string) { write(t, body, "01234567890") },
		"empty head":    func(t *testing.T, head, _ string) { write(t, head, "") },
		"head of zeros": func(t *testing.T, head, _ string) { write(t, head, string(make([]byte, 300))) },
		"half a head": func(t *testing.T, head, _ string) {
			text, err := os.ReadFile(head)
			if err != nil {
				t.Fatal(err)
			}
			write(t, head, string(text[:len(text)/2]))
		},
		"head of another version": func(t *testing.T, head, _ string) { edit(t, head, `"haul-cache": 1`, `"haul-cache": 2`) },
		"head of another key":     func(t *testing.T, head, _ string) { edit(t, head, `"key": "`, `"key": "00`) },
		"split field":             func(t *testing.T, head, _ string) { edit(t, head, `max-age`, `a\r\nX: max-age`) },
		"negative length":         func(t *testing.T, head, _ string) { edit(t, head, `"length": 10`, `"length": -10`) },
		"status 100":              func(t *testing.T, head, _ string) { edit(t, head, `"status": 200`, `"status": 100`) },
		"field that is no token":  func(t *testing.T, head, _ string) { edit(t, head, `"Cache-Control"`, `"Cache Control"`) },
		"wide character":          func(t *testing.T, head, _ string) { edit(t, head, `max-age`, `\u2028max-age`) },
		"huge head":               func(t *testing.T, head, _ string) { edit(t, head, `{`, `{`+strings.Repeat(" ", 1<<20)) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			mustPut(t, newCache(t, diskOnly(dir)), urlA, "0123456789")
			tear(t, files(t, dir, "*.head")[0], files(t, dir, "*.body")[0])
			c := newCache(t, diskOnly(dir))
			if _, ok := served(t, c, urlA); ok {
				t.Error("it is served")
			}
			if left := files(t, dir, "*"); len(left) != 0 {
				t.Errorf("left behind: %q", left)
			}
			if _, disk := c.Usage(); disk != 0 {
				t.Errorf("usage %d", disk)
			}
			mustPut(t, c, urlA, "0123456789")
			wantServed(t, c, map[string]bool{urlA: true})
		})
	}
}

func remove(t *testing.T, path string) {
	t.Helper()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
}

// age makes a file old enough that nobody can be writing it.
func age(t *testing.T, path string) {
	t.Helper()
	at := time.Now().Add(-2 * time.Hour)
	if err := os.Chtimes(path, at, at); err != nil {
		t.Fatal(err)
	}
}

func edit(t *testing.T, path, from, to string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), from) {
		t.Fatalf("%s has no %s", text, from)
	}
	write(t, path, strings.Replace(string(text), from, to, 1))
}

func TestOnlyItsOwnFilesAreTouched(t *testing.T) {
	dir := t.TempDir()
	mustPut(t, newCache(t, diskOnly(dir)), urlA, "x")
	body := files(t, dir, "*.body")[0]
	foreign := []string{
		filepath.Join(dir, "beside"), filepath.Join(dir, "v1", "notes.head"), filepath.Join(dir, "v1", "x.tmp"),
		filepath.Join(dir, "v1", strings.ToUpper(filepath.Base(body))),
	}
	young := strings.TrimSuffix(body, ".body") + ".tmp" // another process may be writing it
	for _, f := range append(foreign, young) {
		write(t, f, "mine")
	}
	for _, f := range foreign {
		age(t, f)
	}
	c := newCache(t, diskOnly(dir))
	c.RemoveAll()
	for _, f := range append(foreign, young) {
		if _, err := os.Stat(f); err != nil {
			t.Error(err)
		}
	}
	if left := files(t, dir, "*.body"); len(left) != 0 && left[0] == body {
		t.Errorf("left behind: %q", left)
	}
	age(t, young)
	if _, disk := newCache(t, diskOnly(dir)).Usage(); disk != 0 {
		t.Errorf("usage %d", disk)
	}
	if _, err := os.Stat(young); err == nil {
		t.Error("an old working file stays")
	}
}

func TestFilesAreForTheOwnerOnlyAndTellNoSecret(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "made")
	c := newCache(t, diskOnly(dir))
	req := newRequest(t, "GET", "https://a.test/secret-path?token=secret-query", "Cookie: id=secret-cookie")
	resp := answer(200, "x", "Cache-Control: max-age=60", "Vary: Cookie")
	if err := put(t, c, req, resp); err != nil {
		t.Fatal(err)
	}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		want := fs.FileMode(0o600)
		if d.IsDir() {
			want = 0o700
		}
		if info.Mode().Perm() != want {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		if d.IsDir() {
			return nil
		}
		text, err := os.ReadFile(path)
		if strings.Contains(path+string(text), "secret") {
			t.Errorf("%s tells a secret: %s", path, text)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestTwoCachesMayUseOneDirectory(t *testing.T) {
	dir := t.TempDir()
	one, two := newCache(t, diskOnly(dir)), newCache(t, diskOnly(dir))
	mustPut(t, one, urlA, "x")
	wantServed(t, two, map[string]bool{urlA: true})
	one.RemoveAll()
	wantServed(t, two, map[string]bool{urlA: false})
	mustPut(t, two, urlB, "x")
	wantServed(t, two, map[string]bool{urlB: true})
}

func TestADirectoryThatCannotBeMadeIsAnError(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	write(t, path, "")
	if _, err := cache.New(cache.Options{Dir: path, DiskBytes: 1}); err == nil {
		t.Error("no error")
	}
}

func TestADirectoryThatGoesAwayIsNoDisaster(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "cache")
	c := newCache(t, diskOnly(dir))
	mustPut(t, c, urlA, "x")
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	wantServed(t, c, map[string]bool{urlA: false})
	for _, size := range []int{1, 300_000} {
		resp := answer(200, strings.Repeat("x", size), "Cache-Control: max-age=60")
		if err := put(t, c, newRequest(t, "GET", urlB), resp); err == nil {
			t.Error("a response was stored in no directory")
		}
	}
}
