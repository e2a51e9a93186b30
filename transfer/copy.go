package transfer

import (
	"context"
	"io"
)

// Limiter bounds a rate. *rate.Limiter of golang.org/x/time/rate is one; Copy
// asks for at most Burst bytes at once.
type Limiter interface {
	WaitN(ctx context.Context, n int) error
	Burst() int
}

// CopyOptions says how a body is copied. The zero value is usable.
type CopyOptions struct {
	// Wrote is told the bytes that were just written.
	Wrote func(n int64)
	// Limit are the limiters that every byte has to pass, in order.
	Limit []Limiter
	// Want is the number of bytes that have to come, -1 when unknown. Fewer
	// fail with io.ErrUnexpectedEOF, more are an error too.
	Want int64
}

// Copy moves src to dst from offset off on and returns the bytes written. A
// failure to read is an *Error of PhaseBody, a failure to write one of
// PhaseFile. Cancelling ctx ends it as soon as the read in progress returns;
// the body of an Exchange returns at once.
func Copy(ctx context.Context, dst io.WriterAt, off int64, src io.Reader, opt CopyOptions) (int64, error) {
	panic("contract")
}
