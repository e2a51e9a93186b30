package session

import (
	"errors"
	"net/http"
)

// ErrInvalidated is returned for a task asked of a session that was
// invalidated.
var ErrInvalidated = errors.New("session was invalidated")

// Session makes tasks and runs them (guide step 2). Safe for use by several
// goroutines.
type Session struct{}

// New makes a session. d may be nil: then tasks are made with completion
// handlers (guide, system-provided delegates). A delegate that has a method of
// one of the delegate interfaces' names with another signature is an error,
// because it would never be called.
func New(cfg Configuration, d Delegate) (*Session, error) { panic("contract") }

// Configuration returns a copy of the configuration.
func (s *Session) Configuration() Configuration { panic("contract") }

// DataHandler receives the result of a data or upload task. On failure data is
// nil; resp is not nil if a head had arrived.
type DataHandler func(data []byte, resp *http.Response, err error)

// DownloadHandler receives the result of a download task. The file at path is
// removed when the handler returns, unless it was moved.
type DownloadHandler func(path string, resp *http.Response, err error)

// DataTask makes a task that delivers the body to the delegate, or to h. The
// request is copied. A bad URL shows when the task runs, as its error.
func (s *Session) DataTask(r *http.Request, h DataHandler) (*DataTask, error) { panic("contract") }

// DownloadTask makes a task that stores the body in a file.
func (s *Session) DownloadTask(r *http.Request, h DownloadHandler) (*DownloadTask, error) {
	panic("contract")
}

// DownloadTaskWithResumeData makes a task that goes on where the one that
// produced d ended (guide step 10). Damaged data gives a task that fails.
func (s *Session) DownloadTaskWithResumeData(d ResumeData, h DownloadHandler) (*DownloadTask, error) {
	panic("contract")
}

// UploadTaskFromData makes a task that sends body.
func (s *Session) UploadTaskFromData(r *http.Request, body []byte, h DataHandler) (*UploadTask, error) {
	panic("contract")
}

// UploadTaskFromFile makes a task that sends the file at path as it is when
// the task runs.
func (s *Session) UploadTaskFromFile(r *http.Request, path string, h DataHandler) (*UploadTask, error) {
	panic("contract")
}

// UploadTaskWithStreamedRequest makes a task that asks the delegate for its
// body ([BodyStreamDelegate]), again after each failed authentication.
func (s *Session) UploadTaskWithStreamedRequest(r *http.Request, h DataHandler) (*UploadTask, error) {
	panic("contract")
}

// Tasks lists the tasks that were resumed at least once and have not ended.
func (s *Session) Tasks() []Task { panic("contract") }

// FinishTasksAndInvalidate lets running tasks end and takes no new ones; then
// the delegate gets DidBecomeInvalid and is let go. Returns at once. A task
// that was never resumed is cancelled.
func (s *Session) FinishTasksAndInvalidate() { panic("contract") }

// InvalidateAndCancel cancels all tasks; when each has had its last call the
// delegate gets DidBecomeInvalid. Returns at once.
func (s *Session) InvalidateAndCancel() { panic("contract") }

// Wait returns when the session has become invalid and everything it owned
// (goroutines, connections, files) is gone. It must not be called from a
// delegate call.
func (s *Session) Wait() { panic("contract") }
