package cookies

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func mustLoad(t testing.TB, path string) *Jar {
	t.Helper()
	j, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func TestSavedCookiesComeBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "sub", "cookies.json")
		j := mustLoad(t, path)
		j.from(t, "https://www.swift.org/", "session=1", "a=1; Max-Age=100; Secure; HttpOnly; SameSite=Strict; Domain=swift.org; Path=/p",
			"second=1; Max-Age=100", "raw=\xff; Max-Age=100; Path=/\xfe", "<&>; Max-Age=100", "short=1; Max-Age=1")
		time.Sleep(time.Second)
		j.from(t, "https://www.swift.org/", "second=2; Max-Age=100")
		if err := j.Save(path); err != nil {
			t.Fatal(err)
		}
		again := mustLoad(t, path)
		lasting := func(j *Jar) (all []Cookie) {
			for _, c := range j.All() {
				for _, at := range []*time.Time{&c.Created, &c.Updated, &c.LastAccess, &c.Expires} {
					*at = at.Round(0).UTC()
				}
				if c.Name != "session" {
					all = append(all, c)
				}
			}
			return all
		}
		got, want := lasting(again), lasting(j)
		if len(got) != 4 || !reflect.DeepEqual(got, want) {
			t.Errorf("%d cookies: %v, want %v", len(got), got, want)
		}
		again.wants(t, "https://www.swift.org/p", "a=1; second=2; <&>")
	})
}

func TestFileIsPrivateAndWhole(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "new", "cookies.json")
	j := New()
	j.from(t, "http://swift.org/", "a=1; Max-Age=100")
	for range 2 {
		if err := j.Save(path); err != nil {
			t.Fatal(err)
		}
		j.from(t, "http://swift.org/", "b=1; Max-Age=100")
	}
	if runtime.GOOS != "windows" {
		for p, want := range map[string]fs.FileMode{path: 0o600, filepath.Dir(path): 0o700 | fs.ModeDir} {
			if info, err := os.Stat(p); err != nil || info.Mode() != want {
				t.Errorf("%s: %v, %v", p, info.Mode(), err)
			}
		}
	}
	if left, err := os.ReadDir(filepath.Dir(path)); err != nil || len(left) != 1 {
		t.Errorf("%v, %v", left, err)
	}
}

func TestSaveWritesOnlyChanges(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cookies.json")
	gone := func() bool {
		_, err := os.Stat(path)
		return errors.Is(err, fs.ErrNotExist)
	}
	save := func(j *Jar) {
		t.Helper()
		if err := j.Save(path); err != nil {
			t.Fatal(err)
		}
	}
	j := mustLoad(t, path)
	save(j)
	if !gone() {
		t.Error("an empty jar makes a file")
	}
	j.from(t, "http://swift.org/", "a=1; Max-Age=100")
	save(j)
	if gone() {
		t.Fatal("not saved")
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	j.Field(parseURL(t, "http://swift.org/"))
	save(j)
	if !gone() {
		t.Error("saved again without a change")
	}
	j.RemoveAll()
	save(j)
	if len(mustLoad(t, path).All()) != 0 || gone() {
		t.Error("the removal is not saved")
	}
}

func TestSaveThatFailsLeavesTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "taken")
	if err := os.MkdirAll(filepath.Join(path, "x"), 0o700); err != nil {
		t.Fatal(err)
	}
	j := New()
	j.from(t, "http://swift.org/", "a=hunter2; Max-Age=100")
	err := j.Save(path)
	if err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("%v", err)
	}
	if left, err := os.ReadDir(filepath.Dir(path)); err != nil || len(left) != 1 {
		t.Errorf("%v, %v", left, err)
	}
}

func TestLoadRefusesWhatIsNoCookieFile(t *testing.T) {
	for name, content := range map[string]string{
		"empty": "", "text": "hunter2", "list": "[]", "other version": `{"version":2,"cookies":[]}`, "no version": `{"cookies":[]}`,
		"cut":          `{"version":1,"cookies":[{"name":"a","value":"hunter2`,
		"value number": `{"version":1,"cookies":[{"name":"a","value":31337}]}`,
		"time":         `{"version":1,"cookies":[{"name":"a","expires":"hunter2"}]}`,
		"base64":       `{"version":1,"cookies":[{"name":"a","value":{"base64":"hunter2!"}}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "cookies.json")
			if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
			j, err := Load(path)
			if err == nil || j != nil || strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "31337") {
				t.Errorf("%v, %v", j, err)
			}
		})
	}
}

func TestLoadLeavesOutWhatBreaksTheRules(t *testing.T) {
	expires := time.Now().Add(time.Hour).UTC()
	good := saved{Name: "a", Value: "1", Domain: "swift.org", Path: "/", Expires: expires}
	d := document{Version: 1, Cookies: []saved{good}}
	for _, change := range []func(*saved){
		func(s *saved) { s.Domain = "co.uk" },
		func(s *saved) { s.Domain = "Swift.org" },
		func(s *saved) { s.Domain = "" },
		func(s *saved) { s.Domain = "127.0.0.1" },
		func(s *saved) { s.Value = "a\nb" },
		func(s *saved) { s.Value = "a; b=c" },
		func(s *saved) { s.Path = "" },
		func(s *saved) { s.Name = "__Host-a" },
		func(s *saved) { s.Expires = time.Time{} },
		func(s *saved) { s.Expires = time.Unix(1, 0) },
		func(s *saved) { s.Value = octets(strings.Repeat("x", 5000)) },
	} {
		bad := good
		change(&bad)
		bad.Created = expires.AddDate(100, 0, 0)
		d.Cookies = append(d.Cookies, bad)
	}
	data, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	j := New()
	if err := j.decode(data, time.Now()); err != nil || len(j.All()) != 1 {
		t.Errorf("%v, %v", j.All(), err)
	}
}

func TestLoadedTimesAreBounded(t *testing.T) {
	now := time.Now().UTC()
	far := now.AddDate(100, 0, 0)
	data, err := json.Marshal(document{Version: 1, Cookies: []saved{
		{Name: "a", Domain: "swift.org", Path: "/", Expires: far, Created: far, Updated: far, LastAccess: far},
	}})
	if err != nil {
		t.Fatal(err)
	}
	j := New()
	if err := j.decode(data, now); err != nil {
		t.Fatal(err)
	}
	c := j.All()[0]
	if !c.Expires.Equal(now.Add(maxLifetime)) || !c.Created.Equal(now) || !c.Updated.Equal(now) || !c.LastAccess.Equal(now) {
		t.Errorf("%v %v %v %v", c.Expires, c.Created, c.Updated, c.LastAccess)
	}
}

func TestLoadTakesNoMoreThanAJarHolds(t *testing.T) {
	d := document{Version: 1}
	for i := range 2 * maxTotal {
		d.Cookies = append(d.Cookies, saved{Name: "a", Domain: fmt.Sprintf("s%d.org", i), Path: "/", Expires: noon.Add(time.Hour)})
	}
	data, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	j := New()
	if err := j.decode(data, noon); err != nil || j.total != maxTotal {
		t.Errorf("%d, %v", j.total, err)
	}
}

func FuzzFile(f *testing.F) {
	f.Add([]byte(`{"version":1,"cookies":[{"name":"a","value":"1","domain":"swift.org","path":"/","expires":"2026-12-01T00:00:00Z"}]}`))
	f.Add([]byte(`{"version":1,"cookies":[{"name":{"base64":"/w=="},"value":"","domain":"x.org","host_only":true,"path":"/","secure":true,"same_site":"None"}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		j := New()
		if j.decode(data, noon) != nil {
			return
		}
		n := 0
		for _, in := range j.sites {
			for key, e := range in {
				n++
				if key != e.id() || e.check() != nil || e.Expired(noon) || e.Expires.After(noon.Add(maxLifetime)) {
					t.Errorf("%v: %v", e, e.check())
				}
			}
		}
		if n != j.total || n > maxTotal {
			t.Errorf("%d entries, %d counted", n, j.total)
		}
	})
}
