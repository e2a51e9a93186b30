package model

import (
	"net/http"
	"slices"
	"time"
)

// A small file is over before its connection is up to speed: most of its time
// goes into waiting for an answer, and more of them at once cost the network
// nothing. So a host gets twice as many places with each small file that it
// begins to serve, up to a bound. One that takes its time for its first answer
// gets one more place after the other meanwhile, because waiting is what a long
// way costs too; what has not been answered by then waits again if that was a
// mistake. A host loses these places when a body turns out not to be
// small, and for as long as it has rows when it asks for less or cannot be
// reached. They are for its rows only: what it does not use of them lets no other
// host have more than the limit of all.
const (
	smallBody = 1 << 20 // bytes
	// mostConnections bounds the rows of a host that serves each over a
	// connection of its own, mostStreams those that share one.
	mostConnections = 16
	mostStreams     = 48
	// morePlaces is how long a host may take to answer before it gets one more
	// place. A host nearby has answered by then.
	morePlaces = 5 * time.Millisecond
	// mostLooks at a host that does not answer are enough, also to notice soon
	// that it has got too many.
	mostLooks = 200
)

// promised takes note of the size that a response for r announces, -1 for none;
// shared tells that its connection carries several at once. It returns true when
// places were given in advance that the host turns out not to have.
func (q *queue) promised(r *row, size int64, shared bool) (tooMany bool) {
	h := q.hosts[r.queueHost]
	if h == nil {
		return false
	}
	if size < 0 || size > smallBody {
		return q.shrink(h)
	}
	h.answered = true
	most := mostConnections
	if shared {
		most = mostStreams
	}
	q.grow(h, q.places(h), most)
	return false
}

// answered takes note of the status of a response for r, 0 where there was none.
// It returns what promised does.
func (q *queue) answered(r *row, status int) (tooMany bool) {
	h := q.hosts[r.queueHost]
	switch status {
	case 0, http.StatusTooManyRequests, http.StatusServiceUnavailable:
		if h != nil {
			h.refused = true
			return q.shrink(h)
		}
	}
	return false
}

// places is how many rows of a host may run at once.
func (q *queue) places(h *hostQueue) int { return q.perHost + h.grown }

// grow gives a host so many more places, up to a bound.
func (q *queue) grow(h *hostQueue, more, most int) {
	more = min(more, most-q.places(h))
	if !q.grows || h.refused || more <= 0 {
		return
	}
	q.change(h, 0, more)
	q.offer(h)
}

// shrink takes back what a host has beyond the limit. It returns true when that
// was given in advance, and is more than nothing.
func (q *queue) shrink(h *hostQueue) (tooMany bool) {
	tooMany = !h.answered && h.grown > 0
	h.answered = true
	q.change(h, 0, -h.grown)
	return tooMany
}

// await takes note of a host whose first answer is awaited while a row waits. Over
// https rows may come to share a connection, as that answer will tell, and an
// upload is not answered before it has ended.
func (q *queue) await(h *hostQueue) {
	r := h.waiting.top()
	if q.grows && !h.answered && h.looks < mostLooks && r.home.scheme == "http" && r.spec.Upload == "" &&
		!slices.Contains(q.silent, h) {
		q.silent = append(q.silent, h)
	}
}

// advance gives each host that is still silent one more place.
func (q *queue) advance() {
	silent := q.silent
	q.silent, q.advancing = nil, false
	for _, h := range silent {
		if !h.answered && q.hosts[h.name] == h {
			h.looks++
			q.grow(h, 1, mostConnections)
			q.offer(h) // it is looked at again
		}
	}
}

// advancePlaces lets time give places to hosts that do not answer.
func (m *Model) advancePlaces() {
	q := m.queue
	if len(q.silent) > 0 && !q.advancing && !m.leaving {
		q.advancing = true
		m.later(after(m.ctx, morePlaces, placesMsg{}))
	}
}

// sendBack has rows wait again that have no place any more: the last ones of
// their host, as far as it has not answered them.
func (m *Model) sendBack(host string) {
	var silent []*row
	for r := range m.moving {
		if r.queueHost == host && r.state == Running && r.task.Response() == nil && nothingMoved(r.task) {
			silent = append(silent, r)
		}
	}
	slices.SortFunc(silent, func(a, b *row) int {
		if a.before(b) {
			return 1
		}
		return -1
	})
	for _, r := range silent[:min(len(silent), m.queue.surplus(host))] {
		m.act(r, "Cancel", "to wait for its turn: its host has fewer places than it was taken to have")
		m.step(r, stepYield)
		r.task.Cancel()
	}
}
