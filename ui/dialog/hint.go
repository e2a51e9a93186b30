package dialog

import (
	"strings"

	"haul/keymap"
	"haul/ui/text"
)

// symbols are the signs of the keys in the glyph set.
func (o *Options) symbols() keymap.Symbols {
	return keymap.Symbols(o.Theme.Glyphs.Keys)
}

// hint names an action of the map by its first key. The ones with the greatest
// priority go first where there is little room.
func (o *Options) hint(c keymap.Context, a keymap.Action, priority int, words string) keymap.Hint {
	h := keymap.Hint{Action: a, Text: words, Priority: priority}
	if keys := o.Keys.Binding(c, a).Keys(); len(keys) > 0 {
		h.Keys = keymap.Label(keys[0], o.symbols())
	}
	return h
}

// hintLine writes hints beside each other, as many as fit.
func (o *Options) hintLine(hints []keymap.Hint, width, gap int) string {
	var parts []string
	for _, h := range keymap.Fit(hints, width, gap, o.cells) {
		parts = append(parts, strings.TrimSpace(h.Keys+" "+h.Text))
	}
	line := text.Clean(strings.Join(parts, strings.Repeat(" ", gap)))
	return o.Ruler.Truncate(line, width).String()
}

// cells is how wide s is when it is drawn.
func (o *Options) cells(s string) int { return o.Ruler.Width(text.Clean(s)) }

// scrollKeys are the keys that scroll a text, in short.
func (o *Options) scrollKeys() string {
	down := o.hint(keymap.Dialog, keymap.MoveDown, 0, "").Keys
	up := o.hint(keymap.Dialog, keymap.MoveUp, 0, "").Keys
	return strings.TrimSpace(down + " " + up)
}
