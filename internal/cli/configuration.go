package cli

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"haul/internal/config"
	"haul/internal/credentials"
	"haul/internal/strict"
	"haul/themes"
	"haul/ui/phrases"
	"haul/ui/text"
)

// configCommand is "haul config" with what is below it.
func configCommand(env Env, o *options) *cobra.Command {
	c := &cobra.Command{
		Use: "config", Short: phrases.ConfigShort,
		Long: phrases.ConfigLong,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return showConfig(env, o) },
	}
	c.AddCommand(
		&cobra.Command{
			Use: "check [FILE]", Short: phrases.ConfigCheckShort,
			Long: phrases.ConfigCheckLong,
			Args: cobra.MaximumNArgs(1),
			RunE: func(_ *cobra.Command, args []string) error {
				if len(args) == 1 {
					o.configFile = args[0]
				}
				return checkConfig(env, o)
			},
		},
		&cobra.Command{
			Use: "path", Short: phrases.ConfigPathShort,
			Args: cobra.NoArgs,
			RunE: func(*cobra.Command, []string) error {
				path, _ := config.Find(o.configFile, env.getenv)
				_, err := fmt.Fprintln(env.Stdout, path)
				return err
			},
		},
	)
	return c
}

func showConfig(env Env, o *options) error {
	if err := o.settle(env); err != nil {
		return err
	}
	return o.config.Write(env.Stdout, func(path ...string) string { return o.sources[strict.Path(path).String()] })
}

// checkConfig tells all that is wrong with the file and with the user's themes.
func checkConfig(env Env, o *options) error {
	library := o.library(env)
	file, err := config.Open(o.configFile, env.getenv)
	problems, ok := errors.AsType[strict.Problems](err)
	if err != nil && !ok {
		return fail(ExitUsage, "%w", err)
	}
	problems = withTheme(problems, library, file)
	var notes []string
	for _, name := range library.Names()[len(themes.Names()):] {
		palette, err := library.Palette(name, true)
		if err != nil {
			if more, ok := errors.AsType[strict.Problems](err); ok && name != file.Config.Interface.Theme {
				problems = append(problems, more...)
			}
			continue
		}
		for _, low := range palette.LowContrast() {
			notes = append(notes, fmt.Sprintf("theme %s: %v", name, low))
		}
	}
	notes = append(notes, unknownVariables(env)...)
	if err == nil && file.Config.Interface.Ambiguous == 2 && !widths(env) {
		notes = append(notes, phrases.NamesCountNarrow)
	}
	for _, p := range problems {
		fmt.Fprintln(env.Stdout, text.Clean(p.Error()))
	}
	for _, n := range notes {
		fmt.Fprintf(env.Stdout, phrases.Note+"\n", text.Clean(n))
	}
	switch {
	case len(problems) > 0:
		return &exitError{code: ExitUsage}
	case file.Path == "":
		path, _ := config.Find(o.configFile, env.getenv)
		_, err = fmt.Fprintf(env.Stdout, phrases.DefaultsHold+"\n", text.Clean(path))
	default:
		_, err = fmt.Fprintf(env.Stdout, phrases.NoMistakes+"\n", text.Clean(file.Path))
	}
	return err
}

// withTheme adds to the mistakes of a file those of the theme that it names. Where
// it names none that can be read the configuration has the default one.
func withTheme(problems strict.Problems, library themes.Library, file *config.File) strict.Problems {
	name := file.Config.Interface.Theme
	if themes.CheckName(name) != nil {
		return problems // that is among them
	}
	_, err := library.Palette(name, true)
	if more, ok := errors.AsType[strict.Problems](err); ok {
		return append(problems, more...)
	} else if err == nil {
		return problems
	}
	return append(problems, file.Problem("interface.theme: "+err.Error(), "interface", "theme")).Sorted()
}

// unknownVariables finds variables that look like haul's and are not.
func unknownVariables(env Env) (notes []string) {
	known := map[string]bool{"HAUL_CONFIG": true, credentials.UserVariable: true, credentials.ProxyUserVariable: true}
	for _, name := range credentials.SecretVariables() {
		known[name] = true
	}
	for _, path := range config.Paths() {
		known[config.Variable(path)] = true
	}
	for _, e := range env.Environ {
		name, _, _ := strings.Cut(e, "=")
		// HAUL_TEST_ is of the tests.
		if strings.HasPrefix(name, "HAUL_") && !strings.HasPrefix(name, "HAUL_TEST_") && !known[name] {
			near := slices.Sorted(maps.Keys(known))
			notes = append(notes, fmt.Sprintf(phrases.VariableMeansNothing, name, strict.DidYouMean(name, near)))
		}
	}
	return notes
}
