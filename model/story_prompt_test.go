package model

import (
	"crypto/sha256"
	"slices"
	"strings"
	"testing"
	"time"

	"haul/internal/demo"
	"haul/session"
)

var right = Answer{User: demo.User, Password: demo.Password, Keep: session.PersistenceForSession}

func TestStoryOnePasswordForAllOfASpace(t *testing.T) {
	tell(t, Options{Interactive: true, Running: 2}, func(s *story) {
		paths := []string{"/basic/a.zip?size=10kB", "/basic/b.zip?size=10kB", "/basic/c.zip?size=10kB"}
		var rows []RowID
		for _, p := range paths {
			rows = append(rows, s.add(p))
		}
		s.until("all ask", func() bool { p := s.m.Prompts(); return len(p) == 1 && len(p[0].Rows) == 3 })
		// Rows that ask take no place: the third asks too, with two allowed.
		p := s.m.Prompts()[0]
		s.expect(p.Kind == AskPassword && p.Space.Realm == demo.Realm && p.Failures == 0, "%+v", p)
		s.expect(len(p.Names) == 3 && slices.Contains(p.Names, "a.zip"), "names %v", p.Names)
		s.expect(s.m.Totals().Asking == 3, "%+v", s.m.Totals())
		s.answer(p.ID, right)
		second, _ := s.m.Answer(p.ID, right)
		s.expect(!second, "the same question was answered twice")
		for i, id := range rows {
			s.reaches(id, Done)
			s.whole(id, paths[i])
		}
		// The storage answers the next one.
		id := s.add("/basic/d.zip?size=10kB")
		s.reaches(id, Done)
		for _, e := range s.m.TakeEvents() {
			s.expect(!strings.Contains(e.Text, demo.Password), "the password is in an event: %+v", e)
		}
	})
}

func TestStoryWrongPasswordThreeTimes(t *testing.T) {
	for _, path := range []string{"/basic/a.zip?size=10kB", "/digest/a.zip?size=10kB"} {
		tell(t, Options{Interactive: true}, func(s *story) {
			id := s.add(path)
			for failures := range 3 {
				p := s.asked()
				s.expect(p.Failures == failures, "failures %d, want %d", p.Failures, failures)
				s.expect(failures == 0 && p.User == "" || p.User == "bob", "user %q", p.User)
				s.answer(p.ID, Answer{User: "bob", Password: "wrong"})
			}
			r := s.reaches(id, Refused)
			s.expect(r.Status == 401, "status %d", r.Status)
			s.expect(s.files() == "", "left behind: %s", s.files())
		})
	}
}

func TestStorySecondPasswordIsRight(t *testing.T) {
	tell(t, Options{Interactive: true}, func(s *story) {
		id := s.add("/digest/diary.zip?size=10kB")
		s.answer(s.asked().ID, Answer{User: demo.User, Password: "wrong", Keep: session.PersistenceForSession})
		p := s.asked()
		s.expect(p.Failures == 1 && p.User == demo.User && strings.HasPrefix(p.Detail, "SHA-256"), "%+v", p)
		s.answer(p.ID, right)
		s.reaches(id, Done)
	})
}

func TestStoryPasswordForThisTransferOnly(t *testing.T) {
	tell(t, Options{Interactive: true}, func(s *story) {
		path := "/basic/a.zip?size=2MB&rate=400kB"
		id := s.add(path)
		s.answer(s.asked().ID, Answer{User: demo.User, Password: demo.Password})
		s.running(id, 300_000)
		s.do(s.m.TogglePause(ids(id)))
		s.reaches(id, Paused)
		s.do(s.m.TogglePause(ids(id)))
		s.reaches(id, Done)
		s.whole(id, path)
		other := s.add("/basic/b.zip?size=10kB")
		p := s.asked()
		s.expect(len(p.Rows) == 1 && p.Rows[0] == other, "asks for %v", p.Rows)
	})
}

func TestStorySkipAndCancelAtThePrompt(t *testing.T) {
	tell(t, Options{Interactive: true}, func(s *story) {
		id := s.add("/basic/a.zip?size=10kB")
		s.answer(s.asked().ID, Answer{Skip: true})
		s.expect(s.reaches(id, Refused).Status == 401, "not 401")
		id = s.add("/basic/b.zip?size=10kB")
		s.answer(s.asked().ID, Answer{CancelRows: true})
		s.reaches(id, Cancelled)
		id = s.add("/basic/c.zip?size=10kB")
		s.asked()
		s.do(s.m.Cancel(ids(id)))
		s.reaches(id, Cancelled)
		s.until("withdrawn", func() bool { return len(s.m.Prompts()) == 0 })
	})
}

func TestStoryCredentialOfTheOptionsStaysAtItsOrigin(t *testing.T) {
	given := &session.Credential{User: demo.User, Password: demo.Password}
	tell(t, Options{Credential: given, Redirect: RedirectFollow}, func(s *story) {
		id := s.add("/basic/a.zip?size=10kB")
		s.reaches(id, Done)
		id = s.add("/redirect/host/basic/b.zip?size=10kB")
		r := s.reaches(id, Refused)
		s.expect(r.Status == 401, "status %d", r.Status)
		for _, e := range s.server.Log() {
			s.expect(e.Host != "mirror.demo.test" || e.Authorization == "", "the credential went to another host")
		}
		u := s.m.Summary().Unanswered
		s.expect(len(u) == 1 && u[0].Flag == "--user" && u[0].Row == id, "unanswered %+v", u)
	})
}

func TestStoryUserInTheURL(t *testing.T) {
	tell(t, Options{}, func(s *story) {
		url := strings.Replace(s.at.Files, "http://", "http://alice:wonderland@", 1) + "/basic/a.zip?size=2MB&rate=400kB"
		id := s.add(url)
		r := s.running(id, 300_000)
		s.expect(!strings.Contains(r.URL, "wonderland"), "the URL shows the password: %s", r.URL)
		s.do(s.m.TogglePause(ids(id)))
		s.reaches(id, Paused)
		s.do(s.m.TogglePause(ids(id)))
		s.reaches(id, Done)
	})
}

func TestStoryTrust(t *testing.T) {
	tell(t, Options{Interactive: true}, func(s *story) {
		url := s.at.FilesTLS + "/file/vault.tar?size=10kB"
		id := s.add(url)
		p := s.asked()
		s.expect(p.Kind == AskTrust && p.Trust != nil && p.Trust.Err != nil && !p.SeenKey && !p.ChangedKey, "%+v", p)
		s.expect(len(s.server.Log()) == 0, "something was sent before the answer")
		s.answer(p.ID, Answer{Trust: true})
		r := s.reaches(id, Done)
		s.expect(r.Insecure, "not marked")
		d, _ := s.m.Detail(id)
		s.expect(d.Trust == "accepted by you until you quit" && d.TLS != nil, "trust %q", d.Trust)
		// The session remembers, the row says so all the same.
		id = s.add(s.at.FilesTLS + "/file/other.tar?size=10kB")
		r = s.reaches(id, Done)
		s.expect(r.Insecure, "the second row is not marked")
		// Another address shows the same key.
		id = s.add(s.at.MirrorTLS + "/file/third.tar?size=10kB")
		p = s.asked()
		s.expect(p.SeenKey && !p.ChangedKey, "the key was seen before, and no other one there: %+v", p)
		s.answer(p.ID, Answer{})
		r = s.reaches(id, Failed)
		s.expect(r.Code == session.ServerCertificateHasUnknownRoot || r.Code == session.ServerCertificateUntrusted, "code %v", r.Code)
	})
}

func TestStoryAnotherKeyThanBeforeIsSaid(t *testing.T) {
	tell(t, Options{Interactive: true}, func(s *story) {
		s.m.o.desk.mu.Lock()
		s.m.o.desk.trust("Files.demo.test:443", [sha256.Size]byte{1}, "accepted by you until you quit")
		s.m.o.desk.mu.Unlock()
		s.add(s.at.FilesTLS + "/file/vault.tar?size=10kB")
		p := s.asked()
		s.expect(p.ChangedKey && !p.SeenKey, "%+v", p)
		s.answer(p.ID, Answer{})
		s.add(s.at.MirrorTLS + "/file/vault.tar?size=10kB")
		p = s.asked()
		s.expect(!p.ChangedKey, "it was another server's key: %+v", p)
		s.answer(p.ID, Answer{})
	})
}

func TestStoryAPasswordSaysWhoseCertificateItGoesTo(t *testing.T) {
	tell(t, Options{Interactive: true}, func(s *story) {
		s.add("/basic/a.zip?size=10kB")
		p := s.asked()
		s.expect(p.Kind == AskPassword && p.Trust == nil, "without TLS: %+v", p.Trust)
		s.answer(p.ID, Answer{CancelRows: true})

		s.add(s.at.FilesTLS + "/basic/b.zip?size=10kB")
		s.answer(s.asked().ID, Answer{Trust: true})
		p = s.asked()
		s.expect(p.Kind == AskPassword && p.Trust != nil && p.Trust.Err != nil && len(p.Trust.Chain()) > 0,
			"accepted, not verified: %+v", p.Trust)
		s.answer(p.ID, Answer{CancelRows: true})
	})
	// The clock of a bubble begins in 2000.
	cert, err := demo.SelfSigned([]string{"files.demo.test"}, time.Unix(0, 0), time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	tellOf(t, demo.Options{Certificate: &cert}, Options{Interactive: true}, func(s *story) {
		s.end()
		s.configure = func(cfg *session.Configuration) {
			roots, err := s.server.Roots()
			if err != nil {
				t.Fatal(err)
			}
			cfg.RootCAs = roots
		}
		s.open(Options{Interactive: true})
		s.add(s.at.FilesTLS + "/basic/b.zip?size=10kB")
		p := s.asked()
		s.expect(p.Kind == AskPassword && p.Trust != nil && p.Trust.Err == nil, "verified: %+v", p.Trust)
		s.answer(p.ID, Answer{CancelRows: true})
	})
}

func TestStoryTrustByFlags(t *testing.T) {
	tell(t, Options{Insecure: true}, func(s *story) {
		id := s.add(s.at.FilesTLS + "/file/vault.tar?size=10kB")
		r := s.reaches(id, Done)
		d, _ := s.m.Detail(id)
		s.expect(r.Insecure && strings.Contains(d.Trust, "--insecure"), "%q", d.Trust)
	})
	tell(t, Options{}, func(s *story) {
		id := s.add(s.at.FilesTLS + "/file/vault.tar?size=10kB")
		s.reaches(id, Failed)
		u := s.m.Summary().Unanswered
		s.expect(len(u) == 1 && u[0].Flag == "--trust-sha256 or --cacert", "unanswered %+v", u)
	})
	// The clock of a bubble begins in 2000.
	cert, err := demo.SelfSigned([]string{"files.demo.test"}, time.Unix(0, 0), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	sums := [][sha256.Size]byte{{1}, sha256.Sum256(cert.Certificate[0])}
	tellOf(t, demo.Options{Certificate: &cert}, Options{TrustSHA256: sums}, func(s *story) {
		id := s.add(s.at.FilesTLS + "/file/vault.tar?size=10kB")
		r := s.reaches(id, Done)
		d, _ := s.m.Detail(id)
		s.expect(r.Insecure && strings.Contains(d.Trust, "--trust-sha256"), "%q", d.Trust)
	})
}

func TestStoryRedirectsAsk(t *testing.T) {
	tell(t, Options{Interactive: true}, func(s *story) {
		path := "/redirect/host/file/mirrored.tar.gz?size=10kB"
		id := s.add(path)
		p := s.asked()
		s.expect(p.Kind == AskRedirect && p.OtherHost && !p.LeavesTLS && p.Status == 302 && p.Step == 1, "%+v", p)
		s.answer(p.ID, Answer{Follow: true})
		r := s.reaches(id, Done)
		s.whole(id, path)
		s.expect(r.Host == "mirror.demo.test", "host %s", r.Host)
		d, _ := s.m.Detail(id)
		s.expect(len(d.Hops) == 1 && d.Hops[0].Answer == "asked you: followed", "hops %+v", d.Hops)
		// Another row asks again, this time for good.
		id = s.add("/redirect/host/file/b.tar.gz?size=10kB")
		s.answer(s.asked().ID, Answer{Follow: true, Always: true})
		s.reaches(id, Done)
		id = s.add("/redirect/host/file/c.tar.gz?size=10kB")
		s.reaches(id, Done)
		// Refused: the redirect itself is the result.
		id = s.add(s.at.Mirror + "/redirect/host/file/d.tar.gz?size=10kB")
		s.answer(s.asked().ID, Answer{Refuse: true})
		s.expect(s.reaches(id, Refused).Status == 302, "not 302")
		// Elsewhere.
		id = s.add(s.at.Mirror + "/redirect/host/file/e.tar.gz?size=10kB")
		p = s.asked()
		bad, _ := s.m.Answer(p.ID, Answer{URL: "file:///etc/passwd"})
		s.expect(!bad, "a file: URL was taken")
		s.answer(p.ID, Answer{URL: s.at.Mirror + "/file/e.tar.gz?size=10kB"})
		s.reaches(id, Done)
		s.whole(id, "/file/e.tar.gz?size=10kB")
		// Cancelled.
		id = s.add(s.at.Mirror + "/redirect/host/file/f.tar.gz?size=10kB")
		s.answer(s.asked().ID, Answer{CancelRows: true})
		s.reaches(id, Cancelled)
	})
}

func TestStoryRedirectPolicy(t *testing.T) {
	for _, c := range []struct {
		name, path string
		secure     bool
		opt        Options
		want       State
		status     int
		unanswered int
	}{
		{name: "same host", path: "/redirect/same/file/a?size=1kB", want: Done, status: 200},
		{name: "another port", path: "/redirect/port/file/a?size=1kB", want: Done, status: 200},
		{name: "upgrade to https", path: "/redirect/https/file/a?size=1kB", opt: Options{Insecure: true}, want: Done, status: 200},
		{name: "another host, nobody there", path: "/redirect/host/file/a?size=1kB", want: Done, status: 200},
		{name: "leaves TLS, nobody there", path: "/redirect/http/file/a?size=1kB", secure: true, opt: Options{Insecure: true}, want: Refused, status: 302, unanswered: 1},
		{name: "ask about all, nobody there", path: "/redirect/same/file/a?size=1kB", opt: Options{Redirect: RedirectAsk}, want: Refused, status: 302, unanswered: 1},
		{name: "another host, follow", path: "/redirect/host/file/a?size=1kB", opt: Options{Redirect: RedirectFollow}, want: Done, status: 200},
		{name: "same host, never", path: "/redirect/same/file/a?size=1kB", opt: Options{Redirect: RedirectNever}, want: Refused, status: 302},
		{name: "same host, ask", path: "/redirect/same/file/a?size=1kB", opt: Options{Redirect: RedirectAsk, Interactive: true}, want: Asking},
		{name: "leaves TLS", path: "/redirect/http/file/a?size=1kB", secure: true, opt: Options{Insecure: true, Interactive: true}, want: Asking},
	} {
		t.Run(c.name, func(t *testing.T) {
			tell(t, c.opt, func(s *story) {
				url := s.at.Files + c.path
				if c.secure {
					url = s.at.FilesTLS + c.path
				}
				id := s.add(url)
				r := s.reaches(id, c.want)
				s.expect(r.Status == c.status, "status %d, want %d", r.Status, c.status)
				u := s.m.Summary().Unanswered
				s.expect(len(u) == c.unanswered, "unanswered %+v", u)
				for _, u := range u {
					s.expect(u.Flag == "--redirect=follow", "flag %q", u.Flag)
				}
			})
		})
	}
}

func TestStoryAskingRowIsPausedAndHeldBackAtQuit(t *testing.T) {
	tell(t, Options{Interactive: true}, func(s *story) {
		id := s.add("/basic/a.zip?size=10kB")
		s.asked()
		s.do(s.m.TogglePause(ids(id)))
		s.reaches(id, Paused)
		s.until("withdrawn", func() bool { return len(s.m.Prompts()) == 0 })
		s.do(s.m.TogglePause(ids(id)))
		s.asked()
		active, lost := s.m.QuitCost()
		s.expect(active == 1 && lost == 0, "%d would lose bytes although none came", lost)
		s.do(s.m.Quit())
		began := time.Now()
		s.until("quit", func() bool { return s.quit })
		s.expect(time.Since(began) < quitTime, "quitting took %v", time.Since(began))
	})
}
