package session_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"haul/internal/trace"
	"haul/session"
)

// Steps 8 to 15 of the guide: what moves, and how it ends.

func TestStep08_AStreamedUploadAsksForItsBodyFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		content := bytesOf(108, 50_000)
		st := newStage(t, receive(t, func(w http.ResponseWriter, _ *http.Request) { text(w, 200, "thanks") }))
		rec := trace.New(t)
		closed := false
		rec.Answers.BodyStream = func(ctx context.Context, task session.Task) (io.ReadCloser, error) {
			body, err := streamOf(content)(ctx, task)
			return struct {
				io.Reader
				io.Closer
			}{body, closerFunc(func() error { closed = true; return body.Close() })}, err
		}
		s := st.session(rec, rec)
		task, err := s.UploadTaskWithStreamedRequest(request(t, "POST", "/u"), nil)
		if err != nil {
			t.Fatal(err)
		}
		task.Resume()
		rec.Expect(task, "created newstream[stream] sent* response(200) data* metrics done(nil)")
		if !closed {
			t.Error("the stream is not closed")
		}
		if h := st.log()[0]; sum(h.Body) != sum(content) {
			t.Errorf("the server got %d bytes", len(h.Body))
		}
	})
}

type closerFunc func() error

func (f closerFunc) Close() error { return f() }

func TestStep08_WithoutABodyTheUploadFails(t *testing.T) {
	fail := errors.New("no body today")
	for name, tt := range map[string]struct {
		answer func(context.Context, session.Task) (io.ReadCloser, error)
		want   string
	}{
		"nil":      {func(context.Context, session.Task) (io.ReadCloser, error) { return nil, nil }, "created newstream[nil] metrics done(RequestBodyStreamExhausted)"},
		"an error": {func(context.Context, session.Task) (io.ReadCloser, error) { return nil, fail }, "created newstream[nil] metrics done"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				st := newStage(t, receive(t, func(w http.ResponseWriter, _ *http.Request) { text(w, 200, "thanks") }))
				rec := trace.New(t)
				rec.Answers.BodyStream = tt.answer
				s := st.session(rec, rec)
				task, err := s.UploadTaskWithStreamedRequest(request(t, "POST", "/u"), nil)
				if err != nil {
					t.Fatal(err)
				}
				task.Resume()
				rec.Expect(task, tt.want)
				if name == "an error" && !errors.Is(task.Err(), fail) {
					t.Errorf("the cause is lost: %v", task.Err())
				}
			})
		})
	}
}

func TestStep09_SendingIsReported(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		content := bytesOf(109, 500_000)
		st := newStage(t, func(w http.ResponseWriter, r *http.Request) {
			buf := make([]byte, 16<<10)
			for err := error(nil); err == nil; _, err = r.Body.Read(buf) {
				time.Sleep(10 * time.Millisecond)
			}
			text(w, 200, "thanks")
		})
		rec := trace.New(t)
		s := st.session(rec, rec)
		task, err := s.UploadTaskFromData(request(t, "PUT", "/u"), content, nil)
		if err != nil {
			t.Fatal(err)
		}
		task.Resume()
		rec.Expect(task, "created sent* response(200) data* metrics done(nil)")
		size := int64(len(content))
		if e := lastSent(rec, task); e.Total != size || e.Expected != size {
			t.Errorf("sent %d of %d, want %d of it", e.Total, e.Expected, size)
		}
		if n := rec.Count(task, trace.Sent); n < 3 {
			t.Errorf("half a second of sending is reported %d times", n)
		}
		if h := st.log()[0]; sum(h.Body) != sum(content) || h.Length != size {
			t.Errorf("the server got %d bytes, length %d", len(h.Body), h.Length)
		}
	})
}

func TestStep10_ProgressIsReported(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		content := bytesOf(110, 500_000)
		st := newStage(t, func(w http.ResponseWriter, r *http.Request) { serveSlowly(w, r, `"e1"`, content) })
		rec := trace.New(t)
		s := st.session(rec, rec)
		dl := download(t, s, request(t, "GET", "/f"))
		dl.Resume()
		rec.Expect(dl, "created wrote* finished metrics done(nil)")
		if n := rec.Count(dl, trace.Wrote); n < 3 {
			t.Errorf("a third of a second of writing is reported %d times", n)
		}
		for _, e := range rec.Events(dl) {
			if e.Kind == trace.Wrote && e.Expected != int64(len(content)) {
				t.Errorf("wrote expects %d", e.Expected)
			}
		}
		data := run(t, s, rec, request(t, "GET", "/f"))
		rec.Expect(data, "created response(200) data* metrics done(nil)")
		if n := rec.Count(data, trace.Data); n < 3 {
			t.Errorf("the data comes in %d pieces", n)
		}
		expectBody(t, rec, dl, content)
		expectBody(t, rec, data, content)
	})
}

func TestStep10_PauseIsACancelWithResumeData(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		content := bytesOf(210, million)
		st := newStage(t, func(w http.ResponseWriter, r *http.Request) { serveSlowly(w, r, `"e1"`, content) })
		rec := trace.New(t)
		var reached <-chan struct{}
		rec.On.Wrote, reached = after(100_000)
		s := st.session(rec, rec)
		first := begin(t, s, rec, reached, request(t, "GET", "/f"))
		if ok, reason := first.Resumability(); !ok || reason != "" {
			t.Errorf("resumable: %v, %q", ok, reason)
		}
		data, err := rec.Pause(t.Context(), first)
		if err != nil {
			t.Fatal(err)
		}
		rec.Expect(first, "created wrote* metrics done(Cancelled+resume) resumedata(ok)")
		if again, err := rec.Pause(t.Context(), first); again != nil || err == nil {
			t.Errorf("pausing an ended task gives %d bytes and %v", len(again), err)
		}
		second := resumeFrom(t, s, data)
		if second.State() != session.Suspended || second.ID() == first.ID() {
			t.Errorf("the new task is number %d, in state %d", second.ID(), second.State())
		}
		second.Resume()
		rec.Expect(second, "created resumed wrote* finished metrics done(nil)")
		expectBody(t, rec, second, content)
		if c := second.Continuation(); c.Offset == 0 || c.Reason != "" {
			t.Errorf("the continuation is %+v", c)
		}
		spent := resumeFrom(t, s, data)
		spent.Resume()
		rec.Wait(spent)
		if spent.Err() == nil {
			t.Error("resume data serves twice")
		}
	})
}

func TestStep10_PausingAgainBeforeTheHeadLosesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		content := bytesOf(211, million)
		st := newStage(t, func(w http.ResponseWriter, r *http.Request) {
			time.Sleep(time.Second)
			serveSlowly(w, r, `"e1"`, content)
		})
		rec := trace.New(t)
		var reached <-chan struct{}
		rec.On.Wrote, reached = after(500_000)
		s := st.session(rec, rec)
		first := begin(t, s, rec, reached, request(t, "GET", "/f"))
		data, err := rec.Pause(t.Context(), first)
		if err != nil {
			t.Fatal(err)
		}
		before, err := data.Describe()
		if err != nil {
			t.Fatal(err)
		}
		second := resumeFrom(t, s, data)
		second.Resume()
		synctest.Wait()
		if data, err = rec.Pause(t.Context(), second); err != nil {
			t.Fatal(err)
		}
		rec.Expect(second, "created metrics done(Cancelled+resume) resumedata(ok)")
		third := resumeFrom(t, s, data)
		third.Resume()
		rec.Expect(third, fmt.Sprintf("created resumed@%d wrote* finished metrics done(nil)", before.Have))
		expectBody(t, rec, third, content)
	})
}

func TestStep12_TheFileIsTheDelegatesForTheTimeOfTheCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		content := bytesOf(112, 100_000)
		st := newStage(t, func(w http.ResponseWriter, _ *http.Request) { write(w, content) })
		rec := trace.New(t)
		kept := filepath.Join(t.TempDir(), "kept")
		var left string
		rec.On.Finished = func(task *session.DownloadTask, path string) {
			if task.OriginalRequest().URL.Path == "/keep" {
				if err := os.Rename(path, kept); err != nil {
					t.Error(err)
				}
				return
			}
			left = path
		}
		s := st.session(rec, rec)
		for _, path := range []string{"/keep", "/leave"} {
			task := download(t, s, request(t, "GET", path))
			task.Resume()
			rec.Expect(task, "created wrote* finished metrics done(nil)")
			expectBody(t, rec, task, content)
		}
		if b, err := os.ReadFile(kept); err != nil || sum(b) != sum(content) {
			t.Errorf("the file that was moved has %d bytes, %v", len(b), err)
		}
		if _, err := os.Stat(left); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("the file that was not moved is still there: %v", err)
		}
	})
}

func TestStep13_AServerErrorIsNoError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, func(w http.ResponseWriter, _ *http.Request) { text(w, 503, "not now") })
		rec := trace.New(t)
		s := st.session(rec, rec)
		data := run(t, s, rec, request(t, "GET", "/a"))
		rec.Expect(data, "created response(503) data* metrics done(nil)")
		dl := download(t, s, request(t, "GET", "/a"))
		dl.Resume()
		rec.Expect(dl, "created wrote* finished metrics done(nil)")
		if dl.Response().StatusCode != 503 {
			t.Errorf("the response is %d", dl.Response().StatusCode)
		}
		expectBody(t, rec, dl, []byte("not now"))
	})
}

func TestStep13_AClientErrorIsACode(t *testing.T) {
	for url, code := range map[string]session.Code{
		"http://nowhere.test/":    session.CannotFindHost,
		"http://a.test:81/":       session.CannotConnectToHost,
		"foobar://a.test/":        session.UnsupportedURL,
		"http:///path":            session.BadURL,
		"http://a.test:999999/":   session.BadURL,
		"http://a.test/cut":       session.NetworkConnectionLost,
		"http://a.test/silent":    session.TimedOut,
		"https://a.test/mistrust": session.ServerCertificateUntrusted,
	} {
		t.Run(url, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				st := newStage(t, func(_ http.ResponseWriter, r *http.Request) {
					if r.URL.Path == "/cut" {
						panic(http.ErrAbortHandler)
					}
					<-r.Context().Done()
				})
				rec := trace.New(t)
				s := st.session(rec, rec)
				task := run(t, s, rec, request(t, "GET", url))
				rec.Expect(task, "created schal(ServerTrust)? metrics? done("+code.String()+")")
				if e, ok := errors.AsType[*session.Error](task.Err()); !ok || !errors.Is(e, code) || !strings.HasPrefix(e.URL, url) {
					t.Errorf("the error is %#v", task.Err())
				}
			})
		})
	}
}

func TestStep13_AFailedDownloadGoesOnFromItsError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		content := bytesOf(113, million)
		st := newStage(t, func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Range") == "" {
				w = &stalling{w, r, 250_000}
			}
			serveSlowly(w, r, `"e1"`, content)
		})
		rec := trace.New(t)
		s := st.session(rec, rec)
		first := download(t, s, request(t, "GET", "/f"))
		first.Resume()
		rec.Expect(first, "created wrote* metrics done(TimedOut+resume)")
		data, ok := session.ResumeDataFrom(first.Err())
		if !ok {
			t.Fatal("no resume data in the error")
		}
		second := resumeFrom(t, s, data)
		second.Resume()
		rec.Expect(second, "created resumed wrote* finished metrics done(nil)")
		expectBody(t, rec, second, content)
	})
}

// stalling writes no more than n bytes or so and then waits for the client to
// go away.
type stalling struct {
	http.ResponseWriter
	r *http.Request
	n int
}

func (s *stalling) Write(p []byte) (int, error) {
	// http.ServeContent copies in one call of io.Copy; this type has no
	// ReadFrom, so that every piece passes here.
	s.n -= len(p)
	if s.n < 0 {
		<-s.r.Context().Done()
		return 0, s.r.Context().Err()
	}
	return s.ResponseWriter.Write(p)
}

func TestStep15_InvalidIsTheLastCall(t *testing.T) {
	for name, invalidate := range map[string]func(*session.Session){
		"finish":             (*session.Session).FinishTasksAndInvalidate,
		"cancel":             (*session.Session).InvalidateAndCancel,
		"finish then cancel": func(s *session.Session) { s.FinishTasksAndInvalidate(); s.InvalidateAndCancel() },
		"twice":              func(s *session.Session) { s.InvalidateAndCancel(); s.InvalidateAndCancel() },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				st := newStage(t, func(w http.ResponseWriter, _ *http.Request) {
					time.Sleep(time.Second)
					text(w, 200, "hi")
				})
				rec := trace.New(t)
				s := st.session(rec, rec)
				task, err := s.DataTask(request(t, "GET", "/a"), nil)
				if err != nil {
					t.Fatal(err)
				}
				task.Resume()
				synctest.Wait()
				invalidate(s)
				rec.WaitInvalid()
				if name == "finish" {
					rec.Expect(task, "created response(200) data* metrics done(nil)")
				} else {
					rec.Expect(task, "created metrics done(Cancelled)")
				}
				s.Wait()
				n := 0
				for _, e := range rec.All() {
					if e.Kind == trace.Invalid {
						n++
					}
				}
				if n != 1 {
					t.Errorf("invalid came %d times", n)
				}
			})
		})
	}
}
