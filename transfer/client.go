package transfer

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// Config says how connections are made. The zero value is usable.
type Config struct {
	// Dial makes the connection below TLS and proxies. nil: a net.Dialer. ctx
	// carries the values of the request that caused the dial and ends with
	// its exchange.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
	// TLS is the base of every TLS configuration, cloned. nil: system roots,
	// TLS 1.2 and newer. Its InsecureSkipVerify, ServerName, NextProtos,
	// Certificates and GetClientCertificate are not used: VerifyServer is the
	// one place where a certificate is waved through, and a client
	// certificate is only shown to the server it was chosen for. Sessions are
	// resumed if it has a ClientSessionCache; crypto/tls looks them up by host
	// name alone, so none should be set where client certificates are.
	TLS *tls.Config
	// ExtraRootCAs are roots of servers besides TLS.RootCAs, or besides the
	// system's. nil: none.
	ExtraRootCAs *x509.CertPool
	// VerifyServer decides on a server's certificate, in the handshake, after
	// the chain and the name were evaluated. ctx carries the values of the
	// request that caused the dial and ends with its exchange; no idle time
	// runs while it decides. Its error is returned by Do, unwrappable.
	// nil: id.Err decides.
	VerifyServer func(ctx context.Context, id ServerIdentity) error
	// ClientCertificate answers a request for a client certificate. addr is
	// the host:port that asks, proxy tells that it is a proxy. nil, or a nil
	// certificate: none is sent.
	ClientCertificate func(ctx context.Context, addr string, proxy bool, info *tls.CertificateRequestInfo) (*tls.Certificate, error)
	// Proxy picks the proxy of a request, and is asked once per exchange.
	// nil, or a nil URL: none. The schemes http, https, socks5 and socks5h
	// are known. User information is for that proxy, see Request.ProxyUser. A
	// proxy resolves the names of servers, with socks5 as well.
	Proxy func(*http.Request) (*url.URL, error)
	// MaxConnsPerHost bounds HTTP/1.1 connections to one host, exactly.
	// 0: no bound.
	MaxConnsPerHost int
	// MaxResponseHeaderBytes bounds a response's head, and once more all 1xx
	// heads before it together. 0: 1 MiB.
	MaxResponseHeaderBytes int64
	// DisableHTTP2 keeps to HTTP/1.1.
	DisableHTTP2 bool
	// HTTP1Within has HTTP/1.1 offered alone to servers whose round trip of TCP
	// is shorter, as far as the system tells and no proxy is in between; with
	// math.MaxInt64 to all. HTTP/2 is offered, over a second connection, to those
	// that refuse or agree on nothing. 0: HTTP/2 goes first.
	HTTP1Within time.Duration
	// HTTP3 says when HTTP/3 is tried: not through proxies, and not with a Dial
	// of the app's own, which knows no UDP. Its connections are not bounded by
	// MaxConnsPerHost; there is one to each host.
	HTTP3 HTTP3
}

// Limits and sizes that nobody needs to set.
const (
	defaultMaxHeaderBytes = 1 << 20
	idleConnTimeout       = 90 * time.Second
	// idleConnsPerHost are kept for reuse when MaxConnsPerHost sets no bound;
	// net/http's default of 2 would throw most connections away.
	idleConnsPerHost = 16
	// readBufferSize is the size of the buffer in front of a connection. A
	// Read with a larger slice (Copy's) goes round it, straight to the socket;
	// the small heads and chunk sizes are what it is for.
	readBufferSize = 32 << 10
	// A silent HTTP/2 connection is asked for a sign of life, so that a dead
	// one does not stay in the pool and take the next exchange with it.
	pingAfter   = 30 * time.Second
	pingTimeout = 15 * time.Second
)

// errClientClosed is the cause of a Do or dial after Close.
var errClientClosed = errors.New("the client is closed")

// Client makes connections and keeps idle ones for reuse. It is safe for use
// by several goroutines.
type Client struct {
	cfg  Config
	dial func(ctx context.Context, network, addr string) (net.Conn, error)
	// plain serves http URLs, also through HTTP proxies. https URLs have one
	// transport for each proxy and user of it: net/http would do the TLS of a
	// tunnel itself, where the request, and so its context and the address
	// that is verified, cannot be known. So have http URLs for each SOCKS
	// proxy, whose refusals net/http knows as text only.
	plain *http.Transport
	quic  *quicClient // nil: no HTTP/3
	lines *lines

	mu      sync.Mutex
	apart   map[route]*http.Transport
	wires   map[*wire]struct{} // that are open
	closed  bool
	dialing sync.WaitGroup // Add under mu, and only while not closed
}

// route is what the connections of one transport have in common.
type route struct {
	scheme, proxy string
	identity      any // of the proxy's user
}

// NewClient returns a client that makes connections as cfg says.
func NewClient(cfg Config) *Client {
	if cfg.MaxResponseHeaderBytes <= 0 {
		cfg.MaxResponseHeaderBytes = defaultMaxHeaderBytes
	}
	c := &Client{cfg: cfg, dial: cfg.Dial, apart: make(map[route]*http.Transport), wires: make(map[*wire]struct{})}
	if c.dial == nil {
		c.dial = new(net.Dialer).DialContext
	}
	if cfg.HTTP3 != HTTP3Never && cfg.Dial == nil {
		c.quic = newQUICClient(c, cfg.HTTP3)
	}
	c.plain = c.newPlainTransport()
	c.lines = newLines(c)
	return c
}

// newPlainTransport makes a transport for http URLs.
func (c *Client) newPlainTransport() *http.Transport {
	t := c.newTransport()
	t.Proxy = func(r *http.Request) (*url.URL, error) {
		return exchangeOf(r.Context()).proxy, nil
	}
	t.DialContext = c.dialPlain
	// An http URL needs TLS only on the way to an https proxy.
	t.DialTLSContext = c.dialSecureProxy
	return t
}

// newSecureTransport makes a transport for https URLs by way of proxy.
func (c *Client) newSecureTransport(proxy *url.URL) *http.Transport {
	t := c.newTransport()
	t.DialTLSContext = func(ctx context.Context, _, addr string) (net.Conn, error) {
		return c.dialSecure(ctx, proxy, addr)
	}
	return t
}

// newSOCKSTransport makes a transport for http URLs by way of a SOCKS proxy.
func (c *Client) newSOCKSTransport(proxy *url.URL) *http.Transport {
	t := c.newTransport()
	t.DialContext = func(ctx context.Context, _, addr string) (net.Conn, error) {
		return c.dialSOCKS(ctx, proxy, addr)
	}
	return t
}

// newTransportTo makes a transport for URLs of scheme by way of proxy.
func (c *Client) newTransportTo(scheme string, proxy *url.URL) *http.Transport {
	switch {
	case scheme == "https":
		return c.newSecureTransport(proxy)
	case isSOCKS(proxy):
		return c.newSOCKSTransport(proxy)
	}
	return c.newPlainTransport()
}

func (c *Client) newTransport() *http.Transport {
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(!c.cfg.DisableHTTP2)
	return &http.Transport{
		DisableCompression:     true,
		MaxConnsPerHost:        c.cfg.MaxConnsPerHost,
		MaxIdleConnsPerHost:    c.idlePerHost(),
		IdleConnTimeout:        idleConnTimeout,
		MaxResponseHeaderBytes: c.cfg.MaxResponseHeaderBytes,
		ExpectContinueTimeout:  time.Second,
		ReadBufferSize:         readBufferSize,
		WriteBufferSize:        readBufferSize,
		Protocols:              &protocols,
		HTTP2:                  &http.HTTP2Config{SendPingTimeout: pingAfter, PingTimeout: pingTimeout},
	}
}

// idlePerHost is how many idle connections are kept.
func (c *Client) idlePerHost() int {
	if n := c.cfg.MaxConnsPerHost; n > 0 {
		return n
	}
	return idleConnsPerHost
}

// transportFor returns the transport for the URL and the proxy of x.
func (c *Client) transportFor(x *Exchange) (*http.Transport, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return nil, errClientClosed
	}
	r := route{scheme: x.request.HTTP.URL.Scheme}
	if r.scheme == "http" && !isSOCKS(x.proxy) {
		return c.plain, nil
	}
	if x.proxy != nil {
		r.proxy, r.identity = x.proxy.String(), x.user.Identity()
	}
	t := c.apart[r]
	if t == nil {
		t = c.newTransportTo(r.scheme, x.proxy)
		c.apart[r] = t
	}
	return t, nil
}

// CloseIdleConnections closes the connections that no exchange uses, and those
// in use when they become idle, as long as nothing new begins; of HTTP/2 those in
// use a while after that.
func (c *Client) CloseIdleConnections() {
	for _, t := range c.transports() {
		t.CloseIdleConnections()
	}
	c.lines.closeIdle()
	c.quic.closeIdle()
}

// transports returns all that there are so far.
func (c *Client) transports() []*http.Transport {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := []*http.Transport{c.plain}
	for _, t := range c.apart {
		all = append(all, t)
	}
	return all
}

// Close waits for the dials that are under way and closes all connections; dials
// end with their exchange, so Close is for when the last exchange is done. When
// it returns no socket is open, and nothing new begins.
func (c *Client) Close() {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	c.dialing.Wait()
	c.CloseIdleConnections() // in the order that TLS and HTTP/2 want
	c.cut()
	c.quic.close()
}
