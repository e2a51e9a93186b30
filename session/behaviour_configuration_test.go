package session_test

import (
	"testing"
	"testing/synctest"

	"haul/internal/trace"
	"haul/session"
)

// Behaviours of group CFG that no other test shows. docs/conformance.md has
// the table of all of them.

func TestCFG07_WithoutDelegateAndHandlerATaskStillRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, library)
		s := newSession(t, st.configuration(), nil, nil)
		task, err := s.DataTask(request(t, "GET", "/capital"), nil)
		if err != nil {
			t.Fatal(err)
		}
		task.Resume()
		s.FinishTasksAndInvalidate()
		s.Wait()
		if task.State() != session.Completed || task.Err() != nil || task.Response().StatusCode != 200 {
			t.Errorf("it ends in state %v with %v", task.State(), task.Err())
		}
	})
}

func TestCFG16_ADescriptionIsFreeText(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, library)
		rec := trace.New(t)
		s := st.session(rec, rec)
		task, err := s.DataTask(request(t, "GET", "/capital"), nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := task.Description(); got != "" {
			t.Errorf("a new task is described as %q", got)
		}
		s.SetDescription("the session's")
		task.SetDescription("mine\n\x00")
		task.Resume()
		rec.Wait(task)
		if got := task.Description(); got != "mine\n\x00" {
			t.Errorf("it became %q", got)
		}
		if got := s.Description(); got != "the session's" {
			t.Errorf("the session is described as %q", got)
		}
		st.expectLog("GET http://a.test/capital")
	})
}

func TestCFG17_ResetForgetsCookiesAndCredentials(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, library)
		rec := trace.New(t)
		rec.Answers.Challenge = password
		cfg := st.configuration()
		s := newSession(t, cfg, rec, rec)
		run(t, s, rec, request(t, "GET", "/cookie?taste=sweet"))
		run(t, s, rec, request(t, "GET", "/basic"))
		again := run(t, s, rec, request(t, "GET", "/basic"))
		rec.Expect(again, "created response(200) data* metrics done(nil)")
		if got := st.last().Header.Get("Cookie"); got != "taste=sweet" {
			t.Errorf("before, the cookie is %q", got)
		}
		done := make(chan struct{})
		if err := s.Reset(func() { close(done) }); err != nil {
			t.Fatal(err)
		}
		<-done
		if n := len(cfg.Cookies.All()); n != 0 {
			t.Errorf("%d cookies are left", n)
		}
		after := run(t, s, rec, request(t, "GET", "/basic"))
		rec.Expect(after, "created tchal(Basic,0)[use] response(200) data* metrics done(nil)")
		if got := st.last().Header.Get("Cookie"); got != "" {
			t.Errorf("after, the cookie is %q", got)
		}
	})
}
