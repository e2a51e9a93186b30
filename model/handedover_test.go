package model_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"haul/model"
	"haul/session"
	"haul/session/background"
)

// halves serves the first half of a file at once, and the second when it is asked
// for by its range: the answer waits for open.
func halves(t *testing.T) (link string, open func()) {
	t.Helper()
	gate := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"one"`)
		w.Header().Set("Accept-Ranges", "bytes")
		if r.Header.Get("Range") == "" {
			w.Header().Set("Content-Length", "2000")
			// A client that has gone is no failure here.
			_, _ = io.WriteString(w, strings.Repeat("a", 1000))
			w.(http.Flusher).Flush()
			<-r.Context().Done()
			return
		}
		select {
		case <-gate:
		case <-r.Context().Done():
		}
		w.Header().Set("Content-Range", "bytes 1000-1999/2000")
		w.WriteHeader(http.StatusPartialContent)
		_, _ = io.WriteString(w, strings.Repeat("b", 1000))
	}))
	t.Cleanup(s.Close)
	return s.URL + "/film.mp4", func() { close(gate) }
}

// firstHalf downloads until half of the file is there, and returns the resume data.
func firstHalf(t *testing.T, link, part string) session.ResumeData {
	t.Helper()
	half := make(chan struct{})
	s, err := session.New(session.EphemeralConfiguration(), writing(func(written int64) {
		if written == 1000 {
			close(half)
		}
	}))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Wait()
	defer s.InvalidateAndCancel()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, link, nil)
	if err != nil {
		t.Fatal(err)
	}
	d, err := s.DownloadTask(req, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.SetPartialFile(part); err != nil {
		t.Fatal(err)
	}
	d.Resume()
	<-half
	data, err := d.CancelByProducingResumeData(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// writing is a delegate that hears how much was written.
type writing func(written int64)

func (writing) DidBecomeInvalid(*session.Session, error) {}

func (w writing) DidWriteData(_ *session.DownloadTask, _, written, _ int64) { w(written) }

func TestWhatWasHandedOverPausedShowsWhatIsAtHand(t *testing.T) {
	a := attach(t)
	link, open := halves(t)
	data := firstHalf(t, link, filepath.Join(a.dir, "film.mp4.haul-part"))
	if _, err := a.client.Create(t.Context(), background.Create{
		Identifier: background.CommandIdentifier, Kind: "download", ResumeData: json.RawMessage(data),
	}); err != nil {
		t.Fatal(err)
	}
	if r := a.becomes(1, model.Paused); r.Done != 1000 || r.Size != 2000 {
		t.Errorf("it has %d of %d", r.Done, r.Size)
	}
	a.do(a.m.TogglePause([]model.RowID{1}))
	if r := a.becomes(1, model.Running); r.Reason != "" || r.Done != 1000 {
		t.Errorf("before the agent is answered it has %d, %q", r.Done, r.Reason)
	}
	open()
	a.becomes(1, model.Done)
}
