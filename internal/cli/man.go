package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"

	"haul/internal/config"
	"haul/ui/phrases"
)

func manCommand() *cobra.Command {
	return &cobra.Command{
		Use: "man DIR", Short: phrases.ManShort,
		Args: cobra.ExactArgs(1),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return nil, cobra.ShellCompDirectiveFilterDirs
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := writeManual(cmd.Root(), args[0]); err != nil {
				return fail(ExitDisk, phrases.CannotWriteManual, args[0], cause(err))
			}
			return nil
		},
	}
}

// writeManual writes a page for each command. The pages depend on nothing but
// the commands, so that they can be compared.
func writeManual(root *cobra.Command, dir string) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	root.InitDefaultCompletionCmd()
	root.DisableAutoGenTag = true
	// The date is that of the format, not of the day: equal sources give equal
	// pages.
	date := time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)
	err := doc.GenManTree(root, &doc.GenManHeader{
		Title: "HAUL", Section: "1", Source: "haul " + Version, Manual: "haul", Date: &date,
	}, dir)
	if err != nil {
		return err
	}
	return appendSections(filepath.Join(dir, "haul.1"))
}

// appendSections adds to the first page what no command has: the environment,
// the files and the exit codes.
func appendSections(page string) error {
	var b strings.Builder
	b.WriteString(".SH ENVIRONMENT\nA flag goes before a variable, that before the configuration file.\n")
	entry := func(name, text string) { fmt.Fprintf(&b, ".TP\n\\fB%s\\fP\n%s\n", roff(name), roff(text)) }
	entry("HAUL_CONFIG", "the configuration file")
	for _, path := range config.Paths() {
		entry(config.Variable(path), "sets "+path)
	}
	entry("HAUL_USER, HAUL_PASSWORD", "the user and the password for the hosts of the URLs given")
	entry("HAUL_PROXY_USER, HAUL_PROXY_PASSWORD", "the same for proxies")
	entry("NO_COLOR", "no colour, whatever its value, if it has one")
	entry("ACCESSIBLE", "plain lines in place of the monitor, if it has a value")
	entry("HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY", "proxies, as other programs read them")
	entry("XDG_CONFIG_HOME, XDG_STATE_HOME", "where the configuration and the list for the next run are; ~/.config and ~/.local/state without them")
	b.WriteString(".SH FILES\n")
	entry("$XDG_CONFIG_HOME/haul/config.toml", "the configuration; see haul config, haul config check")
	entry("$XDG_CONFIG_HOME/haul/themes/NAME.toml", "a theme of yours; see haul themes")
	entry("$XDG_STATE_HOME/haul", "what the next run goes on with")
	entry("FILE.haul-part, FILE.haul-state", "an unfinished download and its resume state")
	entry("FILE.haul-ledger", "what a haul that was killed had written since its resume state")
	b.WriteString(".SH EXIT STATUS\n")
	for _, c := range []struct {
		code int
		text string
	}{
		{ExitOK, "all is done"},
		{ExitSome, "some transfers failed or were refused"},
		{ExitUsage, "the command line or the configuration is wrong, and nothing was started"},
		{ExitUnanswered, "a question could not be asked or was not answered"},
		{ExitDisk, "the disk, a directory or a file"},
		{ExitInterrupted, "interrupted; the next run goes on"},
	} {
		entry(strconv.Itoa(c.code), c.text)
	}
	out, err := os.OpenFile(page, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	_, err = out.WriteString(b.String())
	return errors.Join(err, out.Close())
}

// roff escapes what the format has a meaning for.
func roff(s string) string { return strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(s) }
