package model

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"haul/session"
)

// Bounds of the waits between retries.
const (
	shortestBackoff = 100 * time.Millisecond
	longestBackoff  = time.Minute
	// longestRetryAfter is the longest wait that a server may ask for; a row
	// is given up rather than kept waiting longer.
	longestRetryAfter = time.Hour
)

// failure is what a retry is decided on.
type failure struct {
	code     session.Code // 0 when the task ended with a response
	resource bool         // the timeout was the one for the whole resource
	status   int
	after    time.Duration // Retry-After, 0 for none
	// taken tells that another process had the partial file.
	taken bool
	// reached tells that the server has answered before: only then does a
	// name that cannot be found look like a broken line and not like a typo.
	reached bool
	// repeatable tells that asking again does no harm: every method but the
	// ones that are not idempotent (RFC 9110 section 9.2.2).
	repeatable bool
}

// mayPass tells whether the same request might succeed later.
func (f failure) mayPass() bool {
	if !f.repeatable {
		return false
	}
	if f.code != 0 {
		if f.taken {
			return true
		}
		switch f.code {
		case session.TimedOut:
			return !f.resource
		case session.CannotFindHost:
			return f.reached
		case session.CannotConnectToHost, session.NetworkConnectionLost, session.DNSLookupFailed,
			session.NotConnectedToInternet:
			return true
		default:
			return false
		}
	}
	switch f.status {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests,
		http.StatusInternalServerError, http.StatusBadGateway, http.StatusServiceUnavailable,
		http.StatusGatewayTimeout:
		return true
	}
	return false
}

// retryPolicy grants retries. It is pure: random is its only source of chance
// and returns a number in [0, 1).
type retryPolicy struct {
	most    int // retries in a row, 0 for none
	backoff time.Duration
	random  func() float64
}

// next tells whether to try again after f, made retries times in a row before,
// and after which wait: exponential with full jitter, and never less than what
// the server asks for.
func (p retryPolicy) next(f failure, made int) (time.Duration, bool) {
	if made >= p.most || !f.mayPass() || f.after > longestRetryAfter {
		return 0, false
	}
	ceiling := longestBackoff
	if made < 16 {
		ceiling = min(p.backoff<<made, longestBackoff)
	}
	wait := time.Duration(p.random() * float64(ceiling))
	return max(wait, shortestBackoff, f.after), true
}

// retryAfter reads Retry-After (RFC 9110 section 10.2.3), 0 if there is none
// that makes sense.
func retryAfter(h http.Header, now time.Time) time.Duration {
	v := strings.TrimSpace(h.Get("Retry-After"))
	if v == "" {
		return 0
	}
	if n, err := strconv.ParseUint(v, 10, 31); err == nil {
		return time.Duration(n) * time.Second
	}
	if t, err := http.ParseTime(v); err == nil && t.After(now) {
		return t.Sub(now)
	}
	return 0
}

// repeatable tells whether a request of the method may be sent twice.
func repeatable(method string) bool {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPut, http.MethodDelete, http.MethodOptions, http.MethodTrace:
		return true
	}
	return false
}
