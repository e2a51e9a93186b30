package plain

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
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
	synctest.Test(t, func(t *testing.T) {
		server, network := demo.New(demo.Options{Seed: 1}), new(demo.Network)
		at, err := server.StartOn(network)
		if err != nil {
			t.Fatal(err)
		}
		cfg := session.EphemeralConfiguration()
		cfg.Dial = func(ctx context.Context, kind, addr string) (net.Conn, error) { return network.Dial(ctx, kind, addr) }
		o := model.NewObserver()
		s, err := session.New(cfg, o)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		var handed int
		m := model.New(ctx, s, o, model.Options{Interactive: true, Running: 2, Handover: func(context.Context, model.Handover) error {
			handed++
			return nil
		}})
		p := &person{handed: &handed, t: t, at: at.Files, dir: t.TempDir(), lines: make(chan typing), msgs: make(chan tea.Msg), ctx: ctx}
		var specs []model.Spec
		for _, path := range paths {
			specs = append(specs, model.Spec{URL: at.Files + path, Dir: p.dir})
		}
		_, problems, start := m.Add(specs)
		if len(problems) > 0 {
			t.Fatal(problems)
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

const slow = "/file/a.iso?size=10MB&rate=100kB" // 100 s

func TestRowsArePausedAndResumedByNumber(t *testing.T) {
	sit(t, true, []string{slow}, func(p *person) {
		p.hear("start    1: a.iso")
		p.types("pause 1")
		p.state(1, model.Paused)
		p.hear("paused   1: a.iso", "All is at rest.")
		p.types("pause 1")
		p.hear("a.iso, paused: nothing to pause.")
		p.types("resume all")
		p.hear("resume   1: a.iso")
		p.types("list")
		p.hear("1 transfer.", "1: a.iso, running, ")
		p.types("pause 7")
		p.hear("There is no such transfer: use list to hear their numbers.")
	})
}

func TestCancellingBytesIsConfirmed(t *testing.T) {
	sit(t, true, []string{slow}, func(p *person) {
		p.hear("start    1: a.iso")
		p.until("bytes", func() bool { r, _ := p.printer.model.Row(1); return r.Done > 0 })
		p.types("cancel 1")
		p.hear("throws ", "Type yes")
		p.types("y")
		p.hear("Nothing was done.")
		p.state(1, model.Running)
		p.types("cancel 1")
		p.types("yes")
		p.hear("cancelled 1: a.iso")
		p.types("cancel 1")
		p.hear("nothing to cancel; remove takes it off the list.")
		p.types("retry 1")
		p.hear("resume   1: a.iso")
		p.types("remove 1")
		p.hear("Removed a.iso; undo brings it back.")
		p.types("undo")
		p.hear("Brought back: 1.")
	})
}

func TestLimitsPriorityPlacesAndNames(t *testing.T) {
	paths := []string{slow, "/file/b.iso?size=10MB&rate=100kB", "/file/c.iso?size=1kB", "/file/d.iso?size=1kB"}
	sit(t, true, paths, func(p *person) {
		m := p.printer.model
		p.hear("start    1: a.iso")
		p.types("limit 1 50k")
		p.hear("a.iso: at most ")
		p.types("limit all 2M")
		p.types("limit host " + strings.TrimPrefix(p.at, "http://") + " 1M")
		p.hear("Everything: at most ", "All of ")
		if m.RowRateLimit(1) != 50_000 || m.RateLimit() != 2_000_000 {
			t.Errorf("limits: %d, %d", m.RowRateLimit(1), m.RateLimit())
		}
		p.types("down 3")
		p.hear("c.iso: place 2 of 2 in the queue.")
		p.types("up 1")
		p.hear("a.iso: stays")
		p.types("priority 3 high")
		p.hear("c.iso: priority high.")
		p.types("rename 3 see  more.iso")
		p.hear("Its file will be see  more.iso.")
		p.types("cancel 1 2")
		p.types("yes")
		p.state(3, model.Done)
		if _, err := os.Stat(filepath.Join(p.dir, "see  more.iso")); err != nil {
			t.Error(err)
		}
		p.types("details 3")
		p.hear("3: see  more.iso, done", "Answer: 200 OK", "File: ")
		for _, s := range sections() {
			p.types("details 3 " + s)
		}
		p.hear("Segment 1: bytes 0 to ", "Content-Length: 1000", "No redirects.", "No TLS.", "DidComplete")
	})
}

func TestAddingIsToldAndASecondTimeRefused(t *testing.T) {
	sit(t, true, []string{slow}, func(p *person) {
		p.types("add " + p.at + "/file/b.txt?size=1kB nonsense")
		p.hear("Not added: nonsense: ", "Added 2: b.txt.", "done     2: b.txt")
		p.types("add " + p.at + "/file/b.txt?size=1kB")
		p.hear("Not added: ")
		p.types("add again " + p.at + "/file/b.txt?size=1kB")
		p.hear("Added 3: ", "done     3: ")
		p.types("add curl -H 'X-A: b' '" + p.at + "/file/c.txt?size=1kB'")
		p.hear("Added 4: c.txt.", "done     4: c.txt")
		p.types("link 4")
		p.hear(p.at + "/file/c.txt?size=1kB")
	})
}

func TestAQuestionIsAnsweredByNumberOrWord(t *testing.T) {
	sit(t, true, []string{"/basic/a.bin?size=1kB&realm=Members"}, func(p *person) {
		p.hear("asks     1: a.bin", "asks for a user name and password", "  1  give: ", "1-4: type a number")
		time.Sleep(2 * time.Second)
		p.types("list")
		p.hear("1: a.bin, asks you")
		p.types("later")
		p.hear("Put off: answer asks it again.")
		p.types("answer")
		p.hear("1-4: type a number")
		p.types("answer give")
		p.hear("User: ")
		if strings.Contains(p.out.String()[p.heard:], "User: ") {
			t.Errorf("asked for twice:\n%s", p.out.String())
		}
		p.types("alice")
		p.hear("Password: ")
		p.types("wonderland")
		p.hear("How long is it kept?")
		p.types("for ever")
		p.hear("How long is it kept?")
		p.types("once")
		p.state(1, model.Done)
		if !slices.Equal(p.hidden, []string{"wonderland"}) || strings.Contains(p.out.String(), "wonderland") {
			t.Errorf("read without showing: %q", p.hidden)
		}
	})
}

func TestANumberTypedForSomethingElseIsNoAnswer(t *testing.T) {
	sit(t, true, []string{"/basic/a.bin?size=1kB"}, func(p *person) {
		p.hear("1-4: type a number")
		p.types("3")
		p.hear("just now")
		time.Sleep(2 * time.Second)
		p.types("3")
		p.hear("cancelled 1: a.bin")
	})
}

func TestAPasswordForAQuestionThatIsGoneIsNoCommand(t *testing.T) {
	sit(t, true, []string{"/basic/a.bin?size=1kB", slow}, func(p *person) {
		p.hear("1-4: type a number")
		time.Sleep(2 * time.Second)
		p.types("give")
		p.types("alice")
		p.hear("Password: ")
		p.do(p.printer.model.Cancel([]model.RowID{1}))
		p.hear("The question has settled itself.")
		p.types("pause 2")
		p.hear("haul does not use it")
		if r, _ := p.printer.model.Row(2); r.State != model.Running {
			t.Errorf("a password paused a transfer: %v", r.State)
		}
	})
}

func TestItEndsByItselfUntilACommandWasTyped(t *testing.T) {
	over := func(p *person) func() bool { return func() bool { return p.ended } }
	files := []string{"/file/a.txt?size=10kB&rate=1kB"}
	t.Run("nothing typed", func(t *testing.T) {
		sit(t, true, files, func(p *person) { p.until("the end", over(p)) })
	})
	t.Run("a command, then quit", func(t *testing.T) {
		sit(t, true, files, func(p *person) {
			p.types("status")
			p.hear("1 transfer: 1 running", "All is at rest.")
			p.types("help")
			for _, v := range verbs() {
				p.hear(v.form)
			}
			if p.ended {
				t.Error("it ended")
			}
			p.types("quit")
			p.until("the end", over(p))
		})
	})
	t.Run("a command, then the end of the input", func(t *testing.T) {
		sit(t, true, files, func(p *person) {
			p.types("status")
			p.end("", io.EOF)
			p.until("the end", over(p))
		})
	})
}

func TestWithoutSteeringOnlyAnswersAreRead(t *testing.T) {
	sit(t, false, []string{"/basic/a.bin?size=1kB"}, func(p *person) {
		p.hear("1-4: type a number")
		p.types("pause all")
		p.hear("Type a number from 1 to 4, or its word; quit leaves.")
		p.types("2")
		p.hear("refused  a.bin  401")
		p.until("the end", func() bool { return p.ended })
	})
}

func TestDetachingLeavesAndGoesOnInTheBackground(t *testing.T) {
	sit(t, true, []string{slow}, func(p *person) {
		p.hear("start    1: a.iso")
		p.types("detach")
		p.until("it has ended", func() bool { return p.ended })
		if *p.handed != 1 {
			t.Errorf("%d went to the background:\n%s", *p.handed, p.out.String())
		}
	})
	sit(t, true, []string{"/whole/a.iso?size=10MB&rate=100kB"}, func(p *person) {
		p.hear("start    1: a.iso")
		p.types("detach")
		p.hear("What is there of 1 cannot be resumed", "Type yes")
		p.types("no")
		p.hear("Nothing was done.")
		p.types("detach")
		p.types("yes")
		p.until("it has ended", func() bool { return p.ended })
		if *p.handed != 1 {
			t.Errorf("%d went to the background:\n%s", *p.handed, p.out.String())
		}
	})
}

func TestLongListsComeInPages(t *testing.T) {
	var paths []string
	for i := range 45 {
		paths = append(paths, fmt.Sprintf("/file/%d.bin?size=1MB&rate=1kB", i))
	}
	sit(t, true, paths, func(p *person) {
		p.types("list")
		p.hear("45 transfers.", "20: 19.bin", "25 follow: type more.")
		p.types("more")
		p.types("more")
		p.hear("45: 44.bin")
		p.types("more")
		p.hear("There is no more.")
		p.types("list is:running")
		p.hear("2 transfers.")
		p.types("list is:wrong")
		p.hear("is:wrong: no such state")
		p.types("progress")
		p.hear("1: 0.bin, running")
	})
}

func TestProgressIsToldAfterItsTimeAndAQuarterWhicheverIsLater(t *testing.T) {
	for _, c := range []struct {
		name, path string
		lines      int
	}{
		{"a quarter takes longer than 10 s", slow, 3},
		{"10 s are more than a quarter", "/file/a.iso?size=2MB&rate=100kB", 1},
		{"without a size there is no quarter", "/chunked/a.iso?size=5MB&rate=100kB", 4},
	} {
		t.Run(c.name, func(t *testing.T) {
			sit(t, false, []string{c.path}, func(p *person) {
				p.printer.opt.Progress = 10 * time.Second
				p.do(p.printer.nextProgress())
				p.hear("done     a.iso")
				time.Sleep(10 * time.Second) // for the tick that is under way
				if got := strings.Count(p.out.String(), " progress "); got != c.lines {
					t.Errorf("%d lines of progress, want %d:\n%s", got, c.lines, p.out.String())
				}
			})
		})
	}
}

func TestEachAttemptIsToldAlthoughNoneGetsAResponse(t *testing.T) {
	sit(t, true, []string{"/file/b.bin?size=1kB"}, func(p *person) {
		p.types("add http://files.demo.test:9/a.bin")
		p.hear("retry    2: a.bin  1 of 5 in", "retry    2: a.bin  2 of 5 in", "retry    2: a.bin  5 of 5 in", "failed   2: a.bin")
		if n := strings.Count(p.out.String(), "2: a.bin  3 of 5"); n != 1 {
			t.Errorf("the third is told %d times:\n%s", n, &p.out)
		}
		if strings.Contains(p.out.String(), "of 5 in 0:00") {
			t.Errorf("a wait is told as none:\n%s", &p.out)
		}
	})
}
