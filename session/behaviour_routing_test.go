package session_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"haul/internal/testserver"
	"haul/internal/trace"
	"haul/session"
)

// taskOnly is a delegate without a session method, sessionOnly one without a
// task method.
func taskOnly(r *trace.Recorder) session.Delegate {
	return struct {
		trace.Facts
		trace.Challenges
		trace.Responses
	}{r.Facts, r.Challenges, r.Responses}
}

func sessionOnly(r *trace.Recorder) session.Delegate {
	return struct {
		trace.Facts
		trace.SessionChallenges
		trace.Responses
	}{r.Facts, r.SessionChallenges, r.Responses}
}

// certified makes a.test:8443 a server that wants a client certificate, over one
// version of TLS. The answer trusts it, and has the certificate, and the password.
func certified(t *testing.T, st *stage, version uint16, h http.HandlerFunc) (answer func(*session.Challenge) (session.Disposition, *session.Credential)) {
	t.Helper()
	ca := testserver.NewAuthority(t, "clients")
	now := func(c *x509.Certificate) {
		c.NotBefore, c.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	}
	alice := ca.Issue(t, "alice", now)
	st.listen(hostA+":8443", &tls.Config{
		Certificates: []tls.Certificate{ca.Issue(t, hostA, now)}, ClientAuth: tls.RequireAnyClientCert, MinVersion: version, MaxVersion: version,
	}, h)
	return func(c *session.Challenge) (session.Disposition, *session.Credential) {
		switch c.Space.Method {
		case session.MethodServerTrust:
			return session.UseCredential, session.CredentialForTrust(c.Trust)
		case session.MethodClientCertificate:
			return session.UseCredential, session.CredentialForIdentity(&alice)
		}
		return session.UseCredential, &session.Credential{User: `D\alice`, Password: "p", Persistence: session.PersistenceForSession}
	}
}

func TestAUT02_WithoutASessionMethodTheTaskIsAsked(t *testing.T) {
	for name, c := range map[string]struct{ url, want string }{
		"NTLM":               {"http://a.test:8080/a", "created tchal(NTLM,0)[use] response(200)[allow] data* metrics done(nil)"},
		"client certificate": {"https://a.test:8443/a", "created tchal(ServerTrust,0)[use] tchal(ClientCertificate,0)[use] response(200)[allow] data* metrics done(nil)"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				gate := newNTLMGate("NTLM")
				open := func(w http.ResponseWriter, _ *http.Request) { text(w, 200, "in") }
				st := newStage(t, open)
				st.listen("a.test:8080", nil, func(w http.ResponseWriter, r *http.Request) {
					if gate.admits(w, r) {
						open(w, r)
					}
				})
				answer := certified(t, st, tls.VersionTLS13, open)
				rec := trace.New(t)
				rec.Answers.Challenge = func(_ context.Context, _ session.Task, ch *session.Challenge) (session.Disposition, *session.Credential) {
					return answer(ch)
				}
				s := st.session(rec, taskOnly(rec))
				rec.Expect(run(t, s, rec, request(t, "GET", c.url)), c.want)
			})
		})
	}
}

func TestAUT03_NoOtherMethodGoesToTheSessionMethod(t *testing.T) {
	for method, challenge := range map[string]string{
		"Basic": `Basic realm="r"`, "Digest": `Digest realm="r", nonce="n", qop="auth"`, "Bearer": `Bearer realm="r"`,
	} {
		for _, proxy := range []bool{false, true} {
			if proxy && method == "Bearer" {
				continue
			}
			t.Run(fmt.Sprintf("%s/proxy=%t", method, proxy), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					asks, gives, status := "WWW-Authenticate", "Authorization", http.StatusUnauthorized
					if proxy {
						asks, gives, status = "Proxy-Authenticate", "Proxy-Authorization", http.StatusProxyAuthRequired
					}
					st := newStage(t, func(w http.ResponseWriter, r *http.Request) {
						if scheme, _, _ := strings.Cut(r.Header.Get(gives), " "); scheme == method {
							text(w, 200, "in")
							return
						}
						w.Header().Set(asks, challenge)
						text(w, status, "who are you?")
					})
					cfg := st.configuration()
					if proxy {
						cfg.Proxy = func(*http.Request) (*url.URL, error) { return url.Parse("http://b.test") }
					}
					both, alone := trace.New(t), trace.New(t)
					for _, rec := range []*trace.Recorder{both, alone} {
						rec.Answers.Challenge = password
						rec.Answers.SessionChallenge = func(_ context.Context, _ *session.Session, _ session.Task, c *session.Challenge) (session.Disposition, *session.Credential) {
							t.Errorf("the session is asked for %s", c.Space.Method)
							return session.UseCredential, &session.Credential{User: "u", Password: "p"}
						}
					}
					s := newSession(t, cfg, both, both)
					both.Expect(run(t, s, both, request(t, "GET", "/a")),
						"created tchal("+method+",0)[use] response(200)[allow] data* metrics done(nil)")
					cfg.Credentials = session.NewCredentialStorage()
					s = newSession(t, cfg, alone, sessionOnly(alone))
					alone.Expect(run(t, s, alone, request(t, "GET", "/a")),
						fmt.Sprintf("created response(%d)[allow] data* metrics done(nil)", status))
				})
			})
		}
	}
}

func TestAUT04_TrustThenTheCertificateThenThePassword(t *testing.T) {
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		t.Run(tls.VersionName(version), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				st := newStage(t, secret)
				answer := certified(t, st, version, secret)
				rec := trace.New(t)
				rec.Answers.Challenge = password
				rec.Answers.SessionChallenge = func(_ context.Context, _ *session.Session, _ session.Task, c *session.Challenge) (session.Disposition, *session.Credential) {
					return answer(c)
				}
				s := st.session(rec, rec)
				rec.Expect(run(t, s, rec, request(t, "GET", "https://a.test:8443/a")),
					"created schal(ServerTrust)[use] schal(ClientCertificate)[use] tchal(Basic,0)[use] response(200)[allow] data* metrics done(nil)")
			})
		})
	}
}

func TestAUT08_FailuresAreCountedForAsLongAsTheDelegateGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, library)
		rec := trace.New(t)
		const most = 12
		var counts []int
		rec.Answers.Challenge = func(_ context.Context, _ session.Task, c *session.Challenge) (session.Disposition, *session.Credential) {
			counts = append(counts, c.PreviousFailureCount)
			if r := c.FailureResponse; r == nil || r.StatusCode != http.StatusUnauthorized || r.Header.Get("WWW-Authenticate") == "" {
				t.Errorf("the failure response is %v", r)
			}
			if c.PreviousFailureCount == most {
				return session.PerformDefaultHandling, nil
			}
			return session.UseCredential, &session.Credential{User: "u", Password: "wrong"}
		}
		s := st.session(rec, rec)
		if task := run(t, s, rec, request(t, "GET", "/basic")); task.Err() != nil {
			t.Error(task.Err())
		}
		for n, count := range counts {
			if count != n {
				t.Fatalf("the counts are %v", counts)
			}
		}
		if len(counts) != most+1 {
			t.Errorf("asked %d times", len(counts))
		}
	})
}
