package session_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"haul/internal/testserver"
	"haul/internal/trace"
	"haul/session"
)

func TestGolden13_AProxyAsksForAClientCertificate(t *testing.T) {
	ours, theirs := testserver.NewAuthority(t, "ours"), testserver.NewAuthority(t, "theirs")
	alice, mallory := ours.Issue(t, "alice", nil), theirs.Issue(t, "mallory", nil)
	pool := x509.NewCertPool()
	pool.AddCert(ours.Certificate)
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		for _, secure := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, https=%t", tls.VersionName(version), secure), func(t *testing.T) {
				p := newGatedProxy(t)
				p.answer = func(w http.ResponseWriter, r *http.Request) { p.carry(w, r) }
				proxy := httptest.NewUnstartedServer(p)
				proxy.TLS = &tls.Config{ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool, MinVersion: version, MaxVersion: version}
				proxy.Config.ErrorLog = log.New(io.Discard, "", 0) // refused handshakes
				proxy.StartTLS()
				t.Cleanup(proxy.Close)
				via, err := url.Parse(proxy.URL)
				if err != nil {
					t.Fatal(err)
				}
				srv := serveHello(t, secure, nil)
				cfg := p.configuration(t, srv)
				cfg.RootCAs = nil
				cfg.Proxy = func(*http.Request) (*url.URL, error) { return via, nil }
				rec := trace.New(t)
				var asked []string
				rec.Answers.SessionChallenge = func(_ context.Context, _ *session.Session, _ session.Task, c *session.Challenge) (session.Disposition, *session.Credential) {
					if fmt.Sprintf("%s://%s:%d", c.Space.Protocol, c.Space.Host, c.Space.Port) == proxy.URL != c.Space.Proxy {
						t.Errorf("asked by %+v", c.Space)
					}
					if c.Trust != nil {
						return session.UseCredential, session.CredentialForTrust(c.Trust)
					}
					asked = append(asked, fmt.Sprint(c.PreviousFailureCount, " ", c.Err))
					if c.PreviousFailureCount == 0 {
						return session.UseCredential, session.CredentialForIdentity(&mallory)
					}
					return session.UseCredential, session.CredentialForIdentity(&alice)
				}
				s := newSession(t, cfg, rec, rec)
				trust := ""
				if secure {
					trust = "schal(ServerTrust)[use]"
				}
				rec.Expect(run(t, s, rec, request(t, "GET", srv.URL+"/a")), words("created schal(ServerTrust)[use]",
					"schal(ClientCertificate)[use] schal(ClientCertificate)[use]", trust, "response(200)[allow] data* metrics done(nil)"))
				if len(asked) != 2 || !strings.HasPrefix(asked[1], "1 the proxy refuses the certificate that was sent") {
					t.Errorf("asked %q", slices.Clip(asked))
				}
				rec.Expect(run(t, s, rec, request(t, "GET", srv.URL+"/b")), "created response(200)[allow] data* metrics done(nil)")
			})
		}
	}
}
