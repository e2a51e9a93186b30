package model

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"

	"haul/internal/demo"
	"haul/session"
)

// story is a model with a session over a network in memory, driven like a
// program drives it: commands on goroutines of their own, messages one by one.
type story struct {
	t       *testing.T
	server  *demo.Server
	network *demo.Network
	at      demo.Addresses
	dir     string
	// dial, if a tale sets it, says why an address cannot be reached.
	dial func(addr string) error
	// configure, if a tale sets it, changes the next session.
	configure func(*session.Configuration)

	m       *Model
	session *session.Session
	ctx     context.Context
	cancel  context.CancelFunc
	msgs    chan tea.Msg
	quit    bool
}

// tell runs a story in a bubble of virtual time, where a goroutine that is
// left behind fails the test.
func tell(t *testing.T, opt Options, tale func(s *story)) {
	t.Helper()
	tellOf(t, demo.Options{Seed: 1}, opt, tale)
}

// tellOf is tell with a server of the test's own.
func tellOf(t *testing.T, served demo.Options, opt Options, tale func(s *story)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		server := demo.New(served)
		s := &story{t: t, server: server, network: new(demo.Network), dir: t.TempDir()}
		var err error
		if s.at, err = server.StartOn(s.network); err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := server.Close(); err != nil {
				t.Error(err)
			}
		}()
		s.open(opt)
		defer s.end()
		tale(s)
	})
}

// open starts a program.
func (s *story) open(opt Options) {
	s.t.Helper()
	cfg := session.EphemeralConfiguration()
	cfg.Dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
		if s.dial != nil {
			if err := s.dial(addr); err != nil {
				return nil, &net.OpError{Op: "dial", Net: network, Err: err}
			}
		}
		return s.network.Dial(ctx, network, addr)
	}
	cfg.MaxConnectionsPerHost = 16 // as the program has it
	cfg.Credentials = session.NewCredentialStorage()
	if s.configure != nil {
		s.configure(&cfg)
	}
	o := NewObserver()
	sess, err := session.New(cfg, o)
	if err != nil {
		s.t.Fatal(err)
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.msgs = make(chan tea.Msg)
	s.session, s.m, s.quit = sess, New(s.ctx, sess, o, opt), false
	s.do(s.m.Init())
}

// end stops the program and waits for all that it started.
func (s *story) end() {
	s.cancel()
	s.session.InvalidateAndCancel()
	s.session.Wait()
	synctest.Wait()
}

// do runs a command.
func (s *story) do(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	go func() {
		msg := cmd()
		if batch, ok := msg.(tea.BatchMsg); ok {
			for _, c := range batch {
				s.do(c)
			}
			return
		}
		if msg == nil {
			return
		}
		select {
		case s.msgs <- msg:
		case <-s.ctx.Done():
		}
	}()
}

// until lets the program run until a condition holds.
func (s *story) until(what string, holds func() bool) {
	s.t.Helper()
	timeout := time.After(time.Hour)
	for !holds() {
		select {
		case msg := <-s.msgs:
			if _, ok := msg.(QuitMsg); ok {
				s.quit = true
			}
			s.do(s.m.Update(msg))
		case <-timeout:
			for _, r := range s.m.Rows(nil, 0, 100) {
				s.t.Logf("row %d %s: %v %d %q", r.ID, r.Name, r.State, r.Status, r.Reason)
			}
			s.t.Fatalf("never %s", what)
		}
	}
}

// add adds a transfer of a path of the demo server, or of a whole URL.
func (s *story) add(path string, change ...func(*Spec)) RowID {
	s.t.Helper()
	spec := Spec{URL: path, Dir: s.dir}
	if strings.HasPrefix(path, "/") {
		spec.URL = s.at.Files + path
	}
	for _, c := range change {
		c(&spec)
	}
	added, problems, cmd := s.m.Add([]Spec{spec})
	if len(problems) > 0 {
		s.t.Fatalf("add %s: %v", path, problems[0].Err)
	}
	s.do(cmd)
	return added[0]
}

func (s *story) row(id RowID) Row {
	s.t.Helper()
	r, ok := s.m.Row(id)
	if !ok {
		s.t.Fatalf("row %d is gone", id)
	}
	return r
}

// reaches lets the program run until a row has a state.
func (s *story) reaches(id RowID, want State) Row {
	s.t.Helper()
	s.until("reached "+want.String(), func() bool { return s.row(id).State == want })
	return s.row(id)
}

// running lets the program run until a row has some bytes.
func (s *story) running(id RowID, bytes int64) Row {
	s.t.Helper()
	s.until("got going", func() bool { r := s.row(id); return r.State == Running && r.Done >= bytes })
	return s.row(id)
}

// asked waits for a question.
func (s *story) asked() PromptView {
	s.t.Helper()
	s.until("asked", func() bool { return len(s.m.Prompts()) > 0 })
	return s.m.Prompts()[0]
}

func (s *story) answer(id PromptID, a Answer) {
	s.t.Helper()
	first, cmd := s.m.Answer(id, a)
	if !first {
		s.t.Fatal("the question was answered already")
	}
	s.do(cmd)
}

// pass lets virtual time pass.
func (s *story) pass(d time.Duration) {
	s.t.Helper()
	end := time.Now().Add(d)
	wake := make(chan struct{})
	time.AfterFunc(d, func() { close(wake) })
	for time.Now().Before(end) {
		select {
		case msg := <-s.msgs:
			s.do(s.m.Update(msg))
		case <-wake:
		}
	}
}

// whole checks that a row's file has the bytes of the server.
func (s *story) whole(id RowID, path string) {
	s.t.Helper()
	r := s.row(id)
	raw, err := os.ReadFile(r.Path)
	if err != nil {
		s.t.Fatal(err)
	}
	sum := sha256.Sum256(raw)
	if got := hex.EncodeToString(sum[:]); got != s.server.SHA256(path) {
		s.t.Errorf("%s has SHA-256 %s, want %s", r.Path, got, s.server.SHA256(path))
	}
	if int64(len(raw)) != r.Done || r.Done != r.Size {
		s.t.Errorf("%s has %d bytes, the row says %d of %d", r.Path, len(raw), r.Done, r.Size)
	}
}

// files are the names in the destination directory.
func (s *story) files() string {
	s.t.Helper()
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		s.t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return strings.Join(names, " ")
}

// requests are the entries of the server's log for a path.
func (s *story) requests(path string) []demo.Entry {
	var out []demo.Entry
	for _, e := range s.server.Log() {
		if e.Path == path {
			out = append(out, e)
		}
	}
	return out
}

func (s *story) expect(ok bool, format string, args ...any) {
	s.t.Helper()
	if !ok {
		s.t.Errorf(format, args...)
	}
}

func ids(id ...RowID) []RowID { return id }

func TestStoryAddAndDone(t *testing.T) {
	tell(t, Options{}, func(s *story) {
		path := "/slow/film.mp4?size=2MB&rate=400kB"
		id := s.add(path)
		s.running(id, 1)
		s.pass(4 * time.Second)
		r := s.row(id)
		s.expect(r.Size == 2_000_000, "size %d", r.Size)
		s.expect(r.Rate > 300_000 && r.Rate < 500_000, "rate %v, want about 400 kB/s", r.Rate)
		s.expect(r.ETA >= 0 && r.ETA < 3*time.Second, "eta %v", r.ETA)
		s.expect(r.Resumable, "not resumable: %q", r.Reason)
		s.expect(strings.Contains(s.files(), "film.mp4.haul-part"), "no partial file: %s", s.files())
		r = s.reaches(id, Done)
		s.expect(r.Path == filepath.Join(s.dir, "film.mp4"), "path %s", r.Path)
		s.whole(id, path)
		s.expect(s.files() == "film.mp4", "left behind: %s", s.files())
		s.expect(s.m.Idle(), "not idle")
		s.expect(s.m.Summary().Done == 1, "summary %+v", s.m.Summary())
		names := map[string]int{}
		for _, e := range s.m.TakeEvents() {
			names[e.Name]++
		}
		s.expect(names["Resume"] == 1 && names["DidWriteData"] == 1 && names["DidFinishDownloading"] == 1 && names["DidComplete"] == 1,
			"events %v", names)
		before := s.m.Version()
		s.pass(time.Hour)
		s.expect(s.m.Version() == before, "something changes although nothing happens")
	})
}

// TestStoryTheLastBytesCount is of a file whose length nobody said: its last
// bytes come in one frame with its end.
func TestStoryTheLastBytesCount(t *testing.T) {
	tell(t, Options{}, func(s *story) {
		id := s.add("/chunked/build.log?size=2MB&rate=2MB")
		r := s.reaches(id, Done)
		s.expect(r.Done == 2_000_000 && r.Size == 2_000_000, "done %d of %d", r.Done, r.Size)
		d, _ := s.m.Detail(id)
		s.expect(len(d.Segments) == 1 && d.Segments[0].End == 2_000_000, "segments %+v", d.Segments)
	})
}

func TestStoryPauseAndResume(t *testing.T) {
	tell(t, Options{}, func(s *story) {
		path := "/slow/film.mp4?size=2MB&rate=400kB"
		id := s.add(path)
		s.running(id, 500_000)
		s.do(s.m.TogglePause(ids(id)))
		s.expect(s.row(id).State == Pausing, "after the key: %v", s.row(id).State)
		at := s.reaches(id, Paused)
		s.expect(at.Done >= 500_000 && at.Rate == 0, "paused with %d, rate %v", at.Done, at.Rate)
		s.pass(time.Minute)
		s.expect(s.requests(path)[0].End == demo.ClientClosed, "the connection is still open")
		s.do(s.m.TogglePause(ids(id)))
		s.reaches(id, Done)
		s.whole(id, path)
		log := s.requests(path)
		s.expect(len(log) == 2, "%d requests", len(log))
		s.expect(log[1].Header.Get("Range") != "" && log[1].Header.Get("If-Range") != "" && log[1].Status == http.StatusPartialContent,
			"second request: %v, status %d", log[1].Header, log[1].Status)
		d, _ := s.m.Detail(id)
		s.expect(len(d.Segments) == 2 && d.Segments[1].Start == d.Segments[0].End && d.Segments[1].End == 2_000_000,
			"segments %+v", d.Segments)
		s.expect(d.Rule == "validator", "rule %q", d.Rule)
	})
}

// TestStoryNothingIsHeldThatIsWhole: between the last byte and the frame that
// tells of it a transfer is neither held nor lost.
func TestStoryNothingIsHeldThatIsWhole(t *testing.T) {
	tell(t, Options{}, func(s *story) {
		id := s.add("/whole/film.mp4?size=100kB&rate=100kB")
		s.running(id, 1)
		task, ok := s.m.rows[id].task.(*session.DownloadTask)
		for why := ""; ok && why != session.ReasonEnded; _, why = task.Resumability() {
			time.Sleep(time.Millisecond) // no frame meanwhile
		}
		_, lost := s.m.QuitCost()
		s.do(s.m.TogglePause(ids(id)))
		r := s.row(id)
		s.expect(lost == 0 && r.State == Running, "lost %d, %v, %q", lost, r.State, r.Reason)
		s.reaches(id, Done)
	})
}

func TestStoryHoldWhatCannotResume(t *testing.T) {
	tell(t, Options{}, func(s *story) {
		path := "/whole/no-ranges.bin?size=2MB&rate=400kB"
		id := s.add(path)
		s.running(id, 300_000)
		s.do(s.m.TogglePause(ids(id)))
		r := s.row(id)
		s.expect(r.State == Held && strings.Contains(r.Reason, "cannot be resumed"), "%v %q", r.State, r.Reason)
		s.pass(30 * time.Second)
		held := s.row(id).Done
		s.pass(30 * time.Second)
		s.expect(s.row(id).Done == held, "bytes go on while it is held")
		s.do(s.m.TogglePause(ids(id)))
		s.reaches(id, Done)
		s.whole(id, path)
		s.expect(len(s.requests(path)) == 1, "%d requests", len(s.requests(path)))
	})
}

func TestStoryCancelThrowsAway(t *testing.T) {
	tell(t, Options{}, func(s *story) {
		id := s.add("/slow/film.mp4?size=2MB&rate=400kB")
		s.running(id, 300_000)
		c := s.m.Cost(ids(id))
		s.expect(c.Active == 1 && c.Bytes >= 300_000 && c.Name == "film.mp4", "cost %+v", c)
		s.do(s.m.Cancel(ids(id)))
		s.reaches(id, Cancelled)
		s.expect(s.files() == "", "left behind: %s", s.files())
	})
}

func TestStoryRetryGoesOnWithBackoff(t *testing.T) {
	tell(t, Options{}, func(s *story) {
		path := "/flaky/unsteady.bin?size=3MB&rate=1MB&cut=1MB&times=2"
		id := s.add(path)
		r := s.reaches(id, Retrying)
		s.expect(r.Attempt == 1 && r.Attempts == 5 && r.Code == session.NetworkConnectionLost, "%+v", r)
		wait := time.Until(r.RetryAt)
		s.expect(wait > 0 && wait <= time.Second, "waits %v", wait)
		s.reaches(id, Done)
		s.whole(id, path)
		log := s.requests(path)
		s.expect(len(log) == 3, "%d requests", len(log))
		s.expect(log[len(log)-1].Header.Get("Range") != "", "started over")
	})
}

func TestStoryRetryObeysRetryAfterAndCanBeCancelled(t *testing.T) {
	tell(t, Options{}, func(s *story) {
		path := "/busy/later.bin?size=1kB&retry=30&times=1"
		id := s.add(path)
		r := s.reaches(id, Retrying)
		s.expect(r.Status == 503 && time.Until(r.RetryAt) > 29*time.Second, "%v, in %v", r.Status, time.Until(r.RetryAt))
		s.do(s.m.Cancel(ids(id)))
		s.pass(time.Minute)
		s.expect(len(s.requests(path)) == 1, "cancelled and asked again")
		s.expect(s.row(id).State == Cancelled, "%v", s.row(id).State)
		s.do(s.m.Retry(ids(id)))
		s.reaches(id, Done)
		s.whole(id, path)
	})
}

func TestStoryRetriesEnd(t *testing.T) {
	tell(t, Options{Retries: 2}, func(s *story) {
		path := "/busy/never.bin?retry=1&times=0"
		id := s.add(path)
		r := s.reaches(id, Refused)
		s.expect(len(s.requests(path)) == 3, "%d requests", len(s.requests(path)))
		s.expect(r.Status == 503 && strings.Contains(r.Reason, "503"), "%+v", r)
		s.expect(s.m.Idle(), "not idle")
	})
}

func TestStoryRefusedLeavesNoFile(t *testing.T) {
	tell(t, Options{}, func(s *story) {
		id := s.add("/missing/not-here.html")
		r := s.reaches(id, Refused)
		s.expect(r.Status == 404 && strings.Contains(r.Reason, "404"), "%+v", r)
		s.expect(s.files() == "", "left behind: %s", s.files())
		s.expect(s.m.Summary().Refused == 1, "%+v", s.m.Summary())
	})
}

func TestStoryKeepErrorBody(t *testing.T) {
	tell(t, Options{KeepErrorBody: true}, func(s *story) {
		id := s.add("/missing/not-here.html")
		s.reaches(id, Refused)
		s.expect(s.files() == "not-here.html.error-404", "files: %s", s.files())
	})
}
