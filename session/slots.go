package session

import (
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
	hosts map[string]*slots // by the address that is dialled for https, by origin for http
}

type slots struct {
	used    int
	waiting []*slotWaiter // in the order of arrival
	open    bool          // HTTP/2
}

type slotWaiter struct {
	task    *task
	granted chan struct{}
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
	w := &slotWaiter{task: t, granted: make(chan struct{})}
	h.waiting = append(h.waiting, w)
	b.mu.Unlock()
	select {
	case <-w.granted:
		return func() { b.release(key, h) }, nil
	case <-ctx.Done():
	}
	b.mu.Lock()
	if i := slices.Index(h.waiting, w); i >= 0 {
		h.waiting = slices.Delete(h.waiting, i, i+1)
		b.mu.Unlock()
	} else {
		b.mu.Unlock()
		b.release(key, h) // it was granted at the last moment
	}
	return nil, context.Cause(ctx)
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
		next, highest := 0, float32(-1)
		for i, w := range h.waiting {
			if p := w.task.Priority(); p > highest {
				next, highest = i, p
			}
		}
		w := h.waiting[next]
		h.waiting = slices.Delete(h.waiting, next, next+1)
		h.used++
		close(w.granted)
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

// slot waits for the turn of the task at the host of r, and for the end of a
// suspension: a task that holds still takes no slot from others.
func (l *loader) slot(r *http.Request) (release func(), err error) {
	for {
		if err := l.t.gate.Wait(l.ctx); err != nil {
			return nil, context.Cause(l.ctx)
		}
		release, err := l.s.slots.acquire(l.ctx, slotKey(r), l.t)
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
	if id.State.NegotiatedProtocol == "h2" {
		b.speaksHTTP2(strings.ToLower(id.Addr))
	}
}
