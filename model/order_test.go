package model

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"haul/session"
)

func TestTheMostUrgentWaitingRowStartsFirst(t *testing.T) {
	q := newQueue(1, 1)
	rows := []*row{nil}
	for i := range 4 {
		r := &row{id: RowID(i + 1), queueHost: []string{"a", "b"}[i%2], rank: rank{number: RowID(i + 1)}}
		q.push(r)
		rows = append(rows, r)
	}
	rows[4].rank.urgency = HighPriority
	rows[1].rank.urgency = LowPriority
	q.reorder()
	var order []RowID
	for range 4 {
		order = append(order, takeAll(q)...)
		last := rows[order[len(order)-1]]
		last.state = Done
		q.release(last)
	}
	if want := []RowID{4, 2, 3, 1}; !slices.Equal(order, want) {
		t.Errorf("started %v, want %v", order, want)
	}
}

func TestRowsMoveInTheQueueAndTheListShowsIt(t *testing.T) {
	tell(t, Options{Running: 1}, func(s *story) {
		one := s.add("/slow/one")
		two, three, four := s.add("/slow/two"), s.add("/slow/three"), s.add("/slow/four")
		if moved, _ := s.m.Move(ids(one), true); moved != 0 {
			t.Error("a row that runs has moved in the queue")
		}
		moved, cmd := s.m.Move(ids(three, four), true)
		s.do(cmd)
		if want := []string{"one", "three", "four", "two"}; moved != 2 || !slices.Equal(s.names(), want) {
			t.Errorf("moved %d: %v, want %v", moved, s.names(), want)
		}
		if place, of := s.m.Place(two); place != 3 || of != 3 {
			t.Errorf("two is at %d of %d", place, of)
		}
		if moved, _ := s.m.Move(ids(three, four), true); moved != 0 {
			t.Errorf("%d moved beyond the beginning of the queue: %v", moved, s.names())
		}
		s.do(s.m.SetPriority(ids(two), HighPriority+5))
		if place, _ := s.m.Place(two); place != 1 || s.row(two).Priority != HighPriority {
			t.Errorf("the urgent one is at %d with priority %v", place, s.row(two).Priority)
		}
		s.do(s.m.Cancel(ids(one)))
		s.reaches(two, Running)
		if p := s.m.rows[two].task.Priority(); p != session.PriorityHigh {
			t.Errorf("its task has priority %v", p)
		}
		s.do(s.m.SetPriority(ids(two), LowPriority))
		if p := s.m.rows[two].task.Priority(); p != session.PriorityLow {
			t.Errorf("its task has priority %v after the change", p)
		}
	})
}

func TestOrderPriorityAndNameAreThereInTheNextRun(t *testing.T) {
	journals := filepath.Join(t.TempDir(), "journal")
	tell(t, Options{Running: 1, Journal: openJournal(t, journals)}, func(s *story) {
		s.add("/slow/one")
		two, three := s.add("/slow/two"), s.add("/slow/three")
		_, cmd := s.m.Move(ids(three), true)
		s.do(cmd)
		s.do(s.m.SetPriority(ids(two), LowPriority))
		if err := s.m.Rename(two, "deux"); err != nil {
			t.Fatal(err)
		}
		s.do(s.m.Quit())
		s.until("quit", func() bool { return s.quit })
		s.end()
		s.open(Options{Running: 1, Journal: openJournal(t, journals)})
		if n, err := s.m.Interrupted(); n != 3 || err != nil {
			t.Fatalf("%d interrupted, %v", n, err)
		}
		if want := []string{"one", "three", "deux"}; !slices.Equal(s.names(), want) {
			t.Errorf("the next run has %v, want %v", s.names(), want)
		}
		if rows := s.m.Rows(nil, 0, 3); rows[2].Priority != LowPriority || rows[0].Priority != NormalPriority {
			t.Errorf("priorities %v %v", rows[0].Priority, rows[2].Priority)
		}
		s.do(s.m.Quit())
		s.until("quit again", func() bool { return s.quit })
	})
}

func TestARenamedDownloadKeepsItsBytesAndGetsItsNameAtTheEnd(t *testing.T) {
	tell(t, Options{}, func(s *story) {
		const path = "/slow/film.mp4?size=2MB&rate=400kB"
		id := s.add(path)
		s.running(id, 300_000)
		if err := s.m.Rename(id, "while-it-runs.mp4"); err != nil {
			t.Fatal(err)
		}
		s.do(s.m.TogglePause(ids(id)))
		had := s.reaches(id, Paused).Done
		for _, bad := range []string{"", "..", "a/b", "nul\x00"} {
			if err := s.m.Rename(id, bad); err == nil {
				t.Errorf("%q was taken for a name", bad)
			}
		}
		if err := s.m.Rename(id, "holiday.mp4"); err != nil {
			t.Fatal(err)
		}
		s.do(s.m.TogglePause(ids(id)))
		r := s.reaches(id, Done)
		s.whole(id, path)
		if filepath.Base(r.Path) != "holiday.mp4" || s.files() != "holiday.mp4" {
			t.Errorf("the file is %s, the directory has %s", r.Path, s.files())
		}
		if log := s.requests("/slow/film.mp4?size=2MB&rate=400kB"); len(log) != 2 || log[1].Header.Get("Range") == "" || had == 0 {
			t.Errorf("it was not continued: %+v", log)
		}
		if err := s.m.Rename(id, "late.mp4"); err == nil {
			t.Error("a file that is done was renamed")
		}
	})
}

func TestADuplicateIsTakenInBesideTheFirstIfAskedFor(t *testing.T) {
	tell(t, Options{}, func(s *story) {
		const path = "/file/a.bin?size=1kB"
		first := s.add(path)
		if _, problems, _ := s.m.Add([]Spec{{URL: s.at.Files + path, Dir: s.dir}}); len(problems) != 1 {
			t.Errorf("problems %v", problems)
		}
		listed := s.m.Listed()
		if id, _ := listed(strings.Replace(s.at.Files, "http://", "HTTP://bob:pw@", 1) + path + "#part"); id != first {
			t.Errorf("the URL is listed as row %d, not %d", id, first)
		}
		if _, ok := listed("no URL"); ok {
			t.Error("what is no URL is listed")
		}
		for range 2 {
			s.reaches(s.add(path, func(s *Spec) { s.Beside = true }), Done)
		}
		s.reaches(first, Done)
		if s.files() != "a (2).bin a (3).bin a.bin" {
			t.Errorf("files %s", s.files())
		}
		if err := s.m.Rename(s.add("/slow/b.bin"), "a (2).bin"); err != nil {
			t.Error("the name of another URL's file cannot be taken:", err)
		}
	})
}

// mostPlace is how long finding a row's place may take: every frame does, with
// the cursor on a row that waits.
const mostPlace = time.Millisecond

func BenchmarkPlaceAmong100000(b *testing.B) {
	m := &Model{rows: make(map[RowID]*row)}
	for i := range 100_000 {
		id := RowID(i + 1)
		m.rows[id] = &row{id: id, rank: rank{number: id}, seat: i}
		m.waiting = append(m.waiting, seat{})
		m.count(m.rows[id], Queued, 1)
	}
	for b.Loop() {
		if place, of := m.Place(50_000); place != 50_000 || of != 100_000 {
			b.Fatalf("%d of %d", place, of)
		}
	}
	if per := b.Elapsed() / time.Duration(max(b.N, 1)); per > mostPlace {
		b.Errorf("%v, at most %v", per, mostPlace)
	}
}
