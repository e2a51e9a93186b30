package session_test

import (
	"context"
	"net/http"
	"testing"
	"testing/synctest"

	"haul/internal/trace"
	"haul/session"
)

func TestGolden01_DataTask(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, func(w http.ResponseWriter, _ *http.Request) { text(w, 200, "hi") })
		rec := trace.New(t)
		s := st.session(rec, rec)
		task := run(t, s, rec, request(t, "GET", "/a"))
		rec.Expect(task, "created response(200)[allow] data* metrics done(nil)")
		expectBody(t, rec, task, []byte("hi"))
		st.expectLog("GET http://a.test/a")
		if got := task.Counts(); got.Received != 2 || got.ExpectedToReceive != 2 {
			t.Errorf("counts are %+v", got)
		}
	})
}

func TestGolden02_HandlerHearsOfARedirectAndTheResultOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/r" {
				http.Redirect(w, r, "/b", http.StatusFound)
				return
			}
			text(w, 200, "body of b")
		})
		rec := trace.New(t)
		s := st.session(rec, rec)
		var task *session.DataTask
		task, err := s.DataTask(request(t, "GET", "/r"), rec.DataHandler(func() session.Task { return task }, nil))
		if err != nil {
			t.Fatal(err)
		}
		task.Resume()
		rec.Expect(task, "created redirect(302,/b)[same] metrics handler(200,nil)")
		expectBody(t, rec, task, []byte("body of b"))
		st.expectLog("GET http://a.test/r", "GET http://a.test/b")
	})
}

func TestGolden03_NotFoundIsNoError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, func(w http.ResponseWriter, _ *http.Request) { text(w, 404, "no such thing") })
		rec := trace.New(t)
		s := st.session(rec, rec)
		task := run(t, s, rec, request(t, "GET", "/a"))
		rec.Expect(task, "created response(404)[allow] data* metrics done(nil)")
		expectBody(t, rec, task, []byte("no such thing"))
		if got := task.Response().StatusCode; got != 404 {
			t.Errorf("the task's response is %d", got)
		}
		if task.State() != session.Completed || task.Err() != nil {
			t.Errorf("the task ends in state %d with %v", task.State(), task.Err())
		}
	})
}

func TestGolden18_ADataTaskBecomesADownload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		content := bytesOf(18, 300_000)
		st := newStage(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/zip")
			w.Header().Set("Content-Length", "300000")
			write(w, content)
		})
		rec := trace.New(t)
		rec.Answers.Response = func(_ context.Context, _ session.Task, resp *http.Response) session.ResponseDisposition {
			if resp.Header.Get("Content-Type") == "application/zip" {
				return session.BecomeDownload
			}
			return session.Allow
		}
		became := make(chan *session.DownloadTask, 1)
		rec.On.Became = func(_ *session.DataTask, d *session.DownloadTask) { became <- d }
		s := st.session(rec, rec)
		task := run(t, s, rec, request(t, "GET", "/a"))
		dl := <-became
		rec.Expect(dl, "created? wrote* finished metrics done(nil)")
		rec.Expect(task, "created response(200)[becomeDownload] became")
		expectBody(t, rec, dl, content)
		st.expectLog("GET http://a.test/a")
		if dl.ID() != task.ID() {
			t.Errorf("the download is task %d, the data task was %d", dl.ID(), task.ID())
		}
		if dl.OriginalRequest().URL.String() != "http://a.test/a" || dl.Response() == nil {
			t.Errorf("the download has request %v and response %v", dl.OriginalRequest(), dl.Response())
		}
	})
}

func TestGolden19_AResponseCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, func(w http.ResponseWriter, _ *http.Request) { text(w, 200, "unwanted") })
		rec := trace.New(t)
		rec.Answers.Response = func(context.Context, session.Task, *http.Response) session.ResponseDisposition {
			return session.CancelResponse
		}
		s := st.session(rec, rec)
		task := run(t, s, rec, request(t, "GET", "/a"))
		rec.Expect(task, "created response(200)[cancel] metrics done(Cancelled)")
		if b := rec.Body(task); len(b) > 0 {
			t.Errorf("delivered %q", b)
		}
	})
}
