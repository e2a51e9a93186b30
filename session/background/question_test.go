package background_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"haul/internal/trace"
	"haul/session"
	"haul/session/background"
)

const (
	secretPassword = "open-sesame-8c1f"
	secretField    = "Bearer 5d0a77-secret"
)

// guarded serves content to whoever has the password.
func guarded() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, password, _ := r.BasicAuth(); user != "ali" || password != secretPassword {
			w.Header().Set("WWW-Authenticate", `Basic realm="cave"`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		files().ServeHTTP(w, r)
	})
}

// hookLog keeps the events of a hook.
type hookLog struct {
	mu     sync.Mutex
	events []background.Event
}

func (h *hookLog) call(_ context.Context, e background.Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.events = append(h.events, e)
}

func (h *hookLog) count(o background.Occasion) (n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, e := range h.events {
		if e.Occasion == o {
			n++
		}
	}
	return n
}

// begin has the agent make and start a download while nobody is there.
func (f *fixture) begin(c *background.Client, identifier string, r background.Request) session.TaskID {
	f.t.Helper()
	id, err := c.Create(f.t.Context(), background.Create{Identifier: identifier, Kind: "download", Request: &r, Start: true})
	if err != nil {
		f.t.Fatal(err)
	}
	return id
}

func TestAQuestionWaitsUntilSomebodyIsThere(t *testing.T) {
	server := serve(t, guarded())
	var hooks hookLog
	f := newFixture(t, background.Options{Hook: hooks.call})
	c := f.client()
	f.begin(c, "a", background.Request{URL: server.URL + "/f"})
	await(t, func() bool { return only(t, c).Doing == "asking" && hooks.count(background.OnQuestion) == 1 })
	if s, err := c.Status(t.Context()); err != nil || s.Asking != 1 || s.Running != 0 {
		t.Errorf("%+v, %v", s, err)
	}
	rec := f.recorder()
	rec.Answers.Challenge = func(_ context.Context, _ session.Task, ch *session.Challenge) (session.Disposition, *session.Credential) {
		if ch.Space.Realm != "cave" || ch.Space.Method != session.MethodBasic || ch.FailureResponse.StatusCode != 401 {
			t.Errorf("%+v", ch)
		}
		return session.UseCredential, &session.Credential{User: "ali", Password: secretPassword, Persistence: session.PersistenceForSession}
	}
	s := f.session("a", rec)
	task := s.Reassociated()[0]
	rec.Expect(task, "created tchal(Basic,0)[use] wrote* finished metrics done(nil)")
	if !bytes.Equal(rec.Body(task), content) {
		t.Error("the file is not the server's")
	}
	await(t, func() bool { return hooks.count(background.OnFinish) == 1 })
	// The second one finds the credential that the first has brought.
	d, err := s.DownloadTask(get(t, server.URL+"/g"), nil)
	if err != nil {
		t.Fatal(err)
	}
	d.Resume()
	rec.Expect(d, "created wrote* finished metrics done(nil)")
	f.stop()
	nowhere(t, f.o.Location.StateDirectory, secretPassword)
}

// nowhere looks for a secret in all files below dir.
func nowhere(t *testing.T, dir string, secrets ...string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		if fi, err := e.Info(); err == nil && fi.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v", path, fi.Mode())
		}
		text, err := os.ReadFile(path)
		for _, secret := range secrets {
			if bytes.Contains(text, []byte(secret)) {
				t.Errorf("the secret %q is in %s", secret, path)
			}
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestOfTwoAnswersTheFirstCountsAndTheOtherIsTold(t *testing.T) {
	server := serve(t, guarded())
	f := newFixture(t, background.Options{})
	shared := func(c *session.Configuration) { c.Shared = true }
	slow, quick := f.recorder(), f.recorder()
	asked, elsewhere := make(chan struct{}), make(chan error, 1)
	slow.Answers.Challenge = func(ctx context.Context, _ session.Task, _ *session.Challenge) (session.Disposition, *session.Credential) {
		close(asked)
		<-ctx.Done()
		elsewhere <- context.Cause(ctx)
		return session.CancelChallenge, nil
	}
	quick.Answers.Challenge = func(context.Context, session.Task, *session.Challenge) (session.Disposition, *session.Credential) {
		<-asked
		return session.UseCredential, &session.Credential{User: "ali", Password: secretPassword}
	}
	a := f.session("a", slow, shared)
	b := f.session("a", quick, shared)
	d, err := a.DownloadTask(get(t, server.URL+"/f"), nil)
	if err != nil {
		t.Fatal(err)
	}
	d.Resume()
	slow.Expect(d, "created tchal(Basic,0) wrote* finished metrics done(nil)")
	if err := <-elsewhere; !errors.Is(err, session.ErrAnsweredElsewhere) {
		t.Errorf("the other one was told %v", err)
	}
	watched := slices.IndexFunc(quick.All(), func(e trace.Event) bool { return e.Task.ID == d.ID() })
	if watched < 0 {
		t.Fatal("the other one has heard nothing of the task")
	}
	quick.Expect(quick.All()[watched].Task.Of, "created tchal(Basic,0)[use] wrote* finished metrics done(nil)")
	b.Detach()
}

func TestAServerThatIsNotTrustedIsAskedAbout(t *testing.T) {
	server := httptest.NewTLSServer(files())
	t.Cleanup(server.Close)
	f := newFixture(t, background.Options{})
	rec := f.recorder()
	rec.Answers.SessionChallenge = func(_ context.Context, _ *session.Session, _ session.Task, c *session.Challenge) (session.Disposition, *session.Credential) {
		if c.Trust == nil || !bytes.Equal(c.Trust.Chain()[0].Raw, server.Certificate().Raw) || c.Trust.Err == nil {
			t.Errorf("%+v", c.Trust)
		}
		return session.UseCredential, session.CredentialForTrust(c.Trust)
	}
	s := f.session("a", rec)
	for n, want := range []string{"created schal(ServerTrust)[use] wrote* finished metrics done(nil)", "created wrote* finished metrics done(nil)"} {
		d, err := s.DownloadTask(get(t, server.URL+"/f"), nil)
		if err != nil {
			t.Fatal(n, err)
		}
		d.Resume()
		rec.Expect(d, want)
	}
}

func TestASecretFieldIsAskedForAgainAfterTheAgentWasStarted(t *testing.T) {
	server := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != secretField || r.Header.Get("X-Plain") != "yes" {
			t.Errorf("the request has %v", r.Header)
		}
		files().ServeHTTP(w, r)
	}))
	f := newFixture(t, background.Options{})
	c := f.client()
	id, err := c.Create(t.Context(), background.Create{
		Identifier: "a", Kind: "download",
		Request: &background.Request{URL: server.URL + "/f", Header: http.Header{"Authorization": {secretField}, "X-Plain": {"yes"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	f.stop()
	nowhere(t, f.o.Location.StateDirectory, secretField)
	f.start()
	c = f.client()
	if err := c.Act(t.Context(), background.Resume, "a", id); err != nil {
		t.Fatal(err)
	}
	await(t, func() bool { return only(t, c).Question != nil })
	q := only(t, c).Question
	if q.Detail != "Authorization" || q.Space.Method != "Default" {
		t.Errorf("%+v", q)
	}
	for n := range 2 {
		first, err := c.Answer(t.Context(), background.Answer{
			Identifier: "a", ID: int64(id), Question: q.Number, Disposition: "use", Password: secretField,
		})
		if err != nil {
			t.Fatal(err)
		}
		if first != (n == 0) {
			t.Errorf("answer %d was the first: %v", n, first)
		}
	}
	if list, late, err := c.Wait(t.Context(), time.Minute, "a", id); err != nil || late || list[0].Result.Error != nil {
		t.Errorf("%+v, %v", list, err)
	}
}

func TestGolden29_TheAppDiesAndComesBack(t *testing.T) {
	server := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/d2" {
			guarded().ServeHTTP(w, r)
			return
		}
		files().ServeHTTP(w, r)
	}))
	var hooks hookLog
	f := newFixture(t, background.Options{Hook: hooks.call})
	first := f.recorder()
	s := f.session("x", first)
	var d1, d2 *session.DownloadTask
	for path, d := range map[string]**session.DownloadTask{"/d1": &d1, "/d2": &d2} {
		var err error
		if *d, err = s.DownloadTask(get(t, server.URL+path), nil); err != nil {
			t.Fatal(err)
		}
	}
	s.Detach()
	s.Wait()
	c := f.client()
	if err := c.Act(t.Context(), background.Resume, "x"); err != nil {
		t.Fatal(err)
	}
	await(t, func() bool { return hooks.count(background.OnQuestion) == 1 && hooks.count(background.OnFinish) == 1 })

	rec := f.recorder()
	rec.Answers.Challenge = func(context.Context, session.Task, *session.Challenge) (session.Disposition, *session.Credential) {
		return session.UseCredential, &session.Credential{User: "ali", Password: secretPassword}
	}
	s = f.session("x", rec)
	tasks := s.Reassociated()
	if len(tasks) != 2 {
		t.Fatalf("%d tasks", len(tasks))
	}
	for _, task := range tasks {
		want := "created wrote finished metrics done(nil)"
		if task.ID() == d2.ID() {
			want = "created tchal(Basic,0)[use] wrote* finished metrics done(nil)"
		} else if task.ID() != d1.ID() {
			t.Errorf("task %d", task.ID())
		}
		rec.Expect(task, want)
	}
	s.FinishTasksAndInvalidate()
	s.Wait()
	all := rec.All()
	if all[len(all)-2].Kind != "bgdone" {
		t.Errorf("the last calls are %v", all[len(all)-2:])
	}
}
