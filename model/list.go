package model

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// settleTime is how long the order of the list stays as it is, at least, and
// how long after the user moved.
const settleTime = 2 * time.Second

// list is which rows are shown, in which order, and where the cursor is.
type list struct {
	view    View
	filter  filter
	text    string // the filter as typed
	sort    SortKey
	reverse bool

	shown  []*row
	cursor *row
	last   *row // marked last, where a range begins

	stale         bool // order or membership may have changed
	arranged      bool // the user has moved rows: they are not in the order of their ids
	sorted, moved time.Time
}

// listChange is something about a row that may move it in the list.
type listChange int

const (
	stateChanged listChange = iota
	nameChanged
	progressed
)

// touch notes a change that may move a row.
func (l *list) touch(c listChange) {
	switch c {
	case stateChanged:
		l.stale = l.stale || l.view != ViewAll || len(l.filter.is) > 0 || l.sort == SortState || l.sort == SortRate
	case nameChanged:
		l.stale = l.stale || l.sort == SortName || len(l.filter.words)+len(l.filter.hosts) > 0
	case progressed:
		switch l.sort {
		case SortSize, SortDone, SortRate, SortETA:
			l.stale = true
		case SortAdded, SortName, SortState, SortHost:
		}
		l.stale = l.stale || len(l.filter.sizes) > 0
	}
}

// settle brings order and membership up to date, if that is due.
func (l *list) settle(now time.Time, all []*row) bool {
	if !l.stale || now.Sub(l.sorted) < settleTime || now.Sub(l.moved) < settleTime {
		return false
	}
	l.sorted = now
	return l.rebuild(all)
}

// rebuild makes the list anew and tells whether that changed it.
func (l *list) rebuild(all []*row) bool {
	at := l.position()
	before := slices.Clone(l.shown)
	for _, r := range l.shown {
		r.pos = -1
	}
	l.shown = l.shown[:0]
	for _, r := range all {
		if l.has(r) {
			l.shown = append(l.shown, r)
		}
	}
	l.order(l.shown)
	clear(l.shown[len(l.shown):cap(l.shown)])
	for i, r := range l.shown {
		r.pos = i
	}
	l.stale = false
	l.pin(at)
	return !slices.Equal(before, l.shown)
}

// pin keeps the cursor on its row, or on the place where it was.
func (l *list) pin(at int) {
	if l.cursor != nil && l.cursor.pos >= 0 {
		return
	}
	l.cursor = nil
	if n := len(l.shown); n > 0 {
		l.cursor = l.shown[min(max(at, 0), n-1)]
	}
}

// position is where the cursor is, -1 in an empty list.
func (l *list) position() int {
	if l.cursor == nil {
		return -1
	}
	return l.cursor.pos
}

func (l *list) has(r *row) bool {
	return l.view.includes(r.state) && (l.filter.empty() || l.filter.matches(r))
}

// append puts new rows at the end; the next settling puts them in order.
func (l *list) append(rows []*row) {
	for _, r := range rows {
		if l.has(r) {
			r.pos = len(l.shown)
			l.shown = append(l.shown, r)
		}
	}
	if l.sort != SortAdded || l.reverse || l.arranged {
		l.stale = true
	}
	l.pin(0)
}

// order sorts rows; equal ones stay in the order in which they were added.
func (l *list) order(rows []*row) {
	compare := l.comparison()
	if compare == nil {
		if l.reverse {
			slices.Reverse(rows)
		}
		return
	}
	slices.SortStableFunc(rows, func(a, b *row) int {
		if l.reverse {
			return compare(b, a)
		}
		return compare(a, b)
	})
}

// comparison is the order of the sort key; nil for the order of addition, as
// long as the user has moved nothing in it.
// Quantities begin with the largest, everything else with the smallest.
func (l *list) comparison() func(a, b *row) int {
	switch l.sort {
	case SortAdded:
		if l.arranged {
			return func(a, b *row) int { return cmp.Compare(a.rank.number, b.rank.number) }
		}
	case SortName:
		return func(a, b *row) int { return strings.Compare(strings.ToLower(a.name), strings.ToLower(b.name)) }
	case SortSize:
		return func(a, b *row) int { return cmp.Compare(b.size, a.size) }
	case SortDone:
		return func(a, b *row) int { return cmp.Compare(b.fraction(), a.fraction()) }
	case SortRate:
		return func(a, b *row) int { return cmp.Compare(b.rate(), a.rate()) }
	case SortETA:
		return func(a, b *row) int { return cmp.Compare(a.left(), b.left()) }
	case SortState:
		return func(a, b *row) int { return cmp.Compare(a.state, b.state) }
	case SortHost:
		return func(a, b *row) int { return strings.Compare(a.host, b.host) }
	}
	return nil
}

func (r *row) fraction() float64 {
	if r.size <= 0 {
		return -1
	}
	return float64(r.done) / float64(r.size)
}

func (r *row) rate() float64 {
	if r.ran == nil || !r.state.moving() {
		return 0
	}
	return r.ran.meter.rate()
}

// left is the seconds left, for sorting: rows that do not say go last.
func (r *row) left() float64 {
	const never = 1e18
	rate := r.rate()
	if rate == 0 || r.size < 0 {
		return never
	}
	return float64(r.size-r.done) / rate
}

// Len is the number of rows that the view and the filter leave.
func (m *Model) Len() int { return len(m.list.shown) }

// Rows appends the rows [from, from+n) of the list in its order to dst.
func (m *Model) Rows(dst []Row, from, n int) []Row {
	from = max(from, 0)
	for i := from; i < len(m.list.shown) && i-from < n; i++ {
		dst = append(dst, m.list.shown[i].view(m.attempts()))
	}
	return dst
}

// Cursor is the position of the cursor in the list, -1 in an empty one, and
// the row under it. The cursor stays on its row when the order changes.
func (m *Model) Cursor() (int, RowID) {
	if m.list.cursor == nil {
		return -1, 0
	}
	return m.list.cursor.pos, m.list.cursor.id
}

// MoveTo puts the cursor at a position, cut to the list. The order stays as it
// is for a while after it.
func (m *Model) MoveTo(i int) {
	l := &m.list
	l.moved = time.Now()
	if n := len(l.shown); n > 0 {
		l.cursor = l.shown[min(max(i, 0), n-1)]
	}
	m.version++
}

// relist makes the list anew at once, because the user asked for another.
func (m *Model) relist() {
	m.list.rebuild(m.all)
	m.list.sorted = time.Now()
	m.version++
	m.pace()
}

// SetView chooses which states are listed.
func (m *Model) SetView(v View) {
	m.list.view = v
	m.relist()
}

// View is the view chosen.
func (m *Model) View() View { return m.list.view }

// SetFilter narrows the list to rows that match every word of s: a part of the
// name or the URL, is:STATE, host:TEXT, size:>1G. On an error, which says what
// is wrong, the words that make sense hold.
func (m *Model) SetFilter(s string) error {
	f, sound, err := parseFilter(s)
	if err != nil {
		s = strings.Join(sound, " ")
	}
	m.list.filter, m.list.text = f, s
	m.relist()
	return err
}

// Filter is the filter as it was typed, but for what makes no sense.
func (m *Model) Filter() string { return m.list.text }

// SetSort chooses the order. Sizes, shares done and rates begin with the
// largest, unless rev turns the order round.
func (m *Model) SetSort(k SortKey, rev bool) {
	m.list.sort, m.list.reverse = k, rev
	m.relist()
}

// Sort is the order chosen.
func (m *Model) Sort() (SortKey, bool) { return m.list.sort, m.list.reverse }
