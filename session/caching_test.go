package session_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"haul/internal/trace"
	"haul/session"
	"haul/transfer"
)

// What a session does with its cache on the way to a response.

func TestCachedResponsesAreServedValidatedOrNot(t *testing.T) {
	for _, tt := range []struct {
		name string
		say  []string
		// The statuses that the server answers to two requests of one URL,
		// ten seconds apart.
		server []int
	}{
		{"fresh", []string{"Cache-Control: max-age=60"}, []int{200}},
		{"no-store", []string{"Cache-Control: no-store"}, []int{200, 200}},
		{"no-cache with a tag", []string{"Cache-Control: no-cache", `ETag: "1"`}, []int{200, 304}},
		{"nothing about freshness", nil, []int{200, 200}},
		{"a tag only", []string{`ETag: "1"`}, []int{200, 304}},
		{"stale with a date", []string{"Cache-Control: max-age=1", "Last-Modified: Mon, 01 Jan 2001 00:00:00 GMT"}, []int{200, 304}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var answered []int
				st := newStage(t, func(w http.ResponseWriter, r *http.Request) {
					for _, line := range tt.say {
						name, value, _ := strings.Cut(line, ": ")
						w.Header().Set(name, value)
					}
					status := 200
					if r.Header.Get("If-None-Match")+r.Header.Get("If-Modified-Since") != "" {
						status = 304
					}
					answered = append(answered, status)
					w.WriteHeader(status)
					if status == 200 {
						write(w, []byte("the body"))
					}
				})
				rec := trace.New(t)
				s := st.cachingSession(rec, rec)
				for range 2 {
					task := run(t, s, rec, request(t, "GET", "/a"))
					rec.Expect(task, "created response(200)[allow] data* cache? metrics done(nil)")
					expectBody(t, rec, task, []byte("the body"))
					time.Sleep(10 * time.Second)
				}
				if !slices.Equal(answered, tt.server) {
					t.Errorf("the server answered %v, want %v", answered, tt.server)
				}
			})
		})
	}
}

func TestCachedRedirectIsARedirect(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Cache-Control", "max-age=60")
			if r.URL.Path == "/r" {
				http.Redirect(w, r, "/a", http.StatusMovedPermanently)
				return
			}
			write(w, []byte("the body"))
		})
		rec := trace.New(t)
		rec.Answers.Redirect = func(_ context.Context, task session.Task, _ *http.Response, next *http.Request) *http.Request {
			if task.ID() == 1 {
				return nil // the redirect is the result, and stored
			}
			return next
		}
		s := st.cachingSession(rec, rec)
		rec.Expect(run(t, s, rec, request(t, "GET", "/r")), "created redirect(301,/a)[nil] response(301) data* cache metrics done(nil)")
		second := run(t, s, rec, request(t, "GET", "/r"))
		rec.Expect(second, "created redirect(301,/a)[same] response(200) data* cache metrics done(nil)")
		expectFetches(t, second, transfer.FetchLocalCache, transfer.FetchNetwork)
		third := run(t, s, rec, request(t, "GET", "/r"))
		rec.Expect(third, "created redirect(301,/a)[same] response(200) data* metrics done(nil)")
		expectFetches(t, third, transfer.FetchLocalCache, transfer.FetchLocalCache)
		expectBody(t, rec, third, []byte("the body"))
		if m := third.Metrics(); m.Redirects != 1 {
			t.Errorf("%d redirects", m.Redirects)
		}
	})
}

func TestCookiesComeFromTheServerOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Set-Cookie", "n=v; Path=/")
			tagged(w, r)
		})
		rec := trace.New(t)
		cfg := st.configuration()
		cfg.Cache = newCache(t)
		s := newSession(t, cfg, rec, rec)
		r := request(t, "GET", "/a")
		run(t, s, rec, r)
		if cfg.Cookies.Field(r.URL) != "n=v" {
			t.Errorf("the server's cookie is not kept: %q", cfg.Cookies.Field(r.URL))
		}
		cfg.Cookies.RemoveAll()
		task := run(t, s, rec, r)
		if got := cfg.Cookies.Field(r.URL); got != "" {
			t.Errorf("a cookie of a stored response is kept: %q", got)
		}
		if task.Response().Header.Get("Set-Cookie") == "" {
			t.Error("the stored field is not shown")
		}
		time.Sleep(time.Hour)
		run(t, s, rec, r) // 304
		if cfg.Cookies.Field(r.URL) != "n=v" {
			t.Error("the cookie of the 304 is not kept")
		}
	})
}

func TestCodedBodiesAreStoredAsTheyCame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		plain := bytes.Repeat([]byte("hello "), 1000)
		var zipped bytes.Buffer
		z := gzip.NewWriter(&zipped)
		write(z, plain)
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		st := newStage(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Cache-Control", "max-age=60")
			w.Header().Set("Content-Encoding", "gzip")
			write(w, zipped.Bytes())
		})
		rec := trace.New(t)
		rec.Answers.Cache = func(_ context.Context, _ session.Task, c *session.CachedResponse) *session.CachedResponse {
			if c.Size != int64(zipped.Len()) {
				t.Errorf("%d bytes are to be stored, %d came", c.Size, zipped.Len())
			}
			return c
		}
		s := st.cachingSession(rec, rec)
		for range 2 {
			expectBody(t, rec, run(t, s, rec, request(t, "GET", "/a")), plain)
		}
		st.expectLog("GET http://a.test/a")
	})
}

// half sends half of what it announces.
func half(w http.ResponseWriter, length string) {
	w.Header().Set("Cache-Control", "max-age=60")
	if length != "" {
		w.Header().Set("Content-Length", length)
	}
	write(w, []byte("half"))
	if err := http.NewResponseController(w).Flush(); err != nil {
		panic(err)
	}
	panic(http.ErrAbortHandler)
}

func TestBodiesThatBreakOffAreNotStored(t *testing.T) {
	for _, length := range []string{"8", ""} {
		synctest.Test(t, func(t *testing.T) {
			hits := 0
			st := newStage(t, func(w http.ResponseWriter, r *http.Request) {
				if hits++; hits == 1 {
					half(w, length)
				}
				tagged(w, r)
			})
			rec := trace.New(t)
			s := st.cachingSession(rec, rec)
			rec.Expect(run(t, s, rec, request(t, "GET", "/a")), "created response(200) data* metrics done(NetworkConnectionLost)")
			expectBody(t, rec, run(t, s, rec, request(t, "GET", "/a")), []byte("the body"))
		})
	}
}

func TestATaskThatBecomesADownloadIsNotStored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, tagged)
		rec := trace.New(t)
		become := map[session.TaskID]bool{1: true, 3: true}
		rec.Answers.Response = func(_ context.Context, task session.Task, _ *http.Response) session.ResponseDisposition {
			if become[task.ID()] {
				return session.BecomeDownload
			}
			return session.Allow
		}
		downloads := make(chan *session.DownloadTask, 2)
		rec.On.Became = func(_ *session.DataTask, d *session.DownloadTask) { downloads <- d }
		s := st.cachingSession(rec, rec)
		for range 3 {
			run(t, s, rec, request(t, "GET", "/a"))
		}
		st.expectLog("GET http://a.test/a", "GET http://a.test/a")
		// The last one is a download of what is stored.
		for range 2 {
			d := <-downloads
			rec.Expect(d, "created? wrote* finished metrics done(nil)")
			expectBody(t, rec, d, []byte("the body"))
		}
	})
}

func TestDownloadsAreNotAnsweredFromTheCache(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, tagged)
		rec := trace.New(t)
		s := st.cachingSession(rec, rec)
		run(t, s, rec, request(t, "GET", "/a"))
		d := download(t, s, request(t, "GET", "/a"))
		d.Resume()
		rec.Expect(d, "created wrote* finished metrics done(nil)")
		expectFetches(t, d, transfer.FetchNetwork)
	})
}

func TestChangesMakeStoredResponsesUntrue(t *testing.T) {
	for _, method := range []string{"PUT", "POST", "DELETE", "PATCH"} {
		synctest.Test(t, func(t *testing.T) {
			st := newStage(t, tagged)
			rec := trace.New(t)
			s := st.cachingSession(rec, rec)
			run(t, s, rec, request(t, "GET", "/a"))
			up, err := s.UploadTaskFromData(request(t, method, "/a"), []byte("new"), nil)
			if err != nil {
				t.Fatal(err)
			}
			up.Resume()
			rec.Wait(up)
			expectFetches(t, run(t, s, rec, request(t, "GET", "/a")), transfer.FetchNetwork)
		})
	}
}

func TestAnswerAboutAnotherResponseIsAskedForAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var conditions []string
		st := newStage(t, func(w http.ResponseWriter, r *http.Request) {
			tag := r.Header.Get("If-None-Match")
			conditions = append(conditions, tag)
			w.Header().Set("Cache-Control", "no-cache")
			if tag != "" {
				w.Header().Set("ETag", `"another"`)
				w.WriteHeader(http.StatusNotModified)
				return
			}
			w.Header().Set("ETag", `"e1"`)
			write(w, []byte("the body"))
		})
		rec := trace.New(t)
		s := st.cachingSession(rec, rec)
		for range 2 {
			task := run(t, s, rec, request(t, "GET", "/a"))
			rec.Expect(task, "created response(200) data* cache[proposed] metrics done(nil)")
		}
		if want := []string{"", `"e1"`, ""}; !slices.Equal(conditions, want) {
			t.Errorf("sent %q, want %q", conditions, want)
		}
	})
}

func TestConditionsOfTheAppAreItsOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, tagged)
		rec := trace.New(t)
		s := st.cachingSession(rec, rec)
		r := request(t, "GET", "/a")
		run(t, s, rec, r)
		r.Header.Set("If-None-Match", `"e1"`)
		for range 2 {
			// By the cache while it is fresh, by the server then.
			rec.Expect(run(t, s, rec, r), "created response(304)[allow] metrics done(nil)")
			time.Sleep(time.Hour)
		}
		st.expectLog("GET http://a.test/a", "GET http://a.test/a")
	})
}

func TestStoredResponseStandsInForAServerThatFails(t *testing.T) {
	for _, tt := range []struct {
		name    string
		say     string
		trouble func(http.ResponseWriter)
		want    string
	}{
		{"an error", "stale-if-error=7200", func(w http.ResponseWriter) { text(w, 503, "sorry") }, "created response(200) data* metrics done(nil)"},
		{"no answer", "stale-if-error=7200", func(http.ResponseWriter) { panic(http.ErrAbortHandler) }, "created response(200) data* metrics done(nil)"},
		{"too old", "stale-if-error=60", func(w http.ResponseWriter) { text(w, 503, "sorry") }, "created response(503) data* metrics done(nil)"},
		{"not allowed", "private", func(http.ResponseWriter) { panic(http.ErrAbortHandler) }, "created metrics done(NetworkConnectionLost)"},
		{"not for every error", "stale-if-error=7200", func(w http.ResponseWriter) { text(w, 404, "gone") }, "created response(404) data* cache metrics done(nil)"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				hits := 0
				st := newStage(t, func(w http.ResponseWriter, _ *http.Request) {
					if hits++; hits > 1 {
						tt.trouble(w)
						return
					}
					w.Header().Set("Cache-Control", "max-age=60, "+tt.say)
					write(w, []byte("the body"))
				})
				rec := trace.New(t)
				s := st.cachingSession(rec, rec)
				run(t, s, rec, request(t, "GET", "/a"))
				time.Sleep(time.Hour)
				task := run(t, s, rec, request(t, "GET", "/a"))
				rec.Expect(task, tt.want)
				if strings.Contains(tt.want, "response(200)") {
					expectFetches(t, task, transfer.FetchNetwork, transfer.FetchLocalCache)
				}
			})
		})
	}
}

func TestNothingStandsInForATaskThatWasCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked := make(chan struct{}, 2)
		hits := 0
		st := newStage(t, func(w http.ResponseWriter, r *http.Request) {
			asked <- struct{}{}
			if hits++; hits > 1 {
				<-r.Context().Done()
				return
			}
			w.Header().Set("Cache-Control", "max-age=60, stale-if-error=7200")
			write(w, []byte("the body"))
		})
		rec := trace.New(t)
		s := st.cachingSession(rec, rec)
		run(t, s, rec, request(t, "GET", "/a"))
		<-asked
		time.Sleep(time.Hour)
		task, err := s.DataTask(request(t, "GET", "/a"), nil)
		if err != nil {
			t.Fatal(err)
		}
		task.Resume()
		<-asked
		task.Cancel()
		rec.Expect(task, "created metrics done(Cancelled)")
		expectFetches(t, task, transfer.FetchNetwork)
		if task.Response() != nil {
			t.Errorf("the task has the response %v", task.Response())
		}
	})
}

func TestCachedRedirectDoesNotEndTheWaitForConnectivity(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Cache-Control", "max-age=3600")
			if r.URL.Path == "/r" {
				http.Redirect(w, r, "/a", http.StatusMovedPermanently)
				return
			}
			write(w, []byte("the body"))
		})
		rec := trace.New(t)
		rec.Answers.Redirect = func(_ context.Context, task session.Task, _ *http.Response, next *http.Request) *http.Request {
			if task.ID() == 1 {
				return nil
			}
			return next
		}
		network := &link{dial: st.network.Dial, up: true, err: noRoute}
		cfg := st.configuration()
		cfg.Cache, cfg.WaitsForConnectivity, cfg.Dial = newCache(t), true, network.Dial
		s := newSession(t, cfg, rec, rec)
		run(t, s, rec, request(t, "GET", "/r"))
		time.Sleep(10 * time.Minute) // the connection is closed by then
		network.set(false)
		task, err := s.DataTask(request(t, "GET", "/r"), nil)
		if err != nil {
			t.Fatal(err)
		}
		task.Resume()
		time.Sleep(time.Minute)
		network.set(true)
		rec.Expect(task, "created redirect(301,/a)[same] waiting response(200) data* cache metrics done(nil)")
	})
}

func TestNothingStandsInForAServerThatIsNotTrusted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Cache-Control", "max-age=60, stale-if-error=7200")
			w.Header().Set("Connection", "close")
			write(w, []byte("the body"))
		})
		rec := trace.New(t)
		trusting := st.configuration()
		trusting.Cache, trusting.RootCAs = newCache(t), st.roots
		r := request(t, "GET", "https://"+hostA+"/a")
		run(t, newSession(t, trusting, rec, rec), rec, r)
		time.Sleep(time.Hour)

		for _, asked := range []bool{false, true} {
			rec := trace.New(t)
			wary := st.configuration()
			wary.Cache = trusting.Cache
			var d session.Delegate = rec.Facts
			if asked {
				d = rec
			}
			if task := run(t, newSession(t, wary, rec, d), rec, r); task.Err() == nil {
				t.Errorf("asked %t: served", asked)
			}
		}
	})
}

func TestStoredResponseWaitsWhileTheTaskIsSuspended(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, tagged)
		rec := trace.New(t)
		rec.Answers.Response = func(_ context.Context, task session.Task, _ *http.Response) session.ResponseDisposition {
			if task.ID() == 2 {
				task.Suspend()
			}
			return session.Allow
		}
		s := st.cachingSession(rec, rec)
		run(t, s, rec, request(t, "GET", "/a"))
		task, err := s.DataTask(request(t, "GET", "/a"), nil)
		if err != nil {
			t.Fatal(err)
		}
		task.Resume()
		time.Sleep(time.Hour)
		if got := trace.Format(rec.Events(task)); got != "created response(200)[allow]" {
			t.Errorf("while it is suspended: %s", got)
		}
		task.Resume()
		rec.Expect(task, "created response(200) data* metrics done(nil)")
	})
}
