package session_test

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"haul/internal/trace"
	"haul/session"
)

// ntlmGate is the server's side of NTLM as far as its order goes: who is let in
// is decided by the user's name, and holds for the connection. The real servers
// check the proof.
type ntlmGate struct {
	offers []string
	proxy  bool // it is the gate of a proxy
	// drop ends a connection under the n-th message that comes, from 1 on.
	drop int

	mu       sync.Mutex
	messages int
	begun    map[string]bool   // connections with a challenge
	open     map[string]string // users by connection
}

func newNTLMGate(offers ...string) *ntlmGate {
	return &ntlmGate{offers: offers, begun: make(map[string]bool), open: make(map[string]string)}
}

// ntlmChallenge is a challenge without a time stamp.
func ntlmChallenge() []byte {
	b := make([]byte, 52)
	copy(b, "NTLMSSP\x00\x02")
	binary.LittleEndian.PutUint32(b[20:], 1|1<<9|1<<19|1<<23)
	binary.LittleEndian.PutUint16(b[40:], 4)
	binary.LittleEndian.PutUint16(b[42:], 4)
	binary.LittleEndian.PutUint32(b[44:], 48)
	return b
}

// admits lets a request in, or answers it.
func (g *ntlmGate) admits(w http.ResponseWriter, r *http.Request) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	refuse := func(values ...string) bool {
		challenge, status := "WWW-Authenticate", http.StatusUnauthorized
		if g.proxy {
			challenge, status = "Proxy-Authenticate", http.StatusProxyAuthRequired
		}
		for _, v := range values {
			w.Header().Add(challenge, v)
		}
		text(w, status, "who are you?")
		return false
	}
	field := "Authorization"
	if g.proxy {
		field = "Proxy-Authorization"
	}
	scheme, token, _ := strings.Cut(r.Header.Get(field), " ")
	message, err := base64.StdEncoding.DecodeString(token)
	if err != nil || len(message) < 12 {
		if g.open[r.RemoteAddr] != "" {
			return true
		}
		return refuse(g.offers...)
	}
	if g.messages++; g.messages == g.drop {
		panic(http.ErrAbortHandler)
	}
	switch message[8] {
	case 1:
		g.begun[r.RemoteAddr] = true
		return refuse(scheme + " " + base64.StdEncoding.EncodeToString(ntlmChallenge()))
	case 3:
		if !g.begun[r.RemoteAddr] {
			return refuse(g.offers...)
		}
		at := binary.LittleEndian.Uint32(message[40:])
		user := strings.ReplaceAll(string(message[at:at+uint32(binary.LittleEndian.Uint16(message[36:]))]), "\x00", "")
		if user != "alice" && user != "bob" {
			return refuse(g.offers...)
		}
		g.open[r.RemoteAddr] = user
		return true
	}
	return refuse(g.offers...)
}

// asAlice answers session-level challenges for NTLM.
func asAlice(_ context.Context, _ *session.Session, _ session.Task, c *session.Challenge) (session.Disposition, *session.Credential) {
	if c.Trust != nil {
		return session.UseCredential, session.CredentialForTrust(c.Trust)
	}
	return session.UseCredential, &session.Credential{User: `D\alice`, Password: "p", Persistence: session.PersistenceForSession}
}

// connections are the different connections of a log.
func connections(hits []hit) int {
	seen := make(map[string]bool)
	for _, h := range hits {
		seen[h.Remote] = true
	}
	return len(seen)
}

// withRealm makes Kerberos usable, with a realm that nobody reaches.
func withRealm(t *testing.T, cfg *session.Configuration) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "krb5.conf")
	if err := os.WriteFile(path, []byte("[libdefaults]\n\tdefault_realm = A.TEST\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	none := filepath.Join(t.TempDir(), "none")
	cfg.Kerberos = session.Kerberos{Config: path, Cache: none, Keytab: none}
}

func TestGolden14_NegotiateIsRejectedAndNTLMUsed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gate := newNTLMGate("Negotiate", "NTLM", `Basic realm="the realm"`)
		st := newStage(t, func(w http.ResponseWriter, r *http.Request) {
			if gate.admits(w, r) {
				text(w, 200, "come in")
			}
		})
		rec := trace.New(t)
		rec.Answers.SessionChallenge = func(ctx context.Context, s *session.Session, task session.Task, c *session.Challenge) (session.Disposition, *session.Credential) {
			if c.Space.Method == session.MethodNegotiate {
				return session.RejectProtectionSpace, nil
			}
			return asAlice(ctx, s, task, c)
		}
		cfg := st.configuration()
		withRealm(t, &cfg)
		s := newSession(t, cfg, rec, rec)
		task := run(t, s, rec, request(t, "GET", "/a"))
		rec.Expect(task, "created schal(Negotiate)[reject] schal(NTLM)[use] response(200)[allow] data* metrics done(nil)")
		expectBody(t, rec, task, []byte("come in"))
		hits := st.log()
		if len(hits) != 3 || connections(hits[1:]) != 1 || hits[0].Remote == hits[1].Remote {
			t.Errorf("the messages went over %d connections: %+v", connections(hits), hits)
		}
	})
}

func TestWithoutKerberosNegotiateIsNotAskedForBesideOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Add("WWW-Authenticate", "Negotiate")
			if authorized(w, r) {
				text(w, 200, "come in")
			}
		})
		rec := trace.New(t)
		rec.Answers.Challenge = password
		cfg := st.configuration()
		none := filepath.Join(t.TempDir(), "none")
		cfg.Kerberos = session.Kerberos{Config: none, Cache: none, Keytab: none}
		s := newSession(t, cfg, rec, rec)
		task := run(t, s, rec, request(t, "GET", "/a"))
		rec.Expect(task, "created tchal(Basic,0)[use] response(200)[allow] data* metrics done(nil)")
	})
}

func TestAnAuthenticatedConnectionIsForItsTaskAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gate := newNTLMGate("NTLM")
		st := newStage(t, func(w http.ResponseWriter, r *http.Request) {
			switch {
			case r.URL.Path == "/open":
				text(w, 200, "open")
			case !gate.admits(w, r):
			case r.URL.Path == "/r":
				http.Redirect(w, r, "/a", http.StatusFound)
			case r.URL.Path == "/away":
				http.Redirect(w, r, "http://"+hostB+"/a", http.StatusFound)
			default:
				text(w, 200, "come in")
			}
		})
		rec := trace.New(t)
		rec.Answers.SessionChallenge = asAlice
		s := st.session(rec, rec)
		// A redirect to the same origin stays on the connection.
		one := run(t, s, rec, request(t, "GET", "/r"))
		rec.Expect(one, "created schal(NTLM)[use] redirect(302,/a)[same] response(200)[allow] data* metrics done(nil)")
		if hits := st.log(); len(hits) != 4 || connections(hits[1:]) != 1 || hits[3].Header.Get("Authorization") != "" {
			t.Errorf("the redirect went another way: %+v", hits)
		}
		// What needs no user does not use it, and another task has its own,
		// without a question.
		before := len(st.log())
		rec.Expect(run(t, s, rec, request(t, "GET", "/open")), "created response(200)[allow] data* metrics done(nil)")
		rec.Expect(run(t, s, rec, request(t, "GET", "/a")), "created response(200)[allow] data* metrics done(nil)")
		authenticated := st.log()[1].Remote
		for _, h := range st.log()[before:] {
			if h.Remote == authenticated {
				t.Errorf("another task used the connection: %+v", h)
			}
		}
		// Another origin is asked afresh, on another connection.
		three := run(t, s, rec, request(t, "GET", "/away"))
		rec.Expect(three, "created redirect(302,http://b.test/a)[same] schal(NTLM)[use] response(200)[allow] data* metrics done(nil)")
	})
}

func TestABodyStaysAtHomeUntilTheLastMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		content := bytesOf(15, 100_000)
		gate := newNTLMGate("NTLM")
		st := newStage(t, receive(t, func(w http.ResponseWriter, r *http.Request) {
			if gate.admits(w, r) {
				text(w, 200, "thanks")
			}
		}))
		rec := trace.New(t)
		rec.Answers.SessionChallenge = asAlice
		rec.Answers.BodyStream = streamOf(content)
		s := st.session(rec, rec)
		task, err := s.UploadTaskWithStreamedRequest(request(t, "POST", "/u"), nil)
		if err != nil {
			t.Fatal(err)
		}
		task.Resume()
		rec.Expect(task, "created newstream sent* schal(NTLM)[use] newstream sent* response(200)[allow] data* metrics done(nil)")
		var lengths []int64
		for _, h := range st.log() {
			lengths = append(lengths, h.Length)
		}
		if !slices.Equal(lengths, []int64{-1, 0, -1}) {
			t.Errorf("the lengths are %d", lengths)
		}
		if last := st.log()[2]; sum(last.Body) != sum(content) {
			t.Errorf("%d bytes arrived", len(last.Body))
		}
	})
}

func TestAConnectionThatIsRefusedLaterIsAskedForAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		content := bytesOf(4, million)
		gate := newNTLMGate("NTLM")
		var forgot bool
		st := newStage(t, func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Range") != "" && !forgot {
				// It had accepted, and wants to know again in the middle.
				gate.mu.Lock()
				clear(gate.open)
				gate.mu.Unlock()
				forgot = true
			}
			if gate.admits(w, r) {
				serveSlowly(w, r, `"e1"`, content)
			}
		})
		rec := trace.New(t)
		rec.Answers.SessionChallenge = asAlice
		var reached <-chan struct{}
		rec.On.Wrote, reached = after(300_000)
		s := st.session(rec, rec)
		one := begin(t, s, rec, reached, request(t, "GET", "/f"))
		data, err := rec.Pause(t.Context(), one)
		if err != nil {
			t.Fatal(err)
		}
		two := resumeFrom(t, s, data)
		two.Resume()
		rec.Expect(two, "created resumed wrote* finished metrics done(nil)")
		expectBody(t, rec, two, content)
	})
}

func TestPinnedConnectionsAreCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gate := newNTLMGate("NTLM")
		var mu sync.Mutex
		busy, most := 0, 0
		release := make(chan struct{})
		st := newStage(t, func(w http.ResponseWriter, r *http.Request) {
			if !gate.admits(w, r) {
				return
			}
			mu.Lock()
			busy++
			most = max(most, busy)
			mu.Unlock()
			<-release
			mu.Lock()
			busy--
			mu.Unlock()
			text(w, 200, "come in")
		})
		rec := trace.New(t)
		rec.Answers.SessionChallenge = asAlice
		cfg := st.configuration()
		cfg.MaxConnectionsPerHost = 2
		s := newSession(t, cfg, rec, rec)
		var tasks []*session.DataTask
		for range 5 {
			task, err := s.DataTask(request(t, "GET", "/a"), nil)
			if err != nil {
				t.Fatal(err)
			}
			task.Resume()
			tasks = append(tasks, task)
		}
		for range 5 {
			synctest.Wait()
			release <- struct{}{}
		}
		for _, task := range tasks {
			rec.Wait(task)
			if resp := task.Response(); resp == nil || resp.StatusCode != 200 {
				t.Errorf("the response is %v", resp)
			}
		}
		if most != 2 {
			t.Errorf("%d at once, want 2", most)
		}
	})
}

func TestThroughAProxyAConnectionIsBoundOnlyIfTheProxySaysSo(t *testing.T) {
	for _, supports := range []bool{false, true} {
		t.Run(fmt.Sprint(supports), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				gate := newNTLMGate("NTLM", `Basic realm="the realm"`)
				// The stage is the proxy, which answers in the server's place.
				st := newStage(t, func(w http.ResponseWriter, r *http.Request) {
					if supports {
						w.Header().Set("Proxy-Support", "Session-Based-Authentication")
					}
					if _, _, basic := r.BasicAuth(); basic || gate.admits(w, r) {
						text(w, 200, "come in")
					}
				})
				rec := trace.New(t)
				rec.Answers.SessionChallenge, rec.Answers.Challenge = asAlice, password
				cfg := st.configuration()
				cfg.Proxy = func(*http.Request) (*url.URL, error) { return url.Parse("http://" + hostB) }
				s := newSession(t, cfg, rec, rec)
				task := run(t, s, rec, request(t, "GET", "http://server.test/a"))
				want := "tchal(Basic,0)[use]"
				if supports {
					want = "schal(NTLM)[use]"
				}
				rec.Expect(task, "created "+want+" response(200)[allow] data* metrics done(nil)")
				if hits := st.log(); supports && connections(hits[1:]) != 1 {
					t.Errorf("the messages went over %d connections", connections(hits[1:]))
				}
			})
		})
	}
}

func TestATaskThatEndsInTheMiddleGivesItsPlaceBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gate := newNTLMGate("NTLM")
		hang := make(chan struct{})
		first := true
		st := newStage(t, func(w http.ResponseWriter, r *http.Request) {
			gate.mu.Lock()
			wait := first && r.Header.Get("Authorization") != ""
			first = first && !wait
			gate.mu.Unlock()
			if wait {
				select {
				case <-hang:
				case <-r.Context().Done():
				}
			}
			if gate.admits(w, r) {
				text(w, 200, "come in")
			}
		})
		rec := trace.New(t)
		rec.Answers.SessionChallenge = asAlice
		cfg := st.configuration()
		cfg.MaxConnectionsPerHost = 1
		s := newSession(t, cfg, rec, rec)
		one, err := s.DataTask(request(t, "GET", "/a"), nil)
		if err != nil {
			t.Fatal(err)
		}
		one.Resume()
		synctest.Wait() // in the middle of the first message
		one.Cancel()
		rec.Wait(one)
		two := run(t, s, rec, request(t, "GET", "/a"))
		rec.Expect(two, "created schal(NTLM)[use] response(200)[allow] data* metrics done(nil)")
		close(hang)
	})
}
