package session

import (
	"crypto/rand"
	"errors"
	"maps"
	"net/url"
	"slices"
	"time"

	"haul/session/internal/link"
	"haul/session/internal/wire"
)

// Standing is what the agent does with a task of a background session. The zero
// value is that of a task in this process.
type Standing struct {
	// Doing is what it does with a task that is Running, "" where it has not
	// said so yet.
	Doing Doing
	// Reason is why the task waits, for people, and Next when it goes on, where
	// that is known.
	Reason string
	Next   time.Time
	// Attempts is how often it was begun.
	Attempts int
	// Place is its place among tasks of its priority that wait, the lowest
	// first: the number of its making among all tasks of the agent, unless
	// somebody has changed it.
	Place int64
	// RateLimit is in bytes per second, 0 for none.
	RateLimit int64
	// Again is the task that this one was made of, 0 for none; see
	// [Session.Again].
	Again TaskID
	// Omitted are request fields that the agent has not kept, being secret.
	Omitted []string
}

// Doing is what the agent does with a task.
type Doing string

// What the agent does.
const (
	Loading   Doing = wire.DoingLoad
	InQueue   Doing = wire.DoingQueue // for a place among those that run
	WaitsNext Doing = wire.DoingRetry // after a failure of the network, until Next
	Delayed   Doing = wire.DoingDelay // until its earliest begin, Next
	Asks      Doing = wire.DoingAsk   // a question has no answer yet
	Finishing Doing = wire.DoingFinish
)

// Standing implements [Task].
func (t *task) Standing() Standing {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.remote == nil {
		return Standing{}
	}
	st := Standing{Again: TaskID(t.remote.again), Omitted: slices.Clone(t.remote.omitted)}
	s := t.remote.latest
	if s == nil {
		return st // DidCreateTask may come before the first state is taken in
	}
	st.Doing, st.Reason, st.Attempts = Doing(s.Doing), s.Reason, s.Attempts
	st.Place, st.RateLimit = t.remote.place, t.remote.rateLimit
	if s.Next != nil {
		st.Next = *s.Next
	}
	return st
}

// standsAs tells whether nothing that DidChangeStanding is about differs.
func standsAs(a, b *wire.Task) bool {
	if a == nil {
		return false
	}
	next := func(s *wire.Task) (at time.Time) {
		if s.Next != nil {
			at = *s.Next
		}
		return at
	}
	return a.State == b.State && a.Doing == b.Doing && a.Reason == b.Reason && next(a).Equal(next(b)) &&
		a.Order == b.Order && a.RateLimit == b.RateLimit && a.Description == b.Description && a.Priority == b.Priority
}

// tellStanding tells that the agent has said something new of the task. The
// caller holds mu.
func (t *task) tellStanding() {
	if c, self := t.calls, t.self; c.didChangeTask != nil {
		t.tell("DidChangeStanding", factChanged, func() { c.didChangeTask(self) })
	}
}

// SetPlace implements [Task].
func (t *task) SetPlace(place int64) error { return t.changeFar(wire.Settings{Order: &place}) }

// SetName implements [Task].
func (t *task) SetName(name string) error {
	return t.changeFar(wire.Settings{Name: &name})
}

// SetRateLimit implements [Task].
func (t *task) SetRateLimit(bytesPerSecond int64) error {
	bytesPerSecond = max(bytesPerSecond, 0)
	return t.changeFar(wire.Settings{RateLimit: &bytesPerSecond})
}

// changeFar changes a setting of a task in the agent, and returns at once.
func (t *task) changeFar(change wire.Settings) error {
	if t.remote == nil {
		return errInProcess
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.remote.change(change)
	return nil
}

// Repetition says how [Session.Again] tries a task again. The zero value goes on
// with the bytes at hand.
type Repetition struct {
	// URL is a fresh one of the same file, nil for that of before. What is
	// secret of the request goes to the same origin only.
	URL *url.URL
	// Anew throws away what there is.
	Anew bool
}

// Again has the agent try a task of a background session again that has ended
// without success: it makes a new one of it, with its request, what is secret of
// that, its settings and its place in the queue. DidCreateTask tells of it, and
// its [Standing.Again] is id. A task that waits for its next try goes on at once,
// itself. With a URL, or Anew, one that has not ended is cancelled first.
//
// It waits for the agent. An agent that was started since does not know the task
// any more: [ErrNoTask].
func (s *Session) Again(id TaskID, how Repetition) (TaskID, error) {
	if s.remote == nil {
		return 0, errInProcess
	}
	w := wire.Again{ID: int64(id), Token: rand.Text(), Anew: how.Anew}
	if how.URL != nil {
		w.URL = how.URL.String()
	}
	var made wire.Created
	err := s.remote.call(wire.MethodAgain, w, &made)
	if theirs, ok := errors.AsType[*link.CallError](err); ok && theirs.Code == wire.CodeNoTask {
		return 0, ErrNoTask
	}
	return TaskID(made.ID), err
}

// ErrNoTask is returned by [Session.Again] for a task that the agent does not
// know.
var ErrNoTask = errors.New("the agent does not know the task any more")

// SetRateLimit bounds the rate of all that the agent transfers, or, with a host
// named as [transfer.HostOf] does, of what it transfers with that one: bytes per
// second, 0 for none. It lasts as long as the agent. Returns at once.
func (s *Session) SetRateLimit(host string, bytesPerSecond int64) error {
	if s.remote == nil {
		return errInProcess
	}
	limit := wire.Limit{Host: host, BytesPerSecond: max(bytesPerSecond, 0)}
	s.remote.out.put(letter{call: func(r *relay) error { return r.call(wire.MethodLimit, limit, nil) }})
	return nil
}

// RateLimits are the rates that the tasks of the agent share, in bytes per
// second: of all, and by host. 0 is none, as it is for a task in this process.
func (s *Session) RateLimits() (all int64, hosts map[string]int64) {
	if s.remote == nil {
		return 0, nil
	}
	s.remote.mu.Lock()
	defer s.remote.mu.Unlock()
	return s.remote.limits.All, maps.Clone(s.remote.limits.Hosts)
}
