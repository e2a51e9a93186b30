package tree

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// phrase is a literal text of the program.
type phrase struct {
	at   string // file:line
	text string
	err  bool // it is the text of an error
	last bool // it is what haul says before it ends
}

// phrases reads the literal texts of the packages that people read from. Tags,
// imports and texts without a blank, which are names, are left out.
func phrases(t *testing.T) []phrase {
	t.Helper()
	var all []phrase
	files := token.NewFileSet()
	read := func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		errs, lasts := map[ast.Expr]bool{}, map[ast.Expr]bool{}
		failures := strings.HasSuffix(filepath.ToSlash(path), "phrases/failures.go")
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.ImportSpec:
				return false
			case *ast.Field:
				n.Tag = nil
			case *ast.ValueSpec:
				for _, value := range n.Values {
					errs[value], lasts[value] = failures, failures
				}
			case *ast.CallExpr:
				if i := errorText(n); i >= 0 && i < len(n.Args) {
					errs[n.Args[i]], lasts[n.Args[i]] = true, i == 1
				}
			case *ast.BasicLit:
				if text, err := strconv.Unquote(n.Value); err == nil && n.Kind == token.STRING && strings.Contains(text, " ") {
					all = append(all, phrase{at: files.Position(n.Pos()).String(), text: text, err: errs[n], last: lasts[n]})
				}
			}
			return true
		})
		return nil
	}
	for _, dir := range []string{"ui", "internal/cli", "internal/config", "internal/demo/files.go", "keymap", "model", "session", "internal/strict", "themes", "transfer"} {
		if err := filepath.WalkDir(filepath.Join(root, dir), read); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// errorText is which argument of a call is the text of an error, -1 if none is.
func errorText(call *ast.CallExpr) int {
	switch f := call.Fun.(type) {
	case *ast.SelectorExpr:
		if x, ok := f.X.(*ast.Ident); ok && (x.Name == "fmt" && f.Sel.Name == "Errorf" || x.Name == "errors" && f.Sel.Name == "New") {
			return 0
		}
	case *ast.Ident:
		if f.Name == "fail" { // of the command line: its code comes first
			return 1
		}
	}
	return -1
}

// unwanted are words that the program does not use, with what it says instead.
func unwanted() map[string]string {
	return map[string]string{
		`(failed|unable) to\b`:                           "cannot",
		`\b(couldn't|can't|can not)\b`:                   "cannot",
		`\b(please|sorry|oops)\b`:                        "nothing: say what can be done",
		`\b(invalid|illegal)\b`:                          "what is wrong with it",
		`\ban? error occurred`:                           "what happened",
		`\b(cancel|travel|label|model|signal)(ed|ing)\b`: "British spelling (-lled, -lling)",
		`\b(behavior|favorite|honor|neighbor|gray|center|catalog|analog)s?\b`:                                        "British spelling",
		`[^"\[ -]colors?\b|\bcolors\b`:                                                                               "colour",
		`\b(recogni|initiali|organi|synchroni|finali|minimi|maximi|optimi|normali|customi|summari|priorit|apologi)z`: "British spelling (-ise)",
		`!$`: "no exclamation",
	}
}

// TestWordsAreOfOneKind reads every text of the program.
func TestWordsAreOfOneKind(t *testing.T) {
	patterns := map[*regexp.Regexp]string{}
	// What can be done is said last.
	remedy := regexp.MustCompile(`: (use|choose|give|name|check|set|run|change|copy|start|close|leave|move|install|write) [^:]+|: (use|give) .+|wants? a number from 1$`)
	for p, instead := range unwanted() {
		patterns[regexp.MustCompile(`(?i)`+p)] = instead
	}
	all := phrases(t)
	for _, p := range all {
		for pattern, instead := range patterns {
			if found := pattern.FindString(p.text); found != "" {
				t.Errorf("%s: %q says %q; instead: %s", p.at, p.text, found, instead)
			}
		}
		if !p.err {
			continue
		}
		// Errors are clauses: they follow a colon and are followed by one.
		if strings.HasSuffix(p.text, ".") || strings.HasSuffix(p.text, "\n") {
			t.Errorf("%s: the error %q ends like a sentence", p.at, p.text)
		}
		first, n := utf8.DecodeRuneInString(p.text)
		word, _, _ := strings.Cut(p.text[n:], " ")
		if name := strings.ContainsFunc(word, unicode.IsUpper); unicode.IsUpper(first) && len(word) > 0 && !name {
			t.Errorf("%s: the error %q begins like a sentence", p.at, p.text)
		}
		if p.last && !remedy.MatchString(p.text) {
			t.Errorf("%s: %q does not say what can be done: end it with a colon and an imperative, like \": use -d DIR\"", p.at, p.text)
		}
	}
	if len(all) < 300 {
		t.Errorf("only %d texts were found", len(all))
	}
}
