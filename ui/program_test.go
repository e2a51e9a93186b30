package ui

import (
	"bytes"
	"context"
	"errors"
	"io"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"

	"haul/model"
)

// TestTheProgramDrawsAndLeavesTheTerminalAsItWas runs the monitor in Bubble
// Tea's own loop.
func TestTheProgramDrawsAndLeavesTheTerminalAsItWas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		in, keys := io.Pipe()
		defer keys.Close()
		var out bytes.Buffer
		f := thirteen(time.Now())
		a, err := newApp(ctx, f, Options{
			Theme: "dark", Environ: looks()[0].options.Environ, In: in, Out: &out, Mouse: true,
			Start: func() tea.Msg { return changeMsg{} },
		})
		if err != nil {
			t.Fatal(err)
		}
		opts := append(a.ProgramOptions(), tea.WithoutSignalHandler(), tea.WithWindowSize(80, 24))
		p := tea.NewProgram(a, opts...)
		done := make(chan error, 1)
		go func() {
			_, err := p.Run()
			done <- err
		}()
		time.Sleep(time.Second)
		p.Send(keyPress("j"))
		time.Sleep(time.Second)
		p.Send(model.DrainMsg{})
		p.Send(model.QuitMsg{})
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		if !a.Interrupted() {
			t.Error("a signal is no interrupt")
		}
		for name, seq := range map[string]string{
			"alternate screen on": "\x1b[?1049h", "alternate screen off": "\x1b[?1049l",
			"cursor shown": "\x1b[?25h", "mouse off": "\x1b[?1002l", "focus off": "\x1b[?1004l",
			"a row": "README.pdf",
		} {
			if !strings.Contains(out.String(), seq) {
				t.Errorf("%s is missing in %q", name, out.String())
			}
		}
		if strings.Contains(out.String(), "\x1b]9;4") {
			t.Error("taskbar progress for a terminal that is not known to take it")
		}
	})
}

// written is what a program has written so far.
type written struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (w *written) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.buf.Write(p)
}

func (w *written) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.buf.String()
}

// modes are what a terminal has been told, and would keep.
func modes(out string) (left []string) {
	on := make(map[string]bool)
	status, progress := "", ""
	for _, m := range regexp.MustCompile(`\x1b\[\?([0-9]+)([hl])|\x1b\]7501;state=(\w+)|\x1b\]9;4;([0-9])|\x1b\[([<>])[0-9;]*u`).FindAllStringSubmatch(out, -1) {
		switch {
		case m[1] != "":
			on["mode "+m[1]] = m[2] == "h" != (m[1] == "25" || m[1] == "7") // cursor and line wrap are on to begin with
		case m[3] != "":
			status = m[3]
		case m[4] != "":
			progress = m[4]
		case m[5] != "":
			on["key protocol"] = m[5] == ">"
		}
	}
	for name, is := range on {
		if is {
			left = append(left, name)
		}
	}
	if status == "working" || status == "blocked" {
		left = append(left, "status "+status)
	}
	if progress != "0" && progress != "" {
		left = append(left, "progress "+progress)
	}
	if at := strings.LastIndex(out, "\x1b]2;"); at >= 0 && !strings.HasPrefix(out[at:], "\x1b]2;\a") {
		left = append(left, "title")
	}
	return left
}

// panics is a model that breaks when it is told to.
type panics struct{ *fake }

func (p panics) Update(msg tea.Msg) tea.Cmd {
	switch msg.(type) {
	case changeMsg:
		panic("broken on purpose")
	case breakMsg:
		return tea.Batch(func() tea.Msg { return nil }, func() tea.Msg { panic("broken \x1b]0;by a server\a") })
	}
	return nil
}

// breakMsg has the model return a command that breaks.
type breakMsg struct{}

func TestWhatIsPrintedOfAPanicIsHarmless(t *testing.T) {
	broken := guarded(tea.Batch(func() tea.Msg { panic("a \x1b[2J\nb") }, nil))()
	if _, ok := broken.(brokenMsg); !ok {
		t.Fatalf("got %T", broken)
	}
	for _, what := range []any{broken, errors.New("a \x1b[2J\nb")} {
		got := harmless(what)
		if first, rest, _ := strings.Cut(got, "\n"); !strings.Contains(first, "a ␛[2J b") || strings.ContainsRune(rest, '\x1b') {
			t.Errorf("%q", got)
		}
	}
	if got := harmless(broken); !strings.Contains(got, "program_test.go") {
		t.Errorf("where it broke is not told: %q", got)
	}
	if guarded(nil) != nil {
		t.Error("no command became one")
	}
}

// TestEveryWayOutLeavesTheTerminalAsItWas ends the program in all ways while the
// terminal shows progress, a status, a title and a text cursor.
func TestEveryWayOutLeavesTheTerminalAsItWas(t *testing.T) {
	ways := map[string]struct {
		end func(p *tea.Program, cancel func())
		err error
	}{
		"quit":             {func(p *tea.Program, _ func()) { p.Send(model.QuitMsg{}) }, nil},
		"a second signal":  {func(p *tea.Program, _ func()) { p.Send(model.DrainMsg{}); p.Send(model.DrainMsg{}) }, nil},
		"a context's end":  {func(_ *tea.Program, cancel func()) { cancel() }, tea.ErrProgramKilled},
		"killed":           {func(p *tea.Program, _ func()) { p.Kill() }, tea.ErrProgramKilled},
		"a panic":          {func(p *tea.Program, _ func()) { p.Send(changeMsg{}) }, tea.ErrProgramPanic},
		"a command's":      {func(p *tea.Program, _ func()) { p.Send(breakMsg{}) }, tea.ErrProgramPanic},
		"while suspending": {func(p *tea.Program, _ func()) { p.Send(tea.ResumeMsg{}); p.Send(model.QuitMsg{}) }, nil},
	}
	for name, way := range ways {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				in, keys := io.Pipe()
				defer keys.Close()
				out := new(written)
				a, err := newApp(ctx, panics{thirteen(time.Now())}, Options{
					Theme: "dark", Environ: append(looks()[0].options.Environ, "TERM_PROGRAM=ghostty"), In: in, Out: out, Mouse: true,
				})
				if err != nil {
					t.Fatal(err)
				}
				p := tea.NewProgram(a, append(a.ProgramOptions(), tea.WithoutSignalHandler(), tea.WithWindowSize(80, 24))...)
				done := make(chan error, 1)
				go func() {
					_, err := p.Run()
					done <- err
				}()
				time.Sleep(time.Second)
				p.Send(tea.ProgramStatusSupportMsg{})
				p.Send(keyPress("/"))
				time.Sleep(2 * time.Second)
				if got := modes(out.String()); len(got) < 6 {
					t.Errorf("before the end only %q is on", got)
				}
				way.end(p, cancel)
				if err := <-done; !errors.Is(err, way.err) {
					t.Errorf("ended with %v", err)
				}
				if got := modes(out.String() + a.Reset()); len(got) > 0 {
					t.Errorf("left on: %q", got)
				}
			})
		})
	}
}
