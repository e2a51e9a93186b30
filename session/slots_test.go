package session

import (
	"context"
	"math"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync/atomic"
	"testing"
	"time"
)

func TestTheHighestPriorityStartsFirst(t *testing.T) {
	var order []string
	begun, release := make(chan struct{}, 8), make(chan struct{})
	srv := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		order = append(order, r.URL.Path)
		begun <- struct{}{}
		<-release
	})
	rec := newRecorder()
	s := open(t, rec, func(c *Configuration) { c.MaxConnectionsPerHost = 1 })
	begin := func(name string, p float32) *DataTask {
		task, err := s.DataTask(get(t, srv.URL+"/"+name), nil)
		if err != nil {
			t.Fatal(err)
		}
		task.SetPriority(p)
		task.Resume()
		return task
	}
	begin("first", PriorityLow)
	await(t, begun)
	begin("low", PriorityLow)
	awaitWaiting(t, s, 1)
	begin("default", PriorityDefault)
	awaitWaiting(t, s, 2)
	late := begin("late", PriorityDefault)
	awaitWaiting(t, s, 3)
	begin("high", PriorityHigh)
	awaitWaiting(t, s, 4)
	held := begin("held", 1)
	awaitWaiting(t, s, 5)
	late.SetPriority(0.6) // at any time
	held.Suspend()        // takes no turn
	close(release)
	for range 5 {
		await(t, rec.done)
	}
	held.Resume()
	await(t, rec.done)
	if want := []string{"/first", "/high", "/late", "/default", "/low", "/held"}; !slices.Equal(order, want) {
		t.Errorf("served in the order %v, want %v", order, want)
	}
	if n := len(s.slots.hosts); n != 0 {
		t.Errorf("%d hosts are kept", n)
	}
}

// awaitWaiting waits until n tasks wait for a slot.
func awaitWaiting(t *testing.T, s *Session, n int) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		waiting := 0
		s.slots.mu.Lock()
		for _, h := range s.slots.hosts {
			waiting += len(h.waiting)
		}
		s.slots.mu.Unlock()
		if waiting == n {
			return
		}
	}
	t.Fatalf("there are never %d tasks waiting", n)
}

func TestHTTP2IsNotBoundByTheConnectionLimit(t *testing.T) {
	var now atomic.Int64
	all := make(chan struct{})
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.ProtoMajor == 2 && now.Add(1) == 8 {
			close(all)
		}
		select {
		case <-all:
		case <-r.Context().Done():
		}
	}))
	srv.EnableHTTP2 = true
	srv.StartTLS()
	t.Cleanup(srv.Close)
	s := open(t, nil, func(c *Configuration) {
		c.MaxConnectionsPerHost = 2
		c.RootCAs = srv.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	})
	done := make(chan struct{}, 8)
	for range 8 {
		task, err := s.DataTask(get(t, srv.URL), func(_ []byte, _ *http.Response, err error) {
			if err != nil {
				t.Error(err)
			}
			done <- struct{}{}
		})
		if err != nil {
			t.Fatal(err)
		}
		task.Resume()
	}
	for range 8 {
		await(t, done)
	}
}

func TestCancelWhileWaitingForATurn(t *testing.T) {
	begun := make(chan struct{}, 2)
	srv := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		begun <- struct{}{}
		<-r.Context().Done()
	})
	rec := newRecorder()
	s := open(t, rec, func(c *Configuration) { c.MaxConnectionsPerHost = 1 })
	var tasks []*DataTask
	for range 2 {
		task, err := s.DataTask(get(t, srv.URL), nil)
		if err != nil {
			t.Fatal(err)
		}
		task.Resume()
		tasks = append(tasks, task)
		if len(tasks) == 1 {
			await(t, begun)
		}
	}
	awaitWaiting(t, s, 1)
	tasks[1].Cancel()
	await(t, rec.done)
	if n := len(tasks[1].Metrics().Transactions); n != 0 {
		t.Errorf("%d requests", n)
	}
	tasks[0].Cancel()
	await(t, rec.done)
}

func TestPriorityStaysWithinItsBounds(t *testing.T) {
	s := open(t, nil, nil)
	task, err := s.DataTask(get(t, "http://a.test/"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if task.Priority() != PriorityDefault {
		t.Errorf("born with %v", task.Priority())
	}
	for set, want := range map[float32]float32{-1: 0, 0.3: 0.3, 7: 1, float32(math.NaN()): 0} {
		if task.SetPriority(set); task.Priority() != want {
			t.Errorf("%v became %v", set, task.Priority())
		}
	}
	task.Cancel()
}

func TestProgress(t *testing.T) {
	there, release := make(chan struct{}), make(chan struct{})
	srv := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/unknown" {
			_ = http.NewResponseController(w).Flush()
			_, _ = w.Write([]byte("123"))
			return
		}
		w.Header().Set("Content-Length", "10")
		_, _ = w.Write([]byte("12345"))
		_ = http.NewResponseController(w).Flush()
		close(there)
		<-release
		_, _ = w.Write([]byte("67890"))
	})
	rec := newRecorder()
	got := make(chan struct{}, 8)
	s := open(t, hookedRecorder{rec, func() { got <- struct{}{} }}, nil)
	r := get(t, srv.URL)
	r.Method = http.MethodPut
	task, err := s.UploadTaskFromData(r, []byte("four"), nil)
	if err != nil {
		t.Fatal(err)
	}
	p := task.Progress()
	if p.Total() != -1 || p.Fraction() != -1 || p.Completed() != 0 {
		t.Errorf("before: %d of %d, %v", p.Completed(), p.Total(), p.Fraction())
	}
	task.SetExpectedBytes(1, 3) // of the body to send more is known
	if p.Total() != 7 {
		t.Errorf("with a hint: %d", p.Total())
	}
	task.SetExpectedBytes(0, 3)
	p.Resume()
	await(t, there)
	await(t, got)
	if p.Total() != 14 || p.Completed() != 9 || math.Abs(p.Fraction()-9.0/14) > 1e-9 || p.Finished() {
		t.Errorf("in between: %d of %d, %v", p.Completed(), p.Total(), p.Fraction())
	}
	p.Pause()
	if task.State() != Suspended {
		t.Error("Pause does not suspend")
	}
	p.Resume()
	close(release)
	await(t, rec.done)
	if p.Total() != 14 || p.Completed() != 14 || p.Fraction() != 1 || !p.Finished() {
		t.Errorf("at the end: %d of %d, %v", p.Completed(), p.Total(), p.Fraction())
	}

	unknown := run(t, s, rec, srv.URL+"/unknown").Progress()
	if unknown.Total() != 3 || unknown.Completed() != 3 {
		t.Errorf("of unknown length: %d of %d", unknown.Completed(), unknown.Total())
	}
	cancelled, err := s.DataTask(get(t, srv.URL), nil)
	if err != nil {
		t.Fatal(err)
	}
	cancelled.Progress().Cancel()
	await(t, rec.done)
	if cancelled.State() != Completed || cancelled.Progress().Finished() {
		t.Error("Cancel does not cancel the task")
	}
}

// hookedRecorder calls a function after each piece of data.
type hookedRecorder struct {
	*recorder
	onData func()
}

func (r hookedRecorder) DidReceiveData(t Task, p []byte) {
	r.recorder.DidReceiveData(t, p)
	r.onData()
}

func TestSlotIsGrantedToNobodyWhoLeft(t *testing.T) {
	b := newSlotBook(1)
	s := open(t, nil, nil)
	task, err := s.DataTask(get(t, "http://a.test/"), nil)
	if err != nil {
		t.Fatal(err)
	}
	release, err := b.acquire(context.Background(), "k", task.task)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := b.acquire(ctx, "k", task.task); err == nil {
		t.Error("a slot was had twice")
	}
	release()
	if len(b.hosts) != 0 {
		t.Errorf("left: %v", b.hosts)
	}
}
