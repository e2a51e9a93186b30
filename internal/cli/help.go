package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"haul/ui/phrases"
)

// helpCommand is "haul help". Of a command that does not exist it says so.
func helpCommand(root *cobra.Command) *cobra.Command {
	return &cobra.Command{
		Use: "help [COMMAND]", Short: phrases.HelpShort,
		Long: phrases.HelpLong,
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) (found []cobra.Completion, _ cobra.ShellCompDirective) {
			of, rest, err := root.Find(args)
			if err != nil || len(rest) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			for _, c := range of.Commands() {
				if c.IsAvailableCommand() {
					found = append(found, cobra.CompletionWithDesc(c.Name(), c.Short))
				}
			}
			return found, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(_ *cobra.Command, args []string) error {
			c, rest, err := root.Find(args)
			if err != nil {
				return err
			}
			if len(rest) > 0 {
				return noSuchCommand(c, rest[0])
			}
			return c.Help()
		},
	}
}

// usage prints how a command is called, with its own flags; those of haul itself
// only where they are what the command is about.
func usage(c *cobra.Command) error {
	var b strings.Builder
	b.WriteString(phrases.HelpUsage + "\n")
	b.WriteString("  " + c.UseLine() + "\n")
	if c.HasAvailableSubCommands() && !strings.HasSuffix(c.Use, " COMMAND") {
		b.WriteString("  " + c.CommandPath() + " COMMAND\n")
	}
	section := func(heading, text string) {
		b.WriteString("\n" + heading + "\n" + strings.TrimRight(text, " \n") + "\n")
	}
	if c.HasExample() {
		section(phrases.HelpExamples, c.Example)
	}
	if c.HasAvailableSubCommands() {
		var list strings.Builder
		for _, below := range c.Commands() {
			if below.IsAvailableCommand() || below.Name() == "help" {
				fmt.Fprintf(&list, "  %-*s %s\n", below.NamePadding(), below.Name(), below.Short)
			}
		}
		section(phrases.HelpCommands, list.String())
	}
	if c.HasAvailableLocalFlags() {
		section(phrases.HelpFlags, c.LocalFlags().FlagUsages())
	}
	switch {
	case !c.HasAvailableInheritedFlags():
	case slices.Contains(transferring(), c.Name()):
		section(phrases.HelpOtherFlags, c.InheritedFlags().FlagUsages())
	default:
		b.WriteString("\n" + phrases.HelpFlagsOfHaul + "\n")
	}
	if c.HasAvailableSubCommands() {
		fmt.Fprintf(&b, "\n"+phrases.HelpOfCommands+"\n", c.CommandPath())
	}
	c.Print(b.String())
	return nil
}

// transferring are the commands that all flags of haul mean something to.
func transferring() []string { return []string{"get", "put", "demo"} }
