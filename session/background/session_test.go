package background_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"haul/internal/trace"
	"haul/session"
	"haul/session/background"
)

// content is what servers of the tests have.
var content = bytes.Repeat([]byte("0123456789abcdef"), 20_000)

// files serves content, with a validator, so that downloads can go on.
func files() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"v1"`)
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
	})
}

func serve(t *testing.T, h http.Handler) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

func TestADownloadRunsInTheAgent(t *testing.T) {
	server := serve(t, files())
	f := newFixture(t, background.Options{})
	rec := f.recorder()
	s := f.session("a", rec)
	d, err := s.DownloadTask(get(t, server.URL+"/f"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if d.State() != session.Suspended || d.ID() != 1 {
		t.Errorf("a new task is %v, identifier %d", d.State(), d.ID())
	}
	d.Resume()
	rec.Expect(d, "created wrote* finished metrics done(nil)")
	if !bytes.Equal(rec.Body(d), content) {
		t.Error("the file is not the server's")
	}
	if d.Response() == nil || d.Response().StatusCode != 200 || len(d.Metrics().Transactions) != 1 {
		t.Errorf("response %v, metrics %+v", d.Response(), d.Metrics())
	}
	s.FinishTasksAndInvalidate()
	rec.WaitInvalid()
	s.Wait()
	entries, err := os.ReadDir(filepath.Join(f.o.Location.StateDirectory, "spool"))
	if err != nil || len(entries) != 0 {
		t.Errorf("the spool has %v, %v", entries, err)
	}
}

func TestWhatEndedWhileNobodyWasThereIsToldLater(t *testing.T) {
	server := serve(t, files())
	f := newFixture(t, background.Options{})
	first := f.recorder()
	s := f.session("a", first)
	var ids []session.TaskID
	for range 3 {
		d, err := s.DownloadTask(get(t, server.URL+"/f"), nil)
		if err != nil {
			t.Fatal(err)
		}
		d.SetDescription("mine")
		ids = append(ids, d.ID())
	}
	for _, task := range s.Tasks() {
		t.Error("listed before its first resume:", task.ID())
	}
	s.Detach()
	s.Wait()
	c := f.client()
	if err := c.Act(t.Context(), background.Resume, "a", ids...); err != nil {
		t.Fatal(err)
	}
	if _, late, err := c.Wait(t.Context(), time.Minute, "a"); err != nil || late {
		t.Fatal(late, err)
	}
	f.stop()
	f.start()
	rec := f.recorder()
	var after []session.Task
	s = f.session("a", rec)
	after = s.Reassociated()
	if len(after) != 3 {
		t.Fatalf("%d tasks", len(after))
	}
	for i, task := range after {
		if task.ID() != ids[i] || task.Description() != "mine" || task.OriginalRequest().URL.Path != "/f" {
			t.Errorf("task %d: %d %q %v", i, task.ID(), task.Description(), task.OriginalRequest().URL)
		}
		rec.Expect(task, "created wrote finished metrics done(nil)")
		if !bytes.Equal(rec.Body(task), content) {
			t.Error("the file is not the server's")
		}
	}
	s.FinishTasksAndInvalidate()
	s.Wait()
	all := rec.All()
	if n := len(all); n < 2 || all[n-2].Kind != trace.EventsDone {
		t.Errorf("the end of the queued events is missing: %s", trace.Format(all))
	}
	past, err := f.client().History(t.Context(), background.HistoryQuery{})
	if err != nil || len(past) != 3 {
		t.Errorf("history: %v, %v", past, err)
	}
}
