package dialog

import (
	tea "charm.land/bubbletea/v2"

	"haul/keymap"
)

// entry is a form that takes in what was typed, or closes: what is asked for,
// then a button for either.
type entry struct {
	form
	ok, cancel *button
	closed     bool
}

func newEntry(o *Options, fields ...control) entry {
	e := entry{ok: &button{"ok"}, cancel: &button{"cancel"}}
	e.form = newForm(o, append(fields, e.ok, e.cancel)...)
	return e
}

// update takes a message. submit returns nil where something is missing yet.
func (e *entry) update(msg tea.Msg, submit func() Result) (r Result, cmd tea.Cmd) {
	if e.closed {
		return nil, nil
	}
	switch e.take(msg) {
	case keymap.Back:
		r = Closed{}
	case keymap.Submit:
		r = submit()
	case keymap.Press:
		if e.focused() == e.cancel {
			r = Closed{}
		} else {
			r = submit()
		}
	}
	e.closed = r != nil
	return r, nil
}

// end writes the two buttons.
func (e *entry) end(p *page, l layout, x int, ok string) {
	faces := []face{{e.ok, ok}, {e.cancel, "Cancel"}}
	if l == small {
		p.buttonsTight(1, faces...)
	} else {
		p.buttons(x, 3, faces...)
	}
	p.end()
}
