package model

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// names are the names of the listed rows.
func (s *story) names() (out []string) {
	for _, r := range s.m.Rows(nil, 0, 100) {
		out = append(out, r.Name)
	}
	return out
}

// resting is a story with paused rows of the names given, which never run.
func resting(t *testing.T, names []string, tale func(s *story)) {
	t.Helper()
	tell(t, Options{}, func(s *story) {
		for _, n := range names {
			s.add("/file/"+n, func(sp *Spec) { sp.Paused = true })
		}
		tale(s)
	})
}

func TestCursorStaysOnItsRow(t *testing.T) {
	resting(t, []string{"c", "a", "d", "b"}, func(s *story) {
		if i, id := s.m.Cursor(); i != 0 || id != 1 {
			t.Fatalf("cursor %d %d", i, id)
		}
		s.m.SetSort(SortName, false)
		s.expect(slices.Equal(s.names(), []string{"a", "b", "c", "d"}), "%v", s.names())
		i, id := s.m.Cursor()
		s.expect(i == 2 && id == 1, "cursor %d on %d, want 2 on c", i, id)
		s.m.SetSort(SortName, true)
		i, id = s.m.Cursor()
		s.expect(i == 1 && id == 1, "cursor %d on %d", i, id)
		s.m.MoveTo(99)
		i, _ = s.m.Cursor()
		s.expect(i == 3, "cursor %d", i)
		s.m.MoveTo(-5)
		i, _ = s.m.Cursor()
		s.expect(i == 0, "cursor %d", i)
		// When its row goes, the cursor stays in its place.
		s.m.MoveTo(1)
		_, id = s.m.Cursor()
		s.do(s.m.Remove(ids(id), false))
		i, now := s.m.Cursor()
		s.expect(i == 1 && now != id, "cursor %d on %d", i, now)
		if err := s.m.SetFilter("nothing"); err != nil {
			t.Fatal(err)
		}
		i, now = s.m.Cursor()
		s.expect(i == -1 && now == 0 && s.m.Len() == 0 && s.m.Selection() == nil, "cursor %d on %d", i, now)
		s.expect(s.m.SetFilter("is:nonsense nothing") != nil && s.m.Filter() == "nothing", "filter %q", s.m.Filter())
		s.m.MoveTo(3)
		if err := s.m.SetFilter(""); err != nil {
			t.Fatal(err)
		}
		i, _ = s.m.Cursor()
		s.expect(i == 0, "cursor %d", i)
	})
}

func TestViewsAndFilter(t *testing.T) {
	resting(t, []string{"alpha", "beta", "gamma"}, func(s *story) {
		done := s.add("/file/done")
		s.reaches(done, Done)
		refused := s.add("/missing/refused")
		s.reaches(refused, Refused)
		for v, want := range map[View]int{ViewAll: 5, ViewRunning: 0, ViewWaiting: 3, ViewAttention: 1, ViewDone: 1} {
			s.m.SetView(v)
			s.expect(s.m.Len() == want && s.m.View() == v, "view %d has %d rows", v, s.m.Len())
		}
		s.m.SetView(ViewAll)
		for f, want := range map[string]string{"a is:paused": "[alpha beta gamma]", "is:done": "[done]", "MM": "[gamma]"} {
			if err := s.m.SetFilter(f); err != nil {
				t.Fatal(err)
			}
			s.expect(fmt.Sprint(s.names()) == want, "%q: %v", f, s.names())
		}
	})
}

func TestMarks(t *testing.T) {
	resting(t, []string{"a", "b", "c", "d", "e"}, func(s *story) {
		m := s.m
		s.expect(slices.Equal(m.Selection(), ids(1)), "%v", m.Selection())
		m.MoveTo(1)
		m.ToggleMark()
		m.MoveTo(3)
		m.MarkRange()
		s.expect(slices.Equal(m.Selection(), ids(2, 3, 4)) && m.Marked() == 3, "%v", m.Selection())
		m.InvertMarks()
		s.expect(slices.Equal(m.Selection(), ids(1, 5)), "%v", m.Selection())
		m.MarkAll()
		s.expect(m.Marked() == 5, "%d", m.Marked())
		s.do(m.Remove(ids(2), false))
		s.expect(m.Marked() == 4, "a removed row is marked: %d", m.Marked())
		m.ClearMarks()
		m.ToggleMark()
		m.ToggleMark()
		s.expect(m.Marked() == 0, "%d", m.Marked())
		s.do(m.Cancel(ids(1, 3)))
		s.expect(m.Totals().Rows == 4 && m.Summary().Cancelled == 2, "%+v", m.Totals())
	})
}

func TestTheOrderDoesNotRunAway(t *testing.T) {
	tell(t, Options{}, func(s *story) {
		slow, fast := s.add("/slow/slow?size=10MB&rate=100kB"), s.add("/slow/fast?size=40MB&rate=1MB")
		s.m.SetSort(SortDone, false)
		s.m.SetSort(SortRate, false)
		s.running(fast, 1)
		s.running(slow, 1)
		s.pass(3 * time.Second)
		s.expect(slices.Equal(s.names(), []string{"fast", "slow"}), "%v", s.names())
		s.do(s.m.TogglePause(ids(fast)))
		s.m.MoveTo(1)
		moved := time.Now()
		s.until("reordered", func() bool { return s.names()[0] == "slow" })
		s.expect(time.Since(moved) >= settleTime, "the order changed %v after a key", time.Since(moved))
		i, id := s.m.Cursor()
		s.expect(i == 0 && id == slow, "cursor %d on %d", i, id)
	})
}

func TestVersionStandsStillWhenNothingShows(t *testing.T) {
	tell(t, Options{}, func(s *story) {
		id := s.add("/file/stalls.bin?size=1MB&stall=1000")
		s.running(id, 1000)
		s.pass(50 * time.Second) // the rate has fallen to rest by then
		before := s.m.Version()
		s.pass(5 * time.Second)
		s.expect(s.m.Version() == before, "%d changes while nothing moves", s.m.Version()-before)
		s.expect(s.row(id).Rate == 0 && s.row(id).ETA < 0, "%+v", s.row(id))
		s.do(s.m.Cancel(ids(id)))
		s.reaches(id, Cancelled)
		synctest.Wait()
		s.expect(s.m.o.pace.Load() == 0, "it ticks although nothing runs")
	})
}
