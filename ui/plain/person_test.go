package plain

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"

	"haul/internal/demo"
	"haul/model"
	"haul/session"
)

// person is somebody at a terminal with plain lines, in virtual time.
type person struct {
	t       *testing.T
	at      string // the server's URL
	dir     string
	printer *Printer
	out     strings.Builder // all that was printed, and said
	heard   int             // how much of it was looked at
	lines   chan typing
	hidden  []string // lines that were not shown
	msgs    chan tea.Msg
	ctx     context.Context
	ended   bool
	handed  *int // how many transfers went to the background
	read    int  // lines
}

// readMsg tells that a line was read.
type readMsg struct{}

// typing is a line on its way to whoever reads.
type typing struct {
	line string
	err  error
}

// sit runs a story over the files named, which are paths on the demo server.
func sit(t *testing.T, steer bool, paths []string, tale func(*person)) {
	t.Helper()
	sitAt(t, steer, false, paths, tale)
}

// sitAt is sit, perhaps at transfers that another process makes, where a pause
// keeps the task and its question.
func sitAt(t *testing.T, steer, attached bool, paths []string, tale func(*person)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		server, network := demo.New(demo.Options{Seed: 1}), new(demo.Network)
		at, err := server.StartOn(network)
		if err != nil {
			t.Fatal(err)
		}
		cfg := session.EphemeralConfiguration()
		cfg.Dial = func(ctx context.Context, kind, addr string) (net.Conn, error) { return network.Dial(ctx, kind, addr) }
		opt := model.Options{Interactive: true, Running: 2, Attached: attached}
		dir := t.TempDir()
		all := model.NewAttached(opt, dir)
		var delegate session.Delegate = all.Observer
		if attached {
			delegate = all
		}
		s, err := session.New(cfg, delegate)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		var handed int
		opt.Handover = func(context.Context, model.Handover) error {
			handed++
			return nil
		}
		m := model.New(ctx, s, all.Observer, opt)
		p := &person{handed: &handed, t: t, at: at.Files, dir: dir, lines: make(chan typing), msgs: make(chan tea.Msg), ctx: ctx}
		var start tea.Cmd
		if attached {
			for _, path := range paths {
				others(t, s, at.Files+path)
			}
		} else {
			start = add(t, m, at.Files, dir, paths)
		}
		p.printer = New(m, Options{
			Out: &p.out, Talk: &p.out, Dir: p.dir, Into: p.dir, Steer: steer, Start: start,
			Read: func(hidden bool) (string, error) {
				select {
				case l := <-p.lines:
					if hidden {
						p.hidden = append(p.hidden, l.line)
					}
					return l.line, l.err
				case <-ctx.Done():
					return "", io.EOF
				}
			},
		})
		p.do(p.printer.Init())
		defer func() {
			cancel()
			s.InvalidateAndCancel()
			s.Wait()
			if err := server.Close(); err != nil {
				t.Error(err)
			}
			synctest.Wait()
		}()
		tale(p)
	})
}

// add adds rows for the paths.
func add(t *testing.T, m *model.Model, at, dir string, paths []string) (start tea.Cmd) {
	t.Helper()
	var specs []model.Spec
	for _, path := range paths {
		specs = append(specs, model.Spec{URL: at + path, Dir: dir})
	}
	_, problems, start := m.Add(specs)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return start
}

// others starts a task as another terminal would.
func others(t *testing.T, s *session.Session, url string) {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	task, err := s.DownloadTask(req, nil)
	if err != nil {
		t.Fatal(err)
	}
	task.Resume()
}

// do runs a command as Bubble Tea does.
func (p *person) do(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	go func() {
		msg := cmd()
		if batch, ok := msg.(tea.BatchMsg); ok {
			for _, c := range batch {
				p.do(c)
			}
			return
		}
		select {
		case p.msgs <- msg:
		case <-p.ctx.Done():
		}
	}()
}

// until lets the program run until a condition holds.
func (p *person) until(what string, holds func() bool) {
	p.t.Helper()
	late := time.After(10 * time.Minute)
	for !holds() {
		select {
		case msg := <-p.msgs:
			switch msg.(type) {
			case nil:
			case readMsg:
				p.read++
			case tea.QuitMsg:
				p.ended = true
			default:
				_, cmd := p.printer.Update(msg)
				p.do(cmd)
			}
		case <-late:
			p.t.Fatalf("never: %s\n%s", what, p.out.String())
		}
	}
}

// hear waits for words that were not heard yet.
func (p *person) hear(words ...string) {
	p.t.Helper()
	for _, w := range words {
		p.until(fmt.Sprintf("%q", w), func() bool { return strings.Contains(p.out.String()[p.heard:], w) })
		p.heard += strings.Index(p.out.String()[p.heard:], w) + len(w)
	}
}

func (p *person) types(line string) { p.t.Helper(); p.end(line, nil) }

// end types a line, or ends the input.
func (p *person) end(line string, err error) {
	p.t.Helper()
	before := p.read
	go func() {
		select {
		case p.lines <- typing{line, err}:
			p.msgs <- readMsg{}
		case <-p.ctx.Done():
		}
	}()
	p.until("a line is read", func() bool { return p.read > before })
}

func (p *person) state(id model.RowID, want model.State) {
	p.t.Helper()
	p.until(fmt.Sprintf("%d is %v", id, want), func() bool {
		r, ok := p.printer.model.Row(id)
		return ok && r.State == want
	})
}
