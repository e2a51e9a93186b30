package session_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"haul/internal/trace"
	"haul/session"
	"haul/session/cache"
	"haul/transfer"
)

// What the cache may answer, and whose it is.

func TestPolicies(t *testing.T) {
	const network, stored, none = transfer.FetchNetwork, transfer.FetchLocalCache, transfer.FetchUnknown
	for _, tt := range []struct {
		name               string
		policy             cache.Policy
		empty, fresh, old  transfer.FetchType // where the response comes from
		validatesWhatFresh bool
	}{
		{name: "use protocol", policy: cache.UseProtocol, empty: network, fresh: stored, old: stored},
		{name: "reload", policy: cache.ReloadIgnoringLocal, empty: network, fresh: network, old: network},
		{name: "return else load", policy: cache.ReturnElseLoad, empty: network, fresh: stored, old: stored},
		{name: "return, do not load", policy: cache.ReturnDontLoad, empty: none, fresh: stored, old: stored},
		{name: "revalidate", policy: cache.Revalidate, empty: network, fresh: stored, old: stored, validatesWhatFresh: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				st := newStage(t, tagged)
				rec := trace.New(t)
				s := st.cachingSession(rec, rec)
				load := func(path string, want transfer.FetchType, wantHits int) {
					t.Helper()
					before := len(st.log())
					task := run(t, s, rec, session.WithCachePolicy(request(t, "GET", path), tt.policy))
					if want == none {
						if !errors.Is(task.Err(), session.ResourceUnavailable) || len(fetches(task)) != 0 {
							t.Errorf("%s: %v, %v", path, task.Err(), fetches(task))
						}
					} else if got := fetches(task); len(got) == 0 || got[len(got)-1] != want {
						t.Errorf("%s: from %q, want %q", path, got, want)
					}
					if got := len(st.log()) - before; got != wantHits {
						t.Errorf("%s: %d requests, want %d", path, got, wantHits)
					}
				}
				hits := func(from transfer.FetchType, validated bool) int {
					if from == network || validated {
						return 1
					}
					return 0
				}
				load("/empty", tt.empty, hits(tt.empty, false))
				run(t, s, rec, request(t, "GET", "/a"))
				load("/a", tt.fresh, hits(tt.fresh, tt.validatesWhatFresh))
				time.Sleep(time.Hour)
				validated := tt.policy == cache.UseProtocol || tt.policy == cache.Revalidate
				load("/a", tt.old, hits(tt.old, validated))
			})
		})
	}
}

func TestPolicyOfTheRequestGoesBeforeThatOfTheConfiguration(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/r" {
				http.Redirect(w, r, "/a", http.StatusFound)
				return
			}
			tagged(w, r)
		})
		rec := trace.New(t)
		cfg := st.configuration()
		cfg.Cache, cfg.CachePolicy = newCache(t), cache.ReturnDontLoad
		s := newSession(t, cfg, rec, rec)
		if task := run(t, s, rec, request(t, "GET", "/a")); !errors.Is(task.Err(), session.ResourceUnavailable) {
			t.Errorf("%v", task.Err())
		}
		// It holds for the second hop too.
		run(t, s, rec, session.WithCachePolicy(request(t, "GET", "/r"), cache.UseProtocol))
		st.expectLog("GET http://a.test/r", "GET http://a.test/a")
		if task := run(t, s, rec, request(t, "GET", "/a")); task.Err() != nil {
			t.Errorf("%v", task.Err())
		}
	})
}

func TestNothingIsSentUnderReturnDontLoad(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, tagged)
		for _, c := range []*cache.Cache{nil, newCache(t)} {
			rec := trace.New(t)
			cfg := st.configuration()
			cfg.Cache, cfg.CachePolicy = c, cache.ReturnDontLoad
			s := newSession(t, cfg, rec, rec)
			up, err := s.UploadTaskFromData(request(t, "PUT", "/a"), []byte("x"), nil)
			if err != nil {
				t.Fatal(err)
			}
			data, err := s.DataTask(request(t, "GET", "/a"), nil)
			if err != nil {
				t.Fatal(err)
			}
			for _, task := range []session.Task{data, up, download(t, s, request(t, "GET", "/a"))} {
				task.Resume()
				rec.Expect(task, "created metrics done(ResourceUnavailable)")
			}
		}
		st.expectLog()
	})
}

func TestResponsesAreToldApart(t *testing.T) {
	with := func(r *http.Request, name, value string) *http.Request {
		r.Header.Set(name, value)
		return r
	}
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Cache-Control", "max-age=60")
			w.Header().Set("Vary", "Accept-Language")
			write(w, []byte(r.URL.Query().Get("a")+r.Header.Get("Accept-Language")+r.Header.Get("Authorization")))
		})
		for _, tt := range []struct {
			name          string
			first, second *http.Request
			stored        bool
		}{
			{"the same", request(t, "GET", "/same"), request(t, "GET", "/same"), true},
			{"another fragment", request(t, "GET", "/f#1"), request(t, "GET", "/f#2"), true},
			{"another query", request(t, "GET", "/q?a=1"), request(t, "GET", "/q?a=2"), false},
			{"another host", request(t, "GET", "/h"), request(t, "GET", "http://"+hostB+"/h"), false},
			{"another language", with(request(t, "GET", "/v"), "Accept-Language", "de"), with(request(t, "GET", "/v"), "Accept-Language", "sv"), false},
			{"the same language", with(request(t, "GET", "/w"), "Accept-Language", "de"), with(request(t, "GET", "/w"), "Accept-Language", "de"), true},
			{"another token", with(request(t, "GET", "/t"), "Authorization", "Bearer 1"), with(request(t, "GET", "/t"), "Authorization", "Bearer 2"), false},
			{"the same token", with(request(t, "GET", "/u"), "Authorization", "Bearer 1"), with(request(t, "GET", "/u"), "Authorization", "Bearer 1"), false},
		} {
			rec := trace.New(t)
			s := st.cachingSession(rec, rec)
			run(t, s, rec, tt.first)
			task := run(t, s, rec, tt.second)
			if got := slices.Equal(fetches(task), []transfer.FetchType{transfer.FetchLocalCache}); got != tt.stored {
				t.Errorf("%s: stored %t, want %t", tt.name, got, tt.stored)
			}
		}
	})
}

func TestWhatAPasswordOpenedIsNotStored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Cache-Control", "max-age=60")
			if authorized(w, r) {
				write(w, []byte("secret"))
			}
		})
		rec := trace.New(t)
		rec.Answers.Challenge = password
		s := st.cachingSession(rec, rec)
		rec.Expect(run(t, s, rec, request(t, "GET", "/a")), "created tchal(Basic,0) response(200) data* metrics done(nil)")
		rec.Expect(run(t, s, rec, request(t, "GET", "/a")), "created response(200) data* metrics done(nil)")
		if got := len(st.log()); got != 3 {
			t.Errorf("%d requests", got)
		}
	})
}

func TestSessionsShareTheCacheThatTheyAreGiven(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, tagged)
		dir := t.TempDir()
		shared, err := cache.New(cache.Options{DiskBytes: 1 << 20, Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		load := func(cfg session.Configuration) *session.DataTask {
			t.Helper()
			rec := trace.New(t)
			cfg.Dial = st.network.Dial
			return run(t, newSession(t, cfg, rec, rec), rec, request(t, "GET", "/a"))
		}
		for range 2 {
			expectFetches(t, load(session.EphemeralConfiguration()), transfer.FetchNetwork)
		}
		if files := filesBelow(t, dir); len(files) > 0 {
			t.Errorf("ephemeral sessions left %q", files)
		}
		for i := range 2 {
			cfg := session.DefaultConfiguration()
			cfg.Cache = shared
			want := []transfer.FetchType{transfer.FetchNetwork, transfer.FetchLocalCache}[i]
			expectFetches(t, load(cfg), want)
		}
		if files := filesBelow(t, dir); len(files) == 0 {
			t.Error("default sessions left nothing on disk")
		}
	})
}

func TestConfigurationsHaveTheirCaches(t *testing.T) {
	one, two := session.EphemeralConfiguration(), session.EphemeralConfiguration()
	if one.Cache == nil || one.Cache == two.Cache {
		t.Error("an ephemeral configuration has no cache of its own")
	}
	if session.DefaultConfiguration().Cache != nil || session.BackgroundConfiguration("x").Cache != nil {
		t.Error("a default or background configuration has a cache that nobody gave it")
	}
	if one.CachePolicy != cache.UseProtocol || session.DefaultConfiguration().CachePolicy != cache.UseProtocol {
		t.Error("the policy is not that of the protocol")
	}
	for _, p := range []cache.Policy{cache.UseProtocol - 1, cache.Revalidate + 1} {
		one.CachePolicy = p
		if _, err := session.New(one, nil); err == nil {
			t.Errorf("policy %d is accepted", p)
		}
	}
}

func TestResetEmptiesTheCache(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, tagged)
		rec := trace.New(t)
		s := st.cachingSession(rec, rec)
		run(t, s, rec, request(t, "GET", "/a"))
		for _, tt := range []struct {
			clean func(func()) error
			want  transfer.FetchType
		}{{s.Flush, transfer.FetchLocalCache}, {s.Reset, transfer.FetchNetwork}} {
			done := make(chan struct{})
			if err := tt.clean(func() { close(done) }); err != nil {
				t.Fatal(err)
			}
			<-done
			expectFetches(t, run(t, s, rec, request(t, "GET", "/a")), tt.want)
		}
	})
}

func TestProtocolsOfTheAppAreCachedForHTTPOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rec := trace.New(t)
		loads := 0
		cfg := session.DefaultConfiguration()
		cfg.Cache = newCache(t)
		cfg.Protocols = []session.Protocol{protocolFunc(func(*http.Request) *http.Response {
			loads++
			return &http.Response{
				StatusCode: 200, Header: http.Header{"Cache-Control": {"max-age=60"}},
				Body: io.NopCloser(strings.NewReader("own")), ContentLength: -1,
			}
		})}
		s := newSession(t, cfg, rec, rec)
		for i, url := range []string{"http://h.test/", "http://h.test/", "own://h/", "own://h/"} {
			expectBody(t, rec, run(t, s, rec, session.WithCachePolicy(request(t, "GET", url), cache.ReturnElseLoad)), []byte("own"))
			if want := []int{1, 1, 2, 3}[i]; loads != want {
				t.Errorf("after %s: %d loads, want %d", url, loads, want)
			}
		}
	})
}

// protocolFunc loads everything.
type protocolFunc func(*http.Request) *http.Response

func (protocolFunc) CanHandle(*http.Request) bool { return true }

func (f protocolFunc) Load(_ context.Context, r *http.Request) (*http.Response, error) {
	return f(r), nil
}
