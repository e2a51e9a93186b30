package model

import "testing"

func TestStoryWithoutDetailsOnlyTheRowIsLeft(t *testing.T) {
	tell(t, Options{Brief: true, Retries: 2}, func(s *story) {
		const whole, broken = "/file/a.bin?size=64kB", "/flaky/b.bin?size=3MB&cut=1MB&times=1"
		id, again := s.add(whole), s.add(broken)
		r := s.reaches(id, Done)
		s.expect(r.Done == 64_000 && r.Size == 64_000 && r.Status == 200 && r.Path != "" && r.Name == "a.bin", "%+v", r)
		s.whole(id, whole)
		d, ok := s.m.Detail(id)
		s.expect(ok && len(d.Events) == 0 && len(d.Transactions) == 0 && d.Response == nil, "%+v", d)
		s.reaches(again, Done) // what it went on from was not let go of meanwhile
		s.whole(again, broken)
		log := s.requests(broken)
		s.expect(len(log) == 2 && log[1].Header.Get("Range") != "", "not continued: %+v", log)
	})
}
