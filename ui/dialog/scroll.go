package dialog

import (
	"fmt"

	"haul/keymap"
)

// scroll is how far a text was scrolled that has no controls.
type scroll struct {
	top, lines, height int
}

// act does an action of moving, and reports whether it was one.
func (s *scroll) act(a keymap.Action) bool {
	switch a {
	case keymap.MoveUp:
		s.top--
	case keymap.MoveDown:
		s.top++
	case keymap.HalfPageUp:
		s.top -= max(s.height/2, 1)
	case keymap.HalfPageDown:
		s.top += max(s.height/2, 1)
	case keymap.PageUp:
		s.top -= max(s.height-1, 1)
	case keymap.PageDown:
		s.top += max(s.height-1, 1)
	case keymap.MoveFirst:
		s.top = 0
	case keymap.MoveLast:
		s.top = s.lines
	default:
		return false
	}
	s.fit(s.lines, s.height)
	return true
}

// by scrolls by so many lines.
func (s *scroll) by(lines int) {
	s.top += lines
	s.fit(s.lines, s.height)
}

// fit keeps what is shown inside the text.
func (s *scroll) fit(lines, height int) {
	s.lines, s.height = lines, max(height, 0)
	s.top = max(min(s.top, s.lines-s.height), 0)
}

// overflows tells that not everything is shown.
func (s *scroll) overflows() bool { return s.lines > s.height }

// part says which lines are shown.
func (s *scroll) part() string {
	return fmt.Sprintf("(%d-%d of %d)", s.top+1, min(s.top+s.height, s.lines), s.lines)
}
