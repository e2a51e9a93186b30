package session

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"

	"haul/transfer"
	"haul/transfer/partial"
)

// errOtherBytes says that a mirror has another file.
var errOtherBytes = errors.New("a mirror has other bytes")

// differError says that a source has other bytes in a range than are at hand.
type differError struct{ where partial.Range }

func (e *differError) Error() string { return errOtherBytes.Error() }
func (e *differError) Unwrap() error { return errOtherBytes }

// mostMirrorPoor failures in a row end the use of a mirror.
const mostMirrorPoor = 2

// firstSource is where the first response came from.
func (d *receiver) firstSource() *source {
	for _, s := range d.sources {
		if s.first {
			return s
		}
	}
	return d.sources[0]
}

// perSource counts the lanes that were not told to end, by their source.
func (c *crew) perSource() map[*source]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := make(map[*source]int)
	for _, ln := range c.crew {
		if !ln.retired {
			n[ln.from]++
		}
	}
	return n
}

// rate notes what a connection to each source brings.
func (c *crew) rate() {
	c.mu.Lock()
	defer c.mu.Unlock()
	n, sum := make(map[*source]int), make(map[*source]float64)
	for _, ln := range c.crew {
		if v := ln.piece.View(); v.Answered && !ln.retired {
			n[ln.from]++
			sum[ln.from] += v.Rate
		}
	}
	for s, n := range n {
		if sum[s] > 0 {
			s.rate = sum[s] / float64(n)
		}
	}
}

// from is the source that the next lane asks: one that nobody has tried yet,
// else the one whose connections bring most, shared among them and one more, of
// those that may have one more.
// It is nil when no source may have one now. A mirror that has still to prove
// itself has one lane at most, and none while nothing is at hand to compare
// with; its share of the lanes is kept for it meanwhile.
func (c *crew) from(now time.Time, want int) *source {
	if len(c.sources) == 1 {
		return c.sources[0]
	}
	lanes := c.perSource()
	share := func(s *source) float64 { return c.speed(s) / float64(lanes[s]+1) }
	var best *source
	alive, later := 0, 0
	for _, s := range c.sources {
		if !s.usable() {
			continue
		}
		alive++
		proven := s.isProven()
		switch {
		case c.perHost > 0 && lanes[s] >= c.perHost, s.most > 0 && lanes[s] >= s.most, now.Before(s.resting):
			continue
		case !proven && (lanes[s] > 0 || !c.canProve()):
			later++
			continue
		}
		if best == nil || !s.tried && best.tried || s.tried == best.tried && share(s) > share(best) {
			best = s
		}
	}
	if best != nil && later > 0 && best.tried && lanes[best] >= (want+alive-1)/alive {
		return nil
	}
	return best
}

// speed is the rate that a connection to s is taken to have. A source that was
// not measured yet is taken for an average one, one that failed for the slowest.
func (c *crew) speed(s *source) float64 {
	if s.rate > 0 || s.poor > 0 {
		return s.rate
	}
	var sum float64
	var n int
	for _, o := range c.sources {
		if o.rate > 0 {
			sum += o.rate
			n++
		}
	}
	return sum / float64(max(n, 1))
}

// canProve tells whether a mirror can show now that it has the same file.
func (c *crew) canProve() bool {
	if len(c.d.pieces()) > 0 {
		return true
	}
	_, ok := block(c.measure())
	return ok
}

// nobody tells that no source is left to be asked.
func (c *crew) nobody() bool {
	for _, s := range c.sources {
		if s.usable() {
			return false
		}
	}
	return true
}

// rested is when the next request may be made while no lane runs.
func (c *crew) rested() time.Time {
	if len(c.sources) == 1 {
		return c.resting
	}
	var first time.Time
	for _, s := range c.sources {
		if s.usable() && (first.IsZero() || s.resting.Before(first)) {
			first = s.resting
		}
	}
	if c.resting.After(first) {
		return c.resting
	}
	return first
}

// crowded tells whether a host has others waiting while the crew has more
// connections than it needs, of which one is to be ended.
func (c *crew) crowded(active int) bool {
	if active < 2 {
		return false
	}
	for s, n := range c.perSource() {
		if !c.d.l.s.slots.crowded(s.key) {
			continue
		}
		if len(c.sources) == 1 {
			return true
		}
		if n > 1 || s.most != 1 {
			s.most = max(n-1, 1)
			c.retireOf(s)
		}
	}
	return false
}

// retireOf ends a lane of s.
func (c *crew) retireOf(s *source) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, ln := range c.crew {
		if ln.from == s && !ln.retired {
			ln.retire()
			return
		}
	}
}

// stuck notes that nothing came of a request to s for too long. The caller
// holds mu.
func (c *crew) stuck(s *source) {
	s.rate = 0
	if len(c.sources) == 1 {
		return
	}
	if s.poor++; s.poor > mostPoor {
		s.drop("nothing comes from it")
	}
}

// measure is what is at hand that no mirror has brought: mirrors are held
// against that.
func (c *crew) measure() partial.RangeSet {
	have := c.d.file.Written()
	for _, s := range c.sources {
		s.mu.Lock()
		if !s.first {
			for _, r := range s.wrote.Ranges() {
				have.Remove(r)
			}
		}
		s.mu.Unlock()
	}
	return have
}

// mirrored tells whether a mirror has brought bytes of r.
func (c *crew) mirrored(r partial.Range) bool {
	for _, s := range c.sources {
		s.mu.Lock()
		n := covered(s.wrote, r)
		s.mu.Unlock()
		if n > 0 && !s.first {
			return true
		}
	}
	return false
}

// blame draws the conclusions from the failure of a lane where there are
// mirrors: they are about its source alone. An error ends the download.
func (c *crew) blame(e laneEnd) error {
	s := e.lane.from
	c.lost = e.err
	var refused *refusedError
	var differs *differError
	switch {
	case errors.Is(e.err, errNoSlot):
		s.resting = time.Now().Add(poorPause)
		return nil
	case errors.As(e.err, &differs):
		c.differ(s, differs.where)
		return nil
	case errors.Is(e.err, errOtherVersion), errors.Is(e.err, errOtherBytes):
		c.dismiss(s, e.err)
		return nil
	case e.bytes >= fruitful, e.lane.suspensions != c.d.l.t.suspended():
		s.poor = 0
		return nil
	}
	s.poor++
	wait := time.Duration(s.poor) * poorPause
	if errors.As(e.err, &refused) {
		wait = max(wait, refused.wait)
	}
	s.resting = time.Now().Add(min(wait, mostWait))
	s.most = max(c.perSource()[s], 1)
	limit := mostMirrorPoor
	if s.first {
		limit = mostPoor
	}
	if s.poor > limit || refused == nil && (!s.isProven() || errors.Is(e.err, transfer.ErrTimeout)) {
		c.dismiss(s, e.err)
	}
	return nil
}

// differ handles bytes of s that are not those at hand. What the first source
// serves is the measure. Nobody can tell which of two mirrors is wrong, so
// nothing of either is used.
func (c *crew) differ(s *source, where partial.Range) {
	guilty := 0
	for _, o := range c.sources {
		o.mu.Lock()
		involved := !o.first && (o == s || covered(o.wrote, where) > 0)
		o.suspect, o.compared = o.suspect || involved, o.compared || involved && o.dropped == ""
		o.mu.Unlock()
		if involved {
			guilty++
			c.dismiss(o, errOtherBytes)
		}
	}
	if guilty == 0 {
		c.dismiss(s, errOtherVersion)
	}
}

// dismiss ends the use of a source. What it is sending just now is of the
// version that was found good, so its lanes go on, unless it turned out to have
// other bytes.
func (c *crew) dismiss(s *source, why error) {
	s.drop(dropWords(why))
	if !errors.Is(why, errOtherBytes) {
		return
	}
	for range c.perSource()[s] {
		c.retireOf(s)
	}
}

// block is a place of overlapBytes at hand, by chance, so that nobody can know
// beforehand what is looked at.
func block(have partial.RangeSet) (partial.Range, bool) {
	var n int64
	for _, r := range have.Ranges() {
		n += max(0, r.End-r.Start-overlapBytes+1)
	}
	if n == 0 {
		return partial.Range{}, false
	}
	at := rand.Int64N(n) //nolint:gosec // it has to differ, not to be a secret
	for _, r := range have.Ranges() {
		here := max(0, r.End-r.Start-overlapBytes+1)
		if at < here {
			return partial.Range{Start: r.Start + at, End: r.Start + at + overlapBytes}, true
		}
		at -= here
	}
	return partial.Range{}, false
}

// prove compares a block of a mirror with the one at hand, before the first
// byte of it is used, and learns its validators.
func (ln *lane) prove(ctx context.Context) error {
	c, src := ln.c, ln.from
	if src.isProven() {
		return nil
	}
	where, ok := block(c.measure())
	if !ok {
		if len(c.d.pieces()) > 0 {
			return nil
		}
		return fmt.Errorf("%w: nothing is at hand to compare with", errOtherBytes)
	}
	st := src.state(c.d.file.State())
	l := ln.branch(ctx)
	l.prepare = func(h http.Header) { transfer.Continue(h, st, where) }
	x, err := l.authenticated()
	if err != nil {
		return err
	}
	if err := ln.judge(x, st, where, where.End); err != nil {
		x.close()
		return err
	}
	src.learn(x, c.length)
	x.drain()
	return nil
}
