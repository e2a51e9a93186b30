package session

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"

	"haul/transfer"
)

// Protocol loads requests in place of the network, for instance those of a
// scheme of the app's own. [Configuration.Protocols] are asked in order before
// the built-in ones; the first one that can handle a request gets it. What the
// response says is treated like a server's: redirects are followed, challenges
// answered, and what is loaded for http and https is cached. A redirect to a
// scheme other than these comes from a delegate only, never from a response.
type Protocol interface {
	// CanHandle tells whether Load can load r. It is asked for each hop.
	CanHandle(r *http.Request) bool
	// Load returns the response to r, as an http.RoundTripper does: with a
	// Body that is not nil unless it is empty, and a ContentLength of -1 if
	// the length is not known. It runs on the goroutine of the task, may
	// answer at once, and has to return when ctx ends, as does Read of the
	// body. It must close r.Body. No idle timeout runs. An *[Error] is the
	// error of the task as it is.
	Load(ctx context.Context, r *http.Request) (*http.Response, error)
}

// protocolFor is the protocol that handles r, nil for the built-in ones.
func (l *loader) protocolFor(r *http.Request) Protocol {
	if r.URL == nil {
		return nil
	}
	for _, p := range l.s.cfg.Protocols {
		can := false
		l.t.guard("CanHandle", func() { can = p.CanHandle(bare(r)) })
		if can {
			return p
		}
	}
	return nil
}

// check tells why r cannot be loaded. Protocols of the app take any URL.
func (l *loader) check(r *http.Request) error {
	if l.protocolFor(r) != nil {
		return nil
	}
	if err := checkURL(r.URL); err != nil {
		return err
	}
	return nil
}

// loadBy is sendOnce by a protocol of the app.
func (l *loader) loadBy(p Protocol, r *http.Request, body *sentBody, report func(int64)) (*exchange, error) {
	ctx, cancel := context.WithCancel(l.ctx)
	if body != nil && r.Body != http.NoBody {
		r.Body = &reportedBody{sentBody: body, report: report}
	}
	began := transfer.Transaction{URL: redacted(r.URL), Method: r.Method, FetchStart: time.Now()}
	var resp *http.Response
	var err error
	l.t.guard("Load", func() { resp, err = p.Load(ctx, r.Clone(ctx)) })
	if cause := context.Cause(l.ctx); cause != nil {
		err = cause // of a panic too
	} else if err == nil && resp == nil {
		err = &Error{Code: BadServerResponse, Err: errors.New("the protocol gave no response")}
	}
	if err != nil {
		cancel()
		if body != nil {
			body.finish()
		}
		if resp != nil && resp.Body != nil {
			_ = resp.Body.Close() // why the task fails comes first
		}
		l.t.measureFailure(began)
		return nil, err
	}
	x := l.answered(ctx, cancel, resp, began)
	x.sent = body
	return l.stamped(x, began.FetchStart), nil
}

// answered makes the exchange of a response that did not come over the wire. It
// ends with ctx; tr is measured to its end.
func (l *loader) answered(ctx context.Context, cancel context.CancelFunc, resp *http.Response, tr transfer.Transaction) *exchange {
	answer := *resp
	if answer.Header == nil {
		answer.Header = make(http.Header)
	}
	counted := &heldBody{body: answer.Body, gate: l.t.gate, ctx: ctx}
	if counted.body == nil {
		counted.body = http.NoBody
	}
	answer.Body = counted
	tr.Status, tr.Protocol, tr.ResponseStart = answer.StatusCode, answer.Proto, time.Now()
	stop := context.AfterFunc(ctx, counted.end)
	return &exchange{Response: &answer, req: l.req, cancel: cancel, ended: func() {
		stop()
		tr.ResponseDone, tr.BodyReceived = time.Now(), counted.received()
		l.t.measureFailure(tr)
	}}
}

// reportedBody is a body that a protocol of the app reads.
type reportedBody struct {
	*sentBody
	report func(int64)
}

func (b *reportedBody) Read(p []byte) (int, error) {
	n, err := b.sentBody.Read(p)
	if n > 0 {
		b.report(int64(n))
	}
	return n, err
}

// heldBody is the body of a response that did not come over the wire: it waits
// while the task is suspended, and ends with it.
type heldBody struct {
	body io.ReadCloser
	gate *transfer.Gate
	ctx  context.Context
	once sync.Once
	err  error // of Close

	mu sync.Mutex
	n  int64
}

func (b *heldBody) Read(p []byte) (int, error) {
	if err := b.gate.Wait(b.ctx); err != nil {
		return 0, err
	}
	n, err := b.body.Read(p)
	b.mu.Lock()
	b.n += int64(n)
	b.mu.Unlock()
	return n, err
}

func (b *heldBody) received() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.n
}

func (b *heldBody) Close() error {
	b.once.Do(func() { b.err = b.body.Close() })
	return b.err
}

// end closes the body with its task, so that a Read that waits returns.
func (b *heldBody) end() {
	_ = b.Close() // the task has ended for another reason
}
