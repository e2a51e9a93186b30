package transfer

import (
	"sync"
	"time"
)

// hold is a set of reasons why no idle time runs: the exchange does not wait
// for the network.
type hold uint8

const (
	heldByGate     hold = 1 << iota // the gate is shut
	heldByQueue                     // no connection is free, and none may be made
	heldByDecision                  // somebody is asked about a certificate
	heldBySource                    // the request's body has nothing to send yet
	heldByCaller                    // nobody reads the response's body
)

// watchdog calls bite once when it was neither held nor kicked for limit.
// Kicks are cheap: the timer is not moved, it looks at the last kick when it
// runs out. A nil *watchdog never bites.
type watchdog struct {
	limit time.Duration
	bite  func()

	mu    sync.Mutex
	held  hold
	last  time.Time // the last kick or release
	timer *time.Timer
	armed bool // the timer will call expired
	done  bool
}

// newWatchdog returns a watchdog that is held; nil when limit is 0.
func newWatchdog(limit time.Duration, held hold, bite func()) *watchdog {
	if limit <= 0 {
		return nil
	}
	return &watchdog{limit: limit, held: held, bite: bite}
}

// hold stops the time for a reason.
func (w *watchdog) hold(why hold) {
	if w == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.held |= why
}

// release takes a reason away; when it was the last, the time starts afresh.
func (w *watchdog) release(why hold) {
	if w == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.held == 0 {
		return
	}
	w.held &^= why
	if w.held == 0 {
		w.restart()
	}
}

// kick tells that something moved.
func (w *watchdog) kick() {
	if w == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.last = time.Now()
}

// stop ends the watch for good.
func (w *watchdog) stop() {
	if w == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.done = true
	if w.timer != nil {
		w.timer.Stop()
	}
}

// restart begins a whole limit from now. The caller holds mu.
func (w *watchdog) restart() {
	w.last = time.Now()
	if !w.armed {
		w.arm(w.limit)
	}
}

// arm sets the timer. The caller holds mu.
func (w *watchdog) arm(d time.Duration) {
	if w.done {
		return
	}
	w.armed = true
	if w.timer == nil {
		w.timer = time.AfterFunc(d, w.expired)
		return
	}
	w.timer.Reset(d)
}

func (w *watchdog) expired() {
	w.mu.Lock()
	w.armed = false
	if w.done || w.held != 0 {
		w.mu.Unlock()
		return
	}
	if rest := w.limit - time.Since(w.last); rest > 0 {
		w.arm(rest)
		w.mu.Unlock()
		return
	}
	w.done = true
	w.mu.Unlock()
	w.bite()
}
