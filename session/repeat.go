package session

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"haul/transfer"
)

// holds is how often the task was suspended while it ran.
func (t *task) holds() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.suspensions
}

// resumed handles the failure of a request whose task was suspended before it
// had an answer. A server does not wait for ever, so that it may have hung up
// because of that; nothing of an answer was told to anybody. The failure shows
// only when the task is resumed, and not at all, which nil stands for, if the
// request may be sent again.
func (l *loader) resumed(err error) error {
	if l.t.gate.Wait(l.ctx) != nil {
		return context.Cause(l.ctx)
	}
	var wire *transfer.Error
	switch {
	case !errors.As(err, &wire) || !lost(wire) && !unconnected(err):
		return err
	case l.idempotent():
		return nil
	}
	return &Error{
		Code: NetworkConnectionLost,
		Err:  fmt.Errorf("the connection ended while the task was suspended, and a %s may not be sent twice: %w", l.req.Method, err),
	}
}

// idempotent tells whether the request may be sent a second time when nobody
// knows what became of the first (RFC 9110 section 9.2.2), and its body with
// it.
func (l *loader) idempotent() bool {
	switch l.req.Method {
	case http.MethodGet, http.MethodHead, http.MethodPut, http.MethodDelete, http.MethodOptions, http.MethodTrace:
		return l.body == nil || l.body.replayable()
	}
	return false
}
