package transfer

import (
	"container/heap"
	"context"
	"sync"
	"time"
)

// Rate is a [Limiter] in bytes per second that can be changed at any time, also
// for what waits for it; 0 is no limit. The zero value has none. Any number of
// transfers may share one. What they ask for at the same time is let through
// side by side, each at the same share of the limit, so that one that asks for
// small pieces, because it is limited further, does not stand behind the large
// ones of others.
//
// Over any stretch of time no more passes than the limit allows and what
// rateSlack is worth. Safe for use by several goroutines.
type Rate struct {
	mu    sync.Mutex
	limit int64
	// asOf is the time up to which everything below is reckoned.
	asOf time.Time
	// shared is how many bytes each of those that wait has been let through
	// since nobody waited; each turn ends at its own mark of it.
	shared float64
	// saved are bytes that nobody took when they could have passed.
	saved float64
	turns turns
	timer *time.Timer // for the first turn; nil before there was one
}

// turn is one call that waits.
type turn struct {
	end   float64 // of Rate.shared
	index int     // in Rate.turns, -1 when it has left
	done  chan struct{}
}

const (
	// rateSlack is the time that a limit may be left unused and made up for
	// later: a machine that is busy wakes nobody on the dot. It is 1 % of the
	// 10 s over which a limit has to be exact to 3 %.
	rateSlack = 100 * time.Millisecond
	// ratePieces is how many pieces a second are asked for by one transfer: few
	// enough to cost nothing, enough for a screen's numbers to move evenly.
	ratePieces = 50
	// ratePiece is the least piece in bytes.
	ratePiece = 32
	// ratePatience is how long what waits may take under a limit that became
	// lower; see Set.
	ratePatience = 5 * time.Second
)

// NewRate returns a limit of bytesPerSecond.
func NewRate(bytesPerSecond int64) *Rate {
	r := new(Rate)
	r.Set(bytesPerSecond)
	return r
}

// Limit is the limit in bytes per second, 0 for none.
func (r *Rate) Limit() int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.limit
}

// Set changes the limit at once, for what waits as well. But bytes that were
// read under a far higher limit, and would take more than 5 s under this one,
// are let through: they have arrived, and holding them back would only hold up
// their rows.
func (r *Rate) Set(bytesPerSecond int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.reckon()
	before := r.limit
	r.limit = max(bytesPerSecond, 0)
	if before == 0 {
		r.asOf, r.saved = time.Now(), 0
	}
	r.saved = min(r.saved, r.worth(rateSlack))
	waiting := 0.0
	for _, t := range r.turns {
		waiting += t.end - r.shared
	}
	if r.limit == 0 || r.tooLong(waiting) {
		for len(r.turns) > 0 {
			r.pass()
		}
	}
	r.arm()
}

// tooLong tells whether so many bytes can only have been read under a far higher
// limit.
func (r *Rate) tooLong(bytes float64) bool {
	return bytes > max(r.worth(ratePatience), ratePiece*float64(max(len(r.turns), 1)))
}

// Burst is the most bytes that are asked for at once, 0 for any number. It is
// smaller while others wait, so that all together hold no more in hand than one
// alone would.
func (r *Rate) Burst() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.limit == 0 {
		return 0
	}
	piece := r.limit / ratePieces / int64(max(len(r.turns), 1))
	return int(min(max(piece, ratePiece), copyBuffer))
}

// WaitN returns when n bytes may pass, or ctx's error. n may be more than Burst.
func (r *Rate) WaitN(ctx context.Context, n int) error {
	t := r.ask(n)
	if t == nil {
		return ctx.Err()
	}
	select {
	case <-t.done:
		return ctx.Err()
	case <-ctx.Done():
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.reckon()
	if t.index >= 0 {
		heap.Remove(&r.turns, t.index)
		r.arm()
	}
	return ctx.Err()
}

// ask returns the turn to wait for, nil for none.
func (r *Rate) ask(n int) *turn {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.limit == 0 || r.tooLong(float64(n)) {
		return nil
	}
	r.reckon()
	if len(r.turns) == 0 {
		if r.saved >= float64(n) {
			r.saved -= float64(n)
			return nil
		}
		r.shared = 0
	}
	t := &turn{end: r.shared + float64(n), done: make(chan struct{})}
	heap.Push(&r.turns, t)
	r.share(r.saved)
	r.arm()
	return t
}

// reckon brings everything up to now. The caller holds mu.
func (r *Rate) reckon() {
	now := time.Now()
	bytes := r.saved + r.worth(now.Sub(r.asOf))
	r.asOf = now
	r.share(bytes)
}

// worth is how many bytes pass in d.
func (r *Rate) worth(d time.Duration) float64 { return float64(r.limit) * d.Seconds() }

// share lets bytes through to those that wait, and saves what is left.
func (r *Rate) share(bytes float64) {
	for len(r.turns) > 0 {
		waiting := float64(len(r.turns))
		need := (r.turns[0].end - r.shared) * waiting
		if need > bytes+0.5 { // half a byte, for what rounding takes
			r.shared += bytes / waiting
			r.saved = 0
			return
		}
		bytes = max(bytes-need, 0)
		r.shared = r.turns[0].end
		r.pass()
	}
	r.saved = min(bytes, r.worth(rateSlack))
}

// pass ends the first turn.
func (r *Rate) pass() { close(heap.Pop(&r.turns).(*turn).done) }

// arm sets the timer for the end of the first turn.
func (r *Rate) arm() {
	if len(r.turns) == 0 {
		if r.timer != nil {
			r.timer.Stop()
		}
		return
	}
	need := (r.turns[0].end - r.shared) * float64(len(r.turns))
	wait := time.Duration(need / float64(r.limit) * float64(time.Second))
	if r.timer == nil {
		r.timer = time.AfterFunc(wait, r.expired)
		return
	}
	r.timer.Reset(wait)
}

func (r *Rate) expired() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.reckon()
	r.arm()
}

// turns is a heap (container/heap) whose first ends next.
type turns []*turn

func (q turns) Len() int           { return len(q) }
func (q turns) Less(i, j int) bool { return q[i].end < q[j].end }

func (q turns) Swap(i, j int) {
	q[i], q[j] = q[j], q[i]
	q[i].index, q[j].index = i, j
}

// Push and Pop are for container/heap.
func (q *turns) Push(x any) {
	t := x.(*turn)
	t.index = len(*q)
	*q = append(*q, t)
}

func (q *turns) Pop() any {
	last := len(*q) - 1
	t := (*q)[last]
	(*q)[last] = nil
	*q = (*q)[:last]
	t.index = -1
	return t
}
