package model

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"haul/session"
)

// quitTime is how long Quit waits for resume data.
const quitTime = 5 * time.Second

// QuitCost tells how many rows run, and how many of them have bytes that would
// be lost because they cannot be resumed.
func (m *Model) QuitCost() (running, lost int) {
	for _, r := range m.all {
		if r.task == nil {
			continue
		}
		running++
		if m.losesBytes(r) {
			lost++
		}
	}
	return running, lost
}

// losesBytes tells whether the bytes of a row that runs are lost when this
// program ends.
func (m *Model) losesBytes(r *row) bool {
	if m.opt.Attached {
		return false
	}
	can, why := false, ""
	if t, ok := r.task.(*session.DownloadTask); ok {
		can, why = t.Resumability()
	}
	return !nothingMoved(r.task) && !can && why != session.ReasonEnded
}

// Quit pauses everything that can be resumed, cancels the rest, closes the
// journal and then sends QuitMsg. Nothing new starts meanwhile. What takes
// longer than 5 s is left to the next run, which finds it on disk. A second
// call does nothing. An attached model leaves everything to the agent as it is.
func (m *Model) Quit() tea.Cmd {
	if m.leaving {
		return nil
	}
	m.leaving = true
	m.version++
	if m.feed != nil && m.feed.Waits {
		m.feed = nil
	}
	m.awaiting = make(map[RowID]session.TaskID)
	for _, r := range m.rows {
		if r.task == nil || m.opt.Attached {
			continue
		}
		m.awaiting[r.id] = r.task.ID()
		switch r.state {
		case Pausing, Cancelling:
		default:
			m.stop(r)
			m.act(r, "Quit", "")
		}
	}
	if len(m.awaiting) == 0 && m.feed == nil {
		m.leave()
		return m.commit()
	}
	var ctx context.Context
	ctx, m.deadline = context.WithTimeout(m.ctx, quitTime+time.Second)
	m.later(after(ctx, quitTime, deadlineMsg{}))
	return m.commit()
}

// afterEnd notes that a task is at rest, and does what had to wait for that.
func (m *Model) afterEnd(r *row, task session.TaskID) {
	m.clear(r)
	if m.awaiting[r.id] != task {
		return
	}
	delete(m.awaiting, r.id)
	if len(m.awaiting) == 0 && m.feed == nil {
		m.deadline()
		m.leave()
	}
}

// deadlinePassed cancels what has not come to rest.
func (m *Model) deadlinePassed() {
	if len(m.awaiting) == 0 && m.feed == nil {
		return
	}
	m.feed = nil
	for id, task := range m.awaiting {
		if r := m.rows[id]; r.task != nil && r.task.ID() == task {
			r.task.Cancel()
		}
	}
	m.awaiting = nil
	m.deadline()
	m.leave()
}

// leave tidies up behind everything: the partial files of rows that were
// removed or cancelled go, the journal closes.
func (m *Model) leave() {
	if m.detaching != nil {
		m.later(m.handOver())
		return
	}
	parts := make(map[string]trace)
	for _, r := range m.rows {
		if m.opt.Attached && r.removed && r.task != nil {
			r.task.Cancel()
		}
		if r.part != "" && r.task == nil && !r.inherited && (r.removed && r.state != Done || r.state == Cancelled) {
			parts[r.part] = r.had
		}
	}
	journal := m.opt.Journal
	ctx, handing := m.ctx, m.handing
	m.later(func() tea.Msg {
		// What was added just before goes to the agent first, if that has time.
		ctx, cancel := context.WithTimeout(ctx, quitTime)
		ended(ctx, handing)
		cancel()
		for part, left := range parts {
			// What cannot be deleted stays; the user finds it by its name.
			_ = removePartial(part, left)
		}
		if journal != nil {
			// Whoever opened it closes it again and hears of the error.
			_ = journal.Close()
		}
		return QuitMsg{}
	})
}
