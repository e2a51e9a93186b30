package session_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"haul/internal/trace"
	"haul/session"
)

// The life of a task: states, errors, timeouts, lists, invalidation.

func TestCorelibs22_ABadPortIsTheErrorOfTheTask(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, library)
		rec := trace.New(t)
		s := st.session(rec, rec)
		task := run(t, s, rec, request(t, "GET", "http://a.test:999999/capital"))
		rec.Expect(task, "created metrics? done(BadURL)")
		if !errors.Is(task.Err(), session.BadURL) || int(session.BadURL) != -1000 {
			t.Errorf("the error is %v", task.Err())
		}
		if ok := run(t, s, rec, request(t, "GET", "/capital")); ok.Err() != nil {
			t.Errorf("a success has the error %v", ok.Err())
		}
	})
}

func TestCorelibs24_ACancelledTaskEndsWithAnError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		rec := trace.New(t)
		s := st.session(rec, rec)
		task, err := s.DataTask(request(t, "GET", "/a"), nil)
		if err != nil {
			t.Fatal(err)
		}
		task.Resume()
		synctest.Wait()
		task.Cancel()
		if got := task.State(); got != session.Canceling && got != session.Completed {
			t.Errorf("the state is %v", got)
		}
		rec.Expect(task, "created metrics done(Cancelled)")
	})
}

// TestCorelibs25_WhatCannotBeLoadedFails stands for numbers 25 and 26.
func TestCorelibs25_WhatCannotBeLoadedFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, library)
		s := newSession(t, st.configuration(), nil, nil)
		for name, r := range map[string]*http.Request{
			"unknown scheme": request(t, "GET", "foobar://a.test/"),
			"no URL":         {Method: "GET"},
			"empty URL":      {Method: "GET", URL: new(url.URL)},
		} {
			got := handled(t, s, r)
			if !errors.Is(got.err, session.UnsupportedURL) || got.data != nil || got.status != 0 {
				t.Errorf("%s: %+v", name, got)
			}
		}
		if int(session.UnsupportedURL) != -1002 {
			t.Errorf("the code is %d", int(session.UnsupportedURL))
		}
	})
}

func TestCorelibs28_TheRequestIsCopied(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, library)
		rec := trace.New(t)
		s := st.session(rec, rec)
		r := request(t, "GET", "/capital")
		r.Header.Set("X-Mine", "first")
		task, err := s.DataTask(r, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("X-Mine", "second")
		r.URL.Path = "/elsewhere"
		task.Resume()
		r.Header = nil
		rec.Wait(task)
		st.expectLog("GET http://a.test/capital")
		if got := st.last().Header.Get("X-Mine"); got != "first" {
			t.Errorf("the field is %q", got)
		}
	})
}

func TestCorelibs30_NoTimeoutComesAfterTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, func(w http.ResponseWriter, _ *http.Request) {
			time.Sleep(4 * time.Second)
			text(w, 200, "in time")
		})
		cfg := st.configuration()
		cfg.TimeoutForRequest, cfg.TimeoutForResource = 5*time.Second, 5*time.Second
		rec := trace.New(t)
		s := newSession(t, cfg, rec, rec)
		task := run(t, s, rec, request(t, "GET", "/a"))
		time.Sleep(time.Minute)
		rec.Expect(task, "created response(200) data* metrics done(nil)")
		if task.Err() != nil {
			t.Errorf("the error is %v", task.Err())
		}
	})
}

func TestCorelibs31_TheRequestsTimeoutWinsOverTheConfigurations(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, func(w http.ResponseWriter, _ *http.Request) {
			time.Sleep(3 * time.Second)
			text(w, 200, "late")
		})
		cfg := st.configuration()
		cfg.TimeoutForRequest = 10 * time.Second
		rec := trace.New(t)
		s := newSession(t, cfg, rec, rec)
		begun := time.Now()
		fails(t, s, rec, session.WithTimeout(request(t, "GET", "/a"), time.Second), session.TimedOut)
		if took := time.Since(begun); took != time.Second {
			t.Errorf("it took %v", took)
		}
	})
}

func TestCorelibs70_InvalidationCancelsWithTheFailingURL(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		rec := trace.New(t)
		s := st.session(rec, rec)
		task, err := s.DataTask(request(t, "GET", "/a?q=1"), nil)
		if err != nil {
			t.Fatal(err)
		}
		task.Resume()
		synctest.Wait()
		s.InvalidateAndCancel()
		rec.Expect(task, "created metrics done(Cancelled)")
		e, ok := errors.AsType[*session.Error](task.Err())
		if !ok || int(e.Code) != -999 || !strings.HasPrefix(e.URL, "http://a.test/a") || !strings.HasPrefix(e.Error(), "cancelled") {
			t.Errorf("the error is %v", task.Err())
		}
	})
}

func TestCorelibs71_AfterInvalidationNothingRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, library)
		rec := trace.New(t)
		s := st.session(rec, rec)
		first, err1 := s.DataTask(request(t, "GET", "/1"), nil)
		second, err2 := s.DataTask(request(t, "GET", "/2"), nil)
		if err := errors.Join(err1, err2); err != nil {
			t.Fatal(err)
		}
		s.InvalidateAndCancel()
		first.Resume()
		second.Resume()
		rec.WaitInvalid()
		first.Resume()
		if n := len(s.Tasks()); n != 0 {
			t.Errorf("%d tasks are listed", n)
		}
		st.expectLog()
		rec.Expect(first, "created metrics? done(Cancelled)")
		rec.Expect(second, "created metrics? done(Cancelled)")
	})
}

// TestCorelibs74_WhichTasksAreListed stands for numbers 74 and 75.
func TestCorelibs74_WhichTasksAreListed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		st := newStage(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/quick" {
				<-release
			}
			text(w, 200, "hi")
		})
		cfg := st.configuration()
		cfg.MaxConnectionsPerHost = 0
		rec := trace.New(t)
		s := newSession(t, cfg, rec, rec)
		data := func(path string) *session.DataTask {
			t.Helper()
			task, err := s.DataTask(request(t, "GET", path), nil)
			if err != nil {
				t.Fatal(err)
			}
			return task
		}
		expect := func(when string, want ...session.Task) {
			t.Helper()
			var got, wanted []string
			for _, task := range s.Tasks() {
				got = append(got, fmt.Sprintf("%T %d", task, task.ID()))
			}
			for _, task := range want {
				wanted = append(wanted, fmt.Sprintf("%T %d", task, task.ID()))
			}
			if fmt.Sprint(got) != fmt.Sprint(wanted) {
				t.Errorf("%s: listed are %q, want %q", when, got, wanted)
			}
		}
		expect("before any task")
		running, quick, never, suspended, cancelled := data("/1"), data("/quick"), data("/3"), data("/4"), data("/5")
		expect("before any is resumed")
		dl := download(t, s, request(t, "GET", "/6"))
		up, err := s.UploadTaskFromData(request(t, "PUT", "/7"), []byte("body"), nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, task := range []session.Task{running, quick, suspended, cancelled, dl, up} {
			task.Resume()
		}
		suspended.Suspend()
		synctest.Wait()
		rec.Wait(quick)
		expect("while they run", running, suspended, cancelled, dl, up)
		cancelled.Cancel()
		expect("after a cancel", running, suspended, dl, up)
		suspended.Resume()
		never.Cancel()
		close(release)
		for _, task := range []session.Task{running, never, suspended, dl, up} {
			rec.Wait(task)
		}
		synctest.Wait()
		expect("at the end")
	})
}

// failing is a protocol that fails at once.
type failing struct{}

func (failing) CanHandle(r *http.Request) bool { return r.URL.Scheme == "failing" }
func (failing) Load(context.Context, *http.Request) (*http.Response, error) {
	return nil, errors.New("as it does always")
}

func TestCorelibs76_ACancelAndAFailureEndATaskOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, library)
		cfg := st.configuration()
		cfg.Protocols = []session.Protocol{failing{}}
		s := newSession(t, cfg, nil, nil)
		h, _, got := results(t)
		for i := range 200 {
			task, err := s.DataTask(request(t, "GET", []string{"http://nowhere.test/", "failing:"}[i%2]), h)
			if err != nil {
				t.Fatal(err)
			}
			task.Resume()
			go task.Cancel()
			synctest.Wait()
			if r := <-got; r.err == nil {
				t.Errorf("got %+v", r)
			}
			if len(got) > 0 {
				t.Fatal("the handler was called twice")
			}
		}
	})
}

func TestCorelibs77_CancelledTasksCannotBeResumed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		rec := trace.New(t)
		s := st.session(rec, rec)
		never, err1 := s.DataTask(request(t, "GET", "/never"), nil)
		begun, err2 := s.DataTask(request(t, "GET", "/begun"), nil)
		if err := errors.Join(err1, err2); err != nil {
			t.Fatal(err)
		}
		begun.Resume()
		synctest.Wait()
		for _, task := range []session.Task{never, begun} {
			task.Cancel()
			task.Resume()
			if got := task.State(); got == session.Running || got == session.Suspended {
				t.Errorf("the state is %v", got)
			}
			rec.Expect(task, "created metrics? done(Cancelled)")
			task.Resume()
			if got := task.State(); got != session.Completed {
				t.Errorf("the state is %v", got)
			}
		}
		synctest.Wait()
		st.expectLog("GET http://a.test/begun")
	})
}

func TestCorelibs78_EmptyResumeDataGivesATaskThatFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, library)
		rec := trace.New(t)
		s := st.session(rec, rec)
		byDelegate := resumeFrom(t, s, session.ResumeData{})
		if byDelegate.State() != session.Suspended {
			t.Errorf("the state is %v", byDelegate.State())
		}
		byDelegate.Resume()
		rec.Expect(byDelegate, "created metrics? done(UnsupportedURL)")
		_, h, got := results(t)
		plain := newSession(t, st.configuration(), nil, nil)
		byHandler, err := plain.DownloadTaskWithResumeData(nil, h)
		if err != nil {
			t.Fatal(err)
		}
		byHandler.Resume()
		if r := <-got; !errors.Is(r.err, session.UnsupportedURL) || r.path != "" || r.status != 0 {
			t.Errorf("got %+v", r)
		}
		st.expectLog()
	})
}
