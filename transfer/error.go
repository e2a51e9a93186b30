package transfer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"unicode"
)

// Phase is the step of an exchange in which it failed.
type Phase string

// The phases, in order.
const (
	PhaseRequest Phase = "request" // the request itself is no good
	PhaseResolve Phase = "resolve" // the name
	PhaseConnect Phase = "connect" // TCP, or the proxy
	PhaseTLS     Phase = "tls"     // the handshake, certificates
	PhaseSend    Phase = "send"    // request head or body
	PhaseHead    Phase = "head"    // waiting for or reading the head
	PhaseBody    Phase = "body"    // reading the body
	PhaseFile    Phase = "file"    // writing the file
)

// Error is a failed exchange. Err keeps the cause for errors.Is and errors.As;
// a cancelled context shows as context.Canceled (and its cause), a deadline as
// context.DeadlineExceeded, an idle or connect timeout as [ErrTimeout], a
// connection that ended too early as io.ErrUnexpectedEOF.
type Error struct {
	Phase Phase
	// Reused tells that the connection had served a request before, so that
	// the server may simply have closed it.
	Reused bool
	Err    error
}

// Error is the phase and the cause, without any URL. Characters that could
// steer a terminal are escaped, for some causes quote the server.
func (e *Error) Error() string {
	return string(e.Phase) + ": " + visible(e.Err.Error())
}

// visible escapes what does not print.
func visible(s string) string {
	if strings.IndexFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) < 0 {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if unicode.IsPrint(r) {
			b.WriteRune(r)
		} else {
			b.WriteString(strings.Trim(strconv.QuoteRuneToASCII(r), "'"))
		}
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

type timeoutError struct{}

func (timeoutError) Error() string { return "timed out" }
func (timeoutError) Timeout() bool { return true }

// ErrTimeout is the cause when nothing moved for Request.IdleTimeout. It is
// also a net.Error-like timeout.
var ErrTimeout error = timeoutError{}

// phaseError carries the phase of a failed dial up through net/http.
type phaseError struct {
	phase Phase
	err   error
}

func (e *phaseError) Error() string { return e.err.Error() }
func (e *phaseError) Unwrap() error { return e.err }

// fail makes the error of x. phase counts unless err knows better.
func (x *Exchange) fail(phase Phase, err error) *Error {
	var dial *phaseError
	var op *net.OpError
	switch {
	case errors.As(err, &dial):
		phase = dial.phase
	case phase != PhaseBody && errors.As(err, &op) && op.Op == "remote error":
		// A TLS alert. In TLS 1.3 a refused client certificate shows only
		// after the handshake, when the response is read.
		phase = PhaseTLS
	}
	return &Error{Phase: phase, Reused: x.trace.wasReused(), Err: x.cause(err)}
}

// cause is err in the terms that [Error] promises.
func (x *Exchange) cause(err error) error {
	if x.ctx.Err() != nil {
		// Whatever broke, it broke because the exchange was ended.
		return ended(x.ctx)
	}
	var network net.Error
	switch {
	case errors.As(err, &network) && network.Timeout() && !errors.Is(err, ErrTimeout):
		return fmt.Errorf("%w: %w", ErrTimeout, err)
	case errors.Is(err, io.EOF):
		return fmt.Errorf("the server closed the connection: %w", io.ErrUnexpectedEOF)
	case isQUIC(err):
		return fmt.Errorf("the server closed the connection: %w: %w", io.ErrUnexpectedEOF, err)
	}
	return err
}

// ended is why ctx, which is done, ended.
func ended(ctx context.Context) error {
	cause := context.Cause(ctx)
	if errors.Is(cause, ErrTimeout) || errors.Is(cause, ctx.Err()) {
		return cause
	}
	return fmt.Errorf("%w: %w", ctx.Err(), cause)
}
