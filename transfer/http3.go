package transfer

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"sync"
	"time"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"
)

// HTTP3 says for which https URLs HTTP/3 (RFC 9114) is tried.
type HTTP3 int

// The zero value is never. Where QUIC does not get through, the exchange goes on
// over TCP, and for a while QUIC is not tried there again.
const (
	HTTP3Never     HTTP3 = iota
	HTTP3Announced       // where an earlier response of the origin said so (Alt-Svc, RFC 7838)
	HTTP3First           // for all
)

// Times of HTTP/3.
const (
	// handshakeWait is how long a server may be silent in a QUIC handshake
	// before TCP is taken.
	handshakeWait = time.Second
	// brokenFor is how long an address that QUIC did not get through to is left
	// alone.
	brokenFor = 5 * time.Minute
	// quicSilence is how long a connection lasts that nothing comes in on;
	// quicKeepAlive keeps one alive whose exchanges stand still.
	quicSilence   = 30 * time.Second
	quicKeepAlive = 10 * time.Second
)

// quicClient is the part of a Client that speaks HTTP/3: one UDP socket, and one
// connection for each server.
type quicClient struct {
	c            *Client
	mode         HTTP3
	alternatives *alternatives

	mu     sync.Mutex
	socket *quic.Transport // nil until the first dial
	conns  map[string]*quicConn
}

func newQUICClient(c *Client, mode HTTP3) *quicClient {
	return &quicClient{c: c, mode: mode, alternatives: newAlternatives(), conns: make(map[string]*quicConn)}
}

// quicConn is a connection, or one that is being made.
type quicConn struct {
	ready chan struct{} // closed when what follows is known
	err   error
	conn  *quic.Conn
	http  *http3.ClientConn

	// Guarded by quicClient.mu.
	users  int
	idle   *time.Timer // closes it, while it has no users
	served bool        // it had a user
}

func (q *quicConn) dead() bool {
	select {
	case <-q.ready:
	default:
		return false // it is being made
	}
	return q.err != nil || q.conn.Context().Err() != nil
}

// errNoQUIC says that TCP is to be taken.
var errNoQUIC = errors.New("no answer over QUIC")

// place is where HTTP/3 is tried for the exchange, "" for nowhere. origin is the
// host:port of its URL.
func (h *quicClient) place(x *Exchange) (place, origin string) {
	u := x.request.HTTP.URL
	if h == nil || u.Scheme != "https" || x.proxy != nil {
		return "", ""
	}
	port := u.Port()
	if port == "" {
		port = "443"
	}
	origin = net.JoinHostPort(u.Hostname(), port)
	now := time.Now()
	announced, ok := h.alternatives.port(origin, now)
	switch {
	case ok:
		place = net.JoinHostPort(u.Hostname(), announced)
	case h.mode == HTTP3First:
		place = origin
	default:
		return "", origin
	}
	if !h.alternatives.works(place, now) {
		return "", origin
	}
	return place, origin
}

// roundTrip sends out over HTTP/3. errNoQUIC means that nothing of it was sent.
func (h *quicClient) roundTrip(x *Exchange, out *http.Request, place, origin string) (*http.Response, error) {
	for {
		q, reused, err := h.acquire(x, place, origin)
		if err != nil {
			return nil, err
		}
		x.releaseQUIC = func() { h.release(q) }
		x.trace.gotQUIC(q.conn.LocalAddr(), q.conn.RemoteAddr(), reused)
		resp, err := q.http.RoundTrip(out)
		if err == nil {
			return resp, nil
		}
		h.drop(place, q)
		// A connection that waited for its next request may have been given
		// up by the server; what has no body can be sent again (RFC 9110
		// section 9.2.2).
		if !reused || x.ctx.Err() != nil || !repeatable(out) {
			return nil, err
		}
		x.releaseQUIC()
		x.releaseQUIC = nil
	}
}

// repeatable tells the requests that net/http would send again too.
func repeatable(r *http.Request) bool {
	switch r.Method {
	case "", http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace:
		return r.Body == nil || r.Body == http.NoBody
	}
	return false
}

// acquire returns the connection to place, which is made if there is none.
func (h *quicClient) acquire(x *Exchange, place, origin string) (q *quicConn, reused bool, err error) {
	x.trace.getConn(place)
	for {
		h.mu.Lock()
		q = h.conns[place]
		mine := q == nil || q.dead()
		if mine {
			q = &quicConn{ready: make(chan struct{})}
			h.conns[place] = q
		}
		q.users++
		if q.idle != nil {
			q.idle.Stop()
			q.idle = nil
		}
		reused = q.served
		q.served = true
		h.mu.Unlock()
		if mine {
			q.err = h.dial(x, q, place, origin)
			close(q.ready)
		}
		select {
		case <-q.ready:
		case <-x.ctx.Done():
			h.release(q)
			return nil, false, x.ctx.Err()
		}
		if q.err == nil {
			return q, reused, nil
		}
		h.drop(place, q)
		h.release(q)
		if mine || errors.Is(q.err, errNoQUIC) {
			return nil, false, q.err
		}
		// It failed for whoever made it: it was cancelled, or it asked about a
		// certificate, which every exchange has to ask by itself.
	}
}

// dial makes the connection q on behalf of x.
func (h *quicClient) dial(x *Exchange, q *quicConn, place, origin string) error {
	d, err := h.c.begin(x.trace.resolving(x.dialContext()))
	if err != nil {
		return err
	}
	defer d.end()
	tlsConfig, err := d.tlsConfig(origin, false, []string{http3.NextProtoH3})
	if err != nil {
		return &phaseError{PhaseTLS, err}
	}
	tlsConfig.MinVersion = tls.VersionTLS13 // RFC 9001 section 4.2
	// What was decided about the certificate is told apart from all that can
	// go wrong with the way.
	var verdict error
	verify := tlsConfig.VerifyConnection
	tlsConfig.VerifyConnection = func(state tls.ConnectionState) error {
		verdict = verify(state)
		return verdict
	}
	at, err := resolveUDP(d.ctx, place)
	if err == nil {
		err = h.connect(d, q, at, tlsConfig)
	}
	switch {
	case err == nil:
		return nil
	case x.ctx.Err() != nil:
		return x.ctx.Err()
	case verdict != nil:
		return &phaseError{PhaseTLS, verdict}
	}
	h.alternatives.fail(place, time.Now().Add(brokenFor))
	return fmt.Errorf("%w: %w", errNoQUIC, err)
}

func (h *quicClient) connect(d *dialling, q *quicConn, at *net.UDPAddr, cfg *tls.Config) error {
	socket, err := h.open()
	if err != nil {
		return err
	}
	d.x.trace.connectStarted()
	d.x.trace.tlsStarted() // in QUIC they are one
	conn, err := socket.Dial(d.ctx, at, cfg, &quic.Config{
		HandshakeIdleTimeout: handshakeWait, MaxIdleTimeout: quicSilence, KeepAlivePeriod: quicKeepAlive,
		MaxIncomingStreams: -1, // servers open none in HTTP/3
	})
	if err != nil {
		return err
	}
	d.x.trace.connectDone()
	d.x.trace.tlsDone()
	q.conn = conn
	q.http = (&http3.Transport{
		DisableCompression: true, MaxResponseHeaderBytes: int(h.c.cfg.MaxResponseHeaderBytes),
	}).NewClientConn(conn)
	return nil
}

// resolveUDP is the first address of place. TCP, which comes next if it does not
// answer, tries the others.
func resolveUDP(ctx context.Context, place string) (*net.UDPAddr, error) {
	host, port, err := net.SplitHostPort(place)
	if err != nil {
		return nil, err
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return nil, err
	}
	addresses, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return nil, err
	}
	return net.UDPAddrFromAddrPort(netip.AddrPortFrom(addresses[0].Unmap(), uint16(n))), nil
}

// open opens the socket that all connections share.
func (h *quicClient) open() (*quic.Transport, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.socket == nil {
		conn, err := net.ListenUDP("udp", nil)
		if err != nil {
			return nil, err
		}
		h.socket = &quic.Transport{Conn: conn}
	}
	return h.socket, nil
}

// release takes a user from q. Without any it is closed after a while.
func (h *quicClient) release(q *quicConn) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if q.users--; q.users == 0 && q.conn != nil {
		q.idle = time.AfterFunc(idleConnTimeout, q.close)
	}
}

// close ends the connection; RFC 9114 section 8.1 calls the code H3_NO_ERROR.
func (q *quicConn) close() {
	// An error means that it has ended already.
	_ = q.conn.CloseWithError(quic.ApplicationErrorCode(http3.ErrCodeNoError), "")
}

// drop makes the next exchange with place use another connection than q.
func (h *quicClient) drop(place string, q *quicConn) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.conns[place] == q {
		delete(h.conns, place)
	}
}

// closeIdle closes the connections that no exchange uses.
func (h *quicClient) closeIdle() {
	if h == nil {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for place, q := range h.conns {
		if q.users == 0 {
			if q.idle != nil {
				q.idle.Stop()
			}
			q.close()
			delete(h.conns, place)
		}
	}
}

// close takes everything down. The last exchange is done.
func (h *quicClient) close() {
	if h == nil {
		return
	}
	h.closeIdle()
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.socket != nil {
		// There is nobody to be told that a socket cannot be closed.
		_ = h.socket.Close()
		_ = h.socket.Conn.Close()
		h.socket = nil
	}
}

// isQUIC tells the errors with which a connection or a stream of QUIC ends.
func isQUIC(err error) bool {
	var (
		application *quic.ApplicationError
		transport   *quic.TransportError
		stream      *quic.StreamError
		stateless   *quic.StatelessResetError
		h3          *http3.Error
	)
	return errors.As(err, &application) || errors.As(err, &transport) || errors.As(err, &stream) ||
		errors.As(err, &stateless) || errors.As(err, &h3)
}
