package phrases

import (
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"haul/keymap"
	"haul/model"
)

// news are the texts of news.go by their names.
func news(t *testing.T) map[string]string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "news.go", nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	ast.Inspect(file, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok {
			text, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			all[spec.Names[0].Name] = text
		}
		return true
	})
	return all
}

func TestNewsAreClausesThatNameActions(t *testing.T) {
	action := regexp.MustCompile(`\{([^}]*)\}`)
	all := news(t)
	for name, text := range all {
		if first, _ := utf8.DecodeRuneInString(text); unicode.IsUpper(first) || strings.HasSuffix(text, ".") {
			t.Errorf("%s: %q is no clause", name, text)
		}
		for _, found := range action.FindAllStringSubmatch(text, -1) {
			if !slices.Contains(keymap.AllActions(), keymap.Action(found[1])) {
				t.Errorf("%s: %q names the action %q, which does not exist", name, text, found[1])
			}
		}
	}
	if len(all) < 40 {
		t.Errorf("only %d were found", len(all))
	}
}

func TestNamesDiffer(t *testing.T) {
	names := map[string]bool{}
	for s := model.Queued; s <= model.Failed; s++ {
		if word := State(s); word == "" || names[word] {
			t.Errorf("%v is called %q", s, word)
		}
		names[State(s)] = true
	}
}
