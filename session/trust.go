package session

import (
	"context"
	"crypto/sha256"
	"errors"
	"net"
	"strconv"
	"strings"
	"sync"

	"haul/transfer"
)

// trustBook remembers which servers were accepted in this session, by address
// and certificate, and asks about each at most one question at a time: a
// decision stays in effect for all tasks of the session.
type trustBook struct {
	mu       sync.Mutex
	accepted map[trustKey]struct{}
	asking   map[trustKey]*trustQuestion
}

type trustKey struct {
	addr string
	leaf [sha256.Size]byte
}

// trustQuestion is a question that somebody is thinking about.
type trustQuestion struct {
	done chan struct{}
	// valid after done: answered is false if the one who asked went away.
	answered bool
	err      error
}

func newTrustBook() *trustBook {
	return &trustBook{accepted: make(map[trustKey]struct{}), asking: make(map[trustKey]*trustQuestion)}
}

func keyOf(t *ServerTrust) trustKey { return trustKey{t.Addr, t.SHA256()} }

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
}

// untrustedError ends a handshake whose server the default evaluation does not
// trust. The question is asked afterwards, on the task's goroutine: a server
// does not wait for as long as a person thinks.
type untrustedError struct{ trust *ServerTrust }

func (e *untrustedError) Error() string { return e.trust.Err.Error() }
func (e *untrustedError) Unwrap() error { return e.trust.Err }

// verifyServer is transfer.Config.VerifyServer. It runs in the handshake.
func (s *Session) verifyServer(ctx context.Context, id transfer.ServerIdentity) error {
	s.slots.notesProtocol(id)
	t, ok := ctx.Value(taskKey{}).(*task)
	if !ok || !t.answersTrust() {
		return id.Err
	}
	trust := &ServerTrust{Host: id.Host, Addr: id.Addr, State: id.State, Err: id.Err}
	if s.trust.accepts(keyOf(trust)) {
		return nil
	}
	if id.Err != nil {
		return &untrustedError{trust}
	}
	return s.trust.decide(ctx, t, trust)
}

// decide asks about a server unless it was accepted already, or somebody is
// asking: then it waits for that answer. nil means that the server is
// accepted.
func (b *trustBook) decide(ctx context.Context, t *task, trust *ServerTrust) error {
	k := keyOf(trust)
	for {
		b.mu.Lock()
		if _, ok := b.accepted[k]; ok {
			b.mu.Unlock()
			return nil
		}
		q := b.asking[k]
		if q == nil {
			q = &trustQuestion{done: make(chan struct{})}
			b.asking[k] = q
			b.mu.Unlock()
			q.answered, q.err = ask(ctx, t, trust)
			b.close(k, q)
			return q.err
		}
		b.mu.Unlock()
		select {
		case <-q.done:
			if q.answered {
				return q.err
			}
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// close makes the answer known to those who wait for it.
func (b *trustBook) close(k trustKey, q *trustQuestion) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if q.answered && q.err == nil {
		b.accepted[k] = struct{}{}
	}
	delete(b.asking, k)
	close(q.done)
}

// ask asks the delegate of t. answered is false if the task ended instead.
func ask(ctx context.Context, t *task, trust *ServerTrust) (answered bool, err error) {
	answer, err := t.answerChallenge(ctx, &Challenge{Space: trustSpace(trust), Trust: trust})
	if err != nil {
		return false, err
	}
	switch answer.disposition {
	case UseCredential:
		c := answer.credential
		if c != nil && c.Trust != nil && keyOf(c.Trust) == keyOf(trust) {
			return true, nil
		}
	case CancelChallenge:
		return true, &Error{Code: Cancelled, Err: errors.New("the challenge was cancelled")}
	case PerformDefaultHandling, RejectProtectionSpace:
	}
	if trust.Err != nil {
		return true, &Error{Code: tlsCode(trust.Err), Err: trust.Err}
	}
	return true, nil
}

func trustSpace(t *ServerTrust) ProtectionSpace {
	p := ProtectionSpace{Protocol: "https", Host: strings.ToLower(t.Host), Port: 443, Method: MethodServerTrust}
	if _, port, err := net.SplitHostPort(t.Addr); err == nil {
		if n, err := strconv.ParseUint(port, 10, 16); err == nil {
			p.Port = int(n)
		}
	}
	return p
}
