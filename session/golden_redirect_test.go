package session_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"haul/internal/trace"
	"haul/session"
)

// redirecting leads /a to /x, and answers all else with its path.
func redirecting(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/a" {
		w.Header().Set("Location", "/x")
		text(w, 302, "Redirecting")
		return
	}
	text(w, 200, "this is "+r.URL.Path)
}

func TestGolden22_ARedirectRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, redirecting)
		rec := trace.New(t)
		rec.Answers.Redirect = func(context.Context, session.Task, *http.Response, *http.Request) *http.Request { return nil }
		s := st.session(rec, rec)
		task := run(t, s, rec, request(t, "GET", "/a"))
		rec.Expect(task, "created redirect(302,/x)[nil] response(302)[allow] data* metrics done(nil)")
		expectBody(t, rec, task, []byte("Redirecting"))
		st.expectLog("GET http://a.test/a")
	})
}

func TestGolden23_ARedirectRewritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, redirecting)
		rec := trace.New(t)
		rec.Answers.Redirect = func(context.Context, session.Task, *http.Response, *http.Request) *http.Request {
			return request(t, "GET", "/y")
		}
		s := st.session(rec, rec)
		task := run(t, s, rec, request(t, "GET", "/a"))
		rec.Expect(task, "created redirect(302,/x)[/y] response(200)[allow] data* metrics done(nil)")
		expectBody(t, rec, task, []byte("this is /y"))
		st.expectLog("GET http://a.test/a", "GET http://a.test/y")
		if original, current := task.OriginalRequest().URL.Path, task.CurrentRequest().URL.Path; original != "/a" || current != "/y" {
			t.Errorf("the original request is %s, the current one %s", original, current)
		}
	})
}

func TestGolden24_ARedirectLoopEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/loop", http.StatusFound)
		})
		rec := trace.New(t)
		s := st.session(rec, rec)
		task := run(t, s, rec, request(t, "GET", "/loop"))
		rec.Expect(task, "created redirect(302,/loop)[same]* metrics done(HTTPTooManyRedirects)")
		if n := rec.Count(task, trace.Redirect); n != 20 {
			t.Errorf("asked about %d redirects, want 20", n)
		}
		if n := len(st.log()); n != 21 {
			t.Errorf("the server saw %d requests, want 21", n)
		}
		if e, ok := errors.AsType[*session.Error](task.Err()); !ok || e.URL != "http://a.test/loop" {
			t.Errorf("the error is %v", task.Err())
		}
	})
}

func TestGolden04_CredentialsStayWithTheirOrigin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, func(w http.ResponseWriter, r *http.Request) {
			switch {
			case r.Host == hostA && r.URL.Path == "/start":
				if authorized(w, r) {
					http.Redirect(w, r, "http://b.test/other", http.StatusFound)
				}
			case r.Host == hostB && r.URL.Path == "/other":
				if authorized(w, r) {
					http.Redirect(w, r, "/open", http.StatusFound)
				}
			default:
				text(w, 200, "open")
			}
		})
		rec := trace.New(t)
		rec.Answers.Challenge = func(_ context.Context, _ session.Task, c *session.Challenge) (session.Disposition, *session.Credential) {
			if c.Proposed != nil {
				t.Errorf("%s is offered the credential of another origin", c.Space.Host)
			}
			return session.UseCredential, &session.Credential{User: "u", Password: "p"}
		}
		s := st.session(rec, rec)
		r := request(t, "GET", "/start")
		r.Header.Set("Authorization", "Bearer mine")
		r.Header.Set("X-Mine", "kept")
		task := run(t, s, rec, r)
		rec.Expect(task, "created tchal(Basic,0)[use] redirect(302,http://b.test/other)[same] tchal(Basic,0)[use] redirect(302,/open)[same]"+
			" response(200)[allow] data* metrics done(nil)")
		hits := st.log()
		var seen []string
		for _, h := range hits {
			scheme, _, _ := strings.Cut(h.Header.Get("Authorization"), " ")
			seen = append(seen, h.URL+" "+scheme)
			if h.Header.Get("X-Mine") != "kept" {
				t.Errorf("%s lost a field of the request", h.URL)
			}
		}
		want := "http://a.test/start Bearer,http://a.test/start Basic,http://b.test/other ,http://b.test/other Basic,http://b.test/open "
		if got := strings.Join(seen, ","); got != want {
			t.Errorf("credentials went to\n\t%s\nwant\n\t%s", got, want)
		}
	})
}
