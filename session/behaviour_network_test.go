package session_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"haul/internal/trace"
	"haul/session"
)

// Behaviours of the groups RDR, MET and PRS that no other test shows.

// TestRDR07_ADelegateMayGiveAuthorizationBack: it is dropped on every redirect,
// and who wants it kept answers with a request that has it.
func TestRDR07_ADelegateMayGiveAuthorizationBack(t *testing.T) {
	for _, back := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			st := newStage(t, library)
			rec := trace.New(t)
			rec.Answers.Redirect = func(_ context.Context, task session.Task, _ *http.Response, next *http.Request) *http.Request {
				if got := next.Header.Get("Authorization"); got != "" {
					t.Errorf("the request offered has %q", got)
				}
				if back {
					next.Header.Set("Authorization", task.OriginalRequest().Header.Get("Authorization"))
				}
				return next
			}
			s := st.session(rec, rec)
			r := request(t, "GET", "/redirect/1")
			r.Header.Set("Authorization", "Bearer mine")
			run(t, s, rec, r)
			hits := st.log()
			if hits[0].Header.Get("Authorization") != "Bearer mine" {
				t.Error("the first request goes without")
			}
			if got := hits[1].Header.Get("Authorization"); (got == "Bearer mine") != back {
				t.Errorf("the second request has %q", got)
			}
		})
	}
}

func TestRDR12_OnlyHTTPIsFollowed(t *testing.T) {
	for location, code := range map[string]session.Code{
		"file:///etc/passwd":     session.UnsupportedURL,
		"ftp://a.test/":          session.UnsupportedURL,
		"javascript:alert(1)":    session.UnsupportedURL,
		"http://a.test:999999/":  session.BadURL,
		"http://[::1/unclosed":   session.RedirectToNonExistentLocation,
		"http://a.test/%zz?a=%z": session.RedirectToNonExistentLocation,
	} {
		t.Run(location, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				st := newStage(t, func(w http.ResponseWriter, _ *http.Request) {
					w.Header().Set("Location", location)
					text(w, 302, "this way")
				})
				rec := trace.New(t)
				s := st.session(rec, rec)
				rec.Expect(run(t, s, rec, request(t, "GET", "/a")), "created metrics done("+code.String()+")")
			})
		})
	}
}

func TestPRS05_AConnectionClosedWithoutAByteIsLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, library)
		st.serveRaw("a.test:8080", "")
		rec := trace.New(t)
		s := st.session(rec, rec)
		rec.Expect(run(t, s, rec, request(t, "GET", "http://a.test:8080/")), "created metrics done(NetworkConnectionLost)")
	})
}

// TestMET01_EveryRequestIsMeasured: a redirect, a password and the result are
// three transactions with one redirect.
func TestMET01_EveryRequestIsMeasured(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, func(w http.ResponseWriter, r *http.Request) {
			time.Sleep(time.Second)
			if r.URL.Path == "/a" {
				http.Redirect(w, r, "/b", http.StatusFound)
			} else if authorized(w, r) {
				text(w, 200, "hi")
			}
		})
		rec := trace.New(t)
		rec.Answers.Challenge = password
		var got session.Metrics
		rec.On.Metrics = func(_ session.Task, m session.Metrics) { got = m }
		cfg := st.configuration()
		cfg.RootCAs = st.roots
		s := newSession(t, cfg, rec, rec)
		begun := time.Now()
		run(t, s, rec, request(t, "GET", "https://a.test/a"))
		if len(got.Transactions) != 3 || got.Redirects != 1 || !got.Created.Equal(begun) || got.Completed.Sub(begun) != 3*time.Second {
			t.Fatalf("measured %+v", got)
		}
		for i, tr := range got.Transactions {
			if want := []int{302, 401, 200}[i]; tr.Status != want || tr.Method != "GET" {
				t.Errorf("%d: %s with status %d", i, tr.Method, tr.Status)
			}
			if took := tr.ResponseStart.Sub(tr.RequestStart); took != time.Second {
				t.Errorf("%d: the answer took %v", i, took)
			}
			if tr.FetchStart.IsZero() || tr.RequestDone.IsZero() || tr.ResponseDone.Before(tr.ResponseStart) {
				t.Errorf("%d: %+v", i, tr)
			}
			if tr.Protocol == "" || tr.RemoteAddr != "a.test:443" || tr.LocalAddr == "" || tr.TLSVersion == "" || tr.TLSCipher == "" || tr.Proxied {
				t.Errorf("%d: %+v", i, tr)
			}
			if fresh := i == 0; tr.Reused == fresh || tr.ConnectStart.IsZero() == fresh || tr.TLSStart.IsZero() == fresh {
				t.Errorf("%d: connection reused %v, made at %v and %v", i, tr.Reused, tr.ConnectStart, tr.TLSStart)
			}
		}
	})
}

func TestMET03_BytesAreCountedBeforeAndAfterDecoding(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, library)
		rec := trace.New(t)
		s := st.session(rec, rec)
		task := run(t, s, rec, request(t, "GET", "/gzip"))
		tr := task.Metrics().Transactions
		if len(tr) != 1 || tr[0].BodyReceived == 0 || tr[0].BodyReceived == 12 || task.Counts().Received != 12 {
			t.Errorf("measured %+v, counted %+v", tr, task.Counts())
		}
		up, err := s.UploadTaskFromData(request(t, "PUT", "/upload"), []byte("Body"), nil)
		if err != nil {
			t.Fatal(err)
		}
		up.Resume()
		rec.Wait(up)
		if got := up.Metrics().Transactions[0]; got.BodySent != 4 || got.HeadSent < 40 || got.HeadReceived < 30 {
			t.Errorf("measured %+v", got)
		}
	})
}

func TestMET06_AFailureAndACancelAreMeasuredToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		rec := trace.New(t)
		measured := make(map[session.Task]session.Metrics)
		rec.On.Metrics = func(task session.Task, m session.Metrics) { measured[task] = m }
		s := st.session(rec, rec)
		refused := run(t, s, rec, request(t, "GET", "http://a.test:81/"))
		silent := run(t, s, rec, request(t, "GET", "/silent"))
		cancelled := download(t, s, request(t, "GET", "/silent"))
		cancelled.Resume()
		synctest.Wait()
		cancelled.Cancel()
		rec.Wait(cancelled)
		for task, code := range map[session.Task]session.Code{
			refused: session.CannotConnectToHost, silent: session.TimedOut, cancelled: session.Cancelled,
		} {
			if m := measured[task]; len(m.Transactions) != 1 || m.Completed.IsZero() || !errors.Is(task.Err(), code) {
				t.Errorf("%v: measured %+v", task.Err(), m)
			}
		}
	})
}
