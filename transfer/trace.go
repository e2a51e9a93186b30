package transfer

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"haul/transfer/partial"
)

// Transaction is the life of one request and its response. A zero time means
// that the step was not done (a reused connection has no DNS, connect or TLS).
type Transaction struct {
	URL       string // redacted
	Method    string
	Status    int
	FetchType FetchType
	// Request are the fields as they went out, but for those that net/http
	// adds; the values of credentials read "(hidden)".
	Request http.Header

	// ResponseStart is the first byte of the final response; where 1xx
	// responses came before it, the time when its head was read.
	FetchStart, DNSStart, DNSDone, ConnectStart, ConnectDone, TLSStart, TLSDone,
	RequestStart, RequestDone, ResponseStart, ResponseDone time.Time

	Protocol              string // "HTTP/1.1", "HTTP/2.0", "HTTP/3.0"
	LocalAddr, RemoteAddr string // address:port; the proxy's, if any
	Reused, Proxied       bool
	TLSVersion, TLSCipher string

	// HeadSent and HeadReceived are the sizes of the heads as HTTP/1.1 writes
	// them, those of 1xx responses included; in HTTP/2, which compresses them,
	// fewer bytes travel. BodySent and BodyReceived are bytes of the bodies,
	// in their coding but without chunks and frames. Of a request that was
	// made twice, because the connection of the first was dead, only the
	// second counts as sent.
	HeadSent, BodySent, HeadReceived, BodyReceived int64
}

// FetchType is where a response came from.
type FetchType string

// The fetch types. It is unknown for what an app loads in its own way.
const (
	FetchUnknown    FetchType = ""
	FetchNetwork    FetchType = "network"
	FetchLocalCache FetchType = "localCache" // nothing was sent
)

// errTooMany1xx ends a flood of 1xx responses.
var errTooMany1xx = errors.New("the server sends 1xx responses without end")

// informationalCost is what a 1xx response counts besides its fields.
const informationalCost = 64

// trace measures one exchange and tells the watchdog what moves. It is called
// by the goroutines of net/http and by dials; a dial may still be under way
// when the exchange has got a connection that another one left, and is not
// listened to any more then.
type trace struct {
	ctx            context.Context // of the exchange
	watch          *watchdog
	sent, received atomic.Int64

	mu        sync.Mutex
	t         Transaction
	conn      net.Conn
	started   bool // net/http has taken the request and looks for a connection
	connected bool // it has one
	wrote     bool // the request is out
	pseudo    bool // the head is one of HTTP/2
	request   *http.Request
	proxy     *url.URL // nil for none

	informational func(code int, header http.Header)
	infoLeft      int64 // bytes that 1xx responses may still take
	infoMu        sync.Mutex
	headOver      bool // Do returns: no more calls of informational
}

func newTrace(ctx context.Context, r Request, watch *watchdog, maxHeader int64) *trace {
	return &trace{
		ctx: ctx, watch: watch,
		t: Transaction{
			URL:        RedactURL(r.HTTP.URL),
			Method:     cmp.Or(r.HTTP.Method, http.MethodGet),
			FetchType:  FetchNetwork,
			Request:    shown(r.HTTP.Header),
			FetchStart: time.Now(),
		},
		informational: r.Informational,
		infoLeft:      maxHeader,
	}
}

// attach returns ctx with the hooks that net/http calls.
func (t *trace) attach(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn:              t.getConn,
		GotConn:              t.gotConn,
		WroteHeaderField:     t.wroteField,
		WroteHeaders:         t.wroteHead,
		WroteRequest:         t.wroteRequest,
		GotFirstResponseByte: t.firstByte,
		Got1xxResponse:       t.got1xx,
	})
}

// resolving returns ctx with the hooks that net calls in a dial.
func (t *trace) resolving(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		DNSStart: func(httptrace.DNSStartInfo) { t.dialStep(func(x *Transaction) { x.DNSStart = time.Now() }) },
		DNSDone:  func(httptrace.DNSDoneInfo) { t.dialStep(func(x *Transaction) { x.DNSDone = time.Now() }) },
	})
}

// getConn begins an attempt; net/http makes a second one when the connection
// of the first was dead.
func (t *trace) getConn(string) {
	t.watch.hold(heldByQueue)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.started, t.connected, t.wrote = true, false, false
	t.conn = nil
	t.t.Reused, t.t.HeadSent, t.pseudo = false, 0, false
	t.forgetDial()
	t.t.RequestStart, t.t.RequestDone = time.Time{}, time.Time{}
}

// forgetDial forgets the times of a dial. The caller holds mu.
func (t *trace) forgetDial() {
	var zero time.Time
	t.t.DNSStart, t.t.DNSDone, t.t.ConnectStart, t.t.ConnectDone = zero, zero, zero, zero
	t.t.TLSStart, t.t.TLSDone = zero, zero
}

func (t *trace) gotConn(info httptrace.GotConnInfo) {
	if w := wireOf(info.Conn); w != nil && info.Reused {
		w.waitForRest(t.ctx)
	}
	t.got(info.Conn, info.Conn.LocalAddr(), info.Conn.RemoteAddr(), info.Reused, info.WasIdle)
}

// gotLine is gotConn for the connection of a line.
func (t *trace) gotLine(conn net.Conn, reused bool) {
	t.got(conn, conn.LocalAddr(), conn.RemoteAddr(), reused, reused)
}

// gotQUIC is gotConn for a connection that is no net.Conn.
func (t *trace) gotQUIC(local, remote net.Addr, reused bool) {
	t.got(nil, local, remote, reused, false)
}

func (t *trace) got(conn net.Conn, local, remote net.Addr, reused, wasIdle bool) {
	t.mu.Lock()
	t.connected = true
	t.conn = conn
	t.t.Reused = reused
	if reused || wasIdle {
		t.forgetDial() // it was made for another connection
	}
	if w := wireUnder(conn); w != nil {
		t.t.LocalAddr, t.t.RemoteAddr = w.addresses()
	} else {
		t.t.LocalAddr, t.t.RemoteAddr = local.String(), remote.String()
	}
	t.t.RequestStart = time.Now()
	t.mu.Unlock()
	t.watch.release(heldByQueue | heldByDecision)
	t.watch.kick()
}

// dialStep records a step of a dial that is still wanted.
func (t *trace) dialStep(record func(*Transaction)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.connected {
		return
	}
	record(&t.t)
	t.watch.kick()
}

// dialStarted says that a connection is being made for this exchange, so that
// it waits for the network and not in a queue.
func (t *trace) dialStarted() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.connected {
		t.watch.release(heldByQueue)
	}
}

// connectStarted comes before the name is resolved; connectDone moves the start
// behind that, where it happened in between.
func (t *trace) connectStarted() {
	t.dialStep(func(x *Transaction) { x.ConnectStart = time.Now() })
}

func (t *trace) connectDone() {
	t.dialStep(func(x *Transaction) {
		if !x.DNSDone.IsZero() {
			x.ConnectStart = x.DNSDone
		}
		x.ConnectDone = time.Now()
	})
}

func (t *trace) tlsStarted() { t.dialStep(func(x *Transaction) { x.TLSStart = time.Now() }) }
func (t *trace) tlsDone()    { t.dialStep(func(x *Transaction) { x.TLSDone = time.Now() }) }

// deciding stops the idle time while somebody decides on a certificate; the
// returned function goes on.
func (t *trace) deciding() (decided func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.connected {
		return func() {}
	}
	t.watch.hold(heldByDecision)
	return func() { t.watch.release(heldByDecision) }
}

func (t *trace) wroteField(name string, values []string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.pseudo = t.pseudo || strings.HasPrefix(name, ":")
	t.t.HeadSent += fieldSize(name, values...)
}

func (t *trace) wroteHead() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.pseudo {
		t.t.HeadSent += requestLine(cmp.Or(t.request.Method, http.MethodGet), t.request.URL, t.proxy)
	}
}

// wroteLine is for a line what the hooks of net/http are for its connections: the
// request is out, of which all n bytes are its head.
func (t *trace) wroteLine(n int64) {
	t.mu.Lock()
	t.wrote = true
	t.t.HeadSent, t.t.RequestDone = n, time.Now()
	t.mu.Unlock()
	t.watch.kick()
}

func (t *trace) wroteRequest(info httptrace.WroteRequestInfo) {
	if info.Err != nil {
		return
	}
	t.mu.Lock()
	t.wrote = true
	t.t.RequestDone = time.Now()
	t.mu.Unlock()
	t.watch.kick()
}

func (t *trace) firstByte() {
	t.mu.Lock()
	t.t.ResponseStart = time.Now()
	t.mu.Unlock()
	t.watch.kick()
}

// got1xx hands on a 1xx response. With this hook net/http leaves it to us to
// bound them: each alone is bounded by the transport, all together here.
func (t *trace) got1xx(code int, header textproto.MIMEHeader) error {
	t.infoMu.Lock()
	defer t.infoMu.Unlock()
	t.infoLeft -= informationalCost
	for name, values := range header {
		for _, v := range values {
			t.infoLeft -= int64(len(name) + len(v))
		}
	}
	if t.infoLeft < 0 {
		return errTooMany1xx
	}
	t.mu.Lock()
	t.t.ResponseStart = time.Time{}
	t.t.HeadReceived += informationalHead(code, header)
	t.mu.Unlock()
	t.watch.kick()
	if t.informational != nil && !t.headOver {
		t.informational(code, http.Header(header))
	}
	return nil
}

// headDone returns when no call of the Informational hook runs or will.
func (t *trace) headDone() {
	t.infoMu.Lock()
	defer t.infoMu.Unlock()
	t.headOver = true
}

func (t *trace) gotHead(resp *http.Response) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.t.Status = resp.StatusCode
	t.t.HeadReceived += responseHead(resp)
	t.t.Protocol = resp.Proto
	if t.t.ResponseStart.IsZero() {
		t.t.ResponseStart = time.Now()
	}
	if resp.TLS != nil {
		if w := wireUnder(t.conn); w != nil {
			t.t.TLSVersion, t.t.TLSCipher = w.tlsNames(resp.TLS)
		} else {
			t.t.TLSVersion, t.t.TLSCipher = tlsNames(resp.TLS)
		}
	}
}

func (t *trace) bodyDone() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.t.ResponseDone.IsZero() {
		t.t.ResponseDone = time.Now()
	}
}

// viaProxy notes the proxy of the request, nil for none.
func (t *trace) viaProxy(r *http.Request, proxy *url.URL) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.t.Proxied = proxy != nil
	t.request, t.proxy = r, proxy
}

// proxyField notes whether the request has a Proxy-Authorization field.
func (t *trace) proxyField(has bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	_, had := t.t.Request[proxyAuthorization]
	if has == had {
		return // its value is hidden already
	}
	// The fields may be those of the request itself.
	fields := make(http.Header, len(t.t.Request)+1)
	maps.Copy(fields, t.t.Request)
	if has {
		fields.Set(proxyAuthorization, "(hidden)")
	} else {
		fields.Del(proxyAuthorization)
	}
	t.t.Request = fields
}

// phase is the step that the exchange has come to, its dial apart.
func (t *trace) phase() Phase {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case !t.started:
		return PhaseRequest
	case !t.connected:
		return t.dialPhase()
	case !t.wrote:
		return PhaseSend
	}
	return PhaseHead
}

// dialPhase is the step of a dial that was ended from outside. The caller
// holds mu.
func (t *trace) dialPhase() Phase {
	switch {
	case !t.t.TLSStart.IsZero():
		return PhaseTLS
	case !t.t.DNSStart.IsZero() && t.t.DNSDone.IsZero():
		return PhaseResolve
	}
	return PhaseConnect
}

func (t *trace) wasReused() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.t.Reused
}

func (t *trace) connection() net.Conn {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.conn
}

func (t *trace) transaction() Transaction {
	t.mu.Lock()
	defer t.mu.Unlock()
	snapshot := t.t
	snapshot.BodySent = t.sent.Load()
	snapshot.BodyReceived = t.received.Load()
	return snapshot
}

// shown are a request's fields with the values of credentials hidden: a copy, if
// there are any.
func shown(h http.Header) http.Header {
	secret := false
	for name := range h {
		secret = secret || secretField(name)
	}
	if !secret {
		return h
	}
	c := h.Clone()
	for name, values := range c {
		if secretField(name) {
			for i := range values {
				values[i] = "(hidden)"
			}
		}
	}
	return c
}

// secretField is [partial.SecretName] for a request, which mostly has fields that
// need no look at their names.
func secretField(name string) bool {
	switch name {
	case "Accept", "Accept-Encoding", "Accept-Language", "User-Agent":
		return false
	}
	return partial.SecretName(name)
}
