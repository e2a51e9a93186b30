package model

// queue says which row is next: the most urgent, and of equal ones the first in
// the user's order, as far as the limits in all and per host let them. Each
// operation but reorder costs at most the logarithm of the number of rows, so
// that thousands of waiting rows cost a frame nothing.
type queue struct {
	running, perHost int  // the limits
	grows            bool // they grow while files are small
	busy             int  // rows that count towards running
	hosts            map[string]*hostQueue
	// ready holds the hosts that have a waiting row and a free place, grown those
	// of which that place is beyond the limits. They may hold a host that has
	// neither any more, and a host twice; next looks.
	ready, grown heap[readyHost]
	// silent are the hosts that have no free place for the row that waits, and
	// have not answered any yet.
	silent    []*hostQueue
	advancing bool // a placesMsg is on its way
}

type hostQueue struct {
	name     string
	busy     int
	grown    int  // places beyond the limits, for its own rows only
	answered bool // what it serves is known, or that it serves nothing
	refused  bool // it has asked for less, or cannot be reached
	looks    int  // at it, while it had not answered
	waiting  heap[*row]
}

// readyHost is a host and the row that was its first when it became ready.
type readyHost struct {
	host  *hostQueue
	first *row
}

// counts is how many rows of the host count towards the limit of all: those that
// have no place beyond the limits.
func (h *hostQueue) counts() int { return max(0, h.busy-h.grown) }

// change changes how many rows of a host run and how many places it has beyond the
// limits.
func (q *queue) change(h *hostQueue, busy, grown int) {
	q.busy -= h.counts()
	h.busy += busy
	h.grown += grown
	q.busy += h.counts()
}

func newQueue(running, perHost int) *queue {
	less := func(a, b readyHost) bool { return a.first.before(b.first) }
	return &queue{
		running: running, perHost: perHost, hosts: make(map[string]*hostQueue),
		ready: heap[readyHost]{less: less}, grown: heap[readyHost]{less: less},
	}
}

// limit changes the limits. Hosts that have a free place now are offered.
func (q *queue) limit(running, perHost int) {
	q.running, q.perHost = running, perHost
	for _, h := range q.hosts {
		q.offer(h)
	}
}

func (q *queue) host(name string) *hostQueue {
	h := q.hosts[name]
	if h == nil {
		h = &hostQueue{name: name, waiting: heap[*row]{less: (*row).before}}
		q.hosts[name] = h
	}
	return h
}

// push lets a row wait. A row that leaves the state Queued meanwhile stays
// where it is and is passed over.
func (q *queue) push(r *row) {
	if r.waits {
		return
	}
	r.waits = true
	h := q.host(r.queueHost)
	h.waiting.push(r)
	if h.waiting.top() == r {
		q.offer(h)
	}
}

// offer puts a host on a heap if it could start a row.
func (q *queue) offer(h *hostQueue) {
	for h.waiting.len() > 0 && h.waiting.top().state != Queued {
		h.waiting.pop().waits = false
	}
	switch {
	case h.waiting.len() > 0 && h.busy < h.grown:
		q.grown.push(readyHost{h, h.waiting.top()})
	case h.waiting.len() > 0 && h.busy < q.places(h):
		q.ready.push(readyHost{h, h.waiting.top()})
	case h.waiting.len() > 0:
		q.await(h)
	case h.busy == 0:
		q.shrink(h)
		delete(q.hosts, h.name)
	}
}

// next takes the next row that may start, nil if there is none.
func (q *queue) next() *row {
	for {
		ready, ok := q.pop()
		if !ok {
			return nil
		}
		h := ready.host
		if q.hosts[h.name] != h || h.waiting.len() == 0 {
			continue
		}
		if h.busy >= q.places(h) {
			q.await(h)
			continue
		}
		r := h.waiting.top()
		if r != ready.first {
			continue // whoever changed the first offered the host anew
		}
		if r.state != Queued || h.busy >= h.grown && q.busy >= q.running {
			q.offer(h)
			continue
		}
		h.waiting.pop()
		r.waits = false
		q.offer(h)
		return r
	}
}

// pop takes the most urgent host off the heaps that may have a row started: the
// one for places within the limit of all has to wait while that is reached.
func (q *queue) pop() (ready readyHost, ok bool) {
	within, beyond := q.ready.len() > 0 && q.busy < q.running, q.grown.len() > 0
	switch {
	case within && (!beyond || q.ready.less(q.ready.top(), q.grown.top())):
		return q.ready.pop(), true
	case beyond:
		return q.grown.pop(), true
	}
	return readyHost{}, false
}

// occupy and release count a row that takes a place and one that leaves it.
func (q *queue) occupy(r *row) {
	q.change(q.host(r.queueHost), 1, 0)
}

func (q *queue) release(r *row) {
	h := q.host(r.queueHost)
	q.change(h, -1, 0)
	q.offer(h)
}

// surplus is by how much more rows of a host run than it has places.
func (q *queue) surplus(host string) int {
	h := q.hosts[host]
	if h == nil {
		return 0
	}
	return max(0, h.busy-q.places(h))
}

// reorder puts all that waits in order again, after rows have changed their
// places.
func (q *queue) reorder() {
	q.ready.items, q.grown.items = q.ready.items[:0], q.grown.items[:0]
	for _, h := range q.hosts {
		rows := h.waiting.items
		h.waiting.items = nil
		for _, r := range rows {
			h.waiting.push(r)
		}
		q.offer(h)
	}
}
