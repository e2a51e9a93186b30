package model

import "net/http"

// A small file is over before its connection is up to speed: most of its time
// goes into waiting for an answer, and more of them at once cost the network
// nothing. So a host gets twice as many places with each small file that it
// begins to serve, up to a bound. It loses them when a body turns out not to be
// small, and for as long as it has rows when it asks for less.
const (
	smallBody = 1 << 20 // bytes
	// mostConnections bounds the rows of a host that serves each over a
	// connection of its own, mostStreams those that share one.
	mostConnections = 16
	mostStreams     = 48
)

// promised takes note of the size that a response for r announces, -1 for none;
// shared tells that its connection carries several at once.
func (q *queue) promised(r *row, size int64, shared bool) {
	h := q.hosts[r.queueHost]
	most := mostConnections
	if shared {
		most = mostStreams
	}
	switch {
	case h == nil:
	case size < 0 || size > smallBody:
		q.shrink(h)
	case q.grows && !h.refused && q.perHost+h.grown < most:
		more := min(q.perHost+h.grown, most-q.perHost-h.grown)
		h.grown += more
		q.grown += more
		q.offer(h)
	}
}

// answered takes note of the status of a response for r.
func (q *queue) answered(r *row, status int) {
	h := q.hosts[r.queueHost]
	if h != nil && (status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable) {
		h.refused = true
		q.shrink(h)
	}
}

// shrink takes back what a host has beyond the limit.
func (q *queue) shrink(h *hostQueue) {
	q.grown -= h.grown
	h.grown = 0
}
