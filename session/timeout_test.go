package session_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"haul/internal/trace"
	"haul/session"
)

// timed makes a session on st with the two timeouts.
func timed(t *testing.T, st *stage, rec *trace.Recorder, request, resource time.Duration) *session.Session {
	t.Helper()
	cfg := st.configuration()
	cfg.TimeoutForRequest, cfg.TimeoutForResource = request, resource
	return newSession(t, cfg, rec, rec)
}

// pause waits on the server's side unless the client goes.
func pause(r *http.Request, d time.Duration) {
	select {
	case <-time.After(d):
	case <-r.Context().Done():
	}
}

func TestRequestTimeoutIsAnIdleTimer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/drip" {
				for range 12 {
					pause(r, time.Second)
					_, _ = w.Write([]byte("."))
					_ = http.NewResponseController(w).Flush()
				}
				return
			}
			_, _ = w.Write([]byte("."))
			_ = http.NewResponseController(w).Flush()
			pause(r, 8*time.Second)
		})
		rec := trace.New(t)
		s := timed(t, st, rec, 3*time.Second, 0)
		drip := run(t, s, rec, request(t, http.MethodGet, "/drip"))
		rec.Expect(drip, "created response data* metrics done(nil)")
		began := time.Now()
		silent := run(t, s, rec, request(t, http.MethodGet, "/silent"))
		rec.Expect(silent, "created response data* metrics done(TimedOut)")
		var e *session.Error
		if took := time.Since(began); took != 3*time.Second || !errors.As(silent.Err(), &e) || e.Resource {
			t.Errorf("after %v: %v", took, silent.Err())
		}
	})
}

func TestResourceTimeoutIsTheWholeTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, func(w http.ResponseWriter, r *http.Request) {
			pause(r, 4*time.Second)
			n, _ := strconv.Atoi(strings.TrimPrefix(r.URL.Path, "/"))
			http.Redirect(w, r, "/"+strconv.Itoa(n+1), http.StatusFound)
		})
		rec := trace.New(t)
		s := timed(t, st, rec, 5*time.Second, 10*time.Second)
		began := time.Now()
		task := run(t, s, rec, request(t, http.MethodGet, "/0"))
		rec.Expect(task, "created redirect redirect metrics done(TimedOut)")
		var e *session.Error
		if took := time.Since(began); took != 10*time.Second || !errors.As(task.Err(), &e) || !e.Resource {
			t.Errorf("after %v: %v", took, task.Err())
		}
	})
}

func TestConnectionThatIsNeverMadeTimesOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, serveHi)
		rec := trace.New(t)
		cfg := st.configuration()
		cfg.TimeoutForRequest = 3 * time.Second
		cfg.Dial = func(ctx context.Context, _, _ string) (net.Conn, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}
		s := newSession(t, cfg, rec, rec)
		began := time.Now()
		task := run(t, s, rec, request(t, http.MethodGet, "/"))
		rec.Expect(task, "created metrics done(TimedOut)")
		if took := time.Since(began); took != 3*time.Second {
			t.Errorf("after %v", took)
		}
	})
}

func TestNoTimeoutRunsWhileADecisionIsAwaitedOrTheTaskIsSuspended(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/a" {
				http.Redirect(w, r, "/b", http.StatusFound)
				return
			}
			w.Header().Set("Content-Length", "4")
			_, _ = w.Write([]byte("12"))
			_ = http.NewResponseController(w).Flush()
			pause(r, 500*time.Millisecond)
			_, _ = w.Write([]byte("34"))
		})
		rec := trace.New(t)
		s := timed(t, st, rec, time.Second, 3*time.Second)
		rec.Answers.Redirect = func(_ context.Context, _ session.Task, _ *http.Response, next *http.Request) *http.Request {
			time.Sleep(time.Hour)
			return next
		}
		first := make(chan struct{}, 8)
		rec.On.Data = func(session.Task, []byte) { first <- struct{}{} }
		task, err := s.DataTask(request(t, http.MethodGet, "/a"), nil)
		if err != nil {
			t.Fatal(err)
		}
		task.Resume()
		<-first
		task.Suspend()
		time.Sleep(time.Hour)
		task.Resume()
		rec.Expect(task, "created redirect[same] response data* metrics done(nil)")
		time.Sleep(time.Hour) // and none comes after the end
		rec.Expect(task, "created redirect[same] response data* metrics done(nil)")
	})
}

// sends keeps the totals of what was sent for itself.
type sends struct {
	*trace.Recorder
	totals []int64
}

func (s *sends) DidSendBodyData(_ session.Task, _, sent, _ int64) { s.totals = append(s.totals, sent) }

func TestRequestsOnADeadConnection(t *testing.T) {
	for _, tt := range []struct {
		method, want string
		totals       []int64 // of DidSendBodyData
		attempts     int
	}{
		{http.MethodGet, "created response data* metrics done(nil)", nil, 3},
		// The body goes out again, and is counted from 0 again.
		{http.MethodPut, "created response data* metrics done(nil)", []int64{4, 4}, 3},
		{http.MethodPost, "created metrics done(NetworkConnectionLost)", []int64{4}, 2},
	} {
		t.Run(tt.method, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				seen := 0
				st := newStage(t, func(w http.ResponseWriter, r *http.Request) {
					if seen++; seen != 2 {
						_, _ = io.Copy(io.Discard, r.Body)
						serveHi(w, r)
						return
					}
					// The second request meets a connection that dies without a
					// byte of an answer.
					_, _ = io.Copy(io.Discard, r.Body)
					conn, _, err := http.NewResponseController(w).Hijack()
					if err != nil {
						t.Error(err)
						return
					}
					if err := conn.Close(); err != nil {
						t.Error(err)
					}
				})
				rec := trace.New(t)
				d := &sends{Recorder: rec}
				s := newSession(t, st.configuration(), rec, d)
				rec.Expect(run(t, s, rec, request(t, http.MethodGet, "/first")), "created response data* metrics done(nil)")
				r := request(t, tt.method, "/second")
				var task session.Task
				var err error
				if tt.method == http.MethodGet {
					task, err = s.DataTask(r, nil)
				} else {
					task, err = s.UploadTaskFromData(r, []byte("body"), nil)
				}
				if err != nil {
					t.Fatal(err)
				}
				task.Resume()
				rec.Expect(task, tt.want)
				if !slices.Equal(d.totals, tt.totals) {
					t.Errorf("sent %v, want %v", d.totals, tt.totals)
				}
				if len(st.log()) != tt.attempts {
					t.Errorf("the server saw %v", st.lines())
				}
			})
		})
	}
}
