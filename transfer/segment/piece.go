package segment

import (
	"math"
	"slices"
	"time"

	"haul/transfer/partial"
)

// Piece is the range that one connection fetches. Its end moves: nearer when
// another connection takes over a part, farther when the connection's response
// goes on into what nobody else has. Its methods are for the goroutine of the
// connection but for [Piece.View].
type Piece struct {
	plan *Plan

	// All is guarded by plan.mu.
	start   int64
	at      int64 // first byte that is not written yet
	claimed int64 // first byte that no read was allowed for yet
	end     int64
	step    int64 // most to claim at once
	reach   int64 // where the response ends, 0 before there is one
	rate    float64
	sampled int64         // at when the rate was measured last
	silent  time.Duration // since the last byte
	ended   bool
}

// unknownRate is the rate of a piece that was not measured yet.
const unknownRate = -1

// Bounds of one claim in bytes. What a connection has claimed nobody can take
// over. So it claims little while reads bring less than they could, because the
// next one may have to wait, and more while they bring all.
const (
	leastClaim = 64 << 10
	firstClaim = 256 << 10
	mostClaim  = 4 << 20
)

// View is a piece as it is now.
type View struct {
	Start, At, End int64   // At is the first byte that has not been written yet
	Rate           float64 // bytes per second, 0 when unknown
	Answered       bool    // its response is there
}

// View returns the piece as it is now.
func (x *Piece) View() View {
	x.plan.mu.Lock()
	defer x.plan.mu.Unlock()
	return View{Start: x.start, At: x.at, End: x.end, Rate: max(x.rate, 0), Answered: x.reach > 0}
}

// Range is what a request for the piece asks for: what is missing of it. It is
// empty when others have taken over all of it.
func (x *Piece) Range() partial.Range {
	x.plan.mu.Lock()
	defer x.plan.mu.Unlock()
	return partial.Range{Start: x.at, End: x.end}
}

// Answered notes that the response to a request for the piece is there and has
// the bytes up to reach. It returns false when nothing is left to be read from
// it, because others have taken over the piece.
func (x *Piece) Answered(reach int64) bool {
	p := x.plan
	p.mu.Lock()
	defer p.mu.Unlock()
	if x.ended || x.end <= x.at || reach <= x.at {
		return false
	}
	x.reach = reach
	if reach < x.end {
		p.giveBack(partial.Range{Start: reach, End: x.end})
		x.end = reach
	}
	return true
}

// Claim says how many of the next n bytes may be read (transfer.CopyOptions).
// At the end of the piece it goes on into what follows, if the response has it
// and nobody else is being answered there: a response that flows is worth more
// than a request that may fail.
func (x *Piece) Claim(n int) int {
	p := x.plan
	p.mu.Lock()
	defer p.mu.Unlock()
	if x.at == x.end {
		x.extend()
	}
	n = int(min(int64(n), x.step, x.end-x.at))
	x.claimed = x.at + int64(n)
	return n
}

// extend moves the end of a piece that is done. The caller holds mu.
func (x *Piece) extend() {
	p := x.plan
	if x.ended || x.reach <= x.end {
		return
	}
	if i := slices.IndexFunc(p.free, func(r partial.Range) bool { return r.Start == x.end }); i >= 0 {
		end := min(p.free[i].End, x.reach)
		if p.free[i].Start = end; p.free[i].Start == p.free[i].End {
			p.free = slices.Delete(p.free, i, i+1)
		}
		x.end = end
		return
	}
	for _, y := range p.pieces {
		if y.at == x.end && y.end > y.at && y.reach == 0 && y.end <= x.reach {
			x.end, y.end = y.end, y.at
			return
		}
	}
}

// Wrote notes that n more bytes are in the file.
func (x *Piece) Wrote(n int64) {
	x.plan.mu.Lock()
	defer x.plan.mu.Unlock()
	x.at += n
	if x.at < x.claimed {
		x.step = max(leastClaim, min(x.step, 2*n))
	} else {
		x.step = min(2*x.step, mostClaim)
	}
	x.claimed = max(x.claimed, x.at)
}

// End ends the piece. What was not written of it is for others.
func (x *Piece) End() {
	p := x.plan
	p.mu.Lock()
	defer p.mu.Unlock()
	if x.ended {
		return
	}
	x.ended = true
	p.pieces = slices.DeleteFunc(p.pieces, func(y *Piece) bool { return y == x })
	p.giveBack(partial.Range{Start: x.at, End: x.end})
	x.end = x.at
}

// memory is the time constant of a rate. Servers that limit a connection send
// in bursts: what counts is the mean over a few of them.
const memory = 500 * time.Millisecond

// sample measures the rate. The caller holds mu.
func (x *Piece) sample(d time.Duration) {
	n := x.at - max(x.sampled, x.start)
	x.sampled = x.at
	if n > 0 {
		x.silent = 0
	} else {
		x.silent += d
	}
	if x.reach == 0 {
		return // it has not begun
	}
	now := float64(n) / d.Seconds()
	if x.rate == unknownRate {
		x.rate = now
		return
	}
	x.rate += (now - x.rate) * -math.Expm1(-d.Seconds()/memory.Seconds())
}

// speed is the rate that the piece is taken to have. One that was not measured
// yet is taken for an average one.
func (x *Piece) speed(mean float64) float64 {
	if x.rate == unknownRate {
		return mean
	}
	return x.rate
}
