package segment

import (
	"testing"
	"time"
)

// network is a model of a server and the way to it, in steps of a millisecond.
type network struct {
	rtt        time.Duration
	link       float64 // bytes per second of all connections, 0: no bound
	each       float64 // bytes per second of one connection, 0: no bound
	burst      float64 // bytes that a connection gets at once at its beginning
	slowStart  bool
	allowed    int // connections that the server answers, 0: any number
	refuseWait time.Duration
	loses      time.Duration // when the first packet is lost, 0: none is
}

// outcome is how a simulated download went.
type simulated struct {
	took      time.Duration
	most, end int // connections
	refusals  int
	at        map[int]time.Duration // when so many connections were wanted first
}

// fetch downloads size bytes.
func (n network) fetch(tuner *Tuner, size float64) simulated {
	type conn struct {
		age   time.Duration // since it was begun
		burst float64
	}
	const step = time.Millisecond
	out := simulated{at: map[int]time.Duration{}}
	open := []*conn{{age: time.Hour, burst: n.burst}}
	if n.slowStart {
		open[0].age = 2 * n.rtt // it is answered, and not faster than any other
	}
	var received float64
	for now := time.Duration(0); ; now += step {
		answered, total := 0, 0.0
		for _, c := range open {
			c.age += step
			if c.age < 2*n.rtt {
				continue // handshake and request
			}
			answered++
			rate := 1e9
			if n.slowStart {
				trips := float64(c.age-2*n.rtt) / float64(n.rtt)
				window := 14600.0
				for range int(min(trips, 20)) {
					window *= 2
				}
				rate = window / n.rtt.Seconds()
			}
			if c.burst > 0 {
				c.burst -= rate * step.Seconds()
			} else if n.each > 0 {
				rate = min(rate, n.each)
			}
			total += rate
		}
		if n.link > 0 {
			total = min(total, n.link)
		}
		received += total * step.Seconds()
		if received >= size || now > time.Hour {
			out.took, out.end = now, len(open)
			return out
		}
		want := tuner.Observe(Sample{At: now, Received: int64(received), Left: int64(size - received), Answered: answered,
			Lossy: n.loses > 0 && now >= n.loses})
		if _, known := out.at[want]; !known {
			out.at[want] = now
		}
		for len(open) < want {
			if n.allowed > 0 && len(open) == n.allowed {
				out.refusals++
				tuner.Refused(now, len(open), n.refuseWait)
				break
			}
			open = append(open, &conn{burst: n.burst})
		}
		open = open[:min(len(open), want)]
		out.most = max(out.most, len(open))
	}
}

const mib = 1 << 20

func TestAServerThatLimitsEachConnectionGetsAsManyAsHelp(t *testing.T) {
	for name, n := range map[string]network{
		"smooth":    {each: 4e6, rtt: 100 * time.Microsecond},
		"in bursts": {each: 4e6, burst: 4e6, rtt: 100 * time.Microsecond},
		"far away":  {each: 4e6, rtt: 40 * time.Millisecond, slowStart: true},
	} {
		out := n.fetch(NewTuner(16, n.rtt), 512*mib)
		if out.most != 16 || out.end != 16 {
			t.Errorf("%s: at most %d connections, %d at the end", name, out.most, out.end)
		}
		if best := 512 * mib / (16 * 4e6); out.took.Seconds() > 1.2*best {
			t.Errorf("%s: took %v, %.1f s at best", name, out.took, best)
		}
		if first := out.at[16]; first > 250*time.Millisecond+20*n.rtt {
			t.Errorf("%s: 16 connections after %v", name, first)
		}
	}
}

func TestOneFastConnectionIsEnough(t *testing.T) {
	n := network{rtt: 100 * time.Microsecond, link: 1e9}
	if out := n.fetch(NewTuner(16, n.rtt), 2048*mib); out.most != 1 {
		t.Errorf("up to %d connections", out.most)
	}
}

func TestAFullLinkIsLeftToFewConnections(t *testing.T) {
	n := network{rtt: 10 * time.Millisecond, link: 12e6, slowStart: true}
	out := n.fetch(NewTuner(16, n.rtt), 512*mib)
	if out.most > 2 || out.end != 1 {
		t.Errorf("up to %d connections, %d at the end", out.most, out.end)
	}
	if best := 512 * mib / 12e6; out.took.Seconds() > 1.02*best {
		t.Errorf("took %v, %.1f s at best", out.took, best)
	}
}

func TestWhatEndsSoonIsNotShared(t *testing.T) {
	n := network{rtt: 100 * time.Millisecond, link: 25e6, slowStart: true}
	if out := n.fetch(NewTuner(16, n.rtt), 64*mib); out.most != 1 {
		t.Errorf("up to %d connections for 64 MiB over 200 Mbit/s", out.most)
	}
}

func TestALossyLinkGetsMoreConnections(t *testing.T) {
	// Loss holds each connection down and leaves the link empty.
	n := network{rtt: 100 * time.Millisecond, link: 25e6, each: 250e3, slowStart: true}
	out := n.fetch(NewTuner(16, n.rtt), 64*mib)
	if out.most != 16 || out.at[16] > 6*time.Second {
		t.Errorf("up to %d connections, 16 after %v", out.most, out.at[16])
	}
}

func TestALossWhileTheRateRisesHasAllConnectionsOpened(t *testing.T) {
	const loses = 350 * time.Millisecond
	for _, c := range []struct {
		name   string
		n      network
		tuner  *Tuner
		most   int
		atOnce bool
	}{
		{"on a long way", network{rtt: 100 * time.Millisecond, link: 25e6, slowStart: true, loses: loses},
			NewTuner(16, 100*time.Millisecond), 16, true},
		{"within the bound", network{rtt: 100 * time.Millisecond, link: 25e6, slowStart: true, loses: loses},
			NewTuner(6, 100*time.Millisecond), 6, true},
		{"not when it is steady", network{rtt: 100 * time.Millisecond, link: 25e6, loses: time.Second},
			NewTuner(16, 100*time.Millisecond), 1, false},
		{"not on a short way", network{rtt: time.Millisecond, link: 25e6, slowStart: true, loses: time.Millisecond},
			NewTuner(16, time.Millisecond), 2, false},
		{"not with a number that was asked for", network{rtt: 100 * time.Millisecond, link: 25e6, slowStart: true, loses: loses},
			NewFixed(3), 3, false},
	} {
		out := c.n.fetch(c.tuner, 64*mib)
		if out.most != c.most {
			t.Errorf("%s: up to %d connections", c.name, out.most)
		}
		if first := out.at[c.most]; c.atOnce && first > loses+50*time.Millisecond {
			t.Errorf("%s: %d connections after %v", c.name, c.most, first)
		}
	}
}

func TestConnectionsOverALossyWayYieldToARefusal(t *testing.T) {
	n := network{rtt: 100 * time.Millisecond, each: 1e6, slowStart: true, loses: 200 * time.Millisecond, allowed: 3, refuseWait: time.Minute}
	if out := n.fetch(NewTuner(16, n.rtt), 64*mib); out.most != 3 || out.end != 3 || out.refusals > 2 {
		t.Errorf("up to %d connections, %d at the end, %d refusals", out.most, out.end, out.refusals)
	}
}

func TestARefusalLowersTheLimitAtOnceAndForAWhile(t *testing.T) {
	n := network{rtt: time.Millisecond, each: 1e6, allowed: 3, refuseWait: 20 * time.Second}
	out := n.fetch(NewTuner(16, n.rtt), 64*mib) // 21 s with three
	if out.most != 3 || out.end != 3 {
		t.Errorf("up to %d connections, %d at the end", out.most, out.end)
	}
	if out.refusals > 2 {
		t.Errorf("%d refusals: it does not leave the server alone", out.refusals)
	}
}

func TestAFixedNumberYieldsToARefusalAndComesBack(t *testing.T) {
	tuner := NewFixed(8)
	if n := tuner.Observe(Sample{}); n != 8 {
		t.Fatalf("%d connections", n)
	}
	tuner.Refused(time.Second, 3, time.Minute)
	for _, c := range []struct {
		at   time.Duration
		want int
	}{{2 * time.Second, 3}, {60 * time.Second, 3}, {61 * time.Second, 8}} {
		if n := tuner.Observe(Sample{At: c.at}); n != c.want {
			t.Errorf("after %v: %d connections, not %d", c.at, n, c.want)
		}
	}
}

func TestALongRetryAfterIsBounded(t *testing.T) {
	tuner := NewFixed(8)
	tuner.Refused(0, 2, 1000*time.Hour)
	if n := tuner.Observe(Sample{At: mostRefusal}); n != 8 {
		t.Errorf("%d connections", n)
	}
}

func TestConnectionsThatAreNotAnsweredAreGivenUp(t *testing.T) {
	tuner := NewTuner(16, time.Millisecond)
	var received int64
	most := 0
	for now := time.Duration(0); now < 3*time.Second; now += 10 * time.Millisecond {
		received += 10_000
		want := tuner.Observe(Sample{At: now, Received: received, Left: 1 << 30, Answered: 1})
		most = max(most, want)
		if now > 2*time.Second && want != 1 {
			t.Fatalf("%d connections after %v", want, now)
		}
	}
	if most != 2 {
		t.Errorf("up to %d connections", most)
	}
}
