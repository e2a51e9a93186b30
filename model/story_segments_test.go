package model

import "testing"

// TestStorySeveralConnections is of a file that comes over four connections of
// one task, as the options have it for its host, and is paused in between.
func TestStorySeveralConnections(t *testing.T) {
	tell(t, Options{Connections: func(addr string) int { return 4 }}, func(s *story) {
		path := "/slow/film.mp4?size=8MB&rate=400kB"
		id := s.add(path)
		s.running(id, 1_500_000)
		d, _ := s.m.Detail(id)
		s.expect(len(d.Segments) == 4, "segments %+v", d.Segments)
		seen := map[int]bool{}
		for _, seg := range d.Segments {
			s.expect(seg.Running && seg.Start <= seg.End && seg.End <= seg.Planned && seg.Planned <= 8_000_000 &&
				seg.Task == d.Segments[0].Task && seg.Rate > 0 && seg.Host != "", "segment %+v", seg)
			seen[seg.Connection] = true
		}
		s.expect(seen[1] && seen[2] && seen[3] && seen[4], "connections %v", seen)
		var have int64
		for _, r := range d.Have {
			have += r.End - r.Start
		}
		s.expect(have >= 1_500_000 && have < 8_000_000, "%d bytes at hand: %v", have, d.Have)
		s.do(s.m.TogglePause(ids(id)))
		at := s.reaches(id, Paused)
		s.expect(at.Done >= 1_500_000 && at.Size == 8_000_000, "paused with %d of %d", at.Done, at.Size)
		s.do(s.m.TogglePause(ids(id)))
		r := s.reaches(id, Done)
		s.expect(r.Done == 8_000_000, "done with %d", r.Done)
		s.whole(id, path)
		d, _ = s.m.Detail(id)
		s.expect(len(d.Segments) == 2 && !d.Segments[1].Running, "afterwards %+v", d.Segments)
	})
}
