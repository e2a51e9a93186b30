package phrases

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// Texts are told from what else a literal may be by words that stand beside each
// other: names of commands, flags, variables and members stand alone, and syntax
// like "put FILE URL" is in capitals. A screen has labels of two words as well.
var (
	threeWords = regexp.MustCompile(`[A-Za-z']{2,}[.,;:]? +[A-Za-z']+[.,;:]? +[A-Za-z']{2,}`)
	twoWords   = regexp.MustCompile(`(^|[^%A-Za-z])[A-Za-z']*[a-z'][.,;:]? +[a-z']+`)
)

// TestTextsStandHere looks for texts in the screens, the dialogs, plain mode and
// the command line themselves.
func TestTextsStandHere(t *testing.T) {
	seen := 0
	for _, of := range []struct {
		files string
		text  *regexp.Regexp
	}{
		{"../*.go", threeWords},
		{"../dialog/*.go", threeWords},
		{"../plain/*.go", twoWords},
		{"../../internal/cli/*.go", twoWords},
	} {
		paths, err := filepath.Glob(of.files)
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			if strings.HasSuffix(path, "_test.go") {
				continue
			}
			seen++
			for at, text := range literals(t, path) {
				if of.text.MatchString(text) {
					t.Errorf("%s: %q belongs into ui/phrases", at, text)
				}
			}
		}
	}
	if seen < 100 {
		t.Errorf("only %d files were read", seen)
	}
}

// literals are the strings of a file by their places. Format is for who prints a
// value; Use and Example of a command are what is typed.
func literals(t *testing.T, path string) map[string]string {
	t.Helper()
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ImportSpec:
			return false
		case *ast.FuncDecl:
			return n.Name.Name != "Format"
		case *ast.KeyValueExpr:
			key, ok := n.Key.(*ast.Ident)
			return !ok || key.Name != "Use" && key.Name != "Example"
		case *ast.BasicLit:
			if text, err := strconv.Unquote(n.Value); err == nil && n.Kind == token.STRING {
				found[files.Position(n.Pos()).String()] = text
			}
		}
		return true
	})
	return found
}
