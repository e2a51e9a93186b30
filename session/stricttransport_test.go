package session_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"haul/internal/trace"
	"haul/session"
)

// strict says that the host wants https only, and leads /go/SCHEME/HOST/PATH there.
func strict(field string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if field != "" && r.TLS != nil || r.URL.Path == "/claim" {
			w.Header().Set("Strict-Transport-Security", field)
		}
		if to, ok := strings.CutPrefix(r.URL.Path, "/go/"); ok {
			w.Header().Set("Location", strings.Replace(to, "/", "://", 1))
			w.WriteHeader(http.StatusFound)
			return
		}
		if user, password, _ := r.BasicAuth(); r.URL.Path == "/private" && (user != "u" || password != "p") {
			w.Header().Set("WWW-Authenticate", `Basic realm="r"`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		_, _ = w.Write([]byte("x"))
	}
}

const known = "https://" + hostA + "/"

// strictly runs a test on a stage whose hosts want https only.
func strictly(t *testing.T, field string, test func(t *testing.T, st *stage, rec *trace.Recorder, cfg session.Configuration)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, strict(field))
		cfg := st.configuration()
		cfg.RootCAs = st.roots
		test(t, st, trace.New(t), cfg)
	})
}

func TestAHostThatWantsHTTPSIsReachedOverNothingElse(t *testing.T) {
	for from, to := range map[string]string{
		"http://a.test/f?q":     "https://a.test/f?q",
		"http://A.TEST./f":      "https://A.TEST./f",
		"http://a.test:80/f":    "https://a.test:443/f",
		"http://u:p@a.test/f":   "https://a.test/f",
		"http://b.test/f":       "", // it has said nothing
		"http://a.test:8080/f":  "https://a.test:8080/f",
		"http://sub.a.test./ab": "", // not for those below
	} {
		strictly(t, "max-age=1000", func(t *testing.T, st *stage, rec *trace.Recorder, cfg session.Configuration) {
			s := newSession(t, cfg, rec, rec)
			run(t, s, rec, request(t, "GET", "http://a.test/claim"))
			run(t, s, rec, request(t, "GET", "http://a.test/f")) // not said over https
			run(t, s, rec, request(t, "GET", known))
			task := run(t, s, rec, request(t, "GET", from))
			upgraded := ""
			for _, e := range rec.Events(task) {
				if e.Kind == trace.Upgraded {
					upgraded += e.Args[0]
				}
			}
			if upgraded != to {
				t.Errorf("%s went to %q, want %q", from, upgraded, to)
			}
			if to != "" && task.CurrentRequest().URL.String() != to {
				t.Errorf("the request is to %s", task.CurrentRequest().URL)
			}
			for _, line := range st.lines()[2:] {
				if to != "" && !strings.HasPrefix(line, "GET https:") {
					t.Errorf("the servers saw %s", line)
				}
			}
		})
	}
}

func TestAHostIsNotBoundByWhatDoesNotCount(t *testing.T) {
	for field, before := range map[string]bool{"max-age=0": true, "": true, "max-age=x": false} {
		strictly(t, field, func(t *testing.T, st *stage, rec *trace.Recorder, cfg session.Configuration) {
			if before {
				if err := cfg.StrictTransport.Note(hostA, []string{"max-age=1000"}); err != nil {
					t.Fatal(err)
				}
			}
			s := newSession(t, cfg, rec, rec)
			run(t, s, rec, request(t, "GET", known))
			run(t, s, rec, request(t, "GET", "http://a.test/f"))
			want := "GET http://a.test/f"
			if field == "" {
				want = "GET https://a.test/f" // to say nothing is not to take it back
			}
			st.expectLog("GET "+known, want)
		})
	}
}

func TestOnlyAVerifiedServerBindsItsHost(t *testing.T) {
	strictly(t, "max-age=1000", func(t *testing.T, st *stage, rec *trace.Recorder, cfg session.Configuration) {
		cfg.RootCAs = nil
		rec.Answers.SessionChallenge = trust
		s := newSession(t, cfg, rec, rec)
		run(t, s, rec, request(t, "GET", known))
		run(t, s, rec, request(t, "GET", "http://a.test/f"))
		st.expectLog("GET "+known, "GET http://a.test/f")
	})
}

func TestARedirectLeadsToHTTPSWhereTheHostWantsIt(t *testing.T) {
	strictly(t, "max-age=1000", func(t *testing.T, st *stage, rec *trace.Recorder, cfg session.Configuration) {
		rec.Answers.Challenge = password
		s := newSession(t, cfg, rec, rec)
		run(t, s, rec, request(t, "GET", "https://b.test/private")) // then a credential is sent
		task := run(t, s, rec, request(t, "GET", "https://b.test/go/http/b.test/private"))
		rec.Expect(task, "created upgraded(https://b.test/private) redirect(302,/private)[same] response(200)[allow] data metrics done(nil)")
		if lines := strings.Join(st.lines(), "\n"); strings.Contains(lines, "http:") {
			t.Errorf("the servers saw\n%s", lines)
		}
	})
}

func TestWhereADelegateLeadsIsHTTPSToo(t *testing.T) {
	strictly(t, "max-age=1000", func(t *testing.T, st *stage, rec *trace.Recorder, cfg session.Configuration) {
		rec.Answers.Redirect = func(_ context.Context, _ session.Task, _ *http.Response, next *http.Request) *http.Request {
			next.URL.Host, next.Host = hostA, ""
			return next
		}
		s := newSession(t, cfg, rec, rec)
		run(t, s, rec, request(t, "GET", known))
		run(t, s, rec, request(t, "GET", "http://b.test/go/http/b.test/f"))
		st.expectLog("GET "+known, "GET http://b.test/go/http/b.test/f", "GET https://a.test/f")
	})
}

func TestTheCredentialOfAURLGoesWithItToHTTPS(t *testing.T) {
	strictly(t, "max-age=1000", func(t *testing.T, st *stage, rec *trace.Recorder, cfg session.Configuration) {
		s := newSession(t, cfg, rec, rec)
		run(t, s, rec, request(t, "GET", known))
		task := run(t, s, rec, request(t, "GET", "http://u:p@a.test/private"))
		if resp := task.Response(); resp == nil || resp.StatusCode != http.StatusOK {
			t.Errorf("the response is %v, the error %v", resp, task.Err())
		}
		st.expectLog("GET "+known, "GET https://a.test/private", "GET https://a.test/private")
	})
}

func TestAHostThatAllowsNoExceptionSaysSo(t *testing.T) {
	for name, policy := range map[string]string{"strict": "max-age=1000", "not strict": "max-age=0"} {
		strictly(t, "max-age=1000", func(t *testing.T, st *stage, rec *trace.Recorder, cfg session.Configuration) {
			cfg.RootCAs = nil // as if the certificate had changed for a bad one
			asked := 0
			rec.Answers.SessionChallenge = func(_ context.Context, _ *session.Session, _ session.Task, c *session.Challenge) (session.Disposition, *session.Credential) {
				if asked++; c.Trust.Strict != (name == "strict") {
					t.Errorf("%s: %+v", name, c.Trust.Strict)
				}
				return session.PerformDefaultHandling, nil
			}
			if err := cfg.StrictTransport.Note(hostA, []string{policy}); err != nil {
				t.Fatal(err)
			}
			s := newSession(t, cfg, rec, rec)
			task := run(t, s, rec, request(t, "GET", known))
			const words = "allows no exception (HSTS)"
			if err := task.Err(); err == nil || strings.Contains(err.Error(), words) != (name == "strict") || asked != 1 {
				t.Errorf("%s: %v, asked %d times", name, err, asked)
			}
		})
	}
}

func TestWhatWasAcceptedBeforeIsNoExceptionLater(t *testing.T) {
	strictly(t, "max-age=1000", func(t *testing.T, st *stage, rec *trace.Recorder, cfg session.Configuration) {
		cfg.RootCAs, cfg.MaxConnectionsPerHost = nil, 1
		var strictly []bool
		rec.Answers.SessionChallenge = func(ctx context.Context, s *session.Session, t session.Task, c *session.Challenge) (session.Disposition, *session.Credential) {
			if strictly = append(strictly, c.Trust.Strict); c.Trust.Strict {
				return session.PerformDefaultHandling, nil
			}
			return trust(ctx, s, t, c)
		}
		s := newSession(t, cfg, rec, rec)
		run(t, s, rec, request(t, "GET", known))
		if err := cfg.StrictTransport.Note(hostA, []string{"max-age=1000"}); err != nil {
			t.Fatal(err)
		}
		done := make(chan struct{})
		if err := s.Flush(func() { close(done) }); err != nil { // the connection is a new one
			t.Fatal(err)
		}
		<-done
		task := run(t, s, rec, request(t, "GET", known))
		if task.Err() == nil || len(strictly) != 2 || strictly[0] || !strictly[1] {
			t.Errorf("asked with %v; the error is %v", strictly, task.Err())
		}
	})
}

func TestPiecesAndMirrorsGoToHTTPSToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := places{placeA: newShareServer(nil), placeB: newShareServer(otherTag), placeSA: newShareServer(nil), placeSB: newShareServer(otherTag)}
		s, rec := sharedBy(t, p.ServeHTTP, true, func(cfg *session.Configuration) {
			cfg.Connections, cfg.MaxConnectionsPerHost = 4, 4
			for _, host := range []string{hostA, hostB} {
				if err := cfg.StrictTransport.Note(host, []string{"max-age=1000"}); err != nil {
					t.Error(err)
				}
			}
		})
		task := mirrored(t, s, session.Proof{}, placeB)
		task.Resume()
		rec.Wait(task)
		rec.Expect(task, "created upgraded(https://a.test/f) schal(ServerTrust)[use] wrote* finished metrics done(nil)")
		expectBody(t, rec, task, p[placeSA].content)
		for at, requests := range map[string]bool{placeA: false, placeB: false, placeSA: true, placeSB: true} {
			if n := p[at].requests; n > 0 != requests {
				t.Errorf("%s had %d requests", at, n)
			}
		}
	})
}
