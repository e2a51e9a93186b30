package cache_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"testing"

	"haul/session"
	"haul/session/cache"
	"haul/session/cache/cachetest"
)

// aSession loads requests with data tasks of a session that has the cache. The
// origin answers in place of the network.
func aSession(t *testing.T, c *cache.Cache, origin *cachetest.Origin) func(*http.Request, cache.Policy) (*http.Response, error) {
	t.Helper()
	cfg := session.DefaultConfiguration()
	cfg.Cache, cfg.Protocols = c, []session.Protocol{network{origin}}
	s, err := session.New(cfg, stayer{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.InvalidateAndCancel()
		s.Wait()
	})
	return func(req *http.Request, policy cache.Policy) (*http.Response, error) {
		body, head, err := s.Data(req.Context(), session.WithCachePolicy(req, policy), nil)
		if err != nil {
			return nil, err
		}
		resp := *head
		resp.Body = io.NopCloser(bytes.NewReader(body))
		return &resp, nil
	}
}

// network is the origin as a protocol.
type network struct{ origin http.RoundTripper }

func (network) CanHandle(*http.Request) bool { return true }

func (n network) Load(ctx context.Context, r *http.Request) (*http.Response, error) {
	return n.origin.RoundTrip(r.WithContext(ctx))
}

// stayer follows no redirect.
type stayer struct{}

func (stayer) DidBecomeInvalid(*session.Session, error) {}

func (stayer) WillPerformRedirection(context.Context, session.Task, *http.Response, *http.Request) *http.Request {
	return nil
}
