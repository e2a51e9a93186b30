package transfer

import (
	"context"
	"crypto/tls"
	"io"
	"maps"
	"net"
	"slices"
	"sync"
)

// wire is a connection as net/http gets it, or the one under its TLS. It knows
// two things that net/http does not tell: how the peer's side ended, and
// whether all that came was read. Its client knows it until it is closed.
type wire struct {
	net.Conn
	c *Client

	mu      sync.Mutex
	ends    [2]string     // its addresses, ours first; "" until somebody asks
	names   [2]string     // of TLS over it, the version and the cipher suite; likewise
	fin     bool          // the peer's side ended
	closed  bool          // by us
	reading bool          // a Read is under way
	probing bool          // Reads are to return at once; its reader's alone
	atRest  chan struct{} // closed when reading or closed is; nil when nobody waits
}

// newWire makes conn a connection that Close closes if nobody did before.
func (c *Client) newWire(conn net.Conn) *wire {
	w := &wire{Conn: conn, c: c}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wires[w] = struct{}{}
	return w
}

// cut closes the connections that are left. net/http closes those that it holds
// for idle; of HTTP/2 it leaves those alone whose last stream has not been taken
// apart, or that came too late for the exchange they were made for, and their
// time without use would end long after the client.
func (c *Client) cut() {
	c.mu.Lock()
	left := slices.Collect(maps.Keys(c.wires))
	c.mu.Unlock()
	for _, w := range left {
		// Nobody is left to be told how it closes.
		_ = w.Close()
	}
}

// Read remembers that the peer's side ended. crypto/tls reports a FIN at a
// record boundary and a close_notify alert alike, as io.EOF; but after
// close_notify it reads no more, so an EOF with the FIN seen is one that anybody
// on the way can have made (RFC 8446 section 6.1).
func (w *wire) Read(p []byte) (int, error) {
	if w.probing {
		return w.Conn.(prober).tryRead(p)
	}
	w.mu.Lock()
	w.reading = true
	w.rested()
	w.mu.Unlock()
	n, err := w.Conn.Read(p)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.reading = false
	if err == io.EOF {
		if n > 0 {
			return n, nil // the end is for a Read that needs more
		}
		w.fin = true
	}
	return n, err
}

// prober is a connection that can be read without waiting. Where there is
// nothing to read, tryRead fails with errNothingCame.
type prober interface {
	tryRead(p []byte) (int, error)
}

// probes tells whether probe can be called.
func (w *wire) probes() bool {
	_, ok := w.Conn.(prober)
	return ok
}

// probe calls read, a Read over the connection, in such a way that it fails with
// errNothingCame when it would have to wait. Nobody else may read meanwhile.
func (w *wire) probe(read func() (int, error)) (int, error) {
	w.probing = true
	defer func() { w.probing = false }()
	return read()
}

// errNothingCame is temporary (net.Error), so that crypto/tls goes on after it.
var errNothingCame error = nothingCame{}

type nothingCame struct{}

func (nothingCame) Error() string   { return "nothing has come" }
func (nothingCame) Timeout() bool   { return true }
func (nothingCame) Temporary() bool { return true }

func (w *wire) Close() error {
	w.mu.Lock()
	w.closed = true
	w.rested()
	w.mu.Unlock()
	w.c.mu.Lock()
	delete(w.c.wires, w)
	w.c.mu.Unlock()
	return w.Conn.Close()
}

// rested lets go of who waits. The caller holds mu.
func (w *wire) rested() {
	if w.atRest != nil {
		close(w.atRest)
		w.atRest = nil
	}
}

// waitForRest returns when the reader of the connection waits for new bytes, so
// that none of the last response are left in its buffers, or has closed the
// connection because there were some.
//
// net/http offers a connection to the next request before it looks whether
// there is more behind the response. A request that is quick to take it would
// get those bytes as its answer: an answer to nobody's question, which whoever
// can make a server say too much could choose.
func (w *wire) waitForRest(ctx context.Context) {
	w.mu.Lock()
	if w.reading || w.closed {
		w.mu.Unlock()
		return
	}
	if w.atRest == nil {
		w.atRest = make(chan struct{})
	}
	rest := w.atRest
	w.mu.Unlock()
	select {
	case <-rest:
	case <-ctx.Done():
	}
}

// wireOf is the wire of a connection of net/http, nil for those of HTTP/2, which
// number their responses.
func wireOf(conn net.Conn) *wire {
	switch c := conn.(type) {
	case *wire:
		return c
	case *tls.Conn:
		if w, ok := c.NetConn().(*wire); ok && c.ConnectionState().NegotiatedProtocol != "h2" {
			return w
		}
	}
	return nil
}

// wireUnder is the wire of any connection of net/http, nil for one that is none.
func wireUnder(conn net.Conn) *wire {
	if tc, ok := conn.(*tls.Conn); ok {
		conn = tc.NetConn()
	}
	w, _ := conn.(*wire)
	return w
}

// addresses are the two ends as text, which every exchange shows.
func (w *wire) addresses() (local, remote string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ends[0] == "" {
		w.ends = [...]string{w.LocalAddr().String(), w.RemoteAddr().String()}
	}
	return w.ends[0], w.ends[1]
}

// cutOff tells whether conn is TLS and ended without close_notify.
func cutOff(conn net.Conn) bool {
	w := wireUnder(conn)
	if _, sealed := conn.(*tls.Conn); !sealed || w == nil {
		return false
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.fin
}

// tlsNames names the version and the cipher suite of TLS over the wire.
func (w *wire) tlsNames(state *tls.ConnectionState) (version, cipher string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.names[0] == "" {
		w.names[0], w.names[1] = tlsNames(state)
	}
	return w.names[0], w.names[1]
}

func tlsNames(state *tls.ConnectionState) (version, cipher string) {
	return tls.VersionName(state.Version), tls.CipherSuiteName(state.CipherSuite)
}
