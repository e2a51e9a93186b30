package themes

import (
	"fmt"
	"runtime"
	"strings"

	"charm.land/lipgloss/v2"
)

// Glyphs are the signs to draw with. All of those of the Unicode set take one
// cell; so do those of the ASCII set, but for the words (enter, in, out). No
// Braille, no emoji, no private-use icons: screen readers and braille displays
// make nonsense of them.
type Glyphs struct {
	Name string // "unicode" or "ascii"

	// The states of a transfer. Pausing, resuming and cancelling show the sign
	// of the state before, and Ellipsis.
	Queued, Running, Paused, Held, Asks, Retry, Done, Failed string

	Cursor   string // marks the row of the cursor
	Mark     string // marks a marked row
	Alert    string // something needs the user
	Ellipsis string // something was cut here
	Bullet   string // a character of a password
	Changed  string // a key that the user has mapped
	Range    string // between two numbers
	Arrow    string // from here to there

	SortDown, SortUp string // the greatest, the least comes first
	Down, Up         string // before rates of receiving and sending

	Bar   BarGlyphs
	Spark []string // levels of a curve, lowest first; none if it cannot be drawn

	Border lipgloss.Border // of dialogs and panes
	Keys   KeyGlyphs
}

// BarGlyphs draw a progress bar.
type BarGlyphs struct {
	Full, Empty string
	Unknown     string // the whole bar, when the end is not known
}

// KeyGlyphs name keys that have no letter.
type KeyGlyphs struct{ Up, Down, Left, Right, Enter string }

// Unicode is the set for UTF-8 terminals.
func Unicode() Glyphs {
	return Glyphs{
		Name:   "unicode",
		Queued: ".", Running: "▸", Paused: "=", Held: "=", Asks: "?", Retry: "↻", Done: "✓", Failed: "✗",
		Cursor: "❯", Mark: "*", Alert: "!", Ellipsis: "…", Bullet: "•", Changed: "•", Range: "–", Arrow: "->",
		SortDown: "▼", SortUp: "▲", Down: "↓", Up: "↑",
		Bar:    BarGlyphs{Full: "█", Empty: "░", Unknown: "-"},
		Spark:  []string{"▁", "▂", "▃", "▄", "▅", "▆", "▇"},
		Border: lipgloss.RoundedBorder(),
		Keys:   KeyGlyphs{Up: "↑", Down: "↓", Left: "←", Right: "→", Enter: "↵"},
	}
}

// ASCII is the set for everything else: other encodings, and terminals that
// draw ambiguous characters two cells wide (boxes, blocks and arrows, in East
// Asian locales).
func ASCII() Glyphs {
	return Glyphs{
		Name:   "ascii",
		Queued: ".", Running: "R", Paused: "P", Held: "H", Asks: "?", Retry: "~", Done: "+", Failed: "x",
		Cursor: ">", Mark: "*", Alert: "!", Ellipsis: "~", Bullet: "*", Changed: "*", Range: "-", Arrow: "->",
		SortDown: "v", SortUp: "^", Down: "in", Up: "out",
		Bar:    BarGlyphs{Full: "#", Empty: ".", Unknown: "-"},
		Border: lipgloss.ASCIIBorder(),
		Keys:   KeyGlyphs{Up: "up", Down: "down", Left: "left", Right: "right", Enter: "enter"},
	}
}

// GlyphsFor returns the set with that name: "unicode", "ascii", or "auto",
// which is Unicode if the locale of env (as of os.Environ) says UTF-8 and the
// terminal does not draw characters of ambiguous width in two cells.
func GlyphsFor(name string, wide bool, env []string) (Glyphs, error) {
	switch name {
	case "unicode":
		return Unicode(), nil
	case "ascii":
		return ASCII(), nil
	case "auto":
		if isUTF8(env) && !wide {
			return Unicode(), nil
		}
		return ASCII(), nil
	}
	return Glyphs{}, fmt.Errorf("glyphs %q: they are auto, unicode or ascii", name)
}

// isUTF8 asks the locale as POSIX orders it: the first of LC_ALL, LC_CTYPE and
// LANG that is not empty. Windows has no such variables; Bubble Tea writes
// UTF-8 to its console.
func isUTF8(env []string) bool {
	value := map[string]string{}
	for _, e := range env {
		if name, v, ok := strings.Cut(e, "="); ok {
			value[name] = v
		}
	}
	for _, name := range [...]string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if v := strings.ToLower(value[name]); v != "" {
			return strings.Contains(v, "utf-8") || strings.Contains(v, "utf8")
		}
	}
	return runtime.GOOS == "windows"
}
