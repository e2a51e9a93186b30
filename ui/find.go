package ui

import (
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"haul/keymap"
	"haul/model"
	"haul/ui/phrases"
	"haul/ui/units"
)

// finder looks for words in the lines of a screen that scrolls. Each key that is
// typed goes to the first line that has them; enter and the arrows go from one
// to the next.
type finder struct {
	line *filterLine
	// at is which of the found lines is shown, found are their numbers as of
	// the last drawing.
	at    int
	found []int
	// jump tells that the screen has to scroll to the line.
	jump bool
}

// open begins looking, with nothing typed.
func (f *finder) open() tea.Cmd {
	f.at, f.found, f.jump = 0, nil, true
	return f.line.open("")
}

// take takes a key; esc ends looking.
func (f *finder) take(keys *keymap.Map, msg tea.KeyPressMsg) tea.Cmd {
	action, _ := keys.Lookup(keymap.Field, msg.String())
	switch {
	case action == keymap.Back:
		f.line.close()
	case action == keymap.Press, action == keymap.NextField, msg.String() == "down":
		f.step(1)
	case action == keymap.PrevField, msg.String() == "up":
		f.step(-1)
	case action == "":
		return f.edit(msg)
	}
	return nil
}

// edit gives the line a key or a paste.
func (f *finder) edit(msg tea.Msg) tea.Cmd {
	before := f.line.input.Value()
	var cmd tea.Cmd
	f.line.input, cmd = f.line.input.Update(msg)
	if f.line.input.Value() != before {
		f.at, f.jump = 0, true
	}
	return cmd
}

func (f *finder) step(by int) {
	if n := len(f.found); n > 0 {
		f.at, f.jump = (f.at+by+n)%n, true
	}
}

// want is what is looked for, in lower case; "" for nothing.
func (f *finder) want() string {
	if !f.line.active {
		return ""
	}
	return strings.ToLower(f.line.input.Value())
}

// look finds the lines that have what is wanted, among n, and returns the one
// to be marked, -1 for none.
func (f *finder) look(n int, text func(i int) string) (line int) {
	want := f.want()
	if want == "" {
		f.found = nil
		return -1
	}
	f.found = f.found[:0]
	for i := range n {
		if strings.Contains(strings.ToLower(text(i)), want) {
			f.found = append(f.found, i)
		}
	}
	if len(f.found) == 0 {
		return -1
	}
	f.at = min(f.at, len(f.found)-1)
	return f.found[f.at]
}

// lookAlso is look among n lines and, behind them, events. It returns which line is
// to be marked or which event, -1 for none.
func (f *finder) lookAlso(n int, text func(i int) string, u units.System, events []model.Event) (line, event int) {
	found := f.look(n+len(events), func(i int) string {
		if i < n {
			return text(i)
		}
		return eventText(u, &events[i-n]).String()
	})
	if found < n {
		return found, -1
	}
	return -1, found - n
}

// scrolledTo is the first line to show so that the marked one is in sight, if
// the finder has just gone there; else top.
func (f *finder) scrolledTo(line, top, page int) int {
	if line < 0 || !f.jump {
		return top
	}
	f.jump = false
	if line < top || line >= top+page {
		return max(line-page/2, 0)
	}
	return top
}

// draw writes the line with what was found.
func (f *finder) draw(s *scene) {
	var remark ours
	switch {
	case f.want() == "":
		remark = phrases.TypeWhatToFindOnThisScreen
	case len(f.found) == 0:
		remark = "not here"
	default:
		remark = ours(strconv.Itoa(f.at+1) + " of " + strconv.Itoa(len(f.found)))
		if s.width >= 72 {
			remark += s.named(keymap.Field, phrases.TheNextOrBack)
		}
	}
	f.line.draw(s, remark)
}

// wordsOf are the words of a line as it is drawn on a screen of a width.
func (s *scene) wordsOf(l line, width int) string {
	probe := *s
	probe.pen = &pen{theme: s.theme, ruler: s.ruler, units: s.units}
	probe.reset(width)
	l(&probe)
	probe.end()
	return ansi.Strip(probe.screen())
}
