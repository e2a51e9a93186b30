package model_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"haul/model"
	"haul/session"
	"haul/session/background"
)

// patience bounds every wait. It is only reached when something is wrong.
const patience = 30 * time.Second

// attached is a model over an agent in this process, driven like a program
// drives it.
type attached struct {
	t        *testing.T
	dir      string
	at       session.Agent
	client   *background.Client
	observer *model.Attached
	session  *session.Session
	m        *model.Model
	ctx      context.Context
	msgs     chan tea.Msg
	quit     bool
	refused  []model.Problem
}

// attach makes an agent and attaches a model to it.
func attach(t *testing.T) *attached {
	t.Helper()
	return attachTo(t, newAgent(t, background.Options{}))
}

// newAgent makes an agent with directories of its own.
func newAgent(t *testing.T, o background.Options) session.Agent {
	t.Helper()
	o.Location = session.Agent{StateDirectory: t.TempDir(), RuntimeDirectory: t.TempDir()}
	agent, err := background.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := agent.Close(); err != nil {
			t.Error(err)
		}
	})
	return session.Agent{Dial: func(context.Context) (net.Conn, error) {
		ours, theirs := net.Pipe()
		agent.Handle(theirs)
		return ours, nil
	}}
}

// attachTo attaches a model to an agent.
func attachTo(t *testing.T, at session.Agent) *attached {
	t.Helper()
	a := &attached{t: t, at: at, dir: t.TempDir(), msgs: make(chan tea.Msg, 64)}
	var err error
	if a.client, err = background.Dial(t.Context(), a.at, false); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.client.Close(); err != nil {
			t.Error(err)
		}
	})
	opt := model.Options{Attached: true, Interactive: true, FrameInterval: time.Millisecond}
	a.observer = model.NewAttached(opt, a.dir)
	cfg := session.BackgroundConfiguration(background.CommandIdentifier)
	cfg.Shared, cfg.Agent = true, a.at
	if a.session, err = session.New(cfg, a.observer); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	a.ctx = ctx
	a.m = model.New(ctx, a.session, a.observer.Observer, opt)
	a.do(a.m.Init())
	t.Cleanup(func() {
		cancel()
		a.session.Detach()
		a.session.Wait()
		if err := a.observer.Close(); err != nil {
			t.Error(err)
		}
	})
	return a
}

// do runs a command as Bubble Tea does.
func (a *attached) do(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	go func() {
		select {
		case a.msgs <- cmd():
		case <-a.ctx.Done():
		}
	}()
}

// until runs the loop until something holds.
func (a *attached) until(what string, holds func() bool) {
	a.t.Helper()
	late := time.After(patience)
	look := time.NewTicker(5 * time.Millisecond) // the agent and the disk send no message
	defer look.Stop()
	for !holds() {
		select {
		case msg := <-a.msgs:
			switch msg := msg.(type) {
			case nil:
			case tea.BatchMsg:
				for _, cmd := range msg {
					a.do(cmd)
				}
			case model.QuitMsg:
				a.quit = true
			case model.NewsMsg:
				a.refused = msg.Problems
			default:
				a.do(a.m.Update(msg))
			}
		case <-look.C:
		case <-late:
			a.t.Fatalf("waiting for %s: %+v", what, a.m.Rows(nil, 0, a.m.Len()))
		}
	}
}

func (a *attached) becomes(id model.RowID, s model.State) model.Row {
	a.t.Helper()
	var r model.Row
	a.until(s.String(), func() (ok bool) {
		r, ok = a.m.Row(id)
		return ok && r.State == s
	})
	return r
}

// task is what the agent has of a task.
func (a *attached) task(id int64) background.TaskInfo {
	a.t.Helper()
	list, err := a.client.Tasks(a.t.Context(), background.CommandIdentifier)
	if err != nil {
		a.t.Fatal(err)
	}
	for _, task := range list {
		if task.ID == id {
			return task
		}
	}
	a.t.Fatalf("the agent has no task %d", id)
	return background.TaskInfo{}
}

// gated serves a file whose second half waits for open.
func gated(t *testing.T) (link string, open func()) {
	t.Helper()
	gate := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "2000")
		// A client that has gone is no failure here.
		_, _ = io.WriteString(w, strings.Repeat("a", 1000))
		w.(http.Flusher).Flush()
		select {
		case <-gate:
		case <-r.Context().Done():
		}
		_, _ = io.WriteString(w, strings.Repeat("b", 1000))
	}))
	open = sync.OnceFunc(func() { close(gate) })
	t.Cleanup(func() { open(); s.Close() })
	return s.URL + "/film.mp4", open
}

func TestATaskOfTheAgentIsARow(t *testing.T) {
	a := attach(t)
	link, open := gated(t)
	place := a.dir + string(filepath.Separator)
	_, err := a.client.Create(t.Context(), background.Create{
		Identifier: background.CommandIdentifier, Kind: "download", Request: &background.Request{URL: link},
		Settings: background.Settings{Destination: &place}, Start: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	a.until("its bytes", func() bool { r, ok := a.m.Row(1); return ok && r.Done == 1000 && r.Size == 2000 })

	// A pause suspends the task in its place, and another terminal's act shows.
	a.do(a.m.TogglePause([]model.RowID{1}))
	a.becomes(1, model.Paused)
	a.until("the agent's word", func() bool { return a.task(1).State == "suspended" })
	if err := a.client.Act(t.Context(), background.Resume, background.CommandIdentifier, 1); err != nil {
		t.Fatal(err)
	}
	open()
	if r := a.becomes(1, model.Done); r.Path != filepath.Join(a.dir, "film.mp4") {
		t.Errorf("the file is at %q", r.Path)
	}
	if text, err := os.ReadFile(filepath.Join(a.dir, "film.mp4")); err != nil || len(text) != 2000 {
		t.Errorf("%d bytes, %v", len(text), err)
	}
}

func TestAnAttachedModelGivesTheAgentMore(t *testing.T) {
	a := attach(t)
	link, open := gated(t)
	open()
	_, problems, cmd := a.m.Add([]model.Spec{
		{URL: link, Dir: a.dir, Name: "other.mp4"},
		{URL: "gopher://x", Dir: a.dir},
		{URL: link, Dir: a.dir, Checksum: "md5:00"},
	})
	a.do(cmd)
	if len(problems) != 2 || problems[0].Index != 1 || problems[1].Index != 2 {
		t.Errorf("the problems are %+v", problems)
	}
	if r := a.becomes(1, model.Done); r.Name != "other.mp4" || r.Path != filepath.Join(a.dir, "other.mp4") {
		t.Errorf("the row is %+v", r)
	}
}

func TestAFailedTaskIsMadeAnew(t *testing.T) {
	a := attach(t)
	var fine atomic.Bool
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if !fine.Load() {
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	t.Cleanup(s.Close)
	_, _, cmd := a.m.Add([]model.Spec{{URL: s.URL + "/late.txt", Dir: a.dir, Name: "mine.txt"}})
	a.do(cmd)
	a.becomes(1, model.Refused)
	fine.Store(true)
	a.do(a.m.Retry([]model.RowID{1}))
	if r := a.becomes(1, model.Done); r.Path != filepath.Join(a.dir, "mine.txt") || a.m.Len() != 1 {
		t.Errorf("the file is at %q, of %d rows", r.Path, a.m.Len())
	}
	if left, err := os.ReadDir(a.dir); err != nil || len(left) != 1 {
		t.Errorf("%v, %v", left, err)
	}
}

func TestQuittingLeavesTheAgentsTasks(t *testing.T) {
	a := attach(t)
	link, open := gated(t)
	defer open()
	_, _, cmd := a.m.Add([]model.Spec{{URL: link, Dir: a.dir}, {URL: link, Dir: a.dir, Paused: true}})
	a.do(cmd)
	a.until("its bytes", func() bool { r, ok := a.m.Row(1); return ok && r.Done == 1000 })
	a.becomes(2, model.Paused)
	if running, lost := a.m.QuitCost(); running != 2 || lost != 0 {
		t.Errorf("quitting costs %d, %d", running, lost)
	}
	a.do(a.m.Quit())
	a.until("the end", func() bool { return a.quit })
	a.session.Detach()
	<-a.observer.Lost()
	if err := a.observer.Err(); err != nil {
		t.Error(err)
	}
	if one, two := a.task(1), a.task(2); one.State != "running" || two.State != "suspended" {
		t.Errorf("the tasks are %s and %s", one.State, two.State)
	}
}

func TestWhatIsTakenOffIsCancelled(t *testing.T) {
	a := attach(t)
	link, open := gated(t)
	defer open()
	_, _, cmd := a.m.Add([]model.Spec{{URL: link, Dir: a.dir}})
	a.do(cmd)
	a.until("its bytes", func() bool { r, ok := a.m.Row(1); return ok && r.Done == 1000 })
	a.do(a.m.Remove([]model.RowID{1}, true))
	if a.m.Len() != 0 {
		t.Errorf("%d rows are left", a.m.Len())
	}
	a.until("the agent's word", func() bool { return a.task(1).State == "suspended" })

	// It can be brought back until the terminal leaves.
	if n := a.m.Undo(); n != 1 {
		t.Errorf("%d were brought back", n)
	}
	if r := a.becomes(1, model.Paused); r.Done != 1000 {
		t.Errorf("what is back has %d bytes", r.Done)
	}
	// What was paused when it was taken off goes on when it is resumed once.
	a.do(a.m.Remove([]model.RowID{1}, true))
	a.m.Undo()
	a.do(a.m.TogglePause([]model.RowID{1}))
	a.becomes(1, model.Running)
	a.do(a.m.Remove([]model.RowID{1}, true))
	a.do(a.m.Quit())
	a.until("the end", func() bool { return a.quit })
	a.until("an empty directory", func() bool { left, err := os.ReadDir(a.dir); return err == nil && len(left) == 0 })
}
