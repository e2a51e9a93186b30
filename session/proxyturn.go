package session

import (
	"errors"
	"net/http"
	"net/url"
	"sync"

	"haul/session/internal/authn"
	"haul/transfer"
)

// proxyTurn is who one request is to its proxy (transfer.ProxyUser). A dial for
// it runs on a goroutine of its own, and may go on when the request got another
// connection, so nothing of the loader's is in here that changes.
type proxyTurn struct {
	next      *attempt // nil for none but what the books have
	own, kept *spaceBook
	body      bodySource
	byHand    string // the field of the app's own
	token     string // the field of a connection of its own, see boundAuth

	via *url.URL // set before anything is dialled

	mu     sync.Mutex
	chosen *attempt // nil: nobody
	used   *attempt
	opened bool  // a tunnel is open
	reason error // why it is not, if more is known than the proxy's number
}

// turn begins a request.
func (a *authState) turn(r *http.Request) *proxyTurn {
	a.used, a.via = nil, nil
	p := &proxyTurn{
		next: a.next, own: a.own, kept: a.l.s.spaces, body: a.l.body, byHand: r.Header.Get("Proxy-Authorization"),
	}
	if a.bound != nil {
		p.token = a.bound.field()
	}
	return p
}

// to is transfer.Request.ProxyUser: the credential that answers the last
// challenge, else one that opened the proxy before. A field set by hand stays
// until a challenge is answered.
func (p *proxyTurn) to(via *url.URL) transfer.ProxyUser {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.via = via
	open := p.own.ofProxy(via)
	if open == nil {
		open = p.kept.ofProxy(via)
	}
	switch {
	case p.next != nil && p.next.leadsThrough(via):
		again := *p.next
		p.chosen = &again
	case p.byHand == "" && open != nil:
		p.chosen = &attempt{openSpace: *open, kept: true}
	}
	return p
}

// proxyIdentity tells users of a proxy apart. Those with the same name and
// password are the same.
type proxyIdentity struct{ user, password, ticket, byHand string }

// Identity implements transfer.ProxyUser.
func (p *proxyTurn) Identity() any {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch c := p.chosen; {
	case c == nil && p.byHand == "":
		return nil
	case c == nil:
		return proxyIdentity{byHand: p.byHand}
	case c.cred == nil:
		return proxyIdentity{ticket: c.bound.ticket}
	default:
		return proxyIdentity{user: c.cred.User, password: c.cred.Password}
	}
}

// Authorization implements transfer.ProxyUser. NTLM and Negotiate have their
// token if the request goes over a connection of its own; without one the proxy
// has to ask for it.
func (p *proxyTurn) Authorization(method, target string) (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.chosen == nil:
		return p.byHand, nil
	case p.chosen.bound != nil && p.token == "":
		return "", nil
	case p.chosen.bound != nil:
		p.used = p.chosen
		return p.token, nil
	}
	return p.authorize(method, target, p.body)
}

// authorize makes the field of a method whose answer is one field. The caller
// holds mu.
func (p *proxyTurn) authorize(method, target string, body bodySource) (string, error) {
	used := *p.chosen
	value, answer, err := used.authorize(method, target, body)
	if err != nil {
		return "", &Error{Code: UserAuthenticationRequired, Err: err}
	}
	used.answer, p.used = answer, &used
	return value, nil
}

// Login implements transfer.ProxyUser.
func (p *proxyTurn) Login() *url.Userinfo {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.chosen == nil {
		return nil
	}
	p.used = p.chosen
	return url.UserPassword(p.chosen.cred.User, p.chosen.cred.Password)
}

// Tunnel implements transfer.ProxyUser.
func (p *proxyTurn) Tunnel(target string) (transfer.Tunnelling, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	talk := &tunnelTalk{turn: p, field: p.byHand}
	if p.chosen == nil {
		return talk, nil
	}
	if p.chosen.bound == nil {
		// The body stays at home until the tunnel is open.
		var err error
		talk.field, err = p.authorize(http.MethodConnect, target, nil)
		return talk, err
	}
	p.used = p.chosen
	talk.scheme = p.chosen.bound.scheme
	conv, token, err := p.chosen.bound.begin(nil)
	if err != nil {
		return nil, &Error{Code: UserAuthenticationRequired, Err: err}
	}
	talk.conv, talk.field = conv, tokenField(talk.scheme, token)
	return talk, nil
}

// tunnelTalk is what one dial says to an HTTP proxy (transfer.Tunnelling).
type tunnelTalk struct {
	turn   *proxyTurn
	scheme string
	conv   conversation // nil for the methods of one field
	field  string       // of the next CONNECT
}

// Authorization implements transfer.Tunnelling.
func (t *tunnelTalk) Authorization() string { return t.field }

// Refused implements transfer.Tunnelling.
func (t *tunnelTalk) Refused(h http.Header) (string, error) {
	if t.conv == nil {
		return "", nil
	}
	token := tokenOf(h.Values("Proxy-Authenticate"), t.scheme)
	if token == nil {
		return "", nil
	}
	next, err := t.conv.next(token, nil)
	switch {
	case errors.Is(err, errRefused):
		return "", nil
	case err != nil:
		// The refusal stands; this is why.
		t.turn.mu.Lock()
		defer t.turn.mu.Unlock()
		t.turn.reason = err
		return "", nil
	}
	return tokenField(t.scheme, next), nil
}

// Opened implements transfer.Tunnelling.
func (t *tunnelTalk) Opened(h http.Header) error {
	p := t.turn
	p.mu.Lock()
	defer p.mu.Unlock()
	var err error
	switch {
	case t.conv != nil && t.conv.whole():
		err = t.conv.finish(tokenOf(h.Values("Proxy-Authenticate"), t.scheme))
	case p.used != nil && p.used.answer != nil:
		err = p.used.answer.Accept(h.Values("Proxy-Authentication-Info"), authn.NoBody)
	}
	if err != nil {
		return &Error{Code: BadServerResponse, Err: err}
	}
	p.opened = true
	return nil
}

// took takes over what became of a request, which may have failed with err. It
// returns whether it went to a proxy in the clear, whose answer may be one of
// the proxy's own.
func (a *authState) took(p *proxyTurn, err error) (plain bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	a.via = p.via
	if p.via == nil {
		return false
	}
	socks := proxyOrigin(p.via).scheme == socksProtocol
	plain = a.l.req.URL.Scheme == "http" && !socks
	if err == nil && p.via.Scheme == "https" && (plain || p.opened) {
		if id := a.l.s.identities.of(proxyOrigin(p.via).address()); id != nil {
			a.l.s.identities.proven(id)
		}
	}
	switch {
	case p.used == nil:
	case plain, err != nil && !p.opened:
		a.used = p.used
		if p.reason != nil {
			a.of(p.used.space).reason = p.reason
		}
	case socks, p.opened:
		a.keep(p.used)
	}
	return plain
}
