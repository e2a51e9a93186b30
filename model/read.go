package model

import "net/url"

// Row returns one row.
func (m *Model) Row(id RowID) (Row, bool) {
	r := m.rows[id]
	if r == nil || r.removed {
		return Row{}, false
	}
	return r.view(m.attempts()), true
}

// Detail returns everything about one row.
func (m *Model) Detail(id RowID) (Detail, bool) {
	r := m.rows[id]
	if r == nil || r.removed {
		return Detail{}, false
	}
	d := r.detail(m.attempts())
	d.OthersReachable = m.othersReachable(r)
	return d, true
}

// Link is a row's whole URL without user information, for the clipboard; what
// is shown is Row.URL.
func (m *Model) Link(id RowID) (string, bool) {
	r := m.rows[id]
	if r == nil || r.removed {
		return "", false
	}
	u, err := url.Parse(r.spec.URL)
	if err != nil {
		return "", false
	}
	return withoutUser(u), true
}

// Spark appends the rate in bytes per second of each of the last seconds of a
// row, at most 60, oldest first.
func (m *Model) Spark(dst []float64, id RowID) []float64 {
	if r := m.rows[id]; r != nil && r.ran != nil {
		return r.ran.meter.spark.append(dst)
	}
	return dst
}

// Totals sums up all rows.
func (m *Model) Totals() Totals {
	c := &m.counts
	t := Totals{
		Rows:    len(m.all),
		Running: c[Running] + c[Pausing] + c[Resuming] + c[Cancelling],
		Paused:  c[Paused] + c[Held], Queued: c[Queued], Asking: c[Asking], Retrying: c[Retrying],
		Done: c[Done], Failed: c[Failed] + c[Refused] + c[Expired] + c[Mismatch],
		Fraction: -1,
	}
	if len(m.moving) > 0 {
		t.RateIn, t.RateOut = m.in.rate(), m.out.rate()
	}
	t.Spark = m.in.spark.values()
	for i, v := range m.out.spark.values() {
		t.Spark[i] += v
	}
	if m.sumSize > 0 {
		t.Fraction = float64(m.sumNow) / float64(m.sumSize)
	}
	return t
}

// Prompts are the questions that wait, oldest first. The slice is the
// model's until the next Update.
func (m *Model) Prompts() []PromptView { return m.prompts }

// AnsweredElsewhere tells of a question of an attached model, which waits no
// more, whether another terminal has answered it.
func (m *Model) AnsweredElsewhere(id PromptID) bool { return m.o.desk.answeredElsewhere(id) }

// Version grows with every change that a screen could show.
func (m *Model) Version() uint64 { return m.version }

// TakeEvents returns the events since the last call, oldest first, progress
// merged per row; for printers. They are valid until the next call. Without a
// caller at most 1,024 are kept.
func (m *Model) TakeEvents() []Event { return m.outbox.take() }

// Idle tells that nothing runs, waits, retries or asks, and that no more rows
// come from a list.
func (m *Model) Idle() bool {
	if m.feed != nil {
		return false
	}
	c := &m.counts
	busy := c[Running] + c[Pausing] + c[Resuming] + c[Cancelling] + c[Asking]
	if !m.leaving {
		busy += c[Queued] + c[Retrying]
	}
	return busy == 0
}

// Summary sums up how it ended.
func (m *Model) Summary() Summary {
	c := &m.counts
	s := Summary{
		Done: c[Done], Failed: c[Failed] + c[Mismatch], Refused: c[Refused] + c[Expired], Cancelled: c[Cancelled],
		Unanswered: append([]Unanswered(nil), m.unanswered...),
	}
	s.Kept = len(m.all) - s.Done - s.Failed - s.Refused - s.Cancelled
	for _, r := range m.all {
		s.Disk = s.Disk || r.disk && r.state == Failed
	}
	return s
}
