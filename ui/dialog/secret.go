package dialog

import (
	"fmt"
	"io"

	tea "charm.land/bubbletea/v2"

	"haul/keymap"
	"haul/model"
)

// secretive is what the questions have in common that are answered with a secret:
// a password, a token, a client certificate that is locked.
type secretive struct {
	question
	pass               *field
	send, skip, cancel *button
	// missing says what is not filled in.
	missing string
}

func newSecretive() secretive {
	return secretive{pass: newSecret(), send: &button{"send"}, skip: &button{"skip"}, cancel: &button{"cancel"}}
}

// Format keeps what was typed out of every print.
func (d *secretive) Format(s fmt.State, _ rune) {
	// A write into the buffer of fmt does not fail.
	_, _ = io.WriteString(s, "question for a secret")
}

// holds tells that msg is not for the dialog: it has been answered, or opened
// just now.
func (d *secretive) holds(msg tea.Msg) bool { return d.pass.edit == nil || d.grace.holds(msg) }

// act does an action. submit sends, if all is there; enter is what enter does
// in a field.
func (d *secretive) act(action keymap.Action, submit, enter func() Result) Result {
	switch action {
	case keymap.Back:
		return d.closeWith(Closed{})
	case keymap.Cancel:
		return d.closeWith(d.answer(model.Answer{CancelRows: true}))
	case keymap.Submit:
		return submit()
	case keymap.Press:
		switch d.focused() {
		case d.send:
			return submit()
		case d.skip:
			return d.closeWith(d.answer(model.Answer{Skip: true}))
		case d.cancel:
			return d.closeWith(d.answer(model.Answer{CancelRows: true}))
		}
		return enter()
	}
	return nil
}

func (d *secretive) closeWith(r Result) Result {
	d.pass.wipe()
	return r
}

// toSend goes to the button that sends. Whoever holds enter down has not seen
// where it leads.
func (d *secretive) toSend() {
	d.focus(d.send)
	d.grace.start()
}

// lacks says what is missing, at the control that it is missing from.
func (d *secretive) lacks(what string, at control) Result {
	d.missing = what
	d.focus(at)
	return nil
}
