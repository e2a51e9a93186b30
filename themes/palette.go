package themes

import (
	"bytes"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"image/color"
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"
	"github.com/pelletier/go-toml/v2"
)

//go:embed dark.toml light.toml mono.toml
var builtin embed.FS

// Auto is the name of the theme that follows the terminal's background.
const Auto = "auto"

// Names are the themes that are built in.
func Names() []string { return []string{Auto, "dark", "light", "mono"} }

// CheckName tells what is wrong with the name of a theme, whether or not there
// is one of that name: "auto", a name of letters, digits, dashes and
// underscores, or "auto:DARK,LIGHT".
func CheckName(name string) error {
	dark, light, pair := Pair(name)
	if !pair {
		dark, light = name, name
	}
	for _, one := range []string{dark, light} {
		if one == "" || strings.ContainsFunc(one, notInName) || pair && one == Auto {
			return fmt.Errorf("%q is no name of a theme: use auto, a name, or auto:DARK,LIGHT with two names", name)
		}
	}
	return nil
}

func notInName(r rune) bool {
	return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_')
}

// Pair cuts "auto:DARK,LIGHT" into its names.
func Pair(name string) (dark, light string, ok bool) {
	rest, ok := strings.CutPrefix(name, Auto+":")
	if !ok {
		return "", "", false
	}
	dark, light, _ = strings.Cut(rest, ",")
	return strings.TrimSpace(dark), strings.TrimSpace(light), true
}

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
	Background background `toml:"background"`
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

// Builtin returns a palette by its name. For "auto" darkBackground decides; a
// terminal that does not say what background it has counts as dark.
func Builtin(name string, darkBackground bool) (Palette, error) {
	if !slices.Contains(Names(), name) {
		return Palette{}, fmt.Errorf("no theme %q: there are %s", name, strings.Join(Names(), ", "))
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
	return parse(name, name+".toml", data, false)
}

// Parse reads a palette that a user wrote. name is its name, file the name of
// its file for messages, data what the file says:
//
//	background = "dark"   # what it is for: "dark" (also if absent) or "light"
//
//	[roles]
//	accent = { color = "#5fafff", ansi = "bright-blue", style = ["bold"] }
//
// A role that is absent is that of the built-in palette for this background.
// So is nothing else: a role that is given is given whole, and without a colour
// it has the terminal's own. Errors name the line.
func Parse(name, file string, data []byte) (Palette, error) {
	return parse(name, file, data, true)
}

func parse(name, file string, data []byte, inherit bool) (Palette, error) {
	doc, err := decode(file, data)
	if err != nil {
		return Palette{}, err
	}
	dark := !doc.Background.light
	var p Palette
	if inherit {
		if p, err = Builtin(Auto, dark); err != nil {
			return Palette{}, err
		}
	}
	p.Name, p.Dark = name, dark
	for role, paint := range doc.paints() {
		if paint != nil {
			p.roles[role] = *paint
		}
	}
	return p, nil
}

// decode is strict. Its error has one line for each mistake.
func decode(file string, data []byte) (document, error) {
	var doc document
	err := toml.NewDecoder(bytes.NewReader(data)).DisallowUnknownFields().Decode(&doc)
	if err == nil {
		return doc, nil
	}
	if missing, ok := errors.AsType[*toml.StrictMissingError](err); ok {
		var all []error
		for i := range missing.Errors {
			e := &missing.Errors[i]
			line, _ := e.Position()
			all = append(all, fmt.Errorf("%s:%d: unknown name %q", file, line, strings.Join(e.Key(), ".")))
		}
		return doc, errors.Join(all...)
	}
	if e, ok := errors.AsType[*toml.DecodeError](err); ok {
		line, _ := e.Position()
		return doc, fmt.Errorf("%s:%d: %w", file, line, err)
	}
	return doc, fmt.Errorf("%s: %w", file, err)
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
