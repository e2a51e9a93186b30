package session_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"haul/internal/testserver"
	"haul/internal/trace"
	"haul/session"
)

func TestGolden08_TheWrongPasswordThrice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, func(w http.ResponseWriter, r *http.Request) {
			if authorized(w, r) {
				text(w, 200, "come in")
			}
		})
		rec := trace.New(t)
		rec.Answers.Challenge = func(_ context.Context, _ session.Task, c *session.Challenge) (session.Disposition, *session.Credential) {
			if c.FailureResponse == nil || c.FailureResponse.StatusCode != 401 {
				t.Errorf("the failure response is %v", c.FailureResponse)
			}
			if c.PreviousFailureCount == 2 {
				return session.PerformDefaultHandling, nil
			}
			return session.UseCredential, &session.Credential{User: "u", Password: "wrong"}
		}
		s := st.session(rec, rec)
		task := run(t, s, rec, request(t, "GET", "/a"))
		rec.Expect(task, "created tchal(Basic,0)[use] tchal(Basic,1)[use] tchal(Basic,2)[default] response(401)[allow] data* metrics done(nil)")
		expectBody(t, rec, task, []byte("who are you?"))
		st.expectLog("GET http://a.test/a", "GET http://a.test/a", "GET http://a.test/a")
	})
}

func TestGolden09_AChallengeCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, func(w http.ResponseWriter, r *http.Request) { authorized(w, r) })
		rec := trace.New(t)
		rec.Answers.Challenge = func(context.Context, session.Task, *session.Challenge) (session.Disposition, *session.Credential) {
			return session.CancelChallenge, nil
		}
		s := st.session(rec, rec)
		task := run(t, s, rec, request(t, "GET", "/a"))
		rec.Expect(task, "created tchal(Basic,0)[cancel] metrics done(Cancelled)")
		st.expectLog("GET http://a.test/a")
	})
}

func TestGolden13_TrustAndThenAClientCertificate(t *testing.T) {
	for port, version := range map[string]uint16{"8442": tls.VersionTLS12, "8443": tls.VersionTLS13} {
		t.Run(tls.VersionName(version), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ours, theirs := testserver.NewAuthority(t, "ours"), testserver.NewAuthority(t, "theirs")
				now := func(c *x509.Certificate) {
					c.NotBefore, c.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
				}
				alice, mallory := ours.Issue(t, "alice", now), theirs.Issue(t, "mallory", now)
				st := newStage(t, secret)
				pool := x509.NewCertPool()
				pool.AddCert(ours.Certificate)
				server := ours.Issue(t, hostA, now)
				st.listen(hostA+":"+port, &tls.Config{
					Certificates: []tls.Certificate{server}, ClientAuth: tls.RequireAnyClientCert, ClientCAs: pool,
					MinVersion: version, MaxVersion: version,
				}, func(w http.ResponseWriter, r *http.Request) {
					text(w, 200, r.TLS.PeerCertificates[0].Subject.CommonName)
				})
				rec := trace.New(t)
				rec.Answers.SessionChallenge = func(ctx context.Context, s *session.Session, task session.Task, c *session.Challenge) (session.Disposition, *session.Credential) {
					if c.Space.Method == session.MethodServerTrust {
						return trust(ctx, s, task, c)
					}
					if len(c.DistinguishedNames) != 1 || !bytes.Equal(c.DistinguishedNames[0], ours.Certificate.RawSubject) {
						t.Errorf("the issuers are %q", c.DistinguishedNames)
					}
					if len(c.Candidates) != 1 || c.Candidates[0] != &alice || c.Space.Host != hostA || !c.Space.ReceivesCredentialSecurely() {
						t.Errorf("asked %+v with %d candidates", c.Space, len(c.Candidates))
					}
					return session.UseCredential, session.CredentialForIdentity(c.Candidates[0])
				}
				cfg := st.configuration()
				cfg.Identities = []*tls.Certificate{&mallory, &alice}
				s := newSession(t, cfg, rec, rec)
				first := run(t, s, rec, request(t, "GET", "https://a.test:"+port+"/1"))
				rec.Expect(first, "created schal(ServerTrust)[use] schal(ClientCertificate)[use] response(200)[allow] data* metrics done(nil)")
				expectBody(t, rec, first, []byte("alice"))
				second := run(t, s, rec, request(t, "GET", "https://a.test:"+port+"/2"))
				rec.Expect(second, "created response(200)[allow] data* metrics done(nil)")
				expectBody(t, rec, second, []byte("alice"))
			})
		})
	}
}

// secret answers what needs a password.
func secret(w http.ResponseWriter, r *http.Request) {
	if authorized(w, r) {
		text(w, 200, "secret")
	}
}

func TestGolden10_TrustAndPasswordAreAskedOncePerSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, secret)
		rec := trace.New(t)
		rec.Answers.Challenge = password
		rec.Answers.SessionChallenge = func(ctx context.Context, s *session.Session, task session.Task, c *session.Challenge) (session.Disposition, *session.Credential) {
			if c.Trust == nil || c.Trust.Err == nil || len(c.Trust.Chain()) == 0 || c.Trust.Host != hostA {
				t.Errorf("the trust is %+v", c.Trust)
			}
			if sp := c.Space; sp.Host != hostA || sp.Port != 443 || !sp.ReceivesCredentialSecurely() {
				t.Errorf("the space is %+v", sp)
			}
			return trust(ctx, s, task, c)
		}
		s := st.session(rec, rec)
		first := run(t, s, rec, request(t, "GET", "https://a.test/1"))
		rec.Expect(first, "created schal(ServerTrust)[use] tchal(Basic,0)[use] response(200)[allow] data* metrics done(nil)")
		expectBody(t, rec, first, []byte("secret"))
		second := run(t, s, rec, request(t, "GET", "https://a.test/2"))
		rec.Expect(second, "created response(200)[allow] data* metrics done(nil)")
	})
}

func TestGolden11_TrustGoesToTheTaskMethodWithoutASessionMethod(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, secret)
		rec := trace.New(t)
		rec.Answers.Challenge = password
		s := st.session(rec, struct {
			trace.Facts
			trace.Challenges
			trace.Responses
		}{rec.Facts, rec.Challenges, rec.Responses})
		task := run(t, s, rec, request(t, "GET", "https://a.test/1"))
		rec.Expect(task, "created tchal(ServerTrust,0)[use] tchal(Basic,0)[use] response(200)[allow] data* metrics done(nil)")
		expectBody(t, rec, task, []byte("secret"))
	})
}

func TestGolden12_APasswordIsNeverAskedOfTheSessionMethod(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, secret)
		rec := trace.New(t)
		rec.Answers.SessionChallenge = func(ctx context.Context, s *session.Session, task session.Task, c *session.Challenge) (session.Disposition, *session.Credential) {
			t.Errorf("asked for %s", c.Space.Method)
			return session.UseCredential, &session.Credential{User: "u", Password: "p"}
		}
		s := st.session(rec, struct {
			trace.Facts
			trace.SessionChallenges
			trace.Responses
		}{rec.Facts, rec.SessionChallenges, rec.Responses})
		task := run(t, s, rec, request(t, "GET", "/a"))
		rec.Expect(task, "created response(401)[allow] data* metrics done(nil)")
		expectBody(t, rec, task, []byte("who are you?"))
		st.expectLog("GET http://a.test/a")
	})
}
