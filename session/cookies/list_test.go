package cookies

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func names(all []Cookie) string {
	var s []string
	for _, c := range all {
		s = append(s, c.Name)
	}
	return strings.Join(s, " ")
}

func TestListIsSorted(t *testing.T) {
	j := New()
	j.from(t, "http://b.org/", "d=1; Path=/x", "c=1", "b=1")
	j.from(t, "http://a.org/", "a=1")
	if got := names(j.All()); got != "a b c d" {
		t.Errorf("%s", got)
	}
}

func TestSetAndRemove(t *testing.T) {
	j := New()
	for _, c := range []Cookie{
		{Name: "a", Value: "1", Domain: ".Swift.ORG", HostOnly: true},
		{Name: "b", Value: "1", Domain: "swift.org", HostOnly: true, Path: "/b"},
		{Name: "c", Value: "1", Domain: "127.0.0.1", HostOnly: true},
	} {
		if err := j.Set(c); err != nil {
			t.Errorf("%v: %v", c, err)
		}
	}
	j.wants(t, "http://www.swift.org/b", "a=1")
	j.wants(t, "http://swift.org/b", "b=1; a=1")
	b := j.For(parseURL(t, "http://swift.org/b"))[0]
	if !j.Remove(b) || j.Remove(b) {
		t.Error("removed never or twice")
	}
	j.wants(t, "http://swift.org/b", "a=1")
	if err := j.Set(Cookie{Name: "a", Value: "1", Domain: "swift.org", Expires: time.Unix(1, 0)}); err != nil {
		t.Error(err)
	}
	j.wants(t, "http://swift.org/", "")
	j.RemoveAll()
	if all := j.All(); len(all) != 0 || j.total != 0 || len(j.sites) != 0 {
		t.Errorf("%v", all)
	}
}

func TestSetKeepsTheRules(t *testing.T) {
	for _, c := range []struct {
		name string
		c    Cookie
		want error
	}{
		{"nothing", Cookie{Domain: "swift.org"}, errEmpty},
		{"no domain", Cookie{Name: "a"}, errHost},
		{"domain that is none", Cookie{Name: "a", Domain: "a b"}, errHost},
		{"public suffix", Cookie{Name: "a", Domain: "co.uk"}, errPublicSuffix},
		{"address with subdomains", Cookie{Name: "a", Domain: "10.0.0.1"}, errDomain},
		{"line feed", Cookie{Name: "a", Value: "b\r\nX: y", Domain: "swift.org"}, errControl},
		{"second cookie in the value", Cookie{Name: "a", Value: "b; admin=1", Domain: "swift.org"}, errSeparator},
		{"equals sign in the name", Cookie{Name: "a=b", Domain: "swift.org"}, errSeparator},
		{"relative path", Cookie{Name: "a", Domain: "swift.org", Path: "x"}, errPath},
		{"long path", Cookie{Name: "a", Domain: "swift.org", Path: "/" + strings.Repeat("x", 1024)}, errPath},
		{"size", Cookie{Name: "a", Value: strings.Repeat("x", 4096), Domain: "swift.org"}, errTooLarge},
		{"SameSite none", Cookie{Name: "a", Domain: "swift.org", SameSite: SameSiteNone}, errSameSite},
		{"__Host- for subdomains", Cookie{Name: "__Host-a", Domain: "swift.org", Secure: true}, errPrefix},
	} {
		t.Run(c.name, func(t *testing.T) {
			j := New()
			if err := j.Set(c.c); !errors.Is(err, c.want) || j.total != 0 {
				t.Errorf("%v, want %v", err, c.want)
			}
		})
	}
}

func TestRemoveSinceTakesWhatWasSetSince(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := New()
		j.from(t, "http://swift.org/", "old=1", "renewed=1")
		time.Sleep(time.Minute)
		since := time.Now()
		j.from(t, "http://swift.org/", "new=1", "renewed=2")
		j.Field(parseURL(t, "http://swift.org/")) // a use is not a setting
		if n := j.RemoveSince(since); n != 2 {
			t.Errorf("%d removed", n)
		}
		j.wants(t, "http://swift.org/", "old=1")
	})
}

func TestValueIsNotPrinted(t *testing.T) {
	c := Cookie{Name: "a", Value: "hunter2", Domain: "swift.org", Path: "/"}
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "cookie", c)
	for _, s := range []string{fmt.Sprint(c), fmt.Sprintf("%+v %#v %s", c, c, c), fmt.Sprint([]Cookie{c}), log.String()} {
		if strings.Contains(s, "hunter2") || !strings.Contains(s, "swift.org") {
			t.Errorf("%s", s)
		}
	}
}

func TestTimesOfACookie(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := New()
		start := time.Now()
		j.from(t, "http://swift.org/", "a=1")
		time.Sleep(time.Minute)
		j.from(t, "http://swift.org/", "a=2")
		time.Sleep(time.Minute)
		j.Field(parseURL(t, "http://swift.org/"))
		c := j.All()[0]
		got := []time.Duration{c.Created.Sub(start), c.Updated.Sub(start), c.LastAccess.Sub(start)}
		if want := []time.Duration{0, time.Minute, 2 * time.Minute}; !slices.Equal(got, want) {
			t.Errorf("%v, want %v", got, want)
		}
	})
}
