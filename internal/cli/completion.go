package cli

import (
	"io"

	"github.com/spf13/cobra"

	"haul/ui/phrases"
)

// completionCommand is "haul completion": cobra's scripts, with haul's words
// about them.
func completionCommand(env Env) *cobra.Command {
	c := &cobra.Command{
		Use: "completion", Short: phrases.CompletionShort,
		Long: phrases.CompletionLong,
		Args: cobra.NoArgs,
	}
	plain := false
	for _, shell := range []struct {
		name, long string
		script     func(root *cobra.Command, out io.Writer) error
	}{
		{"bash", phrases.CompletionBashLong, func(root *cobra.Command, out io.Writer) error {
			return root.GenBashCompletionV2(out, !plain)
		}},
		{"zsh", phrases.CompletionZshLong, func(root *cobra.Command, out io.Writer) error {
			if plain {
				return root.GenZshCompletionNoDesc(out)
			}
			return root.GenZshCompletion(out)
		}},
		{"fish", phrases.CompletionFishLong, func(root *cobra.Command, out io.Writer) error {
			return root.GenFishCompletion(out, !plain)
		}},
		{"powershell", phrases.CompletionPowerShellLong, func(root *cobra.Command, out io.Writer) error {
			if plain {
				return root.GenPowerShellCompletion(out)
			}
			return root.GenPowerShellCompletionWithDesc(out)
		}},
	} {
		below := &cobra.Command{
			Use: shell.name, Short: phrases.CompletionFor(shell.name),
			Long:              shell.long,
			Args:              cobra.NoArgs,
			ValidArgsFunction: cobra.NoFileCompletions,
			RunE:              func(c *cobra.Command, _ []string) error { return shell.script(c.Root(), env.Stdout) },
		}
		below.Flags().BoolVar(&plain, "no-descriptions", false, phrases.FlagNoDescriptions)
		c.AddCommand(below)
	}
	return c
}
