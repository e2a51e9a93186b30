package session

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"haul/internal/testserver"
)

// identified answers who the client is.
func identified(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	if r.TLS.DidResume {
		http.Error(w, "resumed", http.StatusInternalServerError)
		return
	}
	name := "nobody"
	if c := r.TLS.PeerCertificates; len(c) > 0 {
		name = c[0].Subject.CommonName
	}
	_, _ = w.Write([]byte(name))
}

func serveClients(t *testing.T, ca *testserver.Authority, auth tls.ClientAuthType, version uint16, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	srv := httptest.NewUnstartedServer(h)
	srv.EnableHTTP2 = true
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	pool := x509.NewCertPool()
	pool.AddCert(ca.Certificate)
	srv.TLS = &tls.Config{ClientAuth: auth, ClientCAs: pool, MaxVersion: version}
	srv.StartTLS()
	t.Cleanup(srv.Close)
	return srv
}

// client is a session that trusts srv and answers for certificates.
func client(t *testing.T, rec *recorder, roots *x509.CertPool, answer func(*Challenge) (Disposition, *Credential)) *Session {
	t.Helper()
	return open(t, sessionRecorder{rec, func(c *Challenge) (Disposition, *Credential) {
		if c.Space.Method == MethodServerTrust {
			return PerformDefaultHandling, nil
		}
		return answer(c)
	}}, func(c *Configuration) { c.RootCAs = roots })
}

func TestAUT19_ClientCertificates(t *testing.T) {
	ca, stranger := testserver.NewAuthority(t, "clients"), testserver.NewAuthority(t, "strangers")
	alice, mallory := ca.Issue(t, "alice", nil), stranger.Issue(t, "mallory", nil)
	use := func(certs ...*tls.Certificate) func(*Challenge) (Disposition, *Credential) {
		return func(c *Challenge) (Disposition, *Credential) {
			if n := c.PreviousFailureCount; n < len(certs) {
				return UseCredential, CredentialForIdentity(certs[n])
			}
			return PerformDefaultHandling, nil
		}
	}
	cancel := func(*Challenge) (Disposition, *Credential) { return CancelChallenge, nil }
	const ask = "schal(ServerTrust) schal(ClientCertificate) "
	for _, tt := range []struct {
		name   string
		auth   tls.ClientAuthType
		answer func(*Challenge) (Disposition, *Credential)
		trace  string
		body   string
	}{
		{"shown", tls.RequireAndVerifyClientCert, use(&alice), ask + "response(200) data metrics done", "alice"},
		{"optional and shown", tls.VerifyClientCertIfGiven, use(&alice), ask + "response(200) data metrics done", "alice"},
		{"optional and none", tls.VerifyClientCertIfGiven, use(), ask + "response(200) data metrics done", "nobody"},
		{"none, then required", tls.RequireAndVerifyClientCert, use(nil, &alice), ask + "schal(ClientCertificate) response(200) data metrics done", "alice"},
		{"none at all", tls.RequireAndVerifyClientCert, use(), ask + "schal(ClientCertificate) metrics done(-1206)", ""},
		{"cancelled", tls.RequireAndVerifyClientCert, cancel, ask + "metrics done(-999)", ""},
		{"refused, then another", tls.RequireAndVerifyClientCert, use(&mallory, &alice), ask + "schal(ClientCertificate) response(200) data metrics done", "alice"},
		{"refused", tls.RequireAndVerifyClientCert, use(&mallory), ask + "schal(ClientCertificate) metrics done(-1205)", ""},
	} {
		for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
			t.Run(tt.name+" "+tls.VersionName(version), func(t *testing.T) {
				srv := serveClients(t, ca, tt.auth, version, identified)
				rec := newRecorder()
				s := client(t, rec, roots(srv), func(c *Challenge) (Disposition, *Credential) {
					u, _ := url.Parse(srv.URL)
					if fmt.Sprintf("%s:%d", c.Space.Host, c.Space.Port) != u.Host || c.Space.Protocol != "https" {
						t.Errorf("the space is %+v", c.Space)
					}
					if len(c.DistinguishedNames) != 1 || !bytes.Equal(c.DistinguishedNames[0], ca.Certificate.RawSubject) {
						t.Errorf("the issuers are %q", c.DistinguishedNames)
					}
					if (c.Err != nil) != (c.PreviousFailureCount > 0) {
						t.Errorf("refused %d times because %v", c.PreviousFailureCount, c.Err)
					}
					return tt.answer(c)
				})
				run(t, s, rec, srv.URL)
				got := rec.trace()
				if got != tt.trace || rec.data.String() != tt.body {
					t.Errorf("got  %s, %q\nwant %s, %q", got, rec.data.String(), tt.trace, tt.body)
				}
			})
		}
	}
}

func TestAUT18_AClientCertificateIsAskedForOnceAndShownToOneAddressAlone(t *testing.T) {
	ca := testserver.NewAuthority(t, "clients")
	alice := ca.Issue(t, "alice", nil)
	first := serveClients(t, ca, tls.RequestClientCert, 0, identified)
	second := serveClients(t, ca, tls.RequestClientCert, 0, identified)
	pool := roots(first)
	pool.AddCert(second.Certificate())
	rec := newRecorder()
	s := client(t, rec, pool, func(c *Challenge) (Disposition, *Credential) {
		if strings.HasSuffix(first.URL, fmt.Sprintf(":%d", c.Space.Port)) {
			return UseCredential, CredentialForIdentity(&alice)
		}
		return PerformDefaultHandling, nil
	})
	for _, u := range []string{first.URL, first.URL, second.URL, first.URL, second.URL} {
		if u == first.URL {
			s.newConnections() // a handshake of its own, which must not resume the one before
		}
		run(t, s, rec, u)
	}
	if got, want := rec.data.String(), "alicealicenobodyalicenobody"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if n := strings.Count(rec.trace(), "schal(ClientCertificate)"); n != 2 {
		t.Errorf("asked %d times", n)
	}
	other := newRecorder()
	run(t, client(t, other, pool, func(*Challenge) (Disposition, *Credential) { return PerformDefaultHandling, nil }), other, first.URL)
	if got := other.data.String(); got != "nobody" {
		t.Errorf("another session is %s", got)
	}
}

func TestAClientCertificateThatIsNoGoodIsNotSent(t *testing.T) {
	ca := testserver.NewAuthority(t, "clients")
	alice, bob := ca.Issue(t, "alice", nil), ca.Issue(t, "bob", nil)
	mixed := tls.Certificate{Certificate: alice.Certificate, PrivateKey: bob.PrivateKey}
	expired := ca.Issue(t, "old", func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) })
	early := ca.Issue(t, "early", func(c *x509.Certificate) { c.NotBefore = time.Now().Add(time.Minute) })
	for _, tt := range []struct {
		cert tls.Certificate
		want string
	}{
		{mixed, "the key does not belong to the certificate"},
		{expired, "the certificate expired on "},
		{early, "the certificate is not valid before "},
		{tls.Certificate{Certificate: alice.Certificate}, "there is no private key"},
		{tls.Certificate{}, "there is no certificate in it"},
	} {
		var requests atomic.Int32
		srv := serveClients(t, ca, tls.RequestClientCert, 0, func(w http.ResponseWriter, r *http.Request) {
			requests.Add(1)
			identified(w, r)
		})
		rec := newRecorder()
		reason := ""
		s := client(t, rec, roots(srv), func(c *Challenge) (Disposition, *Credential) {
			if c.PreviousFailureCount == 0 {
				return UseCredential, CredentialForIdentity(&tt.cert)
			}
			reason = fmt.Sprint(c.Err)
			if requests.Load() != 0 {
				t.Error("something was sent")
			}
			return UseCredential, CredentialForIdentity(&alice)
		})
		run(t, s, rec, srv.URL)
		if !strings.HasPrefix(reason, tt.want) || rec.data.String() != "alice" {
			t.Errorf("the reason is %q, the client %q", reason, rec.data.String())
		}
	}
}

func TestACredentialDoesNotShowItsKey(t *testing.T) {
	alice := testserver.NewAuthority(t, "clients").Issue(t, "alice", nil)
	c := CredentialForIdentity(&alice)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		if got := fmt.Sprintf(verb, *c); got != "client certificate" {
			t.Errorf("%s prints %q", verb, got)
		}
	}
}

func TestAnUploadIsSentAgainWithTheCertificate(t *testing.T) {
	ca := testserver.NewAuthority(t, "clients")
	alice := ca.Issue(t, "alice", nil)
	for _, auth := range []tls.ClientAuthType{tls.RequestClientCert, tls.RequireAndVerifyClientCert} {
		srv := serveClients(t, ca, auth, 0, func(w http.ResponseWriter, r *http.Request) {
			if body, err := io.ReadAll(r.Body); err != nil || len(body) != 100_000 {
				t.Errorf("%d bytes, %v", len(body), err)
			}
			identified(w, r)
		})
		rec := newRecorder()
		s := client(t, rec, roots(srv), func(c *Challenge) (Disposition, *Credential) {
			return UseCredential, CredentialForIdentity(&alice)
		})
		req, err := http.NewRequest(http.MethodPut, srv.URL, bytes.NewReader(content(100_000, 1)))
		if err != nil {
			t.Fatal(err)
		}
		task, err := s.DataTask(req, nil)
		if err != nil {
			t.Fatal(err)
		}
		task.Resume()
		await(t, rec.done)
		if got := rec.data.String(); got != "alice" {
			t.Errorf("got %q: %s", got, rec.trace())
		}
	}
}

func TestNginxJudgesClientCertificates(t *testing.T) {
	ca, stranger := testserver.NewAuthority(t, "clients"), testserver.NewAuthority(t, "strangers")
	alice, revoked := ca.Issue(t, "alice", nil), ca.Issue(t, "revoked", nil)
	mallory := stranger.Issue(t, "mallory", nil)
	files := map[string][]byte{"a": []byte("secret")}
	required := testserver.StartNginx(t, testserver.NginxConfig{Files: files, ClientCA: ca.PEM, ClientCRL: ca.Revoke(t, revoked)})
	optional := testserver.StartNginx(t, testserver.NginxConfig{Files: files, ClientCA: ca.PEM, OptionalClient: true})
	for _, tt := range []struct {
		name   string
		server *testserver.Nginx
		first  *tls.Certificate
		second *tls.Certificate // after a refusal
		trace  string
	}{
		{"required, shown", required, &alice, nil, "response(200) data metrics done"},
		{"required, none, then shown", required, nil, &alice, "schal(ClientCertificate) response(200) data metrics done"},
		{"required, none", required, nil, nil, "schal(ClientCertificate) response(400) data metrics done"},
		{"wrong issuer", required, &mallory, nil, "schal(ClientCertificate) response(400) data metrics done"},
		{"wrong issuer, then the right one", required, &mallory, &alice, "schal(ClientCertificate) response(200) data metrics done"},
		{"revoked", required, &revoked, &alice, "schal(ClientCertificate) response(200) data metrics done"},
		{"optional, none", optional, nil, nil, "response(200) data metrics done"},
		{"optional, shown", optional, &alice, nil, "response(200) data metrics done"},
		{"optional, wrong issuer", optional, &mallory, &alice, "schal(ClientCertificate) response(200) data metrics done"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			rec := newRecorder()
			s := client(t, rec, tt.server.CA(), func(c *Challenge) (Disposition, *Credential) {
				switch c.PreviousFailureCount {
				case 0:
					return UseCredential, CredentialForIdentity(tt.first)
				case 1:
					if tt.second != nil {
						return UseCredential, CredentialForIdentity(tt.second)
					}
				}
				return PerformDefaultHandling, nil
			})
			run(t, s, rec, tt.server.TLSURL("/a"))
			if got, want := rec.trace(), "schal(ServerTrust) schal(ClientCertificate) "+tt.trace; got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
			// The next task of the session is asked only where nothing was good.
			run(t, s, rec, tt.server.TLSURL("/a"))
			if strings.Contains(tt.trace, "200") && strings.Count(rec.trace(), "response(200)") != 2 {
				t.Errorf("then: %s", rec.trace())
			}
		})
	}
}

func TestCheckIdentityTakesWhatIsGood(t *testing.T) {
	alice := testserver.NewAuthority(t, "clients").Issue(t, "alice", nil)
	if err := CheckIdentity(&alice, time.Now()); err != nil {
		t.Error(err)
	}
	alice.Leaf = nil
	alice.Certificate = [][]byte{[]byte("rubbish")}
	if err := CheckIdentity(&alice, time.Now()); err == nil || errors.Is(err, io.EOF) {
		t.Errorf("rubbish: %v", err)
	}
}
