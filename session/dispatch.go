package session

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"reflect"
)

// calls is a delegate as a table: one func per method, nil for a method that it
// does not have, which stands for the default that delegate.go names. It is
// resolved once, so that a call costs no type assertion.
type calls struct {
	didBecomeInvalid func(*Session, error)

	didCreateTask      func(Task)
	isWaiting          func(Task)
	didUpgrade         func(t Task, from, to *url.URL)
	didReceiveInfo     func(Task, *http.Response)
	didSendBodyData    func(t Task, n, sent, expected int64)
	didReceiveData     func(Task, []byte)
	didWriteData       func(t *DownloadTask, n, written, expected int64)
	didResumeAtOffset  func(t *DownloadTask, offset, expected int64)
	didBecomeDownload  func(*DataTask, *DownloadTask)
	didFinishDownload  func(*DownloadTask, string)
	didCollectMetrics  func(Task, Metrics)
	didComplete        func(Task, error)
	didFinishEvents    func(*Session)
	didChangeTask      func(Task)
	didChangeLimits    func(*Session)
	sessionChallenge   func(context.Context, *Session, Task, *Challenge) (Disposition, *Credential)
	challenge          func(context.Context, Task, *Challenge) (Disposition, *Credential)
	willRedirect       func(context.Context, Task, *http.Response, *http.Request) *http.Request
	didReceiveResponse func(context.Context, Task, *http.Response) ResponseDisposition
	willCache          func(context.Context, Task, *CachedResponse) *CachedResponse
	needNewBodyStream  func(context.Context, Task) (io.ReadCloser, error)
	willBeginDelayed   func(context.Context, Task, *http.Request) (DelayedDisposition, *http.Request)
}

// resolve makes the table of d, which may be nil. It fails if d has a method
// with the name of a delegate method and another signature: it would never be
// called.
func resolve(d any) (*calls, error) {
	c := new(calls)
	if d == nil {
		return c, nil
	}
	r := resolver{delegate: d}
	bind(&r, func(i Delegate) { c.didBecomeInvalid = i.DidBecomeInvalid })
	bind(&r, func(i CreationDelegate) { c.didCreateTask = i.DidCreateTask })
	bind(&r, func(i WaitingDelegate) { c.isWaiting = i.TaskIsWaitingForConnectivity })
	bind(&r, func(i UpgradeDelegate) { c.didUpgrade = i.DidUpgradeToHTTPS })
	bind(&r, func(i InformationalDelegate) { c.didReceiveInfo = i.DidReceiveInformationalResponse })
	bind(&r, func(i SendDelegate) { c.didSendBodyData = i.DidSendBodyData })
	bind(&r, func(i DataDelegate) { c.didReceiveData = i.DidReceiveData })
	bind(&r, func(i ProgressDelegate) { c.didWriteData = i.DidWriteData })
	bind(&r, func(i ResumeDelegate) { c.didResumeAtOffset = i.DidResumeAtOffset })
	bind(&r, func(i BecomeDownloadDelegate) { c.didBecomeDownload = i.DidBecomeDownload })
	bind(&r, func(i DownloadDelegate) { c.didFinishDownload = i.DidFinishDownloading })
	bind(&r, func(i MetricsDelegate) { c.didCollectMetrics = i.DidFinishCollectingMetrics })
	bind(&r, func(i CompletionDelegate) { c.didComplete = i.DidComplete })
	bind(&r, func(i BackgroundDelegate) { c.didFinishEvents = i.DidFinishEventsForBackgroundSession })
	bind(&r, func(i StandingDelegate) { c.didChangeTask = i.DidChangeStanding })
	bind(&r, func(i RateLimitDelegate) { c.didChangeLimits = i.DidChangeRateLimits })
	bind(&r, func(i SessionChallengeDelegate) { c.sessionChallenge = i.DidReceiveSessionChallenge })
	bind(&r, func(i ChallengeDelegate) { c.challenge = i.DidReceiveChallenge })
	bind(&r, func(i RedirectDelegate) { c.willRedirect = i.WillPerformRedirection })
	bind(&r, func(i ResponseDelegate) { c.didReceiveResponse = i.DidReceiveResponse })
	bind(&r, func(i CacheDelegate) { c.willCache = i.WillCacheResponse })
	bind(&r, func(i BodyStreamDelegate) { c.needNewBodyStream = i.NeedNewBodyStream })
	bind(&r, func(i DelayedDelegate) { c.willBeginDelayed = i.WillBeginDelayedRequest })
	return c, r.err
}

type resolver struct {
	delegate any
	err      error // the first wrong signature
}

// bind hands the delegate to use if it implements I, an interface of one
// method.
func bind[I any](r *resolver, use func(I)) {
	if i, ok := r.delegate.(I); ok {
		use(i)
		return
	}
	want := reflect.TypeFor[I]().Method(0)
	got := reflect.ValueOf(r.delegate).MethodByName(want.Name)
	if got.IsValid() && r.err == nil {
		r.err = fmt.Errorf("delegate %T: method %s is %v, has to be %v", r.delegate, want.Name, got.Type(), want.Type)
	}
}

// over returns a table that asks c first and s for what c lacks, method by
// method: c is a task's own delegate, s the session's. Session-level messages
// stay with the session's delegate.
func (c *calls) over(s *calls) *calls {
	m := *s
	pick(&m.didCreateTask, c.didCreateTask)
	pick(&m.isWaiting, c.isWaiting)
	pick(&m.didUpgrade, c.didUpgrade)
	pick(&m.didReceiveInfo, c.didReceiveInfo)
	pick(&m.didSendBodyData, c.didSendBodyData)
	pick(&m.didReceiveData, c.didReceiveData)
	pick(&m.didWriteData, c.didWriteData)
	pick(&m.didResumeAtOffset, c.didResumeAtOffset)
	pick(&m.didBecomeDownload, c.didBecomeDownload)
	pick(&m.didFinishDownload, c.didFinishDownload)
	pick(&m.didCollectMetrics, c.didCollectMetrics)
	pick(&m.didComplete, c.didComplete)
	pick(&m.didChangeTask, c.didChangeTask)
	pick(&m.challenge, c.challenge)
	pick(&m.willRedirect, c.willRedirect)
	pick(&m.didReceiveResponse, c.didReceiveResponse)
	pick(&m.willCache, c.willCache)
	pick(&m.needNewBodyStream, c.needNewBodyStream)
	pick(&m.willBeginDelayed, c.willBeginDelayed)
	return &m
}

// withoutResults returns the table without the methods that a completion
// handler replaces.
func (c *calls) withoutResults() *calls {
	m := *c
	m.didReceiveResponse, m.didReceiveData, m.didFinishDownload, m.didComplete = nil, nil, nil, nil
	return &m
}

// pick overwrites *f with own unless own is nil. F is a func type.
func pick[F any](f *F, own F) {
	if !reflect.ValueOf(own).IsNil() {
		*f = own
	}
}
