package demo

import (
	"context"
	"net/http"
	"time"
)

// slice is how often a limited body moves.
const slice = 20 * time.Millisecond

// pace spreads bytes over time: it says how many may move at once and waits
// until they are due. The first slice is due at once.
type pace struct {
	rate  float64 // bytes per second, 0 is no limit
	start time.Time
	moved int64
}

// atOnce returns how many of n bytes may move in one go.
func (p *pace) atOnce(n int) int {
	if p.rate <= 0 {
		return n
	}
	return min(n, max(1, int(p.rate*slice.Seconds())))
}

// wait returns when the next bytes are due, or with ctx's error.
func (p *pace) wait(ctx context.Context) error {
	if p.rate <= 0 {
		return ctx.Err()
	}
	if p.start.IsZero() {
		p.start = time.Now()
	}
	due := p.start.Add(time.Duration(float64(p.moved) / p.rate * float64(time.Second)))
	if late := time.Since(due); late > 5*slice {
		// The other side held still: what it missed is not made up for.
		p.start = p.start.Add(late)
	}
	return sleep(ctx, time.Until(due))
}

// sleep waits for d, or returns ctx's error.
func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// bodyWriter writes a response's body at the rate of its plan, and cuts or
// stalls it where the plan says so.
type bodyWriter struct {
	http.ResponseWriter
	ctx        context.Context
	pace       pace
	cut, stall int64 // -1: never
}

// Unwrap serves http.ResponseController.
func (b *bodyWriter) Unwrap() http.ResponseWriter { return b.ResponseWriter }

// Write panics with http.ErrAbortHandler where the connection is to be cut.
func (b *bodyWriter) Write(p []byte) (int, error) {
	written := 0
	for written < len(p) {
		n := b.pace.atOnce(len(p) - written)
		if b.cut >= 0 {
			n = int(min(int64(n), b.cut-b.pace.moved))
		}
		if b.stall >= 0 {
			n = int(min(int64(n), b.stall-b.pace.moved))
		}
		if n <= 0 {
			return written, b.end()
		}
		if err := b.pace.wait(b.ctx); err != nil {
			return written, err
		}
		n, err := b.ResponseWriter.Write(p[written : written+n])
		written += n
		b.pace.moved += int64(n)
		if err != nil {
			return written, err
		}
		if b.pace.rate > 0 {
			if err := flush(b); err != nil {
				return written, err
			}
		}
	}
	return written, nil
}

// end cuts, or waits for the client to go. What was written goes out first.
func (b *bodyWriter) end() error {
	if err := flush(b); err != nil {
		return err
	}
	if b.cut >= 0 && b.pace.moved >= b.cut {
		panic(http.ErrAbortHandler)
	}
	<-b.ctx.Done()
	return b.ctx.Err()
}

func flush(w http.ResponseWriter) error { return http.NewResponseController(w).Flush() }
