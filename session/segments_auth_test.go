package session_test

import (
	"context"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"haul/session"
)

// fickle lets u:p in for the first so many requests with it, and u:q after that.
type fickle struct {
	serve   http.HandlerFunc
	taken   int64 // requests with u:p that are let in
	seen    atomic.Int64
	refused atomic.Int64
}

func (f *fickle) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, password, _ := r.BasicAuth()
	if password == "p" && f.seen.Add(1) <= f.taken || password == "q" {
		f.serve(w, r)
		return
	}
	f.refused.Add(1)
	w.Header().Set("WWW-Authenticate", `Basic realm="r"`)
	text(w, http.StatusUnauthorized, "the password has changed")
}

// passwords answers with u:p first and u:q after the first refusal, and counts
// the questions.
func passwords(questions *atomic.Int64) func(context.Context, session.Task, *session.Challenge) (session.Disposition, *session.Credential) {
	return func(_ context.Context, _ session.Task, c *session.Challenge) (session.Disposition, *session.Credential) {
		cred := &session.Credential{User: "u", Password: "p", Persistence: session.PersistenceForSession}
		if questions.Add(1) > 1 {
			cred.Password = "q"
		}
		if questions.Load() > 3 {
			return session.PerformDefaultHandling, nil
		}
		return session.UseCredential, cred
	}
}

// TestSegments_APasswordThatIsRefusedInTheMiddle: what the connections under way
// bring is kept, and may be all. What is left then needs the new password: the
// task that goes on from the resume data asks for it.
func TestSegments_APasswordThatIsRefusedInTheMiddle(t *testing.T) {
	for _, c := range []struct {
		name  string
		taken int64
		cut   bool // the first connection breaks
		lives int  // at most
	}{
		{"to all connections but the first", 1, false, 1},
		{"to some of them", 5, false, 2},
		{"to all that come after the first has broken", 3, true, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newShareServer(func(s *share) {
					if c.cut && s.first {
						s.cut = 1 << 20
					}
				})
				gate := &fickle{serve: f.ServeHTTP, taken: c.taken}
				s, rec := shared(t, gate.ServeHTTP, nil)
				var questions atomic.Int64
				rec.Answers.Challenge = passwords(&questions)
				task := download(t, s, request(t, "GET", "/f"))
				lives := 1
				for ; ; lives++ {
					task.Resume()
					rec.Wait(task)
					data, ok := session.ResumeDataFrom(task.Err())
					if !ok || lives == c.lives {
						break
					}
					rec.Expect(task, "created tchal(Basic,0)[use] wrote* metrics done(NetworkConnectionLost+resume)")
					task = resumeFrom(t, s, data)
				}
				want := "created tchal(Basic,0)[use] wrote* finished metrics done(nil)"
				if lives > 1 {
					want = "created tchal(Basic,1)[use] resumed wrote* finished metrics done(nil)"
				}
				rec.Expect(task, want)
				expectBody(t, rec, task, f.content)
				if int(questions.Load()) != lives || gate.refused.Load() > 40 {
					t.Errorf("%d questions in %d lives, %d refusals", questions.Load(), lives, gate.refused.Load())
				}
			})
		})
	}
}
