package model

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"haul/transfer"
)

// moved is how many bytes the rows move in 10 s, from 100 ms from now on.
func (s *story) moved(rows ...RowID) int64 {
	s.t.Helper()
	sum := func() (n int64) {
		for _, id := range rows {
			n += s.row(id).Done
		}
		return n
	}
	s.pass(100 * time.Millisecond)
	before := sum()
	s.pass(10 * time.Second)
	return sum() - before
}

// within expects got to be want, give or take 3 % and what a frame shows late.
func (s *story) within(what string, got, want int64) {
	s.t.Helper()
	s.expect(got >= want*97/100 && got <= want*103/100, "%s: %d bytes in 10 s, want %d", what, got, want)
}

func TestStoryALimitIsSharedAndChanges(t *testing.T) {
	tell(t, Options{RateLimit: 1e6, Running: 16, PerHost: 16}, func(s *story) {
		var rows []RowID
		for i := range 16 {
			rows = append(rows, s.add(fmt.Sprintf("/file/%d.bin?size=10MB", i)))
		}
		s.pass(time.Second)
		s.within("the limit of all", s.moved(rows...), 10e6)

		host := s.row(rows[0]).Host
		s.m.SetHostRateLimit(host, 200e3)
		s.expect(s.m.HostRateLimit(host) == 200e3, "%d", s.m.HostRateLimit(host))
		s.within("the host's limit", s.moved(rows...), 2e6)

		s.m.SetHostRateLimit(host, 0)
		s.m.SetRateLimit(2e6)
		s.m.SetRowRateLimit(rows[:4], 50e3)
		s.expect(s.m.RowRateLimit(rows[0]) == 50e3 && s.row(rows[0]).Limit == 50e3 && s.row(rows[5]).Limit == 0, "%+v", s.row(rows[0]))
		s.within("a row's limit", s.moved(rows[0]), 500e3)
		s.within("all with it", s.moved(rows...), 20e6)

		s.m.SetRowRateLimit(rows[:4], 0)
		s.m.SetRateLimit(0)
		for _, id := range rows {
			s.reaches(id, Done)
		}
	})
}

func TestStoryALimitHoldsForUploads(t *testing.T) {
	tell(t, Options{}, func(s *story) {
		src := filepath.Join(s.dir, "report.tar")
		if err := os.WriteFile(src, make([]byte, 30_000_000), 0o600); err != nil {
			t.Fatal(err)
		}
		id := s.add("/upload/report.tar", func(sp *Spec) { sp.Upload, sp.Method, sp.Limit = src, http.MethodPost, 1e6 })
		s.pass(time.Second)
		s.within("an upload", s.moved(id), 10e6)
		s.m.SetRateLimit(100e3)
		s.within("an upload under the limit of all", s.moved(id), 1e6)
		s.m.SetRateLimit(0)
		s.m.SetRowRateLimit(ids(id), 0)
		s.reaches(id, Done)
	})
}

func TestStoryARowsLimitIsKeptForTheNextRun(t *testing.T) {
	tell(t, Options{}, func(s *story) {
		journals := filepath.Join(s.dir, "state")
		open := func() *Journal {
			j, err := OpenJournal(journals)
			if err != nil {
				t.Fatal(err)
			}
			return j
		}
		s.end()
		s.open(Options{Journal: open()})
		id := s.add("/file/film.mp4?size=100MB")
		s.m.SetRowRateLimit(ids(id), 300e3)
		s.running(id, 600_000)
		s.do(s.m.Quit())
		s.until("quit", func() bool { return s.quit })
		s.end()

		s.open(Options{Journal: open()})
		if found, err := s.m.Interrupted(); err != nil || found != 1 {
			t.Fatalf("found %d, %v", found, err)
		}
		r := s.m.Rows(nil, 0, 1)[0]
		s.expect(r.Limit == 300e3, "%+v", r)
		s.do(s.m.ResumeAll())
		s.running(r.ID, r.Done+1)
		s.within("the row gone on with", s.moved(r.ID), 3e6)
		s.do(s.m.Quit())
		s.until("quit", func() bool { return s.quit })
	})
}

func TestTheNearestNameGivesAHostItsLimit(t *testing.T) {
	l := transfer.NewLimits(0, map[string]int64{"example.org": 1, "*.example.org": 2, "*.b.example.org": 3, "example.org:8080": 4})
	for host, want := range map[string]int64{
		"example.org": 1, "example.org:81": 1, "example.org:8080": 4, "a.example.org": 2, "x.a.example.org:81": 2,
		"a.b.example.org": 3, "b.example.org": 2, "example.com": 0, "[::1]:80": 0, "localhost": 0,
	} {
		if got := l.Host(host).Limit(); got != want {
			t.Errorf("%s: %d, want %d", host, got, want)
		}
	}
}
