package background_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"haul/internal/trace"
	"haul/session"
	"haul/session/background"
)

// How often the agent and the app are killed in turn, unless HAUL_TEST_KILLS
// says another number, and what they transfer.
const (
	usualKills = 30
	transfers  = 20
	fileSize   = 2 << 20
)

// killFile is the content of file n.
func killFile(n int) []byte {
	b := make([]byte, fileSize)
	r := rand.NewChaCha8(sha256.Sum256([]byte{byte(n)}))
	_, _ = r.Read(b) // it never fails
	return b
}

// pacedServer serves the files, and lets each come on only as killing goes on,
// so that every kill meets transfers that are under way.
type pacedServer struct {
	mu    sync.Mutex
	moved *sync.Cond
	kills int
	most  int
	files [transfers][]byte
}

func (s *pacedServer) killed(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kills = n
	s.moved.Broadcast()
}

// allowed is how many bytes of file n may have gone out so far.
func (s *pacedServer) allowed(n int) int {
	start, span := n*s.most*4/5/(transfers-1), s.most/5+1
	return fileSize * min(max(s.kills-start, 0)+1, span) / span
}

func (s *pacedServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	n, err := strconv.Atoi(strings.TrimPrefix(r.URL.Path, "/"))
	if err != nil || n < 0 || n >= transfers {
		http.NotFound(w, r)
		return
	}
	stop := context.AfterFunc(r.Context(), func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.moved.Broadcast()
	})
	defer stop()
	w.Header().Set("ETag", fmt.Sprintf(`"file-%d"`, n))
	http.ServeContent(w, r, "", time.Time{}, &pacedFile{s: s, n: n, r: r, ReadSeeker: bytes.NewReader(s.files[n])})
}

// pacedFile is a file that waits before it gives bytes. It has no WriteTo, which
// would go round Read.
type pacedFile struct {
	io.ReadSeeker
	s  *pacedServer
	n  int
	at int64
	r  *http.Request
}

func (f *pacedFile) Seek(offset int64, whence int) (int64, error) {
	at, err := f.ReadSeeker.Seek(offset, whence)
	f.at = at
	return at, err
}

func (f *pacedFile) Read(p []byte) (int, error) {
	f.s.mu.Lock()
	defer f.s.mu.Unlock()
	for f.at < fileSize && f.s.allowed(f.n) <= int(f.at) {
		if err := f.r.Context().Err(); err != nil {
			return 0, err
		}
		f.s.moved.Wait()
	}
	if room := f.s.allowed(f.n) - int(f.at); room < len(p) && f.at < fileSize {
		p = p[:room]
	}
	n, err := f.ReadSeeker.Read(p)
	f.at += int64(n)
	return n, err
}

// told is one delegate call, as the app writes it down.
type told struct {
	Life     int        `json:"life"`
	Kind     trace.Kind `json:"kind"`
	ID       int64      `json:"id"`
	File     string     `json:"file"`
	N        int64      `json:"n,omitempty"`
	Total    int64      `json:"total,omitempty"`
	Expected int64      `json:"expected,omitempty"`
	Error    string     `json:"error,omitempty"`
}

// killApp is the delegate of the app that is killed.
type killApp struct {
	life int
	out  string
	log  *os.File
	done chan struct{}

	mu   sync.Mutex
	left map[string]bool
}

func (a *killApp) note(k trace.Kind, t session.Task, e told) {
	e.Life, e.Kind = a.life, k
	if t != nil {
		e.ID, e.File = int64(t.ID()), strings.TrimPrefix(t.OriginalRequest().URL.Path, "/")
	}
	text, err := json.Marshal(e)
	if err == nil {
		_, err = a.log.Write(append(text, '\n'))
	}
	if err != nil {
		panic(err)
	}
}

func (a *killApp) DidCreateTask(t session.Task) { a.note(trace.Created, t, told{}) }
func (a *killApp) DidWriteData(t *session.DownloadTask, n, written, expected int64) {
	a.note(trace.Wrote, t, told{N: n, Total: written, Expected: expected})
}
func (a *killApp) DidResumeAtOffset(t *session.DownloadTask, offset, expected int64) {
	a.note(trace.Resumed, t, told{Total: offset, Expected: expected})
}
func (a *killApp) DidFinishDownloading(t *session.DownloadTask, path string) {
	name := strings.TrimPrefix(t.OriginalRequest().URL.Path, "/")
	if err := os.Rename(path, filepath.Join(a.out, name)); err != nil {
		a.note(trace.Finished, t, told{Error: err.Error()})
		return
	}
	a.note(trace.Finished, t, told{})
}
func (a *killApp) DidFinishCollectingMetrics(t session.Task, _ session.Metrics) {
	a.note(trace.Metrics, t, told{})
}
func (a *killApp) DidComplete(t session.Task, err error) {
	e := told{}
	if err != nil {
		e.Error = err.Error()
	}
	a.note(trace.Done, t, e)
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.left, strings.TrimPrefix(t.OriginalRequest().URL.Path, "/"))
	if len(a.left) == 0 {
		close(a.done)
	}
}
func (a *killApp) DidFinishEventsForBackgroundSession(*session.Session) {
	a.note(trace.EventsDone, nil, told{})
}
func (a *killApp) DidBecomeInvalid(_ *session.Session, err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "invalid:", err)
		os.Exit(3)
	}
}

// runApp is the app: STATE RUNTIME SERVER OUT LOG LIFE. It makes what is not
// there of the transfers and ends when all have ended.
func runApp(args []string) int {
	life, err := strconv.Atoi(args[5])
	if err != nil {
		panic(err)
	}
	log, err := os.OpenFile(args[4], os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		panic(err)
	}
	a := &killApp{life: life, out: args[3], log: log, done: make(chan struct{}), left: make(map[string]bool)}
	for n := range transfers {
		if _, err := os.Stat(filepath.Join(a.out, strconv.Itoa(n))); err != nil {
			a.left[strconv.Itoa(n)] = true
		}
	}
	cfg := session.BackgroundConfiguration("kill")
	cfg.Agent = processAgent(args[0], args[1])
	a.mu.Lock()
	s, err := session.New(cfg, a)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	missing := make(map[string]bool)
	for name := range a.left {
		missing[name] = true
	}
	for _, t := range s.Reassociated() {
		name := strings.TrimPrefix(t.OriginalRequest().URL.Path, "/")
		delete(missing, name)
		a.left[name] = true
		if t.State() == session.Suspended {
			t.Resume()
		}
	}
	none := len(a.left) == 0
	a.mu.Unlock()
	for n := range transfers {
		if !missing[strconv.Itoa(n)] {
			continue
		}
		r, err := http.NewRequestWithContext(context.Background(), http.MethodGet, args[2]+"/"+strconv.Itoa(n), nil)
		if err != nil {
			panic(err)
		}
		t, err := s.DownloadTask(r, nil)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 2
		}
		t.Resume()
	}
	if !none {
		<-a.done
	}
	s.Detach()
	s.Wait()
	return 0
}

func kills(t *testing.T) int {
	text := os.Getenv("HAUL_TEST_KILLS")
	if text == "" {
		return usualKills
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestKillingTheAgentAndTheAppLosesNothing(t *testing.T) {
	killing(t, kills(t), func(n int) bool { return n%2 == 0 })
}

func TestKillingTheAgentTellsNoEndTwice(t *testing.T) {
	again := killing(t, kills(t)/2, func(int) bool { return true })
	if again > 0 {
		t.Errorf("%d ends were told twice", again)
	}
}

// killing kills most times, the agent or the app, and checks what came of the
// files and of the delegate's calls. It returns how many ends were told again.
func killing(t *testing.T, most int, agentsTurn func(n int) bool) (again int) {
	server := &pacedServer{most: most}
	server.moved = sync.NewCond(&server.mu)
	for n := range server.files {
		server.files[n] = killFile(n)
	}
	url := serve(t, server).URL
	state, runtime, out := t.TempDir(), shortDir(t), t.TempDir()
	log := filepath.Join(t.TempDir(), "events")
	at := processAgent(state, runtime)
	t.Cleanup(func() { stopAgent(t, at) })

	life := 0
	var app *exec.Cmd
	ended := make(chan error, 1)
	start := func() {
		life++
		app = exec.Command(os.Args[0], roleApp, state, runtime, url, out, log, strconv.Itoa(life))
		app.Stderr = os.Stderr
		if err := app.Start(); err != nil {
			t.Fatal(err)
		}
		go func(c *exec.Cmd) { ended <- c.Wait() }(app)
	}
	start()
	killed := 0
	for killed < most {
		select {
		case err := <-ended:
			t.Fatalf("the app has ended after %d kills: %v", killed, err)
		case <-time.After(time.Duration(rand.IntN(120)) * time.Millisecond):
		}
		if agentsTurn(killed) {
			if !killAgent(t, at) {
				continue // it is not there yet again
			}
		} else {
			if err := app.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			<-ended
			start()
		}
		killed++
		server.killed(killed)
	}
	server.killed(10 * most)
	select {
	case err := <-ended:
		if err != nil {
			t.Fatalf("the app: %v", err)
		}
	case <-time.After(2 * time.Minute):
		_ = app.Process.Kill() // the test has failed
		<-ended
		t.Fatal("the app has not ended")
	}
	for n := range transfers {
		got, err := os.ReadFile(filepath.Join(out, strconv.Itoa(n)))
		if err != nil || sha256.Sum256(got) != sha256.Sum256(server.files[n]) {
			t.Errorf("file %d is not the server's: %d bytes, %v", n, len(got), err)
		}
	}
	return checkTold(t, log, life)
}

// checkTold holds what the app was told in all of its lives against the life
// cycle: each life keeps to the grammar, no life hears an end twice, and no task
// ends but with success. It returns how many ends were told again, to a life
// after one that was killed before it could say that it knows.
func checkTold(t *testing.T, log string, lives int) (again int) {
	t.Helper()
	text, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	events := make(map[int][]trace.Event)
	ends := make(map[string][]int)
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		var e told
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			t.Fatalf("%q: %v", lines.Text(), err)
		}
		if e.Error != "" {
			t.Errorf("life %d: %s of file %s: %s", e.Life, e.Kind, e.File, e.Error)
		}
		ev := trace.Event{Kind: e.Kind, N: e.N, Total: e.Total, Expected: e.Expected}
		if e.Kind != trace.EventsDone {
			ev.Task = trace.Task{Kind: trace.DownloadTask, ID: session.TaskID(e.ID)}
		}
		events[e.Life] = append(events[e.Life], ev)
		if e.Kind == trace.Done {
			ends[e.File] = append(ends[e.File], e.Life)
		}
	}
	for l, list := range events {
		// A file that was taken in the life before has no finished again.
		if err := trace.CheckBackground(list, trace.Finished); err != nil {
			t.Errorf("life %d of %d:\n%v", l, lives, err)
		}
	}
	for n := range transfers {
		lives := ends[strconv.Itoa(n)]
		if len(lives) == 0 {
			t.Errorf("file %d never ended", n)
			continue
		}
		again += len(lives) - 1
		if !slices.IsSorted(lives) || len(slices.Compact(slices.Clone(lives))) != len(lives) {
			t.Errorf("file %d ended in the lives %v", n, lives)
		}
	}
	t.Logf("%d lives of the app, %d ends told again", lives, again)
	return again
}

// killAgent kills the agent, and tells whether there was one.
func killAgent(t *testing.T, at session.Agent) bool {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	c, err := background.Dial(ctx, at, false)
	if err != nil {
		return false
	}
	defer func() { _ = c.Close() }() // the other end is dead
	s, err := c.Status(ctx)
	if err != nil {
		return false
	}
	process, err := os.FindProcess(s.PID)
	return err == nil && process.Kill() == nil
}

// stopAgent stops an agent that is a process, and waits for its end.
func stopAgent(t *testing.T, at session.Agent) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	c, err := background.Dial(ctx, at, false)
	if errors.Is(err, background.ErrNotRunning) {
		return
	}
	if err != nil {
		t.Error(err)
		return
	}
	if err := c.Stop(ctx, true); err != nil {
		t.Error(err)
	}
	// The connection ends with the agent.
	for ctx.Err() == nil {
		if _, err := c.Status(ctx); err != nil {
			break
		}
	}
	_ = c.Close() // it has ended
}
