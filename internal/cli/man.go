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
	b.WriteString(".SH ENVIRONMENT\n" + phrases.ManualPrecedence + "\n")
	entry := func(name, text string) { fmt.Fprintf(&b, ".TP\n\\fB%s\\fP\n%s\n", roff(name), roff(text)) }
	entry("HAUL_CONFIG", phrases.ManualConfigVariable)
	for _, path := range config.Paths() {
		entry(config.Variable(path), fmt.Sprintf(phrases.ManualMember, path))
	}
	entry("HAUL_USER, HAUL_PASSWORD", phrases.ManualPassword)
	entry("HAUL_PROXY_USER, HAUL_PROXY_PASSWORD", phrases.ManualProxyPassword)
	entry("NO_COLOR", phrases.ManualNoColour)
	entry("ACCESSIBLE", phrases.ManualAccessible)
	entry("HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY", phrases.ManualProxies)
	entry("XDG_CONFIG_HOME, XDG_STATE_HOME", phrases.ManualPlaces)
	b.WriteString(".SH FILES\n")
	entry("$XDG_CONFIG_HOME/haul/config.toml", phrases.ManualConfigFile)
	entry("$XDG_CONFIG_HOME/haul/themes/NAME.toml", phrases.ManualThemeFile)
	entry("$XDG_STATE_HOME/haul", phrases.ManualStateDir)
	entry("FILE.haul-part, FILE.haul-state", phrases.ManualPartial)
	entry("FILE.haul-ledger", phrases.ManualLedger)
	b.WriteString(".SH EXIT STATUS\n")
	for _, c := range []struct {
		code int
		text string
	}{
		{ExitOK, phrases.ManualExitOK},
		{ExitSome, phrases.ManualExitSome},
		{ExitUsage, phrases.ManualExitUsage},
		{ExitUnanswered, phrases.ManualExitUnanswered},
		{ExitDisk, phrases.ManualExitDisk},
		{ExitInterrupted, phrases.ManualExitInterrupted},
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
