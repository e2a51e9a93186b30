package session

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"haul/session/internal/authn"
	"haul/transfer"
)

// loader is the driver that moves the bytes of a task over the wire: request,
// trust, head, challenges, redirects, and then the payload by the task's kind
// (guide steps 4 to 12). It lives on the task's goroutine.
type loader struct {
	t    *task
	s    *Session
	ctx  context.Context
	req  *http.Request // this hop, as the app sees it
	body bodySource    // of this hop, nil: none
	// auth is for the servers, proxy for the proxies.
	auth, proxy authState
	// asking is what the cache says of this hop.
	asking asking
	// authSent: a credential has gone out on some hop.
	authSent  bool
	redirects int
	patience  patience
	// unread is a body that was opened for a request that never left.
	unread  *sentBody
	prepare func(http.Header) // adds the range fields of a continuation
	// further: this is a branch; ownConnection: it shares none with others;
	// queues: its task has no other connection now.
	further, ownConnection, queues bool
	place                          *source // that a download with mirrors began with, nil for none
}

func newLoader(t *task) *loader {
	l := &loader{t: t, s: t.session, ctx: context.WithValue(t.ctx, taskKey{}, t), body: t.body}
	t.mu.Lock()
	l.req = t.current
	t.mu.Unlock()
	l.auth, l.proxy = newAuthState(l), newProxyAuth(l)
	return l
}

type taskKey struct{}

// load runs the task to its outcome.
func (l *loader) load() outcome {
	defer l.closeBody()
	defer l.auth.unbind()
	defer l.proxy.unbind()
	defer l.connected()
	if l.t.fromErr != nil {
		return outcome{err: l.t.fromErr, reason: "the resume data is no good"}
	}
	if err := l.ctx.Err(); err != nil {
		return l.unstarted(context.Cause(l.ctx))
	}
	if l.t.from != nil {
		return l.loadResumed()
	}
	if err := l.check(l.req); err != nil {
		return outcome{err: err, reason: reasonNothing}
	}
	x, err := l.begun()
	if err != nil {
		return l.unstarted(err)
	}
	return l.payload(x)
}

// unstarted is the outcome of a task that ended before it had a body: resume
// data that it was made from has not been used, and stays good.
func (l *loader) unstarted(err error) outcome {
	if from := l.t.from; from != nil && !l.t.cancelledByApp() {
		return outcome{err: err, resume: from.data}
	}
	return outcome{err: err, reason: reasonNothing}
}

// closeBody closes what the app opened for sending and nobody read.
func (l *loader) closeBody() {
	if s, ok := l.t.body.(*streamBody); ok && s.first != nil {
		// It was never read, so its Close has nothing to tell.
		_ = s.first.Close()
		s.first = nil
	}
	if l.unread != nil {
		_ = l.unread.ReadCloser.Close() // likewise
	}
}

// exchange is one exchange of a hop, and what has to be done when it is over.
type exchange struct {
	*http.Response
	req    *http.Request
	sent   *sentBody          // may still be on its way, nil for none
	stamp  *stamp             // nil for a response of the cache
	wire   *transfer.Exchange // nil for a response of the cache or of a protocol
	cancel context.CancelFunc
	ended  func()
	// release gives the slot back, nil for none; key is what it counts under.
	release func()
	key     string
	proxied bool // it came through a proxy
	byProxy bool // a 407 in it is the proxy's
	tunnel  bool // it stands for the refusal of a connection through a proxy
	socks   bool // of a SOCKS proxy
	part    bool // one part of a multipart response
	// promises are the digests of a download's response, once they were read.
	promises *promises
	proof    *authn.BodyProof // the server's over the body, nil for none
	closed   bool
}

// close ends the exchange. A connection whose body was not read to its end is
// not used again.
func (x *exchange) close() {
	if x.closed {
		return
	}
	x.closed = true
	// The bytes are of no interest any more, and so is an error about them.
	_ = x.Body.Close()
	x.cancel()
	if x.sent != nil {
		x.sent.finish()
	}
	if x.release != nil {
		x.release()
	}
	x.ended()
}

// Bounds of reading a body that nobody wants, so that its connection can be
// used again: it is not worth more.
const (
	drainBytes = 64 << 10
	drainTime  = time.Second
)

// drain reads what is left of the body, within bounds, and ends the exchange.
func (x *exchange) drain() {
	if x.ContentLength <= drainBytes {
		timer := time.AfterFunc(drainTime, x.cancel)
		// It is all the same whether this succeeds: close does the rest.
		_, _ = io.CopyN(io.Discard, x.Body, drainBytes+1)
		timer.Stop()
	}
	x.close()
}

// head is a response for others to look at: without its body.
func head(r *http.Response, req *http.Request) *http.Response {
	h := *r
	h.Header = r.Header.Clone()
	h.Trailer = nil
	h.Body = http.NoBody
	h.Request = bare(req)
	return &h
}

// fetch sends the request and follows challenges and redirects to the final
// response (guide steps 4 and 5).
func (l *loader) fetch() (*exchange, error) {
	for {
		x, err := l.authenticated()
		if err != nil {
			return nil, err
		}
		follow, err := l.redirect(x)
		if err != nil {
			x.close()
			return nil, err
		}
		if !follow {
			return x, nil
		}
	}
}

// authenticated sends the request until its answer is no challenge that
// anybody has an answer for.
func (l *loader) authenticated() (*exchange, error) {
	l.secure()
	l.auth.nextHop()
	l.proxy.nextHop()
	for {
		x, failure := l.cached()
		if failure != nil {
			if x = l.tunnelRefusal(failure); x == nil {
				return nil, failure
			}
		}
		again, err := l.answer(x)
		switch {
		case err != nil:
			x.close()
			return nil, err
		case again:
			x.close()
		case failure != nil:
			return nil, l.proxy.tunnelRefused(x, failure)
		default:
			return x, nil
		}
	}
}

// answer looks at a response as the proxy's and as the server's. It returns true
// if the request is to be sent again with another credential.
func (l *loader) answer(x *exchange) (again bool, err error) {
	if again, err = l.proxy.answer(x); again || err != nil || l.proxy.challenged(x) {
		return again, err
	}
	return l.auth.answer(x)
}

// trusted sends the request until both sides of the connection are trusted, or
// it is decided that they are not: the server here, and the client there if the
// server asks for its certificate.
func (l *loader) trusted() (*exchange, error) {
	for broken := 0; ; {
		// Looked at before the connection is chosen, which can only be younger.
		id := l.s.identities.at(l.req.URL)
		x, err := l.send()
		if l.further {
			return x, err
		}
		if asked, failed := l.askedFor(err); failed != nil {
			return nil, failed
		} else if asked {
			continue
		}
		if again, failed := l.reidentifyProxy(err); failed != nil {
			return nil, failed
		} else if again {
			continue
		}
		if broken++; id != nil && broken < sendAttempts && !l.s.identities.isProven(id) && brokeEarly(err) && l.idempotent() {
			continue // the next attempt may bring the reason
		}
		again, failed := l.reidentify(id, x, err)
		if !again && failed == nil {
			return x, err
		}
		if x != nil {
			x.close()
		}
		if failed != nil {
			return nil, failed
		}
		broken = 0
	}
}

// askedFor answers what a handshake that ended with err has asked for, if it did:
// whether the server is trusted, or who the client is.
func (l *loader) askedFor(err error) (asked bool, failed error) {
	if err == nil {
		return false, nil
	}
	if unknown, ok := errors.AsType[*untrustedError](err); ok {
		return true, l.s.trust.decide(l.ctx, l.t, unknown.trust)
	}
	if unidentified, ok := errors.AsType[*unidentifiedError](err); ok {
		_, failed := l.identify(unidentified.asker, nil, nil, nil)
		return true, failed
	}
	return false, nil
}

// sendAttempts bounds how often a request is sent when connections die under
// it before a byte of an answer.
const sendAttempts = 3

// send sends the request of this hop once, and once more if it met a
// connection that the server had closed meanwhile and may be repeated.
func (l *loader) send() (*exchange, error) {
	for attempt := 1; ; attempt++ {
		l.watch()
		holds := l.t.holds()
		x, err := l.sendOnce()
		if err != nil && l.waitForConnectivity(err) {
			attempt = 0
			continue
		}
		if err != nil && l.t.holds() > holds {
			if err = l.resumed(err); err == nil {
				attempt = 0
				continue
			}
		}
		if x != nil && x.stamp == nil {
			return x, nil // the cache answered, which says nothing of the network
		}
		l.connected()
		if err == nil || attempt == sendAttempts || !l.repeatable(err) {
			return x, err
		}
		l.startOver()
	}
}

// repeatable tells whether a request that met a dead connection may be sent
// again (RFC 9110 section 9.2.2). net/http does that itself for requests
// without a body.
func (l *loader) repeatable(failure error) bool {
	err, wire := errors.AsType[*transfer.Error](failure)
	var source *sourceError
	switch {
	case !wire, !err.Reused, l.ctx.Err() != nil, errors.As(err, &source):
		return false
	case err.Phase == transfer.PhaseSend, err.Phase == transfer.PhaseHead && lost(err):
	default:
		return false
	}
	if l.withoutBody() {
		return true // nothing was asked for yet
	}
	return l.idempotent()
}

// sendOnce does one exchange up to its head.
func (l *loader) sendOnce() (*exchange, error) {
	t := l.t
	if err := t.gate.Wait(l.ctx); err != nil {
		return nil, context.Cause(l.ctx)
	}
	if err := l.prepareBound(); err != nil {
		return nil, err
	}
	body, length, err := l.openBody()
	if err != nil {
		return nil, err
	}
	req, err := l.wireRequest(body, length)
	if err != nil {
		if body != nil {
			err = errors.Join(err, body.ReadCloser.Close())
		}
		return nil, err
	}
	if x, err := l.consult(req); x != nil || err != nil {
		if body != nil {
			body.finish()
		}
		return x, err
	}
	req = l.conditioned(req)
	var report func(int64)
	var limit []transfer.Limiter
	if body != nil {
		sent := new(counter)
		defer sent.stop()
		report, limit = sent.reporter(t, length), t.limit(req.URL)
	}
	if p := l.protocolFor(l.req); p != nil {
		x, err := l.loadBy(p, req, body, report)
		if err == nil {
			l.takeCookies(x)
		}
		return x, err
	}
	key := slotKey(req)
	release, err := l.takeSlot(key)
	if err != nil {
		l.keepUnread(body, err)
		return nil, err
	}
	began := time.Now()
	turn := l.proxy.turn(req)
	wire, err := l.client().Do(l.ctx, transfer.Request{
		HTTP:          req,
		IdleTimeout:   l.s.cfg.requestTimeout(l.req),
		Gate:          t.gate,
		Pin:           l.pin(),
		Limit:         limit,
		Sent:          report,
		Informational: l.informational(),
		ProxyUser:     turn.to,
	})
	plain := l.proxy.took(turn, err)
	if err != nil {
		release()
		l.keepUnread(body, err)
		t.measureFailure(transfer.Transaction{URL: redacted(req.URL), Method: req.Method, FetchType: transfer.FetchNetwork, FetchStart: began})
		return nil, err
	}
	x := &exchange{
		Response: wire.Response, req: l.req, sent: body, wire: wire, cancel: wire.Cancel, ended: t.measure(wire), release: release,
		key: key, proxied: wire.Proxied(), byProxy: plain,
	}
	l.takeCookies(x)
	l.takeStrictTransport(x)
	return l.stamped(x, began), nil
}

// openBody opens the body of this attempt.
func (l *loader) openBody() (*sentBody, int64, error) {
	var body *sentBody
	var length int64
	switch {
	case l.withoutBody():
		return nil, 0, nil
	case l.unread != nil:
		body, length = l.unread, l.body.length()
		l.unread = nil
	case l.body != nil:
		rc, n, err := l.body.open(l.ctx, l.t)
		if err != nil {
			return nil, 0, err
		}
		body, length = &sentBody{ReadCloser: rc}, n
	}
	if body != nil && length != 0 && l.req.Method == http.MethodGet {
		// A GET has no use for a body, and what servers do with one differs
		// (RFC 9110 section 9.3.1).
		refused := &Error{Code: DataLengthExceedsMaximum, Err: errors.New("a GET cannot have a body")}
		return nil, 0, errors.Join(refused, body.ReadCloser.Close())
	}
	return body, length, nil
}

// keepUnread keeps the body of a request that failed before anything was read
// of it, because the server was not trusted, a proxy refused or there was no connection to it:
// the next attempt can send it.
func (l *loader) keepUnread(body *sentBody, err error) {
	if body == nil {
		return
	}
	var unknown *untrustedError
	var unidentified *unidentifiedError
	var refused *transfer.ProxyError
	asked := errors.As(err, &unknown) || errors.As(err, &unidentified) || errors.As(err, &refused)
	if (asked || unconnected(err)) && !body.touched() {
		l.unread = body
		return
	}
	body.finish()
}

// wireRequest is the request as it goes out: with defaults, cookies,
// credentials and range.
func (l *loader) wireRequest(body *sentBody, length int64) (*http.Request, error) {
	r := l.req.WithContext(l.ctx)
	r.Header = l.withDefaults(r.Header)
	r.Header.Del("Content-Length") // net/http makes it from ContentLength
	if body != nil {
		r.Body, r.ContentLength = body, length
		if length == 0 {
			r.Body = http.NoBody
			body.finish()
		} else if r.Method == http.MethodPost {
			setDefault(r.Header, "Content-Type", "application/x-www-form-urlencoded")
		}
	}
	l.s.addCookies(r)
	if l.prepare != nil {
		l.prepare(r.Header)
	}
	if err := l.auth.authorize(r); err != nil {
		return nil, err
	}
	if hasField(r.Header, "Authorization") {
		l.authSent = true
	}
	l.authSent = l.authSent || l.connectionBound()
	return r, nil
}
