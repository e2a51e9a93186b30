package background

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"strings"

	"haul/session"
	"haul/session/internal/wire"
)

// DidReceiveChallenge answers from what the agent has, and else asks whoever is
// there. What the default evaluation trusts is trusted without a word.
func (at *attempt) DidReceiveChallenge(ctx context.Context, t session.Task, c *session.Challenge) (session.Disposition, *session.Credential) {
	if c.Trust != nil && c.Trust.Err == nil {
		return session.PerformDefaultHandling, nil
	}
	d := at.known(ctx, t, c)
	if d.Words != "" {
		at.j.h.a.mu.Lock()
		at.j.tell(d.Words)
		at.j.h.a.mu.Unlock()
	}
	if !d.Ask {
		return d.Disposition, d.Credential
	}
	q := wire.Question{
		Kind: wire.AskChallenge, Detail: cmp.Or(d.Detail, c.Detail), Problem: d.Reason,
		Failures: max(0, c.PreviousFailureCount-d.Unasked), Response: wire.ResponseOf(c.FailureResponse), Trust: trustOf(c.Trust),
		Issuers: c.DistinguishedNames,
		Space: &wire.Space{
			Protocol: c.Space.Protocol, Host: c.Space.Host, Port: c.Space.Port, Realm: c.Space.Realm,
			Method: string(c.Space.Method), Proxy: c.Space.Proxy,
		},
	}
	if c.Space.Method == session.MethodClientCertificate && d.Reason != "" {
		// What the agent has is no good: whoever is asked knows of nothing better.
		q.Failures = max(q.Failures, 1)
	}
	if q.Problem == "" && c.Err != nil {
		q.Problem = c.Err.Error()
	}
	if c.Proposed != nil {
		q.Proposed = c.Proposed.User
	}
	w, err := at.ask(ctx, q)
	if err != nil {
		return session.CancelChallenge, nil
	}
	switch w.Disposition {
	case wire.Use:
		cred := credential(c, w)
		if known := at.j.answererNow(); known != nil && cred != nil && cred.Password != "" {
			known.Remember(c.Space, cred)
		}
		return session.UseCredential, cred
	case wire.CancelIt:
		return session.CancelChallenge, nil
	case wire.Reject:
		return session.RejectProtectionSpace, nil
	}
	return session.PerformDefaultHandling, nil
}

// known is what the agent answers without asking: the [Answerer] of the task
// decides. Without one, what came with the URL is tried. Many servers ask
// everybody for a client certificate and need none: while nobody is there they
// are shown none, and the question waits only if they refuse that.
func (at *attempt) known(ctx context.Context, t session.Task, c *session.Challenge) Decision {
	if answerer := at.j.answererNow(); answerer != nil {
		return answerer.Answer(ctx, t, c)
	}
	byDefault := c.PreviousFailureCount == 0 &&
		(c.Proposed != nil || c.Space.Method == session.MethodClientCertificate && !at.attended())
	return Decision{Ask: !byDefault, Disposition: session.PerformDefaultHandling}
}

// attended tells whether somebody has the session open.
func (at *attempt) attended() bool {
	a := at.j.h.a
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(at.j.h.peers) > 0
}

// answererNow is the task's answerer, which is made by the first call.
func (j *job) answererNow() Answerer {
	a := j.h.a
	a.mu.Lock()
	made, begin := j.answerer, a.o.Answerer
	of := Subject{Identifier: j.h.identifier, User: j.user, Access: j.rec.Access}
	of.Access.Token = j.token
	r, err := j.rec.Request.HTTP()
	a.mu.Unlock()
	if made != nil || begin == nil || err != nil {
		return made
	}
	of.URL = r.URL
	made = begin(of) // it may read files
	a.mu.Lock()
	defer a.mu.Unlock()
	if j.answerer == nil {
		j.answerer = made
	}
	return j.answerer
}

// credential is what was answered. A server is trusted only if the answer is
// about the certificate that it showed.
func credential(c *session.Challenge, w wire.Answer) *session.Credential {
	switch {
	case c.Trust != nil:
		sum := c.Trust.SHA256()
		if strings.EqualFold(w.Trust, hex.EncodeToString(sum[:])) {
			return session.CredentialForTrust(c.Trust)
		}
		return nil
	case c.Space.Method == session.MethodClientCertificate:
		return identity(w.Identity)
	case w.User == "" && w.Password == "":
		return nil
	}
	cred := &session.Credential{User: w.User, Password: w.Password}
	switch {
	case w.Permanent:
		cred.Persistence = session.PersistencePermanent
	case w.Keep:
		cred.Persistence = session.PersistenceForSession
	}
	return cred
}

// identity is the client certificate that was answered. The session finds what is
// wrong with one and asks again.
func identity(w *wire.Identity) *session.Credential {
	if w == nil {
		return nil
	}
	cert := &tls.Certificate{Certificate: w.Chain}
	if key, err := x509.ParsePKCS8PrivateKey(w.Key); err == nil {
		cert.PrivateKey = key
	}
	return session.CredentialForIdentity(cert)
}

// Bounds of the certificates that are shown.
const (
	mostCertificates = 10
	mostCertificate  = 64 << 10
)

func trustOf(t *session.ServerTrust) *wire.Trust {
	if t == nil {
		return nil
	}
	w := &wire.Trust{Host: t.Host, Address: t.Addr, Proxy: t.Proxy, Strict: t.Strict, Version: t.State.Version, Suite: t.State.CipherSuite}
	if t.Err != nil {
		w.Error = t.Err.Error()
	}
	for _, c := range t.Chain() {
		if len(w.Chain) == mostCertificates || len(c.Raw) > mostCertificate {
			break
		}
		w.Chain = append(w.Chain, c.Raw)
	}
	return w
}
