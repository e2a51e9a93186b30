// Package dialog has the boxes that lie over the monitor: questions from servers
// (password, server trust, redirect), adding transfers, a fresh URL, confirming,
// quitting, a menu, help. A dialog takes keys and draws its inside; it changes
// nothing by itself. What was decided comes back as a [Result], and the monitor
// acts on it.
//
// # Rules that every dialog keeps
//
//   - esc goes back and never decides.
//   - The safest choice has the focus first.
//   - No single key approves what a server asks: trust takes a typed word, a
//     password takes text, a redirect takes a letter or a move to a button and
//     then enter.
//   - A question that opened by itself ignores keys until none came for half a
//     second, so that what was typed for the list decides nothing, and no end of
//     a password lands in a field that shows it.
//   - The focus moves inside Update, not by a command: keys that were typed
//     ahead go where they were meant to go.
//   - Strings of servers, files and URLs are drawn through [text.Clean] only;
//     what a server says in its own words is quoted, cut at 60 cells and
//     labelled as its words.
//   - What was typed into a password field is in its field and in the [Answered]
//     only, and neither prints it.
//
// # How a dialog is made
//
// A form (form.go) has controls in a ring: text fields, choices and buttons. It
// turns keys into actions of the key map and edits the control that has the
// focus. To draw, the dialog fills a page (page.go) line by line; the page cuts
// what is too wide and, where it is too tall, scrolls to the focus. Most dialogs
// have three layouts: wide, medium, and small for the whole of a small screen.
package dialog

import (
	"fmt"
	"time"

	tea "charm.land/bubbletea/v2"

	"haul/keymap"
	"haul/model"
	"haul/themes"
	"haul/ui/phrases"
	"haul/ui/text"
	"haul/ui/units"
)

// Dialog is one box. It belongs to Bubble Tea's loop. After it has returned a
// Result it is closed: it takes and draws nothing any more.
type Dialog interface {
	// Update takes a key press, a paste, a [Click], a [Wheel] or a message of
	// its own commands. The result is nil while nothing is decided.
	Update(msg tea.Msg) (Result, tea.Cmd)
	// Draw returns the inside for at most width x height cells: the whole
	// screen when full is true (small terminals), else inside a border that
	// the monitor draws. Title, hint, the line above the hint and a blank cell
	// on each side are the monitor's too and are not in width and height.
	Draw(width, height int, full bool) Box
}

// Box is the inside of a dialog, drawn.
type Box struct {
	// Title stands in the border, Hint under the line at the foot. Both are
	// cleaned, not styled, and fit into the width that was asked for.
	Title, Hint string
	// Width is how wide the inside is meant to be, whatever the lines have in
	// them; at most what was asked for.
	Width int
	// Lines are styled and not wider than Width; they need no padding.
	Lines []string
	// CursorX and CursorY are where a text field has the cursor in Lines;
	// CursorY is -1 for none.
	CursorX, CursorY int
}

// Options are what the dialogs need of the monitor. The monitor owns them, and
// may change them between two calls: a dialog draws with what they say then.
type Options struct {
	Theme *themes.Theme
	Ruler text.Ruler
	Keys  *keymap.Map
	Units units.System
	// Now is the clock; nil is time.Now.
	Now func() time.Time
	// Check tells what is wrong with a URL that somebody typed. nil accepts
	// all.
	Check func(url string) error
	// Attached tells that what is answered is kept by the agent, which goes on
	// when this program ends.
	Attached bool
}

// until says for how long the agent, or this program, keeps an answer.
func (o *Options) until() string {
	if o.Attached {
		return phrases.InTheAgent
	}
	return phrases.UntilIQuit
}

func (o *Options) now() time.Time {
	if o.Now == nil {
		return time.Now()
	}
	return o.Now()
}

func (o *Options) check(url string) error {
	if o.Check == nil {
		return nil
	}
	return o.Check(url)
}

// Opened says who opened a question.
type Opened bool

// Who opened a question.
const (
	// ByUser: somebody pressed a key for it, and it takes keys at once.
	ByUser Opened = false
	// ByItself: keys may still be on their way that were meant for the screen
	// below.
	ByItself Opened = true
)

// Result is what was decided.
type Result interface{ result() }

type (
	// Closed: esc, or a button that does nothing.
	Closed struct{}
	// Answered answers a question. It prints without its answer, which may
	// have a password in it.
	Answered struct {
		ID     model.PromptID
		Answer model.Answer
	}
	// Added are transfers to take in. It prints without them: a curl command
	// may have put passwords and tokens into them.
	Added struct{ Specs []model.Spec }
	// Renewed is a fresh URL for a row.
	Renewed struct {
		Row model.RowID
		URL string
	}
	// Confirmed is the choice of a confirming dialog or of a menu, by its
	// name.
	Confirmed struct{ Choice string }
)

func (Closed) result()    {}
func (Answered) result()  {}
func (Added) result()     {}
func (Renewed) result()   {}
func (Confirmed) result() {}

// Format leaves the transfers out.
func (a Added) Format(s fmt.State, _ rune) { fmt.Fprintf(s, "%d transfers to add", len(a.Specs)) }

// Format leaves the answer out.
func (a Answered) Format(s fmt.State, _ rune) { fmt.Fprintf(s, "answer to question %d", a.ID) }
