package ui

import (
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"haul/themes"
	"haul/ui/dialog"
	"haul/ui/text"
)

// front is the dialog that lies over the screen and has the keys.
type front struct {
	dialog dialog.Dialog
	// question is the dialog if a server asks, else nil.
	question dialog.Question
	// refresh tells the dialog what has changed meanwhile; nil for none.
	refresh func()
	// chosen acts on the choice of a confirming dialog or a menu.
	chosen func(choice string) tea.Cmd
	x, y   int // where the inside was drawn last
}

// dialogSize says how large the inside of a dialog may be, and whether it
// takes the whole screen. In a border it leaves something of the list to be
// seen around it.
func dialogSize(width, height int) (w, h int, full bool) {
	switch {
	case width >= 72 && height >= 20:
		return width - 6, height - 7, false
	case height >= 8:
		return max(width-2, 0), height - 3, true // title, rule and hint
	}
	return max(width-2, 0), max(height-1, 0), true // title
}

// boxFrame is how many lines a box has around the inside: border, rule, hint
// and border.
const boxFrame = 4

// drawFull draws the dialog as the whole screen.
func (f *front) drawFull(s *scene) *tea.Cursor {
	w, h, _ := dialogSize(s.width, s.height)
	box := f.dialog.Draw(w, h, true)
	s.gap(1)
	s.text(themes.Accent, text.Clean(box.Title))
	s.end()
	top := s.lines()
	f.x, f.y = 1, top
	for i := range min(len(box.Lines), h) {
		s.gap(1)
		s.styled(box.Lines[i])
		s.end()
	}
	if h < s.height-1 {
		s.blank(top + h)
		s.rule(text.Text{})
		s.gap(1)
		s.text(themes.Subtle, text.Clean(box.Hint))
		s.end()
	}
	s.truncate(s.height)
	return cursorIn(box, 1, top)
}

// cursorIn is the cursor of a text field in a box whose inside begins at x, y.
func cursorIn(box dialog.Box, x, y int) *tea.Cursor {
	if box.CursorY < 0 || box.CursorY >= len(box.Lines) {
		return nil
	}
	return tea.NewCursor(x+box.CursorX, y+box.CursorY)
}

// drawOver draws the dialog in a box over the lines that s has.
func (f *front) drawOver(s *scene) *tea.Cursor {
	w, h, _ := dialogSize(s.width, s.height)
	box := f.dialog.Draw(w, h, false)
	box.Lines = box.Lines[:min(len(box.Lines), h)]
	inner := max(min(box.Width, w), s.cellsOf(box.Hint), s.cellsOf(box.Title)+1)
	x := max((s.width-inner-4)/2, 0)
	y := max((s.height-len(box.Lines)-boxFrame)/2, 0)
	f.x, f.y = x+2, y+1
	s.blank(s.height)
	s.overlay(x, y, s.boxLines(&box, inner))
	return cursorIn(box, x+2, y+1)
}

// cellsOf is the width of a string that may have styles in it.
func (p *pen) cellsOf(s string) int {
	if p.ruler.Clusters {
		return ansi.StringWidth(s)
	}
	return ansi.StringWidthWc(s)
}

// cutTo is the beginning of a styled string, up to a width.
func (p *pen) cutTo(s string, width int) string {
	if p.ruler.Clusters {
		return ansi.Truncate(s, width, "")
	}
	return ansi.TruncateWc(s, width, "")
}

// cutFrom is a styled string without its first cells.
func (p *pen) cutFrom(s string, cells int) string {
	if p.ruler.Clusters {
		return ansi.TruncateLeft(s, cells, "")
	}
	return ansi.TruncateLeftWc(s, cells, "")
}

// styled writes a string that has its own styles.
func (p *pen) styled(s string) {
	n := p.cellsOf(s)
	if n > p.room() {
		s = p.cutTo(s, p.room())
		n = p.cellsOf(s)
	}
	p.off()
	p.buf = append(p.buf, s...)
	p.x += n
}

// boxLines frames the inside of a dialog, of inner cells.
func (s *scene) boxLines(box *dialog.Box, inner int) []string {
	b := s.theme.Glyphs.Border
	line := pen{theme: s.theme, ruler: s.ruler}
	line.reset(inner + 4)
	edge := func(left, right string) {
		line.sign(themes.Border, left)
		line.repeat(themes.Border, b.Top, inner+2)
		line.sign(themes.Border, right)
		line.end()
	}
	line.sign(themes.Border, b.TopLeft+b.Top)
	line.gap(1)
	line.text(themes.Accent, text.Clean(box.Title))
	line.gap(1)
	line.repeat(themes.Border, b.Top, line.room()-1)
	line.sign(themes.Border, b.TopRight)
	line.end()
	inside := func(write func()) {
		line.sign(themes.Border, b.Left)
		line.gap(1)
		write()
		line.to(inner + 3)
		line.sign(themes.Border, b.Right)
		line.end()
	}
	for _, l := range box.Lines {
		inside(func() { line.styled(l) })
	}
	edge(b.MiddleLeft, b.MiddleRight)
	inside(func() { line.text(themes.Subtle, text.Clean(box.Hint)) })
	edge(b.BottomLeft, b.BottomRight)
	return strings.Split(line.screen(), "\n")
}

// overlay lays lines of equal width over those of the screen, from column x
// and line y on.
func (p *pen) overlay(x, y int, lines []string) {
	under := strings.Split(p.screen(), "\n")
	width := p.width
	p.reset(width)
	for i, line := range under {
		if i < y || i >= y+len(lines) {
			p.buf = append(p.buf, line...)
			p.end()
			continue
		}
		over := lines[i-y]
		p.styled(p.cutTo(line, x))
		p.buf = append(p.buf, ansi.ResetStyle...)
		p.to(x)
		p.styled(over)
		// A wide character that the box cuts in two goes: what is left of it
		// is space.
		end, total := p.x, p.cellsOf(line)
		if total > end {
			rest := p.cutFrom(line, end)
			for cut := end + 1; p.cellsOf(rest) > total-end; cut++ {
				rest = p.cutFrom(line, cut)
			}
			p.gap(total - end - p.cellsOf(rest))
			p.styled(rest)
		}
		p.end()
	}
}
