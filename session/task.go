package session

import (
	"context"
	"net/http"
)

// TaskID identifies a task in its session: 1, 2, 3, …, never used again.
type TaskID int64

// State is the state of a task.
type State int

// The states. Suspended and Running change into each other; nothing leaves
// Completed.
const (
	Suspended State = iota
	Running
	Canceling
	Completed
)

// Counts are bytes of bodies. Expected ones are -1 when unknown.
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
	// CurrentRequest the one of the latest hop. Copies, without bodies.
	OriginalRequest() *http.Request
	CurrentRequest() *http.Request
	// Response is the head of the latest final response, or nil. Its Body
	// is empty.
	Response() *http.Response
	// Err is the error that DidComplete gets, nil before that.
	Err() error
	Counts() Counts
	// Metrics is what has been measured so far.
	Metrics() Metrics
	// Description is free text for the app's own use.
	Description() string
	SetDescription(string)

	// Resume starts a task, or takes back one Suspend. Surplus calls do
	// nothing.
	Resume()
	// Suspend holds the task still: no traffic, no timeout. Calls nest.
	Suspend()
	// Cancel ends the task with [Cancelled]. Returns at once; DidComplete
	// follows.
	Cancel()

	sealed()
}

// DataTask delivers a body in memory.
type DataTask struct{ Task }

// UploadTask sends a body, then behaves as a data task.
type UploadTask struct{ Task }

// DownloadTask stores a body in a file.
type DownloadTask struct{ Task }

// SetPartialFile names the data file that takes the body while it is on its
// way (see package transfer/partial), so that it lies beside its destination
// and survives the process. It must be called before the first Resume and is
// an error for a task made from resume data. The file must not exist.
func (t *DownloadTask) SetPartialFile(path string) error { panic("contract") }

// AddHeader gives request fields again that resume data leaves out because
// they are secret. It must be called before the first Resume.
func (t *DownloadTask) AddHeader(h http.Header) error { panic("contract") }

// CancelByProducingResumeData ends the task so that another can go on where it
// ended (guide step 10). It returns when the bytes at hand are durable and the
// task will make no more of them; DidComplete follows with [Cancelled], the
// resume data inside. If the download cannot be resumed the task is cancelled
// all the same and the error is a *[NotResumableError] that says why.
func (t *DownloadTask) CancelByProducingResumeData(ctx context.Context) (ResumeData, error) {
	panic("contract")
}

// Resumability tells beforehand whether the task could be resumed if it were
// cancelled now, and if not, why, in words for the user.
func (t *DownloadTask) Resumability() (ok bool, reason string) { panic("contract") }

// Continuation tells how a task made from resume data went on; the zero value
// before that is known.
func (t *DownloadTask) Continuation() Continuation { panic("contract") }
