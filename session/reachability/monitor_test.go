package reachability

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// machine is a system that a test moves.
type machine struct {
	mu       sync.Mutex
	now      picture
	report   func() // nil while nothing watches
	refuses  error  // what watch fails with at once
	watches  int    // how often a watch began
	looks    int
	sleeping time.Duration // how long the machine slept in all
	start    time.Time
}

func newMachine() *machine {
	return &machine{now: picture{online: true, text: "wifi"}, start: time.Now()}
}

func (m *machine) monitor() *Monitor {
	return &Monitor{system: system{
		poll: pollInterval,
		look: func() picture {
			m.mu.Lock()
			defer m.mu.Unlock()
			m.looks++
			return m.now
		},
		watch: func(ctx context.Context, changed func()) error {
			m.mu.Lock()
			m.watches++
			refuses := m.refuses
			m.report = changed
			m.mu.Unlock()
			if refuses != nil {
				return refuses
			}
			changed()
			<-ctx.Done()
			m.mu.Lock()
			defer m.mu.Unlock()
			m.report = nil
			return ctx.Err()
		},
		clock: func() (wall, awake time.Duration) {
			m.mu.Lock()
			defer m.mu.Unlock()
			awake = time.Since(m.start)
			return awake + m.sleeping, awake
		},
	}}
}

// becomes changes the picture; says reports that it may have changed.
func (m *machine) becomes(p picture) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.now = p
}

func (m *machine) says() {
	m.mu.Lock()
	report := m.report
	m.mu.Unlock()
	report()
}

// count is how many changes wait in c.
func count(c <-chan struct{}) (n int, open bool) {
	for {
		select {
		case _, ok := <-c:
			if !ok {
				return n, false
			}
			n++
		default:
			return n, true
		}
	}
}

func bubble(t *testing.T, f func(t *testing.T, m *machine, monitor *Monitor)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		m := newMachine()
		monitor := m.monitor()
		defer monitor.Close()
		f(t, m, monitor)
	})
}

func TestChangeIsToldOnceItHasSettled(t *testing.T) {
	bubble(t, func(t *testing.T, m *machine, monitor *Monitor) {
		c := monitor.Changes(t.Context())
		time.Sleep(time.Second)
		for _, p := range []string{"link", "address", "route"} {
			m.becomes(picture{online: p == "route", text: p})
			m.says()
			time.Sleep(settleTime / 5)
		}
		if n, _ := count(c); n != 0 {
			t.Errorf("told %d times while it changes", n)
		}
		start := time.Now()
		if err := receive(t.Context(), c); err != nil || time.Since(start) > settleTime {
			t.Errorf("%v after %v", err, time.Since(start))
		}
		time.Sleep(time.Hour)
		if n, _ := count(c); n > 0 {
			t.Errorf("told %d times more", n)
		}
	})
}

func TestReportsWithoutAChangeAreNotTold(t *testing.T) {
	bubble(t, func(t *testing.T, m *machine, monitor *Monitor) {
		c := monitor.Changes(t.Context())
		for range 1000 {
			time.Sleep(time.Millisecond)
			m.says()
		}
		if n, _ := count(c); n != 0 {
			t.Errorf("told %d times", n)
		}
		m.mu.Lock()
		defer m.mu.Unlock()
		if m.looks > 15 {
			t.Errorf("looked %d times in a second", m.looks)
		}
	})
}

func TestShortInterruptionIsAChange(t *testing.T) {
	bubble(t, func(t *testing.T, m *machine, monitor *Monitor) {
		c := monitor.Changes(t.Context())
		time.Sleep(time.Second)
		before := m.now
		m.becomes(picture{})
		m.says()
		synctest.Wait()
		m.becomes(before)
		m.says()
		time.Sleep(time.Second)
		if n, _ := count(c); n != 1 {
			t.Errorf("told %d times", n)
		}
	})
}

func TestChangeRightAfterTheCallIsNotMissed(t *testing.T) {
	bubble(t, func(t *testing.T, m *machine, monitor *Monitor) {
		c := monitor.Changes(t.Context())
		m.becomes(picture{text: "ethernet"}) // before anything watches
		time.Sleep(time.Second)
		if n, _ := count(c); n != 1 {
			t.Errorf("told %d times", n)
		}
	})
}

func TestPollSeesWhatIsNotReported(t *testing.T) {
	bubble(t, func(t *testing.T, m *machine, monitor *Monitor) {
		m.refuses = errors.New("permission denied")
		c := monitor.Changes(t.Context())
		time.Sleep(time.Minute)
		m.becomes(picture{text: "ethernet"})
		start := time.Now()
		if err := receive(t.Context(), c); err != nil || time.Since(start) > pollInterval+settleTime {
			t.Errorf("%v after %v", err, time.Since(start))
		}
	})
}

func TestWakingUpIsAChange(t *testing.T) {
	bubble(t, func(t *testing.T, m *machine, monitor *Monitor) {
		c := monitor.Changes(t.Context())
		time.Sleep(time.Minute)
		for _, step := range []struct {
			slept time.Duration
			want  int
		}{{time.Hour, 1}, {0, 0}, {sleepGap, 0}, {-time.Hour, 0}, {sleepGap + time.Second, 1}} {
			m.mu.Lock()
			m.sleeping += step.slept
			m.mu.Unlock()
			time.Sleep(pollInterval + 2*settleTime)
			if n, _ := count(c); n != step.want {
				t.Errorf("told %d times after %v of sleep", n, step.slept)
			}
		}
	})
}

func TestNobodyWaitsNothingRuns(t *testing.T) {
	bubble(t, func(t *testing.T, m *machine, monitor *Monitor) {
		running := func(want bool) {
			t.Helper()
			synctest.Wait()
			if got := m.report != nil; got != want {
				t.Errorf("watching: %v", got)
			}
		}
		monitor.Online()
		running(false)
		first, endFirst := context.WithCancel(t.Context())
		second, endSecond := context.WithCancel(t.Context())
		defer endSecond()
		a := monitor.Changes(first)
		b := monitor.Changes(second)
		running(true)
		endFirst()
		running(true)
		if _, open := count(a); open {
			t.Error("the channel outlives its context")
		}
		if _, open := count(b); !open {
			t.Error("closed for another's context")
		}
		endSecond()
		running(false)
		monitor.Changes(t.Context())
		running(true)
		if m.watches != 2 {
			t.Errorf("%d watches for three who wait", m.watches)
		}
	})
}

func TestCloseEndsAllWaiting(t *testing.T) {
	bubble(t, func(t *testing.T, m *machine, monitor *Monitor) {
		c := monitor.Changes(t.Context())
		waits := make(chan error)
		go func() { waits <- Wait(t.Context(), monitor) }()
		synctest.Wait()
		monitor.Close()
		if m.report != nil {
			t.Error("Close returns while the watch runs")
		}
		if _, open := count(c); open {
			t.Error("channel is open")
		}
		if err := <-waits; !errors.Is(err, ErrClosed) {
			t.Errorf("%v", err)
		}
		if err := Wait(t.Context(), monitor); !errors.Is(err, ErrClosed) {
			t.Errorf("after it: %v", err)
		}
		monitor.Close()
	})
}

func TestOneChangeForAll(t *testing.T) {
	bubble(t, func(t *testing.T, m *machine, monitor *Monitor) {
		var all []<-chan struct{}
		for range 50 {
			all = append(all, monitor.Changes(t.Context()))
		}
		time.Sleep(time.Second)
		for _, p := range []string{"1", "2", "3"} {
			m.becomes(picture{text: p})
			m.says()
			time.Sleep(time.Second)
		}
		for i, c := range all {
			if n, _ := count(c); n != 1 {
				t.Errorf("channel %d has %d values", i, n)
			}
		}
		if m.watches != 1 {
			t.Errorf("%d watches", m.watches)
		}
	})
}
