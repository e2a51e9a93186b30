package dialog

import (
	"fmt"

	tea "charm.land/bubbletea/v2"

	"haul/keymap"
	"haul/model"
	"haul/themes"
	"haul/ui/phrases"
)

// The choices of [NewCancel], [NewDelete] and [NewQuit].
const (
	ChoiceCancel       = "cancel"
	ChoicePause        = "pause"
	ChoiceDelete       = "delete"
	ChoicePauseAndQuit = "pause-and-quit"
	ChoiceQuit         = "quit"
	ChoiceDetach       = "detach"
)

// Choice is a button of a confirming dialog.
type Choice struct {
	// Name is what [Confirmed] has; "" closes the dialog and does nothing.
	Name string
	// Label stands on the button, Short in the small layout (Label if empty).
	Label, Short string
	// Yes tells that y presses it.
	Yes bool
}

// confirm asks before something that cannot be taken back.
type confirm struct {
	form
	title   string
	text    []string
	choices []Choice
	buttons []*button
	closed  bool
}

// NewConfirm asks a question of ours: text, a paragraph a string, and choices
// as buttons. The first has the focus, so it must be one that loses nothing.
// With no choice there is one that closes.
func NewConfirm(title string, text []string, choices []Choice, o *Options) Dialog {
	return newConfirm(title, text, choices, o)
}

func newConfirm(title string, text []string, choices []Choice, o *Options) *confirm {
	if len(choices) == 0 {
		choices = []Choice{{Label: "OK"}}
	}
	d := &confirm{title: title, text: text, choices: choices}
	var ring []control
	for _, c := range choices {
		b := &button{c.Name}
		d.buttons = append(d.buttons, b)
		ring = append(ring, b)
	}
	d.form = newForm(o, ring...)
	return d
}

// NewCancel asks before rows are cancelled whose bytes would be thrown away.
// The choices are ChoicePause and ChoiceCancel.
func NewCancel(c model.Cost, o *Options) Dialog {
	them, label := "it", phrases.YesCancelIt
	if c.Rows > 1 {
		them, label = "them", fmt.Sprintf("Yes, cancel %d", c.Rows)
	}
	text := []string{fmt.Sprintf(phrases.ThrownAwayPauseInstead, o.Units.Bytes(c.Bytes), them)}
	return NewConfirm("Cancel "+phrases.Called(c.Name, c.Rows)+"?", text, []Choice{
		{Label: "No"},
		{Name: ChoicePause, Label: "Pause instead", Short: "Pause"},
		{Name: ChoiceCancel, Label: label, Short: "Yes", Yes: true},
	}, o)
}

// NewDelete asks before rows are taken off the list and their files deleted.
// The choice is ChoiceDelete.
func NewDelete(c model.Cost, o *Options) Dialog {
	var text []string
	switch {
	case c.Finished == 1:
		text = append(text, phrases.OneFinishedFileWillBeDeleted)
	case c.Finished > 1:
		text = append(text, fmt.Sprintf(phrases.FinishedFilesWillBeDeleted, c.Finished))
	}
	if c.Bytes > 0 {
		text = append(text, o.Units.Bytes(c.Bytes)+phrases.OfUnfinishedFilesWillBeThrownAway)
	}
	if c.Active > 0 {
		text = append(text, fmt.Sprintf(phrases.StillActiveCancelledFirst, c.Active, c.Rows))
	}
	text = append(text, phrases.DeletedFilesCannotBeBroughtBack)
	label, file := "Yes, delete", "file"
	if c.Rows > 1 {
		label, file = fmt.Sprintf("Yes, delete %d", c.Rows), "files"
	}
	return NewConfirm("Remove "+phrases.Called(c.Name, c.Rows)+phrases.AndDeleteThe+file+"?", text, []Choice{
		{Label: "No"},
		{Name: ChoiceDelete, Label: label, Short: "Yes", Yes: true},
	}, o)
}

func (d *confirm) Update(msg tea.Msg) (Result, tea.Cmd) {
	if d.closed {
		return nil, nil
	}
	var r Result
	switch d.take(msg) {
	case keymap.Back:
		r = Closed{}
	case keymap.Press:
		r = d.choose(d.at)
	case keymap.Confirm:
		for i, c := range d.choices {
			if c.Yes {
				r = d.choose(i)
			}
		}
	}
	d.closed = r != nil
	return r, nil
}

func (d *confirm) choose(i int) Result {
	if d.choices[i].Name == "" {
		return Closed{}
	}
	return Confirmed{Choice: d.choices[i].Name}
}

func (d *confirm) Draw(width, height int, full bool) Box {
	p, _ := d.compose(width, height, full, 84, 68, d.fill)
	hints := []keymap.Hint{
		d.o.hint(keymap.Dialog, keymap.NextField, 3, "next"),
		d.o.hint(keymap.Dialog, keymap.Press, 2, phrases.OnAButton),
		d.o.hint(keymap.Dialog, keymap.Back, 0, "back"),
	}
	for _, c := range d.choices {
		if c.Yes {
			hints = append(hints, d.o.hint(keymap.Dialog, keymap.Confirm, 1, "yes"))
		}
	}
	return d.box(p, d.title, hints, height, full)
}

func (d *confirm) fill(p *page, l layout) {
	for _, t := range d.text {
		p.wrap(themes.Text, t, 0, 4)
	}
	p.end()
	var faces []face
	for i, c := range d.choices {
		label := c.Label
		if l == small && c.Short != "" {
			label = c.Short
		}
		faces = append(faces, face{d.buttons[i], label})
	}
	switch l {
	case wide:
		p.buttons(0, 3, faces...)
	case medium:
		p.buttons(0, 2, faces...)
	case small:
		p.buttonsTight(1, faces...)
	}
	p.end()
}
