package model

import (
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"haul/session"
)

// serve answers at an address of the story's network until its end.
func (s *story) serve(addr string, h http.HandlerFunc) {
	s.t.Helper()
	l, err := s.network.Listen(addr)
	if err != nil {
		s.t.Fatal(err)
	}
	server := &http.Server{Handler: h}
	done := make(chan error, 1)
	go func() { done <- server.Serve(l) }()
	s.t.Cleanup(func() {
		if err := server.Close(); err != nil {
			s.t.Error(err)
		}
		<-done
	})
}

// needsToken lets in who has the token.
func needsToken(more ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == "Bearer right-token" {
			_, _ = io.WriteString(w, "come in") // a client that goes is no concern of the script
			return
		}
		for _, v := range append(more, `Bearer realm="api"`) {
			w.Header().Add("WWW-Authenticate", v)
		}
		w.WriteHeader(http.StatusUnauthorized)
	}
}

func TestStoryATokenIsAskedForOnce(t *testing.T) {
	given := &session.Credential{User: "u", Password: "p"}
	tell(t, Options{Interactive: true, Credential: given}, func(s *story) {
		s.serve("api.test:80", needsToken())
		one, two := s.add("http://api.test/a.zip"), s.add("http://api.test/b.zip")
		s.until("both ask", func() bool { p := s.m.Prompts(); return len(p) == 1 && len(p[0].Rows) == 2 })
		p := s.asked()
		s.expect(p.Space.Method == session.MethodBearer && p.Space.Realm == "api" && p.Failures == 0, "%+v", p)
		s.answer(p.ID, Answer{Password: "right-token", Keep: session.PersistenceForSession})
		s.reaches(one, Done)
		s.reaches(two, Done)
		s.reaches(s.add("http://api.test/c.zip"), Done)
		for _, e := range s.m.TakeEvents() {
			s.expect(!strings.Contains(e.Text, "right-token"), "the token is in an event: %+v", e)
		}
	})
}

func TestStoryThreeWrongTokensAreEnough(t *testing.T) {
	tell(t, Options{Interactive: true}, func(s *story) {
		s.serve("api.test:80", needsToken())
		id := s.add("http://api.test/a.zip")
		for failures := range 3 {
			p := s.asked()
			s.expect(p.Failures == failures, "failures %d, want %d", p.Failures, failures)
			s.answer(p.ID, Answer{Password: "wrong"})
		}
		s.expect(s.reaches(id, Refused).Status == 401, "not refused")
	})
}

func TestStoryATokenOfTheOptionsStaysAtItsOrigin(t *testing.T) {
	token := &session.Credential{Password: "right-token"}
	tell(t, Options{Token: token, Redirect: RedirectFollow}, func(s *story) {
		s.serve("api.test:80", needsToken())
		s.serve("both.test:80", needsToken(`Basic realm="api"`))
		s.serve("other.test:80", needsToken())
		s.serve("away.test:80", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://other.test/a.zip", http.StatusFound)
		})
		s.reaches(s.add("http://api.test/a.zip"), Done)
		// A server that takes passwords as well gets the token all the same.
		s.reaches(s.add("http://both.test/b.zip"), Done)
		// Through a redirect it is another origin, where nobody can be asked.
		s.expect(s.reaches(s.add("http://away.test/c.zip"), Refused).Status == 401, "the token went elsewhere")
		u := s.m.Summary().Unanswered
		s.expect(len(u) == 1 && u[0].Flag == "--bearer-env" && strings.HasPrefix(u[0].What, "token for http://other.test"), "unanswered %+v", u)
	})
}

// refusesNTLM takes no answer for NTLM.
func refusesNTLM(offers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		for _, v := range offers {
			w.Header().Add("WWW-Authenticate", v)
		}
		if user, password, ok := r.BasicAuth(); ok && user == "alice" && password == "p" {
			w.Header().Del("WWW-Authenticate")
			_, _ = io.WriteString(w, "come in") // as above
			return
		}
		w.WriteHeader(http.StatusUnauthorized)
	}
}

// withoutKerberos is a machine on which it is not set up.
func withoutKerberos(s *story) {
	none := filepath.Join(s.dir, "none")
	s.end()
	s.configure = func(cfg *session.Configuration) {
		cfg.Kerberos = session.Kerberos{Config: none, Cache: none, Keytab: none}
	}
}

func TestStoryAskedForNTLMThreeTimes(t *testing.T) {
	tell(t, Options{}, func(s *story) {
		withoutKerberos(s)
		s.open(Options{Interactive: true})
		s.serve("win.test:80", refusesNTLM("Negotiate", "NTLM"))
		id := s.add("http://win.test/a.zip")
		for failures := range 3 {
			p := s.asked()
			s.expect(p.Space.Method == session.MethodNTLM && p.Failures == failures, "%+v", p)
			s.answer(p.ID, Answer{User: `WIN\alice`, Password: "wrong"})
		}
		s.expect(s.reaches(id, Refused).Status == 401, "not refused")
	})
}

func TestStoryACredentialOfTheOptionsStepsDownFromNegotiate(t *testing.T) {
	given := &session.Credential{User: "alice", Password: "p"}
	tell(t, Options{}, func(s *story) {
		withoutKerberos(s)
		s.open(Options{Credential: given})
		s.serve("win.test:80", refusesNTLM("Negotiate"))
		s.serve("both.test:80", refusesNTLM("Negotiate", `Basic realm="x"`))
		s.expect(s.reaches(s.add("http://win.test/a.zip"), Refused).Status == 401, "not refused")
		s.reaches(s.add("http://both.test/b.zip"), Done)
	})
}

func TestStoryARefusalSaysWhetherSomethingWasGiven(t *testing.T) {
	const none, wrong = "wants a user name and a password", "refused the user name or the password: check them"
	for _, tt := range []struct {
		name, challenge string
		proxy           bool
		opt             Options
		want            string
	}{
		{"nothing", `Basic realm="in"`, false, Options{}, "the server " + none},
		{"a password", `Basic realm="in"`, false, Options{Credential: &session.Credential{User: "joe", Password: "bad-one"}}, "the server " + wrong},
		{"a token", `Bearer realm="in"`, false, Options{Token: &session.Credential{Password: "bad-one"}}, "the server refused the token: check it"},
		{"nothing for the proxy", `Basic realm="out"`, true, Options{}, "the proxy " + none},
		{"a password for the proxy", `Basic realm="out"`, true, Options{Sources: []CredentialSource{&fakeSource{user: "joe", password: "bad-one"}}}, "the proxy " + wrong},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tell(t, tt.opt, func(s *story) {
				at, name, status := "in.test:80", "WWW-Authenticate", http.StatusUnauthorized
				if tt.proxy {
					at, name, status = "out.test:80", "Proxy-Authenticate", http.StatusProxyAuthRequired
					s.end()
					s.configure = func(c *session.Configuration) {
						c.Proxy = func(*http.Request) (*url.URL, error) { return url.Parse("http://out.test:80") }
					}
					s.open(tt.opt)
				}
				s.serve(at, func(w http.ResponseWriter, _ *http.Request) {
					w.Header().Set(name, tt.challenge)
					w.WriteHeader(status)
				})
				row := s.reaches(s.add("http://in.test/a.zip"), Refused)
				s.expect(strings.Contains(row.Reason, tt.want) && !strings.Contains(row.Reason, "bad-one"), "%q", row.Reason)
			})
		})
	}
}
