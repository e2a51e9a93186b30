package session

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"runtime"
	"strings"
	"testing"
	"weak"
)

// stallAfterHead answers, and never ends until the client goes.
func stallAfterHead(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Length", "10")
	_, _ = w.Write([]byte("half"))
	_ = http.NewResponseController(w).Flush()
	<-r.Context().Done()
}

func TestBlockingHelpersReturnWhatATaskDelivers(t *testing.T) {
	srv := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			_, _ = w.Write([]byte("hello"))
			return
		}
		w.WriteHeader(http.StatusCreated)
		buf := make([]byte, 64)
		n, _ := r.Body.Read(buf) // the body is one read long
		_, _ = w.Write(buf[:n])
	})
	s := open(t, nil, nil)
	ctx := context.Background()

	data, resp, err := s.Data(ctx, get(t, srv.URL), nil)
	if err != nil || string(data) != "hello" || resp.StatusCode != http.StatusOK {
		t.Errorf("Data: %q %v %v", data, resp, err)
	}
	post := func() *http.Request {
		r := get(t, srv.URL)
		r.Method = http.MethodPost
		return r
	}
	if data, resp, err = s.Upload(ctx, post(), []byte("sent"), nil); err != nil || string(data) != "sent" || resp.StatusCode != http.StatusCreated {
		t.Errorf("Upload: %q %v %v", data, resp, err)
	}
	file := t.TempDir() + "/body"
	if err := os.WriteFile(file, []byte("of a file"), 0o600); err != nil {
		t.Fatal(err)
	}
	if data, _, err = s.UploadFile(ctx, post(), file, nil); err != nil || string(data) != "of a file" {
		t.Errorf("UploadFile: %q %v", data, err)
	}
	own := newRecorder()
	own.onBody = func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("of a stream")), nil }
	if data, _, err = s.UploadStreamed(ctx, post(), own); err != nil || string(data) != "of a stream" {
		t.Errorf("UploadStreamed: %q %v", data, err)
	}
	if _, _, err = s.UploadFile(ctx, post(), file+"-that-is-not-there", nil); !errors.Is(err, FileDoesNotExist) {
		t.Errorf("UploadFile of nothing: %v", err)
	}
	if _, _, err = s.Data(ctx, nil, nil); err == nil {
		t.Error("no request is no error")
	}
}

func TestBlockingHelperTellsTheTaskDelegateAsWell(t *testing.T) {
	srv := serve(t, hello)
	ofSession, own := newRecorder(), newRecorder()
	s := open(t, ofSession, nil)
	data, _, err := s.Data(context.Background(), get(t, srv.URL), own)
	if err != nil || string(data) != own.data.String() || len(data) == 0 {
		t.Errorf("returned %q, %v; told %q", data, err, own.data.String())
	}
	if got, want := own.trace(), "response(200) data metrics done"; got != want || ofSession.trace() != "" {
		t.Errorf("own: %s; session's: %s", got, ofSession.trace())
	}
	if _, _, err := s.Data(context.Background(), get(t, srv.URL), nil); err != nil || ofSession.trace() != "metrics" {
		t.Errorf("without a delegate of its own the session's hears %q, %v", ofSession.trace(), err)
	}
}

func TestBlockingDownloadGivesItsFileAway(t *testing.T) {
	srv := serve(t, hello)
	own := newRecorder()
	s := open(t, nil, func(c *Configuration) { c.TemporaryDirectory = "" })
	path, resp, err := s.Download(context.Background(), get(t, srv.URL), own)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%v %v", resp, err)
	}
	if got, want := own.trace(), "wrote metrics done"; got != want {
		t.Errorf("told %q, want %q", got, want)
	}
	s.InvalidateAndCancel()
	s.Wait()
	if _, err := os.Stat(path); err != nil {
		t.Errorf("the file went with the session: %v", err)
	}
	if err := os.Remove(path); err != nil {
		t.Error(err)
	}
}

func TestBlockingHelperGoesOnFromResumeData(t *testing.T) {
	f := &fileServer{body: content(300_000, 4), etag: `"e"`, cutAt: 100_000}
	srv := serve(t, f.ServeHTTP)
	s := open(t, nil, nil)
	_, _, err := s.Download(context.Background(), get(t, srv.URL), nil)
	data, ok := ResumeDataFrom(err)
	if !ok {
		t.Fatalf("no resume data in %v", err)
	}
	path, _, err := s.DownloadWithResumeData(context.Background(), data, nil)
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(path)
	if err != nil || sum(got) != sum(f.body) {
		t.Errorf("%d bytes that differ, %v", len(got), err)
	}
}

func TestEndOfTheContextCancelsABlockingHelper(t *testing.T) {
	srv := serve(t, stallAfterHead)
	s := open(t, nil, nil)
	ctx, cancel := context.WithCancelCause(context.Background())
	why := errors.New("enough of it")
	data, resp, err := s.Data(ctx, get(t, srv.URL), dataHook{func() { cancel(why) }})
	if !errors.Is(err, Cancelled) || !errors.Is(err, why) || data != nil || resp == nil {
		t.Errorf("%q, response %v, %v", data, resp != nil, err)
	}
	ended, end := context.WithCancel(context.Background())
	end()
	if _, _, err := s.Download(ended, get(t, srv.URL), nil); !errors.Is(err, Cancelled) || !errors.Is(err, context.Canceled) {
		t.Errorf("a context that has ended gives %v", err)
	}
	if n := len(s.Tasks()); n != 0 {
		t.Errorf("%d tasks are left", n)
	}
}

type dataHook struct{ f func() }

func (h dataHook) DidReceiveData(Task, []byte) { h.f() }

func TestBlockingHelperRefusesADelegateThatWouldNotBeHeard(t *testing.T) {
	s := open(t, nil, nil)
	_, _, err := s.Data(context.Background(), get(t, "http://a.test/"), wrongWrite{})
	if err == nil || !strings.Contains(err.Error(), "DidWriteData") {
		t.Errorf("got %v", err)
	}
}

type wrongWrite struct{}

func (wrongWrite) DidWriteData(int) {}

func TestTaskDelegateGetsWhatItHasMethodsFor(t *testing.T) {
	srv := serve(t, hello)
	ofSession := newRecorder()
	s := open(t, ofSession, nil)
	task, err := s.DataTask(get(t, srv.URL), nil)
	if err != nil {
		t.Fatal(err)
	}
	own := &onlyData{}
	held := weak.Make(own)
	if err := task.SetDelegate(own); err != nil {
		t.Fatal(err)
	}
	task.Resume()
	await(t, ofSession.done)
	if string(own.got) == "" {
		t.Error("the task's delegate was not asked first")
	}
	if got, want := ofSession.trace(), "response(200) metrics done"; got != want {
		t.Errorf("the session's delegate heard %q, want %q", got, want)
	}
	own = nil
	s.FinishTasksAndInvalidate()
	s.Wait()
	runtime.GC()
	if held.Value() != nil {
		t.Error("the task keeps its delegate after its last call")
	}
	runtime.KeepAlive(task)
}

type onlyData struct{ got []byte }

func (o *onlyData) DidReceiveData(_ Task, p []byte) { o.got = append(o.got, p...) }

func TestTaskDelegateCannotBeSetTooLate(t *testing.T) {
	srv := serve(t, hello)
	rec := newRecorder()
	s := open(t, rec, nil)
	task, err := s.DataTask(get(t, srv.URL), nil)
	if err != nil {
		t.Fatal(err)
	}
	task.Cancel()
	await(t, rec.done)
	if err := task.SetDelegate(&onlyData{}); err == nil {
		t.Error("a task that has ended takes a delegate")
	}
}
