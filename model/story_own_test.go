package model

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"haul/transfer/partial"
)

// others is a partial file that another haul has left at rest.
type others struct {
	part  string
	state partial.State
}

// rests has another haul leave a partial file by a name in the directory of the
// rows.
func (s *story) rests(name string) others {
	s.t.Helper()
	o := others{
		part: filepath.Join(s.dir, name+partial.PartSuffix),
		state: partial.State{
			OriginalURL: "http://files.example/", URL: "http://files.example/", Length: 7, ETag: `"theirs"`, Rule: partial.RuleValidator,
		},
	}
	f, err := partial.Create(partial.OS{}, o.part, o.state)
	s.expect(err == nil, "the other one could not begin: %v", err)
	_, err = f.WriteAt([]byte("theirs"), 0)
	err = errors.Join(err, f.Close())
	s.expect(err == nil, "the other one: %v", err)
	return o
}

// untouched fails when what the other haul has left is not as it was.
func (s *story) untouched(o others) {
	s.t.Helper()
	got, err := os.ReadFile(o.part)
	s.expect(err == nil && string(got) == "theirs", "the other one's file is %.20q, %v", got, err)
	left, err := partial.ReadState(partial.OS{}, o.part)
	s.expect(err == nil && left.ETag == o.state.ETag && left.Have.Len() == 6, "its state is %+v, %v", left, err)
}

// TestStoryAnotherHaulTakesTheNameWhileARowWaits: a row that has nothing on disk has
// no claim on what comes by the name of its partial file.
func TestStoryAnotherHaulTakesTheNameWhileARowWaits(t *testing.T) {
	const path = "/file/late.bin?size=400kB"
	for cause, begin := range map[string]func(s *story) (RowID, string){
		"refused": func(s *story) (RowID, string) {
			busy := path + "&fail=503&retry=30&times=1"
			return s.add(busy), busy
		},
		"unreachable": func(s *story) (RowID, string) {
			var dialled atomic.Int32
			s.dial = func(string) error {
				if dialled.Add(1) == 1 {
					return syscall.ECONNREFUSED
				}
				return nil
			}
			return s.add(path), path
		},
		"cut": func(s *story) (RowID, string) {
			cut := path + "&etag=none&modified=none&cut=100kB&times=1"
			return s.add(cut), cut
		},
	} {
		for name, end := range map[string]func(s *story, id RowID){
			"tried again": func(*story, RowID) {},
			"cancelled": func(s *story, id RowID) {
				s.do(s.m.Cancel(ids(id)))
				s.reaches(id, Cancelled)
			},
			"taken off": func(s *story, id RowID) { s.do(s.m.Remove(ids(id), false)) },
			"restarted": func(s *story, id RowID) { s.do(s.m.Restart(ids(id))) },
			"paused and resumed": func(s *story, id RowID) {
				s.do(s.m.TogglePause(ids(id)))
				s.reaches(id, Paused)
				s.do(s.m.TogglePause(ids(id)))
			},
		} {
			t.Run(cause+"/"+name, func(t *testing.T) {
				tell(t, Options{}, func(s *story) {
					id, link := begin(s)
					s.reaches(id, Retrying)
					o := s.rests("late.bin")
					end(s, id)
					if name != "cancelled" && name != "taken off" {
						s.reaches(id, Done)
						s.whole(id, link)
					}
					s.do(s.m.Quit())
					s.until("quit", func() bool { return s.quit })
					s.untouched(o)
				})
			})
		}
	}
}

// TestStoryAnotherHaulTakesThePlaceOfAPausedRow: by the name of its bytes are those of
// something else when it is resumed.
func TestStoryAnotherHaulTakesThePlaceOfAPausedRow(t *testing.T) {
	tell(t, Options{}, func(s *story) {
		path := "/slow/late.bin?size=2MB&rate=400kB"
		id := s.add(path)
		s.running(id, 500_000)
		s.do(s.m.TogglePause(ids(id)))
		s.reaches(id, Paused)
		err := partial.Remove(partial.OS{}, filepath.Join(s.dir, "late.bin"+partial.PartSuffix))
		s.expect(err == nil, "%v", err)
		o := s.rests("late.bin")
		s.do(s.m.TogglePause(ids(id)))
		s.reaches(id, Done)
		s.whole(id, path)
		s.untouched(o)
	})
}

// TestStoryAnotherHaulTakesThePlaceOfARefusedRow: the server refused to go on, so that
// the row has no resume data and looks at the disk.
func TestStoryAnotherHaulTakesThePlaceOfARefusedRow(t *testing.T) {
	tell(t, Options{}, func(s *story) {
		id := s.add("/expire/monday/link.bin?size=2MB&rate=400kB")
		s.running(id, 500_000)
		s.do(s.m.TogglePause(ids(id)))
		s.reaches(id, Paused)
		s.do(s.m.TogglePause(ids(id)))
		s.reaches(id, Expired)
		err := partial.Remove(partial.OS{}, filepath.Join(s.dir, "link.bin"+partial.PartSuffix))
		s.expect(err == nil, "%v", err)
		o := s.rests("link.bin")
		fresh := "/expire/tuesday/link.bin?size=2MB&rate=400kB"
		cmd, err := s.m.Renew(id, s.at.Files+fresh)
		s.expect(err == nil, "%v", err)
		s.do(cmd)
		s.reaches(id, Done)
		s.whole(id, fresh)
		s.untouched(o)
	})
}

// starts starts a program with a journal of its own.
func (s *story) starts(opt Options, journal string) {
	s.t.Helper()
	var err error
	opt.Journal, err = OpenJournal(filepath.Join(s.dir, journal))
	s.expect(err == nil, "%v", err)
	s.open(opt)
}

func TestStoryTheNextRunLeavesWhatIsAnothers(t *testing.T) {
	tell(t, Options{}, func(s *story) {
		s.end()
		s.starts(Options{}, "journal")
		path := "/slow/late.bin?size=2MB&rate=400kB"
		s.running(s.add(path), 500_000)
		s.do(s.m.Quit())
		s.until("quit", func() bool { return s.quit })
		err := partial.Remove(partial.OS{}, filepath.Join(s.dir, "late.bin"+partial.PartSuffix))
		s.expect(err == nil, "%v", err)
		o := s.rests("late.bin")
		s.end()
		s.starts(Options{}, "journal")
		n, err := s.m.Interrupted()
		s.expect(err == nil && n == 1, "%d rows, %v", n, err)
		r := s.m.Rows(nil, 0, 1)[0]
		s.expect(r.Done == 0 && r.Reason == "interrupted: its partial file is gone, it starts from the beginning", "%+v", r)
		s.do(s.m.ResumeAll())
		s.reaches(r.ID, Done)
		s.whole(r.ID, path)
		s.untouched(o)
	})
}

// TestStoryAFreshLinkOutlivesTheRun: the bytes are of the old one when the next run
// goes on with them.
func TestStoryAFreshLinkOutlivesTheRun(t *testing.T) {
	tell(t, Options{}, func(s *story) {
		s.end()
		s.starts(Options{Running: 1}, "journal")
		id := s.add("/expire/monday/link.bin?size=2MB&rate=400kB")
		s.running(id, 500_000)
		s.do(s.m.TogglePause(ids(id)))
		had := s.reaches(id, Paused).Done
		s.add("/hang/a.bin")
		s.pass(1)
		fresh := "/expire/tuesday/link.bin?size=2MB&rate=400kB"
		cmd, err := s.m.Renew(id, s.at.Files+fresh)
		s.expect(err == nil, "%v", err)
		s.do(cmd)
		s.do(s.m.Quit())
		s.until("quit", func() bool { return s.quit })
		s.end()
		s.starts(Options{}, "journal")
		n, err := s.m.Interrupted()
		s.expect(err == nil && n == 2, "%d rows, %v", n, err)
		r := s.m.Rows(nil, 0, 1)[0]
		s.expect(r.Done == had, "%d bytes, had %d: %+v", r.Done, had, r)
		s.do(s.m.TogglePause(ids(r.ID)))
		s.reaches(r.ID, Done)
		s.whole(r.ID, fresh)
		log := s.requests(fresh)
		s.expect(len(log) == 1 && log[0].Status == http.StatusPartialContent, "the fresh link was not continued: %+v", log)
	})
}

// TestStoryTheNextRunSweepsWhatAKillLeft: bytes that cannot be gone on with, by a name
// that nothing else asks for.
func TestStoryTheNextRunSweepsWhatAKillLeft(t *testing.T) {
	tell(t, Options{}, func(s *story) {
		s.end()
		s.starts(Options{}, "journal")
		o := s.rests("late.bin")
		path := "/bare/late.bin?size=2MB&rate=400kB"
		id := s.add(path)
		s.running(id, 500_000)
		left := filepath.Join(s.dir, "late (2).bin"+partial.PartSuffix)
		s.until("the journal names it", func() bool { return s.row(id).Done > 600_000 })
		journals, err := filepath.Glob(filepath.Join(s.dir, "journal", "*.jsonl"))
		s.expect(err == nil && len(journals) == 1, "%v, %v", journals, err)
		journal, err := os.ReadFile(journals[0])
		s.expect(err == nil && strings.Contains(string(journal), left), "%v: %s", err, journal)
		bytes, err := os.ReadFile(left)
		s.expect(err == nil && len(bytes) > 0, "%d bytes, %v", len(bytes), err)
		s.do(s.m.Quit())
		s.until("quit", func() bool { return s.quit })
		s.end()
		// As if it had been killed then.
		err = errors.Join(os.WriteFile(journals[0], journal, 0o600), os.WriteFile(left, bytes, 0o600))
		s.expect(err == nil, "%v", err)
		s.starts(Options{}, "journal")
		n, err := s.m.Interrupted()
		s.expect(err == nil && n == 1 && !strings.Contains(s.files(), "late (2)"), "%d rows, %v, files: %s", n, err, s.files())
		s.do(s.m.ResumeAll())
		id = s.m.Rows(nil, 0, 1)[0].ID
		s.reaches(id, Done)
		s.whole(id, path)
		s.untouched(o)
	})
}
