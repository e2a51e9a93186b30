package session

import (
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// echo tells what arrived.
func echo(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	w.Header().Set("X-Length", r.Header.Get("Content-Length"))
	w.Header().Set("X-Type", r.Header.Get("Content-Type"))
	w.Header().Set("X-Coding", strings.Join(r.TransferEncoding, ","))
	_, _ = w.Write(body)
}

func TestUploadSources(t *testing.T) {
	srv := serve(t, echo)
	dir := t.TempDir()
	path := filepath.Join(dir, "f")
	if err := os.WriteFile(path, content(1<<20, 1), 0o600); err != nil {
		t.Fatal(err)
	}
	r := func(method string) *http.Request {
		q := get(t, srv.URL)
		q.Method = method
		q.Body = io.NopCloser(strings.NewReader("the request's own body is ignored"))
		return q
	}
	type make func(*Session) (*UploadTask, error)
	data := func(method string, p []byte) make {
		return func(s *Session) (*UploadTask, error) { return s.UploadTaskFromData(r(method), p, nil) }
	}
	file := func(p string) make {
		return func(s *Session) (*UploadTask, error) { return s.UploadTaskFromFile(r("PUT"), p, nil) }
	}
	stream := func(method string) make {
		return func(s *Session) (*UploadTask, error) { return s.UploadTaskWithStreamedRequest(r(method), nil) }
	}
	tests := []struct {
		name         string
		make         make
		trace        string
		typ, coding  string
		sent, toSend int64
	}{
		{name: "data", make: data("PUT", content(16<<10, 1)),
			trace: "sent response(200) data metrics done", sent: 16 << 10, toSend: 16 << 10},
		{name: "POST has a type", make: data("POST", []byte("a=b")),
			trace: "sent response(200) data metrics done", sent: 3, toSend: 3, typ: "application/x-www-form-urlencoded"},
		{name: "empty POST has none", make: data("POST", nil), trace: "response(200) metrics done"},
		{name: "file", make: file(path), trace: "sent response(200) data metrics done", sent: 1 << 20, toSend: 1 << 20},
		{name: "no file", make: file(filepath.Join(dir, "none")), trace: "metrics done(-1100)", toSend: -1},
		{name: "directory", make: file(dir), trace: "metrics done(-1101)", toSend: -1},
		{name: "stream", make: stream("POST"), trace: "newstream sent response(200) data metrics done",
			sent: 6, toSend: -1, coding: "chunked", typ: "application/x-www-form-urlencoded"},
		{name: "GET with data", make: data("GET", []byte("x")), trace: "metrics done(-1103)", toSend: 1},
		{name: "GET with a stream", make: stream("GET"), trace: "newstream metrics done(-1103)", toSend: -1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			rec := newRecorder()
			rec.onBody = func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("stream")), nil }
			task, err := tt.make(open(t, rec, nil))
			if err != nil {
				t.Fatal(err)
			}
			task.Resume()
			await(t, rec.done)
			if got := rec.trace(); got != tt.trace {
				t.Errorf("got  %s\nwant %s", got, tt.trace)
			}
			if c := task.Counts(); c.Sent != tt.sent || c.ExpectedToSend != tt.toSend {
				t.Errorf("counts %+v", c)
			}
			resp := task.Response()
			if resp == nil {
				return
			}
			if got := resp.Header.Get("X-Type"); got != tt.typ {
				t.Errorf("type %q", got)
			}
			if got := resp.Header.Get("X-Coding"); got != tt.coding {
				t.Errorf("coding %q", got)
			}
		})
	}
}

func TestFileThatChangesWhileItIsSent(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(path, content(100, 1), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, size := range []int64{50, 150} {
		body, n, err := fileBody(path).open(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Truncate(path, size); err != nil {
			t.Fatal(err)
		}
		if p, err := io.ReadAll(body); !errors.Is(err, errFileChanged) {
			t.Errorf("%d became %d: read %d, %v", n, size, len(p), err)
		}
		if err := body.Close(); err != nil {
			t.Error(err)
		}
		if err := os.Truncate(path, 100); err != nil {
			t.Fatal(err)
		}
	}
}

func TestBodyThatFailsFailsTheTask(t *testing.T) {
	srv := serve(t, echo)
	rec := newRecorder()
	broken := errors.New("tape torn")
	rec.onBody = func() (io.ReadCloser, error) {
		return io.NopCloser(io.MultiReader(strings.NewReader("half"), failingReader{broken})), nil
	}
	r := get(t, srv.URL)
	r.Method = http.MethodPost
	task, err := open(t, rec, nil).UploadTaskWithStreamedRequest(r, nil)
	if err != nil {
		t.Fatal(err)
	}
	task.Resume()
	await(t, rec.done)
	if !errors.Is(task.Err(), broken) || !errors.Is(task.Err(), RequestBodyStreamExhausted) {
		t.Errorf("got %v", task.Err())
	}
}

type failingReader struct{ err error }

func (r failingReader) Read([]byte) (int, error) { return 0, r.err }

func TestBodyOfADataTaskIsSent(t *testing.T) {
	srv := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" {
			w.Header().Set("Location", "/x")
			w.WriteHeader(http.StatusPermanentRedirect)
			return
		}
		echo(w, r)
	})
	rec := newRecorder()
	r, err := http.NewRequest(http.MethodPost, srv.URL, strings.NewReader("body"))
	if err != nil {
		t.Fatal(err)
	}
	task, err := open(t, rec, nil).DataTask(r, nil)
	if err != nil {
		t.Fatal(err)
	}
	task.Resume()
	await(t, rec.done)
	if rec.data.String() != "body" || task.Err() != nil {
		t.Errorf("got %q, %v", rec.data.String(), task.Err())
	}
}
