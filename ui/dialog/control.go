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

// radio is a choice between a few things; the first is number 0.
type radio struct{ count, chosen int }

func (*radio) context() keymap.Context { return keymap.Dialog }
func (*radio) paste(string)            {}

// key moves the choice. left and right go between buttons and fields elsewhere;
// here they do what one sees.
func (r *radio) key(k tea.KeyPressMsg, _ keymap.Action) bool {
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
