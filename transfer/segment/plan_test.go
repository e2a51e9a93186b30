package segment

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"haul/transfer/partial"
)

func ranges(pairs ...int64) []partial.Range {
	var list []partial.Range
	for i := 0; i < len(pairs); i += 2 {
		list = append(list, partial.Range{Start: pairs[i], End: pairs[i+1]})
	}
	return list
}

func span(start, end int64) partial.Range { return partial.Range{Start: start, End: end} }

func TestRangesThatNobodyFetchesComeFirst(t *testing.T) {
	p := NewPlan(ranges(10, 20, 50, 90))
	if got := p.Take(true).Range(); got != span(10, 20) {
		t.Errorf("first %v", got)
	}
	second := p.Take(true)
	if got := second.Range(); got != span(50, 90) {
		t.Errorf("second %v", got)
	}
	if got := p.Take(false); got != nil {
		t.Errorf("without splitting there is %v", got.Range())
	}
	if got := p.Take(true).Range(); got != span(70, 90) {
		t.Errorf("stolen %v", got)
	}
	if got := second.Range(); got != span(50, 70) {
		t.Errorf("left of the second %v", got)
	}
}

func TestTheSlowestLosesMost(t *testing.T) {
	p := NewPlan(ranges(0, 1000, 2000, 3000))
	fastest, slow := p.Take(false), p.Take(false)
	for _, x := range []*Piece{fastest, slow} {
		if !x.Answered(3000) {
			t.Fatal("not answered")
		}
	}
	fastest.Claim(400)
	fastest.Wrote(400)
	slow.Claim(100)
	slow.Wrote(100)
	p.Sample(time.Second)
	x := p.Take(true)
	if got := x.Range(); got.End != 3000 || got.Start < 2100 || got.Start > 2400 {
		t.Errorf("stolen %v: the slow one keeps what it can fetch in the time", got)
	}
}

func TestWhatIsClaimedIsNotTakenOver(t *testing.T) {
	p := NewPlan(ranges(0, 1000))
	first := p.Adopt(0, 1000)
	if n := first.Claim(900); n != 900 {
		t.Fatalf("claimed %d", n)
	}
	x := p.Take(true)
	if x == nil || x.Range().Start < 900 {
		t.Fatalf("stolen %v", x)
	}
	first.Wrote(300) // fewer came: the rest has to be claimed again
	if n := first.Claim(10_000); n != int(x.Range().Start-300) {
		t.Errorf("claimed %d again", n)
	}
}

func TestAResponseGoesOnWhereNobodyIsAnswered(t *testing.T) {
	p := NewPlan(ranges(0, 1000))
	first := p.Adopt(0, 1000)
	second := p.Take(true)
	first.Claim(500)
	first.Wrote(500)
	if n := first.Claim(1000); n != 500 {
		t.Errorf("claimed %d of what the second one has no answer for", n)
	}
	if second.Answered(1000) {
		t.Error("the second one has something left")
	}
	second.End()
	first.Wrote(500)
	if n := first.Claim(1); n != 0 || p.Left() != 0 {
		t.Errorf("claimed %d, %d left", n, p.Left())
	}
}

func TestAnAnswerKeepsOthersOff(t *testing.T) {
	p := NewPlan(ranges(0, 1000))
	first := p.Adopt(0, 1000)
	second := p.Take(true)
	if !second.Answered(1000) {
		t.Fatal("nothing left for the second one")
	}
	first.Claim(500)
	first.Wrote(500)
	if n := first.Claim(1000); n != 0 {
		t.Errorf("claimed %d of what is being answered", n)
	}
	second.Claim(100)
	second.Wrote(100)
	second.End()
	if n := first.Claim(1000); n != 0 {
		t.Errorf("claimed %d over a gap", n)
	}
	if got := p.Take(true).Range(); got != span(600, 1000) {
		t.Errorf("given back %v", got)
	}
}

func TestAShortAnswerGivesTheRestBack(t *testing.T) {
	p := NewPlan(ranges(0, 1000))
	x := p.Take(false)
	if !x.Answered(100) {
		t.Fatal("nothing left")
	}
	if n := x.Claim(1000); n != 100 {
		t.Errorf("claimed %d", n)
	}
	if got := p.Take(true).Range(); got != span(100, 1000) {
		t.Errorf("given back %v", got)
	}
}

func TestWhatIsNotWorthARequestIsNotSplit(t *testing.T) {
	p := NewPlan(ranges(0, 1000))
	p.Tune(600, time.Second)
	p.Take(true)
	if x := p.Take(true); x != nil {
		t.Errorf("split off %v", x.Range())
	}
	p.Tune(400, time.Second)
	if x := p.Take(true); x == nil {
		t.Error("nothing split off")
	}
}

func TestAPieceThatIsStuckLosesEverything(t *testing.T) {
	p := NewPlan(ranges(0, 1000))
	alive, dead := p.Take(true), p.Take(true)
	dead.Answered(1000)
	for range 3 {
		alive.Claim(1)
		alive.Wrote(1)
		p.Sample(time.Second)
	}
	p.Tune(1, 4*time.Second)
	if x := p.Rescue(); x != nil {
		t.Errorf("found %v too early", x)
	}
	p.Tune(100, 2*time.Second)
	if x := p.Rescue(); x != dead {
		t.Errorf("found %v", x)
	}
	rest := dead.Range()
	if x := p.Take(true); x == nil || x.Range() != rest {
		t.Errorf("taken over %v of %v", x, rest)
	}
}

// Whatever connections do, every byte that is missing is written exactly once,
// no other byte is, and the plan ends when all are.
func TestEveryByteIsWrittenOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const size = 4096
		var missing []partial.Range
		for at := int64(0); at < size; {
			start := at + rapid.Int64Range(0, 600).Draw(t, "gap")
			end := start + rapid.Int64Range(1, 2000).Draw(t, "run")
			if end > size {
				break
			}
			missing = append(missing, span(start, end))
			at = end + 1
		}
		var left int64
		wanted := make([]bool, size)
		for _, r := range missing {
			left += r.End - r.Start
			for i := r.Start; i < r.End; i++ {
				wanted[i] = true
			}
		}
		written := make([]bool, size)
		p := NewPlan(missing)
		p.Tune(rapid.Int64Range(1, 300).Draw(t, "least"), time.Duration(rapid.IntRange(1, 3000).Draw(t, "patience"))*time.Millisecond)
		type connection struct {
			x        *Piece
			answered bool
			claim    int
		}
		var open []*connection
		for step := 0; p.Left() > 0; step++ {
			if step > 200_000 {
				t.Fatal("it does not end")
			}
			if p.Left() != left {
				t.Fatalf("%d left, not %d", p.Left(), left)
			}
			act := rapid.IntRange(0, 9).Draw(t, "act")
			if len(open) == 0 || act == 0 && len(open) < 8 {
				if x := p.Take(len(open) > 0); x != nil {
					open = append(open, &connection{x: x})
				} else if len(open) == 0 {
					t.Fatal("something is left and nobody gets it")
				}
				continue
			}
			i := rapid.IntRange(0, len(open)-1).Draw(t, "connection")
			c := open[i]
			end := func() {
				c.x.End()
				open = append(open[:i], open[i+1:]...)
			}
			switch {
			case act == 1:
				p.Sample(time.Duration(rapid.IntRange(0, 1000).Draw(t, "ms")) * time.Millisecond)
			case act == 2:
				end() // it broke
			case !c.answered:
				r := c.x.Range()
				reach := r.End + rapid.Int64Range(-50, 500).Draw(t, "reach")
				if c.answered = c.x.Answered(min(reach, size)); !c.answered {
					end()
				}
			case act < 6:
				if c.claim = c.x.Claim(rapid.IntRange(1, 700).Draw(t, "claim")); c.claim == 0 {
					end()
				}
			case c.claim > 0:
				n := rapid.IntRange(0, c.claim).Draw(t, "came")
				at := c.x.View().At
				for b := at; b < at+int64(n); b++ {
					if !wanted[b] {
						t.Fatalf("byte %d was not missing", b)
					}
					if written[b] {
						t.Fatalf("byte %d is written twice", b)
					}
					written[b] = true
				}
				c.x.Wrote(int64(n))
				left -= int64(n)
				c.claim = 0
			}
		}
		for b := range wanted {
			if wanted[b] != written[b] {
				t.Fatalf("byte %d: missing %t, written %t", b, wanted[b], written[b])
			}
		}
	})
}
