package session_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	"haul/internal/trace"
	"haul/session"
	"haul/session/cookies"
)

// The ways to run a task and wait for its result.

// onlyTask returns the task that a recorder has heard of. What a blocking
// helper runs shows nowhere else.
func onlyTask(t *testing.T, rec *trace.Recorder) session.Task {
	t.Helper()
	events := rec.All()
	if len(events) == 0 {
		t.Fatal("the delegate was told nothing")
	}
	return events[0].Task.Of
}

func TestCorelibs07_DataIsReturned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, library)
		s := newSession(t, st.configuration(), nil, nil)
		data, resp, err := s.Data(t.Context(), request(t, "GET", "/capital"), nil)
		if err != nil || string(data) != "Kathmandu" || resp.StatusCode != 200 {
			t.Errorf("got %q, %v, %v", data, resp, err)
		}
		if _, resp, err := s.Data(t.Context(), request(t, "GET", "/status/404"), nil); err != nil || resp.StatusCode != 404 {
			t.Errorf("404 gives %v, %v", resp, err)
		}
	})
}

func TestCorelibs08_DataIsReturnedAndTheTasksDelegateHearsAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, library)
		s := newSession(t, st.configuration(), nil, nil)
		own := trace.New(t)
		own.Watch(own)
		data, resp, err := s.Data(t.Context(), request(t, "GET", "/capital"), own)
		if err != nil || string(data) != "Kathmandu" || resp.StatusCode != 200 {
			t.Errorf("got %q, %v, %v", data, resp, err)
		}
		task := onlyTask(t, own)
		own.Expect(task, "response(200) data* metrics done(nil)")
		expectBody(t, own, task, []byte("Kathmandu"))
	})
}

// takeAway checks the file of a helper's download and removes it.
func takeAway(t *testing.T, path, want string) {
	t.Helper()
	if b, err := os.ReadFile(path); err != nil || string(b) != want {
		t.Errorf("the file has %q, %v", b, err)
	}
	if err := os.Rename(path, filepath.Join(t.TempDir(), "moved")); err != nil {
		t.Error(err)
	}
}

func TestCorelibs18_TheFileOfADownloadIsReturned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, library)
		s := newSession(t, st.configuration(), nil, nil)
		path, resp, err := s.Download(t.Context(), request(t, "GET", "/capital"), nil)
		if err != nil || resp.StatusCode != 200 {
			t.Fatalf("got %v, %v", resp, err)
		}
		takeAway(t, path, "Kathmandu")
	})
}

func TestCorelibs19_ADownloadsDelegateHearsOfWritesAndGetsNoFile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, library)
		s := newSession(t, st.configuration(), nil, nil)
		own := trace.New(t)
		// It would hear of a finished file, which is not to be missed here.
		own.Watch(struct {
			trace.Invalidations
			trace.Completions
		}{own.Invalidations, own.Completions})
		told := false
		own.On.Finished = func(*session.DownloadTask, string) { told = true }
		path, resp, err := s.Download(t.Context(), request(t, "GET", "/capital"), own)
		if err != nil || resp.StatusCode != 200 {
			t.Fatalf("got %v, %v", resp, err)
		}
		takeAway(t, path, "Kathmandu")
		if n := own.Count(onlyTask(t, own), trace.Wrote); n == 0 || told {
			t.Errorf("%d writes were reported; given the file: %t", n, told)
		}
	})
}

// TestCorelibs03_ASharedSessionServesHandlers stands for the half of numbers 3,
// 6, 16 and 17 that is about a shared session.
func TestCorelibs03_ASharedSessionServesHandlers(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(library))
	s := session.NewShared()
	// It cannot be invalidated, so that its connections end with the server.
	defer server.Close()
	h, dh, got := results(t)
	data, err1 := s.DataTask(request(t, "GET", server.URL+"/capital"), h)
	dl, err2 := s.DownloadTask(request(t, "GET", server.URL+"/capital"), dh)
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	for _, task := range []session.Task{data, dl} {
		task.Resume()
		if r := <-got; string(r.data)+string(r.file) != "Kathmandu" || r.status != 200 || r.err != nil {
			t.Errorf("got %+v", r)
		}
	}
}

func TestCorelibs65_AConfigurationKeepsWhatIsSet(t *testing.T) {
	for name, cfg := range map[string]session.Configuration{
		"default": session.DefaultConfiguration(), "ephemeral": session.EphemeralConfiguration(),
	} {
		if cfg.CookieAcceptPolicy != cookies.OnlyFromMainDocumentDomain || !cfg.ShouldSetCookies ||
			cfg.WaitsForConnectivity || cfg.DisableHTTP2 || len(cfg.AdditionalHeaders)+len(cfg.Protocols) > 0 {
			t.Errorf("%s: %+v", name, cfg)
		}
	}
	cfg := session.EphemeralConfiguration()
	cfg.TimeoutForRequest, cfg.TimeoutForResource = time.Second, time.Minute
	cfg.MaxConnectionsPerHost = 2
	cfg.AdditionalHeaders = http.Header{"X-Mine": {"1"}}
	cfg.UserAgent, cfg.Languages = "mine/1", []string{"de"}
	cfg.WaitsForConnectivity, cfg.DisableHTTP2 = true, true
	cfg.TemporaryDirectory = t.TempDir()
	cfg.Credentials, cfg.Cookies = nil, nil
	cfg.CookieAcceptPolicy, cfg.ShouldSetCookies = cookies.Always, false
	got := newSession(t, cfg, nil, nil).Configuration()
	if !reflect.DeepEqual(got, cfg) {
		t.Errorf("it became %+v", got)
	}
}
