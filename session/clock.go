package session

import (
	"sync"
	"time"
)

// resourceClock is the timer of Configuration.TimeoutForResource. It stands
// still while the task is suspended or waits for an answer.
type resourceClock struct {
	mu      sync.Mutex
	left    time.Duration
	fire    func()
	timer   *time.Timer // nil while it stands still
	since   time.Time
	stopped bool
}

// newResourceClock returns a clock at rest. limit 0 never fires.
func newResourceClock(limit time.Duration, fire func()) *resourceClock {
	return &resourceClock{left: limit, fire: fire, stopped: limit <= 0}
}

func (c *resourceClock) run() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stopped || c.timer != nil {
		return
	}
	c.since = time.Now()
	c.timer = time.AfterFunc(c.left, c.fire)
}

func (c *resourceClock) pause() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.timer == nil {
		return
	}
	c.timer.Stop()
	c.timer = nil
	c.left = max(0, c.left-time.Since(c.since))
}

// stop ends the clock for good.
func (c *resourceClock) stop() {
	c.pause()
	c.mu.Lock()
	c.stopped = true
	c.mu.Unlock()
}
