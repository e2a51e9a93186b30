package session

import (
	"bytes"
	"context"
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"haul/transfer"
)

// identityBook has the client certificates that were chosen in this session, by
// the host:port that they are for. An answer counts for all tasks (guide step
// 4); no other address ever sees it. TLS sessions are not resumed, so that a
// connection proves what was chosen when it was made.
type identityBook struct {
	mu     sync.Mutex
	chosen map[string]*identity
}

// asker is who asks for a client certificate.
type asker struct {
	addr    string // host:port
	proxy   bool   // it is a proxy
	issuers [][]byte
}

// name is what it is called in sentences.
func (a asker) name() string {
	if a.proxy {
		return "proxy"
	}
	return "server"
}

// identity is what one server that asks for a client certificate is given. It
// is not changed but for good.
type identity struct {
	asker
	cert     *tls.Certificate // nil: none
	refusals int              // before this one
	good     bool             // under the book's mu: a server has answered without complaint
}

func newIdentityBook() *identityBook { return &identityBook{chosen: make(map[string]*identity)} }

func (b *identityBook) of(addr string) *identity {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.chosen[strings.ToLower(addr)]
}

// at is of for the server of u.
func (b *identityBook) at(u *url.URL) *identity {
	b.mu.Lock()
	none := len(b.chosen) == 0
	b.mu.Unlock()
	if none {
		return nil
	}
	return b.of(originOf(u).address())
}

// change puts next, nil for nothing, in the place of old. It returns false if
// somebody else was faster.
func (b *identityBook) change(addr string, old, next *identity) bool {
	addr = strings.ToLower(addr)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.chosen[addr] != old {
		return false
	}
	if next == nil {
		delete(b.chosen, addr)
	} else {
		b.chosen[addr] = next
	}
	return true
}

func (b *identityBook) proven(id *identity) {
	b.mu.Lock()
	defer b.mu.Unlock()
	id.good = true
}

func (b *identityBook) isProven(id *identity) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return id.good
}

func (b *identityBook) forget() {
	b.mu.Lock()
	defer b.mu.Unlock()
	clear(b.chosen)
}

// unidentifiedError ends a handshake whose server asks for a client certificate
// while nobody has said which. As with trust the question is asked afterwards,
// on the task's goroutine: a server does not wait for as long as a person
// thinks.
type unidentifiedError struct{ asker }

func (e *unidentifiedError) Error() string {
	return "the " + e.name() + " asks for a client certificate"
}

// clientCertificate is transfer.Config.ClientCertificate. It runs in the
// handshake, after the server was verified.
func (s *Session) clientCertificate(ctx context.Context, addr string, proxy bool, info *tls.CertificateRequestInfo) (*tls.Certificate, error) {
	if id := s.identities.of(addr); id != nil {
		return id.cert, nil
	}
	t, ok := ctx.Value(taskKey{}).(*task)
	if !ok || !t.answersSession() {
		return nil, nil
	}
	return nil, &unidentifiedError{asker{addr, proxy, slices.Clone(info.AcceptableCAs)}}
}

// identify asks the delegate which client certificate who is given. refused is
// what the server has refused, nil for nothing; response and reason say how. It
// returns false if the delegate has no other answer: the refusal is the result.
func (l *loader) identify(who asker, refused *identity, response *http.Response, reason error) (again bool, err error) {
	book := l.s.identities
	if book.of(who.addr) != refused {
		return true, nil // another task has an answer by now
	}
	ch := &Challenge{
		Space: who.space(), DistinguishedNames: who.issuers, FailureResponse: response, Err: reason,
		Candidates: candidates(l.s.cfg.Identities, who.issuers),
	}
	if refused != nil {
		ch.PreviousFailureCount = refused.refusals + 1
	}
	cert, passed, err := l.chooseIdentity(ch)
	if err != nil {
		return false, err
	}
	if refused != nil && cert == nil && (passed || refused.cert == nil) {
		if book.change(who.addr, refused, nil) {
			l.s.newConnections() // the next task is asked anew
		}
		return false, nil
	}
	next := &identity{asker: who, cert: cert, refusals: ch.PreviousFailureCount}
	if book.change(who.addr, refused, next) && refused != nil {
		l.s.newConnections() // those that there are have shown what was refused
	}
	return true, nil
}

// chooseIdentity asks until the answer is a certificate that can be sent, or
// none. passed tells that it is none because the delegate has left it at that.
func (l *loader) chooseIdentity(ch *Challenge) (cert *tls.Certificate, passed bool, err error) {
	for {
		answer, err := l.t.answerChallenge(l.ctx, ch)
		if err != nil {
			return nil, false, err
		}
		switch answer.disposition {
		case CancelChallenge:
			return nil, false, &Error{Code: Cancelled, Err: errors.New("the challenge was cancelled")}
		case PerformDefaultHandling, RejectProtectionSpace:
			return nil, true, nil
		case UseCredential:
		}
		if answer.credential == nil || answer.credential.Identity == nil {
			return nil, false, nil
		}
		cert := answer.credential.Identity
		if ch.Err = CheckIdentity(cert, time.Now()); ch.Err == nil {
			return cert, false, nil
		}
		ch.PreviousFailureCount++
	}
}

// candidates are the certificates that have one of the issuers.
func candidates(certs []*tls.Certificate, issuers [][]byte) []*tls.Certificate {
	var fit []*tls.Certificate
	for _, c := range certs {
		if HasIssuer(c, issuers) {
			fit = append(fit, c)
		}
	}
	return fit
}

// HasIssuer tells whether a client certificate, or one of those that it comes
// with, was signed by one of the issuers that a server accepts, as
// [Challenge.DistinguishedNames] names them; none means any (RFC 8446, section
// 4.2.4).
func HasIssuer(cert *tls.Certificate, issuers [][]byte) bool {
	if len(issuers) == 0 {
		return true
	}
	for _, der := range cert.Certificate {
		c, err := x509.ParseCertificate(der)
		if err == nil && slices.ContainsFunc(issuers, func(name []byte) bool { return bytes.Equal(name, c.RawIssuer) }) {
			return true
		}
	}
	return false
}

// CheckIdentity tells why a client certificate cannot be sent, nil if it can: a
// key that does not belong to it, or a date out of its validity. The words are
// for people.
func CheckIdentity(cert *tls.Certificate, now time.Time) error {
	if len(cert.Certificate) == 0 {
		return errors.New("there is no certificate in it")
	}
	leaf := cert.Leaf
	if leaf == nil {
		var err error
		if leaf, err = x509.ParseCertificate(cert.Certificate[0]); err != nil {
			return fmt.Errorf("the certificate cannot be read: %w", err)
		}
	}
	signer, ok := cert.PrivateKey.(crypto.Signer)
	if !ok {
		return errors.New("there is no private key with the certificate")
	}
	public, ok := signer.Public().(interface{ Equal(crypto.PublicKey) bool })
	if !ok || !public.Equal(leaf.PublicKey) {
		return errors.New("the key does not belong to the certificate")
	}
	return CheckValidity(leaf, now)
}

// CheckValidity tells in words for people why a certificate is not valid now,
// nil if it is.
func CheckValidity(leaf *x509.Certificate, now time.Time) error {
	switch {
	case now.After(leaf.NotAfter):
		return fmt.Errorf("the certificate expired on %s", leaf.NotAfter.Format(time.DateOnly))
	case now.Before(leaf.NotBefore):
		return fmt.Errorf("the certificate is not valid before %s", leaf.NotBefore.Format(time.DateOnly))
	}
	return nil
}

// reidentify looks at the outcome of a request to a server that was given id,
// or no certificate: true if the request is to be sent again with another one.
func (l *loader) reidentify(id *identity, x *exchange, err error) (again bool, _ error) {
	if id == nil || l.further {
		return false, nil
	}
	if err != nil {
		code, how := id.refusal(err), ""
		if code == 0 {
			if l.s.identities.isProven(id) || !brokeEarly(err) {
				return false, nil
			}
			how = ", or the connection broke"
			if l.idempotent() { // it broke each time
				code = id.code()
			}
		}
		again, failed := l.identify(id.asker, id, nil, id.complaint(how))
		if !again && failed == nil && code != 0 {
			failed = &Error{Code: code, Err: err}
		}
		return again, failed
	}
	if x.wire == nil || l.s.identities.isProven(id) {
		return false, nil
	}
	if x.StatusCode < http.StatusBadRequest {
		l.s.identities.proven(id)
		return false, nil
	}
	// Servers that ask in every handshake complain about what they got with a
	// 400, as nginx does, or with a 403 if they got nothing.
	if x.StatusCode != http.StatusBadRequest && (id.cert != nil || x.StatusCode != http.StatusForbidden) {
		return false, nil
	}
	if err := x.setAside(); err != nil {
		return false, err
	}
	return l.identify(id.asker, id, head(x.Response, x.req), id.complaint(fmt.Sprintf(" (%d)", x.StatusCode)))
}

// refusal is the code for what the server sent in place of a response, 0 if it
// was not about the certificate. Before TLS 1.3 a server that misses one says no
// more than that the handshake failed.
func (id *identity) refusal(err error) Code {
	const handshakeFailure = 40
	alert, ok := transfer.Alert(err)
	switch {
	case !ok, alertCode(alert) == SecureConnectionFailed && (id.cert != nil || alert != handshakeFailure):
		return 0
	}
	return id.code()
}

// code is that of a server which does not go on with id.
func (id *identity) code() Code {
	if id.cert == nil {
		return ClientCertificateRequired
	}
	return ClientCertificateRejected
}

// brokeEarly tells whether a connection was lost before anything came back.
// With TLS 1.3 the client talks before the server has judged its certificate:
// if that goes wrong, the end of the connection may overtake the alert.
func brokeEarly(err error) bool {
	var wire *transfer.Error
	if !errors.As(err, &wire) {
		return false
	}
	switch wire.Phase {
	case transfer.PhaseTLS: // the client's last words came to a closed connection
		_, alert := transfer.Alert(err)
		return !alert && lost(err)
	case transfer.PhaseSend:
		return true
	}
	return wire.Phase == transfer.PhaseHead && lost(err)
}

// complaint is why a server wants another certificate.
func (id *identity) complaint(how string) error {
	if id.cert == nil {
		return fmt.Errorf("the %s refuses to go on without a certificate%s", id.name(), how)
	}
	return fmt.Errorf("the %s refuses the certificate that was sent%s", id.name(), how)
}

// space is the protection space of the question for a client certificate.
func (a asker) space() ProtectionSpace {
	host, _, err := net.SplitHostPort(a.addr)
	if err != nil {
		host = a.addr
	}
	p := trustSpace(&ServerTrust{Addr: a.addr, Host: host, Proxy: a.proxy})
	p.Method = MethodClientCertificate
	return p
}

// reidentifyProxy is reidentify for the https proxy on the way.
func (l *loader) reidentifyProxy(err error) (again bool, _ error) {
	if err == nil {
		return false, nil
	}
	var leg *transfer.SecureProxyError
	var wire *transfer.Error
	addr := ""
	switch via := l.proxy.via; {
	case errors.As(err, &leg):
		addr = leg.Addr
	case via != nil && via.Scheme == "https" && l.req.URL.Scheme == "http" && errors.As(err, &wire):
		addr = proxyOrigin(via).address()
	}
	id := l.s.identities.of(addr)
	if id == nil || l.further || id.refusal(err) == 0 && (l.s.identities.isProven(id) || !lost(err)) {
		return false, nil
	}
	again, failed := l.identify(id.asker, id, nil, id.complaint(""))
	if !again && failed == nil {
		failed = &Error{Code: id.code(), Err: err}
	}
	return again, failed
}
