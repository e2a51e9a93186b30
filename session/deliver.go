package session

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"runtime/debug"
	"slices"
	"time"
)

// table is the delegate of the task as it is seen by its methods, with the
// task as the delegate knows it.
func (t *task) table() (*calls, Task) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.calls, t.self
}

// tell puts a fact into the mailbox. call runs on the delegate queue.
func (t *task) tell(method string, k kindOfFact, call func()) {
	f := t.fact(method, call)
	f.kind = k
	t.mail.put(f)
}

// fact is a fact of the kind factOther.
func (t *task) fact(method string, call func()) fact {
	return fact{call: func(fact) { t.guard(method, call) }}
}

// guard runs code of the app. A panic in it fails the task, not the process.
func (t *task) guard(method string, call func()) {
	defer func() {
		if v := recover(); v != nil {
			t.panics(&PanicError{Method: method, Value: v, Stack: debug.Stack()})
		}
	}()
	call()
}

// panics fails the task, or the session if the task had its last call.
func (t *task) panics(err *PanicError) {
	t.mu.Lock()
	late := t.machine.state == Completed
	if t.panicked == nil {
		t.panicked = err
	}
	t.mu.Unlock()
	if late {
		t.session.breakDown(err)
		return
	}
	t.end(err)
}

// flush returns when the delegate has been told everything so far.
func (t *task) flush(ctx context.Context) error {
	select {
	case <-t.mail.flushed():
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// decide asks the delegate a question: after the facts that came before it, on
// a goroutine of its own, so that the task can end although the delegate never
// answers. The task holds still meanwhile. An error means that the task ended
// first.
func decide[T any](ctx context.Context, t *task, method string, question func(context.Context) T) (T, error) {
	var none T
	if err := t.flush(ctx); err != nil {
		return none, err
	}
	t.mu.Lock()
	t.holdStill()
	t.mu.Unlock()
	defer func() {
		t.mu.Lock()
		t.goOn()
		t.mu.Unlock()
	}()
	answer := make(chan T, 1)
	t.session.decisions.Add(1)
	go func() {
		defer t.session.decisions.Done()
		t.guard(method, func() { answer <- question(ctx) })
	}()
	select {
	case a := <-answer:
		return a, context.Cause(ctx)
	case <-ctx.Done():
		return none, context.Cause(ctx)
	}
}

// Facts.

// didCreate announces the task. The caller holds mu.
func (t *task) didCreate() {
	if c, self := t.calls, t.self; c.didCreateTask != nil {
		t.tell("DidCreateTask", factOther, func() { c.didCreateTask(self) })
	}
}

func (t *task) isWaiting() {
	if c, self := t.table(); c.isWaiting != nil {
		t.tell("TaskIsWaitingForConnectivity", factOther, func() { c.isWaiting(self) })
	}
}

func (t *task) upgraded(from, to *url.URL) {
	if c, self := t.table(); c.didUpgrade != nil {
		t.tell("DidUpgradeToHTTPS", factOther, func() { c.didUpgrade(self, from, to) })
	}
}

func (t *task) didReceiveInfo(code int, h http.Header) {
	c, self := t.table()
	if c.didReceiveInfo == nil {
		return
	}
	resp := &http.Response{
		Status: statusLine(code), StatusCode: code, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: h.Clone(), Body: http.NoBody, Request: t.CurrentRequest(),
	}
	t.tell("DidReceiveInformationalResponse", factOther, func() { c.didReceiveInfo(self, resp) })
}

// didSend reports n more bytes of a body handed to the transport, sent of them
// in this attempt.
func (t *task) didSend(attempt *counter, n, sent, expected int64) {
	t.mu.Lock()
	t.counts.Sent, t.counts.ExpectedToSend = sent, expected
	t.mu.Unlock()
	t.tellSent(attempt, n, sent, expected)
}

func (t *task) tellSent(attempt *counter, n, sent, expected int64) {
	if c, self := t.table(); c.didSendBodyData != nil {
		t.mail.put(fact{kind: factSent, of: attempt, n: n, call: func(f fact) {
			t.guard("DidSendBodyData", func() { c.didSendBodyData(self, f.n, sent, expected) })
		}})
	}
}

// didReceive hands bytes of a body to the delegate and waits until it has
// them: a slow delegate slows the socket.
func (t *task) didReceive(ctx context.Context, p []byte) error {
	t.mu.Lock()
	t.counts.Received += int64(len(p))
	t.mu.Unlock()
	c, self := t.table()
	if c.didReceiveData == nil || t.handled() {
		return nil
	}
	p = slices.Clone(p)
	t.tell("DidReceiveData", factOther, func() { c.didReceiveData(self, p) })
	return t.flush(ctx)
}

// didWrite reports n more bytes in the file.
func (t *task) didWrite(n int64) {
	// Several connections write: the order in which they count is the one in
	// which it is told.
	t.mu.Lock()
	defer t.mu.Unlock()
	t.counts.Received += n
	t.tellWrote(n, t.counts.Received, t.counts.ExpectedToReceive)
}

// tellWrote tells of n bytes that are counted already. The caller holds mu.
func (t *task) tellWrote(n, written, expected int64) {
	if t.calls.didWriteData != nil {
		t.mail.put(fact{kind: factWrote, n: n, task: t, written: written, expected: expected, call: wroteData})
	}
}

// wroteData is the call of a factWrote. It asks for the delegate only now, which
// may be another one since.
func wroteData(f fact) {
	c, self := f.task.table()
	if c.didWriteData == nil {
		return
	}
	d, _ := self.(*DownloadTask)
	f.task.guard("DidWriteData", func() { c.didWriteData(d, f.n, f.written, f.expected) })
}

// didResume reports where a resumed download goes on (guide step 6). It sets
// the counts accordingly.
func (t *task) didResume(cont Continuation, expected int64) {
	t.mu.Lock()
	t.continuation = cont
	t.counts.Received, t.counts.ExpectedToReceive = cont.Offset, expected
	t.mu.Unlock()
	t.tellResumed(cont.Offset, expected)
}

func (t *task) tellResumed(offset, expected int64) {
	c, self := t.table()
	d, _ := self.(*DownloadTask)
	if c.didResumeAtOffset != nil {
		t.tell("DidResumeAtOffset", factOther, func() { c.didResumeAtOffset(d, offset, expected) })
	}
}

// becomeDownload makes a data task a download task with the same identifier,
// and tells so (guide step 7).
func (t *task) becomeDownload() {
	d := &DownloadTask{t}
	t.mu.Lock()
	data, _ := t.self.(*DataTask)
	t.self, t.kind = d, kindDownload
	c := t.calls
	t.mu.Unlock()
	if c.didBecomeDownload != nil {
		t.tell("DidBecomeDownload", factOther, func() { c.didBecomeDownload(data, d) })
	}
}

// Decisions. Each returns the default if the delegate has no such method.

// willRedirect asks about a redirect (guide step 5).
func (t *task) willRedirect(ctx context.Context, resp *http.Response, next *http.Request) (*http.Request, error) {
	c, self := t.table()
	if c.willRedirect == nil {
		return next, nil
	}
	return decide(ctx, t, "WillPerformRedirection", func(ctx context.Context) *http.Request {
		return c.willRedirect(ctx, self, resp, next)
	})
}

// disposition asks what to do with a response (guide step 7).
func (t *task) disposition(ctx context.Context, resp *http.Response) (ResponseDisposition, error) {
	c, self := t.table()
	if c.didReceiveResponse == nil || t.handled() {
		return Allow, nil
	}
	return decide(ctx, t, "DidReceiveResponse", func(ctx context.Context) ResponseDisposition {
		return c.didReceiveResponse(ctx, self, resp)
	})
}

// willCache asks what to store of a response (guide step 11).
func (t *task) willCache(ctx context.Context, proposed *CachedResponse) (*CachedResponse, error) {
	c, self := t.table()
	if c.willCache == nil {
		return proposed, nil
	}
	return decide(ctx, t, "WillCacheResponse", func(ctx context.Context) *CachedResponse {
		return c.willCache(ctx, self, proposed)
	})
}

type challengeAnswer struct {
	disposition Disposition
	credential  *Credential
}

// answerChallenge asks the method that challenges of this kind belong to
// (guide step 4): session-level ones go to the session's method if there is
// one, all others to the task's only.
func (t *task) answerChallenge(ctx context.Context, ch *Challenge) (challengeAnswer, error) {
	c, self := t.table()
	switch {
	case ch.Space.Method.SessionLevel() && c.sessionChallenge != nil:
		return decide(ctx, t, "DidReceiveSessionChallenge", func(ctx context.Context) challengeAnswer {
			d, cred := c.sessionChallenge(ctx, t.session, self, ch)
			return challengeAnswer{d, cred}
		})
	case c.challenge != nil:
		return decide(ctx, t, "DidReceiveChallenge", func(ctx context.Context) challengeAnswer {
			d, cred := c.challenge(ctx, self, ch)
			return challengeAnswer{d, cred}
		})
	}
	return challengeAnswer{disposition: PerformDefaultHandling}, nil
}

// answersSession tells whether anybody is there to be asked about a connection.
func (t *task) answersSession() bool {
	c, _ := t.table()
	return c.sessionChallenge != nil || c.challenge != nil
}

// needNewBodyStream asks for a body (guide steps 4 and 8).
func (t *task) needNewBodyStream(ctx context.Context) (io.ReadCloser, error) {
	type stream struct {
		body io.ReadCloser
		err  error
	}
	exhausted := func(err error) error { return &Error{Code: RequestBodyStreamExhausted, Err: err} }
	c, self := t.table()
	if c.needNewBodyStream == nil {
		return nil, exhausted(errors.New("the body has to be sent anew and nobody can open it again"))
	}
	s, err := decide(ctx, t, "NeedNewBodyStream", func(ctx context.Context) stream {
		body, err := c.needNewBodyStream(ctx, self)
		return stream{body, err}
	})
	switch {
	case err != nil:
		if s.body != nil {
			err = errors.Join(err, s.body.Close())
		}
		return nil, err
	case s.err != nil:
		return nil, exhausted(s.err)
	case s.body == nil:
		return nil, exhausted(errors.New("the delegate gave no body"))
	}
	return s.body, nil
}

// finish makes the last calls of the task from the outcome of its load (guide
// steps 12 and 13).
func (t *task) finish(out outcome) {
	t.clock.stop()
	t.mu.Lock()
	t.machine.settled = true
	t.completed = time.Now()
	c, self := t.calls, t.self
	if t.paused != nil {
		t.paused <- pausedResult{data: out.resume, reason: out.reason}
	}
	t.mu.Unlock()
	failed := t.failure(out)

	t.end(context.Canceled)

	var last [3]fact
	facts := last[:0]
	if out.file != nil && t.downloadHandler == nil {
		facts = append(facts, t.finishedDownloading(out.file))
	}
	if c.didCollectMetrics != nil {
		facts = append(facts, t.fact("DidFinishCollectingMetrics", func() { c.didCollectMetrics(self, t.Metrics()) }))
	}
	t.mail.last(append(facts, fact{call: func(fact) {
		defer t.session.forget(t)
		defer t.letGo()
		t.guard("DidComplete", func() { t.lastCall(c, self, out, failed) })
	}})...)
}

// lastCall completes the task and tells so.
func (t *task) lastCall(c *calls, self Task, out outcome, failed *Error) {
	resp, err := t.complete(failed)
	_, isDownload := self.(*DownloadTask)
	switch {
	case isDownload && t.downloadHandler != nil:
		path := ""
		if out.file != nil {
			path = out.file.path
			if t.handled() {
				defer out.file.remove()
			}
		}
		defer t.downloadHandler(path, resp, err)
	case t.dataHandler != nil:
		data := out.data
		if err != nil {
			data = nil
		}
		defer t.dataHandler(data, resp, err)
	}
	if c.didComplete != nil && !t.handled() {
		c.didComplete(self, err)
	}
}

// handled tells whether a completion handler stands for the results of the
// task: the response, the body and its end are not told to a delegate.
func (t *task) handled() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return !t.blocking && (t.dataHandler != nil || t.downloadHandler != nil)
}

// letGo drops what belongs to the app, because the app may keep the task.
func (t *task) letGo() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.calls, t.dataHandler, t.downloadHandler, t.file = t.session.silent, nil, nil, nil
}

// complete is the last change of the task. It returns what the last call is
// given.
func (t *task) complete(failed *Error) (*http.Response, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if failed == nil && t.panicked != nil {
		failed = &Error{Code: Unknown, Err: t.panicked}
	}
	if failed != nil {
		if failed.URL == "" {
			failed.URL = redacted(t.current.URL)
		}
		t.err = failed
	}
	t.machine.complete()
	return t.response, t.err
}
