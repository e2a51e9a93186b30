package model

import (
	"fmt"
	"slices"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"haul/session"
)

func TestTimelineKeepsTheLatestInOrder(t *testing.T) {
	var tl timeline
	for i := range 100 {
		tl.add(Event{Name: fmt.Sprint(i)})
		tl.add(Event{Name: "DidWriteData", Task: 1, Count: 1, Bytes: 10})
		tl.add(Event{Name: "DidWriteData", Task: 1, Count: 2, Bytes: 5})
	}
	got := tl.events()
	if len(got) != timelineLen || tl.lost != 200-timelineLen {
		t.Fatalf("%d events, %d lost", len(got), tl.lost)
	}
	for i, e := range got {
		n := 100 - timelineLen/2 + i/2
		if i%2 == 0 && e.Name != fmt.Sprint(n) || i%2 == 1 && (e.Count != 3 || e.Bytes != 15) {
			t.Fatalf("event %d is %+v", i, e)
		}
	}
	tl.add(Event{Name: "DidWriteData", Task: 2, Count: 1})
	if last := tl.events()[timelineLen-1]; last.Task != 2 || last.Count != 1 {
		t.Errorf("another task's progress was merged: %+v", last)
	}
}

func TestOutboxMergesProgressOfEachRowAndIsBounded(t *testing.T) {
	var b outbox
	at := map[RowID]int{1: -1, 2: -1}
	put := func(e Event) { at[e.Row] = b.add(e, at[e.Row]) }
	for range 3 {
		put(Event{Row: 1, Name: "DidWriteData", Count: 1, Bytes: 1})
		put(Event{Row: 2, Name: "DidWriteData", Count: 1, Bytes: 2})
	}
	put(Event{Row: 1, Name: "DidComplete", Count: 1})
	put(Event{Row: 1, Name: "DidWriteData", Count: 1, Bytes: 1})
	var got []string
	for _, e := range b.take() {
		got = append(got, fmt.Sprintf("%d %s %d", e.Row, e.Name, e.Count))
	}
	want := []string{"1 DidWriteData 3", "2 DidWriteData 3", "1 DidComplete 1", "1 DidWriteData 1"}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	put(Event{Row: 2, Name: "DidWriteData", Count: 1, Bytes: 2})
	if got := b.take(); len(got) != 1 || got[0].Count != 1 {
		t.Errorf("progress after a take: %+v", got)
	}
	for i := range 10 * outboxLen {
		put(Event{Row: 1, Name: fmt.Sprint(i)})
		if len(b.events) > outboxLen {
			t.Fatalf("%d events wait", len(b.events))
		}
	}
	if got := b.take(); got[len(got)-1].Name != fmt.Sprint(10*outboxLen-1) {
		t.Errorf("the latest event is %q", got[len(got)-1].Name)
	}
}

func TestEverySortKey(t *testing.T) {
	rows := []*row{
		{id: 1, name: "b", host: "y", size: 10, done: 5},
		{id: 2, name: "A", host: "x", size: 30, done: 3},
		{id: 3, name: "c", host: "z", size: -1, done: 9},
	}
	rows[0].state, rows[1].state, rows[2].state = Done, Running, Paused
	rows[1].ran = &run{meter: meter{level: 2, weight: 1}}
	for _, c := range []struct {
		key  SortKey
		rev  bool
		want string
	}{
		{SortAdded, false, "b A c"},
		{SortAdded, true, "c A b"},
		{SortName, false, "A b c"},
		{SortName, true, "c b A"},
		{SortSize, false, "A b c"},
		{SortDone, false, "b A c"},
		{SortRate, false, "A b c"},
		{SortETA, false, "A b c"},
		{SortState, false, "A c b"},
		{SortHost, false, "A b c"},
	} {
		l := list{sort: c.key, reverse: c.rev}
		l.rebuild(rows)
		got := ""
		for i, r := range l.shown {
			if r.pos != i {
				t.Errorf("key %d: row %d thinks it is at %d", c.key, i, r.pos)
			}
			got += " " + r.name
		}
		if got[1:] != c.want {
			t.Errorf("key %d, reversed %v:%s, want %s", c.key, c.rev, got, c.want)
		}
	}
}

func TestQuitDoesNotWaitForEver(t *testing.T) {
	m, tasks := crowd(t, 20)
	r := m.all[0]
	m.awaiting = map[RowID]session.TaskID{r.id: tasks[0].ID()}
	m.deadline = func() {}
	cmd := m.Update(deadlineMsg{})
	found := false
	var run func(tea.Cmd)
	run = func(c tea.Cmd) {
		if c == nil {
			return
		}
		switch msg := c().(type) {
		case tea.BatchMsg:
			for _, c := range msg {
				run(c)
			}
		case QuitMsg:
			found = true
		}
	}
	run(cmd)
	if !found {
		t.Error("no QuitMsg")
	}
	if cmd := m.Update(deadlineMsg{}); cmd != nil {
		t.Error("it quits twice")
	}
}

func TestLinkIsWhole(t *testing.T) {
	resting(t, []string{"a?token=abc"}, func(s *story) {
		link, ok := s.m.Link(1)
		s.expect(ok && link == s.at.Files+"/file/a?token=abc", "%q", link)
		s.expect(s.row(1).URL == s.at.Files+"/file/a?token=…", "shown as %q", s.row(1).URL)
		_, ok = s.m.Link(99)
		s.expect(!ok, "a link out of nothing")
		k, rev := s.m.Sort()
		s.expect(k == SortAdded && !rev, "sorted by %d", k)
		s.pass(time.Second)
	})
}
