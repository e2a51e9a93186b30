package session

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"haul/session/cache"
	"haul/transfer"
)

// asking is what a loader has to do with the cache on the way to a response:
// the part of RFC 9111 that is about requests.
type asking struct {
	hit  *cache.Hit    // of the request under way, nil if the cache was not asked
	wire *http.Request // the request under way, without the cache's conditions
	anew bool          // what is stored turned out to be of no use for this hop
}

// stamp is what the cache has to know of a response from a server.
type stamp struct {
	req   *http.Request
	times cache.Times
}

// consult asks the cache about a request that is complete but for the cache's
// own conditions. It returns an exchange if nothing has to be sent. Only data
// tasks are answered by the cache: a download wants a file of its own, and an
// upload wants to be heard.
func (l *loader) consult(r *http.Request) (*exchange, error) {
	l.asking.wire, l.asking.hit = r, nil
	if o := originOf(r.URL); o.scheme != "http" && o.scheme != "https" {
		return nil, nil
	}
	policy := l.s.cfg.cachePolicy(l.req)
	if l.asking.anew {
		policy = cache.ReloadIgnoringLocal
	}
	l.t.mu.Lock()
	isData := l.t.kind == kindData
	l.t.mu.Unlock()
	if l.s.cfg.Cache == nil || !isData {
		if policy == cache.ReturnDontLoad {
			return nil, unavailable("the task cannot be answered by a cache, and the policy forbids to ask the server")
		}
		return nil, nil
	}
	hit := l.s.cfg.Cache.Lookup(r, policy)
	switch hit.Verdict {
	case cache.Serve:
		return l.served(hit.Response), nil
	case cache.Unavailable:
		return nil, unavailable("nothing is stored, and the policy forbids to ask the server")
	case cache.Load, cache.Validate:
	}
	l.asking.hit = hit
	return nil, nil
}

func unavailable(why string) *Error { return &Error{Code: ResourceUnavailable, Err: errors.New(why)} }

// conditioned is r with the conditions of the cache, as it is sent.
func (l *loader) conditioned(r *http.Request) *http.Request {
	if l.asking.hit == nil {
		return r
	}
	sent := *r
	sent.Header = r.Header.Clone()
	l.asking.hit.Condition(sent.Header)
	return &sent
}

// stamped notes on a response from a server what the cache has to know.
func (l *loader) stamped(x *exchange, sent time.Time) *exchange {
	x.stamp = &stamp{req: l.asking.wire, times: cache.Times{Sent: sent, Received: time.Now()}}
	return x
}

// served makes the exchange of a response that the cache gave.
func (l *loader) served(resp *http.Response) *exchange {
	ctx, cancel := context.WithCancel(l.ctx)
	r := l.asking.wire
	return l.answered(ctx, cancel, resp, transfer.Transaction{
		URL: redacted(r.URL), Method: r.Method, FetchType: transfer.FetchLocalCache, FetchStart: time.Now(),
	})
}

// cached sends the request unless the cache answers it, and lets the cache have
// its part in the answer.
func (l *loader) cached() (*exchange, error) {
	l.asking = asking{}
	for {
		x, err := l.trusted()
		hit := l.asking.hit
		switch {
		case err != nil:
			if hit == nil || l.ctx.Err() != nil || !standsIn(err) {
				return nil, err
			}
			if stored, ok := hit.Fallback(); ok {
				return l.served(stored), nil
			}
			return nil, err
		case x.stamp == nil:
			return x, nil // it is the cache's
		case hit != nil && cache.FallbackStatus(x.StatusCode):
			if stored, ok := hit.Fallback(); ok {
				x.drain()
				return l.served(stored), nil
			}
		case hit != nil && hit.Verdict == cache.Validate && x.StatusCode == http.StatusNotModified:
			stored, ok := hit.Freshen(x.Response, x.stamp.times)
			x.close()
			if ok {
				return l.served(stored), nil
			}
			l.asking.anew = true
			continue
		}
		if c := l.s.cfg.Cache; c != nil {
			c.Observe(x.stamp.req, x.Response, x.stamp.times)
		}
		return x, nil
	}
}

// standsIn tells whether a stored response may stand in for one that failed
// with err (RFC 5861 section 4): nobody could be reached. A server that is not
// trusted was reached, and a refusal of the session's own stays one.
func standsIn(err error) bool {
	var own *Error
	var wire *transfer.Error
	return !errors.As(err, &own) && (!errors.As(err, &wire) || wire.Phase != transfer.PhaseTLS)
}

// storing is a response on its way into the cache, while its body goes to the
// task (guide step 11). nil stands for one that is not stored.
type storing struct {
	l    *loader
	x    *exchange
	w    *cache.Writer
	body *copiedBody
}

// copiedBody is a body whose bytes go to the cache as well, as they come.
type copiedBody struct {
	io.ReadCloser
	w     *cache.Writer
	ended bool
}

func (b *copiedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if n > 0 {
		_, _ = b.w.Write(p[:n]) // it never fails
	}
	b.ended = b.ended || err == io.EOF //nolint:errorlint // io.Reader returns the bare io.EOF
	return n, err
}

// store begins to store the response of x if it came from a server and the
// cache wants it. It has to be called before the body is read.
func (l *loader) store(x *exchange) *storing {
	c := l.s.cfg.Cache
	if c == nil || x.stamp == nil {
		return nil
	}
	w, err := c.Store(x.stamp.req, x.Response, x.stamp.times)
	if err != nil {
		return nil // that a response is not for the cache is no failure
	}
	s := &storing{l: l, x: x, w: w, body: &copiedBody{ReadCloser: x.Body, w: w}}
	x.Body = s.body
	return s
}

// ask gives the delegate its say when all of the body has come. An error means
// that the task ended first.
func (s *storing) ask() error {
	if s == nil || !s.body.ended {
		return nil
	}
	s.x.close() // a delegate that thinks keeps no connection
	proposed, err := propose(s.w, head(s.x.Response, s.x.req))
	if err != nil {
		s.w.Abort() // it turned out to be too large
		return nil
	}
	answer, err := s.l.t.willCache(s.l.ctx, proposed)
	if err != nil {
		proposed.withdraw()
		return err
	}
	if answer != proposed {
		s.w.Abort()
		return nil
	}
	proposed.apply()
	return nil
}

// commit stores the response. One that cannot be stored is no failure of the
// task.
func (s *storing) commit() {
	if s != nil && s.body.ended {
		_ = s.w.Commit()
	}
}

// abort stores nothing, unless commit has.
func (s *storing) abort() {
	if s != nil {
		s.w.Abort()
	}
}
