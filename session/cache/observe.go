package cache

import (
	"net/http"
	"strconv"
)

// Observe tells the cache of a final response that came from the server, other
// than a 304 that [Hit.Freshen] made use of. It does what responses that are
// not stored do to those that are:
//
//   - success of a method that changes something invalidates the URL, and those
//     of Location and Content-Location if they are of the same origin (RFC 9111
//     section 4.4);
//   - the answer to a HEAD brings what is stored for GET up to date, or removes
//     it if it has become another (section 4.3.5);
//   - so does a 304 to a condition of the caller's own, if it names what is
//     stored (section 4.3.4).
//
// It reads neither body and keeps neither req nor resp.
func (c *Cache) Observe(req *http.Request, resp *http.Response, t Times) {
	if req.URL == nil {
		return
	}
	if !safe(req.Method) {
		c.invalidate(req, resp)
		return
	}
	if outside(req, requestDirectives(req.Header)) != "" {
		return
	}
	toHead := req.Method == http.MethodHead && resp.StatusCode == http.StatusOK
	if !toHead && resp.StatusCode != http.StatusNotModified {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	name, h := c.find(keyOf(req.URL), req.Header)
	if h == nil {
		return
	}
	verdict := h.compare(resp.Header)
	if toHead && (h.status != http.StatusOK || otherLength(h, resp)) {
		verdict = another
	}
	news := h.freshened(req, resp, t.ordered())
	switch {
	case toHead && verdict == another, verdict != another && unstorable(news) != "":
		c.discard(name)
	case toHead, verdict == same:
		// A response that cannot be rewritten is removed by it.
		_ = c.replaceHead(name, news)
	}
}

// otherLength tells whether the answer to a HEAD gives another length than the
// stored one has.
func otherLength(h *head, resp *http.Response) bool {
	n, err := strconv.ParseInt(resp.Header.Get("Content-Length"), 10, 64)
	return err == nil && n != h.length
}

// invalidate removes what a successful request has made untrue.
func (c *Cache) invalidate(req *http.Request, resp *http.Response) {
	if resp.StatusCode < 200 || resp.StatusCode > 399 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.forget(keyOf(req.URL))
	for _, name := range []string{"Location", "Content-Location"} {
		text := resp.Header.Get(name)
		if text == "" {
			continue
		}
		if u, err := req.URL.Parse(text); err == nil && sameOrigin(u, req.URL) {
			c.forget(keyOf(u))
		}
	}
}
