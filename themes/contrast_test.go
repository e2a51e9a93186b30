package themes

import (
	"math"
	"testing"
)

// contrast is the ratio of WCAG 2.2, between 1 and 21.
func contrast(a, b rgb) float64 {
	light, dark := luminance(a), luminance(b)
	if light < dark {
		light, dark = dark, light
	}
	return (light + 0.05) / (dark + 0.05)
}

func luminance(c rgb) float64 {
	linear := func(v uint8) float64 {
		s := float64(v) / 255
		if s <= 0.04045 {
			return s / 12.92
		}
		return math.Pow((s+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(c.r) + 0.7152*linear(c.g) + 0.0722*linear(c.b)
}

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

// WCAG asks for 4.5:1 between text and background, and for 3:1 between a
// graphic that carries meaning and its background.
func TestPalettesHaveEnoughContrast(t *testing.T) {
	backgrounds := map[string][]string{
		"dark":  {"#000000", "#1e1e1e"},
		"light": {"#ffffff", "#fafafa"},
	}
	textRoles := []Role{Text, Subtle, Faint, Accent, OK, Warn, Error, Attention}
	for name, colours := range backgrounds {
		p, err := Builtin(name, true)
		if err != nil {
			t.Fatal(err)
		}
		check := func(role Role, on string, background rgb, least float64) {
			c := p.roles[role].Color
			if !c.set {
				return // the terminal's own colour, made for its own background
			}
			if got := contrast(c, background); got < least {
				t.Errorf("%s: %v on %s has %.2f:1, wants %v:1", name, role, on, got, least)
			}
		}
		for _, on := range colours {
			for _, role := range textRoles {
				check(role, on, mustHex(t, on), 4.5)
			}
			check(Bar, on, mustHex(t, on), 3)
			check(Border, on, mustHex(t, on), 3)
		}
		if !p.roles[SelectFG].Color.set || !p.roles[SelectBG].Color.set {
			t.Fatalf("%s: the selection has no colours", name)
		}
		check(SelectFG, "select-bg", p.roles[SelectBG].Color, 4.5)
	}
}
