package session

import (
	"container/heap"
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"

	"haul/transfer"
)

// slotBook decides whose turn it is at a host: of the tasks that wait for one
// of its connections the one with the highest priority comes first, and of
// equal ones the one that waited longest. The bound itself is the same as that
// of the connections below (transfer.Config.MaxConnsPerHost), which know no
// order. HTTP/2 has no such bound: a host that is found to speak it lets
// everybody pass.
type slotBook struct {
	perHost int // 0: no bound

	mu    sync.Mutex
	made  uint64            // waiters
	hosts map[string]*slots // by the address that is dialled for https, by origin for http
}

type slots struct {
	used    int
	waiting waitingRoom
	open    bool // HTTP/2
}

type slotWaiter struct {
	task     *task
	priority float32
	number   uint64 // in the order of arrival
	index    int    // in its waiting room, -1 when it has left
	granted  chan struct{}
}

// waitingRoom is a heap (container/heap) whose first is next.
type waitingRoom []*slotWaiter

func (w waitingRoom) Len() int { return len(w) }

func (w waitingRoom) Less(i, j int) bool {
	if w[i].priority != w[j].priority {
		return w[i].priority > w[j].priority
	}
	return w[i].number < w[j].number
}

func (w waitingRoom) Swap(i, j int) {
	w[i], w[j] = w[j], w[i]
	w[i].index, w[j].index = i, j
}

// Push and Pop are for container/heap.
func (w *waitingRoom) Push(x any) {
	waiter := x.(*slotWaiter)
	waiter.index = len(*w)
	*w = append(*w, waiter)
}

func (w *waitingRoom) Pop() any {
	last := len(*w) - 1
	waiter := (*w)[last]
	(*w)[last] = nil
	*w = (*w)[:last]
	waiter.index = -1
	return waiter
}

func newSlotBook(perHost int) *slotBook {
	return &slotBook{perHost: perHost, hosts: make(map[string]*slots)}
}

// slotKey is what connections to the place of r are counted under.
func slotKey(r *http.Request) string {
	o := originOf(r.URL)
	if o.scheme == "http" {
		return "http://" + o.address()
	}
	return o.address()
}

// acquire waits for a slot at the host of key; release gives it back.
func (b *slotBook) acquire(ctx context.Context, key string, t *task) (release func(), err error) {
	if b.perHost <= 0 {
		return func() {}, nil
	}
	b.mu.Lock()
	h := b.hosts[key]
	if h == nil {
		h = new(slots)
		b.hosts[key] = h
	}
	if h.open || h.used < b.perHost {
		h.used++
		b.mu.Unlock()
		return func() { b.release(key, h) }, nil
	}
	b.made++
	w := &slotWaiter{task: t, priority: t.Priority(), number: b.made, granted: make(chan struct{})}
	heap.Push(&h.waiting, w)
	b.mu.Unlock()
	select {
	case <-w.granted:
		return func() { b.release(key, h) }, nil
	case <-ctx.Done():
	}
	b.mu.Lock()
	if w.index >= 0 {
		heap.Remove(&h.waiting, w.index)
		b.mu.Unlock()
	} else {
		b.mu.Unlock()
		b.release(key, h) // it was granted at the last moment
	}
	return nil, context.Cause(ctx)
}

// tryAcquire takes a slot at the host of key if one is free, for a further
// connection of a download that has one. It counts at hosts that speak HTTP/2
// as well, for such connections are not shared.
func (b *slotBook) tryAcquire(key string) (release func(), ok bool) {
	if b.perHost <= 0 {
		return func() {}, true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	h := b.hosts[key]
	if h == nil {
		h = new(slots)
		b.hosts[key] = h
	}
	if h.used >= b.perHost {
		return nil, false
	}
	h.used++
	return func() { b.release(key, h) }, true
}

// crowded tells whether somebody waits for a slot at the host of key.
func (b *slotBook) crowded(key string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	h := b.hosts[key]
	return h != nil && len(h.waiting) > 0
}

func (b *slotBook) release(key string, h *slots) {
	b.mu.Lock()
	defer b.mu.Unlock()
	h.used--
	b.grant(h)
	if h.used == 0 && len(h.waiting) == 0 && !h.open {
		delete(b.hosts, key)
	}
}

// grant gives free slots to those who wait. The caller holds mu.
func (b *slotBook) grant(h *slots) {
	for len(h.waiting) > 0 && (h.open || h.used < b.perHost) {
		w := heap.Pop(&h.waiting).(*slotWaiter)
		h.used++
		close(w.granted)
	}
}

// reorder takes note that the priority of a task has changed.
func (b *slotBook) reorder(t *task) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, h := range b.hosts {
		// A task waits at one host at most.
		if i := slices.IndexFunc(h.waiting, func(w *slotWaiter) bool { return w.task == t }); i >= 0 {
			h.waiting[i].priority = t.Priority()
			heap.Fix(&h.waiting, i)
			return
		}
	}
}

// speaksHTTP2 lets everybody pass who waits for the https host at addr.
func (b *slotBook) speaksHTTP2(addr string) {
	if b.perHost <= 0 {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	h := b.hosts[addr]
	if h == nil {
		h = new(slots)
		b.hosts[addr] = h
	}
	h.open = true
	b.grant(h)
}

// pinnedKey is what connections are counted under that speak HTTP/1.1 whatever
// the host of key speaks.
func (b *slotBook) pinnedKey(key string) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	if h := b.hosts[key]; h != nil && h.open {
		return "pinned " + key
	}
	return key
}

// slot waits for the turn of the task at the host of key, and for the end of a
// suspension: a task that holds still takes no slot from others.
func (l *loader) slot(key string) (release func(), err error) {
	for {
		if err := l.t.gate.Wait(l.ctx); err != nil {
			return nil, context.Cause(l.ctx)
		}
		release, err := l.s.slots.acquire(l.ctx, key, l.t)
		if err != nil {
			return nil, err
		}
		if !l.t.holdsStill() {
			return release, nil
		}
		release()
	}
}

// holdsStill tells whether the task is suspended or awaits an answer.
func (t *task) holdsStill() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.still > 0
}

// notesProtocol looks at a handshake for the protocol that was agreed on.
func (b *slotBook) notesProtocol(id transfer.ServerIdentity) {
	if p := id.State.NegotiatedProtocol; p == "h2" || p == "h3" {
		b.speaksHTTP2(strings.ToLower(id.Addr))
	}
}
