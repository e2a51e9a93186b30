package themes

import (
	"embed"
	"encoding/hex"
	"fmt"
	"image/color"
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"haul/internal/strict"
)

//go:embed *.toml
var builtin embed.FS

// Palette is a colour and a style for each role.
type Palette struct {
	Name string
	// Dark says that the palette is meant for a dark background.
	Dark  bool
	roles [roleCount]paint
}

// paint is how one role looks.
type paint struct {
	Color rgb     `toml:"color"` // for terminals with 256 colours and more
	ANSI  basic   `toml:"ansi"`  // for those with 16; if absent, the nearest to Color
	Style []style `toml:"style"` // with and without colour
}

// document is a palette as TOML. The roles are fields and not a map, so that
// the decoder can name the line of one that does not exist.
type document struct {
	Background *background `toml:"background"`
	Inherits   string      `toml:"inherits"`
	Roles      struct {
		Text      *paint `toml:"text"`
		Subtle    *paint `toml:"subtle"`
		Faint     *paint `toml:"faint"`
		Accent    *paint `toml:"accent"`
		OK        *paint `toml:"ok"`
		Warn      *paint `toml:"warn"`
		Error     *paint `toml:"error"`
		Attention *paint `toml:"attention"`
		SelectBG  *paint `toml:"select-bg"`
		SelectFG  *paint `toml:"select-fg"`
		Border    *paint `toml:"border"`
		Bar       *paint `toml:"bar"`
	} `toml:"roles"`
}

func (d *document) paints() [roleCount]*paint {
	r := &d.Roles
	return [roleCount]*paint{
		r.Text, r.Subtle, r.Faint, r.Accent, r.OK, r.Warn, r.Error, r.Attention,
		r.SelectBG, r.SelectFG, r.Border, r.Bar,
	}
}

// Builtin returns a palette that is built in by its name. For "auto"
// darkBackground decides; a terminal that does not say what background it has
// counts as dark.
func Builtin(name string, darkBackground bool) (Palette, error) {
	if !slices.Contains(Names(), name) {
		return Palette{}, fmt.Errorf("there is no theme %q: use one of %s", name, strings.Join(Names(), ", "))
	}
	if name == Auto {
		name = "light"
		if darkBackground {
			name = "dark"
		}
	}
	data, err := builtin.ReadFile(name + ".toml")
	if err != nil {
		return Palette{}, err
	}
	return parse(name, name+".toml", data, nil)
}

// Parse reads a palette that a user wrote. name is its name, file the name of
// its file for messages, data what the file says:
//
//	background = "dark"   # what it is for: "dark" or "light"
//	inherits   = "soft"   # the theme that has what is absent here
//
//	[roles]
//	accent = { color = "#5fafff", ansi = "bright-blue", style = ["bold"] }
//
// Without inherits it is the built-in palette for the background; without a
// background it is that of the inherited one, else dark. A role that is given is
// given whole: without a colour it has the terminal's own. Only themes that are
// built in can be inherited here, see [Library] for others.
//
// The error is [strict.Problems], each with line and column.
func Parse(name, file string, data []byte) (Palette, error) {
	return parse(name, file, data, func(parent string) (Palette, error) { return Builtin(parent, true) })
}

// parse reads a palette. parent finds the theme that it inherits from; nil: it
// inherits nothing, not even by default.
func parse(name, file string, data []byte, parent func(string) (Palette, error)) (Palette, error) {
	var doc document
	at, err := strict.Decode(file, data, &doc)
	if err != nil {
		return Palette{}, err
	}
	var p Palette
	dark := doc.Background == nil || !doc.Background.light
	if parent != nil {
		from := doc.Inherits
		switch {
		case from == "" && dark:
			from = "dark"
		case from == "":
			from = "light"
		}
		if err := inheritable(from); err != nil {
			return Palette{}, strict.Problems{at.Problem("inherits: "+err.Error(), "inherits")}
		}
		if p, err = parent(from); err != nil {
			return Palette{}, strict.Problems{at.Problem("inherits: "+err.Error(), "inherits")}
		}
	}
	if doc.Background != nil || parent == nil {
		p.Dark = dark
	}
	p.Name = name
	for role, paint := range doc.paints() {
		if paint != nil {
			p.roles[role] = *paint
		}
	}
	return p, nil
}

// inheritable refuses a parent that is not one palette.
func inheritable(name string) error {
	if Follows(name) {
		return fmt.Errorf("%q is more than one theme: name one", name)
	}
	return CheckName(name)
}

type background struct{ light bool }

func (b *background) UnmarshalText(text []byte) error {
	switch string(text) {
	case "dark":
		b.light = false
	case "light":
		b.light = true
	default:
		return fmt.Errorf("background %q: it is \"dark\" or \"light\"", text)
	}
	return nil
}

// rgb is a colour, or the terminal's own.
type rgb struct {
	set     bool
	r, g, b uint8
}

func (c *rgb) UnmarshalText(text []byte) error {
	if string(text) == "default" {
		*c = rgb{}
		return nil
	}
	digits, ok := strings.CutPrefix(string(text), "#")
	v, err := hex.DecodeString(digits)
	if !ok || err != nil || len(v) != 3 {
		return fmt.Errorf("colour %q: it is \"#rrggbb\" or \"default\"", text)
	}
	*c = rgb{set: true, r: v[0], g: v[1], b: v[2]}
	return nil
}

func (c rgb) String() string { return fmt.Sprintf("#%02x%02x%02x", c.r, c.g, c.b) }

// color is nil for the terminal's own colour.
func (c rgb) color() color.Color {
	if !c.set {
		return nil
	}
	return color.RGBA{R: c.r, G: c.g, B: c.b, A: 0xff}
}

// basic is one of the sixteen colours whose look the terminal decides, or its
// own colour. Absent is neither.
type basic struct {
	set, own bool
	index    ansi.BasicColor
}

func basicNames() []string {
	return []string{
		"black", "red", "green", "yellow", "blue", "magenta", "cyan", "white",
		"bright-black", "bright-red", "bright-green", "bright-yellow",
		"bright-blue", "bright-magenta", "bright-cyan", "bright-white",
	}
}

func (c *basic) UnmarshalText(text []byte) error {
	c.set = true
	if c.own = string(text) == "default"; c.own {
		return nil
	}
	i := slices.Index(basicNames(), string(text))
	if i < 0 {
		return fmt.Errorf("ansi colour %q: it is \"default\" or one of %s", text, strings.Join(basicNames(), ", "))
	}
	c.index = ansi.BasicColor(i)
	return nil
}

// style is what stays when colour is off.
type style uint

const (
	bold style = iota
	faint
	underline
	reverse
)

func (s *style) UnmarshalText(text []byte) error {
	i := slices.Index([]string{"bold", "faint", "underline", "reverse"}, string(text))
	if i < 0 {
		return fmt.Errorf("style %q: it is bold, faint, underline or reverse", text)
	}
	*s = style(i)
	return nil
}
