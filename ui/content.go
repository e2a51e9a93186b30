package ui

import (
	"strings"
	"unicode/utf8"

	"haul/keymap"
	"haul/model"
	"haul/themes"
	"haul/ui/phrases"
	"haul/ui/text"
)

// mostContentLines bounds what is shown of what a data task has brought.
const mostContentLines = 2000

// contentLines are what a data task has brought, line by line, each cleaned and
// behind a sign of ours: no word of a server stands where one of haul's could.
func contentLines(s *scene, d *model.Detail, width int) []line {
	remark := s.units.Bytes(int64(len(d.Content)))
	if kind := d.Response.Get("Content-Type"); kind != "" {
		remark += ", " + s.ruler.Quoted(kind, text.MaxQuoted)
	}
	lines := []line{title("CONTENT", keymap.Section1, text.Clean(remark))}
	if d.ContentCut {
		lines = append(lines, say(themes.Warn, 2, ours(phrases.ContentCut)))
	}
	switch {
	case d.Content == "":
		return append(lines, say(themes.Subtle, 2, ours(phrases.ContentNone)))
	case isBinary(d.Content):
		return append(lines, say(themes.Subtle, 2, ours(phrases.ContentBinary)))
	}
	for _, t := range s.contents.of(d, s.ruler, width-5) {
		lines = append(lines, func(s *scene) {
			s.gap(2)
			s.sign(themes.Border, s.theme.Glyphs.Border.Left)
			s.gap(1)
			s.text(themes.Text, t)
		})
	}
	return lines
}

// isBinary tells what is no text. The last character may be cut.
func isBinary(content string) bool {
	beginning := content[:min(len(content), 4096)]
	return strings.ContainsRune(beginning, 0) || !utf8.ValidString(beginning[:max(len(beginning)-utf8.UTFMax, 0)])
}

// contents keeps the lines of the content shown last: to clean and to fold them
// takes longer than a frame may.
type contents struct {
	row    model.RowID
	length int
	width  int
	ruler  text.Ruler
	lines  []text.Text
}

func (c *contents) of(d *model.Detail, ruler text.Ruler, width int) []text.Text {
	if c.row == d.ID && c.length == len(d.Content) && c.width == width && c.ruler == ruler {
		return c.lines
	}
	*c = contents{row: d.ID, length: len(d.Content), width: width, ruler: ruler}
	for part := range strings.Lines(d.Content) {
		part = strings.ReplaceAll(strings.TrimRight(part, "\r\n"), "\t", "    ")
		if part == "" {
			c.lines = append(c.lines, text.Text{})
		}
		c.lines = append(c.lines, ruler.Wrap(text.Clean(part), max(width, 1))...)
		if len(c.lines) >= mostContentLines {
			c.lines = c.lines[:mostContentLines]
			break
		}
	}
	return c.lines
}
