package trace

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"haul/session"
)

// patience is how long a recorder waits for an event before it gives up. In a
// synctest bubble it is virtual time, and is spent at once when nothing moves.
const patience = 2 * time.Minute

// TB is the part of testing.TB that a recorder needs.
type TB interface {
	Helper()
	Cleanup(func())
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// Recorder is a delegate that implements every delegate interface and records
// its calls. Make one with [New]. Its methods may be called from any
// goroutine.
type Recorder struct {
	Facts
	SessionChallenges
	Challenges
	Redirects
	Responses
	Caches
	BodyStreams
	Delays

	// Answers decide, On follows facts. Both are set before the first task
	// runs and left alone after that.
	Answers Answers
	On      Hooks

	t  TB
	mu sync.Mutex

	events     []Event
	violations []error
	deaf       []Kind
	tasks      map[session.Task]*record
	invalid    chan struct{}
	facts      int // delegate calls of facts in progress
	concurrent bool
	background bool
	queue      *Queue
}

// record is what is kept of one task.
type record struct {
	ended    chan struct{}
	data     [][]byte
	calls    int // calls of this task in progress
	deciding context.Context
}

// New makes a recorder for one session of the test t. When t ends, after the
// cleanups registered later, what was recorded is checked.
func New(t TB) *Recorder {
	r := &Recorder{t: t, tasks: make(map[session.Task]*record), invalid: make(chan struct{})}
	r.Facts = newFacts(r)
	r.SessionChallenges = SessionChallenges{r}
	r.Challenges = Challenges{r}
	r.Redirects = Redirects{r}
	r.Responses = Responses{r}
	r.Caches = Caches{r}
	r.BodyStreams = BodyStreams{r}
	r.Delays = Delays{r}
	t.Cleanup(func() {
		t.Helper()
		if err := r.Check(); err != nil {
			t.Errorf("the life cycle does not hold:\n%v", err)
		}
	})
	return r
}

// Watch tells the recorder which delegate the session has, so that calls that
// it has no method for are not missed.
func (r *Recorder) Watch(d session.Delegate) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.deaf = nil
	hears := func(ok bool, k Kind) {
		if !ok {
			r.deaf = append(r.deaf, k)
		}
	}
	_, ok := d.(session.ResponseDelegate)
	hears(ok, Response)
	_, ok = d.(session.DownloadDelegate)
	hears(ok, Finished)
	_, ok = d.(session.CompletionDelegate)
	hears(ok, Done)
}

// AllowOverlap says that the session has a delegate queue that runs facts side
// by side.
func (r *Recorder) AllowOverlap() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.concurrent = true
}

// Background says that the session is one of the background.
func (r *Recorder) Background() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.background = true
}

// Queue makes a serial delegate queue for the session's configuration; facts
// have to run on it from now on. It ends with the test.
func (r *Recorder) Queue() *Queue {
	q := newQueue()
	r.t.Cleanup(q.close)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.queue = q
	return q
}

// Check checks what was recorded so far as the end of the test does.
func (r *Recorder) Check() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return errors.Join(append(slices.Clone(r.violations), check(r.events, r.background, r.deaf...))...)
}

// Events returns the events of t so far.
func (r *Recorder) Events(t session.Task) []Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	var list []Event
	for _, e := range r.events {
		if e.Task.Of == t && e.Kind != Invalid {
			list = append(list, e)
		}
	}
	return list
}

// All returns the events of all tasks and of the session so far.
func (r *Recorder) All() []Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.events)
}

// Count returns how many events of kind k task t has had.
func (r *Recorder) Count(t session.Task, k Kind) int {
	n := 0
	for _, e := range r.Events(t) {
		if e.Kind == k {
			n++
		}
	}
	return n
}

// Body returns the body that t delivered: its data, the contents of its file
// in DidFinishDownloading, or what its handler got. Data slices are kept as
// they came until now, so that one that the session writes to again shows.
func (r *Recorder) Body(t session.Task) []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	return bytes.Join(r.of(t).data, nil)
}

// Expect waits for the end of t and reports events that do not match.
func (r *Recorder) Expect(t session.Task, pattern string) {
	r.t.Helper()
	r.Wait(t)
	if err := Match(r.Events(t), pattern); err != nil {
		r.t.Errorf("%v: %v", TaskOf(t), err)
	}
}

// Wait waits until the last call of t has returned.
func (r *Recorder) Wait(t session.Task) {
	r.t.Helper()
	r.mu.Lock()
	ended := r.of(t).ended
	r.mu.Unlock()
	select {
	case <-ended:
	case <-time.After(patience):
		r.t.Fatalf("%v has not ended: %s", TaskOf(t), Format(r.Events(t)))
	}
}

// WaitInvalid waits until DidBecomeInvalid has returned.
func (r *Recorder) WaitInvalid() {
	r.t.Helper()
	select {
	case <-r.invalid:
	case <-time.After(patience):
		r.t.Fatalf("the session has not become invalid")
	}
}

// Pause cancels t by producing resume data and records what came of it.
func (r *Recorder) Pause(ctx context.Context, t *session.DownloadTask) (session.ResumeData, error) {
	d, err := t.CancelByProducingResumeData(ctx)
	arg := "ok"
	if d == nil {
		arg = "nil"
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events = append(r.events, Event{Task: TaskOf(t), Kind: ResumeData, Args: []string{arg}, Err: err})
	if (d == nil) != (err != nil) {
		r.violate("%v: resume data of %d bytes with error %v", TaskOf(t), len(d), err)
	}
	return d, err
}

// of returns the record of t. r.mu is held.
func (r *Recorder) of(t session.Task) *record {
	k := r.tasks[t]
	if k == nil {
		k = &record{ended: make(chan struct{})}
		r.tasks[t] = k
	}
	return k
}

// violate keeps a broken rule for the end of the test. r.mu is held.
func (r *Recorder) violate(format string, args ...any) {
	r.violations = append(r.violations, fmt.Errorf(format, args...))
}

// fact records a fact and runs during, with everything that a fact has to keep
// to: one at a time, on the delegate queue, not beside another call of its
// task.
func (r *Recorder) fact(e Event, during func()) {
	r.mu.Lock()
	if r.facts > 0 && !r.concurrent {
		r.violate("%v of %v while another fact is being delivered", e, e.Task)
	}
	if r.queue != nil && !r.queue.running.Load() {
		r.violate("%v of %v is not on the delegate queue", e, e.Task)
	}
	r.facts++
	k := r.begin(e)
	r.mu.Unlock()
	// Also when the hook panics, which a session contains.
	defer func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.facts--
		r.end(e, k)
	}()
	during()
}

// decision records a decision, asks for the answer and records that.
func (r *Recorder) decision(ctx context.Context, e Event, decide func() (reply string)) {
	r.mu.Lock()
	k := r.begin(e)
	k.deciding = ctx
	at := len(r.events) - 1
	r.mu.Unlock()
	reply := "panic"
	defer func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.events[at].Reply = reply
		k.deciding = nil
		r.end(e, k)
	}()
	reply = decide()
}

// begin notes that a call of e.Task has started. r.mu is held.
func (r *Recorder) begin(e Event) *record {
	k := r.of(e.Task.Of)
	// A decision whose task was cancelled is over, even if the delegate has
	// not noticed yet.
	abandoned := k.deciding != nil && k.deciding.Err() != nil
	if k.calls > 0 && !abandoned {
		r.violate("%v of %v while another call of it is in progress", e, e.Task)
	}
	k.calls++
	r.events = append(r.events, e)
	return k
}

// end notes that a call of e.Task has returned. r.mu is held.
func (r *Recorder) end(e Event, k *record) {
	k.calls--
	switch e.Kind {
	case Done, Handler, Became:
		closeOnce(k.ended)
	case Invalid:
		closeOnce(r.invalid)
	}
}

// closeOnce closes c unless it is closed; a second end is for Check to report.
func closeOnce(c chan struct{}) {
	select {
	case <-c:
	default:
		close(c)
	}
}
