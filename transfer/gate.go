package transfer

import (
	"context"
	"slices"
	"sync"
)

// Gate is open or shut; what passes it waits while it is shut. One gate can
// hold several exchanges. A nil *Gate is always open, a zero one is open.
type Gate struct {
	mu       sync.Mutex
	opened   chan struct{} // nil while open, closed by Open
	watchers []*watchdog
}

// NewGate returns an open gate.
func NewGate() *Gate {
	return &Gate{}
}

// Shut closes the gate, Open opens it. Both may be called at any time.
func (g *Gate) Shut() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.opened != nil {
		return
	}
	g.opened = make(chan struct{})
	for _, w := range g.watchers {
		w.hold(heldByGate)
	}
}

// Open lets everything through that waits.
func (g *Gate) Open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.opened == nil {
		return
	}
	close(g.opened)
	g.opened = nil
	for _, w := range g.watchers {
		w.release(heldByGate)
	}
}

// Wait returns nil once the gate is open, or ctx's error.
func (g *Gate) Wait(ctx context.Context) error {
	if g == nil {
		return ctx.Err()
	}
	g.mu.Lock()
	opened := g.opened
	g.mu.Unlock()
	if opened == nil {
		return ctx.Err()
	}
	select {
	case <-opened:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// watch lets the gate hold w while it is shut, until unwatch.
func (g *Gate) watch(w *watchdog) {
	if g == nil {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.watchers = append(g.watchers, w)
	if g.opened != nil {
		w.hold(heldByGate)
	}
}

func (g *Gate) unwatch(w *watchdog) {
	if g == nil {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if i := slices.Index(g.watchers, w); i >= 0 {
		g.watchers = slices.Delete(g.watchers, i, i+1)
	}
}
