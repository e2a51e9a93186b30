package session_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"haul/internal/trace"
	"haul/session"
)

// Every method may be called from inside a delegate call, and a task that is
// cancelled there ends as any other does.

func TestCancelFromInsideEveryCall(t *testing.T) {
	content := bytesOf(60, 300_000)
	for name, set := range map[string]func(rec *trace.Recorder){
		"created": func(rec *trace.Recorder) { rec.On.Created = session.Task.Cancel },
		"sent":    func(rec *trace.Recorder) { rec.On.Sent = func(t session.Task, _, _, _ int64) { t.Cancel() } },
		"data":    func(rec *trace.Recorder) { rec.On.Data = func(t session.Task, _ []byte) { t.Cancel() } },
		"challenge": func(rec *trace.Recorder) {
			rec.Answers.Challenge = func(ctx context.Context, t session.Task, c *session.Challenge) (session.Disposition, *session.Credential) {
				t.Cancel()
				<-ctx.Done()
				return password(ctx, t, c)
			}
		},
		"redirect": func(rec *trace.Recorder) {
			rec.Answers.Redirect = func(_ context.Context, t session.Task, _ *http.Response, next *http.Request) *http.Request {
				t.Cancel()
				return next
			}
		},
		"response": func(rec *trace.Recorder) {
			rec.Answers.Response = func(_ context.Context, t session.Task, _ *http.Response) session.ResponseDisposition {
				t.Cancel()
				return session.Allow
			}
		},
		"body stream": func(rec *trace.Recorder) {
			rec.Answers.BodyStream = func(ctx context.Context, t session.Task) (io.ReadCloser, error) {
				t.Cancel()
				return streamOf(content)(ctx, t)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				st := newStage(t, func(w http.ResponseWriter, r *http.Request) {
					if _, err := io.Copy(io.Discard, r.Body); err != nil {
						return // cancelled
					}
					switch {
					case r.URL.Path == "/start":
						http.Redirect(w, r, "/on", http.StatusTemporaryRedirect)
					case authorized(w, r):
						http.ServeContent(w, r, "", time.Time{}, slow{bytes.NewReader(content)})
					}
				})
				rec := trace.New(t)
				rec.Answers.Challenge = password
				rec.Answers.BodyStream = streamOf(content)
				set(rec)
				s := st.session(rec, rec)
				task, err := s.UploadTaskWithStreamedRequest(request(t, "POST", "/start"), nil)
				if err != nil {
					t.Fatal(err)
				}
				task.Resume()
				rec.Expect(task, "created newstream? sent*? redirect? newstream? sent*? tchal? newstream? sent*? response? data? metrics done(Cancelled)")
				time.Sleep(time.Minute) // anything that comes after the end shows
			})
		})
	}
}

func TestCancelFromInsideTheCallsOfADownload(t *testing.T) {
	content := bytesOf(61, 300_000)
	for name, tt := range map[string]struct {
		set  func(rec *trace.Recorder)
		want string
	}{
		"wrote": {
			func(rec *trace.Recorder) { rec.On.Wrote = func(t *session.DownloadTask, _, _, _ int64) { t.Cancel() } },
			"created wrote* metrics done(Cancelled)",
		},
		"finished": {
			func(rec *trace.Recorder) { rec.On.Finished = func(t *session.DownloadTask, _ string) { t.Cancel() } },
			"created wrote* finished metrics done(nil)",
		},
		"metrics": {
			func(rec *trace.Recorder) { rec.On.Metrics = func(t session.Task, _ session.Metrics) { t.Cancel() } },
			"created wrote* finished metrics done(nil)",
		},
		"done": {
			func(rec *trace.Recorder) { rec.On.Done = func(t session.Task, _ error) { t.Cancel() } },
			"created wrote* finished metrics done(nil)",
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				st := newStage(t, func(w http.ResponseWriter, r *http.Request) { serveSlowly(w, r, `"e1"`, content) })
				rec := trace.New(t)
				tt.set(rec)
				s := st.session(rec, rec)
				task := download(t, s, request(t, "GET", "/f"))
				task.Resume()
				rec.Expect(task, tt.want)
				time.Sleep(time.Minute)
			})
		})
	}
}

func TestPauseFromInsideACall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		content := bytesOf(62, million)
		st := newStage(t, func(w http.ResponseWriter, r *http.Request) { serveSlowly(w, r, `"e1"`, content) })
		rec := trace.New(t)
		var once sync.Once
		paused := make(chan session.ResumeData, 1)
		rec.On.Wrote = func(task *session.DownloadTask, _, _, _ int64) {
			once.Do(func() {
				data, err := rec.Pause(context.Background(), task)
				if err != nil {
					t.Error(err)
				}
				paused <- data
			})
		}
		s := st.session(rec, rec)
		first := download(t, s, request(t, "GET", "/f"))
		first.Resume()
		rec.Expect(first, "created wrote* metrics done(Cancelled+resume) resumedata(ok)")
		second := resumeFrom(t, s, <-paused)
		second.Resume()
		rec.Expect(second, "created resumed wrote* finished metrics done(nil)")
		expectBody(t, rec, second, content)
	})
}

func TestInvalidateFromInsideACall(t *testing.T) {
	for name, invalidate := range map[string]func(*session.Session){
		"finish": (*session.Session).FinishTasksAndInvalidate,
		"cancel": (*session.Session).InvalidateAndCancel,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				st := newStage(t, func(w http.ResponseWriter, _ *http.Request) { text(w, 200, "hi") })
				rec := trace.New(t)
				var s *session.Session
				rec.On.Done = func(session.Task, error) { invalidate(s) }
				s = st.session(rec, rec)
				task := run(t, s, rec, request(t, "GET", "/a"))
				rec.Expect(task, "created response(200) data* metrics done(nil)")
				rec.WaitInvalid()
				s.Wait()
			})
		})
	}
}

// TestADecisionNeverMadeParksItsTaskOnly leaves a redirect unanswered: no
// timeout fires, other tasks go on, and the task can still be cancelled.
func TestADecisionNeverMadeParksItsTaskOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, redirecting)
		rec := trace.New(t)
		release := make(chan struct{})
		rec.Answers.Redirect = func(_ context.Context, _ session.Task, _ *http.Response, next *http.Request) *http.Request {
			<-release // deaf to its context, as a dialog without a person is
			return next
		}
		s := st.session(rec, rec)
		parked, err := s.DataTask(request(t, "GET", "/a"), nil)
		if err != nil {
			t.Fatal(err)
		}
		parked.Resume()
		time.Sleep(time.Hour)
		other := run(t, s, rec, request(t, "GET", "/x"))
		rec.Expect(other, "created response(200) data* metrics done(nil)")
		if got := trace.Format(rec.Events(parked)); got != "created redirect(302,/x)" {
			t.Errorf("an hour later: %s", got)
		}
		parked.Cancel()
		rec.Expect(parked, "created redirect(302,/x) metrics done(Cancelled)")
		close(release)
	})
}
