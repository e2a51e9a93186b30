package model

import (
	"math"
	"time"
)

const (
	// smoothing is the time constant of rates.
	smoothing = 3 * time.Second
	// etaAfter is how long a rate has to be watched before it foretells
	// anything.
	etaAfter = 3 * time.Second
	sparkLen = 60 // seconds
	// atRest is the rate in bytes per second below which nothing moves.
	atRest = 1
)

// meter measures the rate of one row, or of all.
type meter struct {
	since, last time.Time
	total       int64 // bytes at the last sample
	moved       int64 // bytes in all
	level       float64
	weight      float64 // how much of level has been filled by samples
	peak        float64
	spark       spark
}

// begin starts measuring at now with total bytes at hand.
func (m *meter) begin(now time.Time, total int64) {
	m.since, m.last, m.total = now, now, total
	m.level, m.weight, m.moved = 0, 0, 0
}

// sample takes in that total bytes are at hand at now, and tells whether the
// rate changed. A total that shrank (a restart) begins anew.
func (m *meter) sample(now time.Time, total int64) bool {
	if m.last.IsZero() || total < m.total {
		m.begin(now, total)
		return true
	}
	dt := now.Sub(m.last)
	if dt <= 0 {
		return false
	}
	n := total - m.total
	m.last, m.total = now, total
	m.moved += n
	before := m.rate()
	a := 1 - math.Exp(-dt.Seconds()/smoothing.Seconds())
	m.level += a * (float64(n)/dt.Seconds() - m.level)
	m.weight += a * (1 - m.weight)
	if m.level < atRest*m.weight {
		m.level = 0
	}
	m.spark.add(now, n)
	rate := m.rate()
	if now.Sub(m.since) >= time.Second {
		m.peak = max(m.peak, rate)
	}
	return rate != before
}

// rate is bytes per second. While few samples have been taken it is their
// mean, not something that climbs from 0.
func (m *meter) rate() float64 {
	if m.weight == 0 {
		return 0
	}
	return m.level / m.weight
}

// mean is bytes per second since the meter began.
func (m *meter) mean() float64 {
	if d := m.last.Sub(m.since).Seconds(); d > 0 {
		return float64(m.moved) / d
	}
	return 0
}

// eta is how long left bytes will take, negative when that is unknown.
func (m *meter) eta(left int64) time.Duration {
	r := m.rate()
	if left < 0 || r < atRest || m.last.Sub(m.since) < etaAfter {
		return -1
	}
	s := float64(left) / r
	if s > (1000 * time.Hour).Seconds() {
		return -1
	}
	return time.Duration(s * float64(time.Second))
}

// spark is a ring of the bytes of each of the last seconds.
type spark struct {
	ring   *[sparkLen]float32 // nil before the first second has passed
	second int64              // the second, in Unix time, that is being filled
	filled int                // seconds with a value, the one being filled not counted
	n      float32
}

func (s *spark) add(now time.Time, n int64) {
	sec := now.Unix()
	if s.second == 0 {
		s.second = sec
	}
	if gap := sec - s.second; gap > 0 {
		if s.ring == nil {
			s.ring = new([sparkLen]float32)
		}
		for i := range min(gap, sparkLen) {
			v := float32(0)
			if i == 0 {
				v = s.n
			}
			s.ring[(s.second+i)%sparkLen] = v
		}
		s.filled = int(min(int64(s.filled)+gap, sparkLen))
		s.second, s.n = sec, 0
	}
	s.n += float32(n)
}

// values are the seconds that have passed, oldest first.
func (s *spark) values() []float64 { return s.append(make([]float64, 0, s.filled)) }

// append appends the seconds that have passed, oldest first.
func (s *spark) append(dst []float64) []float64 {
	for i := range s.filled {
		at := s.second - int64(s.filled) + int64(i)
		dst = append(dst, float64(s.ring[at%sparkLen]))
	}
	return dst
}
