package trace

import (
	"context"
	"io"
	"net/http"
	"strconv"

	"haul/session"
)

// Answers decide. A nil one decides as the session does without a delegate:
// default handling, follow, allow, store; there is no default for a body stream.
type Answers struct {
	SessionChallenge func(ctx context.Context, s *session.Session, t session.Task, c *session.Challenge) (session.Disposition, *session.Credential)
	Challenge        func(ctx context.Context, t session.Task, c *session.Challenge) (session.Disposition, *session.Credential)
	Redirect         func(ctx context.Context, t session.Task, resp *http.Response, next *http.Request) *http.Request
	Response         func(ctx context.Context, t session.Task, resp *http.Response) session.ResponseDisposition
	Cache            func(ctx context.Context, t session.Task, proposed *session.CachedResponse) *session.CachedResponse
	Delayed          func(ctx context.Context, t session.Task, r *http.Request) (session.DelayedDisposition, *http.Request)
	BodyStream       func(ctx context.Context, t session.Task) (io.ReadCloser, error)
}

// The parts of a recorder that make one decision each.
type (
	SessionChallenges struct{ r *Recorder } // SessionChallenges answers DidReceiveSessionChallenge.
	Challenges        struct{ r *Recorder } // Challenges answers DidReceiveChallenge.
	Redirects         struct{ r *Recorder } // Redirects answers WillPerformRedirection.
	Responses         struct{ r *Recorder } // Responses answers DidReceiveResponse.
	Caches            struct{ r *Recorder } // Caches answers WillCacheResponse.
	BodyStreams       struct{ r *Recorder } // BodyStreams answers NeedNewBodyStream.
	Delays            struct{ r *Recorder } // Delays answers WillBeginDelayedRequest.
)

// DidReceiveSessionChallenge records and answers.
func (p SessionChallenges) DidReceiveSessionChallenge(ctx context.Context, s *session.Session, t session.Task, c *session.Challenge) (d session.Disposition, cred *session.Credential) {
	e := Event{Task: TaskOf(t), Kind: SessionChallenge, Args: []string{string(c.Space.Method)}}
	p.r.decision(ctx, e, func() string {
		d = session.PerformDefaultHandling
		if f := p.r.Answers.SessionChallenge; f != nil {
			d, cred = f(ctx, s, t, c)
		}
		return disposition(d)
	})
	return d, cred
}

// DidReceiveChallenge records and answers.
func (p Challenges) DidReceiveChallenge(ctx context.Context, t session.Task, c *session.Challenge) (d session.Disposition, cred *session.Credential) {
	count := strconv.Itoa(c.PreviousFailureCount)
	e := Event{Task: TaskOf(t), Kind: TaskChallenge, Args: []string{string(c.Space.Method), count}}
	p.r.decision(ctx, e, func() string {
		d = session.PerformDefaultHandling
		if f := p.r.Answers.Challenge; f != nil {
			d, cred = f(ctx, t, c)
		}
		return disposition(d)
	})
	return d, cred
}

// WillPerformRedirection records and answers.
func (p Redirects) WillPerformRedirection(ctx context.Context, t session.Task, resp *http.Response, next *http.Request) (answer *http.Request) {
	e := Event{Task: TaskOf(t), Kind: Redirect, Args: []string{status(resp), target(resp, next)}}
	p.r.decision(ctx, e, func() string {
		answer = next
		if f := p.r.Answers.Redirect; f != nil {
			answer = f(ctx, t, resp, next)
		}
		switch answer {
		case nil:
			return "nil"
		case next:
			return "same"
		}
		return target(resp, answer)
	})
	return answer
}

// DidReceiveResponse records and answers.
func (p Responses) DidReceiveResponse(ctx context.Context, t session.Task, resp *http.Response) (d session.ResponseDisposition) {
	e := Event{Task: TaskOf(t), Kind: Response, Args: []string{status(resp)}}
	p.r.decision(ctx, e, func() string {
		d = session.Allow
		if f := p.r.Answers.Response; f != nil {
			d = f(ctx, t, resp)
		}
		switch d {
		case session.CancelResponse:
			return "cancel"
		case session.BecomeDownload:
			return "becomeDownload"
		}
		return "allow"
	})
	return d
}

// WillCacheResponse records and answers.
func (p Caches) WillCacheResponse(ctx context.Context, t session.Task, proposed *session.CachedResponse) (answer *session.CachedResponse) {
	p.r.decision(ctx, Event{Task: TaskOf(t), Kind: Cache}, func() string {
		answer = proposed
		if f := p.r.Answers.Cache; f != nil {
			answer = f(ctx, t, proposed)
		}
		if answer == nil {
			return "nil"
		}
		return "proposed"
	})
	return answer
}

// NeedNewBodyStream records and answers.
func (p BodyStreams) NeedNewBodyStream(ctx context.Context, t session.Task) (body io.ReadCloser, err error) {
	p.r.decision(ctx, Event{Task: TaskOf(t), Kind: NewStream}, func() string {
		if f := p.r.Answers.BodyStream; f != nil {
			body, err = f(ctx, t)
		}
		if body == nil {
			return "nil"
		}
		return "stream"
	})
	return body, err
}

// WillBeginDelayedRequest records and answers.
func (p Delays) WillBeginDelayedRequest(ctx context.Context, t session.Task, req *http.Request) (d session.DelayedDisposition, next *http.Request) {
	p.r.decision(ctx, Event{Task: TaskOf(t), Kind: Delayed}, func() string {
		if f := p.r.Answers.Delayed; f != nil {
			d, next = f(ctx, t, req)
		}
		switch d {
		case session.UseNewRequest:
			return "new"
		case session.CancelDelayed:
			return "cancel"
		}
		return "continue"
	})
	return d, next
}

func disposition(d session.Disposition) string {
	switch d {
	case session.UseCredential:
		return "use"
	case session.CancelChallenge:
		return "cancel"
	case session.RejectProtectionSpace:
		return "reject"
	}
	return "default"
}
