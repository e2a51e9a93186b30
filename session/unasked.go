package session

import (
	"net/http"

	"haul/transfer"
)

// unasked is the range of a 206 that answers a request for all of the file.
func unasked(x *exchange) (transfer.ContentRange, bool) {
	if x.StatusCode != http.StatusPartialContent || hasField(x.req.Header, "Range") {
		return transfer.ContentRange{}, false
	}
	part, err := transfer.ParseContentRange(x.Header.Get("Content-Range"))
	if err != nil { // several parts have none (RFC 9110 section 15.3.7.2)
		part = transfer.ContentRange{Start: -1, End: -1, Total: -1}
	}
	return part, true
}

// notWhole says why a response is not all of the file, "" if it may be: some caches
// have a part, and give it to who asks for everything.
func notWhole(x *exchange) string {
	part, ok := unasked(x)
	switch {
	case !ok:
	case part.Start != 0 || part.End != part.Total:
		return "a part of the file came in answer to a request for all of it"
	case x.ContentLength >= 0 && x.ContentLength != part.Total:
		return "the length of the answer is not that of its range"
	}
	return ""
}

// successful tells the statuses of class 2xx (RFC 9110 section 15.3).
func successful(status int) bool { return status >= 200 && status <= 299 }
