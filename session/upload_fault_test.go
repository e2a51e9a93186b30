package session_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"haul/internal/trace"
	"haul/session"
)

func TestEarlyFinalResponseEndsAnUpload(t *testing.T) {
	for _, streamed := range []bool{false, true} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.CopyN(io.Discard, r.Body, 10_000)
			text(w, http.StatusRequestEntityTooLarge, "too large")
		}))
		rec := trace.New(t)
		body := bytesOf(1, 16<<20) // more than the buffers of a socket hold
		rec.Answers.BodyStream = func(context.Context, session.Task) (io.ReadCloser, error) {
			return io.NopCloser(bytes.NewReader(body)), nil
		}
		s := newSession(t, session.EphemeralConfiguration(), rec, rec)
		var task *session.UploadTask
		var err error
		if streamed {
			task, err = s.UploadTaskWithStreamedRequest(request(t, http.MethodPost, server.URL), nil)
		} else {
			task, err = s.UploadTaskFromData(request(t, http.MethodPost, server.URL), body, nil)
		}
		if err != nil {
			t.Fatal(err)
		}
		task.Resume()
		rec.Expect(task, "created newstream? sent* response(413)[allow] data* metrics done(nil)")
		expectBody(t, rec, task, []byte("too large"))
		if sent := task.Counts().Sent; sent >= int64(len(body)) {
			t.Errorf("%d bytes were sent all the same", sent)
		}
		server.Close()
	}
}

// bodyEnd answers with how the body of the request ended.
func bodyEnd(ended chan<- error) http.HandlerFunc {
	return func(_ http.ResponseWriter, r *http.Request) {
		_, err := io.Copy(io.Discard, slowly{r.Body})
		ended <- err
	}
}

// slowly reads in small pieces that take their time.
type slowly struct{ io.Reader }

func (s slowly) Read(p []byte) (int, error) {
	time.Sleep(time.Millisecond)
	return s.Reader.Read(p[:min(len(p), 8<<10)])
}

func TestBodyThatFailsIsNeverACleanEnd(t *testing.T) {
	torn := errors.New("tape torn")
	for name, declared := range map[string]string{"chunked": "", "with a length": "1000000"} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ended := make(chan error, 1)
				st := newStage(t, bodyEnd(ended))
				rec := trace.New(t)
				rec.Answers.BodyStream = func(context.Context, session.Task) (io.ReadCloser, error) {
					pr, pw := io.Pipe()
					go func() {
						_, _ = pw.Write(bytesOf(2, 300_000)) // the reader's side fails the test
						_ = pw.CloseWithError(torn)
					}()
					return pr, nil
				}
				s := st.session(rec, rec)
				r := request(t, http.MethodPut, "/u")
				if declared != "" {
					r.Header.Set("Content-Length", declared)
				}
				task, err := s.UploadTaskWithStreamedRequest(r, nil)
				if err != nil {
					t.Fatal(err)
				}
				task.Resume()
				rec.Expect(task, "created newstream sent* metrics done(RequestBodyStreamExhausted)")
				if !errors.Is(task.Err(), torn) {
					t.Errorf("the cause is lost: %v", task.Err())
				}
				if err := <-ended; err == nil {
					t.Error("the server saw a body that ends well")
				}
			})
		})
	}
}

func TestFileThatChangesWhileItIsUploadedFails(t *testing.T) {
	for name, size := range map[string]int64{"shorter": 1 << 20, "longer": 9 << 20} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "f")
			if err := os.WriteFile(path, bytesOf(3, 8<<20), 0o600); err != nil {
				t.Fatal(err)
			}
			synctest.Test(t, func(t *testing.T) {
				ended := make(chan error, 1)
				st := newStage(t, bodyEnd(ended))
				rec := trace.New(t)
				var once atomic.Bool
				rec.On.Sent = func(session.Task, int64, int64, int64) {
					if once.CompareAndSwap(false, true) {
						if err := os.Truncate(path, size); err != nil {
							t.Error(err)
						}
					}
				}
				s := st.session(rec, rec)
				task, err := s.UploadTaskFromFile(request(t, http.MethodPut, "/u"), path, nil)
				if err != nil {
					t.Fatal(err)
				}
				task.Resume()
				rec.Expect(task, "created sent* metrics done(RequestBodyStreamExhausted)")
				if err := <-ended; err == nil {
					t.Error("the server saw a body that ends well")
				}
			})
		})
	}
}
