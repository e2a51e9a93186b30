package background

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"haul/session"
	"haul/session/internal/link"
	"haul/transfer/partial"
)

// powerPatience bounds every wait. It is only reached when something is wrong.
const powerPatience = time.Minute

// powerStage is an agent whose power fails, and its surroundings, which stay.
type powerStage struct {
	t        *testing.T
	state    string
	dir, out string // where the agent and the app put files
	url      string
	data     []byte
	log      *powerLog
	agent    *Agent
	story    bytes.Buffer // of the agent
}

// The files: the agent places two, of which the first has its partial file
// beside it and takes long enough for a checkpoint, and the app takes the third.
const (
	slowFile  = "a.bin"
	otherFile = "b.bin"
	takenFile = "c.bin"
)

func (p *powerStage) start(o Options) {
	p.t.Helper()
	o.Location = session.Agent{StateDirectory: p.state, RuntimeDirectory: p.state}
	p.story.Reset()
	o.Log = slog.New(slog.NewTextHandler(&p.story, nil))
	agent, err := New(o)
	if err != nil {
		p.t.Fatal(err)
	}
	p.agent = agent
}

// fail ends the test with what the agent has said.
func (p *powerStage) fail(format string, args ...any) {
	p.t.Helper()
	p.stop()
	p.t.Fatalf(format+"\n%s", append(args, &p.story)...)
}

func (p *powerStage) stop() {
	p.t.Helper()
	if err := p.agent.Close(); err != nil {
		p.t.Error(err)
	}
}

// powerApp is a life of the app.
type powerApp struct {
	stage *powerStage
	mu    sync.Mutex
	left  map[session.TaskID]bool
	over  chan struct{}
}

func (a *powerApp) DidBecomeInvalid(*session.Session, error)                {}
func (a *powerApp) DidWriteData(*session.DownloadTask, int64, int64, int64) {}
func (a *powerApp) DidResumeAtOffset(*session.DownloadTask, int64, int64)   {}

func (a *powerApp) DidFinishDownloading(t *session.DownloadTask, path string) {
	p := a.stage
	if t.Placed() {
		return
	}
	if err := os.Rename(path, filepath.Join(p.out, takenFile)); err != nil {
		p.t.Error(err)
	}
	p.log.note(powerOp{kind: powerMark, name: "taken " + takenFile})
}

func (a *powerApp) DidComplete(t session.Task, err error) {
	name := fileName(t)
	if err != nil {
		a.stage.t.Errorf("%s has failed: %v", name, err)
	}
	a.stage.log.note(powerOp{kind: powerMark, name: "told " + name})
	a.mu.Lock()
	defer a.mu.Unlock()
	if delete(a.left, t.ID()); len(a.left) == 0 {
		close(a.over)
	}
}

func fileName(t session.Task) string { return strings.TrimPrefix(t.OriginalRequest().URL.Path, "/") }

// live runs a life of the app: it makes a task for each of the names, goes on
// with those that there are, and waits for their ends. It returns which there
// were.
func (p *powerStage) live(names ...string) (had []string) {
	p.t.Helper()
	app := &powerApp{stage: p, left: make(map[session.TaskID]bool), over: make(chan struct{})}
	app.mu.Lock()
	cfg := session.BackgroundConfiguration("power")
	cfg.Agent.Dial = func(context.Context) (net.Conn, error) {
		ours, theirs := net.Pipe()
		p.agent.Handle(theirs)
		return ours, nil
	}
	s, err := session.New(cfg, app)
	if err != nil {
		p.t.Fatal(err)
	}
	tasks := s.Reassociated()
	for _, t := range tasks {
		had = append(had, fileName(t))
	}
	for _, name := range names {
		r, err := http.NewRequest(http.MethodGet, p.url+"/"+name, nil) //nolint:noctx // a task has its own
		if err != nil {
			p.t.Fatal(err)
		}
		t, err := s.DownloadTask(r, nil)
		if err != nil {
			p.t.Fatal(err)
		}
		p.log.note(powerOp{kind: powerMark, name: "made " + name})
		tasks = append(tasks, t)
	}
	for _, t := range tasks {
		app.left[t.ID()] = true
	}
	if len(tasks) == 0 {
		close(app.over)
	}
	app.mu.Unlock()
	for _, t := range tasks {
		if t.State() == session.Suspended {
			p.resume(t.(*session.DownloadTask))
		}
	}
	select {
	case <-app.over:
	case <-time.After(powerPatience):
		p.fail("%v have not ended of %v", app.left, had)
	}
	s.Detach()
	s.Wait()
	return had
}

// resume resumes a task with its settings, of which it may have some already.
func (p *powerStage) resume(t *session.DownloadTask) {
	p.t.Helper()
	var err error
	name := fileName(t)
	if name != takenFile {
		err = t.SetDestination(filepath.Join(p.dir, name), false)
	}
	if err == nil && name == slowFile {
		err = t.SetPartialFile(partial.PathFor(p.dir, name))
	}
	if err != nil {
		// What is left may have ended, or been resumed, in the agent since.
		p.t.Log(name, err)
	}
	t.Resume()
}

// check compares what the app has at last with what was there.
func (p *powerStage) check(marks, had []string) {
	p.t.Helper()
	want := sha256.Sum256(p.data)
	for _, name := range []string{slowFile, otherFile, takenFile} {
		made, told := slices.Contains(marks, "made "+name), slices.Contains(marks, "told "+name)
		if made && !told && !slices.Contains(had, name) {
			p.t.Errorf("the task of %s is lost", name)
		}
		if !made && !slices.Contains(had, name) {
			continue
		}
		dir := p.dir
		if name == takenFile {
			dir = p.out
		}
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || sha256.Sum256(text) != want {
			p.t.Errorf("%s is not the server's: %d bytes, %v", name, len(text), err)
		}
	}
	for _, dir := range []string{p.dir, p.out, filepath.Join(p.state, "spool")} {
		entries, err := os.ReadDir(dir)
		if err != nil {
			p.t.Error(err)
		}
		for _, e := range entries {
			if name := e.Name(); name != slowFile && name != otherFile && name != takenFile {
				p.t.Errorf("%s is left in %s", name, dir)
			}
		}
	}
}

// TestThePowerFailsAfterAnyWriteOfTheAgent records the order in which an agent
// writes, its database's commits and its files, and lets the next one begin with
// what is left after each of them.
func TestThePowerFailsAfterAnyWriteOfTheAgent(t *testing.T) {
	root, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	p := &powerStage{
		t: t, state: filepath.Join(root, "state"), dir: filepath.Join(root, "dir"), out: filepath.Join(root, "out"),
		data: make([]byte, 200_000),
	}
	random := rand.NewChaCha8([32]byte{1})
	_, _ = random.Read(p.data) // it never fails
	gate := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"v1"`)
		w.Header().Set("Content-Type", "application/octet-stream")
		content := io.ReadSeeker(bytes.NewReader(p.data))
		if r.URL.Path == "/"+slowFile {
			content = &gatedReader{Reader: bytes.NewReader(p.data), gate: gate}
		}
		http.ServeContent(w, r, "", time.Time{}, content)
	}))
	t.Cleanup(server.Close)
	p.url = server.URL
	at := link.Places{Runtime: p.state, State: p.state}
	directories := []string{p.state, p.dir, p.out, at.Spool()}
	p.log = &powerLog{inodes: make(map[string]int), database: func() map[string][]byte {
		return readFiles(t, at.Database(), at.Database()+"-wal")
	}}
	putFiles(t, directories)
	p.start(Options{Files: powerFS{log: p.log}, committed: func() { p.log.note(powerOp{kind: powerCommit}) }})
	go func() {
		// The second half comes when the first is durable.
		for !p.log.has(func(o powerOp) bool { return o.kind == powerRename && strings.HasSuffix(o.to, partial.StateSuffix) }) {
			time.Sleep(10 * time.Millisecond)
		}
		close(gate)
	}()
	p.live(slowFile, otherFile, takenFile)
	p.stop()

	recorded := p.log
	seen := make(map[[sha256.Size]byte]bool)
	starts := 0
	for n := range recorded.ops {
		for _, loss := range []powerLoss{loseAll, loseData, loseNames, loseNone} {
			files, database, marks := recorded.after(n+1, loss)
			if key := fingerprintOf(files, database, marks); seen[key] {
				continue
			} else {
				seen[key] = true
			}
			starts++
			p.log = &powerLog{inodes: make(map[string]int)}
			putFiles(t, directories, files, database)
			if slices.Contains(marks, "taken "+takenFile) {
				putFiles(t, nil, map[string][]byte{filepath.Join(p.out, takenFile): p.data})
			}
			what := fmt.Sprintf("after %d of %d writes, loss %d, %v, %v", n+1, len(recorded.ops), loss, marks, recorded.ops[max(0, n-3):n+1])
			p.start(Options{})
			t.Cleanup(func() {
				if t.Failed() {
					t.Log(what)
				}
			})
			had := p.live()
			p.check(marks, had)
			p.stop()
			if t.Failed() {
				t.Fatalf("after %d of %d writes, loss %d, %v, %v", n+1, len(recorded.ops), loss, marks, recorded.ops[max(0, n-3):n+1])
			}
		}
	}
	t.Logf("%d writes, %d different starts", len(recorded.ops), starts)
}

// gatedReader gives its second half when the gate is open.
type gatedReader struct {
	*bytes.Reader
	gate <-chan struct{}
}

func (g *gatedReader) Read(p []byte) (int, error) {
	half := int(g.Size()) / 2
	if g.Len() <= half {
		<-g.gate
	} else {
		p = p[:min(len(p), g.Len()-half)]
	}
	return g.Reader.Read(p)
}

// WriteTo hides the reader's own, which would go round Read.
func (g *gatedReader) WriteTo(w io.Writer) (int64, error) {
	return io.Copy(w, struct{ io.Reader }{g})
}

// fingerprintOf is the same for what is the same start.
func fingerprintOf(files, database map[string][]byte, marks []string) (sum [sha256.Size]byte) {
	h := sha256.New()
	for _, set := range []map[string][]byte{files, database} {
		for _, name := range slices.Sorted(maps.Keys(set)) {
			fmt.Fprintf(h, "%q %x\n", name, sha256.Sum256(set[name]))
		}
	}
	fmt.Fprint(h, marks)
	return [sha256.Size]byte(h.Sum(nil))
}

func (o powerOp) String() string {
	return fmt.Sprintf("{%d %d %s %s %d+%d}", o.kind, o.inode, filepath.Base(o.name), filepath.Base(o.to), o.off, len(o.data))
}
