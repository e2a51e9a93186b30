//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
	"github.com/creack/pty"

	"haul/internal/bench/process"
)

// patience bounds every wait for a program.
const patience = time.Minute

// The size of the terminal.
const (
	width  = 120
	height = 40
)

// tty is a terminal with a program in it.
type tty struct {
	cmd   *exec.Cmd
	began time.Time
	file  *os.File
	ended chan struct{} // closed when nothing more is read

	mu    sync.Mutex
	text  []byte // what was printed since the last wait, without sequences
	word  string // what is waited for, "" for nothing
	found chan time.Time
}

// kept is how much of the text is looked at.
const kept = 1 << 16

// start runs a program in a terminal. Its state and configuration are below dir.
func start(ctx context.Context, dir, name string, args ...string) (*tty, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	cmd.Env = append(process.Environ(dir), "XDG_RUNTIME_DIR="+dir, "TERM=xterm-256color", "COLORTERM=truecolor")
	t := &tty{cmd: cmd, ended: make(chan struct{}), found: make(chan time.Time, 1), began: time.Now()}
	var err error
	if t.file, err = pty.StartWithSize(cmd, &pty.Winsize{Cols: width, Rows: height}); err != nil {
		return nil, err
	}
	go t.read()
	return t, nil
}

// stop kills the program and waits until it is gone.
func (t *tty) stop() error {
	// It may have ended by itself, and was killed otherwise.
	_ = t.cmd.Process.Kill()
	_ = t.cmd.Wait()
	err := t.file.Close()
	<-t.ended
	return err
}

// read takes what the program writes until it is gone, and answers it.
func (t *tty) read() {
	defer close(t.ended)
	parser := ansi.NewParser()
	var printed []byte
	parser.SetHandler(ansi.Handler{
		Print:     func(r rune) { printed = utf8.AppendRune(printed, r) },
		HandleCsi: func(cmd ansi.Cmd, params ansi.Params) { t.answer(csiAnswer(cmd, params)) },
		HandleOsc: func(number int, data []byte) { t.answer(oscAnswer(number, data)) },
	})
	buffer := make([]byte, 64<<10)
	for {
		n, err := t.file.Read(buffer)
		if err != nil {
			return // the program has ended, or the terminal was closed
		}
		now := time.Now()
		printed = printed[:0]
		for _, b := range buffer[:n] {
			parser.Advance(b)
		}
		t.note(printed, now)
	}
}

// note adds to the text and looks whether it has what is waited for.
func (t *tty) note(printed []byte, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, printed...)
	t.text = t.text[max(len(t.text)-kept, 0):]
	if t.word != "" && strings.Contains(string(t.text), t.word) {
		t.word = ""
		t.found <- now
	}
}

// answer sends what a terminal answers, if anything.
func (t *tty) answer(text string) {
	if text != "" {
		// A program that is gone needs no answer.
		_, _ = t.file.WriteString(text)
	}
}

// csiAnswer is what a terminal says to a control sequence: what it is, where
// the cursor is, that it has synchronized output.
func csiAnswer(cmd ansi.Cmd, params ansi.Params) string {
	first, _, _ := params.Param(0, 0)
	switch {
	case cmd.Final() == 'c' && cmd.Prefix() == 0:
		return "\x1b[?62;22c"
	case cmd.Final() == 'q' && cmd.Prefix() == '>':
		return "\x1bP>|terminal\x1b\\"
	case cmd.Final() == 'n' && first == 6:
		return "\x1b[1;1R"
	case cmd.Final() == 'p' && cmd.Prefix() == '?' && cmd.Intermediate() == '$':
		state := ansi.ModeNotRecognized
		if first == ansi.ModeSynchronizedOutput.Mode() {
			state = ansi.ModeReset
		}
		return fmt.Sprintf("\x1b[?%d;%d$y", first, state)
	case cmd.Final() == 'u' && cmd.Prefix() == '?':
		return "\x1b[?0u"
	}
	return ""
}

// oscAnswer is what a terminal says to a question for its colours.
func oscAnswer(number int, data []byte) string {
	if strings.HasSuffix(string(data), ";?") && (number == 10 || number == 11) {
		return fmt.Sprintf("\x1b]%d;rgb:1616/1818/1d1d\x1b\\", number)
	}
	return ""
}

// press does something and returns the time at which the screen has shown word
// since.
func (t *tty) press(keys, word string) (time.Time, error) {
	t.mu.Lock()
	t.text, t.word = t.text[:0], word
	t.mu.Unlock()
	if _, err := t.file.WriteString(keys); err != nil {
		return time.Time{}, err
	}
	return t.wait(word)
}

// see returns the time at which word was shown, also before the call.
func (t *tty) see(word string) (time.Time, error) {
	t.mu.Lock()
	t.word = word
	t.mu.Unlock()
	t.note(nil, time.Now())
	return t.wait(word)
}

func (t *tty) wait(word string) (time.Time, error) {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case at := <-t.found:
		return at, nil
	case <-t.ended:
		return time.Time{}, errors.New("the program has ended: " + t.last())
	case <-timer.C:
		return time.Time{}, fmt.Errorf("%q is not shown: %s", word, t.last())
	}
}

// last is the end of what was printed.
func (t *tty) last() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.text[max(len(t.text)-2000, 0):])
}

// share is the part of a core that the program takes for a while.
func (t *tty) share(ctx context.Context, window time.Duration) (float64, error) {
	return share(ctx, t.cmd.Process.Pid, window)
}

func share(ctx context.Context, pid int, window time.Duration) (float64, error) {
	before, err := process.CPU(pid)
	if err != nil {
		return 0, err
	}
	began := time.Now()
	if err := pause(ctx, window); err != nil { // the time is what is measured
		return 0, err
	}
	after, err := process.CPU(pid)
	return (after - before).Seconds() / time.Since(began).Seconds(), err
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
