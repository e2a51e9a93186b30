package model

import tea "charm.land/bubbletea/v2"

// Feed brings in a long list bit by bit, so that its first rows run while the
// rest is still read. It is one goroutine at a time, however long the list.
type Feed struct {
	// Next returns the next piece of the list. It is called on a goroutine of
	// its own, never twice at once, until a batch says that it is the last.
	Next func() Batch
	// Waits tells that Next may wait for somebody, who may never come: then the
	// rest of the list is left alone when the program ends. Otherwise it is
	// still taken in, so that the next run can offer it.
	Waits bool
	// Refused is told what was not taken, on the goroutine of Update. Index
	// counts within the batch.
	Refused func([]Problem)
}

// Batch is a piece of a list.
type Batch struct {
	Specs    []Spec
	Problems []Problem // lines that are no spec
	Last     bool
}

// fedMsg is a batch of the feed.
type fedMsg struct{ batch Batch }

// AddFrom takes in what a feed brings. The model is not idle before its end.
// There is one feed at a time; the command has to be run.
func (m *Model) AddFrom(f Feed) tea.Cmd {
	m.feed = &f
	return m.nextBatch()
}

func (m *Model) nextBatch() tea.Cmd {
	next := m.feed.Next
	return func() tea.Msg { return fedMsg{next()} }
}

// fed takes in a batch.
func (m *Model) fed(b Batch) {
	if m.feed == nil {
		return // it came too late
	}
	problems := b.Problems
	if len(b.Specs) > 0 {
		_, refused, cmd := m.Add(b.Specs)
		problems = append(problems, refused...)
		m.later(cmd)
	}
	if len(problems) > 0 {
		m.feed.Refused(problems)
	}
	if !b.Last {
		m.later(m.nextBatch())
		return
	}
	m.feed = nil
	m.version++
	if m.leaving && len(m.awaiting) == 0 {
		m.deadline()
		m.leave()
	}
}
