package session

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"haul/session/internal/wire"
	"haul/transfer"
	"haul/transfer/partial"
)

// task is what all kinds of task have in common. It is made of three parts
// that know little of each other, and the seam between them is here:
//
//   - the state machine (state.go) and the methods that an app calls;
//   - delivery (deliver.go): facts that go to the delegate through the mailbox,
//     decisions that are asked of it;
//   - the driver, which moves the bytes: the loader (load.go), or for a task of
//     a background session the one that relays to the agent (relaytask.go);
//     started by drive in this file, one goroutine for each task.
//
// A driver does four things and nothing else to a task: it obeys ctx and gate;
// it tells what happens with the fact methods of deliver.go, which also keep
// the counts; it asks with the decision methods there; and it returns an
// outcome, which finish turns into the last calls.
type task struct {
	session *Session
	id      TaskID
	mail    mailbox
	gate    *transfer.Gate
	clock   *resourceClock

	// priority is a float32's bits. It is not under mu, because the queue of a
	// host looks at it.
	priority atomic.Uint32

	// ctx ends with the task; its cause says why.
	ctx context.Context
	end context.CancelCauseFunc

	// remote is the driver of a task of a background session, else nil.
	remote *far

	body     bodySource    // nil: none
	userinfo *url.Userinfo // taken from the URL, for its origin only
	from     *resumePoint  // what resume data said, nil for a fresh task
	fromErr  error         // why the resume data is no good

	dataHandler     DataHandler
	downloadHandler DownloadHandler
	// blocking: the handler is that of a blocking helper (blocking.go). It
	// hides nothing from the task's own delegate, and the file is the
	// caller's.
	blocking bool

	mu           sync.Mutex
	machine      machine
	kind         kind
	self         Task
	calls        *calls
	still        int // reasons to hold still
	suspensions  int // how often it was suspended
	original     *http.Request
	current      *http.Request
	response     *http.Response
	err          error
	panicked     error
	counts       Counts
	description  string
	created      time.Time
	completed    time.Time
	redirects    int
	transactions []transfer.Transaction
	live         []*transfer.Exchange // measured in transactions once they end
	limiters     func(*url.URL) []transfer.Limiter
	paused       chan pausedResult

	// Of downloads.
	expected     expected
	partialPath  string
	owner        *partial.Owner // nil for a task that is no background session's
	connections  int            // how many it may use, see Configuration.Connections
	crew         *crew          // while it runs on several connections
	begun        bool           // the body has a file
	file         *partial.File  // if it can be resumed from
	whyNot       string         // why it cannot be resumed, once begun
	continuation Continuation
	verified     []string      // what its bytes were held against
	placed       bool          // the finished file stays where it is
	keepLocked   bool          // the finished file, until the delegate has returned
	finished     *finishedFile // while the delegate has it
	mirrors      []*url.URL
	proof        Proof
	sources      []*source // its own place and the mirrors, once it has begun
}

// kind is what becomes of the body of a task's response.
type kind int

const (
	kindData kind = iota
	kindUpload
	kindDownload
)

// The causes with which the context of a task ends early.
var (
	errCancelled = errors.New("cancelled")
	errPaused    = errors.New("cancelled by producing resume data")
	errResource  = errors.New("the time for the whole resource has passed")
)

// pausedResult answers CancelByProducingResumeData.
type pausedResult struct {
	data   ResumeData
	reason string // why there is none
}

// outcome is how a load ended: err, or else the result.
type outcome struct {
	err  error
	data []byte        // for a data handler
	file *finishedFile // of a download
	// resume is the resume data of a download that failed or was cancelled,
	// reason why there is none.
	resume ResumeData
	reason string
}

func (t *task) sealed() {}

// ID identifies the task in its session.
func (t *task) ID() TaskID { return t.id }

// State is the present state.
func (t *task) State() State {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.machine.state
}

// OriginalRequest is a copy of the request that the task was made with.
func (t *task) OriginalRequest() *http.Request {
	t.mu.Lock()
	defer t.mu.Unlock()
	return bare(t.original)
}

// CurrentRequest is a copy of the request of the latest hop.
func (t *task) CurrentRequest() *http.Request {
	t.mu.Lock()
	defer t.mu.Unlock()
	return bare(t.current)
}

// Response is the head of the latest final response, or nil.
func (t *task) Response() *http.Response {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.response
}

// Err is the error that DidComplete gets.
func (t *task) Err() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.err
}

// Counts are the bytes so far.
func (t *task) Counts() Counts {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.counts
}

// Description is free text for the app's own use.
func (t *task) Description() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.description
}

// SetDescription changes it.
func (t *task) SetDescription(s string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.description = s
	if t.remote != nil {
		t.remote.change(wire.Settings{Description: &s})
	}
}

// SetDelegate gives the task a delegate of its own.
func (t *task) SetDelegate(d any) error {
	own, err := resolve(d)
	if err != nil {
		return err
	}
	above := t.session.table()
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.machine.resumed || t.machine.ended() {
		return errResumed
	}
	t.calls = own.over(above)
	return nil
}

// Resume starts the task or takes back one Suspend.
func (t *task) Resume() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.perform(t.machine.resume())
}

// Suspend holds the task still.
func (t *task) Suspend() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.perform(t.machine.suspend())
}

// Cancel ends the task.
func (t *task) Cancel() { t.cancelWith(errCancelled) }

// cancelWith ends the task for a reason. For errPaused it returns the channel
// on which the resume data will come; nil if the task has ended already.
func (t *task) cancelWith(cause error) <-chan pausedResult {
	t.mu.Lock()
	defer t.mu.Unlock()
	e := t.machine.cancel()
	if e == nothing {
		return nil
	}
	t.paused = make(chan pausedResult, 1)
	t.end(cause)
	t.perform(e)
	return t.paused
}

// perform does what the state machine says. The caller holds mu.
func (t *task) perform(e effect) {
	if t.remote != nil {
		t.remote.forward(e)
	}
	t.performHere(e)
}

// performHere is perform for what has happened in the agent already. The caller
// holds mu.
func (t *task) performHere(e effect) {
	if t.remote != nil && errors.Is(context.Cause(t.ctx), errAbandoned) {
		return // nobody waits for a driver any more
	}
	switch e {
	case start, abort:
		t.session.drivers.start(t.drive)
		if e == start {
			t.clock.run()
		}
	case hold:
		t.suspensions++
		t.holdStill()
	case release:
		t.goOn()
	case stop, nothing:
		// The load sees that its context has ended.
	}
}

// holdStill and goOn nest: a task that is suspended while an answer is awaited
// has two reasons to hold still. The caller holds mu.
func (t *task) holdStill() {
	if t.still++; t.still == 1 {
		t.gate.Shut()
		t.clock.pause()
	}
}

func (t *task) goOn() {
	if t.still--; t.still == 0 {
		t.clock.run()
		t.gate.Open()
	}
}

// drive runs the load and then the last calls. It is the task's goroutine.
func (t *task) drive() {
	if t.remote != nil {
		if out, ok := t.remote.load(); ok {
			t.finish(out)
		}
		return
	}
	l := newLoader(t)
	t.finish(l.load())
}

// settle makes success the outcome, unless the task was cancelled or the
// delegate panicked before.
func (t *task) settle() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if cause := context.Cause(t.ctx); cause != nil {
		return cause
	}
	if !t.machine.settle() {
		return errCancelled
	}
	return nil
}
