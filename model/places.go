package model

// A small file is over before its connection is up to speed: most of its time
// goes into waiting for an answer, and more of them at once cost the network
// nothing. So a host gets one more place for each small file that it has
// served, up to a bound, and loses them when a body turns out not to be small.
const (
	smallBody = 1 << 20 // bytes
	// mostConnections bounds the rows of a host that serves each over a
	// connection of its own, mostStreams those that share one.
	mostConnections = 16
	mostStreams     = 48
)

// served takes note of a body of size bytes from the host of r; shared tells that
// its connection carries several at once.
func (q *queue) served(r *row, size int64, shared bool) {
	if !q.grows || size > smallBody {
		return
	}
	most := mostConnections
	if shared {
		most = mostStreams
	}
	if h := q.host(r.queueHost); q.perHost+h.grown < most {
		h.grown++
		q.grown++
		q.offer(h)
	}
}

// promised takes note of the size that a response announces, -1 for none.
func (q *queue) promised(r *row, size int64) {
	if size >= 0 && size <= smallBody {
		return
	}
	h := q.host(r.queueHost)
	q.grown -= h.grown
	h.grown = 0
}
