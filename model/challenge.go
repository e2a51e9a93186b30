package model

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"haul/session"
)

// mostRefusals is how many credentials a space may refuse before nobody is
// asked any more and the server's refusal is the result. Those of sources and
// of the storage, which nobody typed, do not count.
const mostRefusals = 3

// origin is the scheme, host and port of a URL.
type origin struct {
	scheme, host string
	port         int
}

func originOf(u *url.URL) origin { return origin{u.Scheme, hostName(u), portOf(u)} }

// DidReceiveSessionChallenge answers server trust, and the methods that belong
// to a session.
func (o *Observer) DidReceiveSessionChallenge(
	ctx context.Context, _ *session.Session, t session.Task, c *session.Challenge,
) (session.Disposition, *session.Credential) {
	return o.DidReceiveChallenge(ctx, t, c)
}

// DidReceiveChallenge answers from policy, or asks.
func (o *Observer) DidReceiveChallenge(
	ctx context.Context, t session.Task, c *session.Challenge,
) (session.Disposition, *session.Credential) {
	s := o.slot(t.ID())
	if s == nil {
		return session.PerformDefaultHandling, nil
	}
	switch c.Space.Method {
	case session.MethodServerTrust:
		return o.judgeServer(ctx, s, c)
	case session.MethodClientCertificate:
		return o.identity(ctx, s, c)
	default:
		return o.password(ctx, s, c)
	}
}

// password answers a challenge for a user name and a password, or for a token.
func (o *Observer) password(
	ctx context.Context, s *slot, c *session.Challenge,
) (session.Disposition, *session.Credential) {
	l := s.lineage
	given := o.opt.Credential
	if given != nil && given.Password == "" && o.opt.Interactive {
		given = nil // a user name alone: the password is asked for
	}
	token := o.opt.Token
	if given == nil && token != nil && l.owns(c.Space) && wantsTokenInstead(c) {
		o.noteChallenge(s, c, "rejected, there is a token")
		return session.RejectProtectionSpace, nil
	}
	if c.Space.Method == session.MethodBearer {
		given = token
	}
	if cred, from := o.known(ctx, s, c, given); cred != nil {
		o.noteChallenge(s, c, from)
		return session.UseCredential, cred
	}
	if ctx.Err() != nil {
		return session.CancelChallenge, nil
	}
	if c.PreviousFailureCount > 0 && c.Space.Method == session.MethodNegotiate && !o.opt.Interactive {
		// Nobody can say what the realm wants instead; another method may
		// take the same password.
		o.noteChallenge(s, c, "rejected after a refusal")
		return session.RejectProtectionSpace, nil
	}
	if c.PreviousFailureCount-l.unasked(c.Space) >= mostRefusals {
		o.noteChallenge(s, c, "refused "+strconv.Itoa(c.PreviousFailureCount)+" times")
		return session.PerformDefaultHandling, nil
	}
	where := fmt.Sprintf("%s://%s", c.Space.Protocol, net.JoinHostPort(c.Space.Host, strconv.Itoa(c.Space.Port)))
	if c.Space.Proxy {
		where = "the proxy " + where
	}
	if !o.opt.Interactive {
		flag, what := "--user", "password"
		if c.Space.Method == session.MethodBearer {
			flag, what = "--bearer-env", "token"
		}
		if c.Space.Proxy {
			flag = "HAUL_PROXY_USER and HAUL_PROXY_PASSWORD, or both in the proxy's URL"
		}
		if c.PreviousFailureCount == 0 {
			o.unanswered(s, what+" for "+where+" "+strconv.Quote(c.Space.Realm), flag)
		}
		o.noteChallenge(s, c, "default")
		return session.PerformDefaultHandling, nil
	}
	view := PromptView{
		Space: c.Space, Detail: c.Detail, Failures: c.PreviousFailureCount,
		User:  o.desk.user(c.Space, o.wanted(l, c)),
		Trust: o.trustOf(c),
	}
	if c.Err != nil {
		view.Reason = c.Err.Error()
	}
	if o.opt.Keeper != nil {
		view.Keeper = o.opt.Keeper(ctx)
	}
	o.noteChallenge(s, c, "asks you")
	a, ok := o.await(ctx, s, promptKey{kind: AskPassword, space: c.Space}, view)
	switch {
	case !ok || a.CancelRows:
		return session.CancelChallenge, nil
	case a.Skip:
		return session.UseCredential, nil
	}
	cred := &session.Credential{User: a.User, Password: a.Password, Persistence: a.Keep}
	l.remember(c.Space, cred)
	return session.UseCredential, cred
}

// trustOf is what the server that wants a password showed of itself, nil
// without TLS.
func (o *Observer) trustOf(c *session.Challenge) *session.ServerTrust {
	resp := c.FailureResponse
	if c.Space.Proxy || resp == nil || resp.TLS == nil || len(resp.TLS.PeerCertificates) == 0 {
		return nil
	}
	t := &session.ServerTrust{
		Host: c.Space.Host, Addr: net.JoinHostPort(c.Space.Host, strconv.Itoa(c.Space.Port)), State: *resp.TLS,
	}
	// The handshake has succeeded: the server was verified, or accepted.
	if words := o.desk.trustWords(t.SHA256()); words != "" {
		t.Err = errors.New(words)
	}
	return t
}

// wantsTokenInstead tells whether a server that asks for a password would take a
// token as well.
func wantsTokenInstead(c *session.Challenge) bool {
	if c.Space.Method == session.MethodBearer || c.FailureResponse == nil {
		return false
	}
	return slices.ContainsFunc(c.FailureResponse.Header.Values("WWW-Authenticate"), func(v string) bool {
		return strings.Contains(strings.ToLower(v), "bearer")
	})
}

// owns tells whether a space is at the row's own origin.
func (l *lineage) owns(p session.ProtectionSpace) bool {
	own := l.origin.Load()
	return !p.Proxy && own != nil && *own == origin{p.Protocol, p.Host, p.Port}
}

// user is the user name tried last in a space, else the one suggested.
func (d *desk) user(p session.ProtectionSpace, suggested string) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	if u, ok := d.users[p]; ok {
		return u
	}
	return suggested
}

// trustedHost tells whether a fingerprint is the one given for the host.
func (o *Observer) trustedHost(addr string, sum [sha256.Size]byte) bool {
	if o.opt.TrustHost == nil {
		return false
	}
	want, ok := o.opt.TrustHost(addr)
	return ok && want == sum
}

// judgeServer answers the question whether a server is the one meant.
func (o *Observer) judgeServer(
	ctx context.Context, s *slot, c *session.Challenge,
) (session.Disposition, *session.Credential) {
	t := c.Trust
	if t == nil || t.Err == nil || len(t.Chain()) == 0 {
		return session.PerformDefaultHandling, nil
	}
	sum, at := t.SHA256(), placeOf(t)
	kept, known, unreadable := o.kept(at)
	words := ""
	switch {
	case slices.Contains(o.opt.TrustSHA256, sum):
		words = "fingerprint given by --trust-sha256"
	case o.trustedHost(t.Addr, sum):
		words = "fingerprint given by the configuration"
	case o.opt.Insecure:
		words = "not verified: --insecure"
	case t.Strict:
		// No person is asked to make an exception (RFC 6797 section 12.1).
		o.noteChallenge(s, c, "not trusted, and the host allows no exception (HSTS)")
		return session.PerformDefaultHandling, nil
	case known && kept == sum:
		words = acceptedForGood
	case !o.opt.Interactive:
		who := t.Addr
		if t.Proxy {
			who = "the proxy " + who
		}
		o.unanswered(s, "whether to trust "+who+": "+t.Reason(), "--trust-sha256 or --cacert")
		o.noteChallenge(s, c, "default")
		return session.PerformDefaultHandling, nil
	}
	if words != "" {
		o.desk.mu.Lock()
		o.desk.trust(at, sum, words)
		o.desk.mu.Unlock()
		o.noteTrust(s, c, words)
		return session.UseCredential, session.CredentialForTrust(t)
	}
	o.noteChallenge(s, c, "asks you")
	view := PromptView{Space: c.Space, Trust: t, CanKeep: o.opt.Trusted != nil && unreadable == nil, ChangedForGood: known}
	view.SeenKey, view.ChangedKey = o.desk.seen(at, sum)
	view.ChangedKey = view.ChangedKey || known
	if unreadable != nil {
		view.Reason = unreadable.Error()
	}
	a, ok := o.await(ctx, s, promptKey{kind: AskTrust, addr: at, key: sum}, view)
	switch {
	case !ok || a.CancelRows:
		return session.CancelChallenge, nil
	case !a.Trust:
		return session.PerformDefaultHandling, nil
	}
	words = "accepted by you until you quit"
	if a.ForGood && o.opt.Trusted != nil {
		words = acceptedForGood
		if err := o.opt.Trusted.Put(at, sum); err != nil {
			words = "accepted by you until you quit, because it cannot be kept: " + err.Error()
		}
	}
	o.noteTrust(s, c, words)
	return session.UseCredential, session.CredentialForTrust(t)
}

// placeOf is where a certificate is accepted: "host:port", for a proxy with
// "proxy/" before it, for it is another server than an origin with its address.
func placeOf(t *session.ServerTrust) string {
	if t.Proxy {
		return "proxy/" + t.Addr
	}
	return t.Addr
}

const acceptedForGood = "accepted by you for good"

// kept is the certificate accepted for good at an address. What cannot be read is
// not believed, and not written to.
func (o *Observer) kept(addr string) (sum [sha256.Size]byte, ok bool, err error) {
	if o.opt.Trusted == nil {
		return sum, false, nil
	}
	return o.opt.Trusted.Get(addr)
}

// seen tells whether a key was accepted before, at any address, and whether
// another one was at this address.
func (d *desk) seen(addr string, key [sha256.Size]byte) (accepted, changed bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	addr = strings.ToLower(addr)
	for k := range d.trusted {
		changed = changed || k.addr == addr && k.key != key
	}
	return d.keys[key] != "", changed
}

// trustWords are the words of the acceptance of a key, "" if nobody had to
// accept it: a server that got through with it was verified. The address does
// not matter, as it can be written in several ways, and a key that needed to be
// accepted anywhere is better not called verified.
func (d *desk) trustWords(key [sha256.Size]byte) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.keys[key]
}

// await asks the desk and tells the model that the row asks meanwhile.
func (o *Observer) await(ctx context.Context, s *slot, key promptKey, view PromptView) (Answer, bool) {
	if o.unattended {
		s.left = &view
		return Answer{}, false
	}
	o.fact(s, fact{Event: Event{Name: "Ask", Text: key.kind.String()}, stimulus: factAsked})
	a, ok := o.desk.ask(ctx, key, s.lineage.row, view)
	text := "answered"
	switch {
	case !ok && errors.Is(context.Cause(ctx), session.ErrAnsweredElsewhere):
		text = "answered elsewhere"
	case !ok:
		text = "withdrawn"
	case a.CancelRows:
		text = "cancelled"
	}
	o.fact(s, fact{Event: Event{Name: "Answer", Text: text}, stimulus: factDecided})
	return a, ok
}

// noteChallenge puts a challenge into the row's timeline.
func (o *Observer) noteChallenge(s *slot, c *session.Challenge, answer string) {
	f := fact{Event: Event{Name: "DidReceiveChallenge", Text: string(c.Space.Method) + ": " + answer}}
	switch c.Space.Method {
	case session.MethodServerTrust, session.MethodClientCertificate:
	default:
		f.wanted = c
	}
	if c.FailureResponse != nil {
		f.Status = c.FailureResponse.StatusCode
	}
	o.fact(s, f)
}

func (o *Observer) noteTrust(s *slot, c *session.Challenge, words string) {
	o.fact(s, fact{
		Event: Event{Name: "DidReceiveChallenge", Text: string(c.Space.Method) + ": " + words},
		trust: words, insecure: true,
	})
}

// unanswered notes a question that nobody was there to answer.
func (o *Observer) unanswered(s *slot, what, flag string) {
	o.fact(s, fact{
		Event:   Event{Name: "Unanswered", Text: what + " (" + flag + ")"},
		unasked: &Unanswered{Row: s.lineage.row, What: what, Flag: flag},
	})
}

// String names the kind in the timeline.
func (k PromptKind) String() string {
	switch k {
	case AskPassword:
		return "password"
	case AskTrust:
		return "server trust"
	case AskRedirect:
		return "redirect"
	case AskIdentity:
		return "client certificate"
	}
	return "unknown"
}
