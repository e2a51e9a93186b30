package link

import (
	"context"
	"errors"
	"time"

	"github.com/gofrs/flock"

	"haul/session/internal/wire"
)

// Stop has the agent end, also with tasks under way if force says so, and
// returns when it has: nothing that it keeps changes any more, unless somebody
// has started another one.
func (c *Conn) Stop(ctx context.Context, force bool) error {
	err := c.Call(ctx, wire.MethodStop, wire.Stop{Force: force}, nil)
	if err != nil && !errors.Is(err, ErrLost) { // what is lost has ended, or is about to
		return err
	}
	select {
	case <-c.Ended():
	case <-ctx.Done():
		return ctx.Err()
	}
	if c.at == (Places{}) {
		return nil
	}
	for {
		if gone, err := c.gone(ctx); gone || err != nil {
			return err
		}
		select {
		case <-time.After(poll):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// gone tells whether the agent has let go of its lock, which is the last thing
// that it does.
func (c *Conn) gone(ctx context.Context) (bool, error) {
	lock := flock.New(c.at.Lock(), flock.SetPermissions(0o600))
	if free, err := lock.TryLock(); free || err != nil {
		return free, errors.Join(err, lock.Close())
	}
	conn, err := connect(ctx, c.at)
	if err != nil {
		return false, nil // the agent is about to end, or the next one to begin
	}
	next, err := handshake(ctx, conn, c.at, nil)
	if next == nil {
		return false, nil
	}
	another := next.Greeting.PID != c.Greeting.PID
	var protocol *ProtocolError
	if errors.As(err, &protocol) {
		err = nil
	}
	return another, errors.Join(err, next.Close())
}
