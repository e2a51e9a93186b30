package cache_test

import (
	"io"
	"net/http"
	"testing"
	"time"

	"haul/session/cache"
)

// loader is the least that can be put between a cache and a server: what a
// session does around it.
type loader struct {
	cache *cache.Cache
	next  http.RoundTripper
}

func newCache(t testing.TB, opt cache.Options) *cache.Cache {
	t.Helper()
	c, err := cache.New(opt)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

type unavailableError struct{}

func (unavailableError) Error() string { return "nothing is stored and loading is forbidden" }

// load loads a request. The body of the response stores itself as it is read.
func (l *loader) load(req *http.Request, policy cache.Policy) (*http.Response, error) {
	hit := l.cache.Lookup(req, policy)
	switch hit.Verdict {
	case cache.Serve:
		return hit.Response, nil
	case cache.Unavailable:
		return nil, unavailableError{}
	}
	wire := req.Clone(req.Context())
	hit.Condition(wire.Header)
	times := cache.Times{Sent: time.Now()}
	resp, err := l.next.RoundTrip(wire)
	times.Received = time.Now()
	if err != nil || cache.FallbackStatus(resp.StatusCode) {
		if stored, ok := hit.Fallback(); ok {
			if err == nil {
				err = resp.Body.Close()
			} else {
				err = nil // what is stored stands in for it
			}
			return stored, err
		}
	}
	if err != nil {
		return nil, err
	}
	if hit.Verdict == cache.Validate && resp.StatusCode == http.StatusNotModified {
		stored, ok := hit.Freshen(resp, times)
		if err := resp.Body.Close(); err != nil {
			return nil, err
		}
		if ok {
			return stored, nil
		}
		return l.load(req, cache.ReloadIgnoringLocal)
	}
	l.cache.Observe(req, resp, times)
	if w, err := l.cache.Store(req, resp, times); err == nil {
		resp.Body = &storing{ReadCloser: resp.Body, w: w}
	}
	return resp, nil
}

// storing is a body that is stored as it is read.
type storing struct {
	io.ReadCloser
	w   *cache.Writer
	err error // of Commit
}

func (s *storing) Read(p []byte) (int, error) {
	n, err := s.ReadCloser.Read(p)
	if n > 0 {
		if _, err := s.w.Write(p[:n]); err != nil {
			return n, err
		}
	}
	if err == io.EOF { //nolint:errorlint // io.Reader returns the bare io.EOF
		s.err = s.w.Commit()
	}
	return n, err
}

func (s *storing) Close() error {
	s.w.Abort()
	return s.ReadCloser.Close()
}
