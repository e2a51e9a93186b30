package session

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"haul/session/internal/wire"
	"haul/transfer"
	"haul/transfer/partial"
)

// TaskID identifies a task in its session: 1, 2, 3, …, never used again.
type TaskID int64

// Counts are bytes of bodies. Expected ones are -1 when unknown. A download
// that was resumed counts what it began with as received.
type Counts struct {
	Received, ExpectedToReceive int64
	Sent, ExpectedToSend        int64
}

// Task is one resource request (guide step 3): a *DataTask, an *UploadTask or
// a *DownloadTask.
type Task interface {
	ID() TaskID
	State() State
	// OriginalRequest is the request that the task was made with,
	// CurrentRequest the one of the latest hop. Copies, without bodies and
	// without what the session adds (cookies, credentials, ranges).
	OriginalRequest() *http.Request
	CurrentRequest() *http.Request
	// Response is the head of the latest final response, or nil: before it
	// came, and for a resumed download that turned out to be whole already.
	// Its Body is empty.
	Response() *http.Response
	// Err is the error that DidComplete gets, nil before that.
	Err() error
	Counts() Counts
	// Metrics is what has been measured so far.
	Metrics() Metrics
	// Description is free text for the app's own use.
	Description() string
	SetDescription(string)
	// Priority is a hint, between 0 and 1: of several tasks that wait for a
	// connection to one host, the one with the highest starts first.
	Priority() float32
	SetPriority(float32)
	// SetExpectedBytes says how many bytes of bodies the app expects to be sent
	// and received, 0 for unknown. It is a hint for Progress, as long as nobody
	// else knows, and can be changed at any time.
	SetExpectedBytes(send, receive int64)
	// SetEarliestBegin keeps a task of a background session from beginning
	// before a time. It must be called before the first Resume, and is an
	// error for a task in this process.
	SetEarliestBegin(time.Time) error
	// Standing is what the agent does with a task of a background session.
	Standing() Standing
	// SetPlace, SetName and SetRateLimit change what Standing says, in the
	// agent: errors, for a task in this process. SetName gives the file another
	// name in the directory of its destination, until it is complete.
	SetPlace(place int64) error
	SetName(name string) error
	SetRateLimit(bytesPerSecond int64) error
	// Progress follows the task.
	Progress() Progress
	// SetDelegate gives the task a delegate of its own, which is asked first
	// for each method that it has; the session's delegate gets the rest, and
	// all session-level messages. d implements any of the delegate
	// interfaces; nil takes it away again. It is an error after the first
	// Resume. The task lets go of it after its last call.
	SetDelegate(d any) error

	// SetLimiters bounds the rate of the task's bodies, sent and stored,
	// besides [Configuration.Limiter]: of says which limiters the bytes to or
	// from u have to pass. It is asked for each request and each response, on
	// the task's goroutine; [transfer.Rate] is a limiter that can be changed
	// while bytes pass it. It is an error after the first Resume.
	SetLimiters(of func(u *url.URL) []transfer.Limiter) error

	// Resume starts a task, or takes back one Suspend. Surplus calls do
	// nothing.
	Resume()
	// Suspend holds the task still: no traffic, no timeout. Calls nest.
	Suspend()
	// Cancel ends the task with [Cancelled]. Returns at once; DidComplete
	// follows. What a download has on disk is removed; a partial file that
	// resume data brought along is, once the task has begun to write to it.
	Cancel()

	sealed()
}

// DataTask delivers a body in memory.
type DataTask struct{ *task }

// UploadTask sends a body, then behaves as a data task.
type UploadTask struct{ *task }

// DownloadTask stores a body in a file.
type DownloadTask struct{ *task }

var errResumed = errors.New("session: the task was resumed or has ended")

// SetPartialFile names the data file that takes the body while it is on its
// way (see package transfer/partial), so that it lies beside its destination
// and survives the process. It must be called before the first Resume and is
// an error for a task made from resume data. The file must not exist: the task
// fails with [CannotCreateFile] if it does. It takes bodies of responses with a
// status of 2xx only; others go to a temporary file.
func (t *DownloadTask) SetPartialFile(path string) error {
	if t.remote != nil {
		return t.setPartialFar(path)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.machine.resumed {
		return errResumed
	}
	if t.from != nil {
		return errors.New("session: the task has a partial file from its resume data")
	}
	if !isPartPath(path) {
		return fmt.Errorf("session: the name of a partial file ends in %s", partial.PartSuffix)
	}
	t.partialPath = path
	return nil
}

// PartialFileFree tells whether [DownloadTask.SetPartialFile] may name path, see
// [partial.Free]. For many files in a directory it is a forecast, and a task whose
// file is there after all fails with [partial.ErrAppeared] besides: what the
// second attempt is told is sure.
func (s *Session) PartialFileFree(path string) bool { return s.directories.Free(path) }

// SetOwner has the resume state name the task of a background session that the
// download is made for, so that it is found again when nothing else knows it any
// more. It is for the agent, and must be called before the first Resume.
func (t *DownloadTask) SetOwner(o partial.Owner) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.machine.resumed {
		return errResumed
	}
	t.owner = &o
	return nil
}

// ownerNow is what SetOwner was given.
func (t *task) ownerNow() *partial.Owner {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.owner
}

// AddHeader gives request fields again that resume data leaves out because
// they are secret. It must be called before the first Resume.
func (t *DownloadTask) AddHeader(h http.Header) error {
	h = h.Clone()
	if err := checkHeader(h); err != nil {
		return err
	}
	if t.remote != nil {
		if err := t.setFar(wire.Settings{Header: h}); err != nil {
			return err
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.machine.resumed {
		return errResumed
	}
	original := t.original.Clone(t.original.Context())
	for name, values := range h {
		original.Header[name] = values
	}
	t.original = original
	t.current = firstHop(original, t.current.URL, t.from == nil || t.from.fresh != nil)
	return nil
}

// SetLimiters implements [Task].
func (t *task) SetLimiters(of func(u *url.URL) []transfer.Limiter) error {
	if t.remote != nil {
		return errors.New("session: a task of a background session has no limiters of the app")
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.machine.resumed {
		return errResumed
	}
	t.limiters = of
	return nil
}

// limit are the limiters for what goes to and comes from u.
func (t *task) limit(u *url.URL) []transfer.Limiter {
	t.mu.Lock()
	of := t.limiters
	t.mu.Unlock()
	var limit []transfer.Limiter
	if all := t.session.cfg.Limiter; all != nil {
		limit = append(limit, all)
	}
	if of != nil {
		limit = append(limit, of(u)...)
	}
	return limit
}

// SetConnections is [Configuration.Connections] for this task. It must be called
// before the first Resume.
func (t *DownloadTask) SetConnections(n int) error {
	if t.remote != nil {
		return t.setFar(wire.Settings{Connections: &n})
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.machine.resumed {
		return errResumed
	}
	if n < Auto {
		return errors.New("session: that is no number of connections")
	}
	t.connections = n
	return nil
}

// CancelByProducingResumeData ends the task so that another can go on where it
// ended (guide step 10). It returns when the bytes at hand are durable and the
// task will make no more of them; DidComplete follows with [Cancelled], the
// resume data inside. If the download cannot be resumed the task is cancelled
// all the same and the error is a *[NotResumableError] that says why. When ctx
// ends first, its error is returned and the task ends as described.
func (t *DownloadTask) CancelByProducingResumeData(ctx context.Context) (ResumeData, error) {
	result := t.cancelWith(errPaused)
	if result == nil {
		return nil, &NotResumableError{Reason: ReasonEnded}
	}
	select {
	case p := <-result:
		if len(p.data) == 0 {
			return nil, &NotResumableError{Reason: p.reason}
		}
		return p.data, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// ReasonEnded is why a download whose outcome stands has no resume data: it
// needs none.
const ReasonEnded = "the task has ended"

// Resumability tells beforehand whether the task could be resumed if it were
// cancelled now, and if not, why, in words for the user.
func (t *DownloadTask) Resumability() (ok bool, reason string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.machine.ended() || t.machine.settled:
		return false, ReasonEnded
	case t.from != nil && !t.begun:
		return true, ""
	case !t.begun:
		return false, reasonNothing
	case t.whyNot != "":
		return false, t.whyNot
	case t.counts.Received == 0:
		return false, reasonNothing
	}
	return true, ""
}

// Continuation tells how a task made from resume data went on; the zero value
// before that is known.
func (t *DownloadTask) Continuation() Continuation {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.continuation
}
