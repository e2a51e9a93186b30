package session

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"haul/transfer/partial"
)

func TestDataTask(t *testing.T) {
	srv := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("hi")) })
	rec := newRecorder()
	s := open(t, rec, nil)
	task, err := s.DataTask(get(t, srv.URL), nil)
	if err != nil {
		t.Fatal(err)
	}
	task.Resume()
	await(t, rec.done)
	if got, want := rec.trace(), "response(200) data metrics done"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestPauseAndResumeGiveTheSameFile(t *testing.T) {
	f := &fileServer{body: content(3<<20, 1), etag: `"e1"`, stallAt: 1 << 20}
	srv := serve(t, f.ServeHTTP)
	rec := newRecorder()
	arrived := make(chan struct{}, 1)
	rec.onWrite = func(_ *DownloadTask, written, _ int64) {
		if written >= 1<<20 {
			arrived <- struct{}{}
		}
	}
	s := open(t, rec, nil)
	task, err := s.DownloadTask(get(t, srv.URL+"/f"), nil)
	if err != nil {
		t.Fatal(err)
	}
	part := partial.PathFor(t.TempDir(), "f")
	if err := task.SetPartialFile(part); err != nil {
		t.Fatal(err)
	}
	task.Resume()
	await(t, arrived)
	rec.onWrite = nil
	data, err := task.CancelByProducingResumeData(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	await(t, rec.done)
	f.set(func() { f.stallAt = 0 })
	again, err := s.DownloadTaskWithResumeData(data, nil)
	if err != nil {
		t.Fatal(err)
	}
	again.Resume()
	await(t, rec.done)
	want := "wrote metrics done(-999) resumed@1048576(3145728) wrote finished metrics done"
	if got := rec.trace(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if sum(rec.file) != sum(f.body) {
		t.Error("the file differs")
	}
	left, err := os.ReadDir(filepath.Dir(part))
	if err != nil || len(left) != 0 {
		t.Errorf("left over: %v %v", left, err)
	}
	r := f.log()[1]
	if r.Header.Get("Range") != "bytes=1048576-" || r.Header.Get("If-Range") != `"e1"` {
		t.Errorf("asked for %v", r.Header)
	}
}
