package cli

import (
	"flag"
	"io"
	"os"
	"path/filepath"
	"testing"
)

var update = flag.Bool("update", false, "write the manual pages into docs/man")

// manual is the folder of the pages in the repository.
const manual = "../../docs/man"

// TestTheManualPagesAreThoseOfTheCommands holds docs/man against the commands.
func TestTheManualPagesAreThoseOfTheCommands(t *testing.T) {
	env := Env{Stdout: io.Discard, Stderr: io.Discard}
	dir := t.TempDir()
	if err := writeManual(rootCommand(env), dir); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.RemoveAll(manual); err != nil {
			t.Fatal(err)
		}
		if err := writeManual(rootCommand(env), manual); err != nil {
			t.Fatal(err)
		}
	}
	want, got := pages(t, dir), pages(t, manual)
	for name, text := range want {
		if got[name] != text {
			t.Errorf("docs/man/%s is not current: go test ./internal/cli -run Manual -update", name)
		}
	}
	for name := range got {
		if want[name] == "" {
			t.Errorf("docs/man/%s is of a command that does not exist", name)
		}
	}
}

func pages(t *testing.T, dir string) map[string]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		all[filepath.Base(f)] = string(text)
	}
	return all
}
