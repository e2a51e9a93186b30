package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// pages writes the manual page of a command, in the format of man(7), and those
// of the commands below it. cobra's own generator goes by way of Markdown, for
// which every start of haul would set up a parser.
func pages(c *cobra.Command, dir string) error {
	for _, below := range c.Commands() {
		if !below.IsAvailableCommand() {
			continue // it is for programs
		}
		if err := pages(below, dir); err != nil {
			return err
		}
	}
	return os.WriteFile(filepath.Join(dir, pageName(c)+".1"), []byte(page(c)), 0o666)
}

// pageName is what the page of a command is called.
func pageName(c *cobra.Command) string { return strings.ReplaceAll(c.CommandPath(), " ", "-") }

// page is the manual page of a command. Its date is that of the format, not of
// the day: equal sources give equal pages.
func page(c *cobra.Command) string {
	c.InitDefaultHelpFlag()
	var b strings.Builder
	fmt.Fprintf(&b, ".nh\n.TH %s 1 \"Jan 2026\" \"haul %s\" haul\n", roff(strings.ToUpper(pageName(c))), Version)
	fmt.Fprintf(&b, ".SH NAME\n%s \\- %s\n", roff(pageName(c)), roff(c.Short))
	fmt.Fprintf(&b, ".SH SYNOPSIS\n\\fB%s\\fP\n", roff(c.UseLine()))
	b.WriteString(".SH DESCRIPTION\n")
	if c.Long != "" {
		prose(&b, c.Long)
	} else {
		prose(&b, c.Short)
	}
	flagEntries(&b, "OPTIONS", c.NonInheritedFlags())
	flagEntries(&b, "OPTIONS INHERITED FROM PARENT COMMANDS", c.InheritedFlags())
	if c.Example != "" {
		b.WriteString(".SH EXAMPLE\n")
		literal(&b, strings.Split(c.Example, "\n"))
	}
	var others []string
	if c.HasParent() {
		others = append(others, pageName(c.Parent()))
	}
	for _, below := range c.Commands() {
		if below.IsAvailableCommand() {
			others = append(others, pageName(below))
		}
	}
	for i, name := range others {
		others[i] = `\fB` + roff(name) + `\fP(1)`
	}
	if len(others) > 0 {
		b.WriteString(".SH SEE ALSO\n" + strings.Join(others, ",\n") + "\n")
	}
	return b.String()
}

// prose writes paragraphs, which blank lines part; those that are indented stay
// as they are.
func prose(b *strings.Builder, text string) {
	for i, paragraph := range strings.Split(text, "\n\n") {
		if i > 0 {
			b.WriteString(".PP\n")
		}
		lines := strings.Split(paragraph, "\n")
		if strings.HasPrefix(paragraph, " ") {
			literal(b, lines)
			continue
		}
		for _, line := range lines {
			b.WriteString(roff(line) + "\n")
		}
	}
}

// literal writes lines as they are, indented.
func literal(b *strings.Builder, lines []string) {
	b.WriteString(".RS\n.nf\n")
	for _, line := range lines {
		b.WriteString(roff(strings.TrimPrefix(line, "  ")) + "\n")
	}
	b.WriteString(".fi\n.RE\n")
}

// flagEntries writes a section with what each flag takes and does.
func flagEntries(b *strings.Builder, section string, flags *pflag.FlagSet) {
	if !flags.HasAvailableFlags() {
		return
	}
	b.WriteString(".SH " + section + "\n")
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden || f.Deprecated != "" {
			return
		}
		word, usage := pflag.UnquoteUsage(f)
		b.WriteString(".TP\n")
		if f.Shorthand != "" {
			fmt.Fprintf(b, `\fB\-%s\fP, `, f.Shorthand)
		}
		fmt.Fprintf(b, `\fB%s\fP`, roff("--"+f.Name))
		if word != "" {
			fmt.Fprintf(b, `=\fI%s\fP`, roff(word))
		}
		fmt.Fprintf(b, "\n%s\n", roff(usage))
	})
}

// roff escapes what the format has a meaning for.
func roff(s string) string {
	s = strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(s)
	if strings.HasPrefix(s, ".") || strings.HasPrefix(s, "'") {
		return `\&` + s
	}
	return s
}
