package model

import (
	"fmt"
	"syscall"
	"testing"
	"time"
)

// tellFar tells a story of twenty rows of a host that takes its time to answer.
// started is when they were added.
func tellFar(t *testing.T, way time.Duration, path func(i int) string, tale func(s *story, all []RowID, started time.Time)) {
	t.Helper()
	tell(t, Options{Grow: true, Retries: -1}, func(s *story) {
		s.dial = func(string) error {
			time.Sleep(way)
			return nil
		}
		var specs []Spec
		for i := range 20 {
			specs = append(specs, Spec{URL: s.at.Files + path(i), Dir: s.dir})
		}
		started := time.Now()
		all, problems, cmd := s.m.Add(specs)
		s.expect(len(problems) == 0, "%v", problems)
		s.do(cmd)
		tale(s, all, started)
	})
}

// most follows how many rows run at once until a condition holds.
func (s *story) most(what string, holds func() bool) (most int) {
	s.t.Helper()
	s.until(what, func() bool {
		most = max(most, s.m.Totals().Running)
		return holds()
	})
	return most
}

func (s *story) done(n int) func() bool {
	return func() bool { return s.m.Totals().Done == n }
}

func TestStoryAFarHostGetsMorePlacesBeforeItAnswers(t *testing.T) {
	small := func(i int) string { return fmt.Sprintf("/file/%d.bin?size=64kB", i) }
	tellFar(t, 100*time.Millisecond, small, func(s *story, all []RowID, started time.Time) {
		s.until("sixteen run", func() bool { return s.m.Totals().Running == mostConnections })
		took := time.Since(started)
		s.expect(took < 100*time.Millisecond, "that took %v, longer than the way there", took)
		s.expect(len(s.server.Log()) == 0, "it has answered: %v", s.server.Log())
		most := s.most("done", s.done(len(all)))
		s.expect(most == mostConnections, "%d ran at once", most)
	})
}

func TestStoryANearHostKeepsItsLimitForLargeFiles(t *testing.T) {
	large := func(i int) string { return fmt.Sprintf("/slow/%d.bin?size=2MB&rate=1MB", i) }
	tellFar(t, time.Millisecond, large, func(s *story, all []RowID, _ time.Time) {
		most := s.most("done", s.done(len(all)))
		s.expect(most == 6, "%d ran at once", most)
	})
}

// TestStoryLargeFilesOfAFarHostWaitAgain is of a host of which too much was
// asked before its first answer: what it has not answered by then waits again,
// in its order, and nothing of it is shown as a failure.
func TestStoryLargeFilesOfAFarHostWaitAgain(t *testing.T) {
	large := func(i int) string { return fmt.Sprintf("/slow/%d.bin?size=2MB&rate=1MB", i) }
	// The first answers come between two looks at them, and before any other.
	tellFar(t, 102*time.Millisecond, large, func(s *story, all []RowID, _ time.Time) {
		s.until("sixteen run", func() bool { return s.m.Totals().Running == mostConnections })
		s.until("one was answered", func() bool { return s.row(all[0]).Done > 0 })
		s.until("the last ones wait", func() bool { return s.m.Totals().Running == 6 })
		for i, id := range all {
			want := Running
			if i >= 6 {
				want = Queued
			}
			s.expect(s.row(id).State == want, "row %d is %v", i, s.row(id).State)
		}
		most := s.most("done", s.done(len(all)))
		s.expect(most == 6, "%d ran at once", most)
		for i, id := range all {
			s.whole(id, large(i))
		}
	})
}

func TestStoryAFarHostThatRefusesLosesItsPlaces(t *testing.T) {
	busy := func(i int) string { return fmt.Sprintf("/busy/%d.bin?times=100", i) }
	tellFar(t, 100*time.Millisecond, busy, func(s *story, all []RowID, _ time.Time) {
		s.until("sixteen run", func() bool { return s.m.Totals().Running == mostConnections })
		s.until("one is refused", func() bool { return s.m.Totals().Failed > 0 })
		s.until("the last ones wait", func() bool { return s.m.Totals().Running <= 6 })
		most := s.most("all are", func() bool { return s.m.Totals().Failed == len(all) })
		s.expect(most <= 6, "%d ran at once after that", most)
	})
}

func TestStoryAFarHostThatCannotBeReachedLosesItsPlaces(t *testing.T) {
	tell(t, Options{Grow: true, Retries: -1}, func(s *story) {
		s.dial = func(string) error {
			time.Sleep(100 * time.Millisecond)
			return syscall.ECONNREFUSED
		}
		for i := range 20 {
			s.add(fmt.Sprintf("/file/%d.bin?size=64kB", i))
		}
		s.until("sixteen run", func() bool { return s.m.Totals().Running == mostConnections })
		s.until("one fails", func() bool { return s.m.Totals().Failed > 0 })
		s.until("the last ones wait", func() bool { return s.m.Totals().Running <= 6 })
		most := s.most("all do", func() bool { return s.m.Totals().Failed == 20 })
		s.expect(most <= 6, "%d ran at once after that", most)
	})
}
