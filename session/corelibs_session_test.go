package session_test

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"haul/internal/demo"
	"haul/internal/trace"
	"haul/session"
)

// Many tasks and sessions, credentials, cookies, delegates of tasks.

// crowd runs n data tasks of each kind of life at once on s: plain ones, ones
// that are suspended in between, and ones that are cancelled.
func crowd(t *testing.T, s *session.Session, n int) {
	t.Helper()
	var ended sync.WaitGroup
	var calls, wrong atomic.Int64
	for i := range n {
		ended.Add(1)
		task, err := s.DataTask(request(t, "GET", fmt.Sprintf("/capital?%d", i)), func(data []byte, _ *http.Response, err error) {
			defer ended.Done()
			calls.Add(1)
			if err == nil && string(data) != "Kathmandu" || err != nil && i%3 != 2 {
				wrong.Add(1)
			}
		})
		if err != nil {
			t.Error(err)
			return
		}
		task.Resume()
		switch i % 3 {
		case 1:
			task.Suspend()
			task.Resume()
		case 2:
			task.Cancel()
		}
	}
	ended.Wait()
	if calls.Load() != int64(n) || wrong.Load() != 0 {
		t.Errorf("%d of %d tasks ended, %d not as they should", calls.Load(), n, wrong.Load())
	}
}

// crowded is a configuration that reaches a server in memory, without a
// synctest bubble: a crowd is to be let loose on all processors.
func crowded(t *testing.T) session.Configuration {
	t.Helper()
	network := new(demo.Network)
	l, err := network.Listen(hostA + ":80")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: http.HandlerFunc(library), ReadHeaderTimeout: time.Minute}
	serving := make(chan error, 1)
	go func() { serving <- server.Serve(l) }()
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
		<-serving
	})
	cfg := session.EphemeralConfiguration()
	cfg.Dial = network.Dial
	return cfg
}

func TestCorelibs33_ThreeTimesThreeThousandRequests(t *testing.T) {
	cfg := crowded(t)
	s, err := session.New(cfg, nil)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		crowd(t, s, 3000)
	}
	s.FinishTasksAndInvalidate()
	s.Wait()
}

func TestCorelibs58_TenSessionsAtOnce(t *testing.T) {
	cfg := crowded(t)
	var sessions sync.WaitGroup
	for range 10 {
		sessions.Go(func() {
			s, err := session.New(cfg, nil)
			if err != nil {
				t.Error(err)
				return
			}
			crowd(t, s, 100)
			s.FinishTasksAndInvalidate()
			s.Wait()
		})
	}
	sessions.Wait()
}

func TestCorelibs60_CookiesOfAnotherDomainAreRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Add("Set-Cookie", "mine=1; path=/; domain=a.test")
			w.Header().Add("Set-Cookie", "theirs=2; path=/; domain=b.test")
			w.Header().Add("Set-Cookie", "everybodys=3; path=/; domain=test")
			text(w, 200, "hi")
		})
		rec := trace.New(t)
		s := st.session(rec, rec)
		task := run(t, s, rec, request(t, "GET", "/a"))
		if n := len(task.Response().Header.Values("Set-Cookie")); n != 3 {
			t.Errorf("the response shows %d cookies", n)
		}
		for _, url := range []string{"http://a.test/b", "http://b.test/b"} {
			run(t, s, rec, request(t, "GET", url))
		}
		hits := st.log()
		if a, b := hits[1].Header.Get("Cookie"), hits[2].Header.Get("Cookie"); a != "mine=1" || b != "" {
			t.Errorf("the cookies are %q and %q", a, b)
		}
	})
}

// TestCorelibs62_CookiesAreSentInLaterRequests stands for numbers 62 and 63.
func TestCorelibs62_CookiesAreSentInLaterRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, library)
		one := newSession(t, st.configuration(), nil, nil)
		other := newSession(t, st.configuration(), nil, nil)
		handled(t, one, request(t, "GET", "/cookie?taste=sweet"))
		for _, tt := range []struct {
			s    *session.Session
			want string
		}{{one, "taste=sweet"}, {one, "taste=sweet"}, {other, ""}} {
			handled(t, tt.s, request(t, "GET", "/capital"))
			if got := st.last().Header.Get("Cookie"); got != tt.want {
				t.Errorf("the cookie is %q, want %q", got, tt.want)
			}
		}
	})
}

func TestCorelibs66_APasswordIsAskedForAndSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, library)
		rec := trace.New(t)
		rec.Answers.Challenge = password
		s := st.session(rec, rec)
		task := run(t, s, rec, request(t, "GET", "/basic"))
		rec.Expect(task, "created tchal(Basic,0)[use] response(200) data* metrics done(nil)")
		expectBody(t, rec, task, []byte("come in"))
		if got := st.last().Header.Get("Authorization"); got != "Basic dTpw" {
			t.Errorf("sent %q", got)
		}
	})
}

// TestCorelibs68_WithoutACredentialThe401IsTheResult stands for numbers 68 and
// 69.
func TestCorelibs68_WithoutACredentialThe401IsTheResult(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, library)
		rec := trace.New(t)
		rec.Answers.Challenge = password
		s := st.session(rec, rec)
		unasked := run(t, s, rec, request(t, "GET", "/unauthorized"))
		rec.Expect(unasked, "created response(401) data* metrics done(nil)")
		plain := newSession(t, st.configuration(), nil, nil)
		for path, body := range map[string]string{"/unauthorized": "stay out", "/basic": "who are you?"} {
			if got := handled(t, plain, request(t, "GET", path)); got.status != 401 || string(got.data) != body || got.err != nil {
				t.Errorf("%s: %+v", path, got)
			}
		}
	})
}

// ownRedirects is a delegate of one task: it refuses redirects. For all else the session's delegate is asked.
type ownRedirects struct{ asked int }

func (o *ownRedirects) WillPerformRedirection(context.Context, session.Task, *http.Response, *http.Request) *http.Request {
	o.asked++
	return nil
}

func TestCorelibs73_WhatATasksDelegateLacksTheSessionsIsAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, library)
		rec := trace.New(t)
		s := st.session(rec, rec)
		task, err := s.DataTask(request(t, "GET", "/redirect/1"), nil)
		if err != nil {
			t.Fatal(err)
		}
		own := new(ownRedirects)
		if err := task.SetDelegate(own); err != nil {
			t.Fatal(err)
		}
		task.Resume()
		rec.Expect(task, "created response(302) data* metrics done(nil)")
		if own.asked != 1 {
			t.Errorf("the task's delegate was asked %d times", own.asked)
		}
		if err := task.SetDelegate(own); err == nil {
			t.Error("a delegate is taken after the task was resumed")
		}
		run(t, s, rec, request(t, "GET", "/redirect/1"))
		if own.asked != 1 {
			t.Error("another task asked it too")
		}
	})
}
