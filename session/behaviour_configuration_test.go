package session_test

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"haul/internal/trace"
	"haul/session"
)

// Behaviours of group CFG that no other test shows. docs/conformance.md has
// the table of all of them.

// busy is a handler that takes a second for each request and knows how many
// it had at once.
type busy struct {
	mu        sync.Mutex
	now, peak int
}

func (b *busy) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	b.mu.Lock()
	b.now++
	b.peak = max(b.peak, b.now)
	b.mu.Unlock()
	time.Sleep(time.Second)
	b.mu.Lock()
	b.now--
	b.mu.Unlock()
	text(w, 200, "hi")
}

func TestCFG11_TheConnectionsToAHostAreAsManyAsConfigured(t *testing.T) {
	const requests = 20
	for _, tt := range []struct {
		limit, sessions, peak int
		took                  time.Duration
		scheme                string
	}{
		{6, 1, 6, 4 * time.Second, "http"},
		{2, 1, 2, 10 * time.Second, "http"},
		{12, 1, 12, 2 * time.Second, "http"},
		{6, 2, 12, 4 * time.Second, "http"},
		// HTTP/2 needs one connection for all.
		{6, 1, requests, time.Second, "https"},
	} {
		t.Run(fmt.Sprint(tt.scheme, " ", tt.limit, " in ", tt.sessions), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var b busy
				st := newStage(t, func(w http.ResponseWriter, r *http.Request) {
					if r.URL.Path == "/first" {
						text(w, 200, "hi")
						return
					}
					b.ServeHTTP(w, r)
				})
				h, _, got := results(t)
				var all []*session.Session
				for range tt.sessions {
					cfg := st.configuration()
					cfg.MaxConnectionsPerHost, cfg.RootCAs = tt.limit, st.roots
					s := newSession(t, cfg, nil, nil)
					handled(t, s, request(t, "GET", tt.scheme+"://a.test/first")) // the connection is there now
					all = append(all, s)
				}
				begun := time.Now()
				for _, s := range all {
					for range requests {
						task, err := s.DataTask(request(t, "GET", tt.scheme+"://a.test/"), h)
						if err != nil {
							t.Fatal(err)
						}
						task.Resume()
					}
				}
				for range requests * tt.sessions {
					if r := <-got; r.err != nil {
						t.Fatal(r.err)
					}
				}
				if took := time.Since(begun); b.peak != tt.peak || took != tt.took {
					t.Errorf("%d at once, %v; want %d, %v", b.peak, took, tt.peak, tt.took)
				}
			})
		})
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
		task.SetDescription("mine\n\x00")
		task.Resume()
		rec.Wait(task)
		if got := task.Description(); got != "mine\n\x00" {
			t.Errorf("it became %q", got)
		}
		st.expectLog("GET http://a.test/capital")
	})
}
