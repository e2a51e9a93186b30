package session_test

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// The limit of connections to a host is exact: 20 requests of 1 s each show as
// many at once as it allows, and take as long as that takes.
func TestConnectionsToAHostAreAsManyAsAllowed(t *testing.T) {
	for _, tt := range []struct{ limit, sessions, peak, seconds int }{{6, 1, 6, 4}, {2, 1, 2, 10}, {12, 1, 12, 2}, {6, 2, 12, 4}} {
		t.Run(fmt.Sprintf("%d in %d sessions", tt.limit, tt.sessions), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var mu sync.Mutex
				now, peak := 0, 0
				count := func(change int) {
					mu.Lock()
					defer mu.Unlock()
					now += change
					peak = max(peak, now)
				}
				st := newStage(t, func(http.ResponseWriter, *http.Request) {
					count(1)
					defer count(-1)
					time.Sleep(time.Second)
				})
				began := time.Now()
				done := make(chan error, 20*tt.sessions)
				for range tt.sessions {
					cfg := st.configuration()
					cfg.MaxConnectionsPerHost = tt.limit
					s := newSession(t, cfg, nil, nil)
					for range 20 {
						task, err := s.DataTask(request(t, http.MethodGet, "/"), func(_ []byte, _ *http.Response, err error) { done <- err })
						if err != nil {
							t.Fatal(err)
						}
						task.Resume()
					}
				}
				for range cap(done) {
					if err := <-done; err != nil {
						t.Error(err)
					}
				}
				if took := time.Since(began).Round(time.Second); peak != tt.peak || took != time.Duration(tt.seconds)*time.Second {
					t.Errorf("%d at once in %v, want %d in %d s", peak, took, tt.peak, tt.seconds)
				}
			})
		})
	}
}
