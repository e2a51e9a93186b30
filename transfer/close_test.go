package transfer

import (
	"context"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"
)

// sockets are the connections that a client dialled.
type sockets struct {
	mu   sync.Mutex
	open map[net.Conn]bool
}

type dialled struct {
	net.Conn
	of *sockets
}

func (s *dialled) Close() error {
	s.of.mu.Lock()
	delete(s.of.open, s)
	s.of.mu.Unlock()
	return s.Conn.Close()
}

// dial is a Config.Dial that remembers what is open.
func (s *sockets) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open == nil {
		s.open = make(map[net.Conn]bool)
	}
	c := &dialled{Conn: conn, of: s}
	s.open[c] = true
	return c, nil
}

func (s *sockets) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.open)
}

// lingering is a body that nobody can take from net/http until it is let go:
// its Close does not return, and so its stream does not end.
type lingering struct{ letGo chan struct{} }

func (l lingering) Read([]byte) (int, error) {
	<-l.letGo
	return 0, io.EOF
}

func (l lingering) Close() error {
	<-l.letGo
	return nil
}

// A server may answer before it has read the request's body. For net/http the
// stream of HTTP/2 is not at its end then, when the exchange is.
func TestNoSocketOutlivesItsClient(t *testing.T) {
	s, roots := serveTLS(t, true, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusCreated) })
	var of sockets
	c := NewClient(Config{TLS: roots, Dial: of.dial})
	body := lingering{make(chan struct{})}
	defer close(body.letGo)
	req, err := http.NewRequest(http.MethodPut, s.URL, body)
	if err != nil {
		t.Fatal(err)
	}
	x := do(t, c, Request{HTTP: req})
	if x.Response.StatusCode != http.StatusCreated || x.Response.ProtoMajor != 2 {
		t.Errorf("got %s over %s", x.Response.Status, x.Response.Proto)
	}
	readAll(t, x)
	if of.count() == 0 {
		t.Fatal("the connection was closed before its client")
	}
	c.Close()
	if n := of.count(); n > 0 {
		t.Errorf("%d sockets are open after Close", n)
	}
}
