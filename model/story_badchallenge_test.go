package model

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"haul/session"
)

// mostRequests is far more than a server that is refused and asks again sees, and
// far less than a loop would bring.
const mostRequests = 50

// asking answers every request with a 401 and the challenges of it, of which the
// number of the request is given.
func asking(requests *atomic.Int64, challenges func(n int64) []string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for _, c := range challenges(requests.Add(1)) {
			w.Header().Add("WWW-Authenticate", c)
		}
		w.WriteHeader(http.StatusUnauthorized)
	}
}

func always(challenges ...string) func(int64) []string {
	return func(int64) []string { return challenges }
}

// badChallenges are what broken and hostile servers ask with. realm is what the
// question shows of it.
func badChallenges() map[string]struct {
	challenges func(int64) []string
	asks       bool
	realm      string
} {
	thousand := make([]string, 1000)
	for i := range thousand {
		thousand[i] = fmt.Sprintf(`Basic realm="%d"`, i)
	}
	return map[string]struct {
		challenges func(int64) []string
		asks       bool
		realm      string
	}{
		"an empty field":                    {always(""), false, ""},
		"commas":                            {always(",, ,"), false, ""},
		"a scheme alone":                    {always("Digest"), false, ""},
		"cut in a name":                     {always(`Basic rea`), false, ""},
		"cut before the value":              {always(`Basic realm=`), false, ""},
		"cut in the realm":                  {always(`Basic realm="Memb`), false, ""},
		"Digest cut before its nonce":       {always(`Digest realm="Members", nonce=`), false, ""},
		"quotes that do not end":            {always(`Digest realm="a, nonce="b", qop="auth`, `Basic realm="Members"`), true, "Members"},
		"a quote too many":                  {always(`Basic realm="Members""`), true, "Members"},
		"unknown schemes":                   {always(`Fancy realm="x"`, `Other a=b`, `OAuth realm="y"`), false, ""},
		"an unknown scheme and a known one": {always(`Fancy realm="x"`, `Basic realm="Members"`), true, "Members"},
		"a thousand":                        {always(thousand...), true, "0"},
		"escapes in the realm":              {always("Basic realm=\"\u009b2J\u202eevil\u0085\""), true, "\u009b2J\u202eevil\u0085"},
		"a realm without end":               {always(`Basic realm="` + strings.Repeat("x", 60_000) + `"`), true, strings.Repeat("x", 60_000)},
		"another realm each time":           {func(n int64) []string { return []string{fmt.Sprintf(`Basic realm="%d"`, n)} }, true, "1"},
		"another nonce each time": {func(n int64) []string {
			return []string{fmt.Sprintf(`Digest realm="r", qop="auth", nonce="%d"`, n)}
		}, true, "r"},
		"a stale nonce each time": {func(n int64) []string {
			return []string{fmt.Sprintf(`Digest realm="r", qop="auth", nonce="%d", stale=true`, n)}
		}, true, "r"},
		"NTLM for ever":   {always("NTLM"), true, ""},
		"NTLM of rubbish": {always("NTLM TlRMTVNTUAACAAAA"), true, ""},
	}
}

// TestStoryBadChallengesEndInAClearState answers a server whose challenges are
// broken, or never end, with a password, three times where it asks again: the row
// ends as refused, and nothing hangs or runs in circles.
func TestStoryBadChallengesEndInAClearState(t *testing.T) {
	for name, bad := range badChallenges() {
		t.Run(name, func(t *testing.T) {
			tell(t, Options{Interactive: true}, func(s *story) {
				var requests atomic.Int64
				s.serve("bad.test:80", asking(&requests, bad.challenges))
				id := s.add("http://bad.test/a.bin")
				s.until("asks or ends", func() bool { return len(s.m.Prompts()) > 0 || s.row(id).State == Refused })
				if asks := len(s.m.Prompts()) > 0; asks != bad.asks {
					s.t.Fatalf("asks: %v", asks)
				}
				for first := true; s.row(id).State != Refused; first = false {
					s.until("asks or ends", func() bool { return len(s.m.Prompts()) > 0 || s.row(id).State == Refused })
					if len(s.m.Prompts()) == 0 {
						break
					}
					p := s.asked()
					s.expect(p.Kind == AskPassword && (!first || p.Space.Realm == bad.realm), "asked %+v", p)
					s.answer(p.ID, Answer{User: "alice", Password: "open-sesame", Keep: session.PersistenceForSession})
					if n := requests.Load(); n > mostRequests {
						s.t.Fatalf("%d requests", n)
					}
				}
				s.expect(s.row(id).Status == http.StatusUnauthorized, "%+v", s.row(id))
				for _, e := range s.m.TakeEvents() {
					s.expect(!strings.Contains(e.Text, "open-sesame"), "the password is in an event: %+v", e)
				}
			})
		})
		t.Run(name+", with -u", func(t *testing.T) {
			given := &session.Credential{User: "alice", Password: "open-sesame", Persistence: session.PersistenceForSession}
			tell(t, Options{Credential: given}, func(s *story) {
				var requests atomic.Int64
				s.serve("bad.test:80", asking(&requests, bad.challenges))
				id := s.add("http://bad.test/a.bin")
				row := s.reaches(id, Refused)
				s.expect(row.Status == http.StatusUnauthorized && requests.Load() < mostRequests, "%+v after %d requests", row, requests.Load())
			})
		})
	}
}

// TestStoryAHeadWithControlCharactersIsNoResponse: what RFC 9110 forbids in a
// field ends the transfer before anybody is asked with it.
func TestStoryAHeadWithControlCharactersIsNoResponse(t *testing.T) {
	tell(t, Options{Interactive: true, Retries: -1}, func(s *story) {
		s.serve("bad.test:80", asking(new(atomic.Int64), always("Basic realm=\"\x1b]0;mine\x07\x1b[2J\"")))
		row := s.reaches(s.add("http://bad.test/a.bin"), Failed)
		s.expect(row.Code == session.CannotParseResponse && len(s.m.Prompts()) == 0, "%+v", row)
		s.expect(!strings.ContainsAny(row.Reason, "\x1b\x07"), "%q", row.Reason)
	})
}

// TestStoryAPasswordThatIsRefusedInTheMiddle pauses a download while the server
// changes its password: going on asks for the new one, and what was refused
// meanwhile is neither lost nor mixed with the server's words.
func TestStoryAPasswordThatIsRefusedInTheMiddle(t *testing.T) {
	for name, relents := range map[string]bool{"and taken again": true, "for ever": false} {
		t.Run(name, func(t *testing.T) {
			tell(t, Options{Interactive: true}, func(s *story) {
				var want atomic.Value
				want.Store("old")
				handler := s.server.Handler()
				s.serve("fickle.test:80", func(w http.ResponseWriter, r *http.Request) {
					if _, password, _ := r.BasicAuth(); password != want.Load() {
						w.Header().Set("WWW-Authenticate", `Basic realm="r"`)
						http.Error(w, "the words of the server", http.StatusUnauthorized)
						return
					}
					r.Header.Del("Authorization")
					handler.ServeHTTP(w, r)
				})
				id := s.add("http://fickle.test/slow/a.bin?size=3MB&rate=1MB")
				s.answer(s.asked().ID, Answer{User: "u", Password: "old", Keep: session.PersistenceForSession})
				s.running(id, 1<<20)
				s.do(s.m.TogglePause([]RowID{id}))
				had := s.reaches(id, Paused).Done
				want.Store("new")
				s.do(s.m.TogglePause([]RowID{id}))
				p := s.asked()
				s.expect(p.Failures == 1 && p.User == "u", "%+v", p)
				if relents {
					s.answer(p.ID, Answer{User: "u", Password: "new", Keep: session.PersistenceForSession})
					s.reaches(id, Done)
					s.whole(id, "/slow/a.bin?size=3MB&rate=1MB")
					return
				}
				// The state of what was let in before and is not any more.
				for s.row(id).State != Expired {
					s.until("asks or ends", func() bool { return len(s.m.Prompts()) > 0 || s.row(id).State == Expired })
					if len(s.m.Prompts()) > 0 {
						s.answer(s.asked().ID, Answer{User: "u", Password: "wrong"})
					}
				}
				s.expect(s.row(id).Status == http.StatusUnauthorized && strings.Contains(s.files(), "a.bin.haul-part"), "%+v, %s", s.row(id), s.files())
				// What there was is still there: the right password goes on from it.
				s.do(s.m.Retry([]RowID{id}))
				s.answer(s.asked().ID, Answer{User: "u", Password: "new"})
				s.running(id, had)
				s.reaches(id, Done)
				s.whole(id, "/slow/a.bin?size=3MB&rate=1MB")
			})
		})
	}
}
