package model

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"
)

// due is a retry and when it is due. It is void when the row has gone on or is
// due at another time.
type due struct {
	at  time.Time
	row *row
}

func (d due) void() bool { return d.row.state != Retrying || !d.row.retryAt.Equal(d.at) }

// alarm is the one timer for the next retry that is due.
type alarm struct {
	at     time.Time
	cancel context.CancelFunc // nil when none is set
}

// retryWhen sets the time of a row's retry; setAlarm has to follow.
func (m *Model) retryWhen(r *row, at time.Time) {
	r.retryAt = at
	m.retries.push(due{at, r})
}

// counting tells whether a row waits for the clock.
func (m *Model) counting() bool { return m.counts[Retrying] > 0 && m.retries.len() > 0 }

// setAlarm sets the timer for the earliest retry, unless it is set for that.
func (m *Model) setAlarm(now time.Time) {
	for m.retries.len() > 0 && m.retries.top().void() {
		m.retries.pop()
	}
	if m.retries.len() == 0 {
		return
	}
	at := m.retries.top().at
	if m.alarm.cancel != nil {
		if m.alarm.at.Equal(at) {
			return
		}
		m.alarm.cancel()
	}
	var ctx context.Context
	ctx, m.alarm.cancel = context.WithCancel(m.ctx)
	m.alarm.at = at
	m.later(after(ctx, at.Sub(now), dueMsg{}))
}

// due starts the retries whose time has come and sets the timer for the next.
// What cannot succeed for lack of a network waits for that from then on.
func (m *Model) due(now time.Time) {
	if m.alarm.cancel != nil {
		m.alarm.cancel()
		m.alarm.cancel = nil
	}
	for m.retries.len() > 0 && (m.retries.top().void() || !m.retries.top().at.After(now)) {
		d := m.retries.pop()
		switch {
		case d.void():
		case d.row.listens && m.offline():
			m.awaitNetwork(d.row)
		default:
			m.step(d.row, actQueue)
		}
	}
	m.setAlarm(now)
}

// after is the command that sends msg in a while, nothing when ctx ends.
func after(ctx context.Context, wait time.Duration, msg tea.Msg) tea.Cmd {
	return func() tea.Msg {
		t := time.NewTimer(wait)
		defer t.Stop()
		select {
		case <-t.C:
			return msg
		case <-ctx.Done():
			return nil
		}
	}
}
