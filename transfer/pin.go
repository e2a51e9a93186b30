package transfer

import (
	"errors"
	"math"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync"

	"golang.org/x/net/idna"
)

// Pin is one HTTP/1.1 connection to one origin that serves only the exchanges
// that name it in [Request.Pin], one after the other. It is for authentication
// that is bound to the connection, as that of NTLM is (RFC 4559 section 6):
// whoever else sent a request over it would be taken for its user.
//
// It is made by the first exchange, in the same way as all connections: the
// dial, the proxy, TLS and the decision about the server are that exchange's.
// The client's limit of connections does not count it, so its holder has to;
// where there is such a limit, the idle connections of the same kind are closed
// before it is made. Safe for use by several goroutines; one whose exchange is
// under way makes others wait.
type Pin struct {
	c *Client

	mu     sync.Mutex
	conn   *http.ClientConn // nil until the first exchange
	under  net.Conn
	origin string // scheme://host:port it was made for
	via    string // the proxy
	used   bool
	closed bool
}

// NewPin returns a pin without a connection. Its holder has to close it.
func (c *Client) NewPin() *Pin { return &Pin{c: c} }

// Broken tells whether the pin had a connection and has it no more, or was
// closed: no exchange can use it. A connection that has just been lost may not
// have been noticed yet.
func (p *Pin) Broken() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.closed || p.conn != nil && p.conn.Err() != nil
}

// Close closes the connection, also under an exchange.
func (p *Pin) Close() {
	p.mu.Lock()
	p.closed = true
	conn := p.conn
	p.mu.Unlock()
	if conn != nil {
		// It is of no more use, whatever there is to say of its end.
		_ = conn.Close()
	}
}

var (
	errPinClosed = errors.New("the connection that was kept for this is closed")
	errPinOrigin = errors.New("the connection that was kept is to another server")
)

// roundTrip sends out over the connection, which is made if there is none.
func (p *Pin) roundTrip(x *Exchange, pool *http.Transport, out *http.Request) (*http.Response, error) {
	x.trace.getConn("")
	conn, info, err := p.connect(x, pool, out)
	if err != nil {
		return nil, err
	}
	x.trace.gotConn(info)
	return conn.RoundTrip(out)
}

// connect returns the connection, new or not. pool has the connections of other
// exchanges to the same place.
func (p *Pin) connect(x *Exchange, pool *http.Transport, out *http.Request) (*http.ClientConn, httptrace.GotConnInfo, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	address, err := authority(out.URL)
	if err != nil {
		return nil, httptrace.GotConnInfo{}, err
	}
	origin, via := out.URL.Scheme+"://"+address, ""
	if x.proxy != nil {
		via = x.proxy.String()
	}
	switch {
	case p.closed:
		return nil, httptrace.GotConnInfo{}, &phaseError{PhaseConnect, errPinClosed}
	case p.conn != nil && (p.origin != origin || p.via != via):
		return nil, httptrace.GotConnInfo{}, errPinOrigin
	case p.conn == nil:
		if p.c.cfg.MaxConnsPerHost > 0 {
			pool.CloseIdleConnections()
			p.c.lines.makeRoom(out)
		}
		conn, err := p.transport(x, out.URL).NewClientConn(out.Context(), out.URL.Scheme, address)
		if err != nil {
			return nil, httptrace.GotConnInfo{}, err
		}
		p.conn, p.under, p.origin, p.via = conn, x.dialled, origin, via
	}
	info := httptrace.GotConnInfo{Conn: p.under, Reused: p.used}
	p.used = true
	return p.conn, info, nil
}

// transport makes the connection of this pin and no other, and sets no bound:
// net/http would take the end of the connection off a count that it was never
// added to.
func (p *Pin) transport(x *Exchange, u *url.URL) *http.Transport {
	t := p.c.newTransportTo(u.Scheme, x.proxy)
	t.MaxConnsPerHost = 0
	t.Protocols = new(http.Protocols)
	t.Protocols.SetHTTP1(true)
	return t
}

// authority is the host:port of a URL in ASCII, as net/http dials it.
func authority(u *url.URL) (string, error) {
	host, port := u.Hostname(), u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	if strings.IndexFunc(host, func(r rune) bool { return r >= 0x80 }) >= 0 {
		var err error
		if host, err = idna.Lookup.ToASCII(host); err != nil {
			return "", err
		}
	}
	return net.JoinHostPort(host, port), nil
}

// dialledBy remembers the connection that a dial made for a pin. The dial of a
// pin runs within its exchange; any other may go on after it.
func (d *dialling) dialledBy(conn net.Conn, err error) (net.Conn, error) {
	if err == nil && d.x.request.Pin != nil {
		d.x.dialled = conn
	}
	return conn, err
}

// protocols are what is offered in the TLS handshake over raw, which leads to the
// server itself if that is straight, and what is offered to a server that speaks
// none of them, nil for nothing.
func (d *dialling) protocols(straight bool, raw net.Conn) (offered, otherwise []string) {
	within := d.c.cfg.HTTP1Within
	switch {
	case d.c.cfg.DisableHTTP2 || d.x.request.Pin != nil:
		return []string{"http/1.1"}, nil
	case within == math.MaxInt64, within > 0 && straight && isWithin(within, raw):
		return []string{"http/1.1"}, []string{"h2", "http/1.1"}
	}
	return []string{"h2", "http/1.1"}, nil
}
