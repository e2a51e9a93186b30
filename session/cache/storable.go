package cache

import (
	"errors"
	"net/http"
)

// Storable tells whether the cache stores such a response: nil, or an error
// that says why not (RFC 9111 section 3). It looks at no body.
func (c *Cache) Storable(req *http.Request, resp *http.Response) error {
	why := outside(req, requestDirectives(req.Header))
	if why == "" {
		why = c.refusal(req, resp)
	}
	if why != "" {
		return errors.New("cache: " + why)
	}
	return nil
}

func (c *Cache) refusal(req *http.Request, resp *http.Response) string {
	h := &head{status: resp.StatusCode, header: resp.Header, says: parseDirectives(resp.Header["Cache-Control"])}
	switch {
	case req.Method == http.MethodHead:
		return "a response to HEAD has no body"
	case resp.ContentLength < 0 && resp.ProtoMajor == 1 && len(resp.TransferEncoding) == 0 && !resp.Uncompressed:
		return "the body ends with the connection, so nobody knows whether it is complete"
	case resp.ContentLength > c.largest():
		return "the response is too large for the budget"
	}
	return unstorable(h)
}

// unstorable tells why a response may not be stored, by its head, "" if it may.
func unstorable(h *head) string {
	_, star := varyFields(h.header)
	explicit := h.says.has("public") || h.says.has("private") || h.says.has("max-age") || len(h.header["Expires"]) > 0
	switch {
	case h.status < 200:
		return "the response is not final"
	case h.status == http.StatusPartialContent, h.status == http.StatusNotModified,
		h.status == http.StatusRequestedRangeNotSatisfiable:
		return "the response is not the whole resource"
	case h.status == http.StatusUnauthorized, h.status == http.StatusProxyAuthRequired:
		return "the response is a challenge"
	case h.says.has("must-understand") && !understood(h.status):
		return "the response has to be understood, and its status is not"
	case h.says.has("no-store") && !h.says.has("must-understand"):
		return "the response says no-store"
	case star:
		return "the response varies with everything"
	case !explicit && !heuristic(h.status):
		return "nothing says for how long a response of this status is good"
	}
	return ""
}

// largest is the most bytes of a body that is stored.
func (c *Cache) largest() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return max(c.memory.largest(), c.disk.largest())
}
