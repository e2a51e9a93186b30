package model

import (
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"haul/transfer/partial"
)

// TestStoryWhatAnotherHaulLeavesByTheNameStays: however a row comes to have nothing by
// the name of its partial file any more, and whatever becomes of the row.
func TestStoryWhatAnotherHaulLeavesByTheNameStays(t *testing.T) {
	const path = "/slow/late.bin?size=2MB&rate=400kB"
	paused := func(s *story) RowID {
		id := s.add(path)
		s.running(id, 500_000)
		s.do(s.m.TogglePause(ids(id)))
		s.reaches(id, Paused)
		return id
	}
	for cause, begin := range map[string]func(s *story) (RowID, others){
		"moved aside by its checksum": func(s *story) (RowID, others) {
			id := s.add("/file/late.bin?size=400kB", func(sp *Spec) { sp.Checksum = "md5:" + strings.Repeat("0", 32) })
			s.reaches(id, Mismatch)
			return id, s.rests("late.bin")
		},
		"resumed and cancelled": func(s *story) (RowID, others) {
			id := paused(s)
			s.do(s.m.TogglePause(ids(id)))
			s.running(id, 900_000)
			s.do(s.m.Cancel(ids(id)))
			s.reaches(id, Cancelled)
			s.expect(s.files() == "", "files: %s", s.files())
			return id, s.rests("late.bin")
		},
		"paused and finished by another": func(s *story) (RowID, others) {
			id := paused(s)
			err := partial.Remove(partial.OS{}, filepath.Join(s.dir, "late.bin"+partial.PartSuffix))
			s.expect(err == nil, "%v", err)
			return id, s.rests("late.bin")
		},
		"another was first": func(s *story) (RowID, others) {
			var o others
			s.serve("files.example:80", func(w http.ResponseWriter, r *http.Request) {
				if o.part == "" {
					o = s.rests("late.bin")
				}
				// A client that has gone is no failure here.
				_, _ = io.WriteString(w, r.URL.Path)
			})
			id := s.add("http://files.example/late.bin")
			s.reaches(id, Retrying)
			return id, o
		},
	} {
		for name, end := range map[string]func(s *story, id RowID){
			"quit":      func(*story, RowID) {},
			"cancelled": func(s *story, id RowID) { s.do(s.m.Cancel(ids(id))) },
			"taken off": func(s *story, id RowID) { s.do(s.m.Remove(ids(id), false)) },
			"restarted": func(s *story, id RowID) {
				s.do(s.m.Restart(ids(id)))
				s.pass(time.Second)
			},
			"tried again": func(s *story, id RowID) {
				s.do(s.m.Retry(ids(id)))
				s.pass(time.Second)
			},
		} {
			t.Run(cause+"/"+name, func(t *testing.T) {
				tell(t, Options{}, func(s *story) {
					id, o := begin(s)
					end(s, id)
					s.do(s.m.Quit())
					s.until("quit", func() bool { return s.quit })
					s.untouched(o)
				})
			})
		}
	}
}

// TestStoryWhatAnotherHaulWentOnWithStays: the bytes were the row's, and are the
// other's since.
func TestStoryWhatAnotherHaulWentOnWithStays(t *testing.T) {
	tell(t, Options{}, func(s *story) {
		id := s.add("/slow/late.bin?size=2MB&rate=400kB")
		s.running(id, 500_000)
		s.do(s.m.TogglePause(ids(id)))
		s.reaches(id, Paused)
		part := filepath.Join(s.dir, "late.bin"+partial.PartSuffix)
		f, err := partial.Open(partial.OS{}, part)
		s.expect(err == nil, "%v", err)
		_, err = f.WriteAt(make([]byte, 100_000), f.State().Have.Prefix())
		s.expect(err == nil && f.Close() == nil, "%v", err)
		s.do(s.m.Remove(ids(id), false))
		s.do(s.m.Quit())
		s.until("quit", func() bool { return s.quit })
		_, err = os.Stat(part)
		s.expect(err == nil, "what the other one fetched is gone: %v", err)
	})
}

// serveEach serves a body for each host, with an entity tag.
func (s *story) serveEach(bodies map[string]string) {
	for host, body := range bodies {
		s.serve(host+":80", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("ETag", `"`+host+`"`)
			http.ServeContent(w, r, "", time.Time{}, strings.NewReader(body))
		})
	}
}

// TestStoryADirectoryIsAsItIsNow: it was read when the first row came, and what it had
// for a URL then can be something else's.
func TestStoryADirectoryIsAsItIsNow(t *testing.T) {
	tell(t, Options{}, func(s *story) {
		const one, other = "http://one.example/late.bin", "http://other.example/late.bin"
		s.serveEach(map[string]string{"one.example": strings.Repeat("1", 2000), "other.example": strings.Repeat("2", 3000)})
		rest := func(url, etag, bytes string, length int64) string {
			part := filepath.Join(s.dir, "late.bin"+partial.PartSuffix)
			f, err := partial.Create(partial.OS{}, part, partial.State{OriginalURL: url, URL: url, Length: length, ETag: etag, Rule: partial.RuleValidator})
			s.expect(err == nil, "%v", err)
			_, err = f.WriteAt([]byte(bytes), 0)
			s.expect(err == nil && f.Close() == nil, "%v", err)
			return part
		}
		part := rest(one, `"one.example"`, strings.Repeat("1", 500), 2000)
		s.reaches(s.add("http://one.example/first.bin"), Done)
		s.expect(partial.Remove(partial.OS{}, part) == nil, "it stays")
		rest(other, `"other.example"`, strings.Repeat("2", 700), 3000)
		r := s.reaches(s.add(one), Done)
		got, err := os.ReadFile(r.Path)
		s.expect(err == nil && string(got) == strings.Repeat("1", 2000), "%d bytes %.5q, %v", len(got), got, err)
	})
}

// TestStoryAFileThatGetsNoNameIsKept: it is whole, and is not fetched again.
func TestStoryAFileThatGetsNoNameIsKept(t *testing.T) {
	const path = "/slow/late.bin?size=2MB&rate=400kB"
	for name, taken := range map[string]bool{"the name is free again": false, "the row is cancelled": true} {
		t.Run(name, func(t *testing.T) {
			tell(t, Options{Overwrite: true}, func(s *story) {
				dir := filepath.Join(s.dir, "late.bin")
				s.expect(os.Mkdir(dir, 0o700) == nil, "no directory")
				id := s.add(path)
				r := s.reaches(id, Failed)
				s.expect(strings.Contains(r.Reason, "is a directory") && strings.Contains(s.files(), partial.PartSuffix), "%q, files: %s", r.Reason, s.files())
				if taken {
					s.do(s.m.Remove(ids(id), false))
					s.do(s.m.Quit())
					s.until("quit", func() bool { return s.quit })
					s.expect(s.files() == "late.bin", "files: %s", s.files())
					return
				}
				s.expect(os.Remove(dir) == nil, "the directory stays")
				s.do(s.m.Retry(ids(id)))
				s.reaches(id, Done)
				s.whole(id, path)
				s.expect(len(s.requests(path)) == 1 && s.files() == "late.bin", "%d requests, files: %s", len(s.requests(path)), s.files())
			})
		})
	}
}

// TestStoryADirectoryHasTheName: nobody named the file, so that it gets another name.
func TestStoryADirectoryHasTheName(t *testing.T) {
	tell(t, Options{}, func(s *story) {
		s.expect(os.Mkdir(filepath.Join(s.dir, "late.bin"), 0o700) == nil, "no directory")
		r := s.reaches(s.add("/file/late.bin?size=2kB"), Done)
		s.expect(filepath.Base(r.Path) == "late (2).bin", "it is %s", r.Path)
	})
}

// TestStoryAFileIsRemovedWithItsRowOnlyAsItWas: its name may be another file's by now.
func TestStoryAFileIsRemovedWithItsRowOnlyAsItWas(t *testing.T) {
	for name, c := range map[string]struct {
		overwrite bool
		change    func(s *story, path string)
		stays     bool
	}{
		"as it was":     {false, func(*story, string) {}, false},
		"written again": {false, func(s *story, path string) { s.expect(os.WriteFile(path, []byte("mine"), 0o600) == nil, "not written") }, true},
		"another row's": {false, func(s *story, path string) {
			s.expect(os.Rename(path, filepath.Join(s.dir, "elsewhere")) == nil, "not moved")
			s.reaches(s.add("http://other.example/late.bin"), Done)
		}, true},
		"overwritten": {true, func(s *story, _ string) { s.reaches(s.add("http://other.example/late.bin"), Done) }, true},
		"a directory": {false, func(s *story, path string) {
			s.expect(os.Remove(path) == nil && os.Mkdir(path, 0o700) == nil, "no directory")
		}, true},
	} {
		t.Run(name, func(t *testing.T) {
			tell(t, Options{Overwrite: c.overwrite}, func(s *story) {
				s.serveEach(map[string]string{"one.example": "1111", "other.example": "22222"})
				id := s.add("http://one.example/late.bin")
				path := s.reaches(id, Done).Path
				s.pass(time.Second)
				c.change(s, path)
				s.do(s.m.Remove(ids(id), true))
				s.pass(time.Second)
				_, err := os.Lstat(path)
				s.expect((err == nil) == c.stays, "it is there: %v", err)
				if r, listed := s.m.Row(id); c.stays {
					s.expect(listed && strings.Contains(r.Reason, "another one"), "%v, %q", listed, r.Reason)
				}
			})
		})
	}
}

// TestStoryARestartedRowThatIsTakenOffDoesNotBegin: the old bytes were still going.
func TestStoryARestartedRowThatIsTakenOffDoesNotBegin(t *testing.T) {
	for name, prepare := range map[string]func(s *story, id RowID){
		"paused":  func(s *story, id RowID) { s.do(s.m.TogglePause(ids(id))); s.reaches(id, Paused) },
		"running": func(*story, RowID) {},
	} {
		t.Run(name, func(t *testing.T) {
			tell(t, Options{}, func(s *story) {
				id := s.add("/slow/late.bin?size=2MB&rate=400kB")
				s.running(id, 500_000)
				prepare(s, id)
				s.do(s.m.Restart(ids(id)))
				s.do(s.m.Remove(ids(id), false))
				s.pass(time.Minute)
				s.expect(s.files() == "", "files: %s", s.files())
			})
		})
	}
}

// TestStoryAFreshLinkAndTheLimitsAreHandedOver: nothing has gone on from the link
// yet, and the limits are those of now.
func TestStoryAFreshLinkAndTheLimitsAreHandedOver(t *testing.T) {
	var handed []Handover
	opt := Options{Running: 1, Handover: func(_ context.Context, h Handover) error {
		handed = append(handed, h)
		return nil
	}}
	tell(t, opt, func(s *story) {
		id := s.add("/expire/monday/link.bin?size=2MB&rate=400kB")
		s.running(id, 500_000)
		s.do(s.m.TogglePause(ids(id)))
		s.reaches(id, Paused)
		s.add("/hang/a.bin")
		s.pass(1)
		s.m.SetRateLimit(5e6)
		s.m.SetRowRateLimit(ids(id), 1e6)
		s.m.SetHostRateLimit(s.row(id).Host, 2e6)
		fresh := s.at.Files + "/expire/tuesday/link.bin?size=2MB&rate=400kB"
		cmd, err := s.m.Renew(id, fresh)
		s.expect(err == nil, "%v", err)
		s.do(cmd)
		s.do(s.m.Detach())
		s.until("quit", func() bool { return s.quit })
		s.expect(len(handed) == 2, "%d were handed over", len(handed))
		info, err := handed[0].Resume.Describe()
		s.expect(err == nil && info.URL == fresh, "it goes on from %s, %v", info.URL, err)
		h := handed[0]
		s.expect(h.Spec.Limit == 1e6 && h.HostLimit == 2e6 && h.AllLimit == 5e6, "its limits are %+v", h)
	})
}
