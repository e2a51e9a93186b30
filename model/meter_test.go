package model

import (
	"math"
	"testing"
	"time"
)

func TestMeterIsSteadyFromTheFirstSamples(t *testing.T) {
	now := time.Unix(1000, 0)
	var m meter
	m.begin(now, 0)
	total := int64(0)
	for range 100 {
		now = now.Add(33 * time.Millisecond)
		total += 33_000
		m.sample(now, total)
		if r := m.rate(); math.Abs(r-1e6) > 1 {
			t.Fatalf("rate %v after %v, want 1 MB/s", r, now.Sub(m.since))
		}
	}
	if got := m.eta(2_000_000); got < 1900*time.Millisecond || got > 2100*time.Millisecond {
		t.Errorf("eta %v, want 2 s", got)
	}
}

func TestMeterFallsToRestAndThenStaysStill(t *testing.T) {
	now := time.Unix(1000, 0)
	var m meter
	m.begin(now, 0)
	now = now.Add(time.Second)
	m.sample(now, 1_000_000)
	now = now.Add(3 * time.Second)
	if m.sample(now, 1_000_000); m.rate() > 400_000 {
		t.Errorf("rate %v after 3 s of silence, want less than 1/e", m.rate())
	}
	for range 1000 {
		now = now.Add(250 * time.Millisecond)
		m.sample(now, 1_000_000)
	}
	if m.rate() != 0 {
		t.Errorf("rate %v at rest", m.rate())
	}
	if m.sample(now.Add(time.Second), 1_000_000) {
		t.Error("a meter at rest reports changes")
	}
}

func TestETAIsHiddenWhileItWouldBeAGuess(t *testing.T) {
	now := time.Unix(1000, 0)
	var m meter
	m.begin(now, 0)
	m.sample(now.Add(2900*time.Millisecond), 1_000_000)
	if got := m.eta(1); got >= 0 {
		t.Errorf("eta %v within the first 3 s", got)
	}
	m.sample(now.Add(3100*time.Millisecond), 1_100_000)
	if got := m.eta(1_000_000); got < 0 {
		t.Error("no eta after 3 s")
	}
	if got := m.eta(-1); got >= 0 {
		t.Error("an eta without a size")
	}
	if got := m.eta(1 << 60); got >= 0 {
		t.Errorf("an eta of %v", got)
	}
}

func TestMeterBeginsAnewAfterARestart(t *testing.T) {
	now := time.Unix(1000, 0)
	var m meter
	m.begin(now, 5_000_000)
	m.sample(now.Add(time.Second), 6_000_000)
	m.sample(now.Add(2*time.Second), 10)
	if m.rate() != 0 {
		t.Errorf("rate %v out of a total that shrank", m.rate())
	}
}

func TestSparkKeepsSecondsInOrder(t *testing.T) {
	var s spark
	start := time.Unix(1_000_000, 0)
	for i := range 70 {
		s.add(start.Add(time.Duration(i)*time.Second), int64(i))
		s.add(start.Add(time.Duration(i)*time.Second+500*time.Millisecond), int64(i))
	}
	v := s.values()
	if len(v) != sparkLen || v[0] != 2*9 || v[sparkLen-1] != 2*68 {
		t.Fatalf("%d values from %v to %v", len(v), v[0], v[len(v)-1])
	}
	s.add(start.Add(80*time.Second), 1)
	if v = s.values(); v[sparkLen-1] != 0 || v[sparkLen-11] != 2*69 {
		t.Errorf("silence is not 0: %v", v[40:])
	}
}
