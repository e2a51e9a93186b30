package transfer

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/url"
	"syscall"
)

// dialling is one dial on behalf of an exchange. net/http detaches dials from
// their request, so that a connection finished too late can serve another one;
// here a dial ends with its exchange, because the person who is asked about a
// certificate must not be asked on behalf of nobody.
type dialling struct {
	c   *Client
	x   *Exchange
	ctx context.Context // values of the request, cancelled with the exchange
	end func()          // releases what begin took
}

// begin starts a dial for the exchange that ctx belongs to.
func (c *Client) begin(ctx context.Context) (*dialling, error) {
	x := exchangeOf(ctx)
	if err := x.gate.Wait(x.ctx); err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return nil, errClientClosed
	}
	c.dialing.Add(1)
	ctx, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(x.ctx, func() { cancel(context.Cause(x.ctx)) })
	x.trace.dialStarted()
	return &dialling{c: c, x: x, ctx: ctx, end: func() {
		stop()
		cancel(nil)
		c.dialing.Done()
	}}, nil
}

// dialPlain makes the connections of http URLs, to the server or its proxy.
func (c *Client) dialPlain(ctx context.Context, _, addr string) (net.Conn, error) {
	d, err := c.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer d.end()
	var raw net.Conn
	if d.x.proxy != nil {
		raw, err = d.connectProxy(addr) // addr is the proxy's
	} else {
		raw, err = d.connect(d.ctx, "tcp", addr)
	}
	if err != nil {
		return nil, err
	}
	return d.dialledBy(d.own(c.newWire(newTCPConn(raw)), nil))
}

// dialSOCKS makes the connections of http URLs by way of a SOCKS proxy.
func (c *Client) dialSOCKS(ctx context.Context, proxy *url.URL, addr string) (net.Conn, error) {
	d, err := c.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer d.end()
	raw, err := d.tunnel(proxy, addr)
	if err != nil {
		return nil, err
	}
	return d.dialledBy(c.newWire(newTCPConn(raw)), nil)
}

// dialSecureProxy connects to an https proxy that http URLs go through. The
// connection it returns does not show that it is TLS, for it is not the
// server's.
func (c *Client) dialSecureProxy(ctx context.Context, _, addr string) (net.Conn, error) {
	d, err := c.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer d.end()
	raw, err := d.connectProxy(addr)
	if err != nil {
		return nil, err
	}
	tc, err := d.handshake(raw, addr, true, "http/1.1")
	if err != nil {
		return nil, err
	}
	return d.dialledBy(c.newWire(tc), nil)
}

// dialSecure makes the connections of https URLs.
func (c *Client) dialSecure(ctx context.Context, proxy *url.URL, addr string) (net.Conn, error) {
	d, err := c.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer d.end()
	raw, err := d.connectOver(proxy, addr)
	if err != nil {
		return nil, err
	}
	offered, otherwise := d.protocols(proxy == nil, raw)
	conn, err := d.handshake(raw, addr, false, offered...)
	if otherwise != nil && undecided(conn, err) {
		if err == nil {
			// Nothing was sent over it.
			_ = conn.Close()
		}
		if raw, err = d.connectOver(proxy, addr); err != nil {
			return nil, err
		}
		conn, err = d.handshake(raw, addr, false, otherwise...)
	}
	return d.dialledBy(d.own(conn, err))
}

// undecided tells whether a server that was offered HTTP/1.1 alone may have to be
// offered HTTP/2: it has refused, with an alert or by hanging up, or does not say
// what it speaks.
func undecided(conn net.Conn, err error) bool {
	if err == nil {
		return agreedOn(conn) == ""
	}
	if alert, told := Alert(err); told {
		return alert == noApplicationProtocol
	}
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET)
}

// agreedOn is the protocol that was agreed on in the TLS handshake of conn, "" for
// none.
func agreedOn(conn net.Conn) string {
	if tc, ok := conn.(*tls.Conn); ok {
		return tc.ConnectionState().NegotiatedProtocol
	}
	return ""
}

// connectOver makes a connection for the TLS of an https server, by way of proxy
// unless that is nil.
func (d *dialling) connectOver(proxy *url.URL, addr string) (net.Conn, error) {
	if proxy == nil {
		return d.connect(d.ctx, "tcp", addr)
	}
	return d.tunnel(proxy, addr)
}

// connect makes the connection below everything else.
func (d *dialling) connect(ctx context.Context, network, addr string) (net.Conn, error) {
	d.x.trace.connectStarted()
	conn, err := d.c.dial(d.x.trace.resolving(ctx), network, addr)
	if err != nil {
		var dns *net.DNSError
		if errors.As(err, &dns) {
			return nil, &phaseError{PhaseResolve, err}
		}
		return nil, &phaseError{PhaseConnect, err}
	}
	d.x.trace.connectDone()
	return conn, nil
}

// handshake makes raw a TLS connection, or closes it. proxy tells that it leads
// to a proxy. It returns a *tls.Conn
// and no less, because net/http looks for that type to speak HTTP/2.
func (d *dialling) handshake(raw net.Conn, addr string, proxy bool, protocols ...string) (net.Conn, error) {
	cfg, err := d.tlsConfig(addr, proxy, protocols)
	if err != nil {
		return nil, errors.Join(&phaseError{PhaseTLS, err}, raw.Close())
	}
	d.x.trace.tlsStarted()
	under := d.c.newWire(newTCPConn(raw))
	tc := tls.Client(under, cfg)
	if err := tc.HandshakeContext(d.ctx); err != nil {
		// The connection is of no more use; that it cannot be closed cleanly
		// says nothing beside why the handshake failed.
		_ = under.Close()
		if proxy {
			err = &SecureProxyError{addr, err}
		}
		return nil, &phaseError{PhaseTLS, err}
	}
	d.x.trace.tlsDone()
	return tc, nil
}
