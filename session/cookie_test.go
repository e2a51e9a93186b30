package session_test

import (
	"context"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"haul/session"
	"haul/session/cookies"
)

// serveCookies sets a cookie at /set and shows everywhere which it got.
func serveCookies(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, "/set") {
		// The second is one that net/http would lose.
		w.Header().Add("Set-Cookie", "taste=sweet; Path=/")
		w.Header().Add("Set-Cookie", `odd=a"b c; Path=/`)
	}
	if r.URL.Path == "/set/and/redirect" {
		http.Redirect(w, r, "/next", http.StatusFound)
		return
	}
	text(w, 200, r.Header.Get("Cookie"))
}

func TestCookies(t *testing.T) {
	const both = `taste=sweet; odd=a"b c`
	document := func(s string) func(*http.Request) *http.Request {
		return func(r *http.Request) *http.Request {
			return session.WithMainDocument(r, &url.URL{Scheme: "http", Host: s})
		}
	}
	own := func(r *http.Request) *http.Request {
		r.Header.Set("Cookie", "own=1")
		return r
	}
	for _, tt := range []struct {
		name    string
		change  func(*session.Configuration)
		request func(*http.Request) *http.Request // of the first
		second  func(*http.Request) *http.Request
		path    string
		want    string // what the second request carries
		kept    int
	}{
		{name: "are sent in later requests", want: both, kept: 2},
		{name: "of a redirect go to the next hop", path: "/set/and/redirect", want: both, kept: 2},
		{name: "are kept by nobody when the policy is never", kept: 0,
			change: func(c *session.Configuration) { c.CookieAcceptPolicy = cookies.Never }},
		{name: "are kept but not sent when requests shall have none", kept: 2,
			change: func(c *session.Configuration) { c.ShouldSetCookies = false }},
		{name: "give way to a field set by hand", second: own, want: "own=1", kept: 2},
		{name: "of the main document's host", request: document("a.test"), want: both, kept: 2},
		{name: "of the main document's domain", request: document("www.a.test"), want: both, kept: 2},
		{name: "of somebody else than the main document", request: document("b.test"), kept: 0},
		{name: "of somebody else, and all are welcome", request: document("b.test"), want: both, kept: 2,
			change: func(c *session.Configuration) { c.CookieAcceptPolicy = cookies.Always }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				st := newStage(t, serveCookies)
				cfg := st.configuration()
				if tt.change != nil {
					tt.change(&cfg)
				}
				s := newSession(t, cfg, nil, nil)
				first := request(t, "GET", "/set")
				if tt.path != "" {
					first = request(t, "GET", tt.path)
				}
				if tt.request != nil {
					first = tt.request(first)
				}
				body, resp, err := s.Data(context.Background(), first, nil)
				if err != nil {
					t.Fatal(err)
				}
				if tt.path != "" {
					if string(body) != tt.want {
						t.Errorf("the next hop got %q", body)
					}
				} else if len(resp.Header.Values("Set-Cookie")) != 2 {
					t.Errorf("the response shows %v", resp.Header)
				}
				second := request(t, "GET", "/show")
				if tt.second != nil {
					second = tt.second(second)
				}
				if body, _, err = s.Data(context.Background(), second, nil); err != nil || string(body) != tt.want {
					t.Errorf("the server got %q, %v, want %q", body, err, tt.want)
				}
				if n := len(cfg.Cookies.All()); n != tt.kept {
					t.Errorf("%d cookies are kept, want %d", n, tt.kept)
				}
			})
		})
	}
}

func TestCookiesOfAnEphemeralSessionAreItsOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, serveCookies)
		one, other := newSession(t, st.configuration(), nil, nil), newSession(t, st.configuration(), nil, nil)
		if _, _, err := one.Data(context.Background(), request(t, "GET", "/set"), nil); err != nil {
			t.Fatal(err)
		}
		if body, _, err := other.Data(context.Background(), request(t, "GET", "/"), nil); err != nil || len(body) > 0 {
			t.Errorf("another session sends %q, %v", body, err)
		}
	})
}

func TestCookiesComeBackInTheNextRun(t *testing.T) {
	file := filepath.Join(t.TempDir(), "cookies")
	run := func(path string) string {
		var got string
		synctest.Test(t, func(t *testing.T) {
			st := newStage(t, func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/set" {
					w.Header().Add("Set-Cookie", "stays=1; Max-Age=3600")
					w.Header().Add("Set-Cookie", "goes=1")
				}
				text(w, 200, r.Header.Get("Cookie"))
			})
			jar, err := cookies.Load(file)
			if err != nil {
				t.Fatal(err)
			}
			cfg := st.configuration()
			cfg.Cookies = jar
			body, _, err := newSession(t, cfg, nil, nil).Data(context.Background(), request(t, "GET", path), nil)
			if err != nil {
				t.Fatal(err)
			}
			got = string(body)
			if err := jar.Save(file); err != nil {
				t.Fatal(err)
			}
		})
		return got
	}
	run("/set")
	if got := run("/"); got != "stays=1" {
		t.Errorf("the next run sends %q", got)
	}
}
