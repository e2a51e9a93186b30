package ui

import (
	"fmt"
	"runtime/debug"
	"strings"

	tea "charm.land/bubbletea/v2"

	"haul/ui/text"
)

// brokenMsg says that a command has panicked, and where.
type brokenMsg struct{ what, stack string }

// guarded runs a command so that its panic becomes one of Bubble Tea's loop.
// Bubble Tea prints that of a command as it is, while the monitor still has the
// screen; that of the loop is printed when the terminal has been set right, and
// is made [harmless] before.
func guarded(cmd tea.Cmd) tea.Cmd {
	if cmd == nil {
		return nil
	}
	return func() (msg tea.Msg) {
		defer func() {
			if r := recover(); r != nil {
				msg = brokenMsg{fmt.Sprint(r), string(debug.Stack())}
			}
		}()
		msg = cmd()
		batch, ok := msg.(tea.BatchMsg)
		if !ok {
			return msg
		}
		each := make(tea.BatchMsg, len(batch))
		for i := range batch {
			each[i] = guarded(batch[i])
		}
		return each
	}
}

// harmless is what is printed of a panic. What broke may have a stranger's words
// in it, which get one line.
func harmless(r any) string {
	b, ok := r.(brokenMsg)
	if !ok {
		return text.Clean(fmt.Sprint(r)).String()
	}
	lines := []string{text.Clean(b.what).String(), ""}
	for line := range strings.Lines(b.stack) {
		lines = append(lines, text.Clean(strings.TrimRight(line, "\n")).String())
	}
	return strings.Join(lines, "\n")
}
