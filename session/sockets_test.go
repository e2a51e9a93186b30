package session

import (
	"context"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"
)

// narrow is a socket whose buffer is full after 32 KiB, and whose peer reads no
// more: a Write waits until it is closed.
type narrow struct {
	net.Conn
	written int
	once    sync.Once
	full    func()        // is told when a Write waits
	closed  chan struct{} // by Close
}

func (n *narrow) Write(p []byte) (int, error) {
	if n.written += len(p); n.written > 32<<10 {
		n.full()
		<-n.closed
	}
	return n.Conn.Write(p)
}

func (n *narrow) Close() error {
	n.once.Do(func() { close(n.closed) })
	return n.Conn.Close()
}

// endless is a body without end.
type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

// A server may answer before it has read the whole body. For net/http the stream
// of HTTP/2 is not at its end when the task is.
func TestNoSocketOutlivesTheSession(t *testing.T) {
	full := make(chan struct{})
	srv := serveTLS(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPut {
			<-full
		}
		w.WriteHeader(http.StatusCreated)
	})
	rec := newRecorder()
	rec.onBody = func() (io.ReadCloser, error) { return io.NopCloser(endless{}), nil }
	var conns []*narrow // dials are over when the session is
	s := open(t, rec, func(c *Configuration) {
		c.RootCAs = roots(srv)
		c.Dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
			conn, err := new(net.Dialer).DialContext(ctx, network, addr)
			if err != nil {
				return nil, err
			}
			n := &narrow{Conn: conn, full: sync.OnceFunc(func() { close(full) }), closed: make(chan struct{})}
			conns = append(conns, n)
			return n, nil
		}
	})
	run(t, s, rec, srv.URL) // net/http has to answer the server's settings first
	r := get(t, srv.URL)
	r.Method = http.MethodPut
	task, err := s.UploadTaskWithStreamedRequest(r, nil)
	if err != nil {
		t.Fatal(err)
	}
	task.Resume()
	await(t, rec.done)
	if resp := task.Response(); resp == nil || resp.StatusCode != http.StatusCreated || resp.ProtoMajor != 2 {
		t.Errorf("the response is %v, the error %v", resp, task.Err())
	}
	s.FinishTasksAndInvalidate()
	s.Wait()
	if len(conns) != 1 {
		t.Fatalf("%d connections", len(conns))
	}
	select {
	case <-conns[0].closed:
	default:
		t.Error("the connection is open")
		conns[0].Close()
	}
}
