package cache

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// section is a part of a body.
type section struct{ first, length int64 }

// ranging is what to do about the Range of a request.
type ranging int

const (
	whole   ranging = iota // there is none, or it does not count
	part                   // one range, which the stored body has
	foreign                // several, none or nonsense: the server's business
)

// ranged finds the part that a request wants of the stored response (RFC 9110
// section 14.2). A Range with an If-Range that does not hold does not count.
func (h *head) ranged(req *http.Request) (section, ranging) {
	lines := req.Header["Range"]
	if len(lines) == 0 || req.Method == http.MethodHead || h.status != http.StatusOK {
		return section{}, whole
	}
	if want := req.Header.Get("If-Range"); want != "" && !h.holds(want) {
		return section{}, whole
	}
	s, ok := parseRange(lines[0], h.length)
	if !ok || len(lines) > 1 {
		return section{}, foreign
	}
	return s, part
}

// holds evaluates If-Range, which needs a strong validator (RFC 9110 section
// 13.1.5). A date is one only if it is clearly older than the response
// (section 8.8.2.2).
func (h *head) holds(ifRange string) bool {
	if strings.HasPrefix(ifRange, `"`) {
		return ifRange == h.header.Get("Etag")
	}
	date, dated := dateField(h.header, "Date", h.received)
	modified, ok := dateField(h.header, "Last-Modified", h.received)
	return dated && ok && ifRange == h.header.Get("Last-Modified") && date.Sub(modified) >= time.Second
}

// parseRange reads a Range with one range of bytes and fits it to a body of
// that length.
func parseRange(s string, length int64) (section, bool) {
	unit, spec, ok := strings.Cut(s, "=")
	if !ok || !strings.EqualFold(unit, "bytes") {
		return section{}, false
	}
	from, to, ok := strings.Cut(strings.Trim(spec, " \t"), "-")
	if !ok {
		return section{}, false
	}
	if from == "" {
		n, ok := position(to)
		n = min(n, length)
		return section{length - n, n}, ok && n > 0
	}
	first, ok := position(from)
	if !ok || first >= length {
		return section{}, false
	}
	last := length - 1
	if to != "" {
		if last, ok = position(to); !ok || last < first {
			return section{}, false
		}
		last = min(last, length-1)
	}
	return section{first, last - first + 1}, true
}

// position reads digits and nothing else.
func position(s string) (int64, bool) {
	n, err := strconv.ParseUint(s, 10, 63)
	return int64(n), err == nil
}
