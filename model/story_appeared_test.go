package model

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"testing"

	"haul/transfer/partial"
)

// TestStoryAPartialFileAppearsWhileItIsAskedFor: another haul begins the same file
// in the same directory between the look for it and the response. The row begins
// again at once, beside that one, and no retry is counted. Its length is unknown, so
// that it needs a name at once.
func TestStoryAPartialFileAppearsWhileItIsAskedFor(t *testing.T) {
	tell(t, Options{}, func(s *story) {
		var other *partial.File
		var appeared error
		asked := 0
		s.serve("files.example:80", func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/late.bin" {
				if asked++; asked == 1 {
					st := partial.State{OriginalURL: "http://files.example/", URL: "http://files.example/", Length: -1}
					other, appeared = partial.Create(partial.OS{}, partial.PathFor(s.dir, "late.bin"), st)
				}
				w.(http.Flusher).Flush()
			}
			_, _ = io.WriteString(w, r.URL.Path) // a client that has gone is none of the server's business
		})
		for i := range 12 {
			s.reaches(s.add(fmt.Sprintf("http://files.example/%d.bin", i)), Done)
		}
		r := s.reaches(s.add("http://files.example/late.bin"), Done)
		s.expect(appeared == nil, "the other one could not begin: %v", appeared)
		s.expect(asked == 2, "asked for %d times, want 2", asked)
		s.expect(r.Attempt == 0, "%d retries counted", r.Attempt)
		s.expect(r.Path == filepath.Join(s.dir, "late.bin"), "it is in %s", r.Path)
		_, err := other.WriteAt([]byte("theirs"), 0)
		err = errors.Join(err, other.Discard())
		s.expect(err == nil, "the other one cannot go on: %v", err)
	})
}
