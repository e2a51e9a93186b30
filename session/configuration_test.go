package session

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestConfigurationHasItsDefaults(t *testing.T) {
	for name, c := range map[string]Configuration{"default": DefaultConfiguration(), "ephemeral": EphemeralConfiguration()} {
		if c.TimeoutForRequest != 60*time.Second || c.TimeoutForResource != 7*24*time.Hour || c.MaxConnectionsPerHost != 6 ||
			c.Cookies == nil || c.Credentials == nil || len(c.Languages) == 0 || c.Background() {
			t.Errorf("%s: %+v", name, c)
		}
	}
}

func TestBackgroundConfigurationIsAcceptedAndItsRulesAreChecked(t *testing.T) {
	good := BackgroundConfiguration("com.example.downloads")
	if err := good.Validate(); err != nil {
		t.Errorf("a legal one is refused: %v", err)
	}
	for name, want := range map[string]error{
		"": ErrIdentifier, strings.Repeat("x", 256): ErrIdentifier, "a\nb": ErrIdentifier, "\xff": ErrIdentifier,
	} {
		if s, err := New(BackgroundConfiguration(name), nil); !errors.Is(err, want) || s != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
	good.Protocols = []Protocol{canned{}}
	if good.Validate() == nil {
		t.Error("a background session has protocols of the app")
	}
}

func TestBadConfigurationsAreRefused(t *testing.T) {
	for name, change := range map[string]func(*Configuration){
		"header":      func(c *Configuration) { c.AdditionalHeaders = http.Header{"X": {"a\nb"}} },
		"user agent":  func(c *Configuration) { c.UserAgent = "a\r\nb: c" },
		"language":    func(c *Configuration) { c.Languages = []string{"en\n"} },
		"request":     func(c *Configuration) { c.TimeoutForRequest = -1 },
		"resource":    func(c *Configuration) { c.TimeoutForResource = -1 },
		"connections": func(c *Configuration) { c.MaxConnectionsPerHost = -1 },
	} {
		c := EphemeralConfiguration()
		change(&c)
		if _, err := New(c, nil); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestConfigurationIsCopiedDeeply(t *testing.T) {
	c := EphemeralConfiguration()
	c.Languages, c.Protocols = []string{"de"}, []Protocol{canned{}}
	s, err := New(c, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.InvalidateAndCancel()
	c.Languages[0], c.Protocols[0] = "fr", nil
	got := s.Configuration()
	if got.Languages[0] != "de" || got.Protocols[0] == nil {
		t.Error("the session shares what it was made with")
	}
	got.Languages[0] = "it"
	if s.Configuration().Languages[0] != "de" {
		t.Error("the session shares what it gives out")
	}
}

func TestSharedSessionCannotBeInvalidated(t *testing.T) {
	srv := serve(t, hello)
	s := NewShared()
	s.InvalidateAndCancel()
	s.FinishTasksAndInvalidate()
	if data, _, err := s.Data(context.Background(), get(t, srv.URL), nil); err != nil || len(data) == 0 {
		t.Errorf("%q, %v", data, err)
	}
	// A program keeps it to its end; a test must not.
	s.shared = false
	s.InvalidateAndCancel()
	s.Wait()
}

func TestSystemLanguages(t *testing.T) {
	for _, tt := range []struct {
		env  map[string]string
		want string
	}{
		{nil, "en"},
		{map[string]string{"LANG": "C.UTF-8"}, "en"},
		{map[string]string{"LANG": "POSIX", "LANGUAGE": "de"}, "en"},
		{map[string]string{"LANG": "de_AT.UTF-8"}, "de-AT"},
		{map[string]string{"LANG": "en_GB", "LC_MESSAGES": "fr_CA@euro"}, "fr-CA"},
		{map[string]string{"LANG": "en_GB", "LC_ALL": "pt_BR.UTF-8"}, "pt-BR"},
		{map[string]string{"LANG": "de_AT", "LANGUAGE": "de:en_GB:de"}, "de, en-GB;q=0.9, de-AT;q=0.8"},
		{map[string]string{"LANG": "de\r\nX: y"}, "en"},
	} {
		if got := acceptLanguage(SystemLanguages(func(k string) string { return tt.env[k] })); got != tt.want {
			t.Errorf("%v: %q, want %q", tt.env, got, tt.want)
		}
	}
}

func TestAgentAndLanguagesOfTheConfigurationAreSent(t *testing.T) {
	var seen []http.Header
	srv := serve(t, func(_ http.ResponseWriter, r *http.Request) { seen = append(seen, r.Header) })
	s := open(t, nil, func(c *Configuration) { c.UserAgent, c.Languages = "mine/2", []string{"sv", "en"} })
	r := get(t, srv.URL)
	for range 2 {
		if _, _, err := s.Data(context.Background(), r, nil); err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Accept-Language", "fi")
	}
	if seen[0].Get("User-Agent") != "mine/2" || seen[0].Get("Accept-Language") != "sv, en;q=0.9" || seen[1].Get("Accept-Language") != "fi" {
		t.Errorf("sent %v and %v", seen[0], seen[1])
	}
}

func TestReservedHeaders(t *testing.T) {
	var seen http.Header
	var length int64
	srv := serve(t, func(_ http.ResponseWriter, r *http.Request) { seen, length = r.Header, r.ContentLength })
	s := open(t, nil, nil)
	r := get(t, srv.URL)
	r.Method = http.MethodPost
	r.Header.Set("Authorization", "Bearer own")
	r.Header.Set("Content-Length", "99")
	if _, _, err := s.Upload(context.Background(), r, []byte("four"), nil); err != nil {
		t.Fatal(err)
	}
	if seen.Get("Authorization") != "Bearer own" || length != 4 {
		t.Errorf("sent %v, length %d", seen, length)
	}
}

func TestResetForgetsAndConnectsAnew(t *testing.T) {
	var from []string
	srv := serve(t, func(w http.ResponseWriter, r *http.Request) {
		from = append(from, r.RemoteAddr)
		w.Header().Add("Set-Cookie", "a=b; Path=/")
	})
	s := open(t, nil, nil)
	load := func() {
		t.Helper()
		if _, _, err := s.Data(context.Background(), get(t, srv.URL), nil); err != nil {
			t.Fatal(err)
		}
	}
	space := ProtectionSpace{Host: "h", Method: MethodBasic}
	keep(t, s.cfg.Credentials, space, &Credential{User: "u", Persistence: PersistenceForSession})
	load()
	load()
	done := make(chan struct{})
	if err := s.Reset(func() { close(done) }); err != nil {
		t.Fatal(err)
	}
	await(t, done)
	if have(t, s.cfg.Credentials, space) != nil {
		t.Error("a credential is left")
	}
	load()
	if from[0] != from[1] || from[1] == from[2] {
		t.Errorf("connections from %v", from)
	}
	flushed := make(chan struct{})
	if err := s.Flush(func() { close(flushed) }); err != nil {
		t.Fatal(err)
	}
	await(t, flushed)
	load()
	if from[2] == from[3] {
		t.Error("Flush kept the connection")
	}
}

func TestHousekeepingComesBeforeTheLastCall(t *testing.T) {
	rec := newRecorder()
	s := open(t, rec, nil)
	release := make(chan struct{})
	if err := s.Flush(func() { <-release; rec.note("flushed") }); err != nil {
		t.Fatal(err)
	}
	if err := s.Reset(nil); err != nil {
		t.Fatal(err)
	}
	s.InvalidateAndCancel()
	if err := s.Reset(nil); !errors.Is(err, ErrInvalidated) {
		t.Errorf("after invalidation: %v", err)
	}
	select {
	case <-rec.invalid:
		t.Error("the session ended before its housekeeping")
	default:
	}
	close(release)
	s.Wait()
	await(t, rec.invalid)
	if got := rec.trace(); got != "flushed" {
		t.Errorf("got %q", got)
	}
}

func TestPanicInHousekeepingIsContained(t *testing.T) {
	rec := &brokenRecorder{recorder: newRecorder()}
	s := open(t, rec, nil)
	if err := s.Flush(func() { panic("oh") }); err != nil {
		t.Fatal(err)
	}
	s.InvalidateAndCancel()
	s.Wait()
	var panicked *PanicError
	if !errors.As(rec.err, &panicked) {
		t.Errorf("the session ended with %v", rec.err)
	}
}

type brokenRecorder struct {
	*recorder
	err error
}

func (b *brokenRecorder) DidBecomeInvalid(_ *Session, err error) { b.err = err }

func TestTasksByKind(t *testing.T) {
	release := make(chan struct{})
	srv := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-release:
		case <-r.Context().Done():
		}
	})
	rec := newRecorder()
	s := open(t, rec, nil)
	s.SetDescription("of a test")
	r := get(t, srv.URL)
	data, err := s.DataTask(r, nil)
	if err != nil {
		t.Fatal(err)
	}
	put := get(t, srv.URL)
	put.Method = http.MethodPut
	upload, err := s.UploadTaskFromData(put, []byte("x"), nil)
	if err != nil {
		t.Fatal(err)
	}
	down := download(t, s, srv.URL, "")
	never, err := s.DataTask(r, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, task := range []Task{data, upload, down} {
		task.Resume()
	}
	upload.Suspend()
	d, u, f := s.TasksByKind()
	if !slices.Equal(d, []*DataTask{data}) || !slices.Equal(u, []*UploadTask{upload}) || !slices.Equal(f, []*DownloadTask{down}) {
		t.Errorf("%v %v %v", d, u, f)
	}
	upload.Resume()
	close(release)
	for range 3 {
		await(t, rec.done)
	}
	if d, u, f := s.TasksByKind(); len(d)+len(u)+len(f) != 0 || s.Description() != "of a test" {
		t.Error("tasks are listed that have ended")
	}
	never.Cancel()
	await(t, rec.done)
}
