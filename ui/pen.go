package ui

import (
	"strconv"
	"time"
	"unicode/utf8"

	"haul/themes"
	"haul/ui/text"
	"haul/ui/units"
)

// pen writes a screen, line by line, into one buffer that is used again for
// the next. It knows how many cells are left in the line and cuts what does not
// fit, so no line can be wider than the screen. Styles are the theme's prepared
// sequences.
type pen struct {
	theme *themes.Theme
	ruler text.Ruler
	units units.System

	buf      []byte
	ends     []int      // where each finished line ends in buf
	width    int        // of the screen, in cells
	x        int        // cells written in this line
	selected bool       // the line is the one of the cursor
	style    themes.SGR // that is switched on

	zones  []zone // what can be clicked
	origin int    // the screen's column of x 0
}

// reset begins a screen.
func (p *pen) reset(width int) {
	p.buf, p.ends = p.buf[:0], p.ends[:0]
	p.width, p.x, p.selected, p.style = max(width, 0), 0, false, themes.SGR{}
	p.zones, p.origin = p.zones[:0], 0
}

// end finishes the line.
func (p *pen) end() {
	if p.selected {
		p.to(p.width)
		p.selected = false
	}
	p.off()
	p.ends = append(p.ends, len(p.buf))
	p.buf = append(p.buf, '\n')
	p.x = 0
}

// lines is the number of finished lines.
func (p *pen) lines() int { return len(p.ends) }

// blank finishes lines until there are n.
func (p *pen) blank(n int) {
	for p.lines() < n {
		p.end()
	}
}

// truncate takes finished lines back until there are n.
func (p *pen) truncate(n int) {
	if n >= len(p.ends) {
		return
	}
	for len(p.zones) > 0 && p.zones[len(p.zones)-1].y >= n {
		p.zones = p.zones[:len(p.zones)-1]
	}
	if p.ends = p.ends[:n]; n == 0 {
		p.buf = p.buf[:0]
	} else {
		p.buf = p.buf[:p.ends[n-1]+1]
	}
}

// screen is everything written, without the last line's end.
func (p *pen) screen() string {
	if len(p.ends) == 0 {
		return ""
	}
	return string(p.buf[:p.ends[len(p.ends)-1]])
}

// room is the number of cells that are left in the line.
func (p *pen) room() int { return p.width - p.x }

// sgr is the style of a role in this line.
func (p *pen) sgr(r themes.Role) themes.SGR {
	if p.selected {
		return p.theme.Selected(r)
	}
	return p.theme.SGR(r)
}

// on switches the style of a role on, unless it is.
func (p *pen) on(r themes.Role) {
	s := p.sgr(r)
	if s.On == p.style.On {
		return
	}
	p.buf = append(p.buf, p.style.Off...)
	p.buf = append(p.buf, s.On...)
	p.style = s
}

// off switches the style off.
func (p *pen) off() {
	p.buf = append(p.buf, p.style.Off...)
	p.style = themes.SGR{}
}

// gap writes spaces.
func (p *pen) gap(n int) {
	n = min(n, p.room())
	if n <= 0 {
		return
	}
	p.on(themes.Text)
	p.buf = units.AppendCells(p.buf, n, " ")
	p.x += n
}

// to writes spaces up to column x.
func (p *pen) to(x int) { p.gap(x - p.x) }

// text writes t, cut at its end if it does not fit.
func (p *pen) text(r themes.Role, t text.Text) {
	p.left(r, t, min(p.ruler.Width(t), p.room()))
}

// left writes t in exactly width cells, cut at its end.
func (p *pen) left(r themes.Role, t text.Text, width int) {
	if width = min(width, p.room()); width <= 0 {
		return
	}
	p.on(r)
	p.buf = p.ruler.AppendLeft(p.buf, t, width)
	p.x += width
}

// middle writes t in exactly width cells, cut in its middle.
func (p *pen) middle(r themes.Role, t text.Text, width int) {
	if width = min(width, p.room()); width <= 0 {
		return
	}
	p.on(r)
	p.buf = p.ruler.AppendMiddle(p.buf, t, width)
	p.x += width
}

// ours is what this program says itself: words, signs and names of keys, each
// character of which takes one cell. Constants become it by themselves; what
// strangers say does not, and has to go through text.Clean.
type ours string

func (s ours) cells() int { return utf8.RuneCountInString(string(s)) }

// say writes words of our own.
func (p *pen) say(r themes.Role, s ours) {
	n := s.cells()
	if room := p.room(); n > room {
		s, n = firstRunes(s, room), room
	}
	if n <= 0 {
		return
	}
	p.on(r)
	p.buf = append(p.buf, s...)
	p.x += n
}

// sign writes a sign of the theme's glyph set.
func (p *pen) sign(r themes.Role, glyph string) { p.say(r, ours(glyph)) }

// repeat writes a sign n times.
func (p *pen) repeat(r themes.Role, glyph string, n int) {
	if n = min(n, p.room()); n <= 0 {
		return
	}
	p.on(r)
	p.buf = units.AppendCells(p.buf, n, glyph)
	p.x += n
}

// clock writes a time in a layout of numbers.
func (p *pen) clock(r themes.Role, t time.Time, layout string) {
	from := p.open(r)
	p.buf = t.AppendFormat(p.buf, layout)
	p.shutTight(from)
}

func firstRunes(s ours, n int) ours {
	for i := range s {
		if n--; n < 0 {
			return s[:i]
		}
	}
	return s
}

// open begins a number: what is appended to buf until shut is ASCII.
func (p *pen) open(r themes.Role) (from int) {
	p.on(r)
	return len(p.buf)
}

// shut ends a number that began at from, at the right end of width cells.
func (p *pen) shut(from, width int) {
	width = max(min(width, p.room()), 0)
	p.buf = units.AlignRight(p.buf, from, width)
	p.buf = p.buf[:min(len(p.buf), from+width)]
	p.x += width
}

// shutTight ends a number that began at from, as wide as it is.
func (p *pen) shutTight(from int) { p.shut(from, len(p.buf)-from) }

// size, rate and the like write a number as wide as it is.
func (p *pen) size(r themes.Role, n int64) {
	from := p.open(r)
	p.buf = p.units.AppendBytes(p.buf, n)
	p.shutTight(from)
}

func (p *pen) rate(r themes.Role, perSecond float64) {
	from := p.open(r)
	p.buf = p.units.AppendRate(p.buf, int64(perSecond))
	p.shutTight(from)
}

// part writes "512 of 812 MB".
func (p *pen) part(r themes.Role, done, size int64, sep ours) {
	from := p.open(r)
	p.buf = p.units.AppendPart(p.buf, done, size, string(sep))
	p.shutTight(from)
}

// bar writes a progress bar of width cells.
func (p *pen) bar(full themes.Role, width int, fraction float64) {
	width = min(width, p.room())
	if width <= 0 {
		return
	}
	g := p.theme.Glyphs.Bar
	n := units.Filled(width, fraction)
	rest, empty := width-n, g.Empty
	if !(fraction >= 0) { // unknown, or NaN
		empty = g.Unknown
	}
	if n > 0 {
		p.on(full)
		p.buf = units.AppendCells(p.buf, n, g.Full)
	}
	if rest > 0 {
		p.on(themes.Faint)
		p.buf = units.AppendCells(p.buf, rest, empty)
	}
	p.x += width
}

// spark writes a curve of the last minute in width cells.
func (p *pen) spark(r themes.Role, width int, values []float64) {
	if width = min(width, p.room()); width <= 0 {
		return
	}
	p.on(r)
	p.buf = units.AppendMinute(p.buf, width, values, p.theme.Glyphs.Spark)
	p.x += width
}

// rule writes a line across the screen, with a title in it if there is one.
func (p *pen) rule(title text.Text) {
	line := p.theme.Glyphs.Border.Top
	if !title.IsEmpty() {
		p.repeat(themes.Border, line, 2)
		p.gap(1)
		p.middle(themes.Accent, title, min(p.ruler.Width(title), p.room()-4))
		p.gap(1)
	}
	p.repeat(themes.Border, line, p.room())
	p.end()
}

// mark is a place in the line that can be pushed to the right.
type mark struct{ at, x int }

func (p *pen) mark() mark {
	p.off()
	return mark{len(p.buf), p.x}
}

// push moves what was written since m to the right, so that it ends at column
// x.
func (p *pen) push(m mark, x int) {
	n := min(x, p.width) - p.x
	if n <= 0 {
		return
	}
	for i := range p.zones {
		if z := &p.zones[i]; z.y == p.lines() && z.from >= m.x {
			z.from, z.to = z.from+n, z.to+n
		}
	}
	end := len(p.buf)
	p.buf = units.AppendCells(p.buf, n, " ")
	copy(p.buf[m.at+n:], p.buf[m.at:end])
	for i := range n {
		p.buf[m.at+i] = ' '
	}
	p.x += n
}

// count writes a number as wide as it is.
func (p *pen) count(r themes.Role, n int) {
	from := p.open(r)
	p.buf = strconv.AppendInt(p.buf, int64(n), 10)
	p.shutTight(from)
}
