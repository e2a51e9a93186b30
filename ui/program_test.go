package ui

import (
	"bytes"
	"context"
	"io"
	"strings"
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
