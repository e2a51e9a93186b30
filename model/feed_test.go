package model

import (
	"errors"
	"fmt"
	"testing"
)

// pieces is a list of n rows of 1 kB in pieces of 3, with a line that is none in
// the first.
func (s *story) pieces(n int) (f Feed, refused *[]Problem) {
	refused = new([]Problem)
	at := 0
	return Feed{
		Refused: func(p []Problem) { *refused = append(*refused, p...) },
		Next: func() Batch {
			var b Batch
			if at == 0 {
				b.Problems = []Problem{{Err: errors.New("no URL")}}
			}
			for range 3 {
				b.Specs = append(b.Specs, Spec{URL: fmt.Sprintf("%s/file/f%d.bin?size=1kB", s.at.Files, at), Dir: s.dir})
				at++
			}
			b.Last = at >= n
			return b
		},
	}, refused
}

func TestAListIsTakenInWhileItsFirstRowsRun(t *testing.T) {
	tell(t, Options{}, func(s *story) {
		f, refused := s.pieces(30)
		s.do(s.m.AddFrom(f))
		if s.m.Idle() {
			t.Error("idle before the list was read")
		}
		s.until("idle", s.m.Idle)
		if sum := s.m.Summary(); sum.Done != 30 || len(*refused) != 1 {
			t.Errorf("%d done, %d refused", sum.Done, len(*refused))
		}
	})
}

func TestQuitTakesInTheRestOfAList(t *testing.T) {
	for _, waits := range []bool{false, true} {
		tell(t, Options{}, func(s *story) {
			f, _ := s.pieces(30)
			f.Waits = waits
			next := s.m.AddFrom(f)
			s.do(s.m.Quit())
			if waits {
				s.until("left", func() bool { return s.quit })
				s.do(next)
				if n := s.m.Len(); n != 0 {
					t.Errorf("%d rows of a list that nobody waits for any more", n)
				}
				return
			}
			s.do(next)
			s.until("left", func() bool { return s.quit })
			if n, sum := s.m.Len(), s.m.Summary(); n != 30 || sum.Kept != 30 {
				t.Errorf("%d rows, %d kept", n, sum.Kept)
			}
		})
	}
}
