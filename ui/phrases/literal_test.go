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

// threeWords tells a text from a label.
var threeWords = regexp.MustCompile(`[A-Za-z']{2,}[.,;:]? +[A-Za-z']+[.,;:]? +[A-Za-z']{2,}`)

// TestTextsStandHere looks for texts in the screens and dialogs themselves.
// Errors stand where they arise, and Format is for who prints a value.
func TestTextsStandHere(t *testing.T) {
	seen := 0
	for _, pattern := range []string{"../*.go", "../dialog/*.go"} {
		paths, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			if strings.HasSuffix(path, "_test.go") {
				continue
			}
			seen++
			files := token.NewFileSet()
			file, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(file, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.ImportSpec:
					return false
				case *ast.FuncDecl:
					return n.Name.Name != "Format"
				case *ast.CallExpr:
					return !isError(n)
				case *ast.BasicLit:
					if text, err := strconv.Unquote(n.Value); err == nil && n.Kind == token.STRING && threeWords.MatchString(text) {
						t.Errorf("%s: %q belongs into ui/phrases", files.Position(n.Pos()), text)
					}
				}
				return true
			})
		}
	}
	if seen < 50 {
		t.Errorf("only %d files were read", seen)
	}
}

func isError(call *ast.CallExpr) bool {
	f, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	x, ok := f.X.(*ast.Ident)
	return ok && (x.Name == "errors" || x.Name == "fmt" && f.Sel.Name == "Errorf")
}
