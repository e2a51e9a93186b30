package model

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	tea "charm.land/bubbletea/v2"

	"haul/session"
	"haul/transfer"
	"haul/transfer/partial"
)

// each calls act for the rows of ids that are in the list.
func (m *Model) each(ids []RowID, act func(*row)) tea.Cmd {
	for _, id := range ids {
		if r := m.rows[id]; r != nil && !r.removed {
			act(r)
		}
	}
	return m.commit()
}

// pausable tells on which rows pausing acts.
func (s State) pausable() bool {
	switch s {
	case Queued, Running, Resuming, Asking, Retrying:
		return true
	default:
		return false
	}
}

// TogglePause pauses what runs or waits and resumes what is paused or held.
// With ids of both kinds it pauses.
func (m *Model) TogglePause(ids []RowID) tea.Cmd {
	act := m.unpause
	for _, id := range ids {
		if r := m.rows[id]; r != nil && !r.removed && r.state.pausable() {
			act = m.pause
		}
	}
	return m.each(ids, act)
}

// PauseAll pauses everything.
func (m *Model) PauseAll() tea.Cmd {
	for _, r := range m.all {
		m.pause(r)
	}
	return m.commit()
}

// ResumeAll resumes everything that is paused or held.
func (m *Model) ResumeAll() tea.Cmd {
	for _, r := range m.all {
		m.unpause(r)
	}
	return m.commit()
}

// pause ends the row's task by producing resume data. What cannot be resumed
// is held instead, so that its bytes are not lost.
func (m *Model) pause(r *row) {
	if !r.state.pausable() {
		return
	}
	if r.task == nil {
		m.step(r, actPause)
		m.act(r, "Pause", "")
		return
	}
	if m.opt.Attached {
		m.act(r, "Suspend", "")
		r.task.Suspend()
		m.follow(r)
		return
	}
	t, download := r.task.(*session.DownloadTask)
	can, why := false, "an upload cannot be resumed"
	if r.spec.Data {
		why = "data in memory cannot be resumed"
	}
	if download {
		can, why = t.Resumability()
	}
	switch {
	case why == session.ReasonEnded:
		// The next frame says how.
	case can:
		m.act(r, "CancelByProducingResumeData", "")
		m.step(r, actPause)
		m.later(m.produceResumeData(r, t))
	case nothingMoved(r.task):
		// Nothing would be lost: it starts anew later.
		m.act(r, "Cancel", "to pause it: nothing had come")
		m.step(r, actPause)
		r.task.Cancel()
	default:
		m.act(r, "Suspend", why)
		m.step(r, actHold)
		r.reason = "held: it cannot be resumed, " + why
		r.task.Suspend()
	}
}

// nothingMoved tells that a task has neither sent nor received a byte of a body.
func nothingMoved(t session.Task) bool {
	c := t.Counts()
	return c.Received == 0 && c.Sent == 0
}

// produceResumeData is the command that ends a task so that it can go on.
func (m *Model) produceResumeData(r *row, t *session.DownloadTask) tea.Cmd {
	msg := pausedMsg{row: r.id, task: t.ID()}
	ctx := m.ctx
	return func() tea.Msg {
		msg.data, msg.err = t.CancelByProducingResumeData(ctx)
		return msg
	}
}

// paused takes in the end of that command. Without data the task's last call
// says what became of it.
func (m *Model) paused(msg pausedMsg) {
	r := m.rows[msg.row]
	if r == nil || r.task == nil || r.task.ID() != msg.task || msg.err != nil {
		return
	}
	r.resume, r.can, r.had = msg.data, true, traceOf(msg.data)
	if info, err := msg.data.Describe(); err == nil {
		r.done = info.Have
		r.part = info.PartialFile
	}
	if seg := r.segment(msg.task); seg != nil {
		seg.Running, seg.End = false, r.done
		seg.Outcome = pausedOutcome(msg.data)
	}
	m.account(r)
	r.task, r.slot = nil, nil
	m.step(r, factPaused)
	m.afterEnd(r, msg.task)
}

// unpause resumes a paused or held row.
func (m *Model) unpause(r *row) {
	switch r.state {
	case Held:
		m.act(r, "Resume", "the connection was held")
		m.step(r, actRelease)
		r.reason = ""
		r.ran.meter.begin(time.Now(), r.done)
		r.task.Resume()
	case Paused, Pausing:
		if m.opt.Attached && r.task != nil {
			m.act(r, "Resume", "")
			r.task.Resume()
			m.follow(r)
			return
		}
		r.attempt = 0
		m.step(r, actQueue)
	default:
	}
}

// Cancel cancels what is active or waits.
func (m *Model) Cancel(ids []RowID) tea.Cmd {
	return m.each(ids, m.cancel)
}

// Cancellable are those of ids that Cancel would end.
func (m *Model) Cancellable(ids []RowID) (some []RowID) {
	for _, id := range ids {
		if r := m.rows[id]; r != nil && !r.removed && !r.state.finished() {
			some = append(some, id)
		}
	}
	return some
}

func (m *Model) cancel(r *row) {
	if r.state.finished() {
		return
	}
	m.act(r, "Cancel", "")
	m.step(r, actCancel)
	if r.task != nil {
		r.task.Cancel()
	}
}

// Retry tries failed, refused or cancelled rows again, from the bytes at hand.
// A row that waits for its back-off starts at once; one whose checksum differs
// starts from the beginning.
func (m *Model) Retry(ids []RowID) tea.Cmd {
	return m.each(ids, func(r *row) {
		switch r.state {
		case Failed, Refused, Expired, Cancelled, Retrying, Paused:
			if m.opt.Attached {
				m.againAttached(r, session.Repetition{})
				return
			}
			r.attempt = 0
			m.step(r, actQueue)
		case Mismatch:
			m.restart(r)
		default:
		}
	})
}

// Restart starts rows that are not done from byte 0. What they had is deleted.
func (m *Model) Restart(ids []RowID) tea.Cmd {
	return m.each(ids, m.restart)
}

func (m *Model) restart(r *row) {
	if r.state == Done {
		return
	}
	if m.opt.Attached {
		m.againAttached(r, session.Repetition{Anew: true})
		return
	}
	r.attempt, r.best = 0, 0
	m.act(r, "Restart", "")
	m.step(r, actRestart)
	if r.task != nil {
		r.task.Cancel()
		return
	}
	m.clear(r)
}

// clear deletes the bytes of a row that starts over, if its task has ended.
func (m *Model) clear(r *row) {
	if r.want != wantRestart || r.live {
		return
	}
	part, left := r.part, r.had
	r.resume, r.path = nil, ""
	m.disclaim(r)
	if part == "" {
		m.step(r, stepCleared)
		return
	}
	msg := clearedMsg{row: r.id}
	m.later(func() tea.Msg {
		msg.err = removePartial(part, left)
		return msg
	})
}

func (m *Model) cleared(msg clearedMsg) {
	r := m.rows[msg.row]
	if r == nil {
		return
	}
	if msg.err != nil {
		r.reason = "the old bytes could not be deleted: " + msg.err.Error()
	}
	m.step(r, stepCleared)
}

// Renew gives a row a fresh URL and goes on with the bytes at hand. Whether it
// leads to the same file is found out before a byte is added; if it does not,
// the row fails, keeps its bytes and says what differs.
func (m *Model) Renew(id RowID, link string) (tea.Cmd, error) {
	r := m.rows[id]
	if r == nil || r.removed {
		return nil, errors.New("the transfer is not in the list any more")
	}
	u, err := ParseURL(link)
	if err != nil {
		return nil, err
	}
	if m.runs(r) || r.state == Done {
		return nil, fmt.Errorf("%s is %s: only a transfer that has stopped can take a fresh URL", r.name, r.state)
	}
	if m.opt.Attached {
		m.againAttached(r, session.Repetition{URL: u})
		return m.commit(), nil
	}
	r.from = r.source()
	r.spec.URL = u.String()
	r.url, r.host = redacted(u), transfer.HostOf(u)
	r.renewed = true
	r.attempt = 0
	m.wanted[target{withoutUser(u), r.spec.Dir, r.spec.Name}] = r.id
	m.act(r, "Renew", r.url)
	m.journal(r)
	m.step(r, actQueue)
	return m.commit(), nil
}

// Answer answers a question. It reports false if it was answered already, or
// if the URL given for a redirect is none.
func (m *Model) Answer(id PromptID, a Answer) (bool, tea.Cmd) {
	if a.URL != "" {
		if _, err := ParseURL(a.URL); err != nil {
			return false, nil
		}
	}
	rows := m.o.desk.answer(id, a)
	if rows == nil {
		return false, nil
	}
	if a.CancelRows {
		for _, row := range rows {
			if r := m.rows[row]; r != nil {
				m.cancel(r)
			}
		}
	}
	m.readPrompts()
	return true, m.commit()
}

// header is the request's own fields for a task to u: secrets go only to the
// origin that they were given for.
func (r *row) header(u *url.URL) http.Header {
	if len(r.spec.Header) == 0 {
		return nil
	}
	if r.home == originOf(u) {
		return r.spec.Header.Clone()
	}
	kept, _ := partial.Redact(r.spec.Header)
	return kept
}
