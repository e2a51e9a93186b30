package reachability

import (
	"context"
	"sync"
	"time"
)

const (
	// pollInterval is the poll of a Monitor of the machine.
	pollInterval = 10 * time.Second
	// settleTime is how long a report waits for the ones that belong to it.
	settleTime = 250 * time.Millisecond
	// sleepGap is how far the wall clock has to get ahead of the monotonic one,
	// which stands still while the machine sleeps.
	sleepGap = 5 * time.Second
)

// Monitor is the path of this machine. Make one with [New] for all sessions of a
// program and close it at the end.
type Monitor struct {
	system system

	mu       sync.Mutex
	audience audience
	stop     context.CancelFunc // ends the watch, nil when nobody waits
	watches  sync.WaitGroup
}

// system is what a Monitor asks of the machine.
type system struct {
	// look takes the picture.
	look func() picture
	// watch calls changed whenever the picture may have changed, and once when
	// it has begun to see, until ctx ends or it cannot go on.
	watch func(ctx context.Context, changed func()) error
	// clock is the time by the wall clock, and by one that stands still while
	// the machine sleeps, since any one moment.
	clock func() (wall, awake time.Duration)
	// poll is how often the picture is compared without a report.
	poll time.Duration
}

// New returns the Monitor of this machine.
func New() *Monitor {
	start := time.Now()
	return &Monitor{system: system{
		look:  look,
		watch: watch,
		poll:  pollInterval,
		clock: func() (wall, awake time.Duration) {
			now := time.Now()
			// Round takes the monotonic reading off.
			return now.Round(0).Sub(start.Round(0)), now.Sub(start)
		},
	}}
}

// Close ends all waiting and returns when nothing of the Monitor runs any more.
func (m *Monitor) Close() {
	m.mu.Lock()
	m.audience.end()
	m.rest()
	m.mu.Unlock()
	m.watches.Wait()
}

// Online looks at the machine's interfaces, which takes less than a millisecond.
func (m *Monitor) Online() bool { return m.system.look().online }

// Changes implements [Path]. The first who waits starts the watch, the last one
// ends it.
func (m *Monitor) Changes(ctx context.Context) <-chan struct{} {
	m.mu.Lock()
	defer m.mu.Unlock()
	c := m.audience.join(ctx, m.leave)
	if len(m.audience.waiting) > 0 && m.stop == nil {
		watching, stop := context.WithCancel(context.Background())
		m.stop = stop
		// Taken here, so that a change right after the call is one.
		before := m.system.look()
		m.watches.Go(func() { m.run(watching, before) })
	}
	return c
}

func (m *Monitor) leave(c chan struct{}) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.audience.leave(c)
	if len(m.audience.waiting) == 0 {
		m.rest()
	}
}

// rest ends the watch. m.mu is held.
func (m *Monitor) rest() {
	if m.stop != nil {
		m.stop()
		m.stop = nil
	}
}

// run tells of changes until ctx ends.
func (m *Monitor) run(ctx context.Context, before picture) {
	reports := make(chan struct{}, 1)
	var watch sync.WaitGroup
	defer watch.Wait()
	watch.Go(func() {
		// If the system does not report, the poll has to do.
		_ = m.system.watch(ctx, func() {
			select {
			case reports <- struct{}{}:
			default:
			}
		})
	})
	poll := time.NewTicker(m.system.poll)
	defer poll.Stop()
	wall, awake := m.system.clock()
	for {
		slept := false
		select {
		case <-ctx.Done():
			return
		case <-reports:
		case <-poll.C:
			newWall, newAwake := m.system.clock()
			slept = newWall-wall > newAwake-awake+sleepGap
			wall, awake = newWall, newAwake
		}
		// Once now, so that a change and its undoing are seen, and once when
		// it has settled. Between reports that change nothing this is a rest.
		changed := slept || m.system.look() != before
		if !settle(ctx) {
			return
		}
		now := m.system.look()
		if !changed && now == before {
			continue
		}
		before = now
		m.tell(ctx)
	}
}

// settle waits until a change is likely to be complete, and tells false if ctx
// ends meanwhile.
func settle(ctx context.Context) bool {
	t := time.NewTimer(settleTime)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

// tell reports a change, unless the watch that saw it is over.
func (m *Monitor) tell(ctx context.Context) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if ctx.Err() == nil {
		m.audience.tell()
	}
}
