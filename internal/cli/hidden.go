package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/charmbracelet/x/term"

	"haul/ui/phrases"
)

// hidden reads lines from a terminal without showing them. Nothing calls a read
// of a terminal back: when haul leaves in the middle of one, the terminal has to
// be given its echo by somebody else, which restore does.
type hidden struct {
	in *os.File

	mu    sync.Mutex
	state *term.State // how the terminal was, while a line is read; else nil
	ended bool        // nothing is read any more
}

// read reads one line.
func (h *hidden) read() (string, error) {
	state, err := term.GetState(h.in.Fd())
	if err != nil {
		return "", err
	}
	if !h.keep(state) {
		return "", errInterrupted
	}
	defer h.keep(nil)
	line, err := term.ReadPassword(h.in.Fd())
	return string(line), err
}

// keep remembers a state and tells whether a read may begin.
func (h *hidden) keep(state *term.State) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.state = state
	return !h.ended
}

// restore makes the terminal as it was before a read that has not ended, and
// lets no other begin.
func (h *hidden) restore() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ended = true
	if h.state == nil {
		return nil
	}
	return term.Restore(h.in.Fd(), h.state)
}

var errInterrupted = errors.New("interrupted")

// askPassword asks on the terminal without showing what is typed. A signal ends
// it with errInterrupted.
func askPassword(env Env, prompt string) (string, error) {
	in, ok := env.Stdin.(*os.File)
	if !ok || !isTerminal(in) {
		return "", errors.New(phrases.NoTerminalToAsk)
	}
	if _, err := io.WriteString(env.Stderr, prompt); err != nil {
		return "", err
	}
	type answer struct {
		line string
		err  error
	}
	answers := make(chan answer, 1)
	h := &hidden{in: in}
	// After a signal it stays in its read until the process ends.
	go func() {
		line, err := h.read()
		answers <- answer{line, err}
	}()
	var got answer
	select {
	case got = <-answers:
	case <-env.Signals:
		got.err = errors.Join(errInterrupted, h.restore())
	}
	fmt.Fprintln(env.Stderr)
	return got.line, got.err
}
