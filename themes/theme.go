package themes

import (
	"image/color"
	"slices"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
)

// SGR is a pair of sequences to write around text (ECMA-48, Select Graphic
// Rendition). Off resets everything, so pairs do not nest. Both are empty where
// nothing is to be said.
type SGR struct{ On, Off string }

// Append appends s between On and Off.
func (g SGR) Append(dst []byte, s string) []byte {
	dst = append(dst, g.On...)
	dst = append(dst, s...)
	return append(dst, g.Off...)
}

// Theme is a palette for one terminal.
type Theme struct {
	// Name is the name of the palette.
	Name string
	// Dark says that the palette is meant for a dark background.
	Dark bool
	// Profile is what the terminal can show.
	Profile colorprofile.Profile
	// Glyphs are the signs to draw with.
	Glyphs Glyphs
	// Styles are for dialogs.
	Styles Styles

	plain, selected [roleCount]SGR
}

// Styles are lipgloss styles in the colours of the theme.
type Styles struct {
	Text, Subtle, Faint, Accent, OK, Warn, Error, Attention lipgloss.Style

	Title         lipgloss.Style // the name of a dialog, in its frame
	Frame         lipgloss.Style // a dialog, with its border
	Button        lipgloss.Style
	FocusedButton lipgloss.Style
}

// New prepares p for a terminal that can show what profile says, with the
// signs of g.
func New(p Palette, profile colorprofile.Profile, g Glyphs) *Theme {
	t := &Theme{Name: p.Name, Dark: p.Dark, Profile: profile, Glyphs: g}
	fg := p.roles[SelectFG].in(profile)
	bg := p.roles[SelectBG].in(profile)
	for role := range roleCount {
		c, styles := p.roles[role].in(profile), p.roles[role].Style
		t.plain[role] = sgr(profile, c, nil, styles)
		styles = slices.Concat(p.roles[SelectFG].Style, styles)
		if bg == nil {
			styles = append(styles, reverse)
		}
		t.selected[role] = sgr(profile, fg, bg, styles)
	}
	t.Styles = newStyles(p, profile, g)
	return t
}

// SGR is for text of role r.
func (t *Theme) SGR(r Role) SGR { return t.plain[r] }

// Selected is for text of role r in the selected row: in the colours of the
// selection, which are in reverse if the palette has no background for it, and
// in the style of r.
func (t *Theme) Selected(r Role) SGR { return t.selected[r] }

// in is the colour of p as the terminal can show it; nil is its own colour.
func (p paint) in(profile colorprofile.Profile) color.Color {
	switch {
	case profile <= colorprofile.ASCII:
		return nil
	case profile == colorprofile.ANSI && p.ANSI.own:
		return nil
	case profile == colorprofile.ANSI && p.ANSI.set:
		return p.ANSI.index
	}
	if c := p.Color.color(); c != nil {
		return profile.Convert(c)
	}
	return nil
}

func sgr(profile colorprofile.Profile, fg, bg color.Color, styles []style) SGR {
	if profile < colorprofile.ASCII {
		return SGR{} // not a terminal
	}
	var s ansi.Style
	if slices.Contains(styles, bold) {
		s = s.Bold()
	}
	if slices.Contains(styles, faint) {
		s = s.Faint()
	}
	if slices.Contains(styles, underline) {
		s = s.Underline(true)
	}
	if slices.Contains(styles, reverse) {
		s = s.Reverse(true)
	}
	if fg != nil {
		s = s.ForegroundColor(fg)
	}
	if bg != nil {
		s = s.BackgroundColor(bg)
	}
	if len(s) == 0 {
		return SGR{}
	}
	return SGR{On: s.String(), Off: ansi.ResetStyle}
}

func newStyles(p Palette, profile colorprofile.Profile, g Glyphs) Styles {
	role := func(r Role) lipgloss.Style { return p.roles[r].lipgloss(profile) }
	focused := role(SelectFG).Bold(profile >= colorprofile.ASCII)
	if bg := p.roles[SelectBG].in(profile); bg != nil {
		focused = focused.Background(bg)
	} else {
		focused = focused.Reverse(profile >= colorprofile.ASCII)
	}
	frame := lipgloss.NewStyle().Border(g.Border)
	if c := p.roles[Border].in(profile); c != nil {
		frame = frame.BorderForeground(c)
	}
	return Styles{
		Text: role(Text), Subtle: role(Subtle), Faint: role(Faint), Accent: role(Accent),
		OK: role(OK), Warn: role(Warn), Error: role(Error), Attention: role(Attention),
		Title:         role(Accent).Bold(profile >= colorprofile.ASCII),
		Frame:         frame,
		Button:        role(Text),
		FocusedButton: focused,
	}
}

func (p paint) lipgloss(profile colorprofile.Profile) lipgloss.Style {
	s := lipgloss.NewStyle()
	if profile < colorprofile.ASCII {
		return s
	}
	if c := p.in(profile); c != nil {
		s = s.Foreground(c)
	}
	for _, st := range p.Style {
		switch st {
		case bold:
			s = s.Bold(true)
		case faint:
			s = s.Faint(true)
		case underline:
			s = s.Underline(true)
		case reverse:
			s = s.Reverse(true)
		}
	}
	return s
}
