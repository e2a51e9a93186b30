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

// lasting makes a certificate valid also at the time of stories.
func lasting(c *x509.Certificate) {
	c.NotBefore, c.NotAfter = time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2090, 1, 1, 0, 0, 0, 0, time.UTC)
}

// serveClientsOf answers clients of an authority, which it names, with the name
// in their certificates.
func (s *story) serveClientsOf(addr string, authority *x509.Certificate) {
	s.t.Helper()
	l, err := s.network.Listen(addr)
	if err != nil {
		s.t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(authority)
	server := &http.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, r.TLS.PeerCertificates[0].Subject.CommonName) // as above
		}),
		TLSConfig: &tls.Config{
			Certificates: []tls.Certificate{certificateOf(s.t, strings.Split(addr, ":")[0])}, ClientCAs: pool,
			ClientAuth: tls.RequireAnyClientCert, MaxVersion: tls.VersionTLS12,
		},
		ErrorLog: log.New(io.Discard, "", 0),
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

func TestStoryOneOfSeveralClientCertificates(t *testing.T) {
	ours, theirs := testserver.NewAuthority(t, "ours"), testserver.NewAuthority(t, "theirs")
	certs := map[string]tls.Certificate{
		"alice": ours.Issue(t, "alice", lasting), "bob": ours.Issue(t, "bob", lasting), "mallory": theirs.Issue(t, "mallory", lasting),
		"old": ours.Issue(t, "old", func(c *x509.Certificate) {
			lasting(c)
			c.NotAfter = time.Date(1995, 1, 1, 0, 0, 0, 0, time.UTC)
		}),
	}
	open := func(f IdentityFile, password string) (*tls.Certificate, error) {
		name := f.Certificate
		switch {
		case name == "absent":
			return nil, errors.New("no such file")
		case name == "sealed" && password != "sesame": // PKCS#12: nothing can be read
			return nil, ErrIdentityLocked
		case name == "sealed":
			name = "bob"
		}
		cert, locked := certs[strings.TrimPrefix(name, "locked-")], strings.HasPrefix(name, "locked-")
		switch {
		case locked && password == "":
			cert.PrivateKey = nil
			return &cert, ErrIdentityLocked
		case locked && password != "sesame":
			return nil, errors.New("that is not the password of the file")
		}
		return &cert, nil
	}
	files := func(names ...string) (all []IdentityFile) {
		for _, n := range names {
			all = append(all, IdentityFile{Certificate: n})
		}
		return all
	}
	const at, url = "mtls.test:443", "https://mtls.test/a"
	base := Options{Interactive: true, Insecure: true, OpenIdentity: open}
	names := func(p PromptView) string {
		var all []string
		for _, c := range p.Candidates {
			name := c.File.Certificate
			if c.Leaf != nil && !strings.Contains(name, c.Leaf.Subject.CommonName) {
				t.Errorf("%s is the certificate of %s", name, c.Leaf.Subject)
			}
			if c.Locked {
				name += "(locked)"
			}
			if c.Problem != "" {
				name += "(" + c.Problem + ")"
			}
			all = append(all, name)
		}
		return strings.Join(all, " ")
	}

	t.Run("the only one that the server takes is shown without a question", func(t *testing.T) {
		opt := base
		opt.Interactive, opt.Identities = false, files("mallory", "old", "alice", "absent")
		tell(t, opt, func(s *story) {
			s.serveClientsOf(at, ours.Certificate)
			id := s.add(url)
			s.reaches(id, Done)
			s.expect(s.row(id).Size == int64(len("alice")), "%+v", s.row(id))
		})
	})
	t.Run("among those that it takes the user chooses", func(t *testing.T) {
		opt := base
		opt.Identities, opt.OfferedIdentities = files("old", "alice", "mallory", "bob"), files("alice", "sealed", "locked-mallory")
		tell(t, opt, func(s *story) {
			s.serveClientsOf(at, ours.Certificate)
			id := s.add(url)
			p := s.asked()
			s.expect(p.Kind == AskIdentity && p.Failures == 0 && p.Reason == "" && p.Unfit == 2, "%+v", p)
			want := "alice bob sealed(locked) old(the certificate expired on 1995-01-01)"
			s.expect(names(p) == want, "the candidates are %s", names(p))
			s.answer(p.ID, Answer{Identity: p.Candidates[1].File})
			s.reaches(id, Done)
			s.expect(s.row(id).Size == int64(len("bob")), "%+v", s.row(id))
		})
	})
	t.Run("those that are only offered are not shown unasked", func(t *testing.T) {
		opt := base
		opt.OfferedIdentities = files("alice")
		tell(t, opt, func(s *story) {
			s.serveClientsOf(at, ours.Certificate)
			id := s.add(url)
			p := s.asked()
			s.expect(p.Failures == 1 && names(p) == "alice" && strings.Contains(p.Reason, "without a certificate"), "%+v", p)
			s.answer(p.ID, Answer{Identity: p.Candidates[0].File})
			s.reaches(id, Done)
		})
	})
	t.Run("a locked key is opened with its password, and what was wrong is said", func(t *testing.T) {
		opt := base
		opt.Identities = files("locked-alice", "bob")
		tell(t, opt, func(s *story) {
			s.serveClientsOf(at, ours.Certificate)
			id := s.add(url)
			p := s.asked()
			s.expect(names(p) == "locked-alice(locked) bob", "the candidates are %s", names(p))
			s.answer(p.ID, Answer{Identity: p.Candidates[0].File, Password: "wrong"})
			p = s.asked()
			s.expect(strings.Contains(p.Reason, "not the password") && p.Identity.Certificate == "locked-alice" && len(p.Candidates) == 2, "%+v", p)
			s.answer(p.ID, Answer{Identity: p.Identity, Password: "sesame"})
			s.reaches(id, Done)
		})
	})
	t.Run("an expired one is refused in words", func(t *testing.T) {
		opt := base
		opt.OfferedIdentities = files("old")
		tell(t, opt, func(s *story) {
			s.serveClientsOf(at, ours.Certificate)
			id := s.add(url)
			s.answer(s.asked().ID, Answer{Identity: IdentityFile{Certificate: "old"}})
			p := s.asked()
			s.expect(strings.Contains(p.Reason, "expired on 1995-01-01"), "%+v", p)
			s.answer(p.ID, Answer{CancelRows: true})
			s.reaches(id, Cancelled)
		})
	})
	t.Run("with nobody to choose the flag is named", func(t *testing.T) {
		opt := base
		opt.Interactive, opt.Identities = false, files("alice", "bob")
		tell(t, opt, func(s *story) {
			s.serveClientsOf(at, ours.Certificate)
			id := s.add(url)
			s.reaches(id, Failed)
			u := s.m.Summary().Unanswered
			s.expect(len(u) == 2 && u[0].Flag == "--cert" && u[0].What == "which client certificate to show to mtls.test:443", "%+v", u)
			s.expect(s.row(id).Code == session.ClientCertificateRequired, "%v", s.row(id).Code)
		})
	})
}
