package model

import (
	"cmp"
	"slices"

	tea "charm.land/bubbletea/v2"

	"haul/session"
)

// Priority says which of the rows that wait starts first, before their order
// counts. It is handed to the session's task as well, which serves the more
// urgent of several that wait for a connection.
type Priority int8

// The priorities.
const (
	LowPriority    Priority = -1
	NormalPriority Priority = 0
	HighPriority   Priority = 1
)

// String is the priority's word.
func (p Priority) String() string {
	switch {
	case p > NormalPriority:
		return "high"
	case p < NormalPriority:
		return "low"
	}
	return "normal"
}

// ofTask is the same for the session.
func (p Priority) ofTask() float32 {
	switch {
	case p > NormalPriority:
		return session.PriorityHigh
	case p < NormalPriority:
		return session.PriorityLow
	}
	return session.PriorityDefault
}

// rank is a row's place among those that wait.
type rank struct {
	urgency Priority
	// number is the row's id, until the user moves the row: then it is that
	// of the row whose place it took.
	number RowID
}

// before tells whether r starts before other.
func (r *row) before(other *row) bool {
	if r.rank.urgency != other.rank.urgency {
		return r.rank.urgency > other.rank.urgency
	}
	if r.rank.number != other.rank.number {
		return r.rank.number < other.rank.number
	}
	return r.id < other.id
}

// SetPriority changes the priority of rows, in the queue and of what runs. What
// is beyond the highest or the lowest becomes that. Finished rows keep theirs
// for the next attempt.
func (m *Model) SetPriority(ids []RowID, p Priority) tea.Cmd {
	p = min(max(p, LowPriority), HighPriority)
	for _, id := range ids {
		r := m.rows[id]
		if r == nil || r.removed || r.rank.urgency == p {
			continue
		}
		m.setRank(r, rank{p, r.rank.number})
		if r.task != nil {
			r.task.SetPriority(p.ofTask())
		}
		m.act(r, "SetPriority", p.String())
		m.journal(r)
	}
	m.queue.reorder()
	m.version++
	return m.commit()
}

// Move moves waiting rows one place up or down in the queue and returns how
// many have moved. A row changes places with the next one of its priority; rows
// that do not wait, and those at the end of the way, stay. Rows of ids that
// stand together move together.
func (m *Model) Move(ids []RowID, up bool) (moved int, cmd tea.Cmd) {
	var rows []*row
	chosen := make(map[*row]bool)
	for _, id := range ids {
		if r := m.rows[id]; r != nil && !r.removed && r.state == Queued {
			rows, chosen[r] = append(rows, r), true
		}
	}
	slices.SortFunc(rows, func(a, b *row) int {
		n := cmp.Compare(a.rank.number, b.rank.number)
		if !up {
			n = -n
		}
		return n
	})
	stuck := make(map[*row]bool) // chosen ones that could not move
	for _, r := range rows {
		other := m.neighbour(r, up)
		if other == nil || chosen[other] && stuck[other] {
			stuck[r] = true
			continue
		}
		mine, its := r.rank, other.rank // of the same urgency
		m.setRank(r, its)
		m.setRank(other, mine)
		m.journal(r)
		m.journal(other)
		m.tellPlace(r)
		m.tellPlace(other)
		moved++
	}
	if moved > 0 {
		m.list.arranged = true
		m.queue.reorder()
		m.relist()
	}
	return moved, m.commit()
}

// neighbour is the waiting row of the same priority that stands next to r, nil
// if there is none.
func (m *Model) neighbour(r *row, up bool) *row {
	var best *row
	for _, o := range m.all {
		if o == r || o.state != Queued || o.rank.urgency != r.rank.urgency || (o.rank.number < r.rank.number) != up {
			continue
		}
		if best == nil || (o.rank.number > best.rank.number) == up {
			best = o
		}
	}
	return best
}

// Place is a waiting row's place in the queue, from 1, and how many wait; 0 for
// a row that does not wait.
func (m *Model) Place(id RowID) (place, of int) {
	r := m.rows[id]
	if r == nil || r.removed || r.state != Queued {
		return 0, m.counts[Queued]
	}
	return m.waiting.place(r), m.counts[Queued]
}
