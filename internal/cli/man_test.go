package cli

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"haul/internal/config"
)

func TestTheManualHasEveryCommandFlagAndVariable(t *testing.T) {
	root := rootCommand(Env{Stdout: io.Discard, Stderr: io.Discard})
	dir := t.TempDir()
	if err := writeManual(root, dir); err != nil {
		t.Fatal(err)
	}
	page := func(c *cobra.Command) string {
		raw, err := os.ReadFile(filepath.Join(dir, strings.ReplaceAll(c.CommandPath(), " ", "-")+".1"))
		if err != nil {
			t.Fatal(err)
		}
		return strings.ReplaceAll(string(raw), `\-`, "-")
	}
	var walk func(c *cobra.Command)
	walk = func(c *cobra.Command) {
		text := page(c)
		c.LocalFlags().VisitAll(func(f *pflag.Flag) {
			if !f.Hidden && !strings.Contains(text, "--"+f.Name) {
				t.Errorf("%s: --%s is not in its page", c.CommandPath(), f.Name)
			}
		})
		for _, below := range c.Commands() {
			if !below.IsAvailableCommand() {
				continue // it is for programs
			}
			walk(below)
		}
	}
	walk(root)
	text := page(root)
	for _, path := range config.Paths() {
		if !strings.Contains(text, config.Variable(path)) {
			t.Errorf("%s is not in the page", config.Variable(path))
		}
	}
	for _, section := range []string{"NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "EXAMPLE", "SEE ALSO", "ENVIRONMENT", "FILES", "EXIT STATUS"} {
		if !strings.Contains(text, ".SH "+section) {
			t.Errorf("no section %s", section)
		}
	}
}

// Packagers compare what two builds make.
func TestTheManualIsTheSameEachTime(t *testing.T) {
	one, other := t.TempDir(), t.TempDir()
	for _, dir := range []string{one, other} {
		if err := writeManual(rootCommand(Env{Stdout: io.Discard, Stderr: io.Discard}), dir); err != nil {
			t.Fatal(err)
		}
	}
	files, err := os.ReadDir(one)
	if err != nil || len(files) < 10 {
		t.Fatalf("%d pages, %v", len(files), err)
	}
	for _, f := range files {
		a, err := os.ReadFile(filepath.Join(one, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(filepath.Join(other, f.Name()))
		if err != nil || string(a) != string(b) {
			t.Errorf("%s differs: %v", f.Name(), err)
		}
	}
}
