package background_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"haul/session"
	"haul/session/background"
)

func TestDiscretionaryTasksBeginAfterAllOthers(t *testing.T) {
	var mu sync.Mutex
	var order []string
	proceed := make(chan struct{})
	server := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		order = append(order, r.URL.Path)
		mu.Unlock()
		<-proceed
		files().ServeHTTP(w, r)
	}))
	f := newFixture(t, background.Options{Running: 1})
	rec, later := f.recorder(), f.recorder()
	s := f.session("now", rec)
	patient := f.session("whenever", later, func(c *session.Configuration) { c.Discretionary = true })
	begin := func(s *session.Session, path string) *session.DownloadTask {
		d, err := s.DownloadTask(get(t, server.URL+path), nil)
		if err != nil {
			t.Fatal(err)
		}
		d.Resume()
		return d
	}
	c := f.client()
	waiting := func(n int) {
		t.Helper()
		await(t, func() bool { s, err := c.Status(t.Context()); return err == nil && s.Running == 1 && s.Waiting == n })
	}
	first := begin(s, "/first")
	waiting(0)
	last := begin(patient, "/whenever")
	last.SetPriority(session.PriorityHigh)
	waiting(1)
	second := begin(s, "/second")
	waiting(2)
	close(proceed)
	rec.Wait(first)
	rec.Wait(second)
	later.Wait(last)
	mu.Lock()
	defer mu.Unlock()
	if fmt.Sprint(order) != "[/first /second /whenever]" {
		t.Errorf("in the order %v", order)
	}
}

func TestExpectedBytesAreAHintForTheProgress(t *testing.T) {
	release := make(chan struct{})
	server := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write(content[:100_000]) // of unknown length
		if err := http.NewResponseController(w).Flush(); err != nil {
			t.Error(err)
		}
		<-release
		_, _ = w.Write(content[100_000:])
	}))
	f := newFixture(t, background.Options{})
	rec := f.recorder()
	s := f.session("a", rec)
	d, err := s.DownloadTask(get(t, server.URL+"/f"), nil)
	if err != nil {
		t.Fatal(err)
	}
	d.SetExpectedBytes(0, 400_000)
	d.Resume()
	await(t, func() bool { return d.Counts().Received == 100_000 })
	if p := d.Progress(); p.Total() != 400_000 || p.Fraction() != 0.25 {
		t.Errorf("%d of %d, %v", p.Completed(), p.Total(), p.Fraction())
	}
	// Whoever comes back has the hint as well.
	s.Detach()
	s.Wait()
	f.stop()
	rec = f.recorder()
	f.start()
	s = f.session("a", rec)
	again := s.Reassociated()[0]
	if p := again.Progress(); p.Total() != 400_000 {
		t.Errorf("after the agent's end: %d", p.Total())
	}
	close(release)
	rec.Wait(again)
	if p := again.Progress(); p.Total() != int64(len(content)) || p.Fraction() != 1 {
		t.Errorf("at the end: %d of %d", p.Completed(), p.Total())
	}
}

func TestAnUploadWhoseFileWasWrittenToFails(t *testing.T) {
	var hits sync.Map
	server := serve(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { hits.Store(r.URL.Path, true) }))
	f := newFixture(t, background.Options{})
	path := filepath.Join(f.o.Location.StateDirectory, "letter") // on the file system of the spool, for a link
	if err := os.WriteFile(path, []byte("dear server"), 0o600); err != nil {
		t.Fatal(err)
	}
	rec := f.recorder()
	s := f.session("a", rec)
	r := get(t, server.URL+"/up")
	r.Method = http.MethodPut
	u, err := s.UploadTaskFromFile(r, path, nil)
	if err != nil {
		t.Fatal(err)
	}
	mine, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	kept, err := filepath.Glob(filepath.Join(f.o.Location.StateDirectory, "spool", "*.upload"))
	if err != nil || len(kept) != 1 {
		t.Fatalf("%v, %v", kept, err)
	}
	theirs, err := os.Stat(kept[0])
	if err != nil {
		t.Fatal(err)
	}
	linked := os.SameFile(mine, theirs)
	if err := os.WriteFile(path, []byte("dear server, I have changed my mind"), 0o600); err != nil {
		t.Fatal(err)
	}
	u.Resume()
	rec.Wait(u)
	_, sent := hits.Load("/up")
	switch {
	case linked && (u.Err() == nil || !strings.Contains(u.Err().Error(), "written to") || sent):
		t.Errorf("%v, sent: %v", u.Err(), sent)
	case !linked && u.Err() != nil: // a clone
		t.Error(u.Err())
	}
}
