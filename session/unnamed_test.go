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

	"haul/internal/testserver"
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

func newShelf(t *testing.T, rec *trace.Recorder) shelf {
	t.Helper()
	dir, keeps := testserver.Directory(t, partial.OS{}.KeepsUnnamed)
	return shelf{rec, t, dir, keeps}
}

// makeFamiliar has the session read the directory, as it does where many files are
// made.
func (s shelf) makeFamiliar(in *session.Session) {
	for n := range 20 {
		in.PartialFileFree(partial.PathFor(s.dir, fmt.Sprintf("other%d", n)))
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
		to := newShelf(t, rec)
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

// TestASmallFileOfManyIsContinued after a pause in the middle, with its own bytes.
func TestASmallFileOfManyIsContinued(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, func(w http.ResponseWriter, r *http.Request) {
			body := smallBody(r.URL.Path)
			w.Header().Set("ETag", strconv.Quote(r.URL.Path))
			if r.Header.Get("Range") != "" {
				http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
				return
			}
			w.Header().Set("Accept-Ranges", "bytes")
			w.Header().Set("Content-Length", strconv.Itoa(len(body)))
			w.Write(body[:5000])
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		})
		rec := trace.New(t)
		to := newShelf(t, rec)
		s := st.session(rec, to)
		to.makeFamiliar(s)
		d := to.begin(s, "/slow")
		synctest.Wait()
		if parts := partsIn(t, to.dir); to.keeps != (len(parts) == 0) {
			t.Errorf("there is %q, and the file system keeps files without a name: %v", parts, to.keeps)
		}
		data, err := rec.Pause(t.Context(), d)
		if err != nil {
			t.Fatal(err)
		}
		rec.Wait(d)
		info, err := data.Describe()
		if err != nil || info.Have != 5000 || info.PartialFile != partial.PathFor(to.dir, "slow") {
			t.Errorf("resume data %+v, %v", info, err)
		}
		again := resumeFrom(t, s, data)
		if err := again.KeepLocked(); err != nil {
			t.Fatal(err)
		}
		again.Resume()
		rec.Wait(again)
		if err := again.Err(); err != nil {
			t.Error(err)
		}
		if left, err := os.ReadDir(to.dir); err != nil || len(left) != 1 {
			t.Errorf("there is %v, %v", left, err)
		}
	})
}

// clumsy publishes to where nothing can be, in place of other files.
type clumsy struct{ shelf }

func (c clumsy) DidFinishDownloading(d *session.DownloadTask, path string) {
	c.Recorder.DidFinishDownloading(d, path)
	dest := filepath.Join(c.dir, "no", "directory")
	if got, err := d.Publish(partial.NewPublisher(partial.OS{}, 0), dest, true); got != "" || !errors.Is(err, fs.ErrNotExist) {
		c.t.Errorf("published as %q, %v", got, err)
	}
}

// TestWhatCouldNotBePublishedIsRemoved, whatever name it was given for that.
func TestWhatCouldNotBePublishedIsRemoved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, func(w http.ResponseWriter, r *http.Request) { w.Write(smallBody(r.URL.Path)[:1000]) })
		rec := trace.New(t)
		to := newShelf(t, rec)
		s := st.session(rec, clumsy{to})
		to.makeFamiliar(s)
		d := to.begin(s, "/f")
		rec.Wait(d)
		if err := d.Err(); err != nil {
			t.Error(err)
		}
		if left, err := os.ReadDir(to.dir); err != nil || len(left) > 0 {
			t.Errorf("there is %v, %v", left, err)
		}
	})
}
