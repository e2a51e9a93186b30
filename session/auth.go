package session

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"

	"haul/session/internal/authn"
)

// authState answers the HTTP challenges of one task (guide step 4): those of the
// servers, or those of the proxies, which have a state of their own so that
// neither is ever shown what is meant for the other.
type authState struct {
	l *loader
	// proxy tells that this is about proxies; via is the one that the last
	// request went through, with its user information.
	proxy bool
	via   *url.URL
	// own has the spaces that this task opened, whatever the persistence of
	// their credentials: another challenge of theirs needs no question.
	own *spaceBook
	// asked is what is known of each space in this task, made for the first.
	asked map[ProtectionSpace]*askedSpace
	// next is the credential for the request that is about to be sent, nil
	// for none but those of the session's book.
	next *attempt
	// used is what the request under way carries.
	used *attempt
	// bound is an authentication on a connection of its own, nil for none.
	bound *boundAuth
	// left is one that is over, until its connection is closed.
	left *boundAuth
	// renewals counts nonces in a row that a server has called stale.
	renewals int
	// moves counts credentials that a server has refused by asking for one for
	// another space.
	moves int
}

type askedSpace struct {
	failures      int
	rejected      bool // RejectProtectionSpace
	triedProposed bool
	triedKept     bool
	triedTicket   bool  // of Kerberos
	reason        error // why what was tried last is no good, if known
}

// attempt is a credential with the request that carries it. A Kerberos ticket
// that was at hand has none.
type attempt struct {
	openSpace
	challenged *url.URL // nil for a proxy
	kept       bool     // from a book, without a word to anybody
	answer     *authn.Answer
}

// maxRenewals bounds how often a request is repeated because a server calls
// its nonces stale.
const maxRenewals = 3

// maxMoves bounds how many credentials for one request may be refused by naming
// another space: where each space is a new one, no count of failures ends it, and
// a credential that is given without a question would be sent for ever.
const maxMoves = 3

func newAuthState(l *loader) authState {
	return authState{
		l: l, own: newSpaceBook(func(ProtectionSpace, *Credential) bool { return true }),
	}
}

// nextHop forgets what belonged to the request before: another URL may be in
// another space.
func (a *authState) nextHop() {
	a.next, a.used, a.renewals, a.moves = nil, nil, 0, 0
	a.nextHopBound(a.l.req.URL)
}

// authorize puts a credential on r: the one that answers the last challenge,
// else one that the session may keep and that opens the space of r for all
// that is known. A field set by hand stays until a challenge is answered.
func (a *authState) authorize(r *http.Request) error {
	a.used = a.next
	if a.bound != nil {
		a.bound.put(r)
		return nil
	}
	if a.used == nil {
		if hasField(r.Header, "Authorization") {
			return nil
		}
		open := a.l.s.spaces.covering(r.URL)
		if open == nil && a.l.further {
			open = a.own.covering(r.URL) // its task was challenged for it already
		}
		if open == nil {
			return nil
		}
		a.used = &attempt{openSpace: *open, challenged: r.URL, kept: true}
	}
	value, answer, err := a.used.authorize(r.Method, r.URL.RequestURI(), a.l.body)
	if err != nil {
		return &Error{Code: UserAuthenticationRequired, Err: err}
	}
	a.used.answer = answer
	r.Header.Set("Authorization", value)
	return nil
}

// answer looks at a response. It returns true if the request is to be sent
// again with another credential; else the response is the result.
func (a *authState) answer(x *exchange) (again bool, err error) {
	if !a.challenged(x) {
		return false, a.accepted(x)
	}
	if a.refusedBound(x) {
		return true, nil
	}
	offers := a.supported(x)
	if len(offers) == 0 {
		return false, nil
	}
	// The delegate may think for long: no connection waits with it. One on which
	// a proxy has refused a body has to go: Squid says that it lasts, and then
	// answers nothing more on it. It does not survive that its response is left
	// unread.
	if !a.proxy || x.sent == nil {
		if err := x.setAside(); err != nil {
			return false, err
		}
	}
	if a.renewed(offers) {
		return true, nil
	}
	a.refused(offers, x)
	a.renewals = 0
	if a.moves == maxMoves {
		return false, nil
	}
	for _, offer := range offers {
		again, over, err := a.open(offer, offers, x)
		if again || over || err != nil {
			return again, err
		}
	}
	return false, nil
}

// challenged tells whether a response is a challenge to this state.
func (a *authState) challenged(x *exchange) bool {
	if a.proxy {
		return x.StatusCode == http.StatusProxyAuthRequired && x.byProxy
	}
	return x.StatusCode == http.StatusUnauthorized
}

// open answers one of the challenges that a server offers. It returns true if
// the request is to be sent again, or that it is over: the response is the
// result. Neither means that the next challenge is to be looked at.
func (a *authState) open(offer authn.Challenge, offers []authn.Challenge, x *exchange) (again, over bool, err error) {
	space := a.spaceOf(offer, x.req.URL)
	known := a.of(space)
	if space.Method == MethodNegotiate && !known.rejected && !known.triedTicket {
		if sent, err := a.byTicket(space, x); sent || err != nil {
			return sent, false, err
		}
	}
	for !known.rejected {
		cred, kept, err := a.credentialFor(offer, space, x)
		switch {
		case err != nil:
			return false, false, err
		case known.rejected:
			return false, false, nil
		case cred == nil:
			return false, true, nil
		}
		known.reason = nil
		err = a.use(offer, offers, space, cred, kept, x)
		var unusable *unusableError
		if !errors.As(err, &unusable) {
			return err == nil, false, err
		}
		known.failures++
		known.reason = unusable.err
	}
	return false, false, nil
}

// supported are the challenges that have an answer here, the strongest first.
// Negotiate on a machine where Kerberos is not set up is left out if there is
// anything else: it would be NTLM at most.
func (a *authState) supported(x *exchange) []authn.Challenge {
	if x.socks {
		return []authn.Challenge{{}} // it has one method, and no words for it
	}
	offers := slices.DeleteFunc(authn.Parse(x.Header.Values(a.challengeField())), func(c authn.Challenge) bool {
		return !authn.Supported(c) || authn.Bound(c) && !a.canBind(x)
	})
	slices.SortStableFunc(offers, func(x, y authn.Challenge) int { return authn.Strength(y) - authn.Strength(x) })
	first := func(c authn.Challenge) bool { return c.Scheme == authn.SchemeNegotiate }
	if n := len(offers); n > 1 && first(offers[0]) && !first(offers[n-1]) && !a.l.s.tickets.Usable() {
		offers = slices.DeleteFunc(offers, first)
	}
	return offers
}

func (a *authState) spaceOf(c authn.Challenge, u *url.URL) ProtectionSpace {
	o := originOf(u)
	if a.proxy {
		o = proxyOrigin(a.via)
	}
	p := ProtectionSpace{
		Protocol: o.scheme, Host: o.host, Port: o.port, Realm: c.Realm(), Method: MethodBasic, Proxy: a.proxy,
	}
	switch c.Scheme {
	case "":
		p.Method = MethodSOCKS
	case authn.SchemeDigest:
		p.Method = MethodDigest
	case authn.SchemeBearer:
		p.Method = MethodBearer
	case authn.SchemeNTLM:
		p.Method = MethodNTLM
	case authn.SchemeNegotiate:
		p.Method = MethodNegotiate
	}
	return p
}

func (a *authState) of(p ProtectionSpace) *askedSpace {
	if a.asked == nil {
		a.asked = make(map[ProtectionSpace]*askedSpace)
	}
	if a.asked[p] == nil {
		a.asked[p] = new(askedSpace)
	}
	return a.asked[p]
}

// renewed goes over to a new nonce if that is all the server wants. The
// credential of a space that was open before gets one such chance also without
// the word stale, for not every server says it.
func (a *authState) renewed(offers []authn.Challenge) bool {
	u := a.used
	if u == nil || u.digest == nil || a.renewals == maxRenewals {
		return false
	}
	for _, offer := range offers {
		if offer.Scheme != authn.SchemeDigest || offer.Realm() != u.space.Realm {
			continue
		}
		if !u.answer.Stale(offer) && (!u.kept || a.renewals > 0) {
			continue
		}
		if u.digest.Renew(offer) == nil {
			a.renewals++
			a.next = u
			return true
		}
	}
	return false
}

// refused takes note that the credential of the last request did not open its
// space.
func (a *authState) refused(offers []authn.Challenge, x *exchange) {
	u := a.used
	a.next, a.used = nil, nil
	if u == nil {
		return
	}
	if !slices.ContainsFunc(offers, func(o authn.Challenge) bool { return a.spaceOf(o, x.req.URL) == u.space }) {
		if u.cred != nil {
			a.moves++
		}
		return
	}
	if u.cred == nil {
		if known := a.of(u.space); known.reason == nil {
			known.reason = errTicketRefused
		}
	} else {
		a.of(u.space).failures++
	}
	if a.l.further {
		return // the task's own requests will show whether it is still good
	}
	a.own.remove(&u.openSpace)
	a.l.s.spaces.remove(&u.openSpace)
}

// use makes cred the answer to a challenge. An *unusableError says that it is
// none.
func (a *authState) use(offer authn.Challenge, offers []authn.Challenge, p ProtectionSpace, cred *Credential, kept bool, x *exchange) error {
	challenged := x.req.URL
	if a.proxy {
		challenged = nil // its space is not one of URLs
	}
	cred = &Credential{User: cred.User, Password: cred.Password, Persistence: cred.Persistence}
	u := &attempt{openSpace: openSpace{space: p, cred: cred}, challenged: challenged, kept: kept}
	switch p.Method {
	case MethodSOCKS:
		if n := len(cred.User); n == 0 || n > mostSOCKS || len(cred.Password) > mostSOCKS {
			return &unusableError{fmt.Errorf("a user and a password of SOCKS have 1 to %d bytes", mostSOCKS)}
		}
	case MethodNTLM:
		u.bound = &binding{scheme: "NTLM", begin: ntlmMechanism(cred, p.service())}
	case MethodNegotiate:
		var err error
		if u.bound, err = a.negotiate(p, cred, offers); err != nil {
			return err
		}
	case MethodDigest:
		if open := a.keptDigest(p, kept); open != nil && open.Renew(offer) == nil {
			u.digest = open
		} else {
			d, err := authn.NewDigest(offer, authn.Credential{User: cred.User, Password: cred.Password}, challenged)
			if err != nil {
				return &Error{Code: UserAuthenticationRequired, Err: err}
			}
			u.digest = d
		}
	}
	a.next = u
	if u.bound != nil {
		return a.bind(&u.openSpace, x)
	}
	return nil
}

// mostSOCKS bounds a user and a password in bytes (RFC 1929 section 2).
const mostSOCKS = 255

// keptDigest is the Digest that a kept credential was used with before.
func (a *authState) keptDigest(p ProtectionSpace, kept bool) *authn.Digest {
	if !kept {
		return nil
	}
	open := a.own.get(p)
	if open == nil {
		open = a.l.s.spaces.get(p)
	}
	if open == nil {
		return nil
	}
	return open.digest
}

// accepted takes note that a response was no challenge: the credential that
// the request carried is good, and may be kept.
func (a *authState) accepted(x *exchange) error {
	u := a.used
	if a.bound != nil {
		if opened, err := a.acceptedBound(x); !opened || err != nil {
			return err
		}
	}
	if u == nil {
		return nil
	}
	if u.answer != nil {
		info := x.Header.Values(a.infoField())
		err := u.answer.Accept(info, nil)
		switch {
		case errors.Is(err, authn.ErrBodyNeeded):
			x.prove(u.answer.BodyProof(info))
		case err != nil:
			return &Error{Code: BadServerResponse, Err: err}
		}
	}
	if x.StatusCode < http.StatusInternalServerError {
		// A server in trouble may not have looked at the credential.
		a.keep(u)
	}
	return nil
}

// keep keeps a credential that was accepted.
func (a *authState) keep(u *attempt) {
	if u.kept || u.cred == nil && !a.proxy {
		return
	}
	a.own.add(&u.openSpace, u.challenged)
	if u.cred == nil {
		a.l.s.spaces.add(&u.openSpace, u.challenged)
		return
	}
	if cs := a.l.s.cfg.Credentials; cs != nil && u.cred.Persistence != PersistenceNone {
		// Those who watch the storage are told if it cannot be kept for good;
		// the task has what it needs.
		_ = cs.Set(a.l.ctx, u.space, u.cred)
		a.l.s.spaces.add(&u.openSpace, u.challenged)
	}
}

// setAside reads the body of a response that may become the result or not, so
// that its connection is free meanwhile. A body above the bound stays on its
// connection.
func (x *exchange) setAside() error {
	start, err := io.ReadAll(io.LimitReader(x.Body, drainBytes))
	if err != nil {
		return err
	}
	if len(start) < drainBytes {
		x.close()
		x.Body = io.NopCloser(bytes.NewReader(start))
		return nil
	}
	x.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(start), x.Body), x.Body}
	return nil
}
