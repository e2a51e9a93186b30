package model

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	tea "charm.land/bubbletea/v2"

	"haul/session"
	"haul/transfer/partial"
)

// Observer is the delegate of the session. Make it before the session, give it
// to session.New, then make the model with both. Its delegate methods are the
// session's to call; facts never wait for the model, decisions wait for the
// user at most as long as their task lives.
type Observer struct {
	mu    sync.RWMutex
	slots map[session.TaskID]*slot

	dirtyMu sync.Mutex
	dirty   []*slot
	spare   [][]fact // of tasks that have ended, empty

	// wake says that there is progress, news that there is more than that, room
	// that a task has ended.
	wake, news, room chan struct{}
	// pace is how long Next waits at most, in nanoseconds; 0: until woken.
	pace atomic.Int64

	desk desk
	opt  Options // set by New, before any task exists
	// unattended: what would be asked is left to the caller of [Unattended.Answer].
	unattended bool

	publisher *partial.Publisher
}

// NewObserver returns an observer that remembers nothing yet.
func NewObserver() *Observer {
	o := &Observer{
		slots: make(map[session.TaskID]*slot),
		wake:  make(chan struct{}, 1), news: make(chan struct{}, 1), room: make(chan struct{}, 1),
		publisher: partial.NewPublisher(partial.OS{}, namesDurable),
	}
	o.desk.changed = o.tell
	return o
}

// namesDurable is how long the name of a small file may wait for the disk after
// the file is done: what a failure of the power can cost is bounded like that of
// a download under way.
const namesDurable = time.Second

// Close makes the names of all published files durable. It is for when the
// session has ended.
func (o *Observer) Close() error { return o.publisher.Close() }

// slot is the latest state of one task: written by delegate calls, drained by
// the model. Progress is atomics only; everything else waits in facts.
type slot struct {
	task    session.Task
	lineage *lineage
	resumed bool // the task was made from resume data

	moved              atomic.Bool  // any progress since the task began
	calls, bytes       atomic.Int64 // progress calls since the last drain, and their bytes
	position, expected atomic.Int64 // bytes at hand or sent, and of the whole
	dirty              atomic.Bool

	left    *PromptView // the question that [Unattended.Answer] leaves to its caller
	content *content    // of a data task

	mu    sync.Mutex
	facts []fact
}

// usualFacts are as many as a small file has: its progress, and its three last
// calls.
const usualFacts = 4

// fact is a delegate call, or a decision, as the model hears of it.
type fact struct {
	Event
	stimulus stimulus // 0 for a fact that changes no state
	outcome  *outcome
	err      error
	hop      *Hop
	metrics  *session.Metrics
	trust    string // words for Detail.Trust
	insecure bool
	unasked  *Unanswered
	wanted   *session.Challenge // for a password or a token
}

// register makes the slot of a task, before its Resume.
func (o *Observer) register(t session.Task, l *lineage, resumed bool) *slot {
	s := &slot{task: t, lineage: l, resumed: resumed}
	s.expected.Store(-1)
	if l.spec.Data {
		s.content = new(content)
	}
	o.mu.Lock()
	o.slots[t.ID()] = s
	o.mu.Unlock()
	return s
}

// forget ends a slot; later calls of its task are not heard.
func (o *Observer) forget(s *slot) {
	o.mu.Lock()
	delete(o.slots, s.task.ID())
	o.mu.Unlock()
}

// slot is the slot of a task, nil for one that is not the model's.
func (o *Observer) slot(id session.TaskID) *slot {
	o.mu.RLock()
	s := o.slots[id]
	o.mu.RUnlock()
	return s
}

// progress notes n more bytes. It allocates nothing while the slot is dirty.
func (o *Observer) progress(s *slot, n, position, expected int64) {
	s.position.Store(position)
	s.expected.Store(expected)
	s.moved.Store(true)
	s.bytes.Add(n)
	s.calls.Add(1)
	if o.mark(s) {
		poke(o.wake)
	}
}

// fact notes a fact after the progress that came before it.
func (o *Observer) fact(s *slot, f fact) {
	f.Time, f.Row, f.Task, f.Count = time.Now(), s.lineage.row, s.task.ID(), 1
	s.mu.Lock()
	if s.facts == nil {
		s.facts = o.factsRoom()
	}
	if e, ok := s.takeProgress(f.Time); ok {
		s.facts = append(s.facts, fact{Event: e})
	}
	s.facts = append(s.facts, f)
	s.mu.Unlock()
	o.mark(s)
	o.tell()
}

// takeProgress takes the progress out of the slot as one event.
func (s *slot) takeProgress(now time.Time) (Event, bool) {
	n := s.calls.Swap(0)
	if n == 0 {
		return Event{}, false
	}
	name := "DidWriteData"
	switch {
	case s.lineage.spec.Upload != "":
		name = "DidSendBodyData"
	case s.lineage.spec.Data:
		name = "DidReceiveData"
	}
	return Event{
		Time: now, Row: s.lineage.row, Task: s.task.ID(), Name: name, Count: int(n),
		Bytes: s.bytes.Swap(0), Total: s.expected.Load(),
	}, true
}

// mostSpare bounds the room for facts that waits to be used again.
const mostSpare = 64

// factsRoom is room for the facts of a slot.
func (o *Observer) factsRoom() []fact {
	o.dirtyMu.Lock()
	defer o.dirtyMu.Unlock()
	if last := len(o.spare) - 1; last >= 0 {
		room := o.spare[last]
		o.spare = o.spare[:last]
		return room
	}
	return make([]fact, 0, usualFacts)
}

// reuse takes the room of facts back that were taken from a slot.
func (o *Observer) reuse(facts []fact) {
	if cap(facts) == 0 {
		return
	}
	clear(facts)
	o.dirtyMu.Lock()
	defer o.dirtyMu.Unlock()
	if len(o.spare) < mostSpare {
		o.spare = append(o.spare, facts[:0])
	}
}

// take drains the slot: its facts in order, progress among them as events.
func (s *slot) take(now time.Time) []fact {
	s.mu.Lock()
	defer s.mu.Unlock()
	facts := s.facts
	s.facts = nil
	if e, ok := s.takeProgress(now); ok {
		facts = append(facts, fact{Event: e})
	}
	return facts
}

// mark puts the slot on the dirty list, unless it is there.
func (o *Observer) mark(s *slot) (added bool) {
	if !s.dirty.CompareAndSwap(false, true) {
		return false
	}
	o.dirtyMu.Lock()
	o.dirty = append(o.dirty, s)
	o.dirtyMu.Unlock()
	return true
}

// takeDirty takes the dirty list, reusing buf for the next one. A slot is
// clean before it is read, so what comes later makes it dirty again.
func (o *Observer) takeDirty(buf []*slot) []*slot {
	o.dirtyMu.Lock()
	list := o.dirty
	o.dirty = buf[:0]
	o.dirtyMu.Unlock()
	for _, s := range list {
		s.dirty.Store(false)
	}
	return list
}

// tell wakes Next with more than progress; it never waits.
func (o *Observer) tell() { poke(o.news) }

func poke(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// setPace says how long Next waits at most without being woken.
func (o *Observer) setPace(d time.Duration) {
	if o.pace.Swap(int64(d)) != int64(d) && d > 0 {
		poke(o.wake) // a Next that waits without a limit has to begin anew
	}
}

// nextRoom is the command that waits until a task has ended, so that the next
// row starts at once: a small file takes less time than a frame.
func (o *Observer) nextRoom(ctx context.Context) tea.Cmd {
	return func() tea.Msg {
		select {
		case <-o.room:
			// Others that are about to end come first: a round of starting
			// rows takes longer than a small file does.
			runtime.Gosched()
			return roomMsg{}
		case <-ctx.Done():
			return nil
		}
	}
}

// newsInterval is the shortest time between frames that show more than
// progress: a file that is done makes room for the next one, a question waits.
const newsInterval = 33 * time.Millisecond

// Next is the command that waits until something changed and the next frame is
// due, and returns a FrameMsg. Frames of progress are at least interval apart,
// others at least that or 33 ms. It returns nil when ctx ends.
func (o *Observer) Next(ctx context.Context, interval time.Duration) tea.Cmd {
	return func() tea.Msg {
		began := time.Now()
		pace := time.Duration(o.pace.Load())
		// The edge comes first: progress that arrives until then wakes nobody.
		edge := time.NewTimer(interval)
		defer edge.Stop()
		news := false
		for open := true; open; {
			select {
			case <-edge.C:
				open = false
			case <-o.news:
				news = true
				edge.Reset(min(interval, newsInterval) - time.Since(began))
			case <-ctx.Done():
				return nil
			}
		}
		if !news && !o.wait(ctx, pace-time.Since(began), pace > 0) {
			return nil
		}
		o.hush()
		return FrameMsg{}
	}
}

// wait returns true when something has changed, or after a while if there is a
// pace; false when ctx ends.
func (o *Observer) wait(ctx context.Context, most time.Duration, paced bool) bool {
	select {
	case <-o.wake:
		return true
	case <-o.news:
		return true
	default:
	}
	var slow <-chan time.Time
	if paced {
		t := time.NewTimer(most)
		defer t.Stop()
		slow = t.C
	}
	select {
	case <-o.wake:
	case <-o.news:
	case <-slow:
	case <-ctx.Done():
		return false
	}
	return true
}

// hush takes back the signals of what the coming frame will show.
func (o *Observer) hush() {
	for _, c := range []chan struct{}{o.wake, o.news} {
		select {
		case <-c:
		default:
		}
	}
}
