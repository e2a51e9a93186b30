package session_test

import (
	"bytes"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"haul/session"
	"haul/transfer/partial"
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

// A download that goes on on several connections begins with a part, because the
// rest is for the others: what a server has sent of a stream that ends early is in
// vain. One connection asks for everything.
func TestSegments_ADownloadThatGoesOnAsksForAPartFirst(t *testing.T) {
	const have, part = 1 << 20, 2 << 20
	for name, c := range map[string]struct {
		connections int
		end         int64
	}{"two connections": {2, have + part}, "as many as pay": {session.Auto, have + part}, "one connection": {1, shareSize}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var first share
				f := newShareServer(func(s *share) {
					if s.first {
						first = *s
					}
				})
				s, rec := shared(t, f.ServeHTTP, func(cfg *session.Configuration) { cfg.Connections = c.connections })
				task := resumeFrom(t, s, withGaps(t, f.content, partial.RuleValidator, partial.Range{Start: 0, End: have}))
				task.Resume()
				rec.Wait(task)
				expectBody(t, rec, task, f.content)
				if first.start != have || first.end != c.end {
					t.Errorf("the first request was answered with %d to %d, not to %d", first.start, first.end, c.end)
				}
				if got := task.Continuation().Offset; got != have {
					t.Errorf("goes on from %d", got)
				}
				if _, _, sent := f.log(); sent-(shareSize-have) > shareSize/16 {
					t.Errorf("%d bytes sent of %d missing", sent, shareSize-have)
				}
			})
		})
	}
}

// Servers that give more than the part that was asked for are asked for all of it,
// not for the whole file.
func TestSegments_APartThatIsAnsweredWithMoreIsAskedForAsAWhole(t *testing.T) {
	const have = 1 << 20
	synctest.Test(t, func(t *testing.T) {
		f := newShareServer(func(s *share) {
			if s.ranged {
				s.end = shareSize
			}
		})
		s, rec := shared(t, f.ServeHTTP, nil)
		task := resumeFrom(t, s, withGaps(t, f.content, partial.RuleValidator, partial.Range{Start: 0, End: have}))
		task.Resume()
		rec.Wait(task)
		expectBody(t, rec, task, f.content)
		if got := task.Continuation(); got.Offset != have || got.Reason != "" {
			t.Errorf("went on as %+v", got)
		}
	})
}

// An answer whose validator is good enough to go on by, but not to go on from once
// more, is one for a part all the same.
func TestSegments_APartWithoutADateIsGoneOnFrom(t *testing.T) {
	const have = 1 << 20
	synctest.Test(t, func(t *testing.T) {
		content := bytesOf(78, shareSize)
		modified := time.Now().Add(-time.Hour).UTC()
		s, rec := shared(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header()["Date"] = nil
			http.ServeContent(w, r, "f.bin", modified, bytes.NewReader(content))
		}, nil)
		data := partialFile(t, content, partial.State{
			LastModified: modified.Format(http.TimeFormat), Date: time.Now().UTC().Format(http.TimeFormat), Rule: partial.RuleValidator,
		}, partial.Range{Start: 0, End: have})
		task := resumeFrom(t, s, data)
		task.Resume()
		rec.Wait(task)
		expectBody(t, rec, task, content)
		if got := task.Continuation(); got.Offset != have {
			t.Errorf("went on as %+v", got)
		}
	})
}
