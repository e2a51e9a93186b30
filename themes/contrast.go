package themes

import (
	"fmt"
	"math"
)

// Contrast is a role of a palette that cannot be read well.
type Contrast struct {
	Role  Role
	On    string  // the colour that it lies on, "#rrggbb"
	Ratio float64 // as WCAG 2.2 counts it, between 1 and 21
	Wants float64
}

func (c Contrast) String() string {
	return fmt.Sprintf("%v on %s has a contrast of %.1f:1, and wants %.1f:1 or more", c.Role, c.On, c.Ratio, c.Wants)
}

// WCAG 2.2 asks for 4.5:1 between text and its background (1.4.3), and for 3:1
// between a graphic that says something and what is beside it (1.4.11).
const (
	textContrast    = 4.5
	graphicContrast = 3
)

// backgrounds are what terminals that are called dark or light have. haul does
// not paint the background and cannot know more.
func backgrounds(dark bool) []rgb {
	if dark {
		return []rgb{{set: true}, {set: true, r: 0x1e, g: 0x1e, b: 0x1e}}
	}
	return []rgb{{set: true, r: 0xff, g: 0xff, b: 0xff}, {set: true, r: 0xfa, g: 0xfa, b: 0xfa}}
}

// LowContrast are the roles whose colour is too near to its background, on the
// backgrounds that terminals of the palette's kind have. Roles in the terminal's
// own colour are made for its own background. Nil: all can be read.
func (p Palette) LowContrast() []Contrast { return p.lowContrast(textContrast, graphicContrast) }

func (p Palette) lowContrast(text, graphic float64) (low []Contrast) {
	check := func(role Role, on rgb, wants float64) {
		c := p.roles[role].Color
		if !c.set || !on.set {
			return
		}
		if got := contrast(c, on); got < wants {
			low = append(low, Contrast{Role: role, On: on.String(), Ratio: got, Wants: wants})
		}
	}
	for role := range roleCount {
		switch role {
		case SelectBG:
		case SelectFG:
			check(role, p.roles[SelectBG].Color, text)
		case Bar, Border:
			for _, on := range backgrounds(p.Dark) {
				check(role, on, graphic)
			}
		default:
			for _, on := range backgrounds(p.Dark) {
				check(role, on, text)
			}
		}
	}
	return low
}

// contrast is the ratio of WCAG 2.2, between 1 and 21.
func contrast(a, b rgb) float64 {
	light, dark := luminance(a), luminance(b)
	if light < dark {
		light, dark = dark, light
	}
	return (light + 0.05) / (dark + 0.05)
}

func luminance(c rgb) float64 {
	return 0.2126*linear(c.r) + 0.7152*linear(c.g) + 0.0722*linear(c.b)
}

// linear undoes the curve of sRGB.
func linear(v uint8) float64 {
	s := float64(v) / 255
	if s <= 0.04045 {
		return s / 12.92
	}
	return math.Pow((s+0.055)/1.055, 2.4)
}
