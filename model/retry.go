package model

import (
	"net/http"
	"time"

	"haul/session"
)

// Bounds of the waits between retries.
const (
	shortestBackoff = 100 * time.Millisecond
	longestBackoff  = time.Minute
	// settling is the wait that a change of the network does not shorten: a
	// network that has just come up often has no names yet.
	settling = time.Second
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
	// appeared tells that the partial file was only thought to be free: the next
	// attempt knows, at once and without being counted.
	appeared bool
	// reached tells that the server has answered before: only then does a
	// name that cannot be found look like a broken line and not like a typo.
	reached bool
	// repeatable tells that asking again does no harm: every method but the
	// ones that are not idempotent (RFC 9110 section 9.2.2).
	repeatable bool
	// again tells that the retry before failed in the same way.
	again bool

	// local tells that the network has no part in it: the server is on this
	// machine.
	local bool
	// offline tells that the machine has no network, changed that the network
	// is another one than when the attempt began.
	offline, changed bool
}

// ofNetwork tells the failures that a change of the network may cure (guide
// step 13).
func (f failure) ofNetwork() bool {
	switch f.code {
	case session.TimedOut:
		return !f.resource
	case session.NotConnectedToInternet, session.CannotFindHost, session.DNSLookupFailed,
		session.CannotConnectToHost, session.NetworkConnectionLost:
		return true
	default:
		return false
	}
}

// mayPass tells whether the same request might succeed later.
func (f failure) mayPass() bool {
	if !f.repeatable {
		return false
	}
	if f.code != 0 {
		if f.code == session.CannotFindHost {
			// The answer of the name servers is that there is no such name.
			// It is worth one doubt, and only if there was one before.
			return f.offline || f.reached && !f.again
		}
		return f.taken || f.ofNetwork()
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

// grant is a retry that was granted.
type grant struct {
	// wait is how long the clock lets the row wait. least is what a change of
	// the network can shorten that to.
	wait, least time.Duration
	// offline: there is no clock, only the network starts the row. Such a
	// retry is not counted, since each takes a network that comes back.
	offline bool
}

// next tells whether and when to try again after f, made counted retries in a
// row before. The wait is exponential with full jitter and never less than what
// the server asks for. A network that has changed since the attempt began is a
// reason not to wait for long.
func (p retryPolicy) next(f failure, made int) (grant, bool) {
	least := max(settling, f.after)
	switch {
	case p.most == 0 || !f.mayPass() || f.after > longestRetryAfter:
		return grant{}, false
	case f.offline:
		return grant{least: least, offline: true}, true
	case made >= p.most:
		return grant{}, false
	}
	ceiling := longestBackoff
	if made < 16 {
		ceiling = min(p.backoff<<made, longestBackoff)
	}
	wait := max(time.Duration(p.random()*float64(ceiling)), shortestBackoff, f.after)
	if f.changed {
		wait = min(wait, least)
	}
	return grant{wait: wait, least: least}, true
}

// repeatable tells whether a request of the method may be sent twice.
func repeatable(method string) bool {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPut, http.MethodDelete, http.MethodOptions, http.MethodTrace:
		return true
	}
	return false
}
