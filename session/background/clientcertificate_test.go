package background_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"haul/session"
	"haul/session/background"
)

// scripted answers the challenges of a method in turn, and asks after that.
type scripted struct {
	method session.Method
	words  string
	detail string

	mu         sync.Mutex
	answers    []*session.Credential
	remembered []*session.Credential
}

func (s *scripted) Answer(_ context.Context, _ session.Task, c *session.Challenge) background.Decision {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.Space.Method != s.method {
		return background.Decision{Disposition: session.PerformDefaultHandling}
	}
	if len(s.answers) == 0 {
		return background.Decision{Ask: true, Reason: "it is locked", Detail: s.detail, Unasked: c.PreviousFailureCount}
	}
	cred := s.answers[0]
	s.answers = s.answers[1:]
	return background.Decision{Disposition: session.UseCredential, Credential: cred, Words: s.words}
}

func (s *scripted) Remember(_ session.ProtectionSpace, c *session.Credential) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.remembered = append(s.remembered, c)
}

func (s *scripted) answerer(background.Subject) background.Answerer { return s }

// clientCertificate is one that signs itself.
func clientCertificate(t *testing.T) (*tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "ali"}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(time.Hour), ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

// serveIdentified serves files over TLS to whoever shows a certificate, if that
// is wanted at all.
func serveIdentified(t *testing.T, wanted tls.ClientAuthType, roots *x509.CertPool) (server *httptest.Server, trust func(string, *session.Configuration)) {
	t.Helper()
	server = httptest.NewUnstartedServer(files())
	server.TLS = &tls.Config{ClientAuth: wanted, ClientCAs: roots}
	server.StartTLS()
	t.Cleanup(server.Close)
	pool := x509.NewCertPool()
	pool.AddCert(server.Certificate())
	return server, func(_ string, c *session.Configuration) { c.RootCAs = pool }
}

func TestNobodyIsAskedForAClientCertificate(t *testing.T) {
	_, roots := clientCertificate(t)
	server, trust := serveIdentified(t, tls.VerifyClientCertIfGiven, roots)
	f := newFixture(t, background.Options{Configure: trust})
	c := f.client()
	id := f.begin(c, "a", background.Request{URL: server.URL + "/f"})
	list, late, err := c.Wait(t.Context(), time.Minute, "a", id)
	if err != nil || late || list[0].Result.Error != nil {
		t.Fatalf("%+v, %v", list, err)
	}
}

func TestAClientCertificateThatIsAnsweredStaysInMemory(t *testing.T) {
	cert, roots := clientCertificate(t)
	server, trust := serveIdentified(t, tls.RequireAndVerifyClientCert, roots)
	known := &scripted{method: session.MethodClientCertificate, detail: "/keys/ali.p12"}
	f := newFixture(t, background.Options{Configure: trust, Answerer: known.answerer})
	c := f.client()
	f.begin(c, "a", background.Request{URL: server.URL + "/f"})
	await(t, func() bool { return only(t, c).Question != nil })
	if q := only(t, c).Question; q.Detail != "/keys/ali.p12" || q.Problem != "it is locked" {
		t.Errorf("%+v", q)
	}
	rec := f.recorder()
	rec.Answers.SessionChallenge = func(_ context.Context, _ *session.Session, _ session.Task, ch *session.Challenge) (session.Disposition, *session.Credential) {
		if ch.Space.Method != session.MethodClientCertificate || ch.Err == nil || ch.Detail != "/keys/ali.p12" {
			t.Errorf("%+v", ch)
		}
		return session.UseCredential, session.CredentialForIdentity(cert)
	}
	s := f.session("a", rec)
	task := s.Reassociated()[0]
	rec.Wait(task)
	if !bytes.Equal(rec.Body(task), content) {
		t.Error("the file is not the server's")
	}
	key, err := x509.MarshalPKCS8PrivateKey(cert.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	f.stop()
	nowhere(t, f.o.Location.StateDirectory, string(key), base64.StdEncoding.EncodeToString(key))
}

func TestTheAgentAnswersWhatItKnowsAndAsksForTheRest(t *testing.T) {
	server := serve(t, guarded())
	wrong := &session.Credential{User: "ali", Password: "wrong"}
	for name, tt := range map[string]struct {
		known []*session.Credential
		asks  bool
	}{
		"known":            {[]*session.Credential{{User: "ali", Password: secretPassword}}, false},
		"known and wrong":  {[]*session.Credential{wrong}, true},
		"the second knows": {[]*session.Credential{wrong, {User: "ali", Password: secretPassword}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			known := &scripted{method: session.MethodBasic, words: "credential of a source", answers: tt.known}
			subjects := make(chan background.Subject, 1)
			f := newFixture(t, background.Options{Answerer: func(of background.Subject) background.Answerer {
				subjects <- of
				return known
			}})
			c := f.client()
			id, err := c.Create(t.Context(), background.Create{
				Identifier: "a", Kind: "download", Start: true, Request: &background.Request{URL: server.URL + "/f", User: "ali"},
				Access: &background.Access{Netrc: "/home/ali/netrc", Token: secretField},
			})
			if err != nil {
				t.Fatal(err)
			}
			of := <-subjects
			if of.Identifier != "a" || of.URL.Path != "/f" || of.User.String() != url.User("ali").String() ||
				of.Access.Netrc != "/home/ali/netrc" || of.Access.Token != secretField {
				t.Errorf("%+v", of)
			}
			if tt.asks {
				await(t, func() bool { return only(t, c).Question != nil })
				q := only(t, c).Question
				if q.Failures != 0 {
					t.Errorf("%d failures are told of what nobody has typed", q.Failures)
				}
				answer := background.Answer{Identifier: "a", ID: int64(id), Question: q.Number, Disposition: "use", User: "ali", Password: secretPassword}
				if first, err := c.Answer(t.Context(), answer); err != nil || !first {
					t.Fatal(first, err)
				}
			}
			list, late, err := c.Wait(t.Context(), time.Minute, "a", id)
			if err != nil || late || list[0].Result.Error != nil || list[0].Response.StatusCode != http.StatusOK {
				t.Fatalf("%+v, %v", list, err)
			}
			if tt.asks != (len(known.remembered) == 1) {
				t.Errorf("remembers %d", len(known.remembered))
			}
			lines, _, err := c.Log(t.Context(), "a", id, 0, false)
			if err != nil {
				t.Fatal(err)
			}
			told := 0
			for _, l := range lines {
				if l.Text == known.words {
					told++
				}
			}
			if told != len(tt.known) {
				t.Errorf("the story tells %d of %d answers: %v", told, len(tt.known), lines)
			}
			f.stop()
			nowhere(t, f.o.Location.StateDirectory, secretPassword, secretField)
		})
	}
}
