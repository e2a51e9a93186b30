package session

import (
	"bufio"
	"errors"
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
)

// trusting is a delegate for which servers are beside the point.
func trusting(rec *recorder) Delegate {
	return sessionRecorder{rec, func(*Challenge) (Disposition, *Credential) { return PerformDefaultHandling, nil }}
}

// passwordTrace is the trace without the questions about servers.
func passwordTrace(rec *recorder) string {
	return strings.ReplaceAll(rec.trace(), "schal(ServerTrust) ", "")
}

// askingProxy is an HTTP proxy that wants u and p, in one of the given schemes.
// It writes down what it was asked for, and by whom.
type askingProxy struct {
	passwordServer
	url *url.URL
	// reply, if set, is written in the place of an answer to CONNECT.
	reply func(io.Writer)

	mu  sync.Mutex
	log []string
}

func newAskingProxy(t *testing.T, challenges ...string) *askingProxy {
	t.Helper()
	p := &askingProxy{passwordServer: passwordServer{challenges: challenges}}
	srv := serve(t, p.ServeHTTP)
	p.use(t, srv)
	return p
}

func (p *askingProxy) use(t *testing.T, srv *httptest.Server) {
	t.Helper()
	var err error
	if p.url, err = url.Parse(srv.URL); err != nil {
		t.Fatal(err)
	}
}

func (p *askingProxy) pick(*http.Request) (*url.URL, error) { return p.url, nil }

func (p *askingProxy) requests() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Join(p.log, " ")
}

func (p *askingProxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	scheme, _, _ := strings.Cut(r.Header.Get("Proxy-Authorization"), " ")
	p.log = append(p.log, r.Method+"("+scheme+")")
	if r.Method == http.MethodConnect && p.reply != nil {
		p.hijack(w, func(c net.Conn, _ *bufio.ReadWriter) { p.reply(c) })
		return
	}
	if len(p.challenges) > 0 && !p.letsIn(r) {
		_, _ = io.Copy(io.Discard, r.Body)
		for _, c := range p.challenges {
			w.Header().Add("Proxy-Authenticate", c)
		}
		http.Error(w, "the proxy wants to know you", http.StatusProxyAuthRequired)
		return
	}
	if r.Method == http.MethodConnect {
		p.tunnel(w, r)
		return
	}
	out := r.Clone(r.Context())
	out.Header.Del("Proxy-Authorization")
	out.RequestURI = ""
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

// letsIn tells whether the proxy's own credential is right: the server's check,
// with the field in the place where that looks.
func (p *askingProxy) letsIn(r *http.Request) bool {
	check := &http.Request{
		Method: r.Method, URL: &url.URL{Opaque: r.RequestURI}, Body: http.NoBody,
		Header: http.Header{"Authorization": r.Header["Proxy-Authorization"]},
	}
	w := httptest.NewRecorder()
	p.passwordServer.ServeHTTP(w, check)
	return w.Code == http.StatusOK
}

func (p *askingProxy) hijack(w http.ResponseWriter, serve func(net.Conn, *bufio.ReadWriter)) {
	conn, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	go func() {
		defer conn.Close()
		serve(conn, buffered)
	}()
}

func (p *askingProxy) tunnel(w http.ResponseWriter, r *http.Request) {
	out, err := net.Dial("tcp", r.Host)
	if err != nil {
		http.Error(w, "no way", http.StatusBadGateway)
		return
	}
	p.hijack(w, func(conn net.Conn, in *bufio.ReadWriter) {
		defer out.Close()
		_, _ = io.WriteString(conn, "HTTP/1.1 200 Connection established\r\n\r\n")
		done := make(chan struct{})
		go func() {
			defer close(done)
			_, _ = io.Copy(out, in)
			_ = out.Close()
		}()
		_, _ = io.Copy(conn, out)
		_ = conn.Close()
		<-done
	})
}

const digestMD5Challenge = `Digest realm="px", nonce="n1", qop="auth", algorithm=MD5`

func TestProxyChallenges(t *testing.T) {
	wrong := func(_ Task, c *Challenge) (Disposition, *Credential) {
		if c.PreviousFailureCount == 3 {
			return PerformDefaultHandling, nil
		}
		return UseCredential, &Credential{User: "u", Password: "wrong"}
	}
	tests := []struct {
		name       string
		challenges []string
		userinfo   *url.Userinfo
		answer     func(Task, *Challenge) (Disposition, *Credential)
		plain      string // trace of an http URL
		tunnel     string // and of an https URL
		requests   string // to the proxy, with GET for what is CONNECT in a tunnel
	}{
		{name: "Basic", challenges: []string{`Basic realm="px"`}, answer: good,
			plain: "tchal(Basic,0) response(200) data metrics done", requests: "GET() GET(Basic)"},
		{name: "Digest", challenges: []string{digestMD5Challenge}, answer: good,
			plain: "tchal(Digest,0) response(200) data metrics done", requests: "GET() GET(Digest)"},
		{name: "the strongest is first", challenges: []string{`Basic realm="px"`, "Bearer", digestMD5Challenge}, answer: good,
			plain: "tchal(Digest,0) response(200) data metrics done", requests: "GET() GET(Digest)"},
		{name: "the URL's credential is proposed", challenges: []string{`Basic realm="px"`}, userinfo: url.UserPassword("u", "p"),
			plain: "tchal(Basic,0) response(200) data metrics done", requests: "GET() GET(Basic)"},
		{name: "the URL's wrong one is counted", challenges: []string{`Basic realm="px"`}, userinfo: url.UserPassword("u", "x"),
			plain: "tchal(Basic,0) tchal(Basic,1) response(407) data metrics done", tunnel: "tchal(Basic,0) tchal(Basic,1) metrics done(-1013)",
			requests: "GET() GET(Basic)"},
		{name: "three wrong ones", challenges: []string{`Basic realm="px"`}, answer: wrong,
			plain:    "tchal(Basic,0) tchal(Basic,1) tchal(Basic,2) tchal(Basic,3) response(407) data metrics done",
			tunnel:   "tchal(Basic,0) tchal(Basic,1) tchal(Basic,2) tchal(Basic,3) metrics done(-1013)",
			requests: "GET() GET(Basic) GET(Basic) GET(Basic)"},
		{name: "methods that are not known", challenges: []string{"Kerberos", "OAuth"}, answer: good,
			plain: "response(407) data metrics done", tunnel: "metrics done(-1013)", requests: "GET()"},
		{name: "1000 challenges", challenges: slices.Repeat([]string{`Fancy realm="x"`}, 1000), answer: good,
			plain: "response(407) data metrics done", tunnel: "metrics done(-1013)", requests: "GET()"},
	}
	for _, tt := range tests {
		for _, secure := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/https=%t", tt.name, secure), func(t *testing.T) {
				p := newAskingProxy(t, tt.challenges...)
				p.url.User = tt.userinfo
				srv, want, requests := serve(t, noProxyField(t)), tt.plain, tt.requests
				if secure {
					srv = serveTLS(t, noProxyField(t))
					requests = strings.ReplaceAll(requests, "GET", "CONNECT")
					if tt.tunnel != "" {
						want = tt.tunnel
					}
				}
				rec := newRecorder()
				rec.onChallenge = func(task Task, c *Challenge) (Disposition, *Credential) {
					if !c.Space.Proxy || c.Space.ProxyType() != "http" || c.Space.Realm != "px" ||
						fmt.Sprintf("%s:%d", c.Space.Host, c.Space.Port) != p.url.Host || c.FailureResponse.StatusCode != 407 {
						t.Errorf("the challenge is %+v", c)
					}
					if tt.answer == nil {
						return PerformDefaultHandling, nil
					}
					return tt.answer(task, c)
				}
				s := open(t, trusting(rec), func(c *Configuration) {
					c.Proxy = p.pick
					if secure {
						c.RootCAs = roots(srv)
					}
				})
				task := run(t, s, rec, srv.URL+"/x")
				if got := passwordTrace(rec); got != want {
					t.Errorf("got  %s\nwant %s", got, want)
				}
				if got := p.requests(); got != requests {
					t.Errorf("the proxy saw %s, want %s", got, requests)
				}
				if err := rec.errs[task.ID()]; err != nil && !strings.Contains(err.Error(), "the proxy "+p.url.Host) {
					t.Errorf("the error does not name the proxy: %v", err)
				}
			})
		}
	}
}

// noProxyField answers, and fails the test when the proxy's credential comes to
// the server.
func noProxyField(t *testing.T) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if _, ok := r.Header["Proxy-Authorization"]; ok {
			t.Error("the server was shown the proxy's credential")
		}
		hello(w, r)
	}
}

func TestProxyAndServerAskForTheirOwn(t *testing.T) {
	for _, secure := range []bool{false, true} {
		p := newAskingProxy(t, `Basic realm="r"`)
		handler := func(w http.ResponseWriter, r *http.Request) {
			user, password, _ := r.BasicAuth()
			switch {
			case r.Header.Get("Proxy-Authorization") != "", user == "u":
				t.Error("the server was shown the proxy's credential")
			case user != "origin" || password != "secret":
				w.Header().Set("WWW-Authenticate", `Basic realm="r"`)
				// Asking in the proxy's name leads nowhere.
				w.Header().Set("Proxy-Authenticate", `Basic realm="r"`)
				http.Error(w, "who?", http.StatusUnauthorized)
			default:
				hello(w, r)
			}
		}
		srv := serve(t, handler)
		if secure {
			srv = serveTLS(t, handler)
		}
		rec := newRecorder()
		rec.onChallenge = func(_ Task, c *Challenge) (Disposition, *Credential) {
			cred := &Credential{User: "origin", Password: "secret", Persistence: PersistenceForSession}
			if c.Space.Proxy {
				cred = &Credential{User: "u", Password: "p", Persistence: PersistenceForSession}
			}
			if c.PreviousFailureCount > 0 {
				t.Errorf("a failure in %+v", c.Space)
			}
			return UseCredential, cred
		}
		s := open(t, trusting(rec), func(c *Configuration) {
			c.Proxy = p.pick
			if secure {
				c.RootCAs = roots(srv)
			}
		})
		const once = "response(200) data metrics done"
		run(t, s, rec, srv.URL+"/x")
		run(t, s, rec, srv.URL+"/y")
		if got, want := passwordTrace(rec), "tchal(Basic,0) tchal(Basic,0) "+once+" "+once; got != want {
			t.Errorf("https %t: got  %s\nwant %s", secure, got, want)
		}
		for _, hit := range p.hits {
			if strings.Contains(hit, "origin") {
				t.Errorf("the proxy saw %v", p.hits)
			}
		}
	}
}

func TestTheServersAnswerInATunnelIsNotTheProxys(t *testing.T) {
	p := newAskingProxy(t)
	srv := serveTLS(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Proxy-Authenticate", `Basic realm="give me"`)
		http.Error(w, "no", http.StatusProxyAuthRequired)
	})
	rec := newRecorder()
	rec.onChallenge = good
	s := open(t, trusting(rec), func(c *Configuration) { c.Proxy, c.RootCAs = p.pick, roots(srv) })
	run(t, s, rec, srv.URL)
	if got, want := passwordTrace(rec), "response(407) data metrics done"; got != want {
		t.Errorf("got %s", got)
	}
}

func TestStreamedUploadThroughAProxyThatAsks(t *testing.T) {
	for _, secure := range []bool{false, true} {
		p := newAskingProxy(t, digestMD5Challenge)
		var got []string
		handler := func(_ http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			got = append(got, string(body))
			if err != nil {
				t.Error(err)
			}
		}
		srv, want := serve(t, handler), "newstream sent tchal(Digest,0) newstream sent response(200) metrics done"
		if secure {
			// The first one stays at home: no tunnel, no body.
			srv, want = serveTLS(t, handler), "newstream tchal(Digest,0) sent response(200) metrics done"
		}
		rec := newRecorder()
		rec.onChallenge = good
		rec.onBody = func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("stream")), nil }
		s := open(t, trusting(rec), func(c *Configuration) {
			c.Proxy = p.pick
			if secure {
				c.RootCAs = roots(srv)
			}
		})
		r := get(t, srv.URL)
		r.Method = http.MethodPost
		task, err := s.UploadTaskWithStreamedRequest(r, nil)
		if err != nil {
			t.Fatal(err)
		}
		task.Resume()
		await(t, rec.done)
		if passwordTrace(rec) != want || !slices.Equal(got, []string{"stream"}) {
			t.Errorf("https %t: got  %s\nwant %s\nserver got %q", secure, passwordTrace(rec), want, got)
		}
	}
}

func TestTrustInAnHTTPSProxyNamesTheProxy(t *testing.T) {
	p := &askingProxy{passwordServer: passwordServer{challenges: []string{`Basic realm="px"`}}}
	p.use(t, serveTLS(t, p.ServeHTTP))
	origin := serveTLS(t, noProxyField(t))
	rec := newRecorder()
	rec.onChallenge = good
	var asked []string
	d := sessionRecorder{rec, func(c *Challenge) (Disposition, *Credential) {
		asked = append(asked, fmt.Sprint(c.Trust.Addr, " ", c.Trust.Proxy, c.Space.Proxy, " ", c.Space.ProxyType()))
		return UseCredential, CredentialForTrust(c.Trust)
	}}
	s := open(t, d, func(c *Configuration) { c.Proxy = p.pick })
	for _, u := range []string{origin.URL, serve(t, noProxyField(t)).URL} {
		task := run(t, s, rec, u)
		if err := rec.errs[task.ID()]; err != nil || task.Response().StatusCode != 200 {
			t.Errorf("%v, %v", task.Response(), err)
		}
	}
	want := []string{p.url.Host + " true true https", strings.TrimPrefix(origin.URL, "https://") + " false false "}
	if !slices.Equal(asked, want) {
		t.Errorf("asked about %q, want %q", asked, want)
	}
}

func TestProxiesThatMisbehave(t *testing.T) {
	write := func(s string) func(io.Writer) { return func(w io.Writer) { _, _ = io.WriteString(w, s) } }
	endless := func(head, piece string) func(io.Writer) {
		return func(w io.Writer) {
			_, err := io.WriteString(w, head)
			for n := 0; err == nil && n < 1<<30; n += len(piece) {
				_, err = io.WriteString(w, piece)
			}
		}
	}
	block := strings.Repeat("x", 1<<16)
	tests := []struct {
		name  string
		reply func(io.Writer)
		code  Code
		says  string
	}{
		{"closes", write(""), CannotConnectToHost, "the proxy"},
		{"closes in the middle", write("HTTP/1.1 200 Conn"), CannotConnectToHost, "the proxy"},
		{"a body of 1 GiB", endless("HTTP/1.1 503 No\r\nContent-Length: 1073741824\r\n\r\n", block), CannotConnectToHost, "could not reach the server"},
		{"a field without end", endless("HTTP/1.1 200 OK\r\nX: ", block), CannotConnectToHost, "the proxy"},
		{"fields without end", endless("HTTP/1.1 200 OK\r\n", "X: "+block[:1000]+"\r\n"), CannotConnectToHost, "the proxy"},
		{"502", write("HTTP/1.1 502 \x1b]0;\r\n\r\n"), CannotConnectToHost, "could not reach the server: 502"},
		{"504", write("HTTP/1.1 504 No\r\n\r\n"), CannotConnectToHost, "got no answer from the server: 504"},
		{"403", write("HTTP/1.1 403 No\r\n\r\n"), CannotConnectToHost, "does not allow connections to that server"},
		{"407 without a challenge", write("HTTP/1.1 407 No\r\n\r\n"), UserAuthenticationRequired, "none that can be read"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := newAskingProxy(t)
			p.reply = tt.reply
			rec := newRecorder()
			s := open(t, rec, func(c *Configuration) { c.Proxy = p.pick })
			err := rec.errs[run(t, s, rec, "https://h.test/").ID()]
			if codeOf(err) != tt.code || !strings.Contains(err.Error(), tt.says) || strings.Contains(err.Error(), "\x1b") {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestUnreachableProxyIsNotTheServersFault(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := ln.Addr().String()
	if err := ln.Close(); err != nil {
		t.Fatal(err)
	}
	for _, scheme := range []string{"http", "https", "socks5"} {
		for _, target := range []string{"http://h.test/", "https://h.test/"} {
			rec := newRecorder()
			s := open(t, rec, func(c *Configuration) {
				c.Proxy = func(*http.Request) (*url.URL, error) {
					return &url.URL{Scheme: scheme, Host: addr, User: url.UserPassword("u", "hush")}, nil
				}
			})
			err := rec.errs[run(t, s, rec, target).ID()]
			if !errors.Is(err, CannotConnectToHost) || !strings.Contains(err.Error(), "the proxy "+addr+" cannot be reached") ||
				strings.Contains(err.Error(), "hush") {
				t.Errorf("%s by %s: %v", target, scheme, err)
			}
		}
	}
}
