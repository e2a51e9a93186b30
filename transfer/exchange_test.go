package transfer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
)

func quiet() *log.Logger { return log.New(io.Discard, "", 0) }

func TestDoReturnsHeadAndStreamsBody(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Answer", "yes")
		w.WriteHeader(http.StatusTeapot)
		io.WriteString(w, "short and stout")
	})
	req := get(t, s.URL+"/pot?sig=abc&x=1")
	x := do(t, newClient(t, Config{}), Request{HTTP: req})
	if x.Response.StatusCode != http.StatusTeapot || x.Response.Header.Get("X-Answer") != "yes" {
		t.Errorf("head %v %v", x.Response.Status, x.Response.Header)
	}
	if x.Response.Request != req {
		t.Error("Response.Request is not the request given")
	}
	if !x.Transaction().ResponseDone.IsZero() {
		t.Error("response done before the body was read")
	}
	if got := readAll(t, x); got != "short and stout" {
		t.Errorf("body %q", got)
	}
	tr := x.Transaction()
	if tr.URL != s.URL+"/pot?sig=…&x=1" || tr.Method != "GET" || tr.Status != 418 || tr.Protocol != "HTTP/1.1" {
		t.Errorf("transaction %+v", tr)
	}
	if tr.BodyReceived != 15 || tr.Reused || tr.Proxied || tr.TLSVersion != "" {
		t.Errorf("transaction %+v", tr)
	}
	if "http://"+tr.RemoteAddr != s.URL || tr.LocalAddr == "" {
		t.Errorf("addresses %s %s", tr.LocalAddr, tr.RemoteAddr)
	}
	ordered := []struct {
		name string
		at   interface{ IsZero() bool }
	}{
		{"fetch", tr.FetchStart}, {"connect", tr.ConnectStart}, {"connected", tr.ConnectDone},
		{"request", tr.RequestStart}, {"requested", tr.RequestDone},
		{"response", tr.ResponseStart}, {"done", tr.ResponseDone},
	}
	for _, o := range ordered {
		if o.at.IsZero() {
			t.Errorf("no time for %s", o.name)
		}
	}
	if tr.ConnectDone.Before(tr.ConnectStart) || tr.RequestStart.Before(tr.ConnectDone) || tr.ResponseDone.Before(tr.ResponseStart) {
		t.Errorf("times out of order: %+v", tr)
	}
	if !tr.DNSStart.IsZero() || !tr.TLSStart.IsZero() {
		t.Errorf("times of steps that were not done: %+v", tr)
	}
}

func TestNameResolutionIsMeasured(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {})
	x := do(t, newClient(t, Config{}), Request{HTTP: get(t, strings.Replace(s.URL, "127.0.0.1", "localhost", 1))})
	readAll(t, x)
	tr := x.Transaction()
	if tr.DNSStart.IsZero() || tr.DNSDone.Before(tr.DNSStart) || tr.ConnectStart.Before(tr.DNSDone) || tr.ConnectDone.Before(tr.ConnectStart) {
		t.Errorf("transaction %+v", tr)
	}
}

func TestNothingIsAddedToTheHeader(t *testing.T) {
	seen := make(chan http.Header, 1)
	s := serve(t, func(w http.ResponseWriter, r *http.Request) { seen <- r.Header })
	req := get(t, s.URL)
	req.URL.User = url.UserPassword("me", "secret")
	x := do(t, newClient(t, Config{}), Request{HTTP: req})
	readAll(t, x)
	if h := <-seen; len(h) != 0 {
		t.Errorf("header %v, want none", h)
	}
	if len(req.Header) != 0 {
		t.Errorf("the caller's header was changed: %v", req.Header)
	}
	if strings.Contains(x.Transaction().URL, "secret") {
		t.Error("password in the transaction")
	}
}

func TestRedirectsAndCodingsAreLeftAlone(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", "/elsewhere")
		w.Header().Set("Content-Encoding", "gzip")
		w.WriteHeader(http.StatusFound)
		io.WriteString(w, "not gzip at all")
	})
	x := do(t, newClient(t, Config{}), Request{HTTP: get(t, s.URL)})
	if got := readAll(t, x); x.Response.StatusCode != http.StatusFound || got != "not gzip at all" {
		t.Errorf("%s %q", x.Response.Status, got)
	}
}

func TestResponsesWithoutBodyAreDoneWithTheirHead(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusNoContent) })
	x := do(t, newClient(t, Config{}), Request{HTTP: get(t, s.URL)})
	if x.Transaction().ResponseDone.IsZero() {
		t.Error("not done")
	}
	if got := readAll(t, x); got != "" {
		t.Errorf("body %q", got)
	}
}

func TestRequestBodyIsCountedSentOnceAndClosed(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		n, err := io.Copy(io.Discard, r.Body)
		fmt.Fprint(w, n, err)
	})
	body := &closeCounter{Reader: strings.NewReader(strings.Repeat("x", 100_000))}
	req, err := http.NewRequest(http.MethodPut, s.URL, body)
	if err != nil {
		t.Fatal(err)
	}
	req.ContentLength = 100_000
	var sent atomic.Int64
	x := do(t, newClient(t, Config{}), Request{HTTP: req, Sent: func(n int64) { sent.Add(n) }})
	if got := readAll(t, x); got != "100000 <nil>" {
		t.Errorf("server got %q", got)
	}
	if sent.Load() != 100_000 || x.Transaction().BodySent != 100_000 {
		t.Errorf("sent %d, transaction %d", sent.Load(), x.Transaction().BodySent)
	}
	if body.closed.Load() != 1 {
		t.Errorf("body closed %d times", body.closed.Load())
	}
}

type closeCounter struct {
	io.Reader
	closed atomic.Int32
}

func (c *closeCounter) Close() error { c.closed.Add(1); return nil }

func TestBodyIsClosedWhenTheRequestIsRefused(t *testing.T) {
	body := &closeCounter{Reader: strings.NewReader("x")}
	req := &http.Request{Method: "PUT", URL: &url.URL{Scheme: "ftp", Host: "h"}, Body: body}
	_, err := newClient(t, Config{}).Do(t.Context(), Request{HTTP: req})
	wantError(t, err, PhaseRequest)
	if body.closed.Load() != 1 {
		t.Errorf("closed %d times", body.closed.Load())
	}
}

// Net/http would replay a PUT with GetBody on a dead connection.
func TestRequestWithBodyIsNeverReplayed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var heads atomic.Int32
		c := NewClient(Config{Dial: pipeDial(func(conn net.Conn) {
			defer conn.Close()
			for readHead(conn) {
				if heads.Add(1) > 1 {
					io.ReadFull(conn, make([]byte, len("data")))
					return // hang up without a word
				}
				io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
			}
		})})
		readAll(t, do(t, c, Request{HTTP: get(t, "http://h/")}))
		req, err := http.NewRequest(http.MethodPut, "http://h/", bytes.NewReader([]byte("data")))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Idempotency-Key", "1")
		_, err = c.Do(t.Context(), Request{HTTP: req})
		var e *Error
		if !errors.As(err, &e) || !e.Reused {
			t.Errorf("error %#v, want one on a reused connection", err)
		}
		if !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("error %v", err)
		}
		c.Close()
		synctest.Wait()
		if heads.Load() != 2 {
			t.Errorf("sent %d times", heads.Load()-1)
		}
	})
}

// readHead reads up to the empty line.
func readHead(conn net.Conn) bool {
	var head []byte
	b := make([]byte, 1)
	for !bytes.HasSuffix(head, []byte("\r\n\r\n")) {
		if _, err := conn.Read(b); err != nil {
			return false
		}
		head = append(head, b...)
	}
	return true
}

func TestDeadIdleConnectionIsReplacedForGET(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var dials atomic.Int32
		c := NewClient(Config{Dial: pipeDial(func(conn net.Conn) {
			defer conn.Close()
			dials.Add(1)
			if readHead(conn) {
				io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
			}
			readHead(conn) // the second request is not answered
		})})
		defer c.Close()
		for range 2 {
			x := do(t, c, Request{HTTP: get(t, "http://h/")})
			if got := readAll(t, x); got != "ok" {
				t.Errorf("body %q", got)
			}
			if tr := x.Transaction(); tr.Reused || tr.ConnectDone.IsZero() {
				t.Errorf("not the new connection: %+v", tr)
			}
		}
		if dials.Load() != 2 {
			t.Errorf("%d dials", dials.Load())
		}
	})
}

func TestConnectionThatBecomesFreeIsTakenBeforeADialEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dials, ended := 0, false
		answer := pipeDial(func(conn net.Conn) {
			for readHead(conn) {
				io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
			}
			conn.Close()
		})
		c := NewClient(Config{Dial: func(ctx context.Context, network, addr string) (net.Conn, error) {
			if dials++; dials == 1 {
				return answer(ctx, network, addr)
			}
			<-ctx.Done()
			ended = true
			return nil, ctx.Err()
		}})
		first := do(t, c, Request{HTTP: get(t, "http://h/")})
		go func() {
			synctest.Wait()
			readAll(t, first)
		}()
		second := do(t, c, Request{HTTP: get(t, "http://h/")})
		if tr := second.Transaction(); !tr.Reused || !tr.ConnectStart.IsZero() {
			t.Errorf("times of a dial that was of no use: %+v", tr)
		}
		if ended {
			t.Error("the dial ended before its exchange")
		}
		readAll(t, second)
		c.Close()
		if !ended {
			t.Error("the dial outlived its exchange and the client")
		}
	})
}

// TestThousandExchangesShareOneConnection: but for the few of HTTP/1.1 that
// net/http does not use again, because it has not seen the end of its own
// write within 50 ms of the end of the body. A body whose end was not read
// costs a connection each time.
func TestThousandExchangesShareOneConnection(t *testing.T) {
	for http2, spare := range map[bool]int{false: 100, true: 0} {
		t.Run(fmt.Sprintf("http2=%v", http2), func(t *testing.T) {
			var conns sync.Map
			made := 0
			body := strings.Repeat("z", 3000)
			s, cfg := serveTLS(t, http2, func(w http.ResponseWriter, r *http.Request) {
				conns.Store(r.RemoteAddr, true)
				switch r.URL.Path {
				case "/length":
					w.Header().Set("Content-Length", "3000")
				case "/none":
					w.WriteHeader(http.StatusNoContent)
					return
				case "/chunked":
					w.(http.Flusher).Flush()
				}
				io.WriteString(w, body)
			})
			c := newClient(t, Config{TLS: cfg})
			paths := []string{"/length", "/none", "/chunked"}
			for i := range 1000 {
				x := do(t, c, Request{HTTP: get(t, s.URL+paths[i%3])})
				var m memory
				want := x.Response.ContentLength
				if _, err := Copy(t.Context(), &m, 0, x.Response.Body, CopyOptions{Want: want}); err != nil {
					t.Fatal(err)
				}
				if err := x.Response.Body.Close(); err != nil {
					t.Fatal(err)
				}
				tr := x.Transaction()
				if tr.Reused == (i == 0) && http2 || tr.Reused != tr.TLSStart.IsZero() {
					t.Fatalf("exchange %d: %+v", i, tr)
				}
				if !tr.Reused {
					made++
				}
			}
			n := 0
			conns.Range(func(any, any) bool { n++; return true })
			if n != made || n > 1+spare {
				t.Errorf("%d connections, of which %d were told", n, made)
			}
		})
	}
}

func TestClosingEarlyClosesTheConnection(t *testing.T) {
	gone := make(chan struct{})
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "first")
		w.(http.Flusher).Flush()
		<-r.Context().Done()
		close(gone)
	})
	x := do(t, newClient(t, Config{}), Request{HTTP: get(t, s.URL)})
	if err := x.Response.Body.Close(); err != nil {
		t.Fatal(err)
	}
	<-gone
}

func TestInformationalResponsesAreTold(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Link", "</style.css>")
		w.WriteHeader(http.StatusEarlyHints)
		w.WriteHeader(http.StatusProcessing)
		w.WriteHeader(http.StatusOK)
	})
	var got []string
	x := do(t, newClient(t, Config{}), Request{HTTP: get(t, s.URL), Informational: func(code int, h http.Header) {
		got = append(got, fmt.Sprint(code, h.Get("Link")))
	}})
	readAll(t, x)
	if fmt.Sprint(got) != "[103</style.css> 102</style.css>]" && fmt.Sprint(got) != "[103 </style.css> 102 </style.css>]" {
		t.Errorf("got %q", got)
	}
	if x.Transaction().Status != 200 {
		t.Errorf("status %d", x.Transaction().Status)
	}
}

func TestCancellingEndsTheExchangeWhereverItIs(t *testing.T) {
	why := errors.New("the user said so")
	head := "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n"
	tests := []struct {
		name   string
		phase  Phase
		dial   func(context.Context, string, string) (net.Conn, error)
		gate   bool
		upload bool
	}{
		{name: "before it starts", phase: PhaseRequest, gate: true},
		{name: "connecting", phase: PhaseConnect, dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}},
		{name: "sending", phase: PhaseSend, upload: true, dial: pipeDial(func(c net.Conn) { readHead(c); drain(c) })},
		{name: "waiting", phase: PhaseHead, dial: pipeDial(func(c net.Conn) { drain(c) })},
		{name: "reading", phase: PhaseBody, dial: pipeDial(func(c net.Conn) {
			readHead(c)
			io.WriteString(c, head+"12345")
			drain(c)
		})},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := NewClient(Config{Dial: tt.dial})
				defer c.Close()
				ctx, cancel := context.WithCancelCause(t.Context())
				go func() {
					synctest.Wait()
					cancel(why)
				}()
				r := Request{HTTP: get(t, "http://h/")}
				if tt.gate {
					r.Gate = NewGate()
					r.Gate.Shut()
				}
				if tt.upload {
					pr, pw := io.Pipe() // nothing ever comes
					defer pw.Close()
					r.HTTP.Method, r.HTTP.Body, r.HTTP.ContentLength = "PUT", pr, 10
				}
				x, err := c.Do(ctx, r)
				if err == nil {
					_, err = io.ReadAll(x.Response.Body)
					x.Response.Body.Close()
				}
				wantError(t, err, tt.phase)
				if !errors.Is(err, context.Canceled) || !errors.Is(err, why) {
					t.Errorf("error %v", err)
				}
			})
		})
	}
}

// drain reads until the connection ends, and closes it.
func drain(c net.Conn) {
	io.Copy(io.Discard, c)
	c.Close()
}

func TestConnectionsPerHostAreBounded(t *testing.T) {
	var running, most atomic.Int32
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		n := running.Add(1)
		for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
		}
		io.WriteString(w, "x")
		running.Add(-1)
	})
	c := newClient(t, Config{MaxConnsPerHost: 3})
	var wg sync.WaitGroup
	for range 40 {
		wg.Go(func() {
			x, err := c.Do(t.Context(), Request{HTTP: get(t, s.URL)})
			if err != nil {
				t.Error(err)
				return
			}
			readAll(t, x)
		})
	}
	wg.Wait()
	if most.Load() > 3 {
		t.Errorf("%d at once", most.Load())
	}
}

func TestNothingBeginsAfterClose(t *testing.T) {
	s := httptest.NewServer(http.NotFoundHandler())
	defer s.Close()
	c := NewClient(Config{})
	c.Close()
	_, err := c.Do(t.Context(), Request{HTTP: get(t, s.URL)})
	wantError(t, err, PhaseRequest)
	if !errors.Is(err, errClientClosed) {
		t.Errorf("error %v", err)
	}
}
