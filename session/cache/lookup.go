package cache

import (
	"net/http"
	"slices"
	"time"
)

// Policy is how far a request lets the cache answer.
type Policy int

// The policies, with the names of the URL Loading System in brackets.
const (
	// UseProtocol does what HTTP says [useProtocolCachePolicy].
	UseProtocol Policy = iota
	// ReloadIgnoringLocal always asks the server; the answer is stored
	// [reloadIgnoringLocalCacheData].
	ReloadIgnoringLocal
	// ReturnElseLoad takes what is stored, however old, and asks the server
	// if nothing is [returnCacheDataElseLoad].
	ReturnElseLoad
	// ReturnDontLoad takes what is stored, however old, and never asks the
	// server [returnCacheDataDontLoad].
	ReturnDontLoad
	// Revalidate asks the server whether what is stored is still good, also
	// if it is fresh, unless the server called it immutable
	// [reloadRevalidatingCacheData].
	Revalidate
)

// Verdict says what to do about a request.
type Verdict int

// The verdicts.
const (
	// Load: send the request; [Hit.Condition] may still have a word.
	Load Verdict = iota
	// Validate: call [Hit.Condition], send the request, and if the answer is
	// 304, call [Hit.Freshen].
	Validate
	// Serve: [Hit.Response] is the response. Nothing is sent.
	Serve
	// Unavailable: nothing is stored and the policy forbids to ask the server.
	Unavailable
)

// Hit is what a cache knows about a request. It is for the goroutine that
// loads the request.
type Hit struct {
	Verdict Verdict
	// Response is the response if the verdict is Serve, else nil. Its Body is
	// the caller's to close. It has an Age, unless it is a 504 made because
	// the request says only-if-cached and nothing is stored.
	Response *http.Response

	cache  *Cache
	req    *http.Request
	policy Policy
	name   string
	head   *head // nil: nothing is stored that the request selects
}

// Lookup finds out what to do about a request as it is about to be sent, with
// all its fields, because Vary may name any of them. It does not change req and
// keeps it for the time that the Hit is used. It never fails: what cannot be
// read is not stored.
func (c *Cache) Lookup(req *http.Request, p Policy) *Hit {
	hit := &Hit{cache: c, req: req, policy: p}
	said := requestDirectives(req.Header)
	if outside(req, said) == "" && !forServer(req.Header) && p != ReloadIgnoringLocal {
		c.mu.Lock()
		hit.name, hit.head = c.find(keyOf(req.URL), req.Header)
		c.mu.Unlock()
	}
	if hit.head != nil {
		hit.judge(said)
	}
	switch {
	case hit.Verdict == Serve:
	case p == ReturnDontLoad:
		hit.Verdict = Unavailable
	case said.has("only-if-cached"):
		hit.Verdict, hit.Response = Serve, gatewayTimeout(req)
	}
	return hit
}

// judge decides about a request for which there is a stored response.
func (hit *Hit) judge(said directives) {
	h, now := hit.head, time.Now()
	_, wants := h.ranged(hit.req)
	if wants == foreign {
		return
	}
	usable := false
	switch hit.policy {
	case ReturnElseLoad, ReturnDontLoad:
		usable = true
	case Revalidate:
		usable = h.says.has("immutable") && h.fresh(said, now)
	default:
		usable = h.fresh(said, now)
	}
	if usable {
		if resp, err := hit.response(h, true); err == nil {
			hit.Verdict, hit.Response = Serve, resp
			return
		}
		hit.head = nil // it is broken or gone, and so not stored
		return
	}
	if h.validatable() && hit.req.Method != http.MethodHead && !conditional(hit.req.Header) {
		hit.Verdict = Validate
	}
}

// Condition sets the fields in the header of the request that is sent: the
// conditions if the verdict is Validate, and what the policy tells the caches
// on the way. It is harmless for other verdicts.
func (hit *Hit) Condition(header http.Header) {
	if hit.Verdict == Validate {
		hit.head.condition(header)
	}
	if hit.policy == Revalidate && len(header["Cache-Control"]) == 0 {
		header.Set("Cache-Control", "max-age=0")
	}
}

// Freshen is for the answer 304 to a request whose verdict was Validate: it
// brings the stored response up to date and returns it, as the answer to the
// request (RFC 9111 section 4.3.4). The caller still closes the body of resp.
// ok is false if the stored response is gone, or the answer is about another:
// then the request has to be sent again, after a Lookup with
// ReloadIgnoringLocal.
func (hit *Hit) Freshen(resp *http.Response, t Times) (fresh *http.Response, ok bool) {
	if hit.Verdict != Validate || resp.StatusCode != http.StatusNotModified || hit.head.compare(resp.Header) == another {
		return nil, false
	}
	h, c := hit.head.freshened(hit.req, resp, t.ordered()), hit.cache
	c.mu.Lock()
	err := c.replaceHead(hit.name, h)
	c.mu.Unlock()
	if err != nil {
		return nil, false
	}
	if fresh, err = hit.response(h, false); err != nil {
		return nil, false
	}
	if unstorable(h) != "" {
		c.mu.Lock()
		c.discard(hit.name)
		c.mu.Unlock()
	}
	return fresh, true
}

// Fallback is the stored response, though stale, when the server cannot be
// reached or answers 500, 502, 503 or 504, and the stored response allows that
// for so long with stale-if-error (RFC 5861 section 4). The caller closes its
// body.
func (hit *Hit) Fallback() (*http.Response, bool) {
	if hit.head == nil || !hit.head.servesErrors(time.Now()) || requestDirectives(hit.req.Header).has("no-cache") {
		return nil, false
	}
	if _, wants := hit.head.ranged(hit.req); wants == foreign {
		return nil, false
	}
	resp, err := hit.response(hit.head, true)
	return resp, err == nil
}

// FallbackStatus tells whether a status is one that [Hit.Fallback] is for.
func FallbackStatus(status int) bool {
	return slices.Contains([]int{500, 502, 503, 504}, status)
}
