package reachability

import (
	"context"
	"errors"
	"sync"
)

// Path is the way from this machine to the network.
type Path interface {
	// Online tells whether trying makes sense now.
	Online() bool
	// Changes returns a channel that gets a value after each change from this
	// call on. Changes that nobody has received yet are one value. The channel
	// is closed when ctx ends, or the Path itself.
	Changes(ctx context.Context) <-chan struct{}
}

// ErrClosed reports a wait that ended because the Path was closed.
var ErrClosed = errors.New("reachability: closed")

// Wait returns nil at the next change of p, the cause of ctx if that ends first.
func Wait(ctx context.Context, p Path) error {
	inner, cancel := context.WithCancel(ctx)
	defer cancel()
	return receive(ctx, p.Changes(inner))
}

// WaitOnline returns nil as soon as p is online, the cause of ctx if that ends
// first.
func WaitOnline(ctx context.Context, p Path) error {
	inner, cancel := context.WithCancel(ctx)
	defer cancel()
	// The order matters: what changes after the question is not missed.
	changes := p.Changes(inner)
	for !p.Online() {
		if err := receive(ctx, changes); err != nil {
			return err
		}
	}
	return nil
}

func receive(ctx context.Context, changes <-chan struct{}) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case _, ok := <-changes:
		switch {
		case ok:
			return nil
		case ctx.Err() != nil:
			return context.Cause(ctx)
		default:
			return ErrClosed
		}
	}
}

// audience is those who wait for changes. Its mutex is the caller's.
type audience struct {
	waiting map[chan struct{}]func() bool // with what ends the wait for its context
	closed  bool
}

// join adds a channel and calls leave with it when ctx ends.
func (a *audience) join(ctx context.Context, leave func(chan struct{})) chan struct{} {
	c := make(chan struct{}, 1)
	if a.closed || ctx.Err() != nil {
		close(c)
		return c
	}
	if a.waiting == nil {
		a.waiting = make(map[chan struct{}]func() bool)
	}
	a.waiting[c] = context.AfterFunc(ctx, func() { leave(c) })
	return c
}

// leave closes a channel that is still there.
func (a *audience) leave(c chan struct{}) {
	if _, ok := a.waiting[c]; ok {
		delete(a.waiting, c)
		close(c)
	}
}

// tell gives every channel a value that has none.
func (a *audience) tell() {
	for c := range a.waiting {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}

// end closes all channels and lets nobody join any more.
func (a *audience) end() {
	a.closed = true
	for c, stop := range a.waiting {
		stop()
		a.leave(c)
	}
}

// Manual is a Path that is moved by hand. The zero value is offline.
type Manual struct {
	mu       sync.Mutex
	online   bool
	audience audience
}

// Set says whether the path is online. Saying the same again is a change too:
// another network has taken the place of the one before.
func (m *Manual) Set(online bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.online = online
	m.audience.tell()
}

// Online implements [Path].
func (m *Manual) Online() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.online
}

// Changes implements [Path].
func (m *Manual) Changes(ctx context.Context) <-chan struct{} {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.audience.join(ctx, func(c chan struct{}) {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.audience.leave(c)
	})
}
