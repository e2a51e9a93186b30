package cli

import (
	"io"
	"os"
	"slices"
	"syscall"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/creack/pty"

	"haul/model"
)

func TestATerminalThatGoesAwayEndsTheInputAndNothingElse(t *testing.T) {
	master, terminal, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	in := newTerminalInput(terminal)
	defer in.Close()
	if _, err := master.WriteString("a\n"); err != nil {
		t.Fatal(err)
	}
	p := make([]byte, 8)
	if n, err := in.Read(p); string(p[:n]) != "a\n" || err != nil {
		t.Fatalf("read %q, %v", p[:n], err)
	}
	select {
	case <-in.gone:
		t.Fatal("it is called gone while it is there")
	default:
	}
	if err := master.Close(); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := in.Read(p); err != io.EOF {
			t.Errorf("the end is %v", err)
		}
	}
	select {
	case <-in.gone:
	default:
		t.Error("nobody is told that it is gone")
	}
}

func TestAHangUpIsOneHoweverOftenItIsTold(t *testing.T) {
	for _, c := range []struct {
		name, onHangup string
		gone           bool // the read tells of it first
		told           []os.Signal
		want           []tea.Msg
	}{
		{"detached by the signal", "detach", false, []os.Signal{syscall.SIGHUP, syscall.SIGHUP}, []tea.Msg{model.HangupMsg{}}},
		{"detached by the read", "detach", true, []os.Signal{syscall.SIGHUP}, []tea.Msg{model.HangupMsg{}}},
		{"paused", "pause", true, []os.Signal{syscall.SIGHUP, syscall.SIGHUP}, []tea.Msg{model.DrainMsg{}}},
		{"interrupted as well", "pause", false, []os.Signal{syscall.SIGHUP, os.Interrupt, os.Interrupt},
			[]tea.Msg{model.DrainMsg{}, model.DrainMsg{}, model.DrainMsg{}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			told, gone := make(chan os.Signal), make(chan struct{})
			j := &job{options: defaultOptions(), env: Env{Signals: told}}
			j.options.config.Agent.OnHangup = c.onHangup
			sent := make(chan tea.Msg, 8)
			stop := j.signals(func(msg tea.Msg) { sent <- msg }, gone)
			var got []tea.Msg
			if c.gone {
				close(gone)
				got = append(got, <-sent)
			}
			for _, sig := range c.told {
				told <- sig
			}
			stop()
			close(sent)
			for msg := range sent {
				got = append(got, msg)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("sent %#v, want %#v", got, c.want)
			}
		})
	}
}
