package background_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"haul/internal/trace"
	"haul/session"
	"haul/session/background"
)

// gated serves content, the first half at once and the rest when open is closed.
type gated struct {
	open     chan struct{}
	requests atomic.Int32
	ranges   sync.Map // of the requests, by number
}

func (g *gated) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	n := g.requests.Add(1)
	g.ranges.Store(n, r.Header.Get("Range"))
	w.Header().Set("ETag", `"v1"`)
	http.ServeContent(w, r, "", time.Time{}, &gatedContent{ReadSeeker: bytes.NewReader(content), g: g, r: r})
}

type gatedContent struct {
	io.ReadSeeker
	at int64
	g  *gated
	r  *http.Request
}

func (c *gatedContent) Seek(offset int64, whence int) (int64, error) {
	at, err := c.ReadSeeker.Seek(offset, whence)
	c.at = at
	return at, err
}

func (c *gatedContent) Read(p []byte) (int, error) {
	half := int64(len(content) / 2)
	if c.at >= half {
		select {
		case <-c.g.open:
		case <-c.r.Context().Done():
			return 0, c.r.Context().Err()
		}
	} else {
		p = p[:min(int64(len(p)), half-c.at)]
	}
	n, err := c.ReadSeeker.Read(p)
	c.at += int64(n)
	return n, err
}

// stuck makes a download from g that stands still when it has half of content, and
// closes half then.
func (f *fixture) stuck(g *gated) (s *session.Session, rec *trace.Recorder, d *session.DownloadTask, half chan struct{}) {
	f.t.Helper()
	rec, half = f.recorder(), make(chan struct{})
	var once sync.Once
	rec.On.Wrote = func(_ *session.DownloadTask, _, written, _ int64) {
		if written >= int64(len(content)/2) {
			once.Do(func() { close(half) })
		}
	}
	s = f.session("a", rec)
	d, err := s.DownloadTask(get(f.t, serve(f.t, g).URL+"/f"), nil)
	if err != nil {
		f.t.Fatal(err)
	}
	return s, rec, d, half
}

func TestAPausedDownloadGoesOnInTheAgentFromItsResumeData(t *testing.T) {
	f, g := newFixture(t, background.Options{}), &gated{open: make(chan struct{})}
	s, rec, d, half := f.stuck(g)
	part := filepath.Join(t.TempDir(), "x.haul-part")
	if err := d.SetPartialFile(part); err != nil {
		t.Fatal(err)
	}
	d.Resume()
	<-half
	data, err := rec.Pause(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	rec.Expect(d, "created wrote* resumedata(ok) metrics done(Cancelled+resume)")
	info, err := data.Describe()
	if err != nil || info.PartialFile != part || info.Have != int64(len(content)/2) {
		t.Errorf("%+v, %v", info, err)
	}
	close(g.open)
	again, err := s.DownloadTaskWithResumeData(data, nil)
	if err != nil {
		t.Fatal(err)
	}
	// Whoever looks sees what is at hand also before it goes on.
	c := f.client()
	await(t, func() bool { return only(t, c).Counts.Received == info.Have })
	again.Resume()
	rec.Expect(again, "created resumed wrote* finished metrics done(nil)")
	if !bytes.Equal(rec.Body(again), content) {
		t.Error("the file is not the server's")
	}
	if got, _ := g.ranges.Load(int32(2)); got != "bytes=160000-" {
		t.Errorf("the second request asked for %q: bytes were fetched twice", got)
	}
	if again.Continuation().Offset != 160000 {
		t.Errorf("%+v", again.Continuation())
	}
}

func TestSuspendAndCancelReachTheAgent(t *testing.T) {
	f := newFixture(t, background.Options{})
	_, rec, d, half := f.stuck(&gated{open: make(chan struct{})})
	d.Resume()
	<-half
	d.Suspend()
	c := f.client()
	await(t, func() bool { return only(t, c).State == "suspended" })
	f.stop()
	f.start()
	await(t, func() bool { return only(t, f.client()).State == "suspended" })
	d.Cancel()
	rec.Expect(d, "created wrote* metrics done(Cancelled)")
	entries, err := os.ReadDir(filepath.Join(f.o.Location.StateDirectory, "spool"))
	if err != nil || len(entries) != 0 {
		t.Errorf("the spool has %v, %v", entries, err)
	}
}

// only is the only task that the agent has.
func only(t *testing.T, c *background.Client) background.TaskInfo {
	t.Helper()
	list, err := c.Tasks(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != 1 {
		t.Fatalf("%d tasks", len(list))
	}
	return list[0]
}

// await waits until something becomes true that nothing tells of.
func await(t *testing.T, holds func() bool) {
	t.Helper()
	for until := time.Now().Add(time.Minute); !holds(); {
		if time.Now().After(until) {
			t.Fatal("it does not become true")
		}
		time.Sleep(2 * time.Millisecond)
	}
}

func TestAFailureOfTheNetworkEndsNothing(t *testing.T) {
	var requests atomic.Int32
	server := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"v1"`)
		if requests.Add(1) == 1 {
			w.Header().Set("Content-Length", "320000")
			w.Header().Set("Accept-Ranges", "bytes")
			_, _ = w.Write(content[:100_000]) // the connection is cut
			panic(http.ErrAbortHandler)
		}
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
	}))
	f := newFixture(t, background.Options{})
	rec := f.recorder()
	s := f.session("a", rec)
	d, err := s.DownloadTask(get(t, server.URL+"/f"), nil)
	if err != nil {
		t.Fatal(err)
	}
	d.Resume()
	rec.Expect(d, "created wrote* finished metrics done(nil)")
	if !bytes.Equal(rec.Body(d), content) || requests.Load() != 2 {
		t.Errorf("%d requests, or the file is not the server's", requests.Load())
	}
	if n := len(d.Metrics().Transactions); n != 2 {
		t.Errorf("%d transactions", n)
	}
}

func TestTheTimeForTheResourceEndsATask(t *testing.T) {
	f := newFixture(t, background.Options{})
	rec := f.recorder()
	dead := httptest.NewServer(nil)
	dead.Close()
	s := f.session("a", rec, func(c *session.Configuration) { c.TimeoutForResource = 300 * time.Millisecond })
	d, err := s.DownloadTask(get(t, dead.URL+"/f"), nil)
	if err != nil {
		t.Fatal(err)
	}
	d.Resume()
	rec.Expect(d, "created metrics done(TimedOut)")
	var e *session.Error
	if !errors.As(d.Err(), &e) || !e.Resource {
		t.Errorf("%v", d.Err())
	}
}

func TestTheAgentPutsAFileWhereItBelongs(t *testing.T) {
	server := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/missing" {
			http.NotFound(w, r)
			return
		}
		files().ServeHTTP(w, r)
	}))
	f := newFixture(t, background.Options{})
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "f.bin"), []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := f.client()
	make := func(path, dest string) session.TaskID {
		id, err := c.Create(t.Context(), background.Create{
			Identifier: background.CommandIdentifier, Kind: "download", Start: true,
			Request: &background.Request{URL: server.URL + path}, Settings: background.Settings{Destination: &dest},
		})
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	make("/f", filepath.Join(dir, "f.bin"))
	make("/named.iso", dir+string(filepath.Separator))
	make("/missing", filepath.Join(dir, "g.bin"))
	list, late, err := c.Wait(t.Context(), time.Minute, background.CommandIdentifier)
	if err != nil || late || len(list) != 3 {
		t.Fatal(list, late, err)
	}
	for name, want := range map[string]string{"f.bin": "mine", "f (2).bin": string(content), "named.iso": string(content)} {
		if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(got) != want {
			t.Errorf("%s: %d bytes, %v", name, len(got), err)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "g.bin")); err == nil {
		t.Error("an error page is where the file belongs")
	}
	rec := f.recorder()
	s := f.session(background.CommandIdentifier, rec, func(c *session.Configuration) { c.Shared = true })
	for _, task := range s.Reassociated() {
		rec.Wait(task)
		d := task.(*session.DownloadTask)
		if d.Placed() != (d.OriginalRequest().URL.Path != "/missing") {
			t.Errorf("%s is placed: %v", d.OriginalRequest().URL.Path, d.Placed())
		}
	}
	s.FinishTasksAndInvalidate()
	s.Wait()
	if _, err := os.Stat(filepath.Join(dir, "named.iso")); err != nil {
		t.Error("a file in its place was removed:", err)
	}
	past, err := c.History(t.Context(), background.HistoryQuery{Result: "refused"})
	if err != nil || len(past) != 1 || past[0].Status != 404 {
		t.Errorf("%+v, %v", past, err)
	}
	if past, err = c.History(t.Context(), background.HistoryQuery{Name: "named"}); err != nil || len(past) != 1 {
		t.Errorf("%+v, %v", past, err)
	}
}

func TestAnUploadIsSentAsItWasWhenItWasMade(t *testing.T) {
	got := make(chan string, 1)
	server := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		got <- string(body)
		_, _ = io.WriteString(w, "thank you") // the client sees what is missing
	}))
	f := newFixture(t, background.Options{})
	rec := f.recorder()
	s := f.session("a", rec)
	path := filepath.Join(t.TempDir(), "letter")
	if err := os.WriteFile(path, []byte("dear server"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := get(t, server.URL+"/up")
	r.Method = http.MethodPut
	u, err := s.UploadTaskFromFile(r, path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	u.Resume()
	rec.Expect(u, "created sent* data metrics done(nil)")
	if body := <-got; body != "dear server" || string(rec.Body(u)) != "thank you" || u.Response().StatusCode != 200 {
		t.Errorf("sent %q, got %q, %v", body, rec.Body(u), u.Response())
	}
	if _, err := s.UploadTaskFromFile(r, path, nil); err == nil || !strings.Contains(err.Error(), "FileDoesNotExist") {
		t.Errorf("a file that is not there: %v", err)
	}
}

func TestABackgroundSessionTakesOnlyWhatOutlivesTheProgram(t *testing.T) {
	f := newFixture(t, background.Options{})
	s := f.session("a", f.recorder())
	r := get(t, "http://127.0.0.1/f")
	handler := func(string, *http.Response, error) {}
	for name, make := range map[string]func() error{
		"data":     func() error { _, err := s.DataTask(r, nil); return err },
		"bytes":    func() error { _, err := s.UploadTaskFromData(r, []byte("x"), nil); return err },
		"stream":   func() error { _, err := s.UploadTaskWithStreamedRequest(r, nil); return err },
		"handler":  func() error { _, err := s.DownloadTask(r, handler); return err },
		"resuming": func() error { _, err := s.DownloadTaskWithResumeData([]byte("{}"), nil); return err },
		"body": func() error {
			b := get(t, "http://127.0.0.1/f")
			b.Body = io.NopCloser(strings.NewReader("x"))
			_, err := s.DownloadTask(b, nil)
			return err
		},
	} {
		if make() == nil {
			t.Errorf("%s: it was made", name)
		}
	}
	if _, err := session.New(f.configuration("b"), nil); err == nil || !strings.Contains(err.Error(), "DidFinishDownloading") {
		t.Errorf("without a delegate: %v", err)
	}
	half := struct {
		trace.Invalidations
		trace.Finishes
		trace.Writes
		trace.Completions
	}{}
	if _, err := session.New(f.configuration("b"), half); err == nil || !strings.Contains(err.Error(), "DidResumeAtOffset") {
		t.Errorf("without a method: %v", err)
	}
}

func TestOneProgramHasAnIdentifierUnlessItIsShared(t *testing.T) {
	f := newFixture(t, background.Options{})
	f.session("a", f.recorder())
	_, err := session.New(f.configuration("a"), f.recorder())
	if !errors.Is(err, session.BackgroundSessionInUseByAnotherProcess) {
		t.Errorf("a second one: %v", err)
	}
	f.session("b", f.recorder())
	shared := func(c *session.Configuration) { c.Shared = true }
	f.session("c", f.recorder(), shared)
	f.session("c", f.recorder(), shared)
	if _, err := session.New(f.configuration("c"), f.recorder()); !errors.Is(err, session.BackgroundSessionInUseByAnotherProcess) {
		t.Errorf("alone beside two that share: %v", err)
	}
}

func TestADelayedTaskBeginsAtItsTimeWithTheRequestOfTheDelegate(t *testing.T) {
	var begun atomic.Value
	server := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begun.Store(time.Now())
		if r.URL.Path != "/other" {
			t.Errorf("%s was asked for", r.URL.Path)
		}
		files().ServeHTTP(w, r)
	}))
	f := newFixture(t, background.Options{})
	rec := f.recorder()
	s := f.session("a", rec)
	rec.Answers.Delayed = func(ctx context.Context, _ session.Task, r *http.Request) (session.DelayedDisposition, *http.Request) {
		next := r.Clone(ctx)
		next.URL.Path = "/other"
		return session.UseNewRequest, next
	}
	d, err := s.DownloadTask(get(t, server.URL+"/f"), nil)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Now().Add(400 * time.Millisecond)
	if err := d.SetEarliestBegin(at); err != nil {
		t.Fatal(err)
	}
	d.Resume()
	rec.Expect(d, "created delayed[new] wrote* finished metrics done(nil)")
	if begun.Load().(time.Time).Before(at) {
		t.Error("it began too early")
	}
}
