package session

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"haul/transfer/partial"
)

// once returns a hook for onWrite that tells when n bytes are there.
func once(n int64) (hook func(*DownloadTask, int64, int64), there <-chan struct{}) {
	ch := make(chan struct{})
	var o sync.Once
	return func(_ *DownloadTask, written, _ int64) {
		if written >= n {
			o.Do(func() { close(ch) })
		}
	}, ch
}

func download(t *testing.T, s *Session, url, part string) *DownloadTask {
	t.Helper()
	d, err := s.DownloadTask(get(t, url), nil)
	if err != nil {
		t.Fatal(err)
	}
	if part != "" {
		if err := d.SetPartialFile(part); err != nil {
			t.Fatal(err)
		}
	}
	return d
}

// interrupted is the resume data of a download of f that was cut at the given
// byte, by the server.
func interrupted(t *testing.T, s *Session, rec *recorder, f *fileServer, url, part string, at int64) ResumeData {
	t.Helper()
	f.set(func() { f.cutAt = at })
	d := download(t, s, url, part)
	d.Resume()
	await(t, rec.done)
	data, ok := ResumeDataFrom(d.Err())
	if !ok || !errors.Is(d.Err(), NetworkConnectionLost) {
		t.Fatalf("no resume data in %v", d.Err())
	}
	rec.reset()
	return data
}

func (r *recorder) reset() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events, r.file = nil, nil
}

func resume(t *testing.T, s *Session, data ResumeData) *DownloadTask {
	t.Helper()
	d, err := s.DownloadTaskWithResumeData(data, nil)
	if err != nil {
		t.Fatal(err)
	}
	d.Resume()
	return d
}

func emptyDir(t *testing.T, dir string) {
	t.Helper()
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 0 {
		t.Errorf("left over in the directory: %v %v", left, err)
	}
}

func TestPauseAndResumeGiveTheSameFile(t *testing.T) {
	f := &fileServer{body: content(3<<20, 1), etag: `"e1"`, stallAt: 1 << 20}
	srv := serve(t, f.ServeHTTP)
	rec := newRecorder()
	hook, there := once(1 << 20)
	rec.onWrite = hook
	s := open(t, rec, nil)
	dir := t.TempDir()
	task := download(t, s, srv.URL+"/f", partial.PathFor(dir, "f"))
	task.Resume()
	await(t, there)
	if ok, why := task.Resumability(); !ok {
		t.Errorf("not resumable: %s", why)
	}
	data, err := task.CancelByProducingResumeData(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	await(t, rec.done)
	f.set(func() { f.stallAt = 0 })
	again := resume(t, s, data)
	await(t, rec.done)
	want := "wrote metrics done(-999) resumed@1048576(3145728) wrote finished metrics done"
	if got := rec.trace(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if sum(rec.file) != sum(f.body) {
		t.Error("the file differs")
	}
	emptyDir(t, dir)
	r := f.log()[1]
	if r.Header.Get("Range") != "bytes=1048576-" || r.Header.Get("If-Range") != `"e1"` {
		t.Errorf("asked for %v", r.Header)
	}
	if c := again.Counts(); c.Received != 3<<20 || c.ExpectedToReceive != 3<<20 {
		t.Errorf("counts %+v", c)
	}
}

func TestPauseFromWithinADelegateCall(t *testing.T) {
	f := &fileServer{body: content(1<<20, 1), etag: `"e1"`, stallAt: 300_000}
	srv := serve(t, f.ServeHTTP)
	rec := newRecorder()
	var paused sync.Once
	var data ResumeData
	rec.onWrite = func(d *DownloadTask, _, _ int64) {
		paused.Do(func() {
			var err error
			if data, err = d.CancelByProducingResumeData(context.Background()); err != nil {
				t.Error(err)
			}
		})
	}
	s := open(t, rec, nil)
	download(t, s, srv.URL, "").Resume()
	await(t, rec.done)
	if len(data) == 0 {
		t.Error("no resume data")
	}
}

func TestResumeOutcomes(t *testing.T) {
	const cut, size = 300_000, 1 << 20
	body := content(size, 1)
	changed := append([]byte(nil), body...)
	changed[size-1]++
	changedTail := append([]byte(nil), body...)
	changedTail[cut-1]++
	tests := []struct {
		name   string
		change func(*fileServer)
		data   func(ResumeData) (ResumeData, error)
		trace  string
		asked  []string // Range of each request
		reason string
		rule   partial.Rule
		whole  bool // the file is what the server has
		kept   bool // the partial file is still there
	}{
		{
			name: "206", change: func(*fileServer) {}, rule: partial.RuleValidator, whole: true,
			trace: "resumed@300000(1048576) wrote finished metrics done", asked: []string{"bytes=300000-"},
		},
		{
			name: "changed entity tag", change: func(f *fileServer) { f.body, f.etag = changed, `"e2"` }, whole: true,
			trace: "resumed@0(1048576) wrote finished metrics done", asked: []string{"bytes=300000-"},
			reason: "validator changed",
		},
		{
			name: "If-Range ignored once by a cache", change: func(f *fileServer) { f.ignore = 1 }, whole: true,
			trace: "resumed@300000(1048576) wrote finished metrics done", rule: partial.RuleOverlap,
			asked: []string{"bytes=300000-", "bytes=234464-"},
		},
		{
			name: "no ranges any more", change: func(f *fileServer) { f.noRanges = true }, whole: true,
			trace: "resumed@0(1048576) wrote finished metrics done",
			asked: []string{"bytes=300000-", "bytes=234464-"}, reason: "server ignored the range",
		},
		{
			name: "overlap differs", change: func(f *fileServer) { f.body = changedTail }, whole: true,
			data:   func(d ResumeData) (ResumeData, error) { return d.WithRule(partial.RuleOverlap) },
			trace:  "resumed@0(1048576) wrote finished metrics done",
			asked:  []string{"bytes=234464-", ""},
			reason: "the bytes at hand differ",
		},
		{
			name: "503", change: func(f *fileServer) { f.no200 = 503 }, kept: true,
			trace: "wrote finished metrics done", asked: []string{"bytes=300000-"},
		},
		{
			name: "416 with another length", change: func(f *fileServer) { f.body = body[:1000] }, whole: true,
			trace:  "resumed@0(1000) wrote finished metrics done",
			asked:  []string{"bytes=300000-", ""},
			reason: "length changed",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := &fileServer{body: body, etag: `"e1"`}
			srv := serve(t, f.ServeHTTP)
			rec := newRecorder()
			s := open(t, rec, nil)
			part := partial.PathFor(t.TempDir(), "f")
			data := interrupted(t, s, rec, f, srv.URL+"/f", part, cut)
			f.set(func() { tt.change(f) })
			if tt.data != nil {
				var err error
				if data, err = tt.data(data); err != nil {
					t.Fatal(err)
				}
			}
			d := resume(t, s, data)
			await(t, rec.done)
			if got := rec.trace(); got != tt.trace {
				t.Errorf("got  %s\nwant %s", got, tt.trace)
			}
			for i, r := range f.log()[1:] {
				if i >= len(tt.asked) || r.Header.Get("Range") != tt.asked[i] {
					t.Errorf("request %d has Range %q", i, r.Header.Get("Range"))
				}
			}
			if c := d.Continuation(); c.Reason != tt.reason || c.Rule != tt.rule {
				t.Errorf("continuation %+v", c)
			}
			if tt.whole && sum(rec.file) != sum(f.body) {
				t.Error("the file differs from the server's")
			}
			if !tt.kept {
				emptyDir(t, filepath.Dir(part))
				return
			}
			// What is on disk and the resume data are still good.
			f.set(func() { f.no200 = 0 })
			rec.reset()
			resume(t, s, data)
			await(t, rec.done)
			if sum(rec.file) != sum(f.body) {
				t.Error("the partial file was touched")
			}
		})
	}
}

func TestFreshLink(t *testing.T) {
	const cut, size = 300_000, 1 << 20
	body := content(size, 1)
	other := content(size, 2)
	tests := []struct {
		name  string
		fresh *fileServer
		rule  partial.Rule
		fails bool
	}{
		{"same validator", &fileServer{body: body, etag: `"e1"`}, partial.RuleValidator, false},
		{"another validator, same bytes", &fileServer{body: body, etag: `"x"`}, partial.RuleOverlap, false},
		{"no ranges, same bytes", &fileServer{body: body, etag: `"x"`, noRanges: true}, partial.RuleOverlap, false},
		{"another length", &fileServer{body: body[:size-1], etag: `"x"`}, "", true},
		{"other bytes", &fileServer{body: other, etag: `"x"`}, "", true},
		{"no ranges, other bytes", &fileServer{body: other, etag: `"x"`, noRanges: true}, "", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := &fileServer{body: body, etag: `"e1"`}
			srv, freshSrv := serve(t, f.ServeHTTP), serve(t, tt.fresh.ServeHTTP)
			rec := newRecorder()
			s := open(t, rec, nil)
			data := interrupted(t, s, rec, f, srv.URL+"/f", partial.PathFor(t.TempDir(), "f"), cut)
			link, err := data.WithURL(get(t, freshSrv.URL+"/new").URL)
			if err != nil {
				t.Fatal(err)
			}
			d := resume(t, s, link)
			await(t, rec.done)
			if !tt.fails {
				if d.Err() != nil || sum(rec.file) != sum(body) || d.Continuation().Rule != tt.rule || d.Continuation().Offset != cut {
					t.Errorf("%v %+v", d.Err(), d.Continuation())
				}
				return
			}
			if !errors.Is(d.Err(), ErrOtherFile) {
				t.Fatalf("got %v", d.Err())
			}
			again, ok := ResumeDataFrom(d.Err())
			if !ok {
				t.Fatal("the resume data is lost")
			}
			rec.reset()
			d = resume(t, s, again)
			await(t, rec.done)
			if d.Err() != nil || sum(rec.file) != sum(body) || d.Continuation().Offset != cut {
				t.Errorf("the old link does not go on: %v %+v", d.Err(), d.Continuation())
			}
		})
	}
}

func TestResumeDataServesOnce(t *testing.T) {
	f := &fileServer{body: content(1<<20, 1), etag: `"e1"`}
	srv := serve(t, f.ServeHTTP)
	rec := newRecorder()
	s := open(t, rec, nil)
	data := interrupted(t, s, rec, f, srv.URL, partial.PathFor(t.TempDir(), "f"), 200_000)

	f.set(func() { f.stallAt = 400_000 })
	hook, there := once(400_000)
	rec.onWrite = hook
	first := resume(t, s, data)
	await(t, there)
	second := resume(t, s, data)
	await(t, rec.done)
	if !errors.Is(second.Err(), partial.ErrLocked) || !errors.Is(second.Err(), CannotOpenFile) {
		t.Errorf("while it is in use: %v", second.Err())
	}
	if _, err := first.CancelByProducingResumeData(context.Background()); err != nil {
		t.Fatal(err)
	}
	await(t, rec.done)
	third := resume(t, s, data)
	await(t, rec.done)
	if !errors.Is(third.Err(), partial.ErrSpent) {
		t.Errorf("after it was used: %v", third.Err())
	}
}

func TestCancelRemovesAndFailureKeeps(t *testing.T) {
	f := &fileServer{body: content(1<<20, 1), etag: `"e1"`, stallAt: 300_000}
	srv := serve(t, f.ServeHTTP)
	rec := newRecorder()
	hook, there := once(300_000)
	rec.onWrite = hook
	s := open(t, rec, nil)
	dir := t.TempDir()
	d := download(t, s, srv.URL, partial.PathFor(dir, "f"))
	d.Resume()
	await(t, there)
	d.Cancel()
	await(t, rec.done)
	if _, ok := ResumeDataFrom(d.Err()); ok || !errors.Is(d.Err(), Cancelled) {
		t.Errorf("got %v", d.Err())
	}
	emptyDir(t, dir)
}

func TestNotResumableSaysWhy(t *testing.T) {
	f := &fileServer{body: content(1<<20, 1), stallAt: 300_000}
	srv := serve(t, f.ServeHTTP)
	rec := newRecorder()
	hook, there := once(300_000)
	rec.onWrite = hook
	s := open(t, rec, nil)
	dir := t.TempDir()
	d := download(t, s, srv.URL, partial.PathFor(dir, "f"))
	if ok, why := d.Resumability(); ok || why == "" {
		t.Errorf("resumable before it ran, or no reason: %q", why)
	}
	d.Resume()
	await(t, there)
	_, err := d.CancelByProducingResumeData(context.Background())
	var no *NotResumableError
	if !errors.As(err, &no) || no.Reason != "no validator" {
		t.Errorf("got %v", err)
	}
	await(t, rec.done)
	emptyDir(t, dir)
	if _, err := d.CancelByProducingResumeData(context.Background()); !errors.As(err, &no) {
		t.Errorf("after the end: %v", err)
	}
}

func TestErrorPageDoesNotTouchThePartialFile(t *testing.T) {
	srv := serve(t, http.NotFound)
	rec := newRecorder()
	s := open(t, rec, nil)
	dir := t.TempDir()
	part := partial.PathFor(dir, "f")
	rec.onFinishedDownload = func(path string) {
		if path == part {
			t.Error("the error page is where the download belongs")
		}
	}
	d := download(t, s, srv.URL, part)
	d.Resume()
	await(t, rec.done)
	if d.Err() != nil || d.Response().StatusCode != 404 || string(rec.file) != "404 page not found\n" {
		t.Errorf("%v %q", d.Err(), rec.file)
	}
	emptyDir(t, dir)
}

func TestResumeAfterAKill(t *testing.T) {
	f := &fileServer{body: content(1<<20, 1), etag: `"e1"`}
	srv := serve(t, f.ServeHTTP)
	rec := newRecorder()
	s := open(t, rec, nil)
	dir := t.TempDir()
	interrupted(t, s, rec, f, srv.URL+"/f", partial.PathFor(dir, "f"), 300_000)
	// Only what is on disk is left, and it is somewhere else.
	moved := t.TempDir()
	for _, name := range []string{"f" + partial.PartSuffix, "f" + partial.StateSuffix} {
		if err := os.Rename(filepath.Join(dir, name), filepath.Join(moved, name)); err != nil {
			t.Fatal(err)
		}
	}
	for _, path := range []string{partial.PathFor(moved, "f"), filepath.Join(moved, "f"+partial.StateSuffix)} {
		if data, err := ReadResumeData(path); err != nil {
			t.Fatal(err)
		} else if i, err := data.Describe(); err != nil || i.Have != 300_000 || i.Length != 1<<20 || i.OriginalURL != srv.URL+"/f" {
			t.Errorf("%+v %v", i, err)
		}
	}
	data, err := ReadResumeData(partial.PathFor(moved, "f"))
	if err != nil {
		t.Fatal(err)
	}
	d := resume(t, s, data)
	await(t, rec.done)
	if d.Err() != nil || sum(rec.file) != sum(f.body) {
		t.Errorf("%v", d.Err())
	}
}

func TestBecomeDownloadHasEveryByteAndCanBePaused(t *testing.T) {
	f := &fileServer{body: content(1<<20, 1), etag: `"e1"`, stallAt: 300_000}
	srv := serve(t, f.ServeHTTP)
	rec := newRecorder()
	there := make(chan *DownloadTask, 64)
	rec.onWrite = func(d *DownloadTask, written, _ int64) {
		if written == 300_000 {
			there <- d
		}
	}
	rec.onResponse = func(Task, *http.Response) ResponseDisposition { return BecomeDownload }
	s := open(t, rec, nil)
	task, err := s.DataTask(get(t, srv.URL), nil)
	if err != nil {
		t.Fatal(err)
	}
	task.Resume()
	converted := await(t, there)
	if converted.ID() != task.ID() {
		t.Errorf("identifier %d became %d", task.ID(), converted.ID())
	}
	data, err := converted.CancelByProducingResumeData(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	await(t, rec.done)
	if got, want := rec.trace(), "response(200) became wrote metrics done(-999)"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	f.set(func() { f.stallAt = 0 })
	resume(t, s, data)
	await(t, rec.done)
	if sum(rec.file) != sum(f.body) {
		t.Error("the file differs")
	}
}

func TestPartialFileThatIsThereIsNotTouched(t *testing.T) {
	srv := serve(t, hello)
	part := partial.PathFor(t.TempDir(), "f")
	if err := os.WriteFile(part, []byte("somebody's"), 0o600); err != nil {
		t.Fatal(err)
	}
	rec := newRecorder()
	s := open(t, rec, nil)
	d := download(t, s, srv.URL, part)
	d.Resume()
	await(t, rec.done)
	if !errors.Is(d.Err(), CannotCreateFile) || !errors.Is(d.Err(), os.ErrExist) {
		t.Errorf("got %v", d.Err())
	}
	if p, err := os.ReadFile(part); err != nil || string(p) != "somebody's" {
		t.Errorf("it has %q, %v", p, err)
	}
	if err := d.SetPartialFile(part); err == nil {
		t.Error("a partial file was named after Resume")
	}
	fresh, err := s.DownloadTask(get(t, srv.URL), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := fresh.SetPartialFile("/etc/passwd"); err == nil {
		t.Error("any name will do")
	}
}
