package session

import (
	"errors"
	"slices"

	"haul/session/internal/authn"
)

// credentialFor decides what answers a challenge: a credential that opened the
// space before, else what the delegate says. nil stands for none.
func (a *authState) credentialFor(offer authn.Challenge, p ProtectionSpace, x *exchange) (c *Credential, kept bool, err error) {
	known := a.of(p)
	if !known.triedKept && known.failures == 0 {
		open := a.own.get(p)
		if open == nil {
			open = a.l.s.spaces.get(p)
		}
		if open != nil && open.cred != nil {
			known.triedKept = true
			return open.cred, true, nil
		}
	}
	if a.l.further {
		return nil, false, nil
	}
	ch := &Challenge{
		Space: p, Detail: detail(offer), Proposed: a.proposed(p),
		PreviousFailureCount: known.failures, Err: known.reason,
	}
	if !x.socks {
		ch.FailureResponse = head(x.Response, x.req)
	}
	answer, err := a.l.t.answerChallenge(a.l.ctx, ch)
	if err != nil {
		return nil, false, err
	}
	switch answer.disposition {
	case UseCredential:
		return answer.credential, false, nil
	case CancelChallenge:
		return nil, false, &Error{Code: Cancelled, Err: errors.New("the challenge was cancelled")}
	case RejectProtectionSpace:
		known.rejected = true
		return nil, false, nil
	case PerformDefaultHandling:
	}
	if ch.Proposed != nil && !known.triedProposed && known.failures == 0 {
		known.triedProposed = true
		return ch.Proposed, false, nil
	}
	return nil, false, nil
}

func detail(c authn.Challenge) string {
	if c.Scheme != authn.SchemeDigest {
		return ""
	}
	if alg := c.Params["algorithm"]; alg != "" {
		return alg
	}
	return "MD5"
}

// proposed is the credential from the URL, which is for its own origin or proxy
// only, or from the storage.
func (a *authState) proposed(p ProtectionSpace) *Credential {
	t := a.l.t
	own, u := t.originalURL(), t.userinfo
	if to := a.l.s.secured(own); to != nil {
		own = to
	}
	from := originOf(own)
	if a.proxy {
		from, u = proxyOrigin(a.via), a.via.User
	}
	if u != nil && p.Method != MethodBearer && from == (origin{p.Protocol, p.Host, p.Port}) {
		password, has := u.Password()
		if !has {
			if kept := a.keptFor(p, u.Username()); kept != nil {
				return kept
			}
		}
		return &Credential{User: u.Username(), Password: password, Persistence: PersistenceForSession}
	}
	if cs := a.l.s.cfg.Credentials; cs != nil {
		// A store that cannot be read proposes nothing: the delegate is asked.
		c, _ := cs.Default(a.l.ctx, p)
		return c
	}
	return nil
}

// keptFor is what the storage has for one user of a space, nil for nothing.
func (a *authState) keptFor(p ProtectionSpace, user string) *Credential {
	cs := a.l.s.cfg.Credentials
	if cs == nil {
		return nil
	}
	// A store that cannot be read proposes nothing: the delegate is asked.
	have, _ := cs.In(a.l.ctx, p)
	if i := slices.IndexFunc(have, func(c Credential) bool { return c.User == user }); i >= 0 {
		return &have[i]
	}
	return nil
}
