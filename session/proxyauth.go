package session

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"haul/session/internal/authn"
	"haul/transfer"
)

// challengeField and infoField are the fields that challenges come in, and the
// server's proof.
func (a *authState) challengeField() string {
	if a.proxy {
		return "Proxy-Authenticate"
	}
	return "WWW-Authenticate"
}

func (a *authState) infoField() string {
	if a.proxy {
		return "Proxy-Authentication-Info"
	}
	return "Authentication-Info"
}

// newProxyAuth is the state of a loader for the challenges of proxies.
func newProxyAuth(l *loader) authState {
	a := newAuthState(l)
	a.proxy = true
	return a
}

// proxyTurn is what one request has to do with its proxy. A dial for it runs on
// a goroutine of its own, and may go on when the request got another connection,
// so nothing of the loader's is in here that changes.
type proxyTurn struct {
	next      *attempt // nil for none but what the books have
	own, kept *spaceBook
	body      bodySource
	byHand    string // the field of the app's own

	mu     sync.Mutex
	via    *url.URL
	used   *attempt
	opened bool // a tunnel is open
}

// turn begins a request.
func (a *authState) turn(r *http.Request) *proxyTurn {
	a.used, a.via = nil, nil
	return &proxyTurn{
		next: a.next, own: a.own, kept: a.l.s.spaces, body: a.l.body, byHand: r.Header.Get("Proxy-Authorization"),
	}
}

// authorize is transfer.Request.ProxyAuthorization: the credential that answers
// the last challenge, else one that opened the proxy before. A field set by hand
// stays until a challenge is answered.
func (p *proxyTurn) authorize(via *url.URL, method, target string) (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.via = via
	used := &attempt{kept: true}
	switch open := p.own.ofProxy(via); {
	case p.next != nil && p.next.leadsThrough(via):
		again := *p.next
		used = &again
	case p.byHand != "":
		return p.byHand, nil
	case open != nil:
		used.openSpace = *open
	default:
		if open = p.kept.ofProxy(via); open == nil {
			return "", nil
		}
		used.openSpace = *open
	}
	body := p.body
	if method == http.MethodConnect {
		body = nil // it stays at home until the tunnel is open
	}
	value, answer, err := used.authorize(method, target, body)
	if err != nil {
		return "", &Error{Code: UserAuthenticationRequired, Err: err}
	}
	used.answer, p.used = answer, used
	return value, nil
}

// tunnelled is transfer.Request.Tunnelled.
func (p *proxyTurn) tunnelled(h http.Header) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.used != nil && p.used.answer != nil {
		if err := p.used.answer.Accept(h.Values("Proxy-Authentication-Info"), authn.NoBody); err != nil {
			return &Error{Code: BadServerResponse, Err: err}
		}
	}
	p.opened = true
	return nil
}

// took takes over what became of a request. It returns whether the request went
// to a proxy in the clear, whose answer may be one of the proxy's own.
func (a *authState) took(p *proxyTurn) (plain bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	a.via = p.via
	if p.via == nil {
		return false
	}
	plain = a.l.req.URL.Scheme == "http"
	switch {
	case p.used == nil:
	case plain || !p.opened:
		a.used = p.used
	default:
		a.keep(p.used)
	}
	return plain
}

// tunnelRefusal is the refusal of a tunnel for want of a credential, as a
// response; nil if err is something else.
func (l *loader) tunnelRefusal(err error) *exchange {
	var refused *transfer.ProxyError
	if !errors.As(err, &refused) || refused.StatusCode != http.StatusProxyAuthRequired || l.proxy.via == nil {
		return nil
	}
	return &exchange{
		Response: &http.Response{
			Status:     fmt.Sprintf("%d %s", refused.StatusCode, http.StatusText(refused.StatusCode)),
			StatusCode: refused.StatusCode, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
			Header: refused.Header, Body: http.NoBody,
		},
		req: l.req, byProxy: true, proxied: true, cancel: func() {}, ended: func() {},
	}
}

// tunnelRefused is the error of a task that no tunnel is opened for.
func (a *authState) tunnelRefused(x *exchange, err error) error {
	var refused *transfer.ProxyError
	if !errors.As(err, &refused) {
		return err
	}
	why := fmt.Errorf("the proxy %s wants a user and a password", refused.Addr)
	switch {
	case slices.ContainsFunc(a.spacesAsked(), func(k *askedSpace) bool { return k.failures > 0 }):
		why = fmt.Errorf("the proxy %s does not take the user and the password", refused.Addr)
	case len(a.supported(x)) == 0:
		why = fmt.Errorf("the proxy %s wants a method that is not known for proxies: %s", refused.Addr, schemes(x.Header.Values("Proxy-Authenticate")))
	}
	return &Error{Code: UserAuthenticationRequired, Err: why}
}

// spacesAsked are what is known of the proxy's spaces.
func (a *authState) spacesAsked() (all []*askedSpace) {
	for p, known := range a.asked {
		if (&openSpace{space: p}).leadsThrough(a.via) {
			all = append(all, known)
		}
	}
	return all
}

// schemes names the first few schemes of challenges. A scheme is a token, with
// nothing in it that could steer a terminal.
func schemes(fields []string) string {
	const most, longest = 3, 20
	var names []string
	for _, c := range authn.Parse(fields) {
		if name := c.Scheme; len(name) <= longest && !slices.Contains(names, name) && len(names) < most {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return "none that can be read"
	}
	return strings.Join(names, ", ")
}
