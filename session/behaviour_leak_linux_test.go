package session_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"haul/session"
)

// descriptors is the number of files and sockets that the process has open.
func descriptors(t *testing.T) int {
	t.Helper()
	open, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(open)
}

// TestINV05_NoDescriptorIsLeft runs all kinds of task over real sockets in ten
// sessions, invalidates them, and counts what is open before and after.
func TestINV05_NoDescriptorIsLeft(t *testing.T) {
	dir := t.TempDir()
	body := filepath.Join(dir, "body")
	if err := os.WriteFile(body, bytesOf(5, 200_000), 0o600); err != nil {
		t.Fatal(err)
	}
	nobody := httptest.NewServer(http.HandlerFunc(library))
	nobody.Close()
	load := func() {
		server := httptest.NewServer(http.HandlerFunc(library))
		defer server.Close()
		var sessions sync.WaitGroup
		for range 10 {
			sessions.Go(func() { mixture(t, server.URL, nobody.URL, body) })
		}
		sessions.Wait()
	}
	load() // what the runtime keeps for good is open after this
	before := descriptors(t)
	for range 3 {
		load()
	}
	if after := descriptors(t); after > before {
		t.Errorf("%d descriptors are open, there were %d", after, before)
	}
}

// mixture runs tasks that succeed, fail and are cancelled in a session of their
// own, and waits for the end of it. Nobody listens at nobody.
func mixture(t *testing.T, url, nobody, body string) {
	cfg := session.EphemeralConfiguration()
	s, err := session.New(cfg, nil)
	if err != nil {
		t.Error(err)
		return
	}
	ended := make(chan struct{}, 100)
	data := func([]byte, *http.Response, error) { ended <- struct{}{} }
	file := func(string, *http.Response, error) { ended <- struct{}{} }
	n := 0
	run := func(task session.Task, err error, then func(session.Task)) {
		if err != nil {
			t.Error(err)
			return
		}
		n++
		task.Resume()
		then(task)
	}
	nothing := func(session.Task) {}
	for i := range 5 {
		target := fmt.Sprintf("%s/capital?%d", url, i)
		d, err := s.DataTask(request(t, "GET", target), data)
		run(d, err, nothing)
		d, err = s.DataTask(request(t, "GET", target), data)
		run(d, err, session.Task.Cancel)
		d, err = s.DataTask(request(t, "GET", nobody), data)
		run(d, err, nothing)
		dl, err := s.DownloadTask(request(t, "GET", target), file)
		run(dl, err, nothing)
		dl, err = s.DownloadTask(request(t, "GET", target), file)
		run(dl, err, session.Task.Cancel)
		up, err := s.UploadTaskFromFile(request(t, "PUT", target), body, data)
		run(up, err, nothing)
		up, err = s.UploadTaskFromFile(request(t, "PUT", target), body, data)
		run(up, err, session.Task.Cancel)
	}
	for range n {
		<-ended
	}
	s.FinishTasksAndInvalidate()
	s.Wait()
}
