package cache

import (
	"net/http"
	"strings"
	"time"
)

// condition sets the fields that ask the server whether the stored response is
// still good (RFC 9111 section 4.3.1).
func (h *head) condition(request http.Header) {
	if tag := h.header.Get("Etag"); tag != "" {
		request.Set("If-None-Match", tag)
	}
	if _, ok := dateField(h.header, "Last-Modified", h.received); ok {
		request.Set("If-Modified-Since", h.header.Get("Last-Modified"))
	}
}

// validatable tells whether the response came with a validator.
func (h *head) validatable() bool {
	_, dated := dateField(h.header, "Last-Modified", h.received)
	return dated || h.header.Get("Etag") != ""
}

// conditional tells whether the caller asks a condition of its own that a
// cache can answer.
func conditional(request http.Header) bool {
	return len(request["If-None-Match"]) > 0 || len(request["If-Modified-Since"]) > 0
}

// forServer tells whether the caller asks a condition that only the server
// answers (RFC 9111 section 4.3.2).
func forServer(request http.Header) bool {
	return len(request["If-Match"]) > 0 || len(request["If-Unmodified-Since"]) > 0
}

// unmodified evaluates the caller's own condition against the stored response
// (RFC 9111 section 4.3.2). If-None-Match goes before If-Modified-Since.
func (h *head) unmodified(request http.Header, now time.Time) bool {
	if h.status != http.StatusOK {
		return false
	}
	if lines := request["If-None-Match"]; len(lines) > 0 {
		for _, line := range lines {
			for _, tag := range members(line) {
				if tag == "*" || sameTag(tag, h.header.Get("Etag")) {
					return true
				}
			}
		}
		return false
	}
	since, ok := dateField(request, "If-Modified-Since", now)
	if !ok {
		return false
	}
	for _, name := range []string{"Last-Modified", "Date"} {
		if t, ok := dateField(h.header, name, h.received); ok {
			return !t.After(since)
		}
	}
	return !h.received.After(since)
}

// sameTag is the weak comparison of entity tags (RFC 9110 section 8.8.3.2).
func sameTag(a, b string) bool {
	return a != "" && strings.TrimPrefix(a, "W/") == strings.TrimPrefix(b, "W/")
}

// match is what the validators of a response say about a stored one.
type match int

const (
	silent  match = iota // they have none in common
	same                 // it is the same
	another              // it is another
)

// compare tells whether a response without a body, to HEAD or of status 304,
// is about the stored one (RFC 9111 section 4.3.4). Entity tags are compared
// weakly: a server that makes a tag weak because it compresses may well send
// the strong one with its 304.
func (h *head) compare(fields http.Header) match {
	for _, name := range []string{"Etag", "Last-Modified"} {
		mine, theirs := h.header.Get(name), fields.Get(name)
		switch {
		case mine == "" || theirs == "":
		case mine == theirs, name == "Etag" && sameTag(mine, theirs):
			return same
		default:
			return another
		}
	}
	return silent
}
