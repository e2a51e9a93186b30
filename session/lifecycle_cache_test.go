package session_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"haul/internal/trace"
	"haul/session"
	"haul/session/cache"
	"haul/transfer"
)

// Step 11 of the guide: what is kept of a response, and who decides.

func TestStep11_DoneWaitsForTheAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, tagged)
		rec := trace.New(t)
		answer := make(chan struct{})
		rec.Answers.Cache = func(_ context.Context, _ session.Task, proposed *session.CachedResponse) *session.CachedResponse {
			<-answer
			return proposed
		}
		s := st.cachingSession(rec, rec)
		task, err := s.DataTask(request(t, "GET", "/a"), nil)
		if err != nil {
			t.Fatal(err)
		}
		task.Resume()
		// No timeout runs while the delegate thinks.
		time.Sleep(30 * 24 * time.Hour)
		if got := trace.Format(rec.Events(task)); got != "created response(200)[allow] data cache" {
			t.Errorf("while the answer is awaited: %s", got)
		}
		close(answer)
		rec.Expect(task, "created response(200) data cache[proposed] metrics done(nil)")
	})
}

// matrixCase is a request, its answer and whether the delegate is asked about it.
type matrixCase struct {
	name   string
	method string
	ask    []string // fields of the request
	status int
	say    []string // fields of the answer
	size   int
	asked  bool
}

func TestStep11_OnlyWhatMayBeStoredIsProposed(t *testing.T) {
	const fresh = "Cache-Control: max-age=60"
	for _, tt := range []matrixCase{
		{name: "fresh", say: []string{fresh}, asked: true},
		{name: "nothing said", asked: true},
		{name: "not found, fresh", status: 404, say: []string{fresh}, asked: true},
		{name: "redirect without a place", status: 301, asked: true},
		{name: "server error", status: 500},
		{name: "a part", status: 206, ask: []string{"Range: bytes=0-3"}, say: []string{fresh, "Content-Range: bytes 0-3/10"}, size: 4},
		{name: "no-store", say: []string{"Cache-Control: no-store"}},
		{name: "no-store in the request", ask: []string{"Cache-Control: no-store"}, say: []string{fresh}},
		{name: "authorized", ask: []string{"Authorization: Bearer x"}, say: []string{fresh}},
		{name: "varies with everything", say: []string{fresh, "Vary: *"}},
		{name: "HEAD", method: "HEAD", say: []string{fresh}},
		{name: "POST", method: "POST", say: []string{fresh}},
		{name: "a twentieth of the budget", say: []string{fresh}, size: 200 << 10, asked: true},
		{name: "too large", say: []string{fresh}, size: 300 << 10},
		{name: "too large, not announced", say: []string{fresh, "Transfer-Encoding: chunked"}, size: 300 << 10},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				st := newStage(t, func(w http.ResponseWriter, _ *http.Request) { tt.answer(w) })
				rec := trace.New(t)
				cfg := st.configuration()
				var err error
				if cfg.Cache, err = cache.New(cache.Options{MemoryBytes: 5 << 20}); err != nil {
					t.Fatal(err)
				}
				s := newSession(t, cfg, rec, rec)
				method := tt.method
				if method == "" {
					method = "GET"
				}
				r := request(t, method, "/a")
				for _, line := range tt.ask {
					name, value, _ := strings.Cut(line, ": ")
					r.Header.Set(name, value)
				}
				task := run(t, s, rec, r)
				if got := rec.Count(task, trace.Cache) == 1; got != tt.asked {
					t.Errorf("asked %t, want %t: %s", got, tt.asked, trace.Format(rec.Events(task)))
				}
			})
		})
	}
}

// answer is the server's part of the case.
func (c matrixCase) answer(w http.ResponseWriter) {
	for _, line := range c.say {
		name, value, _ := strings.Cut(line, ": ")
		w.Header().Set(name, value)
	}
	if c.status != 0 {
		w.WriteHeader(c.status)
	}
	write(w, make([]byte, c.size))
}

func TestStep11_TheAnswerIsObeyed(t *testing.T) {
	type cached = session.CachedResponse
	for _, tt := range []struct {
		name   string
		answer func(*cached) *cached
		want   string // body that the second task gets
		hits   int
	}{
		{"nothing", func(*cached) *cached { return nil }, "the body", 2},
		{"another one", func(*cached) *cached { return new(cached) }, "the body", 2},
		{"as proposed", func(c *cached) *cached { return c }, "the body", 1},
		{"another body", func(c *cached) *cached { c.Replace([]byte("mine")); return c }, "mine", 1},
		{"an empty body", func(c *cached) *cached { c.Replace(nil); return c }, "", 1},
		{"stale from the start", func(c *cached) *cached { c.Header.Set("Cache-Control", "max-age=0"); return c }, "the body", 2},
		{"fresh by a name in lower case", func(c *cached) *cached {
			c.Header = http.Header{"cache-control": {"max-age=60"}}
			return c
		}, "the body", 1},
		{"not to be stored", func(c *cached) *cached { c.Header.Set("Cache-Control", "no-store"); return c }, "the body", 2},
		{"no header", func(c *cached) *cached { c.Header = nil; return c }, "the body", 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				st := newStage(t, tagged)
				rec := trace.New(t)
				rec.Answers.Cache = func(_ context.Context, _ session.Task, c *cached) *cached { return tt.answer(c) }
				s := st.cachingSession(rec, rec)
				first := run(t, s, rec, request(t, "GET", "/a"))
				expectBody(t, rec, first, []byte("the body"))
				second := run(t, s, rec, request(t, "GET", "/a"))
				expectBody(t, rec, second, []byte(tt.want))
				if got := len(st.log()); got != tt.hits {
					t.Errorf("%d requests, want %d", got, tt.hits)
				}
			})
		})
	}
}

func TestStep11_WithoutTheMethodTheResponseIsStored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, tagged)
		rec := trace.New(t)
		s := st.cachingSession(rec, rec.Facts)
		for range 2 {
			task := run(t, s, rec, request(t, "GET", "/a"))
			rec.Expect(task, "created data* metrics done(nil)")
		}
		st.expectLog("GET http://a.test/a")
	})
}

func TestStep11_TheDelegateMayReadTheBody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		large := bytesOf(28, 200<<10)
		st := newStage(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Cache-Control", "max-age=60")
			write(w, large)
		})
		rec := trace.New(t)
		rec.Answers.Cache = func(_ context.Context, _ session.Task, c *session.CachedResponse) *session.CachedResponse {
			body, err := c.Open()
			if err != nil {
				t.Error(err)
				return nil
			}
			got, err := io.ReadAll(body)
			if err = errors.Join(err, body.Close()); err != nil || sum(got) != sum(large) || c.Size != int64(len(large)) {
				t.Errorf("read %d bytes of %d: %v", len(got), c.Size, err)
			}
			if c.Response.StatusCode != 200 || c.Header.Get("Cache-Control") != "max-age=60" {
				t.Errorf("shown %v with %v", c.Response, c.Header)
			}
			return c
		}
		cfg := st.configuration()
		var err error
		if cfg.Cache, err = cache.New(cache.Options{DiskBytes: 10 << 20, Dir: t.TempDir()}); err != nil {
			t.Fatal(err)
		}
		s := newSession(t, cfg, rec, rec)
		for range 2 {
			expectBody(t, rec, run(t, s, rec, request(t, "GET", "/a")), large)
		}
		st.expectLog("GET http://a.test/a")
	})
}

func TestStep11_MemoryOnlyIsKeptFromTheDisk(t *testing.T) {
	for _, only := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			st := newStage(t, tagged)
			rec := trace.New(t)
			rec.Answers.Cache = func(_ context.Context, _ session.Task, c *session.CachedResponse) *session.CachedResponse {
				c.MemoryOnly = only
				return c
			}
			cfg, dir := st.configuration(), t.TempDir()
			var err error
			if cfg.Cache, err = cache.New(cache.Options{MemoryBytes: 1 << 20, DiskBytes: 1 << 20, Dir: dir}); err != nil {
				t.Fatal(err)
			}
			s := newSession(t, cfg, rec, rec)
			for range 2 {
				run(t, s, rec, request(t, "GET", "/a"))
			}
			st.expectLog("GET http://a.test/a")
			if files := filesBelow(t, dir); (len(files) == 0) != only {
				t.Errorf("memory only %t: there are %q", only, files)
			}
		})
	}
}

// filesBelow lists the files in a tree.
func filesBelow(t *testing.T, dir string) []string {
	t.Helper()
	var list []string
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			list = append(list, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestStep11_ADelegateThatThinksHoldsNoConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, tagged)
		rec := trace.New(t)
		answer := make(chan struct{})
		rec.Answers.Cache = func(_ context.Context, task session.Task, c *session.CachedResponse) *session.CachedResponse {
			if task.ID() == 1 {
				<-answer
			}
			return c
		}
		cfg := st.configuration()
		cfg.Cache, cfg.MaxConnectionsPerHost = newCache(t), 1
		s := newSession(t, cfg, rec, rec)
		first, err := s.DataTask(request(t, "GET", "/a"), nil)
		if err != nil {
			t.Fatal(err)
		}
		first.Resume()
		synctest.Wait()
		rec.Expect(run(t, s, rec, request(t, "GET", "/b")), "created response(200) data* cache metrics done(nil)")
		close(answer)
		rec.Expect(first, "created response(200) data* cache[proposed] metrics done(nil)")
	})
}

func TestStep11_ATaskThatEndsMeanwhileStoresNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, tagged)
		rec := trace.New(t)
		thought := make(chan struct{})
		rec.Answers.Cache = func(ctx context.Context, task session.Task, c *session.CachedResponse) *session.CachedResponse {
			if task.ID() > 1 {
				return c
			}
			task.Cancel()
			<-ctx.Done()
			time.Sleep(time.Second) // the task has let go of the response by now
			c.Header.Set("X", "y")
			c.Replace([]byte("too late"))
			if _, err := c.Open(); err == nil {
				t.Error("the body can be read after the task has ended")
			}
			close(thought)
			return c
		}
		s := st.cachingSession(rec, rec)
		rec.Expect(run(t, s, rec, request(t, "GET", "/a")), "created response(200) data* cache metrics done(Cancelled)")
		<-thought
		expectBody(t, rec, run(t, s, rec, request(t, "GET", "/a")), []byte("the body"))
		st.expectLog("GET http://a.test/a", "GET http://a.test/a")
	})
}

func TestStep11_APanicFailsTheTaskAndStoresNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, tagged)
		rec := trace.New(t)
		rec.Answers.Cache = func(_ context.Context, task session.Task, c *session.CachedResponse) *session.CachedResponse {
			if task.ID() == 1 {
				panic("oh")
			}
			return c
		}
		s := st.cachingSession(rec, rec)
		task := run(t, s, rec, request(t, "GET", "/a"))
		var panicked *session.PanicError
		if !errors.As(task.Err(), &panicked) || panicked.Method != "WillCacheResponse" {
			t.Errorf("the task ended with %v", task.Err())
		}
		expectFetches(t, run(t, s, rec, request(t, "GET", "/a")), transfer.FetchNetwork)
	})
}

func TestStep11_TheTasksOwnDelegateIsAskedFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, tagged)
		rec := trace.New(t)
		s := st.cachingSession(rec, rec)
		task, err := s.DataTask(request(t, "GET", "/a"), nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := task.SetDelegate(refuser{}); err != nil {
			t.Fatal(err)
		}
		task.Resume()
		rec.Expect(task, "created response(200) data* metrics done(nil)")
		expectFetches(t, run(t, s, rec, request(t, "GET", "/a")), transfer.FetchNetwork)
	})
}

// refuser lets nothing be stored.
type refuser struct{}

func (refuser) WillCacheResponse(context.Context, session.Task, *session.CachedResponse) *session.CachedResponse {
	return nil
}

func TestStep11_AHandlerDoesNotReplaceTheQuestion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, tagged)
		rec := trace.New(t)
		s := st.cachingSession(rec, rec)
		var task *session.DataTask
		task, err := s.DataTask(request(t, "GET", "/a"), rec.DataHandler(func() session.Task { return task }, nil))
		if err != nil {
			t.Fatal(err)
		}
		task.Resume()
		rec.Expect(task, "created cache[proposed] metrics handler(200,nil)")
		expectBody(t, rec, run(t, s, rec, request(t, "GET", "/a")), []byte("the body"))
		st.expectLog("GET http://a.test/a")
	})
}

func TestStep11_UploadsAreAskedAboutAndNeverAnsweredFromTheCache(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, tagged)
		rec := trace.New(t)
		s := st.cachingSession(rec, rec)
		for range 2 {
			task, err := s.UploadTaskFromData(request(t, "GET", "/a"), nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			task.Resume()
			rec.Expect(task, "created response(200) data* cache[proposed] metrics done(nil)")
		}
		expectFetches(t, run(t, s, rec, request(t, "GET", "/a")), transfer.FetchLocalCache)
		st.expectLog("GET http://a.test/a", "GET http://a.test/a")
	})
}
