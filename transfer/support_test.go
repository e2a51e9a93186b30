package transfer

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	log.SetOutput(io.Discard) // net/http prints what it finds wrong
	goleak.VerifyTestMain(m)
}

// memory is an io.WriterAt that grows.
type memory struct {
	mu sync.Mutex
	b  []byte
}

func (m *memory) WriteAt(p []byte, off int64) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if need := int(off) + len(p); need > len(m.b) {
		m.b = append(m.b, make([]byte, need-len(m.b))...)
	}
	return copy(m.b[off:], p), nil
}

// newClient returns a client that is closed at the end of the test.
func newClient(t testing.TB, cfg Config) *Client {
	t.Helper()
	c := NewClient(cfg)
	t.Cleanup(c.Close)
	return c
}

// serve starts a plain server.
func serve(t testing.TB, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

// serveTLS starts a TLS server and returns the roots that trust it.
func serveTLS(t testing.TB, http2 bool, h http.HandlerFunc) (*httptest.Server, *tls.Config) {
	t.Helper()
	s := httptest.NewUnstartedServer(h)
	s.EnableHTTP2 = http2
	s.Config.ErrorLog = quiet()
	s.StartTLS()
	t.Cleanup(s.Close)
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	return s, &tls.Config{RootCAs: roots}
}

func get(t testing.TB, url string) *http.Request {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	return req
}

// do expects a response.
func do(t testing.TB, c *Client, r Request) *Exchange {
	t.Helper()
	x, err := c.Do(t.Context(), r)
	if err != nil {
		t.Fatalf("Do: %v", err)
	}
	return x
}

// doIdle does a request until begin has read the beginning of its body, with an
// idle time that is short, but not too short for this on a busy machine.
func doIdle(t testing.TB, c *Client, r Request, begin func(*Exchange) error) *Exchange {
	t.Helper()
	for r.IdleTimeout = 100 * time.Millisecond; ; r.IdleTimeout *= 2 {
		x, err := c.Do(t.Context(), r)
		if err == nil {
			if err = begin(x); err == nil {
				return x
			}
			_ = x.Response.Body.Close() // it was cut
		}
		if !errors.Is(err, ErrTimeout) || r.IdleTimeout > time.Minute {
			t.Fatal(err)
		}
	}
}

// readAll reads and closes the body.
func readAll(t testing.TB, x *Exchange) string {
	t.Helper()
	b, err := io.ReadAll(x.Response.Body)
	if err != nil {
		t.Fatalf("body: %v", err)
	}
	if err := x.Response.Body.Close(); err != nil {
		t.Fatalf("close: %v", err)
	}
	return string(b)
}

// wantError expects an *Error of a phase.
func wantError(t testing.TB, err error, phase Phase) *Error {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("error %v (%T), want an *Error", err, err)
	}
	if e.Phase != phase {
		t.Fatalf("phase %q (%v), want %q", e.Phase, err, phase)
	}
	return e
}

// rawServer answers each connection of a loopback listener with handle, which
// has read one request head.
func rawServer(t testing.TB, handle func(conn net.Conn)) (addr string) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listen(t, ln, handle)
	return ln.Addr().String()
}

// listen serves ln until the test ends.
func listen(t testing.TB, ln net.Listener, handle func(conn net.Conn)) {
	listenRaw(t, ln, func(conn net.Conn) {
		if _, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
			handle(conn)
		}
	})
}

// listenRaw is listen for a handle that reads its requests itself.
func listenRaw(t testing.TB, ln net.Listener, handle func(conn net.Conn)) {
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			wg.Go(func() {
				defer conn.Close()
				handle(conn)
			})
		}
	})
	t.Cleanup(func() {
		ln.Close()
		wg.Wait()
	})
}

// pipeDial returns a Dial whose other ends are served by handle.
func pipeDial(handle func(conn net.Conn)) func(context.Context, string, string) (net.Conn, error) {
	return func(context.Context, string, string) (net.Conn, error) {
		client, server := net.Pipe()
		go handle(server)
		return client, nil
	}
}
