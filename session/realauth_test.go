package session_test

import (
	"context"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"haul/internal/testserver"
	"haul/internal/trace"
	"haul/session"
)

// realMethod is a way to be let in by an Apache httpd.
type realMethod struct {
	path  string // of what it protects
	user  string // as a person types it
	asked string // the challenge, as a pattern of internal/trace; "" for none
	trust string // the same of the server's certificate
	// bound: one connection, and one user on it.
	bound bool
	// ticket: a Kerberos ticket is at hand.
	ticket bool
}

var realMethods = map[string]realMethod{
	"Basic":                  {path: "/basic/", user: "alice", asked: "tchal(Basic,0)[use]"},
	"Digest":                 {path: "/digest/", user: "alice", asked: "tchal(Digest,0)[use]"},
	"Kerberos":               {path: "/krb/", bound: true, ticket: true},
	"KerberosByPassword":     {path: "/krb/", user: "alice@HAUL.TEST", asked: "schal(Negotiate)[use]", bound: true},
	"NTLM":                   {path: "/ntlm/", user: `HAUL\alice`, asked: "schal(NTLM)[use]", bound: true},
	"NTLMInsideNegotiate":    {path: "/either/", user: `HAUL\alice`, asked: "schal(Negotiate)[use]", bound: true},
	"KerberosBeforeNTLM":     {path: "/either/", bound: true, ticket: true},
	"KerberosPasswordEither": {path: "/either/", user: "alice", asked: "schal(Negotiate)[use]", bound: true},
}

// realServers are an Apache httpd and a Kerberos realm, for tests that only
// read what is there.
type realServers struct {
	*testserver.Apache
	kdc     *testserver.KDC
	ticket  string
	content []byte
}

func startRealServers(t *testing.T, rate int) *realServers {
	t.Helper()
	r := &realServers{content: bytesOf(77, 600_000)}
	r.kdc = testserver.StartKDC(t, map[string]string{"alice": "geheim"})
	files := make(map[string][]byte)
	for _, m := range realMethods {
		files[m.path+"file.bin"] = r.content
	}
	r.Apache = testserver.StartApache(t, testserver.ApacheConfig{
		Files: files, Users: map[string]string{"alice": "geheim"}, KDC: r.kdc, Rate: rate,
		Protected: map[string]testserver.Protection{
			"/basic/": testserver.ProtectBasic, "/digest/": testserver.ProtectDigest, "/krb/": testserver.ProtectKerberos,
			"/ntlm/": testserver.ProtectNTLM, "/either/": testserver.ProtectEither,
		},
	})
	r.ticket = r.kdc.Ticket("alice", "geheim", time.Hour)
	return r
}

// session is one for a method. NTLM is a matter of a machine without Kerberos,
// unless a realm is wanted.
func (r *realServers) session(t *testing.T, m realMethod, rec *trace.Recorder) *session.Session {
	t.Helper()
	cfg := session.DefaultConfiguration()
	cfg.RootCAs = r.CA()
	none := filepath.Join(t.TempDir(), "none")
	cfg.Kerberos = session.Kerberos{Config: r.kdc.Config, Cache: none, Keytab: none}
	switch {
	case m.ticket:
		cfg.Kerberos.Cache = r.ticket
	case m.path == "/ntlm/":
		cfg.Kerberos.Config = none
	}
	return newSession(t, cfg, rec, rec)
}

// answering answers challenges with a user and a password, as long as they are
// not refused.
func answering(rec *trace.Recorder, user, password string) {
	answer := func(c *session.Challenge) (session.Disposition, *session.Credential) {
		if c.Trust != nil || c.PreviousFailureCount > 0 {
			return session.PerformDefaultHandling, nil
		}
		return session.UseCredential, &session.Credential{User: user, Password: password, Persistence: session.PersistenceForSession}
	}
	rec.Answers.Challenge = func(_ context.Context, _ session.Task, c *session.Challenge) (session.Disposition, *session.Credential) {
		return answer(c)
	}
	rec.Answers.SessionChallenge = func(_ context.Context, _ *session.Session, _ session.Task, c *session.Challenge) (session.Disposition, *session.Credential) {
		return answer(c)
	}
}

// eachMethod runs a test for every method, over http and https.
func eachMethod(t *testing.T, rate int, test func(t *testing.T, r *realServers, m realMethod, url func(string) string)) {
	t.Helper()
	r := startRealServers(t, rate)
	for _, name := range slices.Sorted(maps.Keys(realMethods)) {
		t.Run(name, func(t *testing.T) {
			t.Run("http", func(t *testing.T) { test(t, r, realMethods[name], r.URL) })
			t.Run("https", func(t *testing.T) {
				m := realMethods[name]
				m.trust = "schal(ServerTrust)[default]"
				test(t, r, m, r.TLSURL)
			})
		})
	}
}

// words joins the parts of a pattern that are there.
func words(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(p string) bool { return p == "" }), " ")
}

// oneUserPerConnection checks what was logged since a test began: count
// requests were let in, all of alice's, each over a connection of its own where
// the method is bound to it, and none of them over a connection that had been
// somebody else's.
func (r *realServers) oneUserPerConnection(t *testing.T, since int, m realMethod, count int) {
	t.Helper()
	letIn := func(log []testserver.Request) map[string]string {
		users := make(map[string]string)
		for _, q := range log[since:] {
			if q.Status >= 200 && q.Status < 300 {
				users[q.Port] = q.User
			}
		}
		return users
	}
	good := func(q testserver.Request) bool { return q.Status >= 200 && q.Status < 300 }
	log := r.AwaitLog(func(log []testserver.Request) bool {
		n := 0
		for _, q := range log[min(since, len(log)):] {
			if good(q) {
				n++
			}
		}
		return n >= count
	})
	if m.bound && len(letIn(log)) != count {
		t.Errorf("%d connections were opened, want %d: %+v", len(letIn(log)), count, log[since:])
	}
	for _, q := range log[since:] {
		user := strings.TrimSuffix(strings.TrimPrefix(q.User, `HAUL\`), "@HAUL.TEST")
		if good(q) && user != "alice" || !good(q) && user != "-" && user != "alice" {
			t.Errorf("somebody else on a connection: %+v", q)
		}
	}
}

func TestRealServersLetADownloadIn(t *testing.T) {
	eachMethod(t, 0, func(t *testing.T, r *realServers, m realMethod, url func(string) string) {
		since := len(r.Log(0))
		rec := trace.New(t)
		answering(rec, m.user, "geheim")
		s := r.session(t, m, rec)
		one := download(t, s, request(t, "GET", url(m.path+"file.bin")))
		one.Resume()
		rec.Expect(one, words("created", m.trust, m.asked, "wrote* finished metrics done(nil)"))
		expectBody(t, rec, one, r.content)
		// A second task asks nobody, and has a connection of its own.
		two := download(t, s, request(t, "GET", url(m.path+"file.bin")))
		two.Resume()
		rec.Expect(two, "created wrote* finished metrics done(nil)")
		expectBody(t, rec, two, r.content)
		r.oneUserPerConnection(t, since, m, 2)
	})
}

func TestRealServersLetAPausedDownloadGoOn(t *testing.T) {
	eachMethod(t, 800, func(t *testing.T, r *realServers, m realMethod, url func(string) string) {
		since := len(r.Log(0))
		rec := trace.New(t)
		answering(rec, m.user, "geheim")
		var reached <-chan struct{}
		rec.On.Wrote, reached = after(100_000)
		s := r.session(t, m, rec)
		one := begin(t, s, rec, reached, request(t, "GET", url(m.path+"file.bin")))
		data, err := rec.Pause(t.Context(), one)
		if err != nil {
			t.Fatal(err)
		}
		two := resumeFrom(t, s, data)
		two.Resume()
		rec.Expect(two, "created resumed wrote* finished metrics done(nil)")
		expectBody(t, rec, two, r.content)
		r.oneUserPerConnection(t, since, m, 2)
		if last := r.Log(0); last[len(last)-1].Status != http.StatusPartialContent {
			t.Errorf("the last request was %+v", last[len(last)-1])
		}
	})
}

func TestRealServersTakeAStreamedUpload(t *testing.T) {
	eachMethod(t, 0, func(t *testing.T, r *realServers, m realMethod, url func(string) string) {
		since := len(r.Log(0))
		rec := trace.New(t)
		answering(rec, m.user, "geheim")
		rec.Answers.BodyStream = streamOf(r.content)
		s := r.session(t, m, rec)
		target := m.path + "up-" + strings.ReplaceAll(t.Name(), "/", "-")
		task, err := s.UploadTaskWithStreamedRequest(request(t, "PUT", url(target)), nil)
		if err != nil {
			t.Fatal(err)
		}
		task.Resume()
		rec.Wait(task)
		// Apache may refuse before it has read the body, so how much was sent
		// of the first stream is not known.
		rec.Expect(task, words("created newstream", m.trust, "sent*", m.asked, "newstream sent* response(201)[allow] data* metrics done(nil)"))
		got, err := os.ReadFile(filepath.Join(r.Root, filepath.FromSlash(target)))
		if err != nil || sum(got) != sum(r.content) {
			t.Errorf("%d bytes arrived: %v\n%s", len(got), err, r.ErrorLog())
		}
		r.oneUserPerConnection(t, since, m, 1)
	})
}

func TestRealServersRefuseAWrongPassword(t *testing.T) {
	eachMethod(t, 0, func(t *testing.T, r *realServers, m realMethod, url func(string) string) {
		if m.ticket {
			m.user = "alice" // the ticket is none of hers then
		}
		rec := trace.New(t)
		cred := &session.Credential{User: m.user, Password: "wrong"}
		answer := func(c *session.Challenge) (session.Disposition, *session.Credential) {
			if c.Trust != nil || c.PreviousFailureCount == 2 {
				return session.PerformDefaultHandling, nil
			}
			return session.UseCredential, cred
		}
		rec.Answers.Challenge = func(_ context.Context, _ session.Task, c *session.Challenge) (session.Disposition, *session.Credential) {
			return answer(c)
		}
		rec.Answers.SessionChallenge = func(_ context.Context, _ *session.Session, _ session.Task, c *session.Challenge) (session.Disposition, *session.Credential) {
			return answer(c)
		}
		m.ticket = false
		s := r.session(t, m, rec)
		task := run(t, s, rec, request(t, "GET", url(m.path+"file.bin")))
		count := 0
		for _, e := range rec.Events(task) {
			if e.Kind == trace.TaskChallenge || e.Kind == trace.SessionChallenge {
				count++
			}
		}
		if m.trust != "" {
			count--
		}
		if resp := task.Response(); count != 3 || resp == nil || resp.StatusCode != 401 {
			t.Errorf("%d questions and the response %v: %s", count, resp, trace.Format(rec.Events(task)))
		}
		if log := r.Log(0); slices.ContainsFunc(log, func(q testserver.Request) bool { return strings.Contains(q.User, "alice") && q.Status < 400 }) {
			t.Errorf("the server let a wrong password in: %+v", log)
		}
	})
}

func TestAnExpiredTicketIsToldAndAPasswordHelps(t *testing.T) {
	r := startRealServers(t, 0)
	expired := r.kdc.Ticket("alice", "geheim", time.Second)
	deadline := time.Now().Add(20 * time.Second)
	rec := trace.New(t)
	var reason string
	rec.Answers.SessionChallenge = func(_ context.Context, _ *session.Session, _ session.Task, c *session.Challenge) (session.Disposition, *session.Credential) {
		if c.Err != nil {
			reason = c.Err.Error()
		}
		if c.PreviousFailureCount > 0 {
			t.Errorf("an expired ticket counts as a failure")
		}
		return session.UseCredential, &session.Credential{User: "alice", Password: "geheim"}
	}
	cfg := session.DefaultConfiguration()
	cfg.Kerberos = session.Kerberos{Config: r.kdc.Config, Cache: expired, Keytab: filepath.Join(t.TempDir(), "none")}
	s := newSession(t, cfg, rec, rec)
	for reason == "" && time.Now().Before(deadline) {
		// Until it has expired the ticket does.
		task := run(t, s, rec, request(t, "GET", r.URL("/krb/file.bin")))
		if resp := task.Response(); resp == nil || resp.StatusCode != 200 {
			t.Fatalf("the response is %v: %s", resp, trace.Format(rec.Events(task)))
		}
	}
	if !strings.Contains(reason, "the ticket of alice@HAUL.TEST expired at ") {
		t.Errorf("the reason is %q", reason)
	}
}

func TestAKeytabIsATicket(t *testing.T) {
	r := startRealServers(t, 0)
	rec := trace.New(t)
	cfg := session.DefaultConfiguration()
	cfg.Kerberos = session.Kerberos{Config: r.kdc.Config, Cache: filepath.Join(t.TempDir(), "none"), Keytab: r.kdc.UserKeytab}
	s := newSession(t, cfg, rec, rec)
	task := run(t, s, rec, request(t, "GET", r.URL("/krb/file.bin")))
	rec.Expect(task, "created response(200)[allow] data* metrics done(nil)")
}

func TestWithoutTheRealmThePersonIsToldWhy(t *testing.T) {
	r := startRealServers(t, 0)
	r.kdc.Stop()
	rec := trace.New(t)
	var reasons []string
	rec.Answers.SessionChallenge = func(_ context.Context, _ *session.Session, _ session.Task, c *session.Challenge) (session.Disposition, *session.Credential) {
		if c.Err != nil {
			reasons = append(reasons, c.Err.Error())
		}
		if c.PreviousFailureCount > 0 {
			return session.PerformDefaultHandling, nil
		}
		return session.UseCredential, &session.Credential{User: "alice", Password: "geheim"}
	}
	cfg := session.DefaultConfiguration()
	cfg.Kerberos = session.Kerberos{Config: r.kdc.Config, Cache: r.ticket, Keytab: filepath.Join(t.TempDir(), "none")}
	s := newSession(t, cfg, rec, rec)
	task := run(t, s, rec, request(t, "GET", r.URL("/krb/file.bin")))
	if resp := task.Response(); resp == nil || resp.StatusCode != 401 {
		t.Errorf("the response is %v: %s", resp, trace.Format(rec.Events(task)))
	}
	want := "no server of the Kerberos realm HAUL.TEST answers"
	if len(reasons) != 2 || reasons[0] != want || reasons[1] != want {
		t.Errorf("the reasons are %q", reasons)
	}
}

func TestTwoUsersNeverShareAConnection(t *testing.T) {
	a := testserver.StartApache(t, testserver.ApacheConfig{
		Files:     map[string][]byte{"ntlm/file.bin": bytesOf(78, 200_000)},
		Users:     map[string]string{"alice": "a", "bob": "b"},
		Protected: map[string]testserver.Protection{"/ntlm/": testserver.ProtectNTLM},
		Rate:      2000,
	})
	rec := trace.New(t)
	rec.Answers.SessionChallenge = func(_ context.Context, _ *session.Session, task session.Task, c *session.Challenge) (session.Disposition, *session.Credential) {
		if c.PreviousFailureCount > 0 {
			t.Errorf("refused: %s", a.ErrorLog())
			return session.PerformDefaultHandling, nil
		}
		if task.OriginalRequest().URL.RawQuery == "bob" {
			return session.UseCredential, &session.Credential{User: `HAUL\bob`, Password: "b"}
		}
		return session.UseCredential, &session.Credential{User: `HAUL\alice`, Password: "a"}
	}
	cfg := session.DefaultConfiguration()
	none := filepath.Join(t.TempDir(), "none")
	cfg.Kerberos = session.Kerberos{Config: none, Cache: none, Keytab: none}
	s := newSession(t, cfg, rec, rec)
	var tasks []*session.DataTask
	for i := range 12 {
		task, err := s.DataTask(request(t, "GET", a.URL("/ntlm/file.bin")+"?"+[]string{"alice", "bob"}[i%2]), nil)
		if err != nil {
			t.Fatal(err)
		}
		task.Resume()
		tasks = append(tasks, task)
	}
	for _, task := range tasks {
		rec.Wait(task)
		if resp := task.Response(); resp == nil || resp.StatusCode != 200 {
			t.Errorf("the response is %v", resp)
		}
	}
	users := make(map[string]string)
	count := make(map[string]int)
	log := a.AwaitLog(func(log []testserver.Request) bool { return len(log) >= 36 })
	for _, q := range log {
		if q.User == "-" {
			continue
		}
		if before := users[q.Port]; before != "" && before != q.User {
			t.Errorf("%s after %s on one connection", q.User, before)
		}
		users[q.Port] = q.User
		if q.Status == 200 {
			count[q.User]++
		}
	}
	if len(count) != 2 || len(users) != 12 {
		t.Errorf("%v on %d connections: %+v", count, len(users), log)
	}
}
