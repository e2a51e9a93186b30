package cache

import (
	"net/http"
	"time"
)

// heuristicLimit is the longest time for which a response counts as fresh
// without its server having said so.
const heuristicLimit = 7 * 24 * time.Hour

// age is the time since the response left its origin server (RFC 9111 section
// 4.2.3), and false if the clock was set back since, so that nobody knows.
func (h *head) age(now time.Time) (time.Duration, bool) {
	var apparent time.Duration
	if date, ok := dateField(h.header, "Date", h.received); ok {
		apparent = max(0, h.received.Sub(date))
	}
	corrected := ageField(h.header) + h.received.Sub(h.sent)
	resident := now.Sub(h.received)
	return max(apparent, corrected) + max(0, resident), resident >= 0
}

// ageField is the Age that came with the response. Of several values the first
// counts, and one that is no number does not (RFC 9111 section 5.1).
func ageField(h http.Header) time.Duration {
	for _, line := range h["Age"] {
		for _, m := range members(line) {
			d, _ := deltaSeconds(m)
			return d
		}
	}
	return 0
}

// lifetime is for how long the response is fresh, counted by its age (RFC 9111
// section 4.2.1). A broken statement means that it is stale from the start.
func (h *head) lifetime() time.Duration {
	if d, there := h.says.seconds("max-age"); there {
		return d
	}
	date, ok := dateField(h.header, "Date", h.received)
	if !ok {
		date = h.received
	}
	if len(h.header["Expires"]) > 0 {
		expires, ok := dateField(h.header, "Expires", h.received)
		if !ok {
			return 0
		}
		return max(0, expires.Sub(date))
	}
	if !heuristic(h.status) && !h.says.has("public") {
		return 0
	}
	modified, ok := dateField(h.header, "Last-Modified", h.received)
	if !ok {
		return 0
	}
	return min(heuristicLimit, max(0, date.Sub(modified)/10))
}

// heuristic tells whether responses with this status may be reused though
// their server says nothing about it (RFC 9110 section 15.1).
func heuristic(status int) bool {
	switch status {
	case 200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 501:
		return true
	}
	return false
}

// understood tells whether the cache knows what a status means for storing
// (RFC 9111 section 5.2.2.3).
func understood(status int) bool {
	return http.StatusText(status) != "" && status != http.StatusPartialContent && status != http.StatusNotModified
}

// fresh tells whether the stored response answers a request with these
// directives without its server being asked (RFC 9111 section 4).
func (h *head) fresh(said directives, now time.Time) bool {
	age, known := h.age(now)
	if !known || said.has("no-cache") || h.says.bare("no-cache") {
		return false
	}
	if limit, there := said.seconds("max-age"); there && (limit == 0 || age > limit) {
		return false
	}
	left := h.lifetime() - age
	if want, there := said.seconds("min-fresh"); there {
		return left >= want && left > 0
	}
	return left > 0 || h.mayBeStale(said, -left)
}

// mayBeStale tells whether the request takes a response that is stale for so
// long (RFC 9111 sections 4.2.4 and 5.2.1.2).
func (h *head) mayBeStale(said directives, by time.Duration) bool {
	allowed, there := said.find("max-stale")
	if !there || allowed.broken || h.says.has("must-revalidate") {
		return false
	}
	limit, ok := deltaSeconds(allowed.value)
	return allowed.value == "" || ok && by <= limit
}

// servesErrors tells whether the response may stand in for one that could not
// be had (RFC 5861 section 4).
func (h *head) servesErrors(now time.Time) bool {
	window, there := h.says.seconds("stale-if-error")
	age, known := h.age(now)
	if !there || !known || h.says.bare("no-cache") || h.says.has("must-revalidate") {
		return false
	}
	return age-h.lifetime() <= window
}

// requestDirectives are the Cache-Control of a request; Pragma speaks where
// there is none (RFC 9111 section 5.4).
func requestDirectives(h http.Header) directives {
	if lines := h["Cache-Control"]; len(lines) > 0 {
		return parseDirectives(lines)
	}
	if parseDirectives(h["Pragma"]).has("no-cache") {
		return directives{{name: "no-cache"}}
	}
	return nil
}
