package model

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
	"time"

	"haul/internal/testserver"
	"haul/transfer/partial"
)

// TestStorySmallFilesOfMany is of files that have no name before they are whole,
// where the file system can do that: they are checked, put aside, paused and
// continued like all others.
func TestStorySmallFilesOfMany(t *testing.T) {
	tell(t, Options{}, func(s *story) {
		keeps := false
		s.dir, keeps = testserver.Directory(t, partial.OS{}.KeepsUnnamed)
		wrong := sha256.Sum256(nil)
		var all []RowID
		path := func(n int) string { return fmt.Sprintf("/file/f%02d.txt?size=24kB", n) }
		const files, bad = 16, 12
		for n := range files {
			all = append(all, s.add(path(n), func(sp *Spec) {
				sp.Checksum = "sha256:" + s.server.SHA256(path(n))
				if n == bad {
					sp.Checksum = "sha256:" + hex.EncodeToString(wrong[:])
				}
			}))
		}
		for n, id := range all {
			if n == bad {
				r := s.reaches(id, Mismatch)
				s.expect(strings.HasSuffix(r.Path, fmt.Sprintf("f%02d.txt.haul-mismatch", bad)), "put aside as %s", r.Path)
				continue
			}
			s.reaches(id, Done)
			s.whole(id, path(n))
		}

		slow := "/slow/slow.bin?size=400kB&rate=100kB"
		id := s.add(slow)
		s.running(id, 1)
		s.expect(keeps != strings.Contains(s.files(), partial.PartSuffix), "keeps %v, files %s", keeps, s.files())
		s.pass(2 * time.Second)
		s.expect(strings.Contains(s.files(), "slow.bin"+partial.PartSuffix), "after a checkpoint: %s", s.files())
		s.do(s.m.TogglePause(ids(id)))
		at := s.reaches(id, Paused)
		s.expect(at.Done > 0 && at.Done < 400_000, "paused: %+v", at)
		s.do(s.m.TogglePause(ids(id)))
		s.reaches(id, Done)
		s.whole(id, slow)
		log := s.requests("/slow/slow.bin")
		s.expect(!strings.Contains(s.files(), partial.PartSuffix) && strings.Count(s.files(), " ") == files, "%d requests, files: %s", len(log), s.files())
	})
}

// TestStoryAnotherHaulTakesTheNameOfAPartialFileThatHasNone: what it has there is its
// own, however the row ends that thought that the name was free.
func TestStoryAnotherHaulTakesTheNameOfAPartialFileThatHasNone(t *testing.T) {
	for name, end := range map[string]func(s *story, id RowID){
		"cancelled": func(s *story, id RowID) {
			s.do(s.m.Cancel(ids(id)))
			s.reaches(id, Cancelled)
		},
		"taken off": func(s *story, id RowID) {
			s.do(s.m.Remove(ids(id), false))
		},
		"restarted": func(s *story, id RowID) {
			s.do(s.m.Restart(ids(id)))
			s.reaches(id, Done)
		},
		"paused and continued": func(s *story, id RowID) {
			s.do(s.m.TogglePause(ids(id)))
			s.reaches(id, Paused)
			s.do(s.m.TogglePause(ids(id)))
			s.reaches(id, Done)
			s.whole(id, "/file/late.bin?size=400kB&rate=4MB")
		},
	} {
		t.Run(name, func(t *testing.T) {
			tell(t, Options{}, func(s *story) {
				var keeps bool
				s.dir, keeps = testserver.Directory(t, partial.OS{}.KeepsUnnamed)
				if !keeps {
					return
				}
				for n := range 12 {
					s.reaches(s.add(fmt.Sprintf("/file/%d.bin?size=1kB", n)), Done)
				}
				id := s.add("/file/late.bin?size=400kB&rate=4MB")
				s.running(id, 1)
				o := s.rests("late.bin")
				end(s, id)
				s.do(s.m.Quit())
				s.until("quit", func() bool { return s.quit })
				s.untouched(o)
			})
		})
	}
}
