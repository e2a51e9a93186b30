package segment

import (
	"math"
	"time"
)

// Sample is what a tuner is shown.
type Sample struct {
	// At is the time since any fixed moment.
	At time.Duration
	// Received counts the bytes of all connections together.
	Received int64
	// Left is how many have still to come.
	Left int64
	// Answered is how many connections have a response.
	Answered int
	// Lossy tells that packets were lost on the way.
	Lossy bool
}

// Tuner decides how many connections one download should have. It is for one
// goroutine.
type Tuner struct {
	most   int
	fixed  bool
	rtt    time.Duration
	window time.Duration

	want int
	// opened and bytes are where the present window began; last is the rate
	// of the one before, windows how many there were since the last change.
	opened  time.Duration
	bytes   int64
	last    float64
	windows int

	// probe is the number of connections before the last ones were added, 0
	// when it is settled whether those pay; base is the rate that they have
	// to better, deadline when they are given up if they are not answered.
	probe    int
	ready    bool // the window began with all of them answered
	base     float64
	deadline time.Duration

	// settled: a window was no faster than the one before it, so that what is
	// lost from then on may be lost for want of room on the way.
	settled bool

	// marks are the last two times that a mean rate can count from.
	marks [2]Sample

	// again is when the next try makes sense after one that did not pay, rest
	// the wait after that one.
	again, rest time.Duration
	// limit holds until limited: a server has refused more.
	limit   int
	limited time.Duration
}

// The rules. Rates are compared over windows of two round trips: packets come
// in bunches of one.
const (
	leastWindow = 20 * time.Millisecond
	mostWindow  = 400 * time.Millisecond
	// A rate that grows by so much from window to window is still on its way
	// (slow start doubles it with each round trip), and says nothing yet.
	rising = 1.25
	// More connections have paid when they brought a quarter of what as many
	// of the ones before do. When they raised the total at all, by harmless,
	// as many are kept as that is worth.
	paid     = 0.25
	harmless = 1.1
	// The first try is for one more connection, later ones for three times as
	// many more: a download of a second has no time for caution.
	firstFactor, nextFactor = 2, 4
	// Below so much of the rate before, something else has changed.
	collapsed = 0.6
	// One connection as fast as this, in bytes per second over the last one to
	// two of markEvery, is held up by this machine and not by the server. A
	// window alone may show no more than that this machine was busy.
	fast      = 120e6
	markEvery = time.Second
	// A try costs a handshake and a slow start: what is left has to take so
	// many round trips, or windows, for that to pay.
	paysTrips   = 30
	paysWindows = 2
	// After a try that did not pay comes a rest, twice as long each time.
	firstRest   = 5 * time.Second
	longestRest = time.Minute
	// From so long a round trip on, what is lost while a rate is still rising
	// says that the way loses packets by itself. Each loss holds its connection
	// up for a round trip and more, and there are more to come than can be
	// measured: the fewer bytes wait behind one the better.
	longTrip = 20 * time.Millisecond
	// A refusal holds for so long at least, and at most.
	leastRefusal = 10 * time.Second
	mostRefusal  = 5 * time.Minute
)

// NewTuner returns a tuner that goes up to most connections. rtt is the time
// that the server takes to answer.
func NewTuner(most int, rtt time.Duration) *Tuner {
	return &Tuner{
		most: max(most, 1), rtt: rtt, window: min(max(2*rtt, leastWindow), mostWindow),
		want: 1, rest: firstRest, limit: max(most, 1),
	}
}

// NewFixed returns a tuner for a number of connections that was asked for: it
// only yields to a server that refuses them.
func NewFixed(n int) *Tuner {
	t := NewTuner(n, 0)
	t.fixed, t.want = true, t.most
	return t
}

// Interval is how long to wait for the next Observe when nothing happens.
func (t *Tuner) Interval() time.Duration {
	if t.mayBeLossy() {
		return min(t.rtt/2, t.window)
	}
	if t.fixed || t.probe == 0 && t.windows > 2 && t.again > t.opened {
		return max(t.window, 100*time.Millisecond)
	}
	return t.window
}

// Observe returns how many connections there should be now. It may be called
// at any time, and should be when a connection was answered or has ended.
func (t *Tuner) Observe(s Sample) int {
	if t.limited > 0 && s.At >= t.limited {
		t.limit, t.limited = t.most, 0
		if t.fixed {
			t.want = t.most
		}
	}
	if t.fixed {
		return min(t.want, t.limit)
	}
	if s.Lossy && t.mayBeLossy() {
		return t.spread(s)
	}
	if t.probe > 0 && !t.ready {
		switch {
		case s.Answered >= t.want:
			t.ready = true
			t.open(s)
		case s.At >= t.deadline:
			t.settle(s, max(t.probe, s.Answered))
		}
		return t.want
	}
	if s.At-t.marks[1].At >= markEvery {
		t.marks = [2]Sample{t.marks[1], s}
	}
	d := s.At - t.opened
	if d < t.window {
		return t.want
	}
	rate := float64(s.Received-t.bytes) / d.Seconds()
	before := t.last
	t.open(s)
	t.last = rate
	t.windows++
	t.settled = t.settled || t.windows > 1 && rate <= rising*before
	if t.probe > 0 {
		t.judge(s, rate, before)
	} else {
		t.consider(s, rate, before)
	}
	return t.want
}

// mayBeLossy tells whether a loss would say something about the way.
func (t *Tuner) mayBeLossy() bool {
	return !t.fixed && !t.settled && t.rtt >= longTrip
}

// spread goes to as many connections as there may be and stays there: what
// they bring changes with each loss, so that no window can say whether they pay.
func (t *Tuner) spread(s Sample) int {
	t.settled = true
	t.settle(s, min(t.most, t.limit))
	return t.want
}

// open begins a window.
func (t *Tuner) open(s Sample) { t.opened, t.bytes = s.At, s.Received }

// judge decides whether the connections added last have paid.
func (t *Tuner) judge(s Sample, rate, before float64) {
	switch {
	case rate >= t.base*(1+paid*float64(t.want-t.probe)/float64(t.probe)):
		t.probe, t.rest = 0, firstRest
		t.grow(s, rate)
	case t.windows < 2, rate > rising*before:
		// They are still getting faster, or one window is not enough to
		// tell: servers send in bursts.
	case rate < collapsed*t.base:
		// More connections do not do that: the rate before was a burst.
		t.probe = 0
		t.grow(s, rate)
	case rate >= harmless*t.base:
		t.settle(s, min(t.want, int(math.Ceil(float64(t.probe)*rate/t.base))))
	default:
		t.settle(s, t.probe)
	}
}

// settle ends a try with n connections, and rests.
func (t *Tuner) settle(s Sample, n int) {
	t.want, t.probe, t.windows = n, 0, 0
	t.again = s.At + t.rest
	t.rest = min(2*t.rest, longestRest)
	t.open(s)
}

// consider decides whether to try more connections.
func (t *Tuner) consider(s Sample, rate, before float64) {
	switch {
	case t.windows < 2, rate > rising*before:
		return // it is not known yet what the present ones bring
	case s.At < t.again && rate > collapsed*t.base:
		return
	}
	t.grow(s, rate)
}

// grow tries more connections, if that can pay.
func (t *Tuner) grow(s Sample, rate float64) {
	t.base, t.windows = rate, 0
	n := firstFactor
	if t.want > 1 {
		n = nextFactor * t.want
	}
	n = min(n, t.most, t.limit)
	pays := max(paysTrips*t.rtt, paysWindows*t.window).Seconds()
	mean := max(rate, float64(s.Received-t.marks[0].Received)/max(s.At-t.marks[0].At, time.Millisecond).Seconds())
	if n <= t.want || mean/float64(t.want) >= fast || float64(s.Left) < pays*rate {
		return
	}
	t.probe, t.ready, t.want = t.want, false, n
	t.deadline = s.At + max(time.Second, 10*t.rtt)
}

// Crowded notes that there can be no more than n connections for now, because
// nothing is left to be split or others need them.
func (t *Tuner) Crowded(at time.Duration, n int) {
	if n = max(n, 1); t.fixed || n >= t.want {
		return
	}
	t.settle(Sample{At: at, Received: t.bytes}, n)
}

// Refused notes that the server has refused a connection while n others were
// answered, and asked to be left alone for the time of wait. No more than those
// are tried for a while.
func (t *Tuner) Refused(at time.Duration, n int, wait time.Duration) {
	t.limit = max(min(n, t.limit), 1)
	t.limited = max(t.limited, at+min(max(wait, leastRefusal), mostRefusal))
	t.want = min(t.want, t.limit)
	t.probe, t.windows = 0, 0
	t.again = max(t.again, t.limited)
}

// Restart forgets what was measured: the download stood still.
func (t *Tuner) Restart(s Sample) {
	t.open(s)
	t.marks = [2]Sample{s, s}
	t.windows = 0
	t.deadline = max(t.deadline, s.At+t.window)
}
