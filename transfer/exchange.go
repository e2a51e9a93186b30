package transfer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"
)

// Request is one request with what watches it.
type Request struct {
	// HTTP is the request. Its body, if any, is read once and closed, also
	// when Do fails; its GetBody is not used, so a body is never sent twice.
	// Nothing is added to its header but what HTTP itself demands; no content
	// coding is asked for or undone. Do does not change it, nor may anybody
	// else until the response's body is closed.
	HTTP *http.Request
	// IdleTimeout is the longest time without a byte in either direction,
	// see the package comment. 0: no limit.
	IdleTimeout time.Duration
	// Gate holds the exchange still while it is shut. nil: always open.
	Gate *Gate
	// Pin is the connection that the exchange goes over. nil: any that the
	// client has or makes.
	Pin *Pin
	// Limit are the limiters that every byte of HTTP's body has to pass, in
	// order. No idle time runs while one lets it wait.
	Limit []Limiter
	// Sent is told the bytes of the body handed to the transport.
	Sent func(n int64)
	// Informational is told each 1xx response but 101. It is not called any
	// more when Do has returned.
	Informational func(code int, header http.Header)
	// ProxyUser says who the exchange is to the proxy at via, as Config.Proxy
	// names it. It is called once, before a connection is looked for. nil: the
	// user information of via.
	ProxyUser func(via *url.URL) ProxyUser
}

// Exchange is one exchange whose response head has arrived.
type Exchange struct {
	// Response is the response; reading its Body counts, watches the idle
	// time and obeys the gate. A body that ends before its declared length,
	// or without the end that its framing or TLS demands, fails with
	// io.ErrUnexpectedEOF. Errors of the body are *Error. Response.Request is
	// the request that Do was given; Response.TLS names no verified chains,
	// they were shown to Config.VerifyServer.
	Response *http.Response

	request Request
	gate    *Gate
	proxy   *url.URL        // that connections are made through, without user information
	user    ProxyUser       // nil without a proxy
	dialled net.Conn        // the connection of a pin, made by this exchange
	ctx     context.Context // ends with the exchange
	cancel  context.CancelCauseFunc
	watch   *watchdog
	trace   *trace
	finish  sync.Once
	offer   *lineOffer // where its dial leaves a line, nil when it has no use for one
	leave   func()     // leaves the place of lines, nil when it was at none
	// releaseQUIC gives the connection of HTTP/3 back, nil when there is none.
	releaseQUIC func()
}

// exchangeKey is the context key under which a dial finds its exchange.
type exchangeKey struct{}

// dialContext is the context of the exchange for who may dial for it.
func (x *Exchange) dialContext() context.Context {
	return context.WithValue(x.ctx, exchangeKey{}, x)
}

// traced is out for net/http, whose hooks measure it.
func (x *Exchange) traced(out *http.Request) *http.Request {
	return out.WithContext(x.trace.attach(x.dialContext()))
}

func exchangeOf(ctx context.Context) *Exchange {
	return ctx.Value(exchangeKey{}).(*Exchange)
}

// Do sends r and returns when the head of the final response is there. Errors
// are *Error.
//
// A request without a body whose method is idempotent is sent once more, by
// net/http, when the idle connection that was taken for it turns out to be
// dead. No other request is ever repeated.
func (c *Client) Do(ctx context.Context, r Request) (*Exchange, error) {
	x := &Exchange{request: r, gate: r.Gate}
	x.ctx, x.cancel = context.WithCancelCause(ctx)
	x.watch = newWatchdog(r.IdleTimeout, heldByQueue, func() { x.cancel(ErrTimeout) })
	x.trace = newTrace(x.ctx, r, x.watch, c.cfg.MaxResponseHeaderBytes)
	x.gate.watch(x.watch)
	resp, err := c.roundTrip(x)
	x.trace.headDone()
	if err != nil {
		err := x.fail(x.trace.phase(), err)
		x.close()
		return nil, err
	}
	x.watch.hold(heldByCaller)
	x.trace.gotHead(resp)
	resp.Request = r.HTTP
	resp.Body = newResponseBody(x, resp)
	x.Response = resp
	return x, nil
}

// Cancel ends the exchange: what waits for bytes of it fails.
func (x *Exchange) Cancel() { x.cancel(context.Canceled) }

// Proxied tells whether the exchange goes through a proxy.
func (x *Exchange) Proxied() bool { return x.proxy != nil }

// Transaction returns what has been measured so far.
func (x *Exchange) Transaction() Transaction { return x.trace.transaction() }

// roundTrip hands the request to the transport that is meant for it.
func (c *Client) roundTrip(x *Exchange) (*http.Response, error) {
	req := x.request.HTTP
	t, err := c.prepare(x)
	if err != nil {
		if req.Body != nil {
			// Nothing was read from it; the reason why comes first.
			_ = req.Body.Close()
		}
		return nil, err
	}
	out := x.outgoing()
	if err := x.authorizeProxy(out); err != nil {
		if req.Body != nil {
			_ = req.Body.Close() // likewise
		}
		return nil, err
	}
	if req.Body != nil && req.Body != http.NoBody {
		body := &requestBody{x: x, body: req.Body}
		out.Body = body
		// A Read that waits for its source cannot be cancelled otherwise, and
		// net/http waits for it. Nobody could do anything about Close's error.
		context.AfterFunc(x.ctx, func() { _ = body.Close() })
	}
	if pin := x.request.Pin; pin != nil {
		resp, err := pin.roundTrip(x, t, x.traced(out))
		if err != nil && out.Body != nil {
			// Nothing says that it was closed; once more does no harm.
			_ = out.Body.Close()
		}
		return resp, err
	}
	place, origin := c.quic.place(x)
	if place != "" {
		resp, err := c.quic.roundTrip(x, x.traced(out), place, origin)
		if err == nil {
			c.quic.alternatives.note(origin, resp.Header, time.Now())
			return resp, nil
		}
		if !errors.Is(err, errNoQUIC) {
			return nil, err
		}
	}
	resp, err := c.overTCP(x, t, out)
	if err == nil && origin != "" {
		c.quic.alternatives.note(origin, resp.Header, time.Now())
	}
	return resp, err
}

// outgoing is the request for a transport, to be made what that should see: the one
// that Do was given where nothing is different, as mostly.
func (x *Exchange) outgoing() *http.Request {
	req := x.request.HTTP
	_, named := req.Header["User-Agent"]
	_, authorized := req.Header[proxyAuthorization]
	if named && !authorized && req.Body == nil && req.GetBody == nil && x.proxy == nil {
		return req
	}
	out := req.WithContext(x.ctx)
	if !named {
		if out.Header = out.Header.Clone(); out.Header == nil {
			out.Header = make(http.Header)
		}
		out.Header["User-Agent"] = nil // net/http would put in its own
	}
	out.GetBody = nil
	return out
}

// overTCP sends out over a line, or as net/http does it.
func (c *Client) overTCP(x *Exchange, t *http.Transport, out *http.Request) (*http.Response, error) {
	if c.lines.serves(x, out) {
		return c.lines.roundTrip(x, t, out)
	}
	c.lines.makeRoom(out)
	return t.RoundTrip(x.traced(out))
}

// prepare does what comes before a connection is needed.
func (c *Client) prepare(x *Exchange) (*http.Transport, error) {
	req := x.request.HTTP
	if err := checkURL(req.URL); err != nil {
		return nil, err
	}
	if err := x.gate.Wait(x.ctx); err != nil {
		return nil, err
	}
	if c.cfg.Proxy != nil {
		proxy, err := c.cfg.Proxy(req)
		if err == nil && proxy != nil {
			err = checkProxy(proxy)
		}
		if err != nil {
			return nil, &phaseError{PhaseConnect, err}
		}
		if proxy != nil {
			x.through(proxy)
		}
	}
	x.trace.viaProxy(req, x.proxy)
	return c.transportFor(x)
}

// checkURL refuses what net/http would take and then misread.
func checkURL(u *url.URL) error {
	switch {
	case u == nil:
		return errors.New("no URL")
	case u.Scheme != "http" && u.Scheme != "https":
		return fmt.Errorf("unsupported scheme %q", u.Scheme)
	case u.Hostname() == "":
		return errors.New("no host in the URL")
	}
	return checkPort(u)
}

func checkPort(u *url.URL) error {
	port := u.Port()
	if port == "" {
		return nil
	}
	if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
		return fmt.Errorf("port %s is not in 1-65535", port)
	}
	return nil
}

// close ends the exchange: nothing of it waits or runs any longer.
func (x *Exchange) close() {
	x.finish.Do(func() {
		x.watch.stop()
		x.gate.unwatch(x.watch)
		x.cancel(context.Canceled)
		if x.leave != nil {
			x.leave()
		}
		if x.releaseQUIC != nil {
			x.releaseQUIC()
		}
	})
}

// requestBody is the body on its way to the transport. Each Read of the
// transport means that what was read before is on the wire.
type requestBody struct {
	x    *Exchange
	body io.ReadCloser
	once sync.Once
	err  error // of Close
}

func (b *requestBody) Read(p []byte) (int, error) {
	x := b.x
	if err := x.gate.Wait(x.ctx); err != nil {
		return 0, err
	}
	x.watch.hold(heldBySource)
	n, err := b.body.Read(p[:chunk(len(p), x.request.Limit)])
	if n > 0 {
		if late := pass(x.ctx, x.request.Limit, n); late != nil {
			n, err = 0, late
		}
	}
	x.watch.release(heldBySource)
	if n > 0 {
		x.watch.kick()
		x.trace.sent.Add(int64(n))
		if x.request.Sent != nil {
			x.request.Sent(int64(n))
		}
	}
	return n, err
}

func (b *requestBody) Close() error {
	b.once.Do(func() { b.err = b.body.Close() })
	return b.err
}
