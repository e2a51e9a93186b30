package background_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io"
	"log"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"haul/internal/testserver"
	"haul/session"
	"haul/session/background"
)

// serveClientsOf serves content over TLS to clients of ca.
func serveClientsOf(t *testing.T, ca *testserver.Authority, auth tls.ClientAuthType) *httptest.Server {
	t.Helper()
	server := httptest.NewUnstartedServer(files())
	pool := x509.NewCertPool()
	pool.AddCert(ca.Certificate)
	server.TLS = &tls.Config{ClientAuth: auth, ClientCAs: pool}
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // clients that are refused are expected
	server.StartTLS()
	t.Cleanup(server.Close)
	return server
}

// keyForms are the forms in which a key might be found somewhere.
func keyForms(t *testing.T, cert tls.Certificate) []string {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(cert.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	inner := der[len(der)-40:] // encodings of the whole begin elsewhere in a larger value
	return []string{string(der), base64.StdEncoding.EncodeToString(der), hex.EncodeToString(der), string(inner), hex.EncodeToString(inner)}
}

// holding answers for client certificates as answer says, and trusts all servers.
func holding(answer func(*session.Challenge) *session.Credential) func(context.Context, *session.Session, session.Task, *session.Challenge) (session.Disposition, *session.Credential) {
	return func(_ context.Context, _ *session.Session, _ session.Task, c *session.Challenge) (session.Disposition, *session.Credential) {
		if c.Trust != nil {
			return session.UseCredential, session.CredentialForTrust(c.Trust)
		}
		return session.UseCredential, answer(c)
	}
}

func TestAClientCertificateIsChosenByWhoeverIsThere(t *testing.T) {
	ca, stranger := testserver.NewAuthority(t, "clients"), testserver.NewAuthority(t, "strangers")
	alice, mallory := ca.Issue(t, "alice", nil), stranger.Issue(t, "mallory", nil)
	server := serveClientsOf(t, ca, tls.RequireAndVerifyClientCert)
	f := newFixture(t, background.Options{})
	rec := f.recorder()
	rec.Answers.SessionChallenge = holding(func(c *session.Challenge) *session.Credential {
		if len(c.DistinguishedNames) != 1 || !bytes.Equal(c.DistinguishedNames[0], ca.Certificate.RawSubject) {
			t.Errorf("the issuers are %q", c.DistinguishedNames)
		}
		if len(c.Candidates) != 1 || c.Candidates[0] != &alice {
			t.Errorf("%d candidates", len(c.Candidates))
		}
		return session.CredentialForIdentity(c.Candidates[0])
	})
	s := f.session("a", rec, func(c *session.Configuration) { c.Identities = []*tls.Certificate{&mallory, &alice} })
	for n, want := range []string{
		"created schal(ServerTrust)[use] schal(ClientCertificate)[use] wrote* finished metrics done(nil)",
		"created wrote* finished metrics done(nil)",
	} {
		d, err := s.DownloadTask(get(t, server.URL+"/f"), nil)
		if err != nil {
			t.Fatal(n, err)
		}
		d.Resume()
		rec.Expect(d, want)
	}
	told, err := json.Marshal(story(t, f.client()))
	if err != nil {
		t.Fatal(err)
	}
	f.stop()
	forms := keyForms(t, alice)
	nowhere(t, f.o.Location.StateDirectory, forms...)
	for _, form := range forms {
		if strings.Contains(string(told), form) {
			t.Errorf("the key is in the story of the task:\n%s", told)
		}
	}
}

// story is what the agent tells of all that it has.
func story(t *testing.T, c *background.Client) (all []any) {
	t.Helper()
	list, err := c.Tasks(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	for _, task := range list {
		lines, _, err := c.Log(t.Context(), task.Identifier, session.TaskID(task.ID), 0, false)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, task, lines)
	}
	return all
}

func TestACertificateThatNobodyCouldChooseYetIsWaitedFor(t *testing.T) {
	ca := testserver.NewAuthority(t, "clients")
	alice, bob := ca.Issue(t, "alice", nil), ca.Issue(t, "bob", nil)
	server := serveClientsOf(t, ca, tls.RequireAndVerifyClientCert)
	var hooks hookLog
	f := newFixture(t, background.Options{Hook: hooks.call})
	trusting := f.recorder()
	trusting.Answers.SessionChallenge = holding(func(*session.Challenge) *session.Credential { return nil })
	first := f.session("a", trusting)
	d, err := first.DownloadTask(get(t, server.URL+"/f"), nil)
	if err != nil {
		t.Fatal(err)
	}
	first.Detach()
	first.Wait()
	c := f.client()
	await(t, func() bool { s, err := c.Status(t.Context()); return err == nil && s.Attached == 0 })
	if err := c.Act(t.Context(), background.Resume, "a", d.ID()); err != nil {
		t.Fatal(err)
	}
	asked := func(after uint64) *background.Question {
		await(t, func() bool { q := only(t, c).Question; return q != nil && q.Number > after })
		return only(t, c).Question
	}
	answer := func(a background.Answer) uint64 {
		t.Helper()
		a.Identifier, a.ID, a.Disposition = "a", int64(d.ID()), "use"
		if first, err := c.Answer(t.Context(), a); err != nil || !first {
			t.Fatalf("%v, %v", first, err)
		}
		return a.Question
	}
	q := asked(0)
	if q.Trust == nil {
		t.Fatalf("the first question is %+v", q)
	}
	last := answer(background.Answer{Question: q.Number, Trust: fingerprintOf(q.Trust.Chain[0])})
	q = asked(last)
	if q.Space.Method != string(session.MethodClientCertificate) || q.Failures != 1 || len(q.Issuers) != 1 || q.Problem == "" {
		t.Fatalf("asked %+v", q)
	}
	for _, wrong := range []struct {
		identity *background.Identity
		problem  string
	}{
		{&background.Identity{Chain: alice.Certificate, Key: pkcs8(t, bob)}, "does not belong to"},
		{&background.Identity{Chain: alice.Certificate, Key: []byte("rubbish")}, "no private key"},
		{&background.Identity{}, "no certificate"},
	} {
		last = answer(background.Answer{Question: q.Number, Identity: wrong.identity})
		if q = asked(last); !strings.Contains(q.Problem, wrong.problem) {
			t.Errorf("the problem is %q", q.Problem)
		}
	}
	answer(background.Answer{Question: q.Number, Identity: &background.Identity{Chain: alice.Certificate, Key: pkcs8(t, alice)}})
	if list, late, err := c.Wait(t.Context(), time.Minute, "a", d.ID()); err != nil || late || list[0].Result.Error != nil {
		t.Errorf("%+v, %v", list, err)
	}
}

func fingerprintOf(der []byte) string {
	sum := sha256.Sum256(der)
	return hex.EncodeToString(sum[:])
}

func pkcs8(t *testing.T, cert tls.Certificate) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(cert.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	return der
}
