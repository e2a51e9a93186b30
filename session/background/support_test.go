package background_test

import (
	"context"
	"net"
	"net/http"
	"os"
	"sync/atomic"
	"syscall"
	"testing"

	"haul/internal/trace"
	"haul/session"
	"haul/session/background"
)

// fixture is an agent in this process and the way to it.
type fixture struct {
	t     *testing.T
	o     background.Options
	agent atomic.Pointer[background.Agent]
}

// newFixture makes an agent with directories of its own.
func newFixture(t *testing.T, o background.Options) *fixture {
	t.Helper()
	o.Location.StateDirectory, o.Location.RuntimeDirectory = t.TempDir(), t.TempDir()
	f := &fixture{t: t, o: o}
	f.start()
	t.Cleanup(f.stop)
	return f
}

func (f *fixture) start() {
	f.t.Helper()
	a, err := background.New(f.o)
	if err != nil {
		f.t.Fatal(err)
	}
	f.agent.Store(a)
}

// stop stops the agent in good order.
func (f *fixture) stop() {
	f.t.Helper()
	a := f.agent.Swap(nil)
	if a == nil {
		return
	}
	if err := a.Close(); err != nil {
		f.t.Error(err)
	}
}

func (f *fixture) location() session.Agent {
	at := f.o.Location
	at.Dial = func(context.Context) (net.Conn, error) {
		a := f.agent.Load()
		if a == nil {
			return nil, net.ErrClosed
		}
		ours, theirs := net.Pipe()
		a.Handle(theirs)
		return ours, nil
	}
	return at
}

// configuration is that of a background session of the agent.
func (f *fixture) configuration(identifier string) session.Configuration {
	c := session.BackgroundConfiguration(identifier)
	c.Agent = f.location()
	return c
}

// session makes a session with a recorder.
func (f *fixture) session(identifier string, rec *trace.Recorder, change ...func(*session.Configuration)) *session.Session {
	f.t.Helper()
	c := f.configuration(identifier)
	for _, ch := range change {
		ch(&c)
	}
	s, err := session.New(c, rec)
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(func() {
		s.Detach()
		s.Wait()
	})
	return s
}

func (f *fixture) recorder() *trace.Recorder {
	r := trace.New(f.t)
	r.Background()
	return r
}

// client is a command's connection.
func (f *fixture) client() *background.Client {
	f.t.Helper()
	c, err := background.Dial(f.t.Context(), f.location(), false)
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(func() {
		if err := c.Close(); err != nil {
			f.t.Error(err)
		}
	})
	return c
}

func get(t *testing.T, url string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// refuse is a network on which nobody can be reached.
func refuse(count *atomic.Int32) func(context.Context, string, string) (net.Conn, error) {
	return func(context.Context, string, string) (net.Conn, error) {
		count.Add(1)
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	}
}

// shortDir is a directory whose path leaves room for the name of a socket.
func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "haul")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}
