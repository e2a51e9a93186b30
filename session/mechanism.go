package session

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"slices"

	"haul/session/internal/authn"
	"haul/session/internal/endpoint"
	"haul/session/internal/kerberos"
	"haul/session/internal/ntlm"
)

// mechanism begins a conversation and returns its first token. state is what is
// known of the connection's TLS.
type mechanism func(state *tls.ConnectionState) (conversation, []byte, error)

// binding is how conversations begin that open connections for one user.
type binding struct {
	// scheme is what goes before the tokens, "NTLM" or "Negotiate".
	scheme string
	begin  mechanism
	ticket string // whose it is, "" for a user with a password
}

// tokenField is the field that carries a token.
func tokenField(scheme string, token []byte) string {
	return scheme + " " + base64.StdEncoding.EncodeToString(token)
}

// conversation is one authentication over one connection.
type conversation interface {
	// next answers a token of the server that came with a refusal. errRefused
	// is a refusal and no more; another error says what is wrong.
	next(token []byte, state *tls.ConnectionState) ([]byte, error)
	// finish takes the token that came with the acceptance, nil for none.
	finish(token []byte) error
	// whole tells whether the server may accept the token that is due, so that
	// its request has to be whole.
	whole() bool
	// binds tells whether later requests on the connection need no token.
	binds() bool
}

// errRefused says that the server does not take the credential.
var errRefused = errors.New("the server does not take the credential")

// ntlmConversation is NTLM: a token to begin with, the server's challenge, and
// the token that answers it.
type ntlmConversation struct {
	c        *ntlm.Client
	answered bool
}

func ntlmMechanism(cred *Credential, service string) mechanism {
	return func(*tls.ConnectionState) (conversation, []byte, error) {
		c := ntlm.New(cred.User, cred.Password, service)
		return &ntlmConversation{c: c}, c.Negotiate(), nil
	}
}

func (n *ntlmConversation) next(token []byte, state *tls.ConnectionState) ([]byte, error) {
	answer, err := n.c.Authenticate(token, endpoint.Hash(state))
	if errors.Is(err, ntlm.ErrAgain) {
		return nil, errRefused
	}
	n.answered = err == nil
	return answer, err
}

func (n *ntlmConversation) finish([]byte) error { return nil }
func (n *ntlmConversation) whole() bool         { return n.answered }
func (n *ntlmConversation) binds() bool         { return true }

// kerberosConversation is Kerberos: one token each way. Whether later requests
// need one as well is the server's choice (RFC 4559 section 5), so they have
// one.
type kerberosConversation struct{ x *kerberos.Exchange }

func kerberosMechanism(t *kerberos.Ticket) mechanism {
	return func(state *tls.ConnectionState) (conversation, []byte, error) {
		x, token, err := t.Begin(endpoint.Hash(state))
		return kerberosConversation{x}, token, err
	}
}

func (k kerberosConversation) next(token []byte, _ *tls.ConnectionState) ([]byte, error) {
	if err := k.x.Finish(token); err != nil {
		return nil, err
	}
	return nil, errRefused
}

func (k kerberosConversation) finish(token []byte) error { return k.x.Finish(token) }
func (k kerberosConversation) whole() bool               { return true }
func (k kerberosConversation) binds() bool               { return false }

// errTicketRefused is why a person is asked although there was a ticket.
var errTicketRefused = errors.New("the server does not take the Kerberos ticket at hand")

// unusableError says that a credential is of no use, before the server saw it.
type unusableError struct{ err error }

func (e *unusableError) Error() string { return e.err.Error() }
func (e *unusableError) Unwrap() error { return e.err }

// service is the name of the service that asks: the host as it was asked for,
// which nobody's DNS turns into another.
func (p ProtectionSpace) service() string { return "HTTP/" + p.Host }

// byTicket answers Negotiate with a ticket that is there, so that nobody is
// asked (guide step 4, note). It returns false if there is none, and keeps the
// reason if one is to be told.
func (a *authState) byTicket(p ProtectionSpace, x *exchange) (bool, error) {
	known := a.of(p)
	known.triedTicket = true
	t, err := aside(a.l.ctx, a.l.s, func() (*kerberos.Ticket, error) { return a.l.s.tickets.AtHand(p.service()) })
	switch {
	case a.l.ctx.Err() != nil:
		return false, context.Cause(a.l.ctx)
	case errors.Is(err, kerberos.ErrNone):
		return false, nil
	case err != nil:
		known.reason = err
		return false, nil
	}
	u := &attempt{openSpace: openSpace{space: p, bound: &binding{"Negotiate", kerberosMechanism(t), t.User()}}}
	if !a.proxy {
		u.challenged = x.req.URL
	}
	a.next = u
	return true, a.bind(&u.openSpace, x)
}

// negotiate chooses the mechanism for a user and a password: Kerberos where
// their realm is known and has the service, else NTLM, in its own scheme if that
// is offered.
func (a *authState) negotiate(p ProtectionSpace, cred *Credential, offers []authn.Challenge) (*binding, error) {
	ntlm := &binding{scheme: "Negotiate", begin: ntlmMechanism(cred, p.service())}
	if slices.ContainsFunc(offers, func(c authn.Challenge) bool { return c.Scheme == authn.SchemeNTLM }) {
		ntlm.scheme = "NTLM"
	}
	tickets := a.l.s.tickets
	if _, _, ok := tickets.Realm(cred.User); !ok {
		return ntlm, nil
	}
	t, err := aside(a.l.ctx, a.l.s, func() (*kerberos.Ticket, error) {
		return tickets.Login(cred.User, cred.Password, p.service())
	})
	var why *kerberos.Error
	switch {
	case a.l.ctx.Err() != nil:
		return nil, context.Cause(a.l.ctx)
	case err == nil:
		return &binding{scheme: "Negotiate", begin: kerberosMechanism(t)}, nil
	case errors.As(err, &why) && (why.Kind == kerberos.Unreachable || why.Kind == kerberos.UnknownService):
		a.of(p).reason = err
		return ntlm, nil
	}
	return nil, &unusableError{err}
}

// aside runs what takes its time without a context on a goroutine that the
// session waits for, so that the task can end meanwhile.
func aside[T any](ctx context.Context, s *Session, work func() (T, error)) (T, error) {
	type result struct {
		value T
		err   error
	}
	done := make(chan result, 1)
	s.decisions.Go(func() {
		v, err := work()
		done <- result{v, err}
	})
	select {
	case r := <-done:
		return r.value, r.err
	case <-ctx.Done():
		var none T
		return none, context.Cause(ctx)
	}
}
