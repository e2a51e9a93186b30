package session

import (
	"context"
	"errors"
	"net"
	"syscall"
	"time"

	"haul/transfer"
)

// Reachability says when the network of this machine changes. Package
// session/reachability has one for each system.
type Reachability interface {
	// Online tells whether trying makes sense now.
	Online() bool
	// Changes returns a channel that gets a value after each change from this
	// call on, until ctx ends.
	Changes(ctx context.Context) <-chan struct{}
}

// How long a task that waits for connectivity lets pass between two attempts
// without a sign of change. The wait is doubled from first to longest.
const (
	firstConnectivityWait   = time.Second
	longestConnectivityWait = time.Minute
)

// patience is the wait for connectivity of one task.
type patience struct {
	// reached: the network was there once; a loss after that is an error.
	reached bool
	told    bool
	next    time.Duration
	cancel  context.CancelFunc
	changes <-chan struct{}
}

// watch looks at the network from before an attempt on, so that no change is
// missed that comes during it.
func (l *loader) watch() {
	p := &l.patience
	r := l.s.cfg.Reachability
	if !l.s.cfg.WaitsForConnectivity || r == nil || p.reached || p.changes != nil {
		return
	}
	var ctx context.Context
	ctx, p.cancel = context.WithCancel(l.ctx)
	p.changes = r.Changes(ctx)
}

// connected ends the watch: from now on a lost network is an ordinary error.
func (l *loader) connected() {
	p := &l.patience
	p.reached = true
	if p.cancel != nil {
		p.cancel()
		p.cancel, p.changes = nil, nil
	}
}

// waitForConnectivity waits until an attempt that failed with err is worth
// repeating. It returns false if that is not for the task to do.
func (l *loader) waitForConnectivity(err error) bool {
	p := &l.patience
	if !l.s.cfg.WaitsForConnectivity || p.reached || l.ctx.Err() != nil || !unconnected(err) {
		return false
	}
	if !p.told {
		p.told = true
		l.t.isWaiting()
	}
	p.next = max(firstConnectivityWait, min(2*p.next, longestConnectivityWait))
	timer := time.NewTimer(p.next)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
			return true
		case _, ok := <-p.changes:
			if !ok {
				p.changes = nil // nobody watches any more
			} else if l.s.cfg.Reachability.Online() {
				p.next = 0
				return true
			}
		case <-l.ctx.Done():
			return true // the next attempt says why
		}
	}
}

// unconnected tells whether an attempt failed because there was no way to the
// server: no route, no name, nobody there.
func unconnected(err error) bool {
	var wire *transfer.Error
	var op *net.OpError
	var dns *net.DNSError
	var number syscall.Errno
	var refused *transfer.ProxyError
	if errors.As(err, &refused) {
		return false // the proxy was there
	}
	if !errors.As(err, &wire) || wire.Phase != transfer.PhaseResolve && wire.Phase != transfer.PhaseConnect {
		return false
	}
	return errors.As(err, &op) || errors.As(err, &dns) || errors.As(err, &number) || errors.Is(err, transfer.ErrTimeout)
}
