package session_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"

	"haul/internal/trace"
	"haul/session"
)

// receive reads the whole body of an upload, then lets answer answer.
func receive(t *testing.T, answer http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			t.Errorf("reading the body of %s: %v", r.URL, err)
		}
		answer(w, r)
	}
}

// streamOf answers NeedNewBodyStream with a fresh stream of content.
func streamOf(content []byte) func(context.Context, session.Task) (io.ReadCloser, error) {
	return func(context.Context, session.Task) (io.ReadCloser, error) {
		return io.NopCloser(struct{ io.Reader }{bytes.NewReader(content)}), nil
	}
}

// lastSent is the last event of sent.
func lastSent(rec *trace.Recorder, task session.Task) trace.Event {
	var last trace.Event
	for _, e := range rec.Events(task) {
		if e.Kind == trace.Sent {
			last = e
		}
	}
	return last
}

func TestGolden15_AStreamIsAskedForAgainAfterAChallenge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		content := bytesOf(15, 100_000)
		st := newStage(t, receive(t, func(w http.ResponseWriter, r *http.Request) {
			if authorized(w, r) {
				text(w, 200, "thanks")
			}
		}))
		rec := trace.New(t)
		rec.Answers.Challenge = password
		rec.Answers.BodyStream = streamOf(content)
		s := st.session(rec, rec)
		task, err := s.UploadTaskWithStreamedRequest(request(t, "POST", "/u"), nil)
		if err != nil {
			t.Fatal(err)
		}
		task.Resume()
		rec.Expect(task, "created newstream sent* tchal(Basic,0)[use] newstream sent* response(200)[allow] data* metrics done(nil)")
		expectBody(t, rec, task, []byte("thanks"))
		for i, h := range st.log() {
			if sum(h.Body) != sum(content) || h.Length != -1 {
				t.Errorf("request %d has %d bytes of body, length %d", i+1, len(h.Body), h.Length)
			}
		}
		if e := lastSent(rec, task); e.Total != int64(len(content)) || e.Expected != -1 {
			t.Errorf("sent %d of %d", e.Total, e.Expected)
		}
		st.expectLog("POST http://a.test/u", "POST http://a.test/u")
	})
}

func TestGolden16_AStreamIsAskedForAgainAfterARedirect(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		content := bytesOf(16, 100_000)
		st := newStage(t, receive(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/u" {
				http.Redirect(w, r, "/u2", http.StatusTemporaryRedirect)
				return
			}
			text(w, 200, "thanks")
		}))
		rec := trace.New(t)
		rec.Answers.BodyStream = streamOf(content)
		s := st.session(rec, rec)
		task, err := s.UploadTaskWithStreamedRequest(request(t, "POST", "/u"), nil)
		if err != nil {
			t.Fatal(err)
		}
		task.Resume()
		rec.Expect(task, "created newstream sent* redirect(307,/u2)[same] newstream sent* response(200)[allow] data* metrics done(nil)")
		st.expectLog("POST http://a.test/u", "POST http://a.test/u2")
		for i, h := range st.log() {
			if sum(h.Body) != sum(content) {
				t.Errorf("request %d has %d bytes of body", i+1, len(h.Body))
			}
		}
	})
}

func TestGolden17_UploadFromAFile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		content := bytesOf(17, 200_000)
		path := filepath.Join(t.TempDir(), "body")
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		st := newStage(t, receive(t, func(w http.ResponseWriter, _ *http.Request) { text(w, 200, "thanks") }))
		rec := trace.New(t)
		s := st.session(rec, rec)
		task, err := s.UploadTaskFromFile(request(t, "PUT", "/u"), path, nil)
		if err != nil {
			t.Fatal(err)
		}
		task.Resume()
		rec.Expect(task, "created sent* response(200)[allow] data* metrics done(nil)")
		size := int64(len(content))
		if e := lastSent(rec, task); e.Total != size || e.Expected != size {
			t.Errorf("sent %d of %d, want %d of it", e.Total, e.Expected, size)
		}
		if got := task.Counts(); got.Sent != size || got.ExpectedToSend != size {
			t.Errorf("counts are %+v", got)
		}
		h := st.log()[0]
		if h.Length != size || sum(h.Body) != sum(content) || h.Header.Get("Expect") != "" {
			t.Errorf("the server got %d bytes, length %d, fields %v", len(h.Body), h.Length, h.Header)
		}
	})
}
