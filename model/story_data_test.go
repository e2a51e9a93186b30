package model

import (
	"crypto/sha256"
	"encoding/hex"
	"testing"
)

// looked makes a data task of a spec.
func looked(s *Spec) { s.Data = true }

func TestStoryDataIsLookedAtAndHasNoFile(t *testing.T) {
	tell(t, Options{}, func(s *story) {
		const note = "/file/note.txt?size=1kB"
		id := s.add(note, looked)
		s.reaches(id, Done)
		s.reaches(s.add(note, looked), Done) // as often as somebody looks
		d, _ := s.m.Detail(id)
		sum := sha256.Sum256([]byte(d.Content))
		s.expect(hex.EncodeToString(sum[:]) == s.server.SHA256(note) && !d.ContentCut && d.Data, "%d bytes, cut %v", len(d.Content), d.ContentCut)
		s.expect(d.Size == 1000 && d.Done == 1000 && d.Path == "" && d.PartialFile == "", "%+v", d.Row)
		s.expect(s.files() == "", "files: %s", s.files())
		s.expect(s.m.Rename(id, "y") != nil, "it was renamed")
	})
}

func TestStoryOfLongDataTheBeginningIsKept(t *testing.T) {
	tell(t, Options{}, func(s *story) {
		id := s.add("/file/long.bin?size=4MB&rate=2MB", looked)
		s.reaches(id, Done)
		d, _ := s.m.Detail(id)
		s.expect(len(d.Content) == MostData && d.ContentCut, "%d bytes, cut %v", len(d.Content), d.ContentCut)
	})
}

func TestStoryAnErrorPageCanBeLookedAt(t *testing.T) {
	tell(t, Options{Retries: -1}, func(s *story) {
		id := s.add("/missing/page.html", looked)
		r := s.reaches(id, Refused)
		d, _ := s.m.Detail(id)
		s.expect(r.Status == 404 && d.Content != "", "%d, %q", r.Status, d.Content)
	})
}
