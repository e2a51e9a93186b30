package session

import (
	"context"
	"errors"
	"net/http"

	"haul/transfer"
)

// errNoSlot says that no further connection to the host may be made now.
var errNoSlot = errors.New("no connection to the host is free")

// branchKey is the context key that tells the connections of a branch.
type branchKey struct{}

// branch is a loader for a further connection of a download that runs. It sends
// requests to where the download's response came from, with the cookies and
// credentials that the task has, and has nobody to ask: a server that it does
// not know, a challenge or a redirect is an answer that it cannot use. Nothing
// of it is told to the delegate but its measurements.
func (l *loader) branch(ctx context.Context, req *http.Request, own bool) *loader {
	b := &loader{t: l.t, s: l.s, ctx: context.WithValue(ctx, branchKey{}, true), req: req, further: true, ownConnection: own}
	b.patience.reached = true // it does not wait for connectivity
	b.auth = newAuthState(b)
	b.auth.own = l.auth.own
	b.proxy = newProxyAuth(b)
	b.proxy.own = l.proxy.own
	return b
}

// client is the client that the loader's requests go through.
func (l *loader) client() *transfer.Client {
	if l.ownConnection {
		return l.s.apart()
	}
	return l.s.wire()
}

// takeSlot waits for a slot, or takes one only if it is free: a download that
// has a connection does not compete for more with those that have none.
func (l *loader) takeSlot(key string) (release func(), err error) {
	if !l.further || l.queues {
		return l.turn(key)
	}
	release, ok := l.s.slots.tryAcquire(key)
	if !ok {
		return nil, errNoSlot
	}
	return release, nil
}

// informational is told 1xx responses; nil for a branch.
func (l *loader) informational() func(int, http.Header) {
	if l.further {
		return nil
	}
	return l.t.didReceiveInfo
}
