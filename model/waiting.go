package model

import "math"

// waiting has of each row what its place among those that wait depends on, side
// by side: the rows themselves lie all over the memory, and to look at 100,000
// of them takes longer than a frame may. A row keeps its seat for good.
type waiting []seat

type seat struct {
	order uint64 // of the rank, or empty
	row   RowID
}

// empty is the order of a row that does not wait.
const empty = math.MaxUint64

// order grows as the ranks of rows that start later, for numbers up to 1<<62.
func (k rank) order() uint64 { return uint64(HighPriority-k.urgency)<<62 + uint64(k.number) }

// place counts the rows that start before r, and r.
func (w waiting) place(r *row) int {
	own, n := w[r.seat], 1
	for _, s := range w {
		if s.order < own.order || s.order == own.order && s.row < own.row {
			n++
		}
	}
	return n
}

// count takes note that a row comes to a state, by 1, or leaves it, by -1.
func (m *Model) count(r *row, s State, by int) {
	m.counts[s] += by
	if r.leftover {
		m.unfinished += by
	}
	if s != Queued {
		return
	}
	if by > 0 {
		m.waiting[r.seat] = seat{r.rank.order(), r.id}
	} else {
		m.waiting[r.seat].order = empty
	}
}

// setRank changes a row's place among those that wait. The queue has to be put
// in order then.
func (m *Model) setRank(r *row, to rank) {
	r.rank = to
	if s := &m.waiting[r.seat]; s.order != empty {
		s.order = to.order()
	}
}
