package model

import (
	"slices"
	"time"

	"haul/session"
	"haul/transfer"
)

// frame takes in everything that happened since the last one.
func (m *Model) frame(now time.Time) {
	m.drain(now)
	if m.opt.Attached {
		m.followRates()
	}
	m.heads()
	for r := range m.moving {
		if r.ran != nil && r.ran.meter.sample(now, r.done) {
			m.version++
			m.list.touch(progressed)
		}
	}
	if len(m.moving) > 0 {
		m.in.sample(now, m.inMoved)
		m.out.sample(now, m.outNow)
	}
	if m.counting() || len(m.prompts) > 0 {
		m.version++ // seconds are counted
	}
	m.readPrompts()
	m.journalBegun()
	if m.list.settle(now, m.all) {
		m.version++
	}
}

// heads takes in what has been answered.
func (m *Model) heads() {
	for r := range m.moving {
		if r.task != nil && r.ran.headOf != r.task.ID() {
			m.head(r, r.task)
		}
	}
}

// readPrompts takes the open questions over from the desk.
func (m *Model) readPrompts() {
	prompts, version, changed := m.o.desk.snapshot(m.promptVersion)
	if !changed {
		return
	}
	for i := range prompts {
		p := &prompts[i]
		for _, id := range p.Rows {
			if r := m.rows[id]; r != nil {
				p.Names = append(p.Names, r.name)
			}
		}
	}
	m.prompts, m.promptVersion = prompts, version
	m.version++
}

// drain takes the facts and the progress out of the dirty slots.
func (m *Model) drain(now time.Time) {
	list := m.o.takeDirty(m.dirty)
	for _, s := range list {
		r := m.rows[s.lineage.row]
		if m.opt.Attached {
			r = m.present(r, s)
		}
		if r == nil {
			continue
		}
		facts := s.take(now)
		for i := range facts {
			m.fact(r, s, &facts[i], now)
		}
		m.o.reuse(facts)
		if r.slot == s {
			m.progress(r, s)
		}
		if r.slot == s && m.opt.Attached {
			m.hear(r)
		}
	}
	clear(list)
	m.dirty = list
}

// progress takes the latest counts over from the slot of the row's live task.
func (m *Model) progress(r *row, s *slot) {
	if !s.moved.Load() {
		return
	}
	m.head(r, s.task)
	m.latest(r, s)
	m.account(r)
	if t, ok := s.task.(*session.DownloadTask); ok {
		if can, why := t.Resumability(); why != session.ReasonEnded {
			r.can, r.why = can, why
		}
	}
	m.step(r, factMoved)
}

// latest takes over how many bytes there are. The end of a task does as well:
// its last bytes may be in the same frame. The body of a refusal counts for
// nothing: it takes no place of the bytes at hand.
func (m *Model) latest(r *row, s *slot) {
	if !s.moved.Load() {
		return
	}
	m.heard.note(r.host, time.Now())
	if r.spec.stores() && r.status != 0 && !success(r.status) {
		return
	}
	position, expected := s.position.Load(), s.expected.Load()
	if expected >= 0 {
		r.size = expected
	}
	if position != r.done {
		r.done = position
		m.list.touch(progressed)
	}
	if seg := r.segment(s.task.ID()); seg != nil {
		seg.End = position
	}
}

// segment is the row's segment of a task.
func (r *row) segment(id session.TaskID) *Segment {
	for i := len(r.ran.segments) - 1; i >= 0; i-- {
		if r.ran.segments[i].Task == id {
			return &r.ran.segments[i]
		}
	}
	return nil
}

// fact takes in one delegate call. Of a task that is not the row's live one
// any more it only keeps the record.
func (m *Model) fact(r *row, s *slot, f *fact, now time.Time) {
	live := r.slot == s
	switch {
	case f.Name == "DidWriteData", f.Name == "DidReceiveData":
		m.inMoved += f.Bytes
	case f.Name == "DidSendBodyData":
		m.outNow += f.Bytes
	case f.metrics != nil:
		m.measured(r, f.metrics.Transactions)
	case f.hop != nil:
		r.ran.hops = keepLast(r.ran.hops, *f.hop, mostHops)
	case f.unasked != nil:
		if !slices.Contains(m.unanswered, *f.unasked) {
			m.unanswered = append(m.unanswered, *f.unasked)
		}
	}
	if f.wanted != nil {
		r.ran.refused = ""
		if f.wanted.PreviousFailureCount > 0 {
			r.ran.refused = f.wanted.Space.Method
		}
	}
	if f.insecure {
		r.insecure, r.ran.trust = true, f.trust
	}
	if live {
		if f.Name == "DidResumeAtOffset" {
			m.continued(r, s, f, now)
		}
		m.change(r, s, f, now)
	}
	if f.stimulus == factEnded || f.stimulus == factCancelled || f.stimulus == factFailed {
		m.o.forget(s)
		m.afterEnd(r, s.task.ID())
		if m.opt.Brief && r.state == Done {
			*r.ran = run{dropped: r.ran.dropped}
		}
	}
	m.note(r, f.Event)
}

// measured keeps what a task has measured, which is this call's.
func (m *Model) measured(r *row, all []transfer.Transaction) {
	switch {
	case m.opt.Brief:
	case r.ran.metrics == nil:
		r.ran.metrics = slices.Clip(all[max(0, len(all)-mostTransactions):])
	default:
		for _, t := range all {
			r.ran.metrics = keepLast(r.ran.metrics, t, mostTransactions)
		}
	}
}

// continued takes in how a resumed download went on.
func (m *Model) continued(r *row, s *slot, f *fact, now time.Time) {
	r.done = f.Bytes
	r.ran.meter.begin(now, f.Bytes)
	if seg := r.segment(s.task.ID()); seg != nil {
		seg.Start, seg.End = f.Bytes, f.Bytes
	}
	t, ok := s.task.(*session.DownloadTask)
	if !ok {
		return
	}
	c := t.Continuation()
	r.ran.rule = c.Rule
	r.reason = ""
	if c.Reason != "" {
		r.reason = "started over: " + c.Reason
	}
	r.renewed = false
}
