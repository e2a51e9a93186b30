package dialog

import "haul/keymap"

// Click is a click with the left button on a cell of the inside of the box as
// it was drawn last. On a button it presses it, on a choice it chooses, on a
// field it brings the cursor there.
type Click struct{ X, Y int }

// Wheel turns what scrolls by so many lines, down if positive.
type Wheel struct{ Lines int }

// spot is where a control was drawn: cells [from, to) of a line. part is which
// choice of a radio, or which line of the URLs.
type spot struct {
	control  control
	part     int
	y        int
	from, to int
}

// spot notes where a control was drawn: from a column to where the line ends.
func (p *page) spot(c control, part, from int) {
	p.spots = append(p.spots, spot{c, part, len(p.lines), from, p.cells})
}

// click does what a click means to the control under it: the action comes back
// that is left for the dialog to do.
func (f *form) click(c Click) keymap.Action {
	for _, s := range f.spots {
		if s.y != c.Y+f.top || c.X < s.from || c.X >= s.to {
			continue
		}
		f.focus(s.control)
		switch at := s.control.(type) {
		case *button:
			return keymap.Press
		case *radio:
			at.chosen = s.part
		case *urls:
			at.at = min(s.part, len(at.lines)-1)
		}
		return ""
	}
	return ""
}
