package main

import (
	"fmt"
	"html"
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// Colours of the terminal that is drawn.
const (
	background = "#16181d"
	foreground = "#d7dae0"
)

// basic are the 16 colours that programs name by number.
var basic = [16]string{
	"#16181d", "#e06c75", "#98c379", "#e5c07b", "#61afef", "#c678dd", "#56b6c2", "#d7dae0",
	"#7f848e", "#f08c95", "#b5e08f", "#f5d79a", "#82c4ff", "#dc98ee", "#77d3dd", "#ffffff",
}

// Measures in pixels: of a cell, of its baseline, around the screen.
const (
	cellWidth  = 8.4
	cellHeight = 18
	baseline   = 13.5
	margin     = 12
)

// style is how a cell looks. Colours are "" for the terminal's own.
type style struct {
	fg, bg                                 string
	bold, faint, italic, underline, strike bool
	reverse                                bool
}

// cell is one character; width 0 is the second half of a wide one.
type cell struct {
	text  string
	width int
	style style
}

// parse reads lines with SGR sequences, as tmux captures them.
func parse(text string) [][]cell {
	var lines [][]cell
	var now style
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		var cells []cell
		state := byte(0)
		parser := ansi.NewParser()
		for line != "" {
			seq, width, n, next := ansi.DecodeSequence(line, state, parser)
			switch {
			case width > 0:
				cells = append(cells, cell{seq, width, now})
				for range width - 1 {
					cells = append(cells, cell{"", 0, now})
				}
			case ansi.Cmd(parser.Command()).Final() == 'm' && strings.HasPrefix(seq, "\x1b["):
				now.set(parser.Params())
			}
			line, state = line[n:], next
		}
		lines = append(lines, cells)
	}
	return lines
}

// set applies the parameters of one SGR sequence.
func (s *style) set(params ansi.Params) {
	if len(params) == 0 {
		*s = style{}
		return
	}
	for i := 0; i < len(params); i++ {
		switch p := params[i].Param(0); {
		case p == 0:
			*s = style{}
		case p == 1:
			s.bold = true
		case p == 2:
			s.faint = true
		case p == 3:
			s.italic = true
		case p == 4:
			s.underline = true
		case p == 7:
			s.reverse = true
		case p == 9:
			s.strike = true
		case p == 22:
			s.bold, s.faint = false, false
		case p == 23:
			s.italic = false
		case p == 24:
			s.underline = false
		case p == 27:
			s.reverse = false
		case p == 29:
			s.strike = false
		case p >= 30 && p <= 37:
			s.fg = basic[p-30]
		case p == 39:
			s.fg = ""
		case p >= 40 && p <= 47:
			s.bg = basic[p-40]
		case p == 49:
			s.bg = ""
		case p >= 90 && p <= 97:
			s.fg = basic[p-90+8]
		case p >= 100 && p <= 107:
			s.bg = basic[p-100+8]
		case p == 38 || p == 48:
			colour, used := extended(params[i+1:])
			if p == 38 {
				s.fg = colour
			} else {
				s.bg = colour
			}
			i += used
		}
	}
}

// extended reads what follows 38 or 48: 2;R;G;B or 5;N.
func extended(params ansi.Params) (colour string, used int) {
	switch {
	case len(params) >= 4 && params[0].Param(0) == 2:
		return fmt.Sprintf("#%02x%02x%02x", params[1].Param(0), params[2].Param(0), params[3].Param(0)), 4
	case len(params) >= 2 && params[0].Param(0) == 5:
		return indexed(params[1].Param(0)), 2
	}
	return "", len(params)
}

// indexed is a colour of the palette of 256: the basic ones, a cube, greys.
func indexed(n int) string {
	switch {
	case n < 16:
		return basic[n]
	case n < 232:
		level := func(v int) int {
			if v == 0 {
				return 0
			}
			return 55 + 40*v
		}
		n -= 16
		return fmt.Sprintf("#%02x%02x%02x", level(n/36), level(n/6%6), level(n%6))
	}
	grey := 8 + 10*(n-232)
	return fmt.Sprintf("#%02x%02x%02x", grey, grey, grey)
}

// colours are what is drawn, with reverse taken into account; bg is "" for
// nothing.
func (s style) colours() (fg, bg string) {
	fg, bg = s.fg, s.bg
	if s.reverse {
		fg, bg = bg, fg
		if bg == "" {
			bg = foreground
		}
		if fg == "" {
			fg = background
		}
	}
	if fg == "" {
		fg = foreground
	}
	return fg, bg
}

// font is what all text is drawn in.
const font = `font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace" font-size="14" xml:space="preserve"`

// open is the beginning of a picture of so many cells.
func open(width, height int) string {
	w, h := float64(width)*cellWidth+2*margin, float64(height*cellHeight+2*margin)
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" width="%.0f" height="%.0f" viewBox="0 0 %.0f %.0f">`+"\n", w, h, w, h) +
		fmt.Sprintf(`<rect width="100%%" height="100%%" rx="8" fill="%s"/>`+"\n", background)
}

// svg draws lines of cells.
func svg(lines [][]cell, width int) string {
	var b strings.Builder
	b.WriteString(open(width, len(lines)))
	b.WriteString("<g " + font + ">\n")
	for _, e := range elements(lines) {
		b.WriteString(e + "\n")
	}
	b.WriteString("</g>\n</svg>\n")
	return b.String()
}

// elements are what lines of cells are drawn with, in this order. Each run of
// cells that look alike is one text of a given length, so that columns stay
// columns in every font.
func elements(lines [][]cell) (drawn []string) {
	for y, cells := range lines {
		for x := 0; x < len(cells); {
			end := x + 1
			for end < len(cells) && cells[end].style == cells[x].style {
				end++
			}
			drawn = append(drawn, run(cells[x:end], x, y)...)
			x = end
		}
	}
	return drawn
}

// run draws cells of one style that begin at column x of line y.
func run(cells []cell, x, y int) (drawn []string) {
	s := cells[0].style
	fg, bg := s.colours()
	left, top := margin+float64(x)*cellWidth, float64(margin+y*cellHeight)
	if bg != "" {
		drawn = append(drawn, fmt.Sprintf(`<rect x="%.1f" y="%.0f" width="%.1f" height="%d" fill="%s"/>`, left, top, float64(len(cells))*cellWidth, cellHeight, bg))
	}
	for i := 0; i < len(cells); {
		if cells[i].text == " " && !s.underline {
			i++
			continue
		}
		// A word ends at two spaces: one in between is cheaper kept.
		end := i
		for end < len(cells) && (cells[end].text != " " || s.underline || end+1 < len(cells) && cells[end+1].text != " ") {
			end++
		}
		var text strings.Builder
		for _, c := range cells[i:end] {
			text.WriteString(c.text)
		}
		drawn = append(drawn, fmt.Sprintf(`<text x="%.1f" y="%.1f" textLength="%.1f" fill="%s"%s>%s</text>`, left+float64(i)*cellWidth, top+baseline,
			float64(end-i)*cellWidth, fg, s.attributes(), html.EscapeString(text.String())))
		i = end
	}
	return drawn
}

func (s style) attributes() string {
	var b strings.Builder
	if s.bold {
		b.WriteString(` font-weight="bold"`)
	}
	if s.italic {
		b.WriteString(` font-style="italic"`)
	}
	if s.faint {
		b.WriteString(` opacity="0.6"`)
	}
	switch {
	case s.underline:
		b.WriteString(` text-decoration="underline"`)
	case s.strike:
		b.WriteString(` text-decoration="line-through"`)
	}
	return b.String()
}
