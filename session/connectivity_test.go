package session_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"haul/internal/trace"
	"haul/session"
	"haul/session/reachability"
)

// The monitor of package reachability is what a session is given.
var _ session.Reachability = (*reachability.Monitor)(nil)

// link is a network that can be down, and says when that changes.
type link struct {
	dial func(ctx context.Context, network, addr string) (net.Conn, error)

	mu       sync.Mutex
	up       bool
	err      error // of a dial while down
	dials    int
	watchers []chan struct{}
}

func (l *link) Dial(ctx context.Context, network, addr string) (net.Conn, error) {
	l.mu.Lock()
	l.dials++
	up, err := l.up, l.err
	l.mu.Unlock()
	if !up {
		return nil, err
	}
	return l.dial(ctx, network, addr)
}

func (l *link) set(up bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.up = up
	for _, w := range l.watchers {
		select {
		case w <- struct{}{}:
		default:
		}
	}
}

func (l *link) Online() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.up
}

func (l *link) Changes(context.Context) <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := make(chan struct{}, 1)
	l.watchers = append(l.watchers, c)
	return c
}

func (l *link) dialled() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.dials
}

var (
	noRoute = &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ENETUNREACH}
	refused = &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	noName  = &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: "a.test", IsNotFound: true}}
)

// waiting makes a session on st whose tasks wait for connectivity.
func waiting(t *testing.T, st *stage, l *link, rec *trace.Recorder, change func(*session.Configuration)) *session.Session {
	t.Helper()
	cfg := st.configuration()
	l.dial = cfg.Dial
	cfg.Dial = l.Dial
	cfg.WaitsForConnectivity = true
	if change != nil {
		change(&cfg)
	}
	return newSession(t, cfg, rec, rec)
}

func serveHi(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "hi") }

func TestGolden27_WaitsForConnectivity(t *testing.T) {
	for name, err := range map[string]error{"no route": noRoute, "refused": refused, "no name": noName} {
		for _, watched := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					st := newStage(t, serveHi)
					l := &link{err: err}
					rec := trace.New(t)
					s := waiting(t, st, l, rec, func(c *session.Configuration) {
						if watched {
							c.Reachability = l
						}
					})
					task, err := s.DataTask(request(t, http.MethodGet, "/a"), nil)
					if err != nil {
						t.Fatal(err)
					}
					began := time.Now()
					task.Resume()
					time.Sleep(10*time.Minute + 100*time.Millisecond)
					if n := l.dialled(); n < 5 || n > 20 {
						t.Errorf("%d attempts in ten minutes", n)
					}
					l.set(true)
					rec.Expect(task, "created waiting response(200)[allow] data* metrics done(nil)")
					took := time.Since(began) - 10*time.Minute
					if watched && took > time.Second || took > 61*time.Second {
						t.Errorf("it took %v to see the link", took)
					}
				})
			})
		}
	}
}

func TestWaitingEndsWithTheResourceTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, serveHi)
		rec := trace.New(t)
		s := waiting(t, st, &link{err: noRoute}, rec, func(c *session.Configuration) {
			c.TimeoutForRequest, c.TimeoutForResource = time.Second, 100*time.Second
		})
		began := time.Now()
		task := run(t, s, rec, request(t, http.MethodGet, "/a"))
		rec.Expect(task, "created waiting metrics done(TimedOut)")
		var e *session.Error
		if took := time.Since(began); took != 100*time.Second || !errors.As(task.Err(), &e) || !e.Resource {
			t.Errorf("after %v: %v", took, task.Err())
		}
		st.expectLog()
	})
}

func TestOnlyTheFirstConnectionIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &link{up: true, err: noRoute}
		st := newStage(t, func(w http.ResponseWriter, r *http.Request) {
			l.set(false)
			http.Redirect(w, r, "http://"+hostB+"/b", http.StatusFound)
		})
		rec := trace.New(t)
		s := waiting(t, st, l, rec, nil)
		task := run(t, s, rec, request(t, http.MethodGet, "/a"))
		rec.Expect(task, "created redirect[same] metrics done(NotConnectedToInternet)")
	})
}

func TestWithoutTheOptionAMissingNetworkIsAnError(t *testing.T) {
	for want, err := range map[session.Code]error{
		session.NotConnectedToInternet: noRoute, session.CannotConnectToHost: refused, session.CannotFindHost: noName,
	} {
		synctest.Test(t, func(t *testing.T) {
			st := newStage(t, serveHi)
			rec := trace.New(t)
			s := waiting(t, st, &link{err: err}, rec, func(c *session.Configuration) { c.WaitsForConnectivity = false })
			task := run(t, s, rec, request(t, http.MethodGet, "/a"))
			rec.Expect(task, "created metrics done("+want.String()+")")
		})
	}
}

func TestCancelAndSuspendWhileWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, serveHi)
		l := &link{err: noRoute}
		rec := trace.New(t)
		s := waiting(t, st, l, rec, func(c *session.Configuration) { c.Reachability = l })
		task, err := s.DataTask(request(t, http.MethodGet, "/a"), nil)
		if err != nil {
			t.Fatal(err)
		}
		task.Resume()
		synctest.Wait()
		task.Suspend()
		l.set(true)
		time.Sleep(time.Hour)
		st.expectLog() // suspended: nothing is sent although the link is up
		l.set(false)
		task.Resume()
		synctest.Wait()
		task.Cancel()
		l.set(true)
		rec.Expect(task, "created waiting metrics done(Cancelled)")
		time.Sleep(time.Hour)
		st.expectLog()
	})
}

func TestStreamedUploadKeepsItsBodyWhileWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) })
		l := &link{err: noRoute}
		rec := trace.New(t)
		rec.Answers.BodyStream = func(context.Context, session.Task) (io.ReadCloser, error) {
			return io.NopCloser(bytes.NewReader([]byte("body"))), nil
		}
		rec.On.Waiting = func(session.Task) { l.set(true) }
		s := waiting(t, st, l, rec, nil)
		task, err := s.UploadTaskWithStreamedRequest(request(t, http.MethodPut, "/u"), nil)
		if err != nil {
			t.Fatal(err)
		}
		task.Resume()
		rec.Expect(task, "created newstream waiting sent* response metrics done(nil)")
		if got := string(st.log()[0].Body); got != "body" {
			t.Errorf("sent %q", got)
		}
	})
}
