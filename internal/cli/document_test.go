package cli

import (
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"haul/internal/config"
	"haul/themes"
)

// TestTheDocumentHasEveryMember holds docs/configuration.md against the
// configuration: members, defaults and flags.
func TestTheDocumentHasEveryMember(t *testing.T) {
	raw, err := os.ReadFile("../../docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	flags := map[string]string{}
	for flag, paths := range memberFlags() {
		for _, path := range paths {
			flags[path] = "`--" + flag + "`"
		}
	}
	c := config.Default()
	var printed strings.Builder
	if err := c.Write(&printed, func(...string) string { return "" }); err != nil {
		t.Fatal(err)
	}
	var want []string
	table := ""
	for line := range strings.Lines(printed.String()) {
		line = strings.TrimSpace(line)
		if name, ok := strings.CutPrefix(line, "["); ok {
			table = strings.TrimSuffix(name, "]")
			continue
		}
		if name, value, ok := strings.Cut(line, " = "); ok {
			value = strings.TrimSpace(strings.TrimSuffix(value, "# default"))
			path := table + "." + name
			want = append(want, strings.TrimSpace("`"+path+"` | `"+value+"` | "+flags[path]))
		}
	}
	var got []string
	for line := range strings.Lines(string(raw)) {
		if cells := strings.Split(line, " | "); len(cells) > 2 && strings.HasPrefix(line, "| `") {
			flag := strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(strings.Join(cells[3:], "")), "|"))
			if strings.HasSuffix(strings.TrimSpace(cells[2]), "|") {
				flag, cells[2] = "", strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(cells[2]), "|"))
			}
			got = append(got, strings.TrimSpace(strings.TrimPrefix(cells[0], "| ")+" | "+strings.TrimSpace(cells[2])+" | "+flag))
		}
	}
	for _, row := range want {
		if !slices.Contains(got, row) {
			t.Errorf("docs/configuration.md has no row (member, default, flag): %s", row)
		}
	}
	for _, row := range got {
		if !slices.Contains(want, row) {
			t.Errorf("docs/configuration.md has a row that is wrong: %s", row)
		}
	}
	if len(want) < 25 {
		t.Errorf("only %d members", len(want))
	}
}

// TestTheDocumentsExamplesAreGood reads the blocks of TOML in the document.
func TestTheDocumentsExamplesAreGood(t *testing.T) {
	raw, err := os.ReadFile("../../docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := 0
	for _, part := range strings.Split(string(raw), "```toml\n")[1:] {
		text, _, _ := strings.Cut(part, "```")
		if strings.Contains(text, "[roles]") {
			if _, err := themes.Parse("mine", "mine.toml", []byte(text)); err != nil {
				t.Errorf("%v in\n%s", err, text)
			}
			continue
		}
		blocks++
		if _, _, said, err := settled(t, text, nil, nil); err != nil {
			t.Errorf("%v %s in\n%s", err, said, text)
		}
	}
	if blocks < 2 {
		t.Errorf("%d examples", blocks)
	}
}

// TestTheReadmeNamesEveryCommand holds its overview of the command line against
// the commands.
func TestTheReadmeNamesEveryCommand(t *testing.T) {
	raw, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, overview, found := strings.Cut(string(raw), "## Command line\n")
	overview, _, more := strings.Cut(overview, "\n## ")
	if !found || !more {
		t.Fatal("README.md has no section about the command line")
	}
	words := strings.FieldsFunc(overview, func(r rune) bool { return !unicode.IsLetter(r) })
	for _, c := range rootCommand(Env{Stdout: io.Discard, Stderr: io.Discard}).Commands() {
		if !slices.Contains(words, c.Name()) {
			t.Errorf("README.md does not name haul %s", c.Name())
		}
	}
}

// TestHelpIsWrittenTheSameWayEverywhere reads the words of commands and flags.
func TestHelpIsWrittenTheSameWayEverywhere(t *testing.T) {
	var walk func(c *cobra.Command)
	walk = func(c *cobra.Command) {
		if r, _ := utf8.DecodeRuneInString(c.Short); !unicode.IsUpper(r) || strings.HasSuffix(c.Short, ".") {
			t.Errorf("%s: %q is no headline", c.CommandPath(), c.Short)
		}
		words := func(f *pflag.Flag) {
			_, usage := pflag.UnquoteUsage(f)
			if r, _ := utf8.DecodeRuneInString(usage); !unicode.IsLower(r) || strings.HasSuffix(usage, ".") {
				t.Errorf("%s --%s: %q is no clause", c.CommandPath(), f.Name, usage)
			}
		}
		c.LocalFlags().VisitAll(words)
		for _, below := range c.Commands() {
			walk(below)
		}
	}
	walk(rootCommand(Env{Stdout: io.Discard, Stderr: io.Discard}))
}
