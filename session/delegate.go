package session

import (
	"context"
	"io"
	"net/http"
	"net/url"
)

// Delegate is what the delegate of a session has to implement. All other delegate
// interfaces are optional, one method each; New finds them once. Method
// arguments are the callee's for the time of the call only, unless said
// otherwise.
type Delegate interface {
	// DidBecomeInvalid is the last call of a session (guide step 15). err
	// is nil unless the session broke down by itself.
	DidBecomeInvalid(s *Session, err error)
}

// Facts. They run on the delegate queue.
type (
	// CreationDelegate is told of each task before anything else.
	CreationDelegate interface{ DidCreateTask(t Task) }
	// WaitingDelegate is told, once at most, that a task waits for a
	// connection to become possible, see Configuration.WaitsForConnectivity.
	WaitingDelegate interface{ TaskIsWaitingForConnectivity(t Task) }
	// UpgradeDelegate is told that a request, a redirect's too, goes to the https
	// URL to and not to the http URL from: the host has said that it is reached
	// so only, see Configuration.StrictTransport.
	UpgradeDelegate interface {
		DidUpgradeToHTTPS(t Task, from, to *url.URL)
	}
	// InformationalDelegate is told 1xx responses but 101.
	InformationalDelegate interface {
		DidReceiveInformationalResponse(t Task, resp *http.Response)
	}
	// SendDelegate is told body bytes handed to the transport: n since the
	// last call, sent in this attempt, expected in all or -1 (step 9).
	// After a failed authentication, a redirect, or a connection that ended
	// before an answer, sent begins at 0 again.
	SendDelegate interface {
		DidSendBodyData(t Task, n, sent, expected int64)
	}
	// DataDelegate is given the body of a data task in order (step 10). p
	// is the delegate's to keep.
	DataDelegate interface{ DidReceiveData(t Task, p []byte) }
	// ProgressDelegate is told bytes written to the file: n since the last
	// call, written in all (the resumed part included), expected in all or
	// -1 (step 10).
	ProgressDelegate interface {
		DidWriteData(t *DownloadTask, n, written, expected int64)
	}
	// ResumeDelegate is told where a resumed download goes on: at most once
	// and before the first DidWriteData; offset 0 means from the beginning
	// (step 6).
	ResumeDelegate interface {
		DidResumeAtOffset(t *DownloadTask, offset, expected int64)
	}
	// BecomeDownloadDelegate is the last call for a data task that became
	// a download (step 7).
	BecomeDownloadDelegate interface {
		DidBecomeDownload(t *DataTask, d *DownloadTask)
	}
	// DownloadDelegate is given the complete file, also for a status of 404
	// (step 12). It is removed when the call returns, unless moved, or Publish failed.
	DownloadDelegate interface {
		DidFinishDownloading(t *DownloadTask, path string)
	}
	// MetricsDelegate is given the measurements once, before DidComplete.
	MetricsDelegate interface {
		DidFinishCollectingMetrics(t Task, m Metrics)
	}
	// CompletionDelegate gets the last call of each task (step 13): nil, or
	// an *Error.
	CompletionDelegate interface{ DidComplete(t Task, err error) }
	// BackgroundDelegate is told, once at most for each session made, that
	// what happened before the session was made has been told: every task that
	// ran or had ended then has had its last call. It is not called where there
	// was none.
	BackgroundDelegate interface {
		DidFinishEventsForBackgroundSession(s *Session)
	}
	// StandingDelegate is told that the state of a task of a background
	// session, its description, its priority or its [Standing] has changed,
	// whoever has changed it. Changes in a row are told once.
	StandingDelegate interface{ DidChangeStanding(t Task) }
	// RateLimitDelegate is told that [Session.RateLimits] has changed.
	RateLimitDelegate interface{ DidChangeRateLimits(s *Session) }
)

// Decisions. Each runs on a goroutine of its own while its task waits; ctx ends
// with the task, and an answer after that is ignored.
type (
	// SessionChallengeDelegate answers session-level challenges (step 4).
	SessionChallengeDelegate interface {
		DidReceiveSessionChallenge(ctx context.Context, s *Session, t Task, c *Challenge) (Disposition, *Credential)
	}
	// ChallengeDelegate answers all other challenges, and session-level ones
	// if there is no SessionChallengeDelegate (step 4).
	ChallengeDelegate interface {
		DidReceiveChallenge(ctx context.Context, t Task, c *Challenge) (Disposition, *Credential)
	}
	// RedirectDelegate returns next to follow, another request to go there
	// instead, or nil to take the redirect's own body as the result (step 5).
	RedirectDelegate interface {
		WillPerformRedirection(ctx context.Context, t Task, resp *http.Response, next *http.Request) *http.Request
	}
	// ResponseDelegate decides on a data task's response (step 7).
	ResponseDelegate interface {
		DidReceiveResponse(ctx context.Context, t Task, resp *http.Response) ResponseDisposition
	}
	// CacheDelegate decides what the cache keeps of the response of a data
	// or upload task, when all of its body has come and before the task ends
	// (step 11): proposed, changed or not, or nil to store nothing. It is
	// asked only about what the cache would store: the response came from a
	// server, and headers, policy and budget allow it.
	CacheDelegate interface {
		WillCacheResponse(ctx context.Context, t Task, proposed *CachedResponse) *CachedResponse
	}
	// BodyStreamDelegate opens the body of a streamed upload, anew for each
	// attempt (steps 4 and 8). The session closes it.
	BodyStreamDelegate interface {
		NeedNewBodyStream(ctx context.Context, t Task) (io.ReadCloser, error)
	}
	// DelayedDelegate decides on a task of a background session whose
	// earliest begin has come ([Task.SetEarliestBegin]). With
	// UseNewRequest the task loads the request returned, whose body is the
	// task's own. Without this method, or with nobody there, it begins.
	DelayedDelegate interface {
		WillBeginDelayedRequest(ctx context.Context, t Task, r *http.Request) (DelayedDisposition, *http.Request)
	}
)

// DelayedDisposition is the answer to WillBeginDelayedRequest.
type DelayedDisposition int

// The dispositions.
const (
	ContinueLoading DelayedDisposition = iota
	UseNewRequest
	CancelDelayed // the task fails with Cancelled
)

// ResponseDisposition is the answer to DidReceiveResponse.
type ResponseDisposition int

// The dispositions.
const (
	Allow ResponseDisposition = iota
	CancelResponse
	BecomeDownload
)
