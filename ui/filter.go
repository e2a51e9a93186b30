package ui

import (
	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"haul/themes"
	"haul/ui/text"
)

// filterRemark says what a filter can have in it.
const filterRemark = "words  is:failed  host:x  size:>1G"

// filterLine is a line in which a filter, or something to be found, is typed.
// The screen follows each key.
type filterLine struct {
	active  bool
	input   textinput.Model
	problem text.Text // why the filter cannot be used as it stands
	x, y    int       // where the cursor was drawn
}

func newFilterLine() *filterLine {
	input := textinput.New()
	input.Prompt = ""
	input.SetVirtualCursor(false)
	return &filterLine{input: input}
}

// open begins typing, with the filter that there is.
func (f *filterLine) open(filter string) tea.Cmd {
	f.active = true
	f.input.SetValue(filter)
	f.input.CursorEnd()
	return f.input.Focus()
}

// close ends typing.
func (f *filterLine) close() {
	f.active = false
	f.problem = text.Text{}
	f.input.Blur()
}

// draw writes the line, with a remark behind it where there is room. The value
// is drawn here and not by the input, so that what was pasted is cleaned like
// everything else.
func (f *filterLine) draw(s *scene, remark ours) {
	s.gap(1)
	s.say(themes.Accent, "/ ")
	value, position := []rune(f.input.Value()), f.input.Position()
	before := text.Clean(string(value[:position]))
	for s.ruler.Width(before) >= max(s.room()-1, 1) { // keep the cursor in sight
		value, position = value[1:], position-1
		before = text.Clean(string(value[:position]))
	}
	f.x, f.y = s.x+s.ruler.Width(before), s.lines()
	s.text(themes.Text, text.Clean(string(value)))
	if !f.problem.IsEmpty() {
		s.gap(3)
		s.text(themes.Error, f.problem)
	} else if s.room() > remark.cells()+4 {
		s.gap(3)
		s.say(themes.Faint, remark)
	}
	s.end()
}
