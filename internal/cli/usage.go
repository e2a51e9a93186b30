package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"haul/internal/strict"
	"haul/ui/phrases"
)

// reword has what cobra and pflag say of their own accord said in haul's words:
// the help of their commands, and what is wrong with flags and arguments.
func reword(root *cobra.Command) {
	root.SetFlagErrorFunc(flagError)
	root.SetUsageFunc(usage)
	root.SetHelpCommand(helpCommand(root))
	root.InitDefaultHelpCmd()
	var walk func(c *cobra.Command)
	walk = func(c *cobra.Command) {
		if c.HasSubCommands() && !c.Runnable() {
			// cobra would take any word for arguments of what only shows its help.
			c.Use, c.DisableFlagsInUseLine = c.Use+" COMMAND", true
			c.Args, c.RunE = cobra.NoArgs, func(c *cobra.Command, _ []string) error { return c.Help() }
		}
		if given := c.Args; given != nil {
			c.Args = func(c *cobra.Command, args []string) error { return argumentError(c, args, given(c, args)) }
		}
		for _, below := range c.Commands() {
			walk(below)
		}
	}
	walk(root)
}

// argumentError says of arguments that are too many or too few what would be
// right. err is nil if they are right.
func argumentError(c *cobra.Command, args []string, err error) error {
	switch {
	case err == nil:
		return nil
	case c.HasSubCommands() && len(args) > 0:
		return noSuchCommand(c, args[0])
	}
	return fail(ExitUsage, phrases.WrongArguments, c.CommandPath(), phrases.Arguments(len(args)), strings.TrimSuffix(c.UseLine(), " [flags]"))
}

// noSuchCommand says what there is in place of a command of c.
func noSuchCommand(c *cobra.Command, typed string) error {
	if near := strict.Nearest(typed, commands(c)); near != "" {
		return fail(ExitUsage, phrases.HasNoCommandButOne, c.CommandPath(), shown(typed), c.CommandPath()+" "+near)
	}
	return fail(ExitUsage, phrases.HasNoCommand, c.CommandPath(), shown(typed), c.CommandPath())
}

// commands are the names of the commands of c.
func commands(c *cobra.Command) (names []string) {
	for _, below := range c.Commands() {
		if below.IsAvailableCommand() || below.Name() == "help" {
			names = append(names, below.Name())
		}
	}
	return names
}

// bareWord says of a single word in the place of a URL what may be meant by it,
// nil if it can be a URL, or a file's name.
func bareWord(root *cobra.Command, args []string) error {
	if len(args) == 0 || strings.ContainsAny(args[0], ".:/") {
		return nil
	}
	if near := strict.Nearest(args[0], commands(root)); near != "" {
		return fail(ExitUsage, phrases.NoURLButACommand, shown(args[0]), near)
	}
	return fail(ExitUsage, phrases.NoCommandNorURL, shown(args[0]))
}

// flagError says what is wrong with a flag and what would be right.
func flagError(c *cobra.Command, err error) error {
	if e, ok := errors.AsType[*pflag.NotExistError](err); ok {
		if e.GetSpecifiedShortnames() != "" {
			return fail(ExitUsage, phrases.NoSuchFlag, "-"+e.GetSpecifiedName())
		}
		var names []string
		c.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
		if near := strict.Nearest(e.GetSpecifiedName(), names); near != "" {
			return fail(ExitUsage, phrases.NoSuchFlagButOne, e.GetSpecifiedName(), near)
		}
		return fail(ExitUsage, phrases.NoSuchFlag, "--"+e.GetSpecifiedName())
	}
	if e, ok := errors.AsType[*pflag.ValueRequiredError](err); ok {
		word, _ := pflag.UnquoteUsage(e.GetFlag())
		return fail(ExitUsage, phrases.FlagWantsValue, e.GetFlag().Name, word)
	}
	if e, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
		return valueError(e)
	}
	if e, ok := errors.AsType[*pflag.InvalidSyntaxError](err); ok {
		return fail(ExitUsage, phrases.NoFlag, shown(e.GetSpecifiedFlag()))
	}
	return err
}

// valueError says what a flag takes. Flags of haul's own kinds say it themselves.
func valueError(e *pflag.InvalidValueError) error {
	takes, ok := map[string]string{
		"int": phrases.AWholeNumber, "duration": phrases.ADuration, "bool": phrases.TrueOrFalse,
	}[e.GetFlag().Value.Type()]
	if !ok {
		return &exitError{code: ExitUsage, err: fmt.Errorf("--%s: %w", e.GetFlag().Name, e.Unwrap())}
	}
	return fail(ExitUsage, phrases.FlagTakes, e.GetFlag().Name, shown(e.GetValue()), takes)
}
