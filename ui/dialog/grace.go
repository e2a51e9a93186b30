package dialog

import (
	"time"

	tea "charm.land/bubbletea/v2"
)

// gracePeriod is how long no key must have come before a question that opened
// by itself takes one.
const gracePeriod = 500 * time.Millisecond

// grace keeps keys that were meant for something else away from a dialog. Each
// key that comes too early starts the period again: whoever is typing goes on
// typing, and the end of it must not be taken for an answer.
type grace struct {
	now   func() time.Time
	until time.Time
}

func (g *grace) start() { g.until = g.now().Add(gracePeriod) }

// holds reports whether msg is input that comes too early. esc never does: it
// decides nothing.
func (g *grace) holds(msg tea.Msg) bool {
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		if msg.String() == "esc" {
			return false
		}
	case tea.PasteMsg, Click:
	default:
		return false
	}
	if !g.now().Before(g.until) {
		return false
	}
	g.start()
	return true
}
