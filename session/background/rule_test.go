package background_test

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"haul/internal/demo"
	"haul/session"
	"haul/session/background"
)

func TestRedirectsAreFollowedWithoutAQuestion(t *testing.T) {
	server := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/from" {
			http.Redirect(w, r, "/to", http.StatusFound)
			return
		}
		files().ServeHTTP(w, r)
	}))
	f := newFixture(t, background.Options{})
	rec := f.recorder()
	s := f.session("a", rec)
	d, err := s.DownloadTask(get(t, server.URL+"/from"), nil)
	if err != nil {
		t.Fatal(err)
	}
	d.Resume()
	rec.Expect(d, "created wrote* finished metrics done(nil)")
	if d.CurrentRequest().URL.Path != "/to" || d.OriginalRequest().URL.Path != "/from" || d.Metrics().Redirects != 1 {
		t.Errorf("%v, %v, %+v", d.CurrentRequest().URL, d.OriginalRequest().URL, d.Metrics())
	}
}

func TestWhatTheUserEndsIsToldWhenTheAppComesBack(t *testing.T) {
	for _, act := range []string{background.Pause, background.Cancel} {
		t.Run(act, func(t *testing.T) { userEnds(t, act) })
	}
}

func userEnds(t *testing.T, act string) {
	f := newFixture(t, background.Options{})
	s, _, d, half := f.stuck(&gated{open: make(chan struct{})})
	d.Resume()
	<-half
	s.Detach()
	s.Wait()
	if err := f.client().Act(t.Context(), act, "*"); err != nil {
		t.Fatal(err)
	}
	later := f.recorder()
	s = f.session("a", later)
	task := s.Reassociated()[0]
	later.Expect(task, "created wrote metrics done(Cancelled+resume)")
	if data, ok := session.ResumeDataFrom(task.Err()); !ok || len(data) == 0 {
		t.Errorf("%v", task.Err())
	}
	var ended *session.Error
	if !errors.As(task.Err(), &ended) || ended.CancelledBy != session.CancelledByUser || !strings.Contains(ended.Error(), "by the user") {
		t.Errorf("%+v", ended)
	}
}

func TestWhatTheProgramEndsItselfIsNotTheUsersDoing(t *testing.T) {
	f := newFixture(t, background.Options{})
	rec := f.recorder()
	s := f.session("a", rec)
	d, err := s.DownloadTask(get(t, "http://127.0.0.1:1/f"), nil)
	if err != nil {
		t.Fatal(err)
	}
	d.Cancel()
	rec.Expect(d, "created metrics done(Cancelled)")
	var ended *session.Error
	if !errors.As(d.Err(), &ended) || ended.CancelledBy != "" {
		t.Errorf("%+v", ended)
	}
}

func TestTheLimitOfAHostHoldsAndPriorityDecidesWhoIsNext(t *testing.T) {
	var mu sync.Mutex
	var order []string
	var running, most atomic.Int32
	proceed := make(chan struct{})
	server := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		order = append(order, r.URL.Path)
		mu.Unlock()
		most.Store(max(most.Load(), running.Add(1)))
		<-proceed
		running.Add(-1) // before the end of the body lets the next one begin
		files().ServeHTTP(w, r)
	}))
	f := newFixture(t, background.Options{})
	rec := f.recorder()
	s := f.session("a", rec, func(c *session.Configuration) { c.MaxConnectionsPerHost = 1 })
	var all []*session.DownloadTask
	for n := range 4 {
		d, err := s.DownloadTask(get(t, fmt.Sprintf("%s/%d", server.URL, n)), nil)
		if err != nil {
			t.Fatal(err)
		}
		if n == 3 {
			d.SetPriority(session.PriorityHigh)
		}
		d.Resume()
		all = append(all, d)
	}
	c := f.client()
	await(t, func() bool { s, err := c.Status(t.Context()); return err == nil && s.Running == 1 && s.Waiting == 3 })
	close(proceed)
	for _, d := range all {
		rec.Wait(d)
	}
	mu.Lock()
	defer mu.Unlock()
	if most.Load() != 1 || fmt.Sprint(order) != "[/0 /3 /1 /2]" {
		t.Errorf("%d at once, in the order %v", most.Load(), order)
	}
}

func TestSessionsAreApart(t *testing.T) {
	server := serve(t, files())
	f := newFixture(t, background.Options{})
	for _, identifier := range []string{"a", "b"} {
		rec := f.recorder()
		s := f.session(identifier, rec)
		if n := len(s.Tasks()); n != 0 {
			t.Errorf("%s has %d tasks of another", identifier, n)
		}
		d, err := s.DownloadTask(get(t, server.URL+"/"+identifier), nil)
		if err != nil {
			t.Fatal(err)
		}
		if d.ID() != 1 {
			t.Errorf("the first task of %s is %d", identifier, d.ID())
		}
		d.Resume()
		rec.Expect(d, "created wrote* finished metrics done(nil)")
		if !bytes.Equal(rec.Body(d), content) {
			t.Error("the file is not the server's")
		}
	}
}

func TestASessionWhoseAgentIsGoneForGoodBecomesInvalid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, background.Options{Linger: -1})
		rec := f.recorder()
		s := f.session("a", rec)
		d, err := s.DownloadTask(get(t, "http://127.0.0.1/f"), nil)
		if err != nil {
			t.Fatal(err)
		}
		f.stop()
		began := time.Now()
		rec.WaitInvalid()
		s.Wait()
		all := rec.All()
		if last := all[len(all)-1]; !errors.Is(last.Err, session.BackgroundSessionWasDisconnected) || time.Since(began) < time.Second {
			t.Errorf("%v after %v", last, time.Since(began))
		}
		if d.Err() != nil {
			t.Errorf("the task has ended: %v", d.Err())
		}
		if _, err := s.DownloadTask(get(t, "http://127.0.0.1/f"), nil); !errors.Is(err, session.ErrInvalidated) {
			t.Errorf("a new task: %v", err)
		}
	})
}

func TestTheAgentWaitsForTheNetworkWithoutBusyness(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var dials atomic.Int32
		f := newFixture(t, background.Options{Linger: -1, Configure: func(_ string, c *session.Configuration) {
			c.Dial = refuse(&dials)
		}})
		rec := f.recorder()
		done := make(chan struct{})
		rec.On.Done = func(session.Task, error) { close(done) }
		s := f.session("a", rec, func(c *session.Configuration) { c.TimeoutForResource = time.Hour })
		d, err := s.DownloadTask(get(t, "http://127.0.0.1/f"), nil)
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		d.Resume()
		<-done // later than a recorder waits
		if passed := time.Since(began); passed < time.Hour || passed > time.Hour+time.Minute {
			t.Errorf("it ended after %v", passed)
		}
		if n := dials.Load(); n < 50 || n > 80 {
			t.Errorf("%d attempts in an hour", n)
		}
		rec.Expect(d, "created metrics done(TimedOut)")
	})
}

func TestGolden30_ATimeoutIsTriedAgainFromWhereItStopped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var requests atomic.Int32
		network := serveInMemory(t, "files.test:80", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("ETag", `"v1"`)
			switch requests.Add(1) {
			case 1:
				w.Header().Set("Accept-Ranges", "bytes")
				w.Header().Set("Content-Length", "320000")
				_, _ = w.Write(content[:100_000]) // the client gives up
				_ = http.NewResponseController(w).Flush()
				<-r.Context().Done()
			case 2:
				<-r.Context().Done()
			default:
				if r.Header.Get("Range") != "bytes=100000-" {
					t.Errorf("the rest was asked for with %q", r.Header.Get("Range"))
				}
				http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
			}
		}))
		f := newFixture(t, background.Options{Linger: -1, Configure: func(_ string, c *session.Configuration) {
			c.Dial = network.Dial
		}})
		rec := f.recorder()
		s := f.session("a", rec, func(c *session.Configuration) { c.TimeoutForRequest = 2 * time.Second })
		d, err := s.DownloadTask(get(t, "http://files.test/f"), nil)
		if err != nil {
			t.Fatal(err)
		}
		d.Resume()
		rec.Expect(d, "created wrote* finished metrics done(nil)")
		if !bytes.Equal(rec.Body(d), content) || requests.Load() != 3 {
			t.Errorf("%d requests, or the file is not the server's", requests.Load())
		}
	})
}

// serveInMemory serves h on a network of its own, in the bubble of the test.
func serveInMemory(t *testing.T, addr string, h http.Handler) *demo.Network {
	t.Helper()
	network := new(demo.Network)
	l, err := network.Listen(addr)
	if err != nil {
		t.Fatal(err)
	}
	server, ended := &http.Server{Handler: h, ReadHeaderTimeout: time.Minute}, make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
		<-ended
	})
	return network
}
