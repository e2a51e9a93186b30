package session_test

import (
	"errors"
	"io/fs"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"haul/internal/trace"
	"haul/session"
	"haul/session/cache"
	"haul/session/cookies"
	"haul/transfer/partial"
)

// Behaviours of group CFG that no other test shows. docs/conformance.md has
// the table of all of them.

func TestCFG03_WhatIsNotSetHasItsDefault(t *testing.T) {
	for name, c := range map[string]session.Configuration{
		"default":    session.DefaultConfiguration(),
		"ephemeral":  session.EphemeralConfiguration(),
		"background": session.BackgroundConfiguration("x"),
	} {
		if c.TimeoutForRequest != 60*time.Second || c.TimeoutForResource != 7*24*time.Hour || c.MaxConnectionsPerHost != 6 {
			t.Errorf("%s: timeouts %v and %v, %d connections", name, c.TimeoutForRequest, c.TimeoutForResource, c.MaxConnectionsPerHost)
		}
		if c.CachePolicy != cache.UseProtocol || c.CookieAcceptPolicy != cookies.OnlyFromMainDocumentDomain || !c.ShouldSetCookies {
			t.Errorf("%s: cache policy %v, cookies accepted by %v, sent %t", name, c.CachePolicy, c.CookieAcceptPolicy, c.ShouldSetCookies)
		}
		if c.WaitsForConnectivity || c.OverlapCheck || c.DisableHTTP2 || c.HTTP1Within != 0 || c.Protocols != nil || c.DelegateQueue != nil {
			t.Errorf("%s: something is switched on: %+v", name, c)
		}
	}
}

func TestCFG07_WithoutDelegateAndHandlerATaskStillRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, library)
		s := newSession(t, st.configuration(), nil, nil)
		task, err := s.DataTask(request(t, "GET", "/capital"), nil)
		if err != nil {
			t.Fatal(err)
		}
		task.Resume()
		s.FinishTasksAndInvalidate()
		s.Wait()
		if task.State() != session.Completed || task.Err() != nil || task.Response().StatusCode != 200 {
			t.Errorf("it ends in state %v with %v", task.State(), task.Err())
		}
	})
}

func TestCFG16_ADescriptionIsFreeText(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, library)
		rec := trace.New(t)
		s := st.session(rec, rec)
		task, err := s.DataTask(request(t, "GET", "/capital"), nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := task.Description(); got != "" {
			t.Errorf("a new task is described as %q", got)
		}
		s.SetDescription("the session's")
		task.SetDescription("mine\n\x00")
		task.Resume()
		rec.Wait(task)
		if got := task.Description(); got != "mine\n\x00" {
			t.Errorf("it became %q", got)
		}
		if got := s.Description(); got != "the session's" {
			t.Errorf("the session is described as %q", got)
		}
		st.expectLog("GET http://a.test/capital")
	})
}

func TestCFG17_ResetForgetsCookiesAndCredentials(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, library)
		rec := trace.New(t)
		rec.Answers.Challenge = password
		cfg := st.configuration()
		s := newSession(t, cfg, rec, rec)
		run(t, s, rec, request(t, "GET", "/cookie?taste=sweet"))
		run(t, s, rec, request(t, "GET", "/basic"))
		again := run(t, s, rec, request(t, "GET", "/basic"))
		rec.Expect(again, "created response(200) data* metrics done(nil)")
		if got := st.last().Header.Get("Cookie"); got != "taste=sweet" {
			t.Errorf("before, the cookie is %q", got)
		}
		done := make(chan struct{})
		if err := s.Reset(func() { close(done) }); err != nil {
			t.Fatal(err)
		}
		<-done
		if n := len(cfg.Cookies.All()); n != 0 {
			t.Errorf("%d cookies are left", n)
		}
		after := run(t, s, rec, request(t, "GET", "/basic"))
		rec.Expect(after, "created tchal(Basic,0)[use] response(200) data* metrics done(nil)")
		if got := st.last().Header.Get("Cookie"); got != "" {
			t.Errorf("after, the cookie is %q", got)
		}
	})
}

func TestCFG17_FlushMakesDownloadsDurable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "100")
			w.Header().Set("ETag", `"1"`)
			w.Header().Set("Accept-Ranges", "bytes")
			write(w, []byte("the beginning"))
			if err := http.NewResponseController(w).Flush(); err != nil {
				t.Error(err)
			}
			<-r.Context().Done()
		})
		rec := trace.New(t)
		cfg := st.configuration()
		cfg.DelegateQueue = rec.Queue()
		// Nothing else makes bytes durable in the time of the test.
		cfg.Checkpoint = partial.CheckpointPolicy{Every: 24 * time.Hour, Bytes: 1 << 30}
		s := newSession(t, cfg, rec, rec)
		task := download(t, s, request(t, "GET", "/a"))
		part := partial.PathFor(t.TempDir(), "a")
		if err := task.SetPartialFile(part); err != nil {
			t.Fatal(err)
		}
		durable := func() int64 {
			t.Helper()
			state, err := partial.ReadState(partial.OS{}, part)
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				t.Error(err)
			}
			return state.Have.Len()
		}
		task.Resume()
		synctest.Wait()
		if got := durable(); got != 0 {
			t.Errorf("before, %d bytes are durable", got)
		}
		flushed := make(chan int64, 1)
		if err := s.Flush(func() { flushed <- durable() }); err != nil {
			t.Fatal(err)
		}
		if got := <-flushed; got != int64(len("the beginning")) {
			t.Errorf("after, %d bytes are durable", got)
		}
		if task.State() != session.Running {
			t.Errorf("the download is in state %v", task.State())
		}
		task.Cancel()
		rec.Wait(task)
	})
}
