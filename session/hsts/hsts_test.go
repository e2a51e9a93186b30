package hsts

import (
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestParse(t *testing.T) {
	const none = -1
	tests := map[string]struct {
		seconds time.Duration // none: it says nothing
		below   bool
	}{
		"max-age=31536000":                         {31536000, false},
		"MAX-AGE=10 ; IncludeSubDomains":           {10, true},
		`max-age="10"; includeSubDomains; preload`: {10, true},
		`max-age="\10"`:                            {10, false},
		";; max-age=10 ;;":                         {10, false},
		"max-age = 10":                             {10, false},
		"max-age=0; includeSubDomains":             {0, true},
		"max-age=10; x=\"a;b\"; y=z":               {10, false},
		"max-age=99999999999999999999999":          {mostAge / time.Second, false},
		"":                                         {none, false},
		"includeSubDomains":                        {none, false},
		"max-age":                                  {none, false},
		"max-age=":                                 {none, false},
		"max-age=-1":                               {none, false},
		"max-age=1.5":                              {none, false},
		"max-age=10; max-age=20":                   {none, false},
		"max-age=10; includeSubDomains; INCLUDESUBDOMAINS":    {none, false},
		"max-age=10; includeSubDomains=1":                     {none, false},
		"max-age=10 includeSubDomains":                        {none, false},
		`max-age="10`:                                         {none, false},
		"max-age=10; =x":                                      {none, false},
		"max-age=10, max-age=20":                              {none, false},
		"max-age=10; " + strings.Repeat("x", maxField) + "=1": {none, false},
	}
	for field, tt := range tests {
		d, ok := parse(field)
		switch {
		case ok != (tt.seconds != none):
			t.Errorf("%.60q: ok is %v", field, ok)
		case ok && (d.maxAge != tt.seconds*time.Second || d.includeSubDomains != tt.below):
			t.Errorf("%.60q: %+v", field, d)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"max-age=1; includeSubDomains", `max-age="1"`, ";;=", `a="\`, "max-age=99999999999999999999"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, field string) {
		d, ok := parse(field)
		if d.maxAge < 0 || d.maxAge > mostAge || !ok && d != (directives{}) {
			t.Errorf("%q: %+v %v", field, d, ok)
		}
		if !ok {
			return
		}
		text := "max-age=" + strconv.FormatInt(int64(d.maxAge/time.Second), 10)
		if d.includeSubDomains {
			text += "; includeSubDomains"
		}
		if again, ok := parse(text); !ok || again != d {
			t.Errorf("%q means %+v, and %q %+v", field, d, text, again)
		}
	})
}

// known is a store that hosts have told something.
func known(t *testing.T, s *Store, said ...string) *Store {
	t.Helper()
	for _, line := range said {
		host, field, _ := strings.Cut(line, ": ")
		if err := s.Note(host, []string{field, "max-age=0"}); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func TestWhichURLsAreSecured(t *testing.T) {
	s := known(t, New(),
		"Alone.test: max-age=100", "all.test.: max-age=100; includeSubDomains", "sub.alone.test: max-age=0",
		"gone.test: max-age=100; includeSubDomains", "gone.test: max-age=0",
		"192.0.2.1: max-age=100", "[2001:db8::1]: max-age=100", "bücher.test: max-age=100", "bad.test: max-age=x",
	)
	tests := map[string]string{
		"http://alone.test/a?b#c":    "https://alone.test/a?b#c",
		"HTTP://ALONE.TEST./":        "https://ALONE.TEST./",
		"http://alone.test:80/":      "https://alone.test:443/",
		"http://alone.test:8080/":    "https://alone.test:8080/",
		"http://u:p@alone.test/":     "https://u:p@alone.test/",
		"http://xn--bcher-kva.test/": "https://xn--bcher-kva.test/",
		"http://BÜCHER.test/":        "https://B%C3%9CCHER.test/",
		"http://all.test/":           "https://all.test/",
		"http://a.b.all.test/":       "https://a.b.all.test/",
		"http://sub.alone.test/":     "",
		"http://notall.test/":        "",
		"http://test/":               "",
		"http://gone.test/":          "",
		"http://a.gone.test/":        "",
		"http://bad.test/":           "",
		"http://192.0.2.1/":          "",
		"http://[2001:db8::1]/":      "",
		"https://alone.test/":        "",
		"ftp://alone.test/":          "",
	}
	for from, want := range tests {
		u, err := url.Parse(from)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if secured := s.Secure(u); secured != nil {
			got = secured.String()
		}
		if got != want {
			t.Errorf("%s: %q, want %q", from, got, want)
		}
	}
}

func TestAHostIsKnownForTheTimeItNamed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := known(t, New(), "a.test: max-age=100")
		time.Sleep(50 * time.Second)
		known(t, s, "a.test: max-age=100") // the time begins anew
		time.Sleep(99 * time.Second)
		if _, ok := s.Known("a.test"); !ok {
			t.Error("it is forgotten before its time")
		}
		time.Sleep(time.Second)
		if p, ok := s.Known("a.test"); ok {
			t.Errorf("it is known for ever: %v", p)
		}
		if all, err := s.Policies(); len(all) > 0 || err != nil {
			t.Errorf("%v %v", all, err)
		}
	})
}

func TestTheFileIsSharedAndTheUsersAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state", "hsts")
	one, two := At(path), At(path)
	known(t, one, "a.test: max-age=1000; includeSubDomains")
	if p, ok := two.Known("x.a.test"); !ok || p.Host != "a.test" {
		t.Errorf("the other store knows %v", p)
	}
	known(t, two, "b.test: max-age=1000")
	if all, err := one.Policies(); len(all) != 2 || err != nil {
		t.Errorf("%v %v", all, err)
	}
	if err := two.Remove("A.TEST."); err != nil {
		t.Error(err)
	}
	if err := one.Remove("a.test"); err != ErrUnknown {
		t.Errorf("removed twice: %v", err)
	}
	if _, ok := one.Known("a.test"); ok {
		t.Error("what another store removed is known")
	}
	for p, mode := range map[string]os.FileMode{path: 0o600, filepath.Dir(path): 0o700} {
		if st, err := os.Stat(p); err != nil || st.Mode().Perm() != mode {
			t.Errorf("%s: %v %v", p, st.Mode(), err)
		}
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if all, err := one.Policies(); len(all) > 0 || err != nil {
		t.Errorf("of a file that is gone: %v %v", all, err)
	}
}

func TestTheFileIsNotWrittenForEachResponse(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hsts")
	s := known(t, At(path), "a.test: max-age=31536000")
	before, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	known(t, s, "a.test: max-age=31536000", "other.test: max-age=0")
	if after, err := os.Stat(path); err != nil || !os.SameFile(before, after) {
		t.Errorf("the file was replaced for nothing: %v", err)
	}
	known(t, s, "a.test: max-age=31536000; includeSubDomains")
	if after, err := os.Stat(path); err != nil || os.SameFile(before, after) {
		t.Errorf("the file was not replaced: %v", err)
	}
}

func TestLinesOfOthersArePassedOver(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hsts")
	const until = " 2999-01-01T00:00:00Z"
	text := "a.test" + until + " includeSubDomains\nb.test\nB.test" + until + "\n192.0.2.1" + until +
		"\nc.test" + until + " all\nd.test 1\n\x1b[2J" + until + "\ne.test" + until
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	all, err := At(path).Policies()
	if err != nil || len(all) != 2 || all[0].Host != "a.test" || !all[0].IncludeSubDomains || all[1].Host != "e.test" {
		t.Errorf("%v %v", all, err)
	}
}

func TestAFileThatCannotBeWrittenIsNoReasonToForget(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(dir, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s := At(filepath.Join(dir, "hsts"))
	if err := s.Note("a.test", []string{"max-age=1000"}); err == nil {
		t.Error("nobody is told")
	}
	if _, ok := s.Known("a.test"); !ok {
		t.Error("the host is forgotten")
	}
}

func TestAFloodOfHostsHasABound(t *testing.T) {
	s := known(t, New(), "long.test: max-age=1000000")
	for i := range mostPolicies {
		name := strconv.Itoa(i) + ".flood.test"
		s.policies[name] = Policy{Host: name, Expires: time.Now().Add(time.Hour)}
	}
	known(t, s, "last.test: max-age=100000")
	all, err := s.Policies()
	if err != nil || len(all) != mostPolicies {
		t.Errorf("%d are remembered: %v", len(all), err)
	}
	for _, host := range []string{"long.test", "last.test"} {
		if _, ok := s.Known(host); !ok {
			t.Errorf("%s made room for hosts that are known for a shorter time", host)
		}
	}
}

func TestManyAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hsts")
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			known(t, At(path), "h"+strconv.Itoa(i)+".test: max-age=1000")
		})
	}
	all.Wait()
	if hosts, err := At(path).Policies(); len(hosts) != 8 || err != nil {
		t.Errorf("%v %v", hosts, err)
	}
}
