package session_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"haul/internal/trace"
	"haul/session"
)

// gatedProxy is an HTTP proxy behind an NTLM gate.
type gatedProxy struct {
	*httptest.Server
	gate *ntlmGate
	// answer, if set, takes the place of the gate and all behind it.
	answer http.HandlerFunc

	mu  sync.Mutex
	log []hit
	// carried are the users of the connections that something was carried on.
	carried []string
}

func newGatedProxy(t *testing.T) *gatedProxy {
	t.Helper()
	p := &gatedProxy{gate: newNTLMGate("NTLM")}
	p.gate.proxy = true
	p.Server = httptest.NewServer(p)
	t.Cleanup(p.Close)
	return p
}

func (p *gatedProxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.log = append(p.log, hit{Method: r.Method, Remote: r.RemoteAddr, Length: r.ContentLength, Header: r.Header.Clone()})
	p.mu.Unlock()
	if p.answer != nil {
		p.answer(w, r)
		return
	}
	if !p.gate.admits(w, r) {
		return
	}
	p.gate.mu.Lock()
	user := p.gate.open[r.RemoteAddr]
	p.gate.mu.Unlock()
	p.mu.Lock()
	p.carried = append(p.carried, user+" "+r.Host)
	p.mu.Unlock()
	p.carry(w, r)
}

// carry does what the proxy is asked for.
func (p *gatedProxy) carry(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodConnect {
		tunnel(w, r.Host)
		return
	}
	out := r.Clone(r.Context())
	out.RequestURI = ""
	out.Header.Del("Proxy-Authorization")
	resp, err := http.DefaultTransport.RoundTrip(out)
	if err != nil {
		http.Error(w, "no way", http.StatusBadGateway)
		return
	}
	defer resp.Body.Close()
	for name, values := range resp.Header {
		w.Header()[name] = values
	}
	w.WriteHeader(resp.StatusCode)
	_, _ = io.Copy(w, resp.Body)
}

// tunnel connects a client with addr.
func tunnel(w http.ResponseWriter, addr string) {
	out, err := net.Dial("tcp", addr)
	if err != nil {
		http.Error(w, "no way", http.StatusBadGateway)
		return
	}
	conn, in, err := http.NewResponseController(w).Hijack()
	if err != nil {
		_ = out.Close()
		return
	}
	_, _ = io.WriteString(conn, "HTTP/1.1 200 Connection established\r\n\r\n")
	go func() {
		_, _ = io.Copy(out, in)
		_ = out.Close()
	}()
	_, _ = io.Copy(conn, out)
	_ = conn.Close()
}

// hits are the requests so far.
func (p *gatedProxy) hits() []hit {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.log)
}

// configuration is one whose requests go through the proxy to srv, on a machine
// without Kerberos.
func (p *gatedProxy) configuration(t *testing.T, srv *httptest.Server) session.Configuration {
	t.Helper()
	via, err := url.Parse(p.URL)
	if err != nil {
		t.Fatal(err)
	}
	cfg := session.DefaultConfiguration()
	none := t.TempDir() + "/none"
	cfg.Kerberos = session.Kerberos{Config: none, Cache: none, Keytab: none}
	cfg.Proxy = func(*http.Request) (*url.URL, error) { return via, nil }
	if srv != nil && srv.TLS != nil {
		cfg.RootCAs = srv.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	}
	return cfg
}

// serveHello is a server that serves the same to everybody, over TLS or not.
func serveHello(t *testing.T, secure bool, before func(http.ResponseWriter, *http.Request) bool) *httptest.Server {
	t.Helper()
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Proxy-Authorization") != "" {
			t.Error("the server was shown what is the proxy's")
		}
		if before == nil || before(w, r) {
			text(w, 200, "hello")
		}
	})
	srv := httptest.NewUnstartedServer(handler)
	if secure {
		srv.StartTLS()
	} else {
		srv.Start()
	}
	t.Cleanup(srv.Close)
	return srv
}

func TestAProxysNTLMIsSaidOverOneConnection(t *testing.T) {
	for _, secure := range []bool{false, true} {
		t.Run(fmt.Sprintf("https=%t", secure), func(t *testing.T) {
			p, srv := newGatedProxy(t), serveHello(t, secure, nil)
			rec := trace.New(t)
			rec.Answers.SessionChallenge = asAlice
			s := newSession(t, p.configuration(t, srv), rec, rec)
			trust := ""
			if secure {
				trust = "schal(ServerTrust)[use]"
			}
			rec.Expect(run(t, s, rec, request(t, "GET", srv.URL+"/a")),
				words("created schal(NTLM)[use]", trust, "response(200)[allow] data* metrics done(nil)"))
			first := p.hits()
			if len(first) != 3 || connections(first[1:]) != 1 || first[0].Remote == first[1].Remote {
				t.Errorf("the messages: %+v", first)
			}
			// Another task is let in without a question. A tunnel of the same user
			// serves it as well; a connection in the clear is of one task.
			rec.Expect(run(t, s, rec, request(t, "GET", srv.URL+"/b")), "created response(200)[allow] data* metrics done(nil)")
			more := p.hits()[len(first):]
			if secure && len(more) != 0 {
				t.Errorf("another tunnel was dialled: %+v", more)
			}
			if !secure && slices.ContainsFunc(more, func(h hit) bool { return h.Remote == first[1].Remote }) {
				t.Errorf("another task used the connection: %+v", more)
			}
		})
	}
}

func TestATunnelServesTheUserAloneThatItWasOpenedFor(t *testing.T) {
	p, srv := newGatedProxy(t), serveHello(t, true, nil)
	rec := trace.New(t)
	rec.Answers.SessionChallenge = func(_ context.Context, _ *session.Session, task session.Task, c *session.Challenge) (session.Disposition, *session.Credential) {
		if c.Trust != nil {
			return session.UseCredential, session.CredentialForTrust(c.Trust)
		}
		user := strings.TrimPrefix(task.OriginalRequest().URL.Path, "/")
		return session.UseCredential, &session.Credential{User: user, Password: "p"} // for the task alone
	}
	s := newSession(t, p.configuration(t, srv), rec, rec)
	for i, path := range []string{"/alice", "/bob", "/alice"} {
		want := "created schal(NTLM)[use] response(200)[allow] data* metrics done(nil)"
		if i == 0 {
			want = "created schal(NTLM)[use] schal(ServerTrust)[use] response(200)[allow] data* metrics done(nil)"
		}
		rec.Expect(run(t, s, rec, request(t, "GET", srv.URL+path)), want)
	}
	host := strings.TrimPrefix(srv.URL, "https://")
	p.mu.Lock()
	defer p.mu.Unlock()
	// alice's tunnel serves her again, when she has said who she is.
	if !slices.Equal(p.carried, []string{"alice " + host, "bob " + host}) {
		t.Errorf("tunnels of %q", p.carried)
	}
}

func TestAProxyAndTheServerBehindItAskByNTLM(t *testing.T) {
	server := newNTLMGate("NTLM")
	p, srv := newGatedProxy(t), serveHello(t, true, server.admits)
	rec := trace.New(t)
	var asked []string
	rec.Answers.SessionChallenge = func(_ context.Context, _ *session.Session, _ session.Task, c *session.Challenge) (session.Disposition, *session.Credential) {
		if c.Trust != nil {
			return session.UseCredential, session.CredentialForTrust(c.Trust)
		}
		asked = append(asked, fmt.Sprintf("%s://%s:%d %t %d", c.Space.Protocol, c.Space.Host, c.Space.Port, c.Space.Proxy, c.PreviousFailureCount))
		user := "bob"
		if c.Space.Proxy {
			user = "alice"
		}
		return session.UseCredential, &session.Credential{User: user, Password: "p", Persistence: session.PersistenceForSession}
	}
	s := newSession(t, p.configuration(t, srv), rec, rec)
	rec.Expect(run(t, s, rec, request(t, "GET", srv.URL+"/a")),
		"created schal(NTLM)[use] schal(ServerTrust)[use] schal(NTLM)[use] response(200)[allow] data* metrics done(nil)")
	if want := []string{p.URL + " true 0", srv.URL + " false 0"}; !slices.Equal(asked, want) {
		t.Errorf("asked %q, want %q", asked, want)
	}
}

func TestOnOneConnectionInTheClearTheProxyComesFirst(t *testing.T) {
	server := newNTLMGate("NTLM", `Basic realm="the realm"`)
	p := newGatedProxy(t)
	srv := serveHello(t, false, func(w http.ResponseWriter, r *http.Request) bool {
		if user, _, _ := r.BasicAuth(); user != "" {
			return true
		}
		w.Header().Set("Proxy-Support", "Session-Based-Authentication")
		return server.admits(w, r)
	})
	rec := trace.New(t)
	rec.Answers.SessionChallenge = asAlice
	rec.Answers.Challenge = password
	s := newSession(t, p.configuration(t, srv), rec, rec)
	rec.Expect(run(t, s, rec, request(t, "GET", srv.URL+"/a")),
		"created schal(NTLM)[use] tchal(Basic,0)[use] response(200)[allow] data* metrics done(nil)")
}

func TestARedirectGoesOnThroughAProxyWithoutAQuestion(t *testing.T) {
	p := newGatedProxy(t)
	other := serveHello(t, false, nil)
	srv := serveHello(t, false, func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path == "/r" {
			http.Redirect(w, r, other.URL+"/a", http.StatusFound)
		}
		return r.URL.Path != "/r"
	})
	rec := trace.New(t)
	rec.Answers.SessionChallenge = asAlice
	s := newSession(t, p.configuration(t, srv), rec, rec)
	rec.Expect(run(t, s, rec, request(t, "GET", srv.URL+"/r")),
		"created schal(NTLM)[use] redirect[same] response(200)[allow] data* metrics done(nil)")
}

func TestProxiesThatAskForEverAreGivenUp(t *testing.T) {
	challenge := "NTLM " + base64.StdEncoding.EncodeToString(ntlmChallenge())
	always := func(value func(*http.Request) string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Proxy-Authenticate", value(r))
			text(w, http.StatusProxyAuthRequired, "again")
		}
	}
	for name, answer := range map[string]http.HandlerFunc{
		"with a challenge": always(func(r *http.Request) string {
			if r.Header.Get("Proxy-Authorization") == "" {
				return "NTLM"
			}
			return challenge
		}),
		"without":          always(func(*http.Request) string { return "NTLM" }),
		"with no token":    always(func(*http.Request) string { return "NTLM, NTLM AAAA" }),
		"with half a word": always(func(*http.Request) string { return `NTLM, NTLM "` }),
	} {
		for _, secure := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/https=%t", name, secure), func(t *testing.T) {
				p, srv := newGatedProxy(t), serveHello(t, secure, nil)
				p.answer = answer
				rec := trace.New(t)
				questions := 0
				rec.Answers.SessionChallenge = func(ctx context.Context, s *session.Session, task session.Task, c *session.Challenge) (session.Disposition, *session.Credential) {
					if questions++; c.PreviousFailureCount != questions-1 || !c.Space.Proxy {
						t.Errorf("question %d is %+v", questions, c)
					}
					if questions == 4 {
						return session.PerformDefaultHandling, nil
					}
					return asAlice(ctx, s, task, c)
				}
				s := newSession(t, p.configuration(t, srv), rec, rec)
				task := run(t, s, rec, request(t, "GET", srv.URL+"/a"))
				switch resp := task.Response(); {
				case questions != 4:
					t.Errorf("%d questions: %s", questions, trace.Format(rec.Events(task)))
				case !secure && (resp == nil || resp.StatusCode != http.StatusProxyAuthRequired):
					t.Errorf("the response is %v", resp)
				case secure && (task.Err() == nil || !strings.Contains(task.Err().Error(), "does not take the user and the password")):
					t.Errorf("the error is %v", task.Err())
				}
			})
		}
	}
}

func TestAProxyThatClosesInTheMiddleOfAnAuthenticationIsGivenUp(t *testing.T) {
	for _, secure := range []bool{false, true} {
		t.Run(fmt.Sprintf("https=%t", secure), func(t *testing.T) {
			p, srv := newGatedProxy(t), serveHello(t, secure, nil)
			p.answer = func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Connection", "close")
				p.gate.admits(w, r)
			}
			rec := trace.New(t)
			rec.Answers.SessionChallenge = asAlice
			s := newSession(t, p.configuration(t, srv), rec, rec)
			task := run(t, s, rec, request(t, "GET", srv.URL+"/a"))
			if err := task.Err(); err == nil || !strings.Contains(err.Error(), "in the middle of an authentication that needs one connection") {
				t.Errorf("%v: %s", err, trace.Format(rec.Events(task)))
			}
		})
	}
}

func TestABodyStaysAtHomeUntilTheProxyKnowsItsUser(t *testing.T) {
	content := bytesOf(16, 100_000)
	p := newGatedProxy(t)
	var got string
	srv := serveHello(t, false, func(_ http.ResponseWriter, r *http.Request) bool {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		got = sum(body)
		return true
	})
	rec := trace.New(t)
	rec.Answers.SessionChallenge = asAlice
	rec.Answers.BodyStream = streamOf(content)
	s := newSession(t, p.configuration(t, srv), rec, rec)
	task, err := s.UploadTaskWithStreamedRequest(request(t, "PUT", srv.URL+"/u"), nil)
	if err != nil {
		t.Fatal(err)
	}
	task.Resume()
	rec.Expect(task, "created newstream sent*? schal(NTLM)[use] newstream sent* response(200)[allow] data* metrics done(nil)")
	var lengths []int64
	for _, h := range p.hits() {
		lengths = append(lengths, h.Length)
	}
	if got != sum(content) || !slices.Equal(lengths, []int64{-1, 0, -1}) {
		t.Errorf("the lengths are %d", lengths)
	}
}
