package model

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"haul/internal/demo"
)

func TestStoryExpiredLinkIsRenewed(t *testing.T) {
	tell(t, Options{}, func(s *story) {
		id := s.add("/expire/monday/link.bin?size=2MB&rate=400kB")
		s.running(id, 500_000)
		s.do(s.m.TogglePause(ids(id)))
		had := s.reaches(id, Paused).Done
		s.do(s.m.TogglePause(ids(id)))
		r := s.reaches(id, Expired)
		s.expect(r.Status == 403 && r.Done == had && strings.Contains(r.Reason, "run out"), "%+v, had %d", r, had)
		s.expect(strings.Contains(s.files(), "haul-part"), "the partial file is gone: %s", s.files())
		s.expect(s.m.Summary().Refused == 1, "%+v", s.m.Summary())
		fresh := "/expire/tuesday/link.bin?size=2MB&rate=400kB"
		cmd, err := s.m.Renew(id, s.at.Files+fresh)
		if err != nil {
			t.Fatal(err)
		}
		s.do(cmd)
		s.reaches(id, Done)
		s.whole(id, fresh)
		log := s.requests(fresh)
		s.expect(len(log) == 1 && log[0].Header.Get("Range") != "", "the fresh link was not continued: %+v", log)
	})
}

func TestStoryFreshLinkToAnotherFile(t *testing.T) {
	tell(t, Options{}, func(s *story) {
		id := s.add("/expire/monday/link.bin?size=2MB&rate=400kB")
		s.running(id, 500_000)
		s.do(s.m.TogglePause(ids(id)))
		had := s.reaches(id, Paused).Done
		if _, err := s.m.Renew(id, "ftp://x/y"); err == nil {
			t.Error("an ftp URL was taken")
		}
		cmd, err := s.m.Renew(id, s.at.Files+"/file/other.bin?size=2MB")
		if err != nil {
			t.Fatal(err)
		}
		s.do(cmd)
		r := s.reaches(id, Failed)
		s.expect(r.Done == had && strings.Contains(r.Reason, "another file"), "%d, had %d: %q", r.Done, had, r.Reason)
		s.expect(strings.Contains(s.files(), "haul-part"), "the partial file is gone: %s", s.files())
		cmd, err = s.m.Renew(id, s.at.Files+"/expire/tuesday/link.bin?size=2MB&rate=400kB")
		if err != nil {
			t.Fatal(err)
		}
		s.do(cmd)
		s.reaches(id, Done)
		s.whole(id, "/expire/tuesday/link.bin?size=2MB&rate=400kB")
	})
}

func TestStoryRestartBeginsAtByteZero(t *testing.T) {
	tell(t, Options{}, func(s *story) {
		path := "/slow/film.mp4?size=2MB&rate=400kB"
		id := s.add(path)
		s.running(id, 500_000)
		s.do(s.m.Restart(ids(id)))
		s.until("started anew", func() bool { return len(s.requests(path)) == 2 })
		s.reaches(id, Done)
		s.whole(id, path)
		s.expect(s.requests(path)[1].Header.Get("Range") == "", "a restart asked for a range")
		s.expect(s.files() == "film.mp4", "files: %s", s.files())
	})
}

func TestStoryChangedFileStartsOver(t *testing.T) {
	tell(t, Options{}, func(s *story) {
		path := "/slow/film.mp4?size=2MB&rate=400kB"
		id := s.add(path)
		s.running(id, 500_000)
		s.do(s.m.TogglePause(ids(id)))
		s.reaches(id, Paused)
		if err := s.server.Change(path); err != nil {
			t.Fatal(err)
		}
		s.do(s.m.TogglePause(ids(id)))
		r := s.reaches(id, Done)
		s.whole(id, path)
		s.expect(strings.Contains(r.Reason, "started over"), "reason %q", r.Reason)
	})
}

func TestStoryChecksum(t *testing.T) {
	path := "/file/read-me.txt?size=24kB"
	tell(t, Options{}, func(s *story) {
		id := s.add(path, func(sp *Spec) { sp.Checksum = "SHA256:" + strings.ToUpper(s.server.SHA256(path)) })
		s.reaches(id, Done)
		s.whole(id, path)
	})
	tell(t, Options{}, func(s *story) {
		wrong := sha256.Sum256(nil)
		id := s.add(path, func(sp *Spec) { sp.Checksum = "sha256:" + hex.EncodeToString(wrong[:]) })
		r := s.reaches(id, Mismatch)
		s.expect(s.files() == "read-me.txt.haul-mismatch", "files: %s", s.files())
		s.expect(filepath.Base(r.Path) == s.files() && strings.Contains(r.Reason, "sha256"), "%q %q", r.Path, r.Reason)
		s.expect(s.m.Summary().Failed == 1, "%+v", s.m.Summary())
		s.do(s.m.Retry(ids(id)))
		s.until("asked again", func() bool { return len(s.requests(path)) == 2 })
		s.reaches(id, Mismatch)
	})
}

func TestStoryNothingIsOverwritten(t *testing.T) {
	tell(t, Options{}, func(s *story) {
		mine := filepath.Join(s.dir, "a.txt")
		if err := os.WriteFile(mine, []byte("mine"), 0o600); err != nil {
			t.Fatal(err)
		}
		id := s.add("/file/a.txt?size=10kB")
		r := s.reaches(id, Done)
		s.expect(filepath.Base(r.Path) == "a (2).txt", "path %s", r.Path)
		raw, err := os.ReadFile(mine)
		s.expect(err == nil && string(raw) == "mine", "%q %v", raw, err)
	})
	tell(t, Options{Overwrite: true}, func(s *story) {
		mine := filepath.Join(s.dir, "a.txt")
		if err := os.WriteFile(mine, []byte("mine"), 0o600); err != nil {
			t.Fatal(err)
		}
		id := s.add("/file/a.txt?size=10kB")
		s.expect(s.reaches(id, Done).Path == mine, "path %s", s.row(id).Path)
		s.whole(id, "/file/a.txt?size=10kB")
	})
}

func TestStoryTwoRowsOfOneName(t *testing.T) {
	tell(t, Options{}, func(s *story) {
		a, b := "/slow/x/same.bin?size=1MB&rate=400kB", "/slow/y/same.bin?size=1MB&rate=400kB"
		first, second := s.add(a), s.add(b)
		s.running(second, 100_000)
		s.expect(strings.Contains(s.files(), "same (2).bin.haul-part"), "files: %s", s.files())
		s.reaches(first, Done)
		s.reaches(second, Done)
		s.whole(first, a)
		s.whole(second, b)
		_, problems, _ := s.m.Add([]Spec{{URL: s.at.Files + a, Dir: s.dir}})
		s.expect(len(problems) == 1 && errors.Is(problems[0].Err, errListed), "problems %v", problems)
	})
}

func TestStoryTheServersName(t *testing.T) {
	tell(t, Options{}, func(s *story) {
		id := s.add("/hostile/nice-name.txt?size=10kB")
		r := s.reaches(id, Done)
		s.expect(filepath.Dir(r.Path) == s.dir && !strings.Contains(filepath.Base(r.Path), "/"), "path %q", r.Path)
		id = s.add("/named/x?size=10kB&name=told.bin")
		s.expect(filepath.Base(s.reaches(id, Done).Path) == "told.bin", "path %q", s.row(id).Path)
		id = s.add("/named/x?size=10kB&name=other.bin", func(sp *Spec) { sp.Name = "mine.bin" })
		s.expect(filepath.Base(s.reaches(id, Done).Path) == "mine.bin", "path %q", s.row(id).Path)
	})
}

func TestStoryUpload(t *testing.T) {
	tell(t, Options{}, func(s *story) {
		src := filepath.Join(s.dir, "report.tar")
		if err := os.WriteFile(src, make([]byte, 1_000_000), 0o600); err != nil {
			t.Fatal(err)
		}
		id := s.add("/upload/report.tar?rate=200kB", func(sp *Spec) { sp.Upload = src })
		s.expect(s.row(id).Size == 1_000_000, "size %d before a byte was sent", s.row(id).Size)
		s.running(id, 300_000)
		s.do(s.m.TogglePause(ids(id)))
		s.expect(s.row(id).State == Held, "%v", s.row(id).State)
		s.pass(20 * time.Second)
		s.do(s.m.TogglePause(ids(id)))
		r := s.reaches(id, Done)
		s.expect(r.Status == http.StatusCreated && r.Done == 1_000_000 && r.Upload, "%+v", r)
		s.expect(s.requests("/upload/report.tar?rate=200kB")[0].Method == http.MethodPut, "not PUT")
		id = s.add("/upload/limited.tar?limit=1000", func(sp *Spec) { sp.Upload, sp.Method = src, http.MethodPost })
		s.expect(s.reaches(id, Refused).Status == 413, "status %d", s.row(id).Status)
	})
}

func TestStoryRemoveAndUndo(t *testing.T) {
	tell(t, Options{}, func(s *story) {
		path := "/slow/film.mp4?size=2MB&rate=400kB"
		id := s.add(path)
		other := s.add("/file/a.txt?size=10kB")
		s.reaches(other, Done)
		s.running(id, 500_000)
		s.do(s.m.Remove(ids(id, other), false))
		s.expect(s.m.Len() == 0 && s.m.Totals().Rows == 0, "still listed")
		s.pass(time.Second)
		s.expect(strings.Contains(s.files(), "film.mp4.haul-part"), "files: %s", s.files())
		s.expect(s.m.Undo() == 2 && s.m.Undo() == 0, "undo")
		s.expect(s.row(id).State == Paused && s.row(other).State == Done, "%v %v", s.row(id).State, s.row(other).State)
		s.do(s.m.TogglePause(ids(id)))
		s.reaches(id, Done)
		s.whole(id, path)
		s.expect(len(s.requests(path)) == 2 && s.requests(path)[1].Status == http.StatusPartialContent, "not continued")

		s.do(s.m.Remove(ids(other), true))
		s.until("deleted", func() bool { return s.files() == "film.mp4" })
		s.expect(s.m.Undo() == 0, "a deleted file came back")
	})
}

func TestStoryRemovedBytesGoToTheSameTransferAgain(t *testing.T) {
	tell(t, Options{}, func(s *story) {
		path := "/slow/film.mp4?size=2MB&rate=400kB"
		id := s.add(path)
		s.running(id, 500_000)
		s.do(s.m.Remove(ids(id), false))
		s.pass(time.Second)
		again := s.add(path)
		s.reaches(again, Done)
		s.whole(again, path)
		s.expect(s.requests(path)[1].Status == http.StatusPartialContent, "not continued")
		s.expect(s.m.Undo() == 0, "the old row came back without its bytes")
		s.do(s.m.Quit())
		s.until("quit", func() bool { return s.quit })
		s.expect(s.files() == "film.mp4", "files: %s", s.files())
	})
}

func TestStoryQueueLimits(t *testing.T) {
	tell(t, Options{Running: 3, PerHost: 2}, func(s *story) {
		for _, name := range []string{"a", "b", "c"} {
			s.add("/slow/" + name + "?size=1MB&rate=400kB")
		}
		for _, name := range []string{"d", "e"} {
			s.add(s.at.Mirror + "/slow/" + name + "?size=1MB&rate=400kB")
		}
		s.pass(time.Second)
		states := func() (out []State) {
			for _, r := range s.m.Rows(nil, 0, 10) {
				out = append(out, r.State)
			}
			return out
		}
		got := states()
		want := []State{Running, Running, Queued, Running, Queued}
		for i := range want {
			s.expect(got[i] == want[i], "row %d is %v, want %v", i+1, got[i], want[i])
		}
		s.until("all done", func() bool { return s.m.Totals().Done == 5 })
	})
}

func TestStoryPauseAllAndResumeAll(t *testing.T) {
	tell(t, Options{Running: 2}, func(s *story) {
		for _, name := range []string{"a", "b", "c", "d"} {
			s.add("/slow/" + name + "?size=1MB&rate=400kB")
		}
		s.pass(time.Second)
		s.do(s.m.PauseAll())
		s.until("all paused", func() bool { return s.m.Totals().Paused == 4 })
		s.expect(s.m.Idle(), "not idle")
		s.do(s.m.ResumeAll())
		s.until("all done", func() bool { return s.m.Totals().Done == 4 })
	})
}

func TestStoryQuitAndComeBack(t *testing.T) {
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
		s.open(Options{Journal: open(), Running: 2})
		running, slow := "/slow/film.mp4?size=2MB&rate=400kB", "/whole/no-ranges.bin?size=2MB&rate=400kB"
		a, b := s.add(running), s.add(slow)
		c := s.add("/file/later.bin?size=10kB", func(sp *Spec) { sp.Header = http.Header{"X-Key": {"hidden"}} })
		s.running(a, 500_000)
		s.running(b, 100_000)
		n, lost := s.m.QuitCost()
		s.expect(n == 2 && lost == 1, "cost %d %d", n, lost)
		s.do(s.m.Quit())
		s.until("quit", func() bool { return s.quit })
		s.expect(s.row(a).State == Paused && s.row(c).State == Queued, "%v %v", s.row(a).State, s.row(c).State)
		s.expect(s.m.Summary().Kept == 3, "%+v", s.m.Summary())
		s.end()

		s.open(Options{Journal: open()})
		found, err := s.m.Interrupted()
		if err != nil || found != 3 {
			t.Fatalf("found %d, %v", found, err)
		}
		rows := s.m.Rows(nil, 0, 10)
		s.expect(rows[0].State == Paused && rows[0].Done >= 500_000 && rows[0].Size == 2_000_000, "%+v", rows[0])
		s.expect(strings.Contains(rows[2].Reason, "X-Key") && !strings.Contains(rows[2].Reason, "hidden"), "%q", rows[2].Reason)
		s.do(s.m.ResumeAll())
		s.until("all done", func() bool { return s.m.Totals().Done == 3 })
		s.whole(rows[0].ID, running)
		s.whole(rows[1].ID, slow)
		s.expect(s.requests(running)[1].Status == http.StatusPartialContent, "not continued")
		s.do(s.m.Quit())
		s.until("quit", func() bool { return s.quit })
		left, err := os.ReadDir(journals)
		s.expect(err == nil && len(left) == 0, "journals left: %v, %v", left, err)
	})
}

func TestStorySameURLAgainContinues(t *testing.T) {
	tell(t, Options{}, func(s *story) {
		path := "/slow/film.mp4?size=2MB&rate=400kB"
		id := s.add(path)
		s.running(id, 500_000)
		s.do(s.m.Quit())
		s.until("quit", func() bool { return s.quit })
		s.end()
		s.open(Options{})
		id = s.add(path)
		s.expect(s.row(id).Done >= 500_000, "the row begins with %d bytes", s.row(id).Done)
		s.reaches(id, Done)
		s.whole(id, path)
		s.expect(s.requests(path)[1].Status == http.StatusPartialContent, "not continued")
		s.expect(s.files() == "film.mp4", "files: %s", s.files())
	})
}

func TestStoryQuitLeavesAHangingServer(t *testing.T) {
	tell(t, Options{}, func(s *story) {
		hanging := s.add("/hang/a.bin")
		s.pass(time.Second)
		queued := s.add("/file/b.bin", func(sp *Spec) { sp.Paused = true })
		running, lost := s.m.QuitCost()
		s.expect(running == 1 && lost == 0, "%d run, %d lost, but nothing has come", running, lost)
		s.do(s.m.Quit())
		s.expect(s.m.Quit() == nil, "a second Quit did something")
		s.until("quit", func() bool { return s.quit })
		s.expect(s.row(hanging).State == Paused && s.row(queued).State == Paused, "%v", s.row(hanging).State)
		synctest.Wait() // the server sees it a moment later
		s.expect(s.requests("/hang/a.bin")[0].End == demo.ClientClosed, "the connection is still open")
	})
}

func TestStoryProblemsAreNamed(t *testing.T) {
	tell(t, Options{}, func(s *story) {
		file := filepath.Join(s.dir, "file")
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		ok := s.at.Files + "/file/a"
		specs := []Spec{
			{URL: "nonsense", Dir: s.dir},
			{URL: ok, Dir: filepath.Join(s.dir, "missing")},
			{URL: ok, Dir: file},
			{URL: ok, Dir: s.dir, Name: "../a"},
			{URL: ok, Dir: filepath.Dir(s.dir), Name: filepath.Base(s.dir)},
			{URL: ok, Dir: s.dir, Checksum: "md5:12"},
			{URL: ok, Upload: filepath.Join(s.dir, "none")},
			{URL: ok, Upload: s.dir},
			{URL: ok, Upload: file, Method: "GET"},
			{URL: ok, Dir: s.dir},
		}
		added, problems, cmd := s.m.Add(specs)
		s.do(cmd)
		s.expect(len(added) == 1 && len(problems) == len(specs)-1, "%d added, %d problems", len(added), len(problems))
		for i, part := range []string{"has no scheme", "does not exist", "not a directory", "not a file name", "is a directory",
			"32 hexadecimal", "cannot be sent", "is a directory", "PUT, POST"} {
			p := problems[i]
			s.expect(p.Index == i && strings.Contains(p.Err.Error(), part), "problem %d: %v, want %q", i, p.Err, part)
		}
		s.reaches(added[0], Done)
	})
}

func TestStoryHeldConnectionIsLost(t *testing.T) {
	tell(t, Options{}, func(s *story) {
		path := "/whole/no-ranges.bin?size=2MB&rate=400kB&cut=1MB&times=1"
		id := s.add(path)
		s.running(id, 300_000)
		s.do(s.m.TogglePause(ids(id)))
		s.reaches(id, Held)
		if d, _ := s.m.Detail(id); len(d.Segments) != 1 || d.Segments[0].Running || !strings.HasPrefix(d.Segments[0].Outcome, "held") {
			s.t.Errorf("the segment of a held row is %+v", d.Segments)
		}
		s.do(s.m.TogglePause(ids(id)))
		s.reaches(id, Retrying)
		s.running(id, 1)
		r := s.row(id)
		s.expect(strings.Contains(r.Reason, "starts from the beginning"), "reason %q", r.Reason)
		s.reaches(id, Done)
		s.whole(id, path)
	})
}

func TestStoryEarlyHintsAreInTheTimeline(t *testing.T) {
	tell(t, Options{}, func(s *story) {
		id := s.add("/early/a.bin?size=10kB")
		s.reaches(id, Done)
		d, _ := s.m.Detail(id)
		var names []string
		for _, e := range d.Events {
			names = append(names, e.Name)
		}
		want := "Resume DidReceiveInformationalResponse DidWriteData DidFinishDownloading DidFinishCollectingMetrics DidComplete"
		s.expect(strings.Join(names, " ") == want, "events %v", names)
		s.expect(len(d.Transactions) == 1 && d.Protocol == "HTTP/1.1" && d.Status == "200 OK", "%+v", d)
	})
}

func TestStoryBytesWithoutAStateAreSweptAway(t *testing.T) {
	tell(t, Options{}, func(s *story) {
		orphan := filepath.Join(s.dir, "film.mp4.haul-part")
		if err := os.WriteFile(orphan, []byte("nobody knows"), 0o600); err != nil {
			t.Fatal(err)
		}
		path := "/slow/film.mp4?size=1MB&rate=400kB"
		id := s.add(path)
		s.reaches(id, Done)
		s.whole(id, path)
		s.expect(s.files() == "film.mp4", "files: %s", s.files())
	})
}
