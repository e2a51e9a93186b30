package session_test

import (
	"net/http"
	"testing"
	"testing/synctest"

	"haul/session"
)

// What a server has sent of a range is in vain when the process is killed, so
// ranges are short, as long as a connection serves for many of them.
func TestSegments_RequestsAskForLittleAtATimeOverTheSameConnections(t *testing.T) {
	const little = 1 << 20
	for _, c := range []struct {
		name   string
		closes bool
	}{{"kept alive", false}, {"closed after each answer", true}} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var longest int64 // written by one handler at a time, under the server's lock
				f := newShareServer(func(s *share) {
					if !s.first {
						longest = max(longest, s.end-s.start)
					}
				})
				s, rec := shared(t, func(w http.ResponseWriter, r *http.Request) {
					if c.closes {
						w.Header().Set("Connection", "close")
					}
					f.ServeHTTP(w, r)
				}, func(cfg *session.Configuration) { cfg.Connections = 2 })
				task := download(t, s, request(t, "GET", "/f"))
				task.Resume()
				rec.Wait(task)
				expectBody(t, rec, task, f.content)
				requests, _, sent := f.log()
				f.mu.Lock()
				defer f.mu.Unlock()
				if over := sent - shareSize; over > shareSize/4 {
					t.Errorf("%d bytes too many", over)
				}
				if c.closes {
					if longest <= little {
						t.Errorf("%d bytes at a time, each over a connection of its own", longest)
					}
					return
				}
				if longest > little {
					t.Errorf("a request asked for %d bytes", longest)
				}
				if requests < 4 || len(f.remotes) >= requests {
					t.Errorf("%d requests over %d connections", requests, len(f.remotes))
				}
			})
		})
	}
}
