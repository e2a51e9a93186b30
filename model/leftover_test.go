package model

import (
	"path/filepath"
	"testing"
	"time"
)

func TestStoryWhatAnEarlierRunLeftIsCountedAsLongAsItIsLeft(t *testing.T) {
	tell(t, Options{}, func(s *story) {
		open := func() *Journal {
			j, err := OpenJournal(filepath.Join(s.dir, "journal"))
			if err != nil {
				t.Fatal(err)
			}
			return j
		}
		s.end()
		s.open(Options{Journal: open()})
		for _, name := range []string{"a", "b", "c", "d"} {
			s.add("/file/"+name+".bin?size=10kB", func(sp *Spec) { sp.Paused = true })
		}
		s.expect(s.m.Unfinished() == 0, "%d of this run", s.m.Unfinished())
		s.do(s.m.Quit())
		s.until("quit", func() bool { return s.quit })
		s.end()

		time.Sleep(time.Second) // the name of a journal has its time
		s.open(Options{Journal: open()})
		if n, err := s.m.Interrupted(); err != nil || n != 4 {
			t.Fatalf("found %d, %v", n, err)
		}
		var ids []RowID
		for _, r := range s.m.Rows(nil, 0, 10) {
			ids = append(ids, r.ID)
		}
		left := func(want int, after string) {
			t.Helper()
			s.expect(s.m.Unfinished() == want, "%d after %s, want %d", s.m.Unfinished(), after, want)
		}
		left(4, "the start")
		s.do(s.m.TogglePause(ids[:1]))
		left(3, "one was gone on with")
		s.reaches(ids[0], Done)
		left(3, "that was done")
		s.do(s.m.Cancel(ids[1:2]))
		left(2, "one was cancelled")
		s.do(s.m.Remove(ids[2:3], false))
		left(1, "one was removed")
		s.m.Undo()
		left(2, "it was brought back")
		s.add("/file/new.bin?size=10kB")
		left(2, "a new one")
		s.do(s.m.ResumeAll())
		left(0, "all were gone on with")
		s.until("all done", func() bool { return s.m.Totals().Done == 4 })
		left(0, "the end")
		s.do(s.m.Quit())
		s.until("quit", func() bool { return s.quit })
	})
}
