package session_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"haul/internal/trace"
	"haul/session"
)

// million is the size of the file that the traces speak of.
const million = 1_000_000

// begin starts a download and waits until part of it is written.
func begin(t *testing.T, s *session.Session, rec *trace.Recorder, reached <-chan struct{}, r *http.Request) *session.DownloadTask {
	t.Helper()
	task := download(t, s, r)
	task.Resume()
	select {
	case <-reached:
	case <-time.After(time.Minute):
		t.Fatalf("nothing is written: %s", trace.Format(rec.Events(task)))
	}
	return task
}

// expectRange checks that h asks for the rest from offset on, and for that of
// the file with the tag only.
func expectRange(t *testing.T, h hit, offset int64, etag string) {
	t.Helper()
	if got, want := h.Header.Get("Range"), fmt.Sprintf("bytes=%d-", offset); got != want {
		t.Errorf("%s %s has Range %q, want %q", h.Method, h.URL, got, want)
	}
	if got := h.Header.Get("If-Range"); got != etag {
		t.Errorf("%s %s has If-Range %q, want %q", h.Method, h.URL, got, etag)
	}
}

func TestGolden04_RedirectPasswordPauseResume(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		content := bytesOf(4, million)
		st := newStage(t, func(w http.ResponseWriter, r *http.Request) {
			switch {
			case r.URL.Path == "/f":
				http.Redirect(w, r, "/g", http.StatusFound)
			case authorized(w, r):
				serveSlowly(w, r, `"e1"`, content)
			}
		})
		rec := trace.New(t)
		rec.Answers.Challenge = password
		var reached <-chan struct{}
		rec.On.Wrote, reached = after(300_000)
		metrics := make(map[session.TaskID]session.Metrics)
		rec.On.Metrics = func(t session.Task, m session.Metrics) { metrics[t.ID()] = m }
		s := st.session(rec, rec)

		dl1 := begin(t, s, rec, reached, request(t, "GET", "/f"))
		data, err := rec.Pause(t.Context(), dl1)
		if err != nil {
			t.Fatal(err)
		}
		rec.Expect(dl1, "created redirect(302,/g)[same] tchal(Basic,0)[use] wrote* metrics done(Cancelled+resume) resumedata(ok)")
		if got := metrics[dl1.ID()]; len(got.Transactions) != 3 || got.Redirects != 1 {
			t.Errorf("%d transactions and %d redirects measured, want 3 and 1", len(got.Transactions), got.Redirects)
		}
		if strings.Contains(string(data), "dTpw") || strings.Contains(strings.ToLower(string(data)), "basic") {
			t.Errorf("resume data has the password: %s", data)
		}
		info, err := data.Describe()
		if err != nil {
			t.Fatal(err)
		}
		if info.Have < 300_000 || info.Length != million {
			t.Errorf("resume data has %d bytes of %d", info.Have, info.Length)
		}
		before := len(st.log())

		dl2 := resumeFrom(t, s, data)
		if dl2.State() != session.Suspended || dl2.ID() == dl1.ID() {
			t.Errorf("the new task %d is in state %d", dl2.ID(), dl2.State())
		}
		if got := dl2.OriginalRequest().URL.String(); got != "http://a.test/f" {
			t.Errorf("the original request is %s", got)
		}
		dl2.Resume()
		rec.Expect(dl2, fmt.Sprintf("created resumed@%d wrote* finished metrics done(nil)", info.Have))
		expectBody(t, rec, dl2, content)

		hits := st.log()
		for _, h := range hits[before:] {
			if h.URL != "http://a.test/g" {
				t.Errorf("going on asks for %s", h.URL)
			}
			expectRange(t, h, info.Have, `"e1"`)
		}
		if got := len(hits) - before; got > 2 {
			t.Errorf("going on takes %d requests", got)
		}
		if hits[len(hits)-1].Header.Get("Authorization") == "" {
			t.Error("going on leaves the password out")
		}
		if hits[0].Header.Get("Authorization") != "" {
			t.Error("the password goes to a place that did not ask for it")
		}
	})
}

func TestGolden05_TheFileChangedMeanwhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		old, changed := bytesOf(5, million), bytesOf(55, million/2)
		var second atomic.Bool
		st := newStage(t, func(w http.ResponseWriter, r *http.Request) {
			if second.Load() {
				serveSlowly(w, r, `"e2"`, changed)
				return
			}
			serveSlowly(w, r, `"e1"`, old)
		})
		rec := trace.New(t)
		var reached <-chan struct{}
		rec.On.Wrote, reached = after(600_000)
		s := st.session(rec, rec)
		dl1 := begin(t, s, rec, reached, request(t, "GET", "/f"))
		data, err := rec.Pause(t.Context(), dl1)
		if err != nil {
			t.Fatal(err)
		}
		rec.Expect(dl1, "created wrote* metrics done(Cancelled+resume) resumedata(ok)")
		second.Store(true)

		dl2 := resumeFrom(t, s, data)
		dl2.Resume()
		rec.Expect(dl2, "created resumed@0 wrote* finished metrics done(nil)")
		expectBody(t, rec, dl2, changed)
		if i := slices.IndexFunc(rec.Events(dl2), func(e trace.Event) bool { return e.Kind == trace.Resumed }); i >= 0 {
			if e := rec.Events(dl2)[i]; e.Expected != int64(len(changed)) {
				t.Errorf("%v expects %d, want %d", e, e.Expected, len(changed))
			}
		}
		if c := dl2.Continuation(); c.Offset != 0 || c.Reason == "" {
			t.Errorf("the continuation is %+v, want a reason for starting over", c)
		}
		st.expectLog("GET http://a.test/f", "GET http://a.test/f")
	})
}

func TestGolden06_TheConnectionDrops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		content := bytesOf(6, million)
		var requests atomic.Int64
		st := newStage(t, func(w http.ResponseWriter, r *http.Request) {
			if requests.Add(1) > 1 {
				serveSlowly(w, r, `"e1"`, content)
				return
			}
			w.Header().Set("ETag", `"e1"`)
			w.Header().Set("Accept-Ranges", "bytes")
			w.Header().Set("Content-Length", fmt.Sprint(million))
			write(w, content[:300_000])
			if err := http.NewResponseController(w).Flush(); err != nil {
				t.Error(err)
			}
			panic(http.ErrAbortHandler)
		})
		rec := trace.New(t)
		s := st.session(rec, rec)
		dl1 := download(t, s, request(t, "GET", "/f"))
		dl1.Resume()
		rec.Expect(dl1, "created wrote* metrics done(NetworkConnectionLost+resume)")
		data, ok := session.ResumeDataFrom(dl1.Err())
		if !ok {
			t.Fatal("no resume data in the error")
		}
		dl2 := resumeFrom(t, s, data)
		dl2.Resume()
		rec.Expect(dl2, "created resumed@300000 wrote* finished metrics done(nil)")
		expectBody(t, rec, dl2, content)
		hits := st.log()
		expectRange(t, hits[len(hits)-1], 300_000, `"e1"`)
	})
}

func TestGolden07_NoValidatorNoResumeData(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		content := bytesOf(7, million)
		st := newStage(t, func(w http.ResponseWriter, r *http.Request) { serveSlowly(w, r, "", content) })
		rec := trace.New(t)
		var reached <-chan struct{}
		rec.On.Wrote, reached = after(100_000)
		s := st.session(rec, rec)
		dl1 := begin(t, s, rec, reached, request(t, "GET", "/f"))
		if ok, reason := dl1.Resumability(); ok || reason == "" {
			t.Errorf("resumable: %v, reason %q", ok, reason)
		}
		data, err := rec.Pause(t.Context(), dl1)
		if why, ok := errors.AsType[*session.NotResumableError](err); !ok || why.Reason == "" || data != nil {
			t.Errorf("paused with %d bytes and %v", len(data), err)
		}
		rec.Expect(dl1, "created wrote* metrics done(Cancelled) resumedata(nil)")

		dl2 := download(t, s, request(t, "GET", "/f"))
		dl2.Resume()
		rec.Expect(dl2, "created wrote* finished metrics done(nil)")
		expectBody(t, rec, dl2, content)
		for _, h := range st.log() {
			if h.Header.Get("Range") != "" {
				t.Errorf("%s asks for a range", h.URL)
			}
		}
	})
}

func TestGolden32_SuspendedInTheMiddle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		content := bytesOf(32, million)
		st := newStage(t, func(w http.ResponseWriter, r *http.Request) { serveSlowly(w, r, `"e1"`, content) })
		rec := trace.New(t)
		var reached <-chan struct{}
		rec.On.Wrote, reached = after(300_000)
		cfg := st.configuration()
		cfg.TimeoutForRequest = time.Second
		s := newSession(t, cfg, rec, rec)
		task := begin(t, s, rec, reached, request(t, "GET", "/f"))
		task.Suspend()
		synctest.Wait()
		wrote := rec.Count(task, trace.Wrote)
		time.Sleep(5 * time.Second)
		if got := rec.Count(task, trace.Wrote); got > wrote+2 {
			t.Errorf("%d writes while the task was suspended", got-wrote)
		}
		if task.State() != session.Suspended {
			t.Errorf("state is %d", task.State())
		}
		task.Resume()
		rec.Expect(task, "created wrote* finished metrics done(nil)")
		expectBody(t, rec, task, content)
		st.expectLog("GET http://a.test/f")
	})
}
