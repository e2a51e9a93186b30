package session

import (
	"math"

	"haul/session/internal/wire"
)

// The priorities of tasks. A priority is between 0 and 1.
const (
	PriorityLow     float32 = 0.25
	PriorityDefault float32 = 0.5
	PriorityHigh    float32 = 0.75
)

// Priority says which of several waiting tasks is served first.
func (t *task) Priority() float32 {
	return math.Float32frombits(t.priority.Load())
}

// SetPriority changes it, at any time. What is outside of 0 to 1 is brought
// inside.
func (t *task) SetPriority(p float32) {
	t.mu.Lock()
	t.priority.Store(priorityBits(p))
	if t.remote != nil {
		p = t.Priority()
		t.remote.change(wire.Settings{Priority: &p})
	}
	t.mu.Unlock()
	t.session.slots.reorder(t)
}

// priorityBits brings a priority inside of 0 to 1.
func priorityBits(p float32) uint32 {
	if !(p >= 0) { // also what is no number
		p = 0
	}
	return math.Float32bits(min(p, 1))
}

// expected are the bytes that the app expects, 0 for unknown.
type expected struct{ send, receive int64 }

// SetExpectedBytes implements [Task].
func (t *task) SetExpectedBytes(send, receive int64) {
	send, receive = max(send, 0), max(receive, 0)
	t.mu.Lock()
	t.expected = expected{send, receive}
	t.mu.Unlock()
	if t.remote != nil {
		t.remote.change(wire.Settings{ExpectedSend: &send, ExpectedReceive: &receive})
	}
}

// or is n, or the hint where n is unknown and the hint has not been proved wrong;
// else -1.
func or(n, hint, done int64) int64 {
	if n >= 0 || hint == 0 || hint < done {
		return n
	}
	return hint
}

// Progress is a view of how far a task is. It follows the task; its methods may
// be called from any goroutine.
type Progress struct{ task *task }

// Progress is the task's progress.
func (t *task) Progress() Progress { return Progress{t} }

// Completed is the number of bytes sent and received so far.
func (p Progress) Completed() int64 {
	c := p.task.Counts()
	return c.Sent + c.Received
}

// Total is the number of bytes to send and to receive, or what the app expects
// where that is unknown, or -1. It is Completed for a task that has succeeded.
func (p Progress) Total() int64 {
	p.task.mu.Lock()
	defer p.task.mu.Unlock()
	c, hint := p.task.counts, p.task.expected
	if p.task.machine.state == Completed && p.task.err == nil {
		return c.Sent + c.Received
	}
	send, receive := or(c.ExpectedToSend, hint.send, c.Sent), or(c.ExpectedToReceive, hint.receive, c.Received)
	if send < 0 || receive < 0 {
		return -1
	}
	return send + receive
}

// Fraction is Completed by Total, between 0 and 1; -1 if that is unknown. It is
// 1 for a task that has succeeded, also without a byte.
func (p Progress) Fraction() float64 {
	switch total, done := p.Total(), p.Completed(); {
	case p.Finished():
		return 1
	case total < 0:
		return -1
	case total == 0:
		return 0
	default:
		return min(1, float64(done)/float64(total))
	}
}

// Finished tells whether the task has succeeded.
func (p Progress) Finished() bool { return p.task.State() == Completed && p.task.Err() == nil }

// Cancel cancels the task.
func (p Progress) Cancel() { p.task.Cancel() }

// Pause suspends the task, Resume takes one Pause back.
func (p Progress) Pause()  { p.task.Suspend() }
func (p Progress) Resume() { p.task.Resume() }
