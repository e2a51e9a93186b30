package session_test

import (
	"context"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"haul/internal/testserver"
	"haul/internal/trace"
	"haul/session"
)

// realProxy is a proxy that is no work of ours.
type realProxy struct {
	name  string
	user  string // as a person types it
	asked string // the challenge, as a pattern of internal/trace; "" for none
	// known: it knows who somebody is, by the challenge or a ticket.
	known bool
	// bound: its answer opens one connection.
	bound    bool
	kerberos session.Kerberos
	squid    *testserver.Squid
	dante    *testserver.Dante
	socks    *testserver.MicroSocks
}

func (p realProxy) url() *url.URL {
	switch {
	case p.dante != nil:
		return p.dante.URL()
	case p.socks != nil:
		return p.socks.URL()
	}
	return p.squid.URL("", "")
}

// realOrigin is an nginx with files, some of them slow, and a place for uploads.
func realOrigin(t *testing.T, content []byte) *testserver.Nginx {
	t.Helper()
	return testserver.StartNginx(t, testserver.NginxConfig{
		Files: map[string][]byte{"file.bin": content, "slow/file.bin": content, "up/.keep": nil},
		Locations: []testserver.Location{
			{Prefix: "/slow/", RateLimit: 1 << 20},
			{Prefix: "/up/", Directives: "dav_methods PUT; client_max_body_size 0;"},
		},
	})
}

// eachProxy runs a test for every proxy, to an http and an https server.
func eachProxy(t *testing.T, origin *testserver.Nginx, test func(t *testing.T, p realProxy, url func(string) string, trust string)) {
	t.Helper()
	users := map[string]string{"alice": "geheim"}
	kdc := testserver.StartKDC(t, users)
	none := filepath.Join(t.TempDir(), "none")
	ticket := kdc.Ticket("alice", "geheim", time.Hour)
	squid := func(cfg testserver.SquidConfig) func(*testing.T, *realProxy) {
		return func(t *testing.T, p *realProxy) { p.squid = testserver.StartSquid(t, cfg) }
	}
	proxies := []struct {
		realProxy
		start func(*testing.T, *realProxy)
	}{
		{realProxy{name: "Basic", user: "alice", asked: "tchal(Basic,0)[use]", known: true},
			squid(testserver.SquidConfig{Users: users, Basic: true})},
		{realProxy{name: "Digest", user: "alice", asked: "tchal(Digest,0)[use]", known: true},
			squid(testserver.SquidConfig{Users: users, Basic: true, Digest: true})},
		{realProxy{name: "NTLM", user: `HAUL\alice`, asked: "schal(NTLM)[use]", known: true, bound: true},
			squid(testserver.SquidConfig{NTLM: true, Password: "geheim"})},
		{realProxy{name: "Kerberos", known: true, bound: true, kerberos: session.Kerberos{Config: kdc.Config, Cache: ticket, Keytab: none}},
			squid(testserver.SquidConfig{Negotiate: true, KDC: kdc})},
		{realProxy{name: "KerberosByPassword", user: "alice@HAUL.TEST", asked: "schal(Negotiate)[use]", known: true, bound: true,
			kerberos: session.Kerberos{Config: kdc.Config, Cache: none, Keytab: none}},
			squid(testserver.SquidConfig{Negotiate: true, KDC: kdc})},
		{realProxy{name: "Open"}, squid(testserver.SquidConfig{})},
		{realProxy{name: "SOCKS"}, func(t *testing.T, p *realProxy) { p.dante = testserver.StartDante(t) }},
		{realProxy{name: "SOCKSByPassword", user: "alice", asked: "tchal(SOCKS,0)[use]"},
			func(t *testing.T, p *realProxy) { p.socks = testserver.StartMicroSocks(t, "alice", "geheim") }},
	}
	for _, p := range proxies {
		if p.kerberos.Config == "" {
			p.kerberos = session.Kerberos{Config: none, Cache: none, Keytab: none}
		}
		t.Run(p.name, func(t *testing.T) {
			t.Parallel() // slow, and idle most of the time
			p.start(t, &p.realProxy)
			t.Run("http", func(t *testing.T) { test(t, p.realProxy, origin.URL, "") })
			t.Run("https", func(t *testing.T) { test(t, p.realProxy, origin.TLSURL, "schal(ServerTrust)[default]") })
		})
	}
}

// session is one whose requests go through the proxy.
func (p realProxy) session(t *testing.T, origin *testserver.Nginx, rec *trace.Recorder, connections int) *session.Session {
	t.Helper()
	cfg := session.DefaultConfiguration()
	cfg.RootCAs = origin.CA()
	cfg.Connections = connections
	cfg.Kerberos = p.kerberos
	cfg.Proxy = func(*http.Request) (*url.URL, error) { return p.url(), nil }
	return newSession(t, cfg, rec, rec)
}

// carried checks the proxy's own log from a line on: that it let requests of
// alice's through, where it knows users, as tunnels if the URL is https. It
// returns those that it let through.
func (p realProxy) carried(t *testing.T, since, least int, secure bool) (through []testserver.Proxied) {
	t.Helper()
	switch {
	case p.dante != nil:
		p.dante.AwaitConnections(1)
		return nil
	case p.squid == nil:
		return nil
	}
	p.squid.AwaitLog(func(all []testserver.Proxied) bool {
		through = nil
		for _, q := range all[min(since, len(all)):] {
			// 0 is a request that was given up before it had an answer.
			if q.Status != http.StatusProxyAuthRequired && q.Status != 0 {
				through = append(through, q)
			}
		}
		return len(through) >= least
	})
	user := "-"
	if p.known {
		user = "alice"
	}
	for _, q := range through {
		name := strings.TrimSuffix(strings.TrimPrefix(q.User, `HAUL\`), "@HAUL.TEST")
		if name != user || secure != (q.Method == http.MethodConnect) {
			t.Errorf("the proxy carried %+v", q)
		}
	}
	return through
}

func (p realProxy) logged() int {
	if p.squid == nil {
		return 0
	}
	return len(p.squid.AwaitLog(func([]testserver.Proxied) bool { return true }))
}

func TestRealProxiesLetADownloadThrough(t *testing.T) {
	content := bytesOf(91, 600_000)
	origin := realOrigin(t, content)
	eachProxy(t, origin, func(t *testing.T, p realProxy, url func(string) string, trust string) {
		since := p.logged()
		rec := trace.New(t)
		answering(rec, p.user, "geheim")
		s := p.session(t, origin, rec, 1)
		one := download(t, s, request(t, "GET", url("/file.bin")))
		one.Resume()
		rec.Expect(one, words("created", p.asked, trust, "wrote* finished metrics done(nil)"))
		expectBody(t, rec, one, content)
		two := download(t, s, request(t, "GET", url("/file.bin")))
		two.Resume()
		rec.Expect(two, "created wrote* finished metrics done(nil)")
		expectBody(t, rec, two, content)
		s.FinishTasksAndInvalidate()
		s.Wait() // a tunnel is logged when it is closed
		p.carried(t, since, 1, trust != "")
	})
}

func TestRealProxiesLetAPausedDownloadGoOn(t *testing.T) {
	content := bytesOf(92, 2_000_000)
	origin := realOrigin(t, content)
	eachProxy(t, origin, func(t *testing.T, p realProxy, url func(string) string, trust string) {
		since := p.logged()
		rec := trace.New(t)
		answering(rec, p.user, "geheim")
		var reached <-chan struct{}
		rec.On.Wrote, reached = after(100_000)
		s := p.session(t, origin, rec, 1)
		one := begin(t, s, rec, reached, request(t, "GET", url("/slow/file.bin")))
		data, err := rec.Pause(t.Context(), one)
		if err != nil {
			t.Fatal(err)
		}
		two := resumeFrom(t, s, data)
		two.Resume()
		rec.Expect(two, "created resumed wrote* finished metrics done(nil)")
		expectBody(t, rec, two, content)
		s.FinishTasksAndInvalidate()
		s.Wait()
		through := p.carried(t, since, 1, trust != "")
		if n := len(through); trust == "" && p.squid != nil && through[n-1].Status != http.StatusPartialContent {
			t.Errorf("the proxy carried %+v", through)
		}
	})
}

func TestRealProxiesCarryASegmentedDownload(t *testing.T) {
	content := bytesOf(93, 8<<20)
	origin := realOrigin(t, content)
	eachProxy(t, origin, func(t *testing.T, p realProxy, url func(string) string, trust string) {
		since := p.logged()
		rec := trace.New(t)
		answering(rec, p.user, "geheim")
		s := p.session(t, origin, rec, 4)
		task := download(t, s, request(t, "GET", url("/slow/file.bin")))
		task.Resume()
		rec.Wait(task)
		rec.Expect(task, words("created", p.asked, trust, "wrote* finished metrics done(nil)"))
		expectBody(t, rec, task, content)
		s.FinishTasksAndInvalidate()
		s.Wait()
		ports := make(map[string]bool)
		// What the proxy authenticates is one connection: requests in the
		// clear stay on it, and every tunnel is let through by itself.
		one := p.bound && trust == ""
		least := 2
		if one {
			least = 1
		}
		for _, q := range p.carried(t, since, least, trust != "") {
			ports[q.Port] = true
		}
		if p.squid != nil && (len(ports) == 1) != one {
			t.Errorf("the proxy had %d connections", len(ports))
		}
	})
}

func TestRealProxiesCarryAStreamedUpload(t *testing.T) {
	content := bytesOf(94, 600_000)
	origin := realOrigin(t, content)
	eachProxy(t, origin, func(t *testing.T, p realProxy, url func(string) string, trust string) {
		since := p.logged()
		rec := trace.New(t)
		answering(rec, p.user, "geheim")
		rec.Answers.BodyStream = streamOf(content)
		s := p.session(t, origin, rec, 1)
		target := "/up/" + strings.ReplaceAll(t.Name(), "/", "-")
		task, err := s.UploadTaskWithStreamedRequest(request(t, "PUT", url(target)), nil)
		if err != nil {
			t.Fatal(err)
		}
		task.Resume()
		rec.Wait(task)
		first := words("newstream", p.asked, trust) // before a tunnel is there nothing is sent
		if p.known && trust == "" {
			first = words("newstream sent*?", p.asked, "newstream") // Squid may refuse before it reads
		}
		rec.Expect(task, words("created", first, "sent* response(201)[allow] metrics done(nil)"))
		got, err := os.ReadFile(filepath.Join(origin.Root, filepath.FromSlash(target)))
		if err != nil || sum(got) != sum(content) {
			t.Errorf("%d bytes arrived: %v", len(got), err)
		}
		s.FinishTasksAndInvalidate()
		s.Wait()
		p.carried(t, since, 1, trust != "")
	})
}

func TestRealProxiesRefuseAWrongPassword(t *testing.T) {
	origin := realOrigin(t, []byte("x"))
	eachProxy(t, origin, func(t *testing.T, p realProxy, url func(string) string, trust string) {
		if p.asked == "" {
			return // it asks nobody
		}
		since := p.logged()
		rec := trace.New(t)
		var asked atomic.Int32
		answer := func(c *session.Challenge) (session.Disposition, *session.Credential) {
			if c.Trust != nil {
				return session.PerformDefaultHandling, nil
			}
			if n := int(asked.Add(1)); c.PreviousFailureCount != n-1 || !c.Space.Proxy {
				t.Errorf("question %d is %+v", n, c)
			}
			if c.PreviousFailureCount == 3 {
				return session.PerformDefaultHandling, nil
			}
			return session.UseCredential, &session.Credential{User: p.user, Password: "wrong"}
		}
		rec.Answers.Challenge = func(_ context.Context, _ session.Task, c *session.Challenge) (session.Disposition, *session.Credential) {
			return answer(c)
		}
		rec.Answers.SessionChallenge = func(_ context.Context, _ *session.Session, _ session.Task, c *session.Challenge) (session.Disposition, *session.Credential) {
			return answer(c)
		}
		s := p.session(t, origin, rec, 1)
		task := run(t, s, rec, request(t, "GET", url("/file.bin")))
		if asked.Load() != 4 {
			t.Errorf("%d questions: %s", asked.Load(), trace.Format(rec.Events(task)))
		}
		if trust == "" && p.squid != nil {
			if resp := task.Response(); resp == nil || resp.StatusCode != http.StatusProxyAuthRequired {
				t.Errorf("the response is %v", resp)
			}
		} else if err := task.Err(); err == nil || !strings.Contains(err.Error(), "does not take the user and the password") {
			t.Errorf("the error is %v", err)
		}
		if p.squid == nil {
			return
		}
		// A password that the realm refuses does not get as far as the proxy.
		least := 4
		if p.name == "KerberosByPassword" {
			least = 1
		}
		all := p.squid.AwaitLog(func(all []testserver.Proxied) bool { return len(all) >= since+least })
		for _, q := range all[since:] {
			if q.Status != http.StatusProxyAuthRequired {
				t.Errorf("the proxy let a wrong password in: %+v", q)
			}
		}
	})
}

func TestRealProxyTakesThePasswordOfItsURL(t *testing.T) {
	origin := realOrigin(t, []byte("x"))
	squid := testserver.StartSquid(t, testserver.SquidConfig{Users: map[string]string{"alice": "geheim"}, Digest: true})
	socks := testserver.StartMicroSocks(t, "alice", "geheim").URL()
	socks.User = url.UserPassword("alice", "geheim")
	for method, via := range map[string]*url.URL{"Digest": squid.URL("alice", "geheim"), "SOCKS": socks} {
		rec := trace.New(t)
		cfg := session.DefaultConfiguration()
		cfg.Proxy = func(*http.Request) (*url.URL, error) { return via, nil }
		s := newSession(t, cfg, rec, rec)
		task := run(t, s, rec, request(t, "GET", origin.URL("/file.bin")))
		rec.Expect(task, "created tchal("+method+",0)[default] response(200)[allow] data* metrics done(nil)")
	}
}

func TestAnExpiredTicketAtAProxyIsToldAndAPasswordHelps(t *testing.T) {
	origin := realOrigin(t, []byte("x"))
	kdc := testserver.StartKDC(t, map[string]string{"alice": "geheim"})
	none := filepath.Join(t.TempDir(), "none")
	p := realProxy{
		squid:    testserver.StartSquid(t, testserver.SquidConfig{Negotiate: true, KDC: kdc}),
		kerberos: session.Kerberos{Config: kdc.Config, Cache: kdc.Ticket("alice", "geheim", time.Second), Keytab: none},
	}
	for _, url := range []func(string) string{origin.URL, origin.TLSURL} {
		deadline := time.Now().Add(20 * time.Second)
		reason := ""
		for reason == "" && time.Now().Before(deadline) {
			rec := trace.New(t)
			rec.Answers.SessionChallenge = func(_ context.Context, _ *session.Session, _ session.Task, c *session.Challenge) (session.Disposition, *session.Credential) {
				if c.Trust != nil {
					return session.PerformDefaultHandling, nil
				}
				if c.Err != nil {
					reason = c.Err.Error()
				}
				if c.PreviousFailureCount > 0 || !c.Space.Proxy {
					t.Errorf("the question is %+v", c)
				}
				return session.UseCredential, &session.Credential{User: "alice", Password: "geheim"}
			}
			// Until it has expired the ticket does. A new session has no tunnel.
			s := p.session(t, origin, rec, 1)
			task := run(t, s, rec, request(t, "GET", url("/file.bin")))
			if resp := task.Response(); resp == nil || resp.StatusCode != 200 {
				t.Fatalf("the response is %v: %s", resp, trace.Format(rec.Events(task)))
			}
			s.FinishTasksAndInvalidate()
			s.Wait()
		}
		if !strings.Contains(reason, "the ticket of alice@HAUL.TEST expired at ") {
			t.Errorf("the reason is %q", reason)
		}
	}
}
