package dialog

import (
	"strings"

	"haul/keymap"
	"haul/themes"
	"haul/ui/text"
)

// page is the inside of a dialog while it is drawn, one line after the other
// from left to right. Every string that is put on it is cleaned, and cut where
// the line ends.
type page struct {
	o     *Options
	width int
	focus control // which control has the focus, nil for none

	lines []string
	line  []byte
	cells int // of line

	spots            []spot
	focusY           int // the line of the focus, -1 for none
	cursorX, cursorY int // cursorY is -1 for none
}

func newPage(o *Options, width int, focus control) *page {
	return &page{o: o, width: max(width, 0), focus: focus, focusY: -1, cursorY: -1}
}

// put writes s. Between two strings of strangers stands at least one ASCII
// character of ours, so that their widths add up.
func (p *page) put(role themes.Role, s string) {
	p.putText(p.o.Theme.SGR(role), text.Clean(s))
}

func (p *page) putText(sgr themes.SGR, t text.Text) {
	t = p.o.Ruler.Truncate(t, p.width-p.cells)
	if t.IsEmpty() {
		return
	}
	p.line = sgr.Append(p.line, t.String())
	p.cells += p.o.Ruler.Width(t)
}

// putMiddle writes s and cuts it in the middle, leaving so many cells.
func (p *page) putMiddle(role themes.Role, s string, leave int) {
	t := p.o.Ruler.TruncateMiddle(text.Clean(s), p.room()-leave)
	p.putText(p.o.Theme.SGR(role), t)
}

// room is the number of cells that are left on the line.
func (p *page) room() int { return p.width - p.cells }

// column writes spaces up to a column.
func (p *page) column(x int) {
	if n := min(x, p.width) - p.cells; n > 0 {
		p.line = append(p.line, strings.Repeat(" ", n)...)
		p.cells += n
	}
}

// gap writes n spaces.
func (p *page) gap(n int) { p.column(p.cells + n) }

// end ends the line.
func (p *page) end() {
	p.lines = append(p.lines, strings.TrimRight(string(p.line), " "))
	p.line, p.cells = p.line[:0], 0
}

// say writes a whole line.
func (p *page) say(role themes.Role, s string) {
	p.put(role, s)
	p.end()
}

// wrap writes s on as many lines as it needs, at most so many, each beginning
// in a column.
func (p *page) wrap(role themes.Role, s string, x, most int) {
	lines := p.o.Ruler.Wrap(text.Clean(s), p.width-x)
	for i, t := range lines {
		if i == most {
			break
		}
		p.column(x)
		if i == most-1 && len(lines) > most {
			t = text.Concat(t, p.o.Ruler.Ellipsis)
		}
		p.putText(p.o.Theme.SGR(role), t)
		p.end()
	}
}

// apart writes things beside each other, with a gap between them, on as many
// lines as they need, each beginning in column x. Only what is too long for a
// line is broken.
func (p *page) apart(role themes.Role, things []string, x, gap int) {
	for _, s := range things {
		cells := p.o.cells(s)
		if p.cells > x && p.cells+gap+cells > p.width {
			p.end()
		}
		if p.cells > x {
			p.gap(gap)
		} else {
			p.column(x)
		}
		if p.cells+cells > p.width {
			p.wrap(role, s, x, 2)
			continue
		}
		p.put(role, s)
	}
	if p.cells > 0 {
		p.end()
	}
}

// label writes the name of a fact or a field and goes to column x.
func (p *page) label(s string, x int) {
	p.put(themes.Subtle, s)
	p.column(x)
}

// rule writes a line across.
func (p *page) rule() {
	p.say(themes.Border, strings.Repeat(p.o.Theme.Glyphs.Border.Top, p.width))
}

// field writes a field with room for so many cells, or as many as the line has.
func (p *page) field(f *field, cells int, fill string) {
	p.fieldAs(f, f, 0, p.focus == f, cells, fill)
}

// fieldAs writes a field that is a part of the control c.
func (p *page) fieldAs(f *field, c control, part int, focused bool, cells int, fill string) {
	cells = max(min(cells, p.room()-2), 0)
	shown, cursor := f.window(p.o.Ruler, p.o.Theme.Glyphs.Bullet, cells, focused)
	bracket := themes.Subtle
	if focused {
		bracket = themes.Accent
		p.focusY = len(p.lines)
		p.cursorX, p.cursorY = min(p.cells+1+cursor, max(p.width-1, 0)), len(p.lines)
	}
	from := p.cells
	p.put(bracket, "[")
	used := p.o.Ruler.Width(shown)
	p.putText(p.o.Theme.SGR(themes.Text), shown)
	p.put(themes.Faint, strings.Repeat(fill, cells-used))
	p.put(bracket, "]")
	p.spot(c, part, from)
}

// radio writes a choice; what does not fit goes to the next line.
func (p *page) radio(r *radio, gap int, labels ...string) {
	left := p.cells
	for i, label := range labels {
		sign := "( ) "
		if i == r.chosen {
			sign = "(" + p.o.Theme.Glyphs.Bullet + ") "
		}
		p.choice(sign+label, left, gap, i == 0, p.focus == r && i == r.chosen)
		p.spot(r, i, p.cells-p.o.cells(sign+label))
	}
}

// face is a button and what stands on it.
type face struct {
	button *button
	label  string
}

// buttons writes a row of buttons from column x on, with a gap between them;
// what does not fit goes to the next line.
func (p *page) buttons(x, gap int, faces ...face) {
	p.column(x)
	for i, f := range faces {
		label := "[ " + f.label + " ]"
		p.choice(label, x, gap, i == 0, p.focus == f.button)
		p.spot(f.button, 0, p.cells-p.o.cells(label))
	}
}

// buttonsTight is buttons for the small layout.
func (p *page) buttonsTight(x int, faces ...face) {
	p.column(x)
	for i, f := range faces {
		label := "[" + f.label + "]"
		p.choice(label, x, 2, i == 0, p.focus == f.button)
		p.spot(f.button, 0, p.cells-p.o.cells(label))
	}
}

// choice writes one of several things beside each other.
func (p *page) choice(s string, left, gap int, first, focused bool) {
	t := text.Clean(s)
	if !first {
		if p.cells+gap+p.o.Ruler.Width(t) > p.width {
			p.end()
			p.column(left)
		} else {
			p.gap(gap)
		}
	}
	sgr := p.o.Theme.SGR(themes.Text)
	if focused {
		sgr = p.o.Theme.Selected(themes.Text)
		p.focusY = len(p.lines)
	}
	p.putText(sgr, t)
}

// topFor is the first line to show so that the focus is in sight.
func (p *page) topFor(height int) int {
	if len(p.lines) <= height || p.focusY < 0 {
		return 0
	}
	return max(p.focusY-max(height, 1)+1, 0)
}

// box cuts the page to the lines from top on.
func (p *page) box(title string, hints []keymap.Hint, top, height int, full bool) Box {
	gap := 3
	if full {
		gap = 2
	}
	end := min(top+max(height, 0), len(p.lines))
	b := Box{
		Title: p.o.Ruler.Truncate(text.Clean(title), p.width).String(),
		Hint:  p.o.hintLine(hints, p.width, gap),
		Width: p.width, Lines: p.lines[min(top, end):end], CursorY: -1,
	}
	if p.cursorY >= top && p.cursorY < end {
		b.CursorX, b.CursorY = p.cursorX, p.cursorY-top
	}
	return b
}

// fitting is the first of the widths that there is room for, or all there is.
func fitting(room int, widths ...int) int {
	for _, w := range widths {
		if w <= room {
			return w
		}
	}
	return max(room, 0)
}
