package model

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"net/http"
	"strings"
	"testing"
	"time"

	"haul/internal/testserver"
	"haul/session"
)

// certificateOf is a certificate of name, valid also at the time of stories.
func certificateOf(t *testing.T, name string) tls.Certificate {
	t.Helper()
	return testserver.NewAuthority(t, "authority").Issue(t, name, func(c *x509.Certificate) {
		c.NotBefore, c.NotAfter = time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2090, 1, 1, 0, 0, 0, 0, time.UTC)
	})
}

// serveIdentified answers at an address over TLS with the name in the client's
// certificate.
func (s *story) serveIdentified(addr string, auth tls.ClientAuthType) {
	s.t.Helper()
	cert := certificateOf(s.t, strings.Split(addr, ":")[0])
	l, err := s.network.Listen(addr)
	if err != nil {
		s.t.Fatal(err)
	}
	server := &http.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			name := "nobody"
			if c := r.TLS.PeerCertificates; len(c) > 0 {
				name = c[0].Subject.CommonName
			}
			_, _ = io.WriteString(w, name) // a client that goes is no concern of the script
		}),
		// With TLS 1.3 it is a matter of luck whether the client sees why the
		// server closed the connection; the tests of session take their chances.
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{cert}, ClientAuth: auth, MaxVersion: tls.VersionTLS12},
		ErrorLog:  log.New(io.Discard, "", 0), // a client that is refused is expected
	}
	done := make(chan error, 1)
	go func() { done <- server.ServeTLS(l, "", "") }()
	s.t.Cleanup(func() {
		if err := server.Close(); err != nil {
			s.t.Error(err)
		}
		<-done
	})
}

func TestStoryClientCertificates(t *testing.T) {
	alice := certificateOf(t, "alice")
	open := func(f IdentityFile, password string) (*tls.Certificate, error) {
		switch {
		case f.Certificate == "locked" && password != "right":
			return nil, errors.New("the file is locked")
		case f.Certificate == "absent":
			return nil, errors.New("no such file")
		}
		return &alice, nil
	}
	const at, url = "mtls.test:443", "https://mtls.test/a"
	base := Options{Interactive: true, Insecure: true, OpenIdentity: open}

	t.Run("one for the row's own origin is shown without a question", func(t *testing.T) {
		opt := base
		opt.Interactive, opt.Identities = false, []IdentityFile{{Certificate: "alice"}}
		tell(t, opt, func(s *story) {
			s.serveIdentified(at, tls.RequireAnyClientCert)
			id := s.add(url)
			s.reaches(id, Done)
			s.expect(s.row(id).Size == int64(len("alice")), "%+v", s.row(id))
		})
	})
	t.Run("one for a host is not shown to another", func(t *testing.T) {
		opt := base
		opt.HostIdentity = func(addr string) IdentityFile {
			if addr == "other.test:443" {
				return IdentityFile{Certificate: "alice"}
			}
			return IdentityFile{}
		}
		tell(t, opt, func(s *story) {
			s.serveIdentified(at, tls.RequestClientCert)
			s.serveIdentified("other.test:443", tls.RequestClientCert)
			nobody, known := s.add(url), s.add("https://other.test/b")
			s.reaches(nobody, Done)
			s.reaches(known, Done)
			s.expect(s.row(nobody).Size == int64(len("nobody")) && s.row(known).Size == int64(len("alice")), "shown to another")
		})
	})
	t.Run("who refuses to go on without is asked about", func(t *testing.T) {
		tell(t, base, func(s *story) {
			s.serveIdentified(at, tls.RequireAnyClientCert)
			id := s.add(url)
			p := s.asked()
			s.expect(p.Kind == AskIdentity && p.Failures == 1 && strings.Contains(p.Reason, "without a certificate"), "%+v", p)
			s.answer(p.ID, Answer{Identity: IdentityFile{Certificate: "absent"}})
			p = s.asked()
			s.expect(p.Reason == "no such file" && p.Identity.Certificate == "absent", "%+v", p)
			s.answer(p.ID, Answer{Identity: IdentityFile{Certificate: "alice"}})
			s.reaches(id, Done)
		})
	})
	t.Run("a locked file is asked for its password three times", func(t *testing.T) {
		opt := base
		opt.Identities = []IdentityFile{{Certificate: "locked"}}
		tell(t, opt, func(s *story) {
			s.serveIdentified(at, tls.RequireAnyClientCert)
			id := s.add(url)
			for range mostRefusals {
				p := s.asked()
				s.expect(p.Reason == "the file is locked" && p.Identity.Certificate == "locked", "%+v", p)
				s.answer(p.ID, Answer{Identity: p.Identity, Password: "wrong"})
			}
			s.reaches(id, Failed)
			s.expect(s.row(id).Code == session.ClientCertificateRequired, "%v", s.row(id).Code)
		})
	})
	t.Run("its password opens it", func(t *testing.T) {
		opt := base
		opt.Identities = []IdentityFile{{Certificate: "locked"}}
		tell(t, opt, func(s *story) {
			s.serveIdentified(at, tls.RequireAnyClientCert)
			id := s.add(url)
			p := s.asked()
			s.answer(p.ID, Answer{Identity: p.Identity, Password: "right"})
			s.reaches(id, Done)
			for _, e := range s.m.TakeEvents() {
				s.expect(!strings.Contains(e.Text, "right"), "the password is in an event: %+v", e)
			}
		})
	})
	t.Run("none is an answer", func(t *testing.T) {
		opt := base
		opt.Identities = []IdentityFile{{Certificate: "locked"}}
		tell(t, opt, func(s *story) {
			s.serveIdentified(at, tls.RequestClientCert)
			id := s.add(url)
			s.answer(s.asked().ID, Answer{Skip: true})
			s.reaches(id, Done)
			s.expect(s.row(id).Size == int64(len("nobody")), "%+v", s.row(id))
		})
	})
	t.Run("nobody is there", func(t *testing.T) {
		opt := base
		opt.Interactive = false
		tell(t, opt, func(s *story) {
			s.serveIdentified(at, tls.RequireAnyClientCert)
			s.reaches(s.add(url), Failed)
			u := s.m.Summary().Unanswered
			s.expect(len(u) == 1 && u[0].Flag == "--cert" && strings.Contains(u[0].What, "mtls.test:443"), "%+v", u)
		})
	})
}

func TestIssuersOfAServerAreBounded(t *testing.T) {
	der := certificateOf(t, "ca").Leaf.RawSubject
	many := [][]byte{[]byte("rubbish"), nil}
	for range 100 {
		many = append(many, der)
	}
	if got := issuers(many); len(got) != mostIssuers || got[0] != "CN=ca" {
		t.Errorf("%d issuers: %q", len(got), got)
	}
}
