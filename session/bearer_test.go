package session_test

import (
	"context"
	"net/http"
	"testing"
	"testing/synctest"

	"haul/internal/trace"
	"haul/session"
)

func TestATokenIsAskedForOnceAndStaysAtItsOrigin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, func(w http.ResponseWriter, r *http.Request) {
			switch {
			case r.Host == hostB:
				text(w, 200, "b")
			case r.Header.Get("Authorization") != "Bearer abc.def-ghi==":
				w.Header().Set("WWW-Authenticate", `Bearer realm="api", error="invalid_token"`)
				text(w, 401, "no")
			case r.URL.Path == "/away":
				http.Redirect(w, r, "http://"+hostB+"/", http.StatusFound)
			default:
				text(w, 200, "come in")
			}
		})
		rec := trace.New(t)
		rec.Answers.Challenge = func(_ context.Context, _ session.Task, c *session.Challenge) (session.Disposition, *session.Credential) {
			if c.Space.Method != session.MethodBearer || c.Space.Realm != "api" || c.Proposed != nil {
				t.Errorf("the challenge is %+v", c)
			}
			token := "abc.def-ghi=="
			if c.PreviousFailureCount == 0 {
				token = "wrong"
			}
			return session.UseCredential, &session.Credential{Password: token, Persistence: session.PersistenceForSession}
		}
		s := st.session(rec, rec)
		r := request(t, "GET", "http://user:password@"+hostA+"/a")
		one := run(t, s, rec, r)
		rec.Expect(one, "created tchal(Bearer,0)[use] tchal(Bearer,1)[use] response(200)[allow] data* metrics done(nil)")
		two := run(t, s, rec, request(t, "GET", "/away"))
		rec.Expect(two, "created redirect(302,http://b.test/)[same] response(200)[allow] data* metrics done(nil)")
		hits := st.log()
		if h := hits[len(hits)-1]; h.Header.Get("Authorization") != "" {
			t.Errorf("the token went to another origin: %v", h.Header)
		}
	})
}

func TestATokenThatIsNoneIsNotSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("WWW-Authenticate", "Bearer")
			text(w, 401, "no")
		})
		rec := trace.New(t)
		rec.Answers.Challenge = func(context.Context, session.Task, *session.Challenge) (session.Disposition, *session.Credential) {
			return session.UseCredential, &session.Credential{Password: "two words"}
		}
		s := st.session(rec, rec)
		task := run(t, s, rec, request(t, "GET", "/a"))
		rec.Expect(task, "created tchal(Bearer,0)[use] metrics done(UserAuthenticationRequired)")
		if len(st.log()) != 1 {
			t.Errorf("%d requests", len(st.log()))
		}
	})
}
