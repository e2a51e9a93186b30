package session

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync"

	"haul/transfer"
)

// trustBook remembers which servers were accepted in this session, by address
// and certificate: a decision stays in effect for all tasks of the session.
type trustBook struct {
	mu       sync.Mutex
	accepted map[trustKey]struct{}
	// overridden are the certificates that the default evaluation does not trust
	// and that were accepted all the same, wherever that was: an address can be
	// written in several ways.
	overridden map[[sha256.Size]byte]struct{}
}

// trustKey is what a decision is about. A proxy is another server than an origin
// that has its address; and what was accepted before the host said that it allows
// no exception is none.
type trustKey struct {
	addr          string
	leaf          [sha256.Size]byte
	proxy, strict bool
}

func newTrustBook() *trustBook {
	return &trustBook{accepted: make(map[trustKey]struct{}), overridden: make(map[[sha256.Size]byte]struct{})}
}

func keyOf(t *ServerTrust) trustKey {
	return trustKey{strings.ToLower(t.Addr), t.SHA256(), t.Proxy, t.Strict}
}

// accept accepts a server, which the default evaluation trusts or not.
func (b *trustBook) accept(t *ServerTrust) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.accepted[keyOf(t)] = struct{}{}
	if t.Err != nil {
		b.overridden[t.SHA256()] = struct{}{}
	}
}

// overrode tells whether a server with this certificate had to be accepted.
func (b *trustBook) overrode(leaf *x509.Certificate) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	_, ok := b.overridden[sha256.Sum256(leaf.Raw)]
	return ok
}

func (b *trustBook) accepts(k trustKey) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	_, ok := b.accepted[k]
	return ok
}

// forget accepts nobody any more. Questions under way go on.
func (b *trustBook) forget() {
	b.mu.Lock()
	defer b.mu.Unlock()
	clear(b.accepted)
	clear(b.overridden)
}

// ErrStrictTransport is in the error of a task whose server is not trusted where
// its host allows no exception, see [ServerTrust].
var ErrStrictTransport = errors.New("its host allows no exception (HSTS)")

// untrustedError ends a handshake whose server the default evaluation does not
// trust. The question is asked afterwards, on the task's goroutine: a server
// does not wait for as long as a person thinks.
type untrustedError struct{ trust *ServerTrust }

func (e *untrustedError) Error() string {
	if e.trust.Err == nil {
		return "the server has not been accepted" // nobody was asked
	}
	return e.trust.Err.Error()
}
func (e *untrustedError) Unwrap() error { return e.trust.Err }

// verifyServer is transfer.Config.VerifyServer. It runs in the handshake.
func (s *Session) verifyServer(ctx context.Context, id transfer.ServerIdentity) error {
	if !id.Proxy {
		s.slots.notesProtocol(id)
	}
	if err := s.checkPin(id); err != nil {
		return err
	}
	t, ok := ctx.Value(taskKey{}).(*task)
	if !ok || !t.answersSession() {
		return id.Err
	}
	trust := &ServerTrust{Host: id.Host, Addr: id.Addr, Proxy: id.Proxy, State: id.State, Err: id.Err}
	if id.Err != nil && !id.Proxy && s.cfg.StrictTransport != nil {
		_, trust.Strict = s.cfg.StrictTransport.Known(id.Host)
	}
	if s.trust.accepts(keyOf(trust)) {
		return nil
	}
	if id.Err == nil && ctx.Value(mirrorKey{}) != nil {
		return nil // nobody is asked about a mirror: the default evaluation decides
	}
	if id.Err != nil || ctx.Value(branchKey{}) != nil {
		return &untrustedError{trust}
	}
	return s.trust.decide(ctx, t, trust)
}

// checkPin refuses a server whose certificate is not the one pinned for it.
func (s *Session) checkPin(id transfer.ServerIdentity) error {
	if id.Proxy || s.cfg.PinnedCertificate == nil {
		return nil
	}
	want, ok := s.cfg.PinnedCertificate(id.Addr)
	if !ok {
		return nil
	}
	if got := sha256.Sum256(id.State.PeerCertificates[0].Raw); got != want {
		return &Error{Code: ServerCertificateUntrusted, Err: fmt.Errorf("the certificate of %s is another one than is pinned: its SHA-256 is %X", id.Host, got)}
	}
	return nil
}

// decide asks the delegate of t about a server unless it was accepted already.
// nil means that it is accepted. Tasks that meet a new server at the same
// moment ask one by one, so that each of them is known to wait; a delegate that
// asks a person puts them together by ServerTrust.
func (b *trustBook) decide(ctx context.Context, t *task, trust *ServerTrust) error {
	k := keyOf(trust)
	if b.accepts(k) {
		return nil
	}
	answer, err := t.answerChallenge(ctx, &Challenge{Space: trustSpace(trust), Trust: trust})
	if err != nil {
		return err
	}
	switch answer.disposition {
	case UseCredential:
		c := answer.credential
		if c != nil && c.Trust != nil && keyOf(c.Trust) == k {
			b.accept(trust)
			return nil
		}
	case CancelChallenge:
		return &Error{Code: Cancelled, Err: errors.New("the challenge was cancelled")}
	case PerformDefaultHandling, RejectProtectionSpace:
	}
	if trust.Err != nil {
		if trust.Strict {
			return &Error{Code: tlsCode(trust.Err), Err: fmt.Errorf("%w, and %s: %w", ErrStrictTransport, trust.Reason(), trust.Err)}
		}
		return &Error{Code: tlsCode(trust.Err), Err: fmt.Errorf("%s: %w", trust.Reason(), trust.Err)}
	}
	b.accept(trust)
	return nil
}

func trustSpace(t *ServerTrust) ProtectionSpace {
	p := ProtectionSpace{Protocol: "https", Host: strings.ToLower(t.Host), Port: 443, Method: MethodServerTrust, Proxy: t.Proxy}
	if _, port, err := net.SplitHostPort(t.Addr); err == nil {
		if n, err := strconv.ParseUint(port, 10, 16); err == nil {
			p.Port = int(n)
		}
	}
	return p
}
