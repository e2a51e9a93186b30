package model

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"haul/internal/demo"
	"haul/session"
)

// fakeSource has one password, and notes what it was asked.
type fakeSource struct {
	name, user, password string
	err                  error

	mu      sync.Mutex
	asked   []string // hosts, with the user wanted
	refused int
}

func (f *fakeSource) Name() string { return f.name }

func (f *fakeSource) Credential(_ context.Context, p session.ProtectionSpace, own bool, user string) (*session.Credential, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	place := p.Host
	if own {
		place = "own"
	}
	f.asked = append(f.asked, place+" "+user)
	if f.err != nil || f.user == "" {
		return nil, f.err
	}
	return &session.Credential{User: f.user, Password: f.password, Persistence: session.PersistenceForSession}, nil
}

func (f *fakeSource) Refused(context.Context, session.ProtectionSpace, *session.Credential) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.refused++
}

// sent are the passwords that the server got, in order.
func sent(s *story) (all []string) {
	for _, e := range s.server.Log() {
		if e.Authorization != "" {
			all = append(all, e.Authorization)
		}
	}
	return all
}

func TestStorySourcesAreAskedInTheirOrderUntilOneIsRight(t *testing.T) {
	broken := &fakeSource{name: "broken", err: errors.New("out of order")}
	none := &fakeSource{name: "none"}
	wrong := &fakeSource{name: "wrong", user: "bob", password: "wrong"}
	right := &fakeSource{name: "right", user: demo.User, password: demo.Password}
	behind := &fakeSource{name: "behind", user: "never", password: "asked"}
	tell(t, Options{Sources: []CredentialSource{broken, none, wrong, right, behind}}, func(s *story) {
		id := s.add("/basic/a.zip?size=10kB")
		s.reaches(id, Done)
		s.expect(wrong.refused == 1 && right.refused == 0 && len(behind.asked) == 0, "%+v, %+v, %+v", wrong, right, behind)
		s.expect(slices.Contains(right.asked, "own "), "asked %v", right.asked)
		s.expect(len(sent(s)) == 2, "sent %d passwords", len(sent(s)))
	})
}

func TestStoryWhatTheUserGaveGoesBeforeSources(t *testing.T) {
	source := &fakeSource{name: "source", user: demo.User, password: demo.Password}
	given := &session.Credential{User: demo.User, Password: "old"}
	tell(t, Options{Sources: []CredentialSource{source}, Credential: given}, func(s *story) {
		url := strings.Replace(s.at.Files, "http://", "http://"+demo.User+":older@", 1) + "/basic/a.zip?size=10kB"
		id := s.add(url)
		s.reaches(id, Done)
		s.expect(len(sent(s)) == 3, "sent %d passwords, want those of the URL, the options and the source", len(sent(s)))
	})
}

func TestStoryPasswordsOfSourcesDoNotUseUpTheUsersTries(t *testing.T) {
	var all []CredentialSource
	for _, name := range []string{"a", "b", "c", "d"} {
		all = append(all, &fakeSource{name: name, user: name, password: "wrong"})
	}
	tell(t, Options{Sources: all, Interactive: true}, func(s *story) {
		id := s.add("/basic/a.zip?size=10kB")
		for failures := range 3 {
			p := s.asked()
			s.expect(p.Failures == 4+failures, "failures %d", p.Failures)
			s.answer(p.ID, Answer{User: "bob", Password: "wrong" + string(rune('0'+failures))})
		}
		s.expect(s.reaches(id, Refused).Status == 401, "not 401")
	})
}

func TestStoryAUserNameAloneIsLookedUp(t *testing.T) {
	for name, opt := range map[string]Options{
		"in the URL":         {},
		"in the options":     {User: demo.User},
		"of the host":        {HostUser: func(string) string { return demo.User }},
		"URL before options": {User: "bob"},
	} {
		t.Run(name, func(t *testing.T) {
			source := &fakeSource{name: "source", user: demo.User, password: demo.Password}
			opt.Sources = []CredentialSource{source}
			tell(t, opt, func(s *story) {
				url := s.at.Files + "/basic/a.zip?size=10kB"
				if strings.Contains(name, "URL") {
					url = strings.Replace(url, "http://", "http://"+demo.User+"@", 1)
				}
				s.reaches(s.add(url), Done)
				s.expect(slices.Equal(source.asked, []string{"own " + demo.User}), "asked %v", source.asked)
				s.expect(len(sent(s)) == 1, "sent %d passwords", len(sent(s)))
			})
		})
	}
}

func TestStoryARedirectInTheOpenAsksNoSource(t *testing.T) {
	source := &fakeSource{name: "source", user: demo.User, password: demo.Password}
	tell(t, Options{Sources: []CredentialSource{source}, Redirect: RedirectFollow}, func(s *story) {
		r := s.reaches(s.add("/redirect/host/basic/b.zip?size=10kB"), Refused)
		s.expect(r.Status == 401 && len(source.asked) == 0, "status %d, asked %v", r.Status, source.asked)
	})
}

func TestStoryForGoodIsOfferedWhereItIsKept(t *testing.T) {
	keeper := func(context.Context) string { return "a box" }
	tell(t, Options{Interactive: true, Keeper: keeper}, func(s *story) {
		id := s.add("/basic/a.zip?size=10kB")
		p := s.asked()
		s.expect(p.Keeper == "a box", "kept in %q", p.Keeper)
		s.answer(p.ID, Answer{User: demo.User, Password: demo.Password, Keep: session.PersistencePermanent})
		s.reaches(id, Done)
	})
}
