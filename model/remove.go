package model

import (
	"errors"
	"os"
	"slices"

	tea "charm.land/bubbletea/v2"

	"haul/session"
)

// Cost is what is lost by cancelling rows.
type Cost struct {
	Rows, Active int
	Bytes        int64 // on disk in partial files
	Finished     int   // rows whose file is in place
	Name         string
}

// Cost tells what cancelling or removing ids would lose.
func (m *Model) Cost(ids []RowID) Cost {
	var c Cost
	for _, id := range ids {
		r := m.rows[id]
		if r == nil || r.removed {
			continue
		}
		c.Rows++
		c.Name = r.name
		switch {
		case r.state == Done:
			c.Finished++
			continue
		case m.runs(r):
			c.Active++
		}
		if r.spec.stores() {
			c.Bytes += r.done
		}
	}
	if c.Rows != 1 {
		c.Name = ""
	}
	return c
}

// Remove takes rows off the list. What is active is ended first, so that it
// could go on: partial files stay until Quit, and Undo is real. deleteFiles
// deletes finished files at once, which cannot be undone.
func (m *Model) Remove(ids []RowID, deleteFiles bool) tea.Cmd {
	var back []*row
	for _, id := range ids {
		r := m.rows[id]
		if r == nil || r.removed {
			continue
		}
		m.remove(r)
		if deleteFiles && r.state == Done && r.path != "" {
			m.later(m.deleteFile(r))
			continue
		}
		back = append(back, r)
	}
	m.dropRemoved()
	if len(back) > 0 {
		m.undo = append(m.undo, back)
	}
	m.relist()
	return m.commit()
}

func (m *Model) dropRemoved() {
	m.all = slices.DeleteFunc(m.all, func(r *row) bool { return r.removed })
}

// remove ends the row's task and hides the row.
func (m *Model) remove(r *row) {
	m.act(r, "Remove", "")
	switch {
	case r.want == wantRestart:
		m.step(r, actCancel) // what it had goes, and nothing begins
	case r.task == nil:
		m.step(r, actPause) // out of the queue, no retry
	case r.state == Cancelling:
	default:
		m.stop(r)
	}
	m.mark(r, false)
	m.count(r, r.state, -1)
	r.removed = true
	m.account(r)
	m.journal(r)
}

// stop ends the row's task without losing what can be kept. A task in the agent
// is suspended, and cancelled when this terminal leaves.
func (m *Model) stop(r *row) {
	if m.opt.Attached {
		// Suspensions are counted, and who resumes it later does so once.
		if r.task.State() != session.Suspended {
			r.task.Suspend()
		}
		m.follow(r)
		return
	}
	pausing := r.state == Pausing
	m.step(r, actPause)
	if t, ok := r.task.(*session.DownloadTask); ok && !pausing {
		if can, _ := t.Resumability(); can {
			m.later(m.produceResumeData(r, t))
			return
		}
	}
	if !pausing {
		r.task.Cancel()
	}
}

func (m *Model) deleteFile(r *row) tea.Cmd {
	msg, path, file := deletedMsg{row: r.id}, r.path, r.file
	return func() tea.Msg {
		now, err := markOf(path)
		if err == nil && now != file {
			err = errAnotherFile
		}
		if err == nil {
			err = os.Remove(path)
		}
		msg.err = err
		return msg
	}
}

var errAnotherFile = errors.New("it was changed, or is another one, since it was done")

// deleted brings a row back whose file could not be deleted.
func (m *Model) deleted(msg deletedMsg) {
	r := m.rows[msg.row]
	if r == nil || msg.err == nil || errors.Is(msg.err, os.ErrNotExist) {
		return
	}
	m.bringBack(r)
	r.reason = "its file could not be deleted: " + msg.err.Error()
	m.act(r, "Remove", r.reason)
	m.relist()
}

// Undo brings the latest removed rows back and returns how many. What ran is
// paused.
func (m *Model) Undo() int {
	n := 0
	for n == 0 && len(m.undo) > 0 {
		last := len(m.undo) - 1
		for _, r := range m.undo[last] {
			if r.removed && !r.inherited {
				m.bringBack(r)
				n++
			}
		}
		m.undo = m.undo[:last]
	}
	if n > 0 {
		m.relist()
	}
	return n
}

// bringBack shows a removed row again, in its place.
func (m *Model) bringBack(r *row) {
	r.removed = false
	at, _ := slices.BinarySearchFunc(m.all, r.id, func(r *row, id RowID) int { return int(r.id - id) })
	m.all = slices.Insert(m.all, at, r)
	m.count(r, r.state, 1)
	m.account(r)
	m.journal(r)
}

// inherit gives a new row what a removed one for the same target has on disk.
func (m *Model) inherit(r, old *row) {
	if old.task != nil || old.part == "" || old.state == Done {
		return
	}
	old.inherited = true
	r.part, r.from, r.resume, r.size, r.done, r.can = old.part, old.source(), old.resume, old.size, old.done, old.can
	m.claims[r.part], r.had = r.id, old.had
	old.part, old.resume = "", nil
	m.account(r)
}
