package transfer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"time"
)

// Limiter bounds a rate. *rate.Limiter of golang.org/x/time/rate is one; Copy
// asks for at most Burst bytes at once.
type Limiter interface {
	WaitN(ctx context.Context, n int) error
	Burst() int
}

// CopyOptions says how a body is copied.
type CopyOptions struct {
	// Wrote is told the bytes that were just written.
	Wrote func(n int64)
	// Limit are the limiters that every byte has to pass, in order.
	Limit []Limiter
	// Want is the number of bytes that have to come, -1 when unknown. Fewer
	// fail with io.ErrUnexpectedEOF, more are an error too, and are not
	// written.
	Want int64
	// Claim, when it is not nil, is asked before each read how many of the next
	// n bytes may be read; the place is off and all that Wrote was told of. 0
	// ends the copy without an error, although more could come: a part of a
	// file ends where another connection has taken over. What was claimed and
	// not read has to be claimed again.
	Claim func(n int) int
	// Buffers lends the buffer; nil: one is made.
	Buffers *Buffers
}

// gatherFrom is the length of the bodies for which a pipe and a gatherer are
// worth their making, in bytes.
const gatherFrom = 1 << 20

// copyStint is how long a copy goes on before it gives its turn to others. From 10 ms
// on the runtime's watchdog takes the processor away from a goroutine that is in
// one system call after the other, and looks every 20 µs for some milliseconds
// after that: the thread that copies and the sender beside it were interrupted
// thousands of times a second.
const copyStint = 5 * time.Millisecond

// stint tells when a copy has had its turn. The zero value is ready.
type stint struct{ began, last time.Time }

// over is asked before each piece. A piece that took a whole turn was waited for,
// and others had theirs meanwhile: to yield as well would wake a thread for each
// piece of a slow body.
func (s *stint) over(now time.Time) bool {
	waited, over := now.Sub(s.last) >= copyStint, now.Sub(s.began) >= copyStint
	s.last = now
	if over {
		s.began = now
	}
	return over && !waited
}

// errTooLong says that more bytes came than were to come.
var errTooLong = errors.New("more bytes came than were announced")

// Copy moves src to dst from offset off on and returns the bytes written. A
// failure to read is an *Error of PhaseBody, a failure to write one of
// PhaseFile. Cancelling ctx ends it as soon as the read in progress returns;
// the body of an Exchange returns at once when the context given to Do ends.
// All bytes that were read are written, also those that came with an error.
func Copy(ctx context.Context, dst io.WriterAt, off int64, src io.Reader, opt CopyOptions) (int64, error) {
	buf, done := opt.Buffers.takeSmall(opt.Want)
	defer func() { done() }()
	pipe := newConduit(src, dst, opt.Want, buf)
	defer pipe.close()
	var written int64
	var busy stint
	for empty := 0; ; {
		if busy.over(time.Now()) {
			runtime.Gosched()
		}
		if ctx.Err() != nil {
			return written, &Error{Phase: PhaseBody, Err: ended(ctx)}
		}
		room := chunk(len(pipe.buf), opt.Limit)
		if opt.Claim != nil {
			if room = opt.Claim(room); room == 0 {
				return written, nil
			}
		}
		n, readErr := pipe.read(room)
		surplus := opt.Want >= 0 && int64(n) > opt.Want-written
		if surplus {
			n = int(opt.Want - written)
		}
		if n > 0 {
			empty = 0
			if err := pass(ctx, opt.Limit, n); err != nil {
				return written, err
			}
			m, err := pipe.write(n, off+written)
			written += int64(m)
			if m > 0 && opt.Wrote != nil {
				opt.Wrote(int64(m))
			}
			if err == nil && m < n {
				err = io.ErrShortWrite
			}
			if err != nil {
				return written, &Error{Phase: PhaseFile, Err: err}
			}
		}
		// More has come than it holds; a last MiB is not worth another one.
		if n == smallBuffer && n == len(pipe.buf) && (opt.Want < 0 || opt.Want-written > copyBuffer) {
			done()
			pipe.buf, done = opt.Buffers.takeLarge()
		}
		switch {
		case surplus:
			return written, &Error{Phase: PhaseBody, Err: errTooLong}
		case readErr == io.EOF && written < opt.Want:
			return written, &Error{Phase: PhaseBody, Err: fmt.Errorf("%d of %d bytes came: %w",
				written, opt.Want, io.ErrUnexpectedEOF)}
		case readErr == io.EOF:
			return written, nil
		case readErr != nil:
			return written, bodyError(readErr)
		case n == 0:
			if empty++; empty == 100 {
				return written, &Error{Phase: PhaseBody, Err: io.ErrNoProgress}
			}
		}
	}
}

// chunk is the number of bytes that may be read at once, so that no limiter is
// asked for more than its burst.
func chunk(n int, limit []Limiter) int {
	for _, l := range limit {
		// An unlimited rate.Limiter has a burst of 0 and lets any n pass.
		if b := l.Burst(); b > 0 && b < n {
			n = b
		}
	}
	return n
}

// pass waits until all limiters let n bytes through. A burst can have become
// smaller since the bytes were read: a [Rate] knows what to do then, others are
// asked for one burst after the other.
func pass(ctx context.Context, limit []Limiter, n int) error {
	for _, l := range limit {
		_, whole := l.(*Rate)
		for rest := n; rest > 0; {
			part := rest
			if !whole {
				part = chunk(rest, []Limiter{l})
			}
			if err := l.WaitN(ctx, part); err != nil {
				if ctx.Err() != nil {
					err = ended(ctx)
				}
				return &Error{Phase: PhaseBody, Err: err}
			}
			rest -= part
		}
	}
	return nil
}

// bodyError is err as an *Error; the body of an Exchange makes them itself.
func bodyError(err error) error {
	var known *Error
	if errors.As(err, &known) {
		return err
	}
	return &Error{Phase: PhaseBody, Err: err}
}
