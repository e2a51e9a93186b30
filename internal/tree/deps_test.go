package tree

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

// root is where the module begins.
const root = "../.."

// layers are the packages in the order main, ui, model, session, transfer: each
// may import those below it. leaves hang beside the order and know none of it.
var (
	layers = []string{"haul", "haul/ui", "haul/model", "haul/session", "haul/transfer"}
	leaves = []string{"haul/keymap", "haul/themes", "haul/internal/strict"}
)

// forbidden are imports from outside that a layer must not have, directly or
// through another of our packages.
var forbidden = map[string][]string{
	"haul/transfer": {"charm.land/", "github.com/charmbracelet/", "github.com/spf13/"},
	"haul/session":  {"charm.land/", "github.com/charmbracelet/", "github.com/spf13/"},
	"haul/model":    {"charm.land/lipgloss", "charm.land/bubbles", "github.com/spf13/"},
	"haul/keymap":   {"charm.land/lipgloss"},
}

func TestEachPackageImportsOnlyWhatIsBelowIt(t *testing.T) {
	seen := 0
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() && path != root && strings.HasPrefix(entry.Name(), ".") {
			return filepath.SkipDir // .git has branches of any name
		}
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		seen++
		dir, err := filepath.Rel(root, filepath.Dir(path))
		pkg := filepath.ToSlash(filepath.Join("haul", dir))
		for _, i := range file.Imports {
			imported := strings.Trim(i.Path.Value, `"`)
			if why := mayNotImport(pkg, imported); why != "" {
				t.Errorf("%s imports %s: %s", path, imported, why)
			}
		}
		return err
	})
	if err != nil || seen < 300 {
		t.Errorf("only %d files were read: %v", seen, err)
	}
}

func mayNotImport(pkg, imported string) string {
	from, to := family(pkg, layers), family(imported, layers)
	private := strings.HasPrefix(imported, "haul/internal/") && family(imported, leaves) < 0
	if family(pkg, leaves) >= 0 && (to >= 0 || private) {
		return "a leaf knows no layer"
	}
	if from > 0 && private {
		return "internal/ is for the command line and the tests"
	}
	if from >= 0 && to >= 0 && to < from {
		return "the arrow points down: main, ui, model, session, transfer"
	}
	if pkg == "haul/ui" && (imported == "net" || imported == "os/exec") {
		return "the screen opens no connection and runs no command"
	}
	for owner, prefixes := range forbidden {
		if pkg != owner && !strings.HasPrefix(pkg, owner+"/") {
			continue
		}
		for _, p := range prefixes {
			if strings.HasPrefix(imported, p) {
				return owner + " does without it"
			}
		}
	}
	return ""
}

// family is the index of the name in names that pkg is or lies below, or -1.
func family(pkg string, names []string) int {
	for i, n := range names {
		if pkg == n || n != "haul" && strings.HasPrefix(pkg, n+"/") {
			return i
		}
	}
	return -1
}

func TestTheArrowIsChecked(t *testing.T) {
	for _, bad := range [][2]string{
		{"haul/session", "haul/model"},
		{"haul/transfer/partial", "haul/session"},
		{"haul/model", "charm.land/lipgloss/v2"},
		{"haul/keymap", "haul/model"},
		{"haul/ui", "os/exec"},
		{"haul/ui/text", "haul/internal/cli"},
	} {
		if mayNotImport(bad[0], bad[1]) == "" {
			t.Errorf("%s may import %s", bad[0], bad[1])
		}
	}
	for _, good := range [][2]string{
		{"haul", "haul/internal/cli"}, {"haul/ui", "haul/keymap"}, {"haul/model", "haul/transfer/partial"},
		{"haul/internal/cli", "haul/ui"},
	} {
		if why := mayNotImport(good[0], good[1]); why != "" {
			t.Errorf("%s may not import %s: %s", good[0], good[1], why)
		}
	}
}
