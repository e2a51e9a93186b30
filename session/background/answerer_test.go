package background_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"net/url"
	"sync"
	"testing"
	"time"

	"haul/internal/testserver"
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

func TestAClientCertificateThatTheAgentCannotOpenIsAskedFor(t *testing.T) {
	ca := testserver.NewAuthority(t, "clients")
	alice := ca.Issue(t, "alice", nil)
	server := serveClientsOf(t, ca, tls.RequireAndVerifyClientCert)
	known := &scripted{method: session.MethodClientCertificate, detail: "/keys/alice.p12"}
	pool := x509.NewCertPool()
	pool.AddCert(server.Certificate())
	f := newFixture(t, background.Options{
		Answerer: known.answerer, Configure: func(_ string, c *session.Configuration) { c.RootCAs = pool },
	})
	c := f.client()
	f.begin(c, "a", background.Request{URL: server.URL + "/f"})
	await(t, func() bool { return only(t, c).Question != nil })
	if q := only(t, c).Question; q.Detail != "/keys/alice.p12" || q.Problem != "it is locked" || q.Failures != 1 {
		t.Errorf("%+v", q)
	}
	rec := f.recorder()
	rec.Answers.SessionChallenge = holding(func(ch *session.Challenge) *session.Credential {
		if ch.Err == nil || ch.Detail != "/keys/alice.p12" {
			t.Errorf("%+v", ch)
		}
		return session.CredentialForIdentity(&alice)
	})
	s := f.session("a", rec)
	task := s.Reassociated()[0]
	rec.Wait(task)
	if !bytes.Equal(rec.Body(task), content) {
		t.Error("the file is not the server's")
	}
	f.stop()
	nowhere(t, f.o.Location.StateDirectory, keyForms(t, alice)...)
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
