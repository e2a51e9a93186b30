package dialog

import (
	tea "charm.land/bubbletea/v2"

	"haul/keymap"
)

// control is a part of a dialog that can have the focus.
type control interface {
	// context is where the keyboard is while the control has the focus.
	context() keymap.Context
	// key takes a key and the action it has there, "" for none. It reports
	// whether the key was used up.
	key(k tea.KeyPressMsg, action keymap.Action) bool
	// paste takes pasted text.
	paste(s string)
}

// button is a button. What stands on it may differ from layout to layout, so
// the page gets that with it. The name tells buttons apart.
type button struct{ name string }

func (*button) context() keymap.Context                 { return keymap.Dialog }
func (*button) key(tea.KeyPressMsg, keymap.Action) bool { return false }
func (*button) paste(string)                            {}

// radio is a choice between a few things; the first is number 0. They stand
// beside each other, or with down one below the other.
type radio struct {
	count, chosen int
	down          bool
}

func (*radio) context() keymap.Context { return keymap.Dialog }
func (*radio) paste(string)            {}

// key moves the choice. left and right go between buttons and fields elsewhere;
// here they do what one sees; and so do up and down, until the ends of a list.
func (r *radio) key(k tea.KeyPressMsg, action keymap.Action) bool {
	if r.down {
		was := r.chosen
		switch action {
		case keymap.MoveUp:
			r.chosen = max(r.chosen-1, 0)
		case keymap.MoveDown:
			r.chosen = min(r.chosen+1, r.count-1)
		}
		return r.chosen != was
	}
	switch k.String() {
	case "left":
		r.chosen = max(r.chosen-1, 0)
	case "right":
		r.chosen = min(r.chosen+1, r.count-1)
	case "space":
		r.chosen = (r.chosen + 1) % r.count
	default:
		return false
	}
	return true
}
