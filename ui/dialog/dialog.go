// Package dialog has the boxes that lie over the monitor: questions from servers
// (password, server trust, redirect), adding transfers, a fresh URL, confirming,
// quitting, help. A dialog takes keys and draws its inside; it changes nothing
// by itself. What was decided comes back as a [Result], and the monitor acts on
// it.
//
// Rules that every dialog keeps: esc goes back and never decides; the safest
// choice has the focus first; a dialog that a server caused ignores keys for its
// first half second, so that a key meant for the list decides nothing; no single
// stray key approves anything.
package dialog

import (
	tea "charm.land/bubbletea/v2"

	"haul/model"
)

// Dialog is one box. It belongs to Bubble Tea's loop.
type Dialog interface {
	// Update takes a key press, a paste or a message of its own commands. The
	// result is nil while nothing is decided.
	Update(msg tea.Msg) (Result, tea.Cmd)
	// Draw returns the inside for at most width x height cells: the whole
	// screen when full is true (small terminals), else inside a border that
	// the monitor draws.
	Draw(width, height int, full bool) Box
}

// Box is the inside of a dialog, drawn.
type Box struct {
	// Title stands in the border, Hint under the line at the foot.
	Title, Hint string
	// Lines are styled and not wider than asked for; they need no padding.
	Lines []string
	// CursorX and CursorY are where a text field has the cursor in Lines;
	// CursorY is -1 for none.
	CursorX, CursorY int
}

// Result is what was decided.
type Result interface{ result() }

type (
	// Closed: esc, or a button that does nothing.
	Closed struct{}
	// Answered answers a question.
	Answered struct {
		ID     model.PromptID
		Answer model.Answer
	}
	// Added are transfers to take in.
	Added struct{ Specs []model.Spec }
	// Renewed is a fresh URL for a row.
	Renewed struct {
		Row model.RowID
		URL string
	}
	// Confirmed is the choice of a confirming dialog, by its button's name.
	Confirmed struct{ Choice string }
)

func (Closed) result()    {}
func (Answered) result()  {}
func (Added) result()     {}
func (Renewed) result()   {}
func (Confirmed) result() {}
