package background

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"haul/session"
	"haul/session/internal/wire"
)

// question waits for its answer.
type question struct {
	wire.Question
	answer chan wire.Answer // takes one
	given  bool
}

// errCancelledAnswer ends a task whose question was answered with cancel.
var errCancelledAnswer = &session.Error{Code: session.Cancelled, Err: errors.New("the challenge was cancelled")}

// ask puts a question and waits, without a place among those that run and
// without the time of the resource passing, until somebody has answered.
func (at *attempt) ask(ctx context.Context, q wire.Question) (wire.Answer, error) {
	j, a := at.j, at.j.h.a
	a.mu.Lock()
	a.asked++
	q.Number, q.Since = a.asked, time.Now().UTC()
	waiting := &question{Question: q, answer: make(chan wire.Answer, 1)}
	j.question = waiting
	at.head()
	if j.rec.State == wire.StateRunning {
		j.doing = wire.DoingAsk
	}
	j.holdClock()
	at.release()
	j.tell("asks: " + what(q))
	j.hookQuestion(what(q))
	j.changed()
	a.mu.Unlock()
	var answer wire.Answer
	var err error
	select {
	case answer = <-waiting.answer:
	case <-ctx.Done():
		err = ctx.Err()
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	j.question = nil
	if j.rec.State == wire.StateRunning && a.ctx.Err() == nil {
		j.doing = wire.DoingLoad
		at.take()
		j.runClock()
	}
	j.changed()
	return answer, err
}

// what is a question in words.
func what(q wire.Question) string {
	switch {
	case q.Kind == wire.AskDelayed:
		return "its earliest time has come"
	case q.Trust != nil:
		return "is " + q.Trust.Address + " to be trusted? " + q.Trust.Error
	case q.Space == nil:
		return q.Kind
	case q.Space.Method == string(session.MethodClientCertificate):
		return "a client certificate for " + q.Space.Host
	case q.Space.Method == string(session.MethodDefault):
		return "the value of the request field " + q.Detail
	}
	return "a credential for " + strconv.Quote(q.Space.Realm) + " at " + q.Space.Host
}

// answer gives an answer to the question of a task. It tells whether it was the
// first. The caller holds mu.
func (j *job) reply(w wire.Answer) bool {
	q := j.question
	if q == nil || q.Number != w.Question || q.given {
		return false
	}
	q.given = true
	q.answer <- w
	j.tell("answered")
	return true
}

// DidReceiveChallenge asks whoever is there. What the default evaluation trusts
// is trusted, and a password that came with the URL is tried, without a word.
// Many servers ask everybody for a client certificate and need none: while nobody
// is there they are shown none, and the question waits only if they refuse that.
func (at *attempt) DidReceiveChallenge(ctx context.Context, _ session.Task, c *session.Challenge) (session.Disposition, *session.Credential) {
	if c.Trust != nil && c.Trust.Err == nil || c.Proposed != nil && c.PreviousFailureCount == 0 {
		return session.PerformDefaultHandling, nil
	}
	if c.Space.Method == session.MethodClientCertificate && c.PreviousFailureCount == 0 && !at.attended() {
		return session.PerformDefaultHandling, nil
	}
	q := wire.Question{
		Kind: wire.AskChallenge, Detail: c.Detail, Failures: c.PreviousFailureCount,
		Response: wire.ResponseOf(c.FailureResponse), Trust: trustOf(c.Trust), Issuers: c.DistinguishedNames,
		Space: &wire.Space{
			Protocol: c.Space.Protocol, Host: c.Space.Host, Port: c.Space.Port, Realm: c.Space.Realm,
			Method: string(c.Space.Method), Proxy: c.Space.Proxy,
		},
	}
	if c.Err != nil {
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
		return session.UseCredential, credential(c, w)
	case wire.CancelIt:
		return session.CancelChallenge, nil
	case wire.Reject:
		return session.RejectProtectionSpace, nil
	}
	return session.PerformDefaultHandling, nil
}

// credential is what was answered. A server is trusted only if the answer is
// about the certificate that it showed.
func credential(c *session.Challenge, w wire.Answer) *session.Credential {
	if c.Trust != nil {
		sum := c.Trust.SHA256()
		if strings.EqualFold(w.Trust, hex.EncodeToString(sum[:])) {
			return session.CredentialForTrust(c.Trust)
		}
		return nil
	}
	if c.Space.Method == session.MethodClientCertificate {
		return identity(w.Identity)
	}
	if w.User == "" && w.Password == "" {
		return nil
	}
	cred := &session.Credential{User: w.User, Password: w.Password}
	if w.Keep {
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

// attended tells whether somebody has the session open.
func (at *attempt) attended() bool {
	a := at.j.h.a
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(at.j.h.peers) > 0
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
	w := &wire.Trust{Host: t.Host, Address: t.Addr, Version: t.State.Version, Suite: t.State.CipherSuite, Strict: t.Strict}
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

// askLost asks for the secret fields of the request that an agent before this
// one had in its memory: a challenge of the default method, whose detail names
// the field and whose answer's password is its value.
func (at *attempt) askLost() error {
	j, a := at.j, at.j.h.a
	a.mu.Lock()
	var lost []string
	for _, name := range j.rec.Request.Omitted {
		if j.secret.Get(name) == "" {
			lost = append(lost, name)
		}
	}
	raw := j.rec.Request.URL
	a.mu.Unlock()
	if len(lost) == 0 {
		return nil
	}
	u, err := url.Parse(raw)
	if err != nil {
		return &session.Error{Code: session.BadURL}
	}
	space := &wire.Space{Protocol: u.Scheme, Host: strings.ToLower(u.Hostname()), Method: string(session.MethodDefault)}
	space.Port, _ = strconv.Atoi(u.Port()) // 0 stands for the scheme's own
	for _, name := range lost {
		w, err := at.ask(at.ctx, wire.Question{Kind: wire.AskChallenge, Space: space, Detail: name})
		switch {
		case err != nil, w.Disposition == wire.CancelIt:
			return errCancelledAnswer
		case w.Disposition == wire.Use && w.Password != "":
			a.mu.Lock()
			j.addHeader(http.Header{name: {w.Password}})
			a.mu.Unlock()
		}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	// What nobody gave is done without from here on.
	for _, name := range lost {
		if j.secret.Get(name) == "" {
			j.rec.Request.Omitted = without(j.rec.Request.Omitted, name)
		}
	}
	return nil
}

func without(names []string, name string) []string {
	var rest []string
	for _, n := range names {
		if n != name {
			rest = append(rest, n)
		}
	}
	return rest
}

// askDelayed asks about a task whose earliest begin has come, if somebody is
// there who wants to be asked.
func (at *attempt) askDelayed() error {
	j, a := at.j, at.j.h.a
	a.mu.Lock()
	wanted := !j.begun && j.rec.Attempts == 0 && !j.rec.EarliestBegin.IsZero() && j.h.delayedPeer()
	j.begun = true
	a.mu.Unlock()
	if !wanted {
		return nil
	}
	w, err := at.ask(at.ctx, wire.Question{Kind: wire.AskDelayed})
	switch {
	case err != nil, w.Disposition == wire.CancelIt:
		return &session.Error{Code: session.Cancelled}
	case w.Disposition == wire.Use && w.Request != nil:
		return j.replace(*w.Request)
	}
	return nil
}

// delayedPeer tells whether somebody is there who answers for delayed tasks.
func (h *host) delayedPeer() bool {
	for p := range h.peers {
		if p.delayed {
			return true
		}
	}
	return false
}

// replace makes r the request of the task.
func (j *job) replace(r wire.Request) error {
	a := j.h.a
	if err := checkRequest(&r); err != nil {
		return &session.Error{Code: session.UnsupportedURL, Err: err}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	kept, secret, omitted := redact(r.Header)
	current := r
	current.Header, current.Omitted, current.User, current.Password = kept, omitted, "", ""
	// OriginalRequest stays what the app made; what is loaded is this one.
	j.rec.Request, j.rec.Current, j.secret = current, &current, secret
	j.site = j.origin()
	return nil
}
