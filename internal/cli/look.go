package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/spf13/cobra"

	"haul/internal/config"
	"haul/themes"
	"haul/ui/phrases"
	"haul/ui/text"
)

// library are the themes that there are.
func (o *options) library(env Env) themes.Library {
	return themes.Library{Dir: filepath.Join(config.Dir(env.getenv), "themes")}
}

func themesCommand(env Env, o *options) *cobra.Command {
	return &cobra.Command{
		Use: "themes", Short: phrases.ThemesShort,
		Long: phrases.ThemesLong,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if err := o.settle(env); err != nil {
				return err
			}
			return showThemes(env, o)
		},
	}
}

func showThemes(env Env, o *options) error {
	look := o.config.Interface
	when, err := themes.ParseWhen(look.Colour)
	if err != nil {
		return fail(ExitUsage, "%w", err)
	}
	glyphs, err := themes.GlyphsFor(look.Glyphs, look.Ambiguous == 2, env.Environ)
	if err != nil {
		return fail(ExitUsage, "%w", err)
	}
	profile := themes.ProfileFor(env.Environ, isTerminal(env.Stdout), when)
	dark := darkTerminal(env, profile)
	width := 0
	for _, name := range o.themes.Names() {
		width = max(width, len(name))
	}
	for _, name := range o.themes.Names() {
		mark := " "
		if name == look.Theme {
			mark = glyphs.Mark
		}
		palette, err := o.themes.Palette(name, dark)
		if err != nil {
			fmt.Fprintf(env.Stdout, "%s %-*s  %s\n", mark, width, name, text.Clean(err.Error()))
			continue
		}
		note := "dark"
		switch {
		case name == themes.Auto:
			note = phrases.AsTerminalIs
		case !palette.Dark:
			note = "light"
		case name == "mono":
			note = phrases.AnyBackground
		}
		sample := sampleOf(themes.New(palette, profile, glyphs))
		if _, err := fmt.Fprintf(env.Stdout, "%s %-*s  %s  %s\n", mark, width, name, sample, note); err != nil {
			return err
		}
		for _, low := range palette.LowContrast() {
			fmt.Fprintf(env.Stdout, "  %*s  "+phrases.Note+"\n", width, "", low)
		}
	}
	return nil
}

// darkTerminal asks the terminal for its background. Where there is nobody to
// ask, no colour to choose or no answer, it is taken for dark.
func darkTerminal(env Env, profile colorprofile.Profile) bool {
	in, reads := env.Stdin.(*os.File)
	out, writes := env.Stdout.(*os.File)
	if !reads || !writes || profile <= colorprofile.ASCII || !isTerminal(in) || !isTerminal(out) {
		return true
	}
	return lipgloss.HasDarkBackground(in, out)
}

// sampleOf shows what people have to tell apart.
func sampleOf(t *themes.Theme) string {
	g := t.Glyphs
	var b []byte
	for i, p := range []struct {
		role  themes.Role
		words string
	}{
		{themes.Text, "name"},
		{themes.Accent, g.Running + " running"},
		{themes.Bar, strings.Repeat(g.Bar.Full, 3)}, {themes.Faint, strings.Repeat(g.Bar.Empty, 3)},
		{themes.Warn, g.Paused + " paused"}, {themes.Attention, g.Asks + " asks"},
		{themes.OK, g.Done + " done"}, {themes.Error, g.Failed + " failed"},
		{themes.Subtle, g.Queued + " queued"},
	} {
		if i > 0 && p.role != themes.Faint {
			b = append(b, ' ')
		}
		b = t.SGR(p.role).Append(b, p.words)
	}
	b = append(b, ' ')
	return string(t.Selected(themes.Text).Append(b, " selected "))
}
