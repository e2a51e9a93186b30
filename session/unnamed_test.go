package session_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"haul/internal/trace"
	"haul/session"
	"haul/transfer/partial"
)

// smallBody is the body of a path.
func smallBody(path string) []byte { return bytes.Repeat([]byte(path), 5000) }

// shelf publishes what is downloaded under the last element of its URL, and looks
// at what it is given.
type shelf struct {
	*trace.Recorder
	t   *testing.T
	dir string
	// keeps: the file system keeps files without a name.
	keeps bool
}

func (s shelf) DidFinishDownloading(d *session.DownloadTask, path string) {
	s.Recorder.DidFinishDownloading(d, path)
	name := d.Response().Request.URL.Path
	if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, smallBody(name)) {
		s.t.Errorf("%s at %s: %d bytes, %v", name, path, len(got), err)
	}
	parts := partsIn(s.t, s.dir)
	if unnamed := !strings.HasPrefix(path, s.dir); unnamed != (len(parts) == 0) {
		s.t.Errorf("%s is at %s, and there is %q", name, path, parts)
	}
	dest := filepath.Join(s.dir, filepath.Base(name))
	if got, err := d.Publish(partial.NewPublisher(partial.OS{}, time.Hour), dest, false); got != dest || err != nil {
		s.t.Errorf("published as %q, %v", got, err)
	}
}

// partsIn are the partial files in a directory.
func partsIn(t *testing.T, dir string) []string {
	t.Helper()
	parts, err := filepath.Glob(filepath.Join(dir, "*"+partial.PartSuffix))
	if err != nil {
		t.Fatal(err)
	}
	return parts
}

// begin starts the download of a path into the shelf.
func (s shelf) begin(in *session.Session, path string) *session.DownloadTask {
	s.t.Helper()
	d := download(s.t, in, request(s.t, "GET", path))
	if err := errors.Join(d.SetPartialFile(partial.PathFor(s.dir, filepath.Base(path))), d.KeepLocked()); err != nil {
		s.t.Fatal(err)
	}
	d.Resume()
	return d
}

// TestSmallFilesOfManyHaveNoNameUntilTheyArePublished, where the file system can
// do that, and come to the same where it cannot.
func TestSmallFilesOfManyHaveNoNameUntilTheyArePublished(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, func(w http.ResponseWriter, r *http.Request) {
			body := smallBody(r.URL.Path)
			w.Header().Set("ETag", strconv.Quote(r.URL.Path))
			w.Header().Set("Content-Length", strconv.Itoa(len(body)))
			if r.URL.Path == "/slow" {
				w.Write(body[:5000])
				w.(http.Flusher).Flush()
				<-r.Context().Done()
				return
			}
			w.Write(body)
		})
		rec := trace.New(t)
		to := shelf{rec, t, t.TempDir(), false}
		to.keeps = partial.OS{}.KeepsUnnamed(to.dir)
		s := st.session(rec, to)
		const files = 20
		for n := range files {
			d := to.begin(s, fmt.Sprintf("/f%02d", n))
			rec.Wait(d)
			if err := d.Err(); err != nil {
				t.Fatal(err)
			}
		}
		if left, err := os.ReadDir(to.dir); err != nil || len(left) != files {
			t.Errorf("there is %v, %v", left, err)
		}

		// Another process begins a file of the same name before this one has it.
		slow := to.begin(s, "/slow")
		synctest.Wait()
		if parts := partsIn(t, to.dir); to.keeps != (len(parts) == 0) {
			t.Errorf("there is %q, and the file system keeps files without a name: %v", parts, to.keeps)
		}
		if !to.keeps {
			slow.Cancel()
			rec.Wait(slow)
			return
		}
		part := partial.PathFor(to.dir, "slow")
		other, err := partial.Create(partial.OS{}, part, partial.State{OriginalURL: "http://b.test/", URL: "http://b.test/", Length: 9})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Second) // over the time of the first checkpoint
		synctest.Wait()
		if data, err := slow.CancelByProducingResumeData(t.Context()); data != nil {
			t.Errorf("there is resume data (%v), of a file that is another's", err)
		}
		rec.Wait(slow)
		if err := other.Close(); err != nil {
			t.Error(err)
		}
		if st, err := partial.ReadState(partial.OS{}, part); err != nil || st.OriginalURL != "http://b.test/" {
			t.Errorf("its state is %+v, %v", st, err)
		}
		again := to.begin(s, "/slow")
		rec.Wait(again)
		if err := again.Err(); !errors.Is(err, fs.ErrExist) {
			t.Errorf("begun although it is there: %v", err)
		}
	})
}
