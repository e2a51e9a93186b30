package session

import (
	"context"
	"runtime/debug"
	"time"

	"haul/transfer"
)

// Reset forgets what the session has learnt: it empties the cache, the
// cookie and the credential storage of its configuration and the books of
// accepted servers and of client certificates, and makes what was downloaded so far durable. Requests after that use new
// connections; tasks under way go on. Then done, if it is not nil, is called on
// the delegate queue. Returns at once. After invalidation it fails with
// [ErrInvalidated] and done is not called.
func (s *Session) Reset(done func()) error {
	return s.housekeep(done, func() {
		s.forgetStores()
		s.checkpoint()
		s.newConnections()
	})
}

// Flush makes what was downloaded so far durable. Requests after that use new
// connections. For the rest it is as Reset.
func (s *Session) Flush(done func()) error {
	return s.housekeep(done, func() {
		s.checkpoint()
		s.newConnections()
	})
}

// housekeep does work on a goroutine of its own, then calls done on the
// delegate queue. The session does not end before that.
func (s *Session) housekeep(done func(), work func()) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.invalidated {
		return ErrInvalidated
	}
	s.errands++
	s.decisions.Add(1)
	go func() {
		defer s.decisions.Done()
		work()
		s.queue.Submit(func() {
			defer s.errandDone()
			if done != nil {
				done()
			}
		})
	}()
	return nil
}

// errandDone ends a housekeeping, and keeps a panic of the app's function from
// ending the process.
func (s *Session) errandDone() {
	if v := recover(); v != nil {
		s.breakDown(&PanicError{Method: "done", Value: v, Stack: debug.Stack()})
	}
	s.mu.Lock()
	s.errands--
	s.mu.Unlock()
	s.endIfIdle()
}

// storeTime bounds how long Reset waits for a SecretStore, which may ask a
// person to unlock it: the session does not end before.
const storeTime = time.Minute

// forgetStores empties what the session remembers.
func (s *Session) forgetStores() {
	if s.cfg.Cookies != nil {
		s.cfg.Cookies.RemoveAll()
	}
	if s.cfg.Credentials != nil {
		ctx, done := context.WithTimeout(context.Background(), storeTime)
		defer done()
		// Those who watch the storage are told of what it could not remove.
		_ = s.cfg.Credentials.RemoveAll(ctx)
	}
	if s.cfg.Cache != nil {
		s.cfg.Cache.RemoveAll()
	}
	s.spaces.forget()
	s.trust.forget()
	s.identities.forget()
}

// checkpoint makes the downloads under way durable. One that cannot be is no
// worse off than before, and its own next checkpoint says so.
func (s *Session) checkpoint() {
	for _, t := range s.all() {
		t.mu.Lock()
		f := t.file
		t.mu.Unlock()
		if f != nil {
			_ = f.Checkpoint()
		}
	}
}

// newConnections makes the requests that begin from now on use connections of
// their own. Those of earlier requests are closed when they are done.
func (s *Session) newConnections() {
	s.mu.Lock()
	old := []*transfer.Client{s.client}
	if s.separate != nil {
		old = append(old, s.separate)
	}
	s.retired = append(s.retired, old...)
	s.client, s.separate = s.newClient(false), nil
	s.mu.Unlock()
	for _, c := range old {
		c.CloseIdleConnections()
	}
}

// wire is the client of requests that begin now.
func (s *Session) wire() *transfer.Client {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.client
}

// apart is the client of requests that begin now and are to have a connection
// of their own each.
func (s *Session) apart() *transfer.Client {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.separate == nil {
		s.separate = s.newClient(true)
	}
	return s.separate
}
