package segment

import (
	"cmp"
	"math"
	"slices"
	"sync"
	"time"

	"haul/transfer/partial"
)

// Plan shares the missing ranges of a file out to connections. It is safe for
// use by several goroutines.
type Plan struct {
	mu     sync.Mutex
	free   []partial.Range // what nobody fetches, in order, none touching the next
	pieces []*Piece        // what is being fetched, in the order of taking
	least  int64
	// patience is how long nothing may come of a piece before it is held to
	// be stuck; rescues counts the requests that were given up for that.
	patience time.Duration
	rescues  int
}

// Patience gets longer, because a server may be slow everywhere: twice as long
// after each so many rescues, and four times as long before an answer.
const (
	rescuesTwice    = 32
	mostDoublings   = 6
	unansweredTimes = 4
)

// NewPlan returns a plan for the missing ranges, which are in order and do not
// touch.
func NewPlan(missing []partial.Range) *Plan {
	p := &Plan{least: 1, patience: endless}
	for _, r := range missing {
		if r.Start < r.End {
			p.free = append(p.free, r)
		}
	}
	return p
}

// endless is longer than any download, and can still be multiplied.
const endless = time.Duration(math.MaxInt64 >> (mostDoublings + 3))

// Tune says what is known of the way to the server: the smallest number of
// bytes that are worth a request of their own, and how long nothing may come of
// a piece before it is held to be stuck. Before that one byte is worth a
// request, and no piece is ever stuck.
func (p *Plan) Tune(least int64, patience time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.least, p.patience = max(least, 1), min(patience, endless)
}

// Left is the number of bytes that have still to be written.
func (p *Plan) Left() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	var n int64
	for _, r := range p.free {
		n += r.End - r.Start
	}
	for _, x := range p.pieces {
		n += x.end - x.at
	}
	return n
}

// Adopt returns the piece for a response that is there already and has the
// bytes from start up to reach. It returns nil if nobody misses the byte at
// start.
func (p *Plan) Adopt(start, reach int64) *Piece {
	p.mu.Lock()
	defer p.mu.Unlock()
	i := slices.IndexFunc(p.free, func(r partial.Range) bool { return r.Start <= start && start < r.End })
	if i < 0 || reach <= start {
		return nil
	}
	r := p.free[i]
	p.free = slices.Delete(p.free, i, i+1)
	if r.Start < start {
		p.giveBack(partial.Range{Start: r.Start, End: start})
	}
	if end := min(r.End, reach); end < r.End {
		p.giveBack(partial.Range{Start: end, End: r.End})
		r.End = end
	}
	x := p.begin(partial.Range{Start: start, End: r.End})
	x.reach = reach
	return x
}

// Take returns the next piece for a connection: the first range that nobody
// fetches, else, if split allows it, the end of the piece that would be ready
// last. It returns nil when there is nothing that is worth a request.
func (p *Plan) Take(split bool) *Piece {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.free) > 0 {
		r := p.free[0]
		p.free = slices.Delete(p.free, 0, 1)
		return p.begin(r)
	}
	if !split {
		return nil
	}
	return p.steal()
}

func (p *Plan) begin(r partial.Range) *Piece {
	x := &Piece{plan: p, start: r.Start, at: r.Start, claimed: r.Start, end: r.End, step: firstClaim, rate: unknownRate}
	p.pieces = append(p.pieces, x)
	return x
}

// steal cuts the piece that needs the longest time for what it has not claimed
// yet. The one that it is taken from keeps as much as it can fetch in the time
// that an average connection needs for the rest, at most half of it; one that is
// stuck keeps nothing.
func (p *Plan) steal() *Piece {
	mean := p.meanRate()
	var victim *Piece
	var longest float64
	for _, x := range p.pieces {
		if x.end == x.claimed {
			continue
		}
		// A rate of 0 makes the time endless, which is what it looks like.
		t := float64(x.end-x.claimed) / max(x.speed(mean), 1)
		if p.stuck(x) {
			t += x.silent.Seconds()
		}
		if t > longest {
			victim, longest = x, t
		}
	}
	if victim == nil {
		return nil
	}
	rest, speed := victim.end-victim.claimed, victim.speed(mean)
	keep := int64(float64(rest) * min(0.5, speed/(speed+mean)))
	switch {
	case p.stuck(victim):
		keep = 0
		if victim.reach == 0 {
			p.rescues++ // its request was in vain
		}
	case rest-keep < p.least, keep < p.least && speed > mean/4:
		return nil
	}
	cut := victim.claimed + keep
	r := partial.Range{Start: cut, End: victim.end}
	victim.end = cut
	return p.begin(r)
}

// meanRate is the rate of an average connection, 1 when none is known.
func (p *Plan) meanRate() float64 {
	var sum float64
	var n int
	for _, x := range p.pieces {
		if x.rate != unknownRate {
			sum += x.rate
			n++
		}
	}
	if n == 0 || sum < 1 {
		return 1
	}
	return sum / float64(n)
}

// Sample measures the rates: d has passed since the call before.
func (p *Plan) Sample(d time.Duration) {
	if d <= 0 {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, x := range p.pieces {
		x.sample(d)
	}
}

// Rescue returns the piece of which nothing came for the longest time, nil if
// none is stuck. It is to be ended, so that another connection fetches what is
// left of it.
func (p *Plan) Rescue() *Piece {
	p.mu.Lock()
	defer p.mu.Unlock()
	var found *Piece
	for _, x := range p.pieces {
		if x.end > x.at && p.stuck(x) && (found == nil || x.silent > found.silent) {
			found = x
		}
	}
	if found != nil {
		p.rescues++
	}
	return found
}

// stuck tells whether nothing came of a piece for too long. The caller holds
// mu.
func (p *Plan) stuck(x *Piece) bool {
	limit := p.patience << min(p.rescues/rescuesTwice, mostDoublings)
	if x.reach == 0 {
		limit *= unansweredTimes
	}
	return x.silent >= limit
}

// giveBack puts a range among those that nobody fetches. The caller holds mu.
func (p *Plan) giveBack(r partial.Range) {
	if r.Start >= r.End {
		return
	}
	i, _ := slices.BinarySearchFunc(p.free, r, func(a, b partial.Range) int { return cmp.Compare(a.Start, b.Start) })
	p.free = slices.Insert(p.free, i, r)
	if i+1 < len(p.free) && p.free[i].End == p.free[i+1].Start {
		p.free[i].End = p.free[i+1].End
		p.free = slices.Delete(p.free, i+1, i+2)
	}
	if i > 0 && p.free[i-1].End == p.free[i].Start {
		p.free[i-1].End = p.free[i].End
		p.free = slices.Delete(p.free, i, i+1)
	}
}
