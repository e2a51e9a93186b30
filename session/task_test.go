package session

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestBadURLsShowInTheTask(t *testing.T) {
	for url, want := range map[string]Code{
		"foobar://h/": UnsupportedURL, "file:///etc/passwd": UnsupportedURL, "": UnsupportedURL,
		"http://": BadURL, "http://h:999999/": BadURL, "http://:80/": BadURL,
	} {
		rec := newRecorder()
		task := run(t, open(t, rec, nil), rec, url)
		if !errors.Is(task.Err(), want) || rec.trace() != fmt.Sprintf("metrics done(%d)", int(want)) {
			t.Errorf("%q: %v, %s", url, task.Err(), rec.trace())
		}
	}
}

func TestIllegalRequestsAreRefusedAtOnce(t *testing.T) {
	s := open(t, nil, nil)
	for name, change := range map[string]func(*http.Request){
		"header value":   func(r *http.Request) { r.Header["X"] = []string{"a\r\nb: c"} },
		"header NUL":     func(r *http.Request) { r.Header["X"] = []string{"a\x00"} },
		"header name":    func(r *http.Request) { r.Header["a b"] = []string{"c"} },
		"request method": func(r *http.Request) { r.Method = "GE T" },
	} {
		r := get(t, "http://h/")
		change(r)
		if _, err := s.DataTask(r, nil); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	folded := get(t, "http://h/")
	folded.Header["X"] = []string{"a\r\n b"}
	if task, err := s.DataTask(folded, nil); err != nil || task.OriginalRequest().Header.Get("X") != "a b" {
		t.Errorf("folding: %v", err)
	}
}

func TestMethodsAreNormalised(t *testing.T) {
	for in, want := range map[string]string{"": "GET", "get": "GET", "Put": "PUT", "delete": "DELETE", "patch": "patch"} {
		if got := normalMethod(in); got != want {
			t.Errorf("%q became %q", in, got)
		}
	}
}

func TestHeadersOfARequest(t *testing.T) {
	var seen atomic.Pointer[http.Header]
	srv := serve(t, func(_ http.ResponseWriter, r *http.Request) { seen.Store(&r.Header) })
	rec := newRecorder()
	additional := http.Header{"x-mine": {"session"}, "X-Extra": {"yes"}}
	s := open(t, rec, func(c *Configuration) { c.AdditionalHeaders = additional })
	additional.Set("X-Extra", "changed later")
	r := get(t, srv.URL)
	r.Header.Set("X-Mine", "request")
	task, err := s.DataTask(r, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Late", "no")
	task.Resume()
	await(t, rec.done)
	for name, want := range map[string]string{
		"X-Mine": "request", "X-Extra": "yes", "X-Late": "", "User-Agent": userAgent, "Accept-Encoding": "gzip, br",
	} {
		if got := seen.Load().Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	download(t, s, srv.URL, "").Resume()
	await(t, rec.done)
	if got := seen.Load().Get("Accept-Encoding"); got != "identity" {
		t.Errorf("a download asks for %q", got)
	}
}

func TestCancelBeforeResume(t *testing.T) {
	rec := newRecorder()
	s := open(t, rec, nil)
	task, err := s.DataTask(get(t, "http://127.0.0.1:1/"), nil)
	if err != nil {
		t.Fatal(err)
	}
	task.Cancel()
	task.Cancel()
	await(t, rec.done)
	task.Resume()
	if got := rec.trace(); got != "metrics done(-999)" || task.State() != Completed {
		t.Errorf("%s, %v", got, task.State())
	}
	if n := len(task.Metrics().Transactions); n != 0 {
		t.Errorf("%d requests", n)
	}
}

func TestCancelRacesWithTheEnd(t *testing.T) {
	srv := serve(t, hello)
	rec := newRecorder()
	s := open(t, rec, nil)
	for range 300 {
		task, err := s.DataTask(get(t, srv.URL), nil)
		if err != nil {
			t.Fatal(err)
		}
		task.Resume()
		go task.Cancel()
		await(t, rec.done)
	}
	s.InvalidateAndCancel()
	s.Wait()
	if n := strings.Count(rec.trace(), "done"); n != 300 {
		t.Errorf("%d calls of DidComplete for 300 tasks", n)
	}
}

// panicker panics in the method named.
type panicker struct {
	*recorder
	in string
}

func (p panicker) DidReceiveData(t Task, b []byte) {
	if p.in == "DidReceiveData" {
		panic("ouch")
	}
	p.recorder.DidReceiveData(t, b)
}

func (p panicker) DidReceiveResponse(ctx context.Context, t Task, r *http.Response) ResponseDisposition {
	if p.in == "DidReceiveResponse" {
		panic("ouch")
	}
	return p.recorder.DidReceiveResponse(ctx, t, r)
}

func (p panicker) DidComplete(t Task, err error) {
	p.recorder.DidComplete(t, err)
	if p.in == "DidComplete" {
		panic("ouch")
	}
}

func (p panicker) DidBecomeInvalid(s *Session, err error) {
	if (err != nil) != (p.in == "DidComplete") {
		p.note("invalid(%v)", err)
	}
	p.recorder.DidBecomeInvalid(s, err)
	panic("ouch")
}

func TestPanicsOfTheDelegateAreContained(t *testing.T) {
	srv := serve(t, hello)
	for _, in := range []string{"DidReceiveData", "DidReceiveResponse", "DidComplete"} {
		rec := newRecorder()
		s, err := New(EphemeralConfiguration(), panicker{rec, in})
		if err != nil {
			t.Fatal(err)
		}
		task := run(t, s, rec, srv.URL)
		var p *PanicError
		if got := errors.As(task.Err(), &p); got != (in != "DidComplete") {
			t.Errorf("%s: %v", in, task.Err())
		}
		if p != nil && (p.Method != in || p.Value != "ouch" || len(p.Stack) == 0) {
			t.Errorf("%s: %+v", in, p)
		}
		s.InvalidateAndCancel()
		s.Wait()
		if strings.Contains(rec.trace(), "invalid") {
			t.Errorf("%s: %s", in, rec.trace())
		}
	}
}

func TestDecisionThatNeverComesDoesNotHinderCancel(t *testing.T) {
	srv := serve(t, hello)
	rec := newRecorder()
	asked, never := make(chan struct{}), make(chan struct{})
	rec.onResponse = func(Task, *http.Response) ResponseDisposition {
		close(asked)
		<-never
		return Allow
	}
	s := open(t, rec, nil)
	task, err := s.DataTask(get(t, srv.URL), nil)
	if err != nil {
		t.Fatal(err)
	}
	task.Resume()
	await(t, asked)
	task.Cancel()
	await(t, rec.done)
	if got := rec.trace(); got != "response(200) metrics done(-999)" {
		t.Errorf("got %s", got)
	}
	close(never)
}

func TestCompletionHandlers(t *testing.T) {
	srv := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/empty":
		case "/cut":
			w.Header().Set("Content-Length", "100")
			_, _ = w.Write([]byte("64 bytes or so"))
		default:
			hello(w, r)
		}
	})
	s := open(t, nil, nil)
	type result struct {
		data []byte
		resp *http.Response
		err  error
	}
	results := make(chan result, 1)
	load := func(path string) result {
		task, err := s.DataTask(get(t, srv.URL+path), func(data []byte, resp *http.Response, err error) {
			results <- result{data, resp, err}
		})
		if err != nil {
			t.Fatal(err)
		}
		task.Resume()
		return await(t, results)
	}
	if r := load("/"); string(r.data) != "hello" || r.err != nil || r.resp.StatusCode != 200 {
		t.Errorf("%+v", r)
	}
	if r := load("/empty"); r.data == nil || len(r.data) != 0 || r.err != nil {
		t.Errorf("%+v", r)
	}
	if r := load("/cut"); r.data != nil || !errors.Is(r.err, NetworkConnectionLost) || r.resp == nil {
		t.Errorf("%+v", r)
	}
	var at string
	paths := make(chan string, 1)
	d, err := s.DownloadTask(get(t, srv.URL), func(path string, _ *http.Response, err error) {
		if p, readErr := os.ReadFile(path); readErr != nil || string(p) != "hello" || err != nil {
			t.Errorf("%q %v %v", p, readErr, err)
		}
		paths <- path
	})
	if err != nil {
		t.Fatal(err)
	}
	d.Resume()
	at = await(t, paths)
	s.FinishTasksAndInvalidate()
	s.Wait()
	if _, err := os.Stat(at); !os.IsNotExist(err) {
		t.Errorf("the file is still there: %v", err)
	}
	if _, err := s.DataTask(get(t, srv.URL), nil); !errors.Is(err, ErrInvalidated) {
		t.Errorf("a task of an invalid session: %v", err)
	}
}

func TestInvalidation(t *testing.T) {
	release := make(chan struct{})
	srv := serve(t, func(w http.ResponseWriter, r *http.Request) {
		<-release
		hello(w, r)
	})
	for _, cancel := range []bool{false, true} {
		rec := newRecorder()
		s := open(t, rec, nil)
		running, err := s.DataTask(get(t, srv.URL), nil)
		if err != nil {
			t.Fatal(err)
		}
		never, err := s.DataTask(get(t, srv.URL), nil)
		if err != nil {
			t.Fatal(err)
		}
		running.Resume()
		if got := s.Tasks(); len(got) != 1 || got[0].ID() != running.ID() {
			t.Errorf("listed %v", got)
		}
		if cancel {
			s.InvalidateAndCancel()
		} else {
			s.FinishTasksAndInvalidate()
		}
		await(t, rec.done)
		if !errors.Is(never.Err(), Cancelled) && !cancel {
			t.Errorf("the task that never ran: %v", never.Err())
		}
		if !cancel {
			close(release)
		}
		await(t, rec.done)
		await(t, rec.invalid)
		if got := errors.Is(running.Err(), Cancelled); got != cancel {
			t.Errorf("cancel %t: %v", cancel, running.Err())
		}
		s.Wait()
		s.FinishTasksAndInvalidate()
		if len(s.Tasks()) != 0 {
			t.Error("tasks are left")
		}
	}
}

// silent is a server in the bubble of a synctest that accepts and says nothing.
func silent(context.Context, string, string) (net.Conn, error) {
	client, server := net.Pipe()
	go func() {
		// It ends when the client closes its side.
		_, _ = io.Copy(io.Discard, server)
	}()
	return client, nil
}

func TestTimeouts(t *testing.T) {
	tests := []struct {
		name     string
		change   func(*Configuration)
		request  time.Duration
		after    time.Duration
		resource bool
	}{
		{"request", func(c *Configuration) { c.TimeoutForRequest = 3 * time.Second }, 0, 3 * time.Second, false},
		{"request's own", func(c *Configuration) { c.TimeoutForRequest = 10 * time.Second }, time.Second, time.Second, false},
		{"resource", func(c *Configuration) { c.TimeoutForResource = 5 * time.Second }, 0, 5 * time.Second, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				rec := newRecorder()
				s := open(t, rec, func(c *Configuration) {
					c.Dial = silent
					tt.change(c)
				})
				r := get(t, "http://h/")
				if tt.request > 0 {
					r = WithTimeout(r, tt.request)
				}
				task, err := s.DataTask(r, nil)
				if err != nil {
					t.Fatal(err)
				}
				start := time.Now()
				task.Resume()
				<-rec.done
				var e *Error
				if !errors.As(task.Err(), &e) || e.Code != TimedOut || e.Resource != tt.resource {
					t.Errorf("got %v", task.Err())
				}
				if took := time.Since(start); took != tt.after {
					t.Errorf("after %v", took)
				}
			})
		})
	}
}

func TestNoTimeoutWhileSuspended(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rec := newRecorder()
		s := open(t, rec, func(c *Configuration) {
			c.Dial = silent
			c.TimeoutForRequest = 10 * time.Second
			c.TimeoutForResource = 20 * time.Second
		})
		task, err := s.DataTask(get(t, "http://h/"), nil)
		if err != nil {
			t.Fatal(err)
		}
		task.Resume()
		time.Sleep(5 * time.Second)
		task.Suspend()
		time.Sleep(time.Hour)
		if task.State() != Suspended {
			t.Fatalf("it is %v: %v", task.State(), task.Err())
		}
		task.Resume()
		<-rec.done
		if !errors.Is(task.Err(), TimedOut) {
			t.Errorf("got %v", task.Err())
		}
	})
}

func TestDelegateCallsDoNotOverlap(t *testing.T) {
	srv := serve(t, hello)
	var busy sync.Mutex
	rec := newRecorder()
	d := overlap{recorder: rec, busy: &busy, t: t}
	s := open(t, d, nil)
	for range 30 {
		task, err := s.DataTask(get(t, srv.URL), nil)
		if err != nil {
			t.Fatal(err)
		}
		task.Resume()
	}
	for range 30 {
		await(t, rec.done)
	}
}

type overlap struct {
	*recorder
	busy *sync.Mutex
	t    *testing.T
}

func (o overlap) DidReceiveData(t Task, p []byte) {
	if !o.busy.TryLock() {
		o.t.Error("two facts at once")
		return
	}
	defer o.busy.Unlock()
	o.recorder.DidReceiveData(t, p)
}

func (o overlap) DidComplete(t Task, err error) {
	if !o.busy.TryLock() {
		o.t.Error("two facts at once")
	} else {
		defer o.busy.Unlock()
	}
	o.recorder.DidComplete(t, err)
}
