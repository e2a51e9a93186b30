package themes

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/charmbracelet/colorprofile"
)

func mustHex(t *testing.T, s string) rgb {
	t.Helper()
	var c rgb
	if err := c.UnmarshalText([]byte(s)); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestContrastFormula(t *testing.T) {
	black, white := mustHex(t, "#000000"), mustHex(t, "#ffffff")
	if got := contrast(black, white); math.Abs(got-21) > 0.001 {
		t.Errorf("black on white = %v, want 21", got)
	}
	// #767676 is known as the lightest grey that passes on white.
	if got := contrast(mustHex(t, "#767676"), white); got < 4.5 || got > 4.6 {
		t.Errorf("#767676 on white = %v, want 4.54", got)
	}
}

func TestPalettesHaveEnoughContrast(t *testing.T) {
	for _, name := range Names() {
		p, err := Builtin(name, true)
		if err != nil {
			t.Fatal(err)
		}
		low := p.LowContrast()
		if strings.HasPrefix(name, "contrast-") {
			low = p.lowContrast(7, textContrast) // WCAG AAA
		}
		for _, c := range low {
			t.Errorf("%s: %v", name, c)
		}
		if name != "mono" && (!p.roles[SelectFG].Color.set || !p.roles[SelectBG].Color.set) {
			t.Errorf("%s: the selection has no colours", name)
		}
	}
}

// Terminals with 256 colours show the nearest of theirs.
func TestPalettesHaveEnoughContrastIn256Colours(t *testing.T) {
	for _, name := range Names() {
		p, err := Builtin(name, true)
		if err != nil {
			t.Fatal(err)
		}
		for role := range p.roles {
			if c := p.roles[role].Color.color(); c != nil {
				r, g, b, _ := colorprofile.ANSI256.Convert(c).RGBA()
				p.roles[role].Color = rgb{set: true, r: uint8(r >> 8), g: uint8(g >> 8), b: uint8(b >> 8)}
			}
		}
		for _, c := range p.LowContrast() {
			t.Errorf("%s: %v", name, c)
		}
	}
}

func TestLowContrastIsReportedByRole(t *testing.T) {
	p, err := Parse("mine", "mine.toml", []byte(`
[roles]
warn = { color = "#333333" }
border = { color = "#222222" }
select-fg = { color = "#ffffff" }
select-bg = { color = "#eeeeee" }
`))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range p.LowContrast() {
		got = append(got, c.String())
	}
	want := []string{
		"warn on #000000 has a contrast of 1.7:1, and wants 4.5:1 or more",
		"warn on #1e1e1e has a contrast of 1.3:1, and wants 4.5:1 or more",
		"select-fg on #eeeeee has a contrast of 1.2:1, and wants 4.5:1 or more",
		"border on #000000 has a contrast of 1.3:1, and wants 3.0:1 or more",
		"border on #1e1e1e has a contrast of 1.0:1, and wants 3.0:1 or more",
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q\nwant\n%q", got, want)
	}
}
