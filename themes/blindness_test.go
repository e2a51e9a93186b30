package themes

import (
	"math"
	"testing"
)

// The full forms of colour blindness as matrices over linear RGB: Machado,
// Oliveira and Fernandes, A Physiologically-based Model for Simulation of Color
// Vision Deficiency (2009), severity 1.0.
func deficiencies() map[string][3][3]float64 {
	return map[string][3][3]float64{
		"none":         {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}},
		"protanopia":   {{0.152286, 1.052583, -0.204868}, {0.114503, 0.786281, 0.099216}, {-0.003882, -0.048116, 1.051998}},
		"deuteranopia": {{0.367322, 0.860646, -0.227968}, {0.280085, 0.672501, 0.047413}, {-0.011820, 0.042940, 0.968881}},
		"tritanopia":   {{1.255528, -0.076749, -0.178779}, {-0.078411, 0.930809, 0.147602}, {0.004733, 0.691367, 0.303900}},
	}
}

// lab is a colour as somebody sees it, in CIE L*a*b* (D65).
func lab(c rgb, sight [3][3]float64) [3]float64 {
	in := [3]float64{linear(c.r), linear(c.g), linear(c.b)}
	var seen [3]float64
	for i := range seen {
		for j := range in {
			seen[i] += sight[i][j] * in[j]
		}
		seen[i] = min(max(seen[i], 0), 1)
	}
	f := func(t float64) float64 {
		if t > 216.0/24389 {
			return math.Cbrt(t)
		}
		return (24389.0/27*t + 16) / 116
	}
	x := f((0.4124564*seen[0] + 0.3575761*seen[1] + 0.1804375*seen[2]) / 0.95047)
	y := f(0.2126729*seen[0] + 0.7151522*seen[1] + 0.0721750*seen[2])
	z := f((0.0193339*seen[0] + 0.1191920*seen[1] + 0.9503041*seen[2]) / 1.08883)
	return [3]float64{116*y - 16, 500 * (x - y), 200 * (y - z)}
}

// leastDifference is the smallest distance (CIE76) between two of the roles that
// say a state.
func leastDifference(p Palette, sight [3][3]float64) (least float64, a, b Role) {
	states := []Role{Accent, OK, Warn, Error, Attention}
	least = math.Inf(1)
	for i, one := range states {
		for _, other := range states[i+1:] {
			x, y := lab(p.roles[one].Color, sight), lab(p.roles[other].Color, sight)
			if d := math.Hypot(math.Hypot(x[0]-y[0], x[1]-y[1]), x[2]-y[2]); d < least {
				least, a, b = d, one, other
			}
		}
	}
	return least, a, b
}

// 2.3 is what a person just notices in two patches side by side; text on one
// line and another needs ten times that.
func TestStatesOfTheColourBlindThemeDifferForEverybody(t *testing.T) {
	p, err := Builtin("colour-blind", true)
	if err != nil {
		t.Fatal(err)
	}
	for name, sight := range deficiencies() {
		if d, a, b := leastDifference(p, sight); d < 23 {
			t.Errorf("%s: %v and %v differ by %.0f, want 23", name, a, b, d)
		}
	}
	// The measure tells a theme that is not made for it.
	dark, err := Builtin("dark", true)
	if err != nil {
		t.Fatal(err)
	}
	if d, _, _ := leastDifference(dark, deficiencies()["deuteranopia"]); d >= 23 {
		t.Errorf("the dark theme would do as well: %.0f", d)
	}
}
