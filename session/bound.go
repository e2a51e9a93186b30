package session

import (
	"crypto/tls"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"haul/session/internal/authn"
	"haul/transfer"
)

// boundAuth is an authentication that is bound to a connection: NTLM, and
// Negotiate, whose servers may take all that follows on a connection for its
// user's (RFC 4559 section 6). It has a connection of its own, which no other
// task uses, from its first token to the end of the task or to another origin.
//
// For a proxy that reads the requests that is the connection to the proxy. What
// opens a tunnel is said by the dial, see tunnelTalk.
type boundAuth struct {
	*binding
	space  ProtectionSpace
	origin origin               // of the requests
	tls    *tls.ConnectionState // of the challenge, nil for none and for proxies
	pin    *transfer.Pin
	// release gives back the place of the connection at its host; nil until
	// it has one.
	release func()

	conv conversation
	// token goes with the next request, nil for none.
	token []byte
	// accepted: the connection is open; no token is on its way.
	accepted bool
	// persistent: the server said that it stays open (Persistent-Auth).
	persistent bool
	// challenged: the URL of this hop has asked for it. Where nobody has asked
	// a conversation must not begin: its first request may have no body, and
	// would be taken for the real one.
	challenged bool
	// starts counts conversations on behalf of one hop.
	starts int
}

// maxStarts bounds how often a connection is made for one hop because the one
// before was lost in the middle of a conversation.
const maxStarts = 3

// errUnpinned ends a conversation that no connection lasts for.
var errUnpinned = errors.New("the connection was lost in the middle of an authentication that needs one connection")

// boundTo is the authentication that the requests have a connection for: the
// server's or the proxy's, nil for none. There is never one for both.
func (l *loader) boundTo() *boundAuth {
	if l.auth.bound != nil {
		return l.auth.bound
	}
	return l.proxy.bound
}

// connectionBound tells whether the task's requests go over a connection of its
// own, so that each further connection for it would need an authentication too.
func (l *loader) connectionBound() bool { return l.boundTo() != nil }

// bind begins the authentication of o on a connection of its own. A proxy that
// is asked for a tunnel hears of it when the tunnel is dialled.
func (a *authState) bind(o *openSpace, x *exchange) error {
	a.unbind()
	if x.tunnel {
		return nil
	}
	b := &boundAuth{binding: o.bound, space: o.space, origin: originOf(x.req.URL), challenged: true}
	if !a.proxy {
		b.tls = x.TLS
	}
	a.bound = b
	return b.start(a.l.s.wire())
}

// unbind gives the connection up, and its place at the host.
func (a *authState) unbind() {
	a.leave()
	a.close()
}

// leave ends the authentication. Its connection may still bring the body of a
// response, and lasts until the next request, or the end of the task.
func (a *authState) leave() {
	if a.bound != nil {
		a.close()
		a.left, a.bound = a.bound, nil
	}
}

// close closes the connection that was left.
func (a *authState) close() {
	b := a.left
	if b == nil {
		return
	}
	a.left = nil
	b.pin.Close()
	if b.release != nil {
		b.release()
	}
}

// start begins a conversation on a new connection.
func (b *boundAuth) start(c *transfer.Client) error {
	if b.pin != nil {
		b.pin.Close()
	}
	b.pin = c.NewPin()
	if b.starts++; b.starts > maxStarts {
		return &Error{Code: NetworkConnectionLost, Err: errUnpinned}
	}
	return b.talk()
}

// talk begins a conversation on the connection at hand.
func (b *boundAuth) talk() (err error) {
	b.accepted = false
	if b.conv, b.token, err = b.begin(b.tls); err != nil {
		return &Error{Code: UserAuthenticationRequired, Err: err}
	}
	return nil
}

// prepareBound comes before each request: it begins anew what has lost its
// connection.
func (l *loader) prepareBound() error {
	return errors.Join(l.auth.prepareBound(), l.proxy.prepareBound())
}

func (a *authState) prepareBound() error {
	a.close()
	b := a.bound
	switch {
	case b == nil:
		return nil
	case b.pin.Broken() && !b.challenged:
		a.unbind()
		return nil
	case b.pin.Broken():
		return b.start(a.l.s.wire())
	case b.accepted && !b.persistent && !b.conv.binds():
		return b.talk()
	}
	return nil
}

// withoutBody tells whether the next request only goes to be refused, so that
// its body stays at home.
func (l *loader) withoutBody() bool {
	b := l.boundTo()
	return b != nil && b.token != nil && !b.conv.whole()
}

// put puts the token on r that is due.
func (b *boundAuth) put(r *http.Request) {
	r.Header.Del("Authorization")
	if value := b.field(); value != "" {
		r.Header.Set("Authorization", value)
	}
}

// field carries the token that is due, "" for none.
func (b *boundAuth) field() string {
	if b.token == nil {
		return ""
	}
	return tokenField(b.scheme, b.token)
}

// startOver gives a connection up that was lost under a request; prepareBound
// finds that out.
func (l *loader) startOver() {
	if b := l.boundTo(); b != nil {
		b.pin.Close()
	}
}

// pin is the connection that the next request goes over, nil for any.
func (l *loader) pin() *transfer.Pin {
	if b := l.boundTo(); b != nil {
		return b.pin
	}
	return nil
}

// refusedBound handles a challenge to a request over a connection of its own. It
// returns true if the request is to be sent again with the answer to a token of
// the server's; else the conversation is over.
func (a *authState) refusedBound(x *exchange) (again bool) {
	b := a.bound
	if b == nil {
		return false
	}
	if b.accepted {
		a.leave() // it was good before, and is not for this
		return false
	}
	token := tokenOf(x.Header.Values(a.challengeField()), b.scheme)
	if token == nil {
		a.leave()
		return false
	}
	next, err := b.conv.next(token, b.tls)
	if err != nil {
		if !errors.Is(err, errRefused) {
			a.of(b.space).reason = err
		}
		a.leave()
		return false
	}
	b.token = next
	x.drain()
	return true
}

// tokenOf is the server's token for a scheme, nil for none. One that is not in
// base64 is a token all the same, which no mechanism understands.
func tokenOf(challenges []string, scheme string) []byte {
	for _, c := range authn.Parse(challenges) {
		if c.Token68 == "" || !strings.EqualFold(c.Scheme, scheme) {
			continue
		}
		if token, err := base64.StdEncoding.DecodeString(c.Token68); err == nil && len(token) > 0 {
			return token
		}
		return []byte(c.Token68)
	}
	return nil
}

// acceptedBound takes note of a response that is no challenge. It returns true
// if the server has accepted the credential with it.
func (a *authState) acceptedBound(x *exchange) (opened bool, err error) {
	b := a.bound
	if b == nil || b.token == nil {
		return false, nil
	}
	if !b.conv.whole() {
		// The server answers although nothing was proved yet.
		withheld := a.l.body != nil && x.StatusCode < http.StatusMultipleChoices
		a.leave()
		if withheld {
			return false, &Error{Code: BadServerResponse, Err: errors.New("the server took the first step of the authentication for the whole request")}
		}
		return false, nil
	}
	if err := b.conv.finish(tokenOf(x.Header.Values(a.challengeField()), b.scheme)); err != nil {
		return false, &Error{Code: BadServerResponse, Err: err}
	}
	b.token, b.accepted, b.starts = nil, true, 0
	b.persistent = !a.proxy && strings.EqualFold(x.Header.Get("Persistent-Auth"), "true")
	// What has opened it may do so once more without a question.
	*a.of(b.space) = askedSpace{}
	return true, nil
}

// nextHopBound keeps the connection for another request to the same origin.
func (a *authState) nextHopBound(u *url.URL) {
	b := a.bound
	if b == nil {
		return
	}
	if !b.accepted || originOf(u) != b.origin {
		a.unbind()
		return
	}
	b.challenged, b.starts = false, 0
}

// turn is slot for a request that may go over a connection of its own, whose
// place at the host lasts as long as the connection.
func (l *loader) turn(key string) (release func(), err error) {
	b := l.boundTo()
	if b == nil {
		return l.slot(key)
	}
	if b.release == nil {
		if b.release, err = l.slot(l.s.slots.pinnedKey(key)); err != nil {
			return nil, err
		}
	}
	return func() {}, nil
}

// canBind tells whether a connection of its own reaches as far as whoever asks.
// A proxy in between has to keep its own connection to the server for us alone;
// one that does says so (RFC 4559 section 6). One connection is for one user:
// where the other side, the server or the proxy, has one already, it cannot.
func (a *authState) canBind(x *exchange) bool {
	l := a.l
	switch {
	case l.protocolFor(x.req) != nil:
		return false
	case a.proxy:
		return x.tunnel || !l.further && l.auth.bound == nil
	}
	return l.proxy.bound == nil && (!x.proxied || x.req.URL.Scheme == "https" ||
		strings.EqualFold(x.Header.Get("Proxy-Support"), "Session-Based-Authentication"))
}
