package cli

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"haul/keymap"
	"haul/ui/phrases"
)

// keysCommand is "haul keys", and "haul help keys".
func keysCommand(env Env, o *options) *cobra.Command {
	markdown := false
	c := &cobra.Command{
		Use: "keys", Short: phrases.KeysShort,
		Long: phrases.KeysLong,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			keys, err := o.keys(env)
			if err != nil {
				return err
			}
			if markdown {
				_, err = io.WriteString(env.Stdout, keys.Markdown())
				return err
			}
			return keyTable(env.Stdout, keys)
		},
	}
	c.Flags().BoolVar(&markdown, "markdown", false, phrases.FlagKeysMarkdown)
	help := c.HelpFunc()
	c.SetHelpFunc(func(c *cobra.Command, args []string) {
		help(c, args)
		if keys, err := o.keys(env); err == nil {
			keyHelp(c.OutOrStdout(), keys)
		}
	})
	return c
}

// keys is the key map of the configuration.
func (o *options) keys(env Env) (*keymap.Map, error) {
	if err := o.settle(env); err != nil {
		return nil, err
	}
	keys, err := o.config.Keys.Map()
	if err != nil {
		return nil, fail(ExitUsage, "%w", err)
	}
	return keys, nil
}

// keyTable lists the actions by name.
func keyTable(out io.Writer, keys *keymap.Map) error {
	var table strings.Builder
	w := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)
	fmt.Fprint(w, phrases.ActionHeading)
	for _, c := range keymap.Contexts() {
		fmt.Fprintf(w, "\t%s", strings.ToUpper(string(c)))
	}
	fmt.Fprintln(w)
	for _, a := range keymap.AllActions() {
		does, cells, mark := "", "", ""
		for _, c := range keymap.Contexts() {
			b := keys.Binding(c, a)
			if d := b.Help().Desc; d != "" {
				does = d
			}
			if keys.Changed(c, a) {
				mark = " *"
			}
			cells += "\t" + strings.Join(b.Keys(), " ")
		}
		fmt.Fprintf(w, "%s%s\t%s%s\n", a, mark, does, cells)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for line := range strings.Lines(table.String()) {
		if _, err := fmt.Fprintln(out, strings.TrimRight(line, " \n")); err != nil {
			return err
		}
	}
	return nil
}

// keyHelp prints the help screens of the list and of the details.
func keyHelp(out io.Writer, keys *keymap.Map) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, screen := range []struct {
		context keymap.Context
		title   string
	}{{keymap.List, phrases.KeysInTheList}, {keymap.Detail, phrases.KeysInTheDetails}} {
		fmt.Fprintf(w, "\n%s:\n", screen.title)
		for _, g := range keys.Help(screen.context, keymap.Symbols{}) {
			for _, r := range g.Rows {
				fmt.Fprintf(w, "  %s\t%s\n", r.Keys, r.Text)
			}
		}
	}
	// Help has nowhere to report that its output is gone.
	_ = w.Flush()
}
