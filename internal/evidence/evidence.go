// Package evidence holds the tables of docs whose rows name the tests that show
// them against the code, so that they cannot drift from it: every number has one
// row, every test named is there, and no row is empty.
package evidence

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Numbers are the first n numbers of a group: "CD-01" and so on.
func Numbers(group string, n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf("%s-%02d", group, i+1)
	}
	return all
}

// Row is a row of a table in Markdown, without its ends.
type Row []string

// Rows reads all rows of the tables of a file whose first cell matches first.
func Rows(t testing.TB, file string, first *regexp.Regexp) []Row {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var all []Row
	for line := range strings.Lines(string(b)) {
		inner, ok := strings.CutPrefix(strings.TrimSpace(line), "| ")
		if !ok {
			continue
		}
		var r Row
		for cell := range strings.SplitSeq(strings.TrimSuffix(inner, "|"), "|") {
			r = append(r, strings.TrimSpace(cell))
		}
		if first.MatchString(r[0]) {
			all = append(all, r)
		}
	}
	return all
}

// named finds the tests in a cell: `TestX` of the checker's own package, or
// `path/to/package.TestX`.
var named = regexp.MustCompile("`(?:([a-z0-9/]+)\\.)?((?:Test|Fuzz|Example|Benchmark)[A-Za-z0-9_]*)`")

// Checker checks cells that name tests.
type Checker struct {
	t         testing.TB
	root, own string
	packages  map[string]map[string]bool
}

// New returns a checker. root is the folder of the module; own is the package in
// it, as "session", whose tests stand without one.
func New(t testing.TB, root, own string) *Checker {
	return &Checker{t: t, root: root, own: own, packages: make(map[string]map[string]bool)}
}

// declared returns the functions in the test files of a package.
func (c *Checker) declared(pkg string) map[string]bool {
	c.t.Helper()
	files, err := filepath.Glob(filepath.Join(c.root, filepath.FromSlash(pkg), "*_test.go"))
	if err != nil || len(files) == 0 {
		c.t.Fatalf("package %s has no tests: %v", pkg, err)
	}
	names := make(map[string]bool)
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			c.t.Fatal(err)
		}
		for _, d := range parsed.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil {
				names[f.Name.Name] = true
			}
		}
	}
	return names
}

// Tests returns how many tests a cell names, and the words that are left. It
// reports tests that are not there.
func (c *Checker) Tests(id, cell string) (n int, words string) {
	c.t.Helper()
	for _, m := range named.FindAllStringSubmatch(cell, -1) {
		pkg, name := m[1], m[2]
		if pkg == "" {
			pkg = c.own
		}
		if c.packages[pkg] == nil {
			c.packages[pkg] = c.declared(pkg)
		}
		if !c.packages[pkg][name] {
			c.t.Errorf("%s: package %s has no test %s", id, pkg, name)
		}
		n++
	}
	return n, strings.Trim(named.ReplaceAllString(cell, ""), " ,;.")
}

// verdicts are whether a row holds: whether it has to name tests then, and
// whether it has to say something besides.
var verdicts = map[string]struct{ tests, words bool }{
	"yes":     {tests: true},
	"partly":  {tests: true, words: true},
	"no":      {words: true},
	"not yet": {words: true},
}

// Hold checks the rows of tables with four columns: a number that is one of want,
// what the row is about, whether it holds ("yes", "partly", "no" or "not yet"),
// and the tests that show it or why it does not hold. Each number has one row.
func (c *Checker) Hold(rows []Row, want []string) {
	c.t.Helper()
	seen := make(map[string]bool)
	for _, r := range rows {
		id := r[0]
		if seen[id] {
			c.t.Errorf("%s has two rows", id)
		}
		seen[id] = true
		if !slices.Contains(want, id) {
			c.t.Errorf("%s is no number of a row", id)
		}
		if len(r) != 4 || slices.Contains(r, "") {
			c.t.Errorf("%s has an empty cell or a wrong number of them: %q", id, r)
			continue
		}
		verdict, ok := verdicts[r[2]]
		if !ok {
			c.t.Errorf("%s: %q is no verdict", id, r[2])
			continue
		}
		n, words := c.Tests(id, r[3])
		if verdict.tests && n == 0 {
			c.t.Errorf("%s holds %s and names no test", id, r[2])
		}
		if verdict.words && len(words) < 10 {
			c.t.Errorf("%s holds %s and does not say why", id, r[2])
		}
	}
	for _, id := range want {
		if !seen[id] {
			c.t.Errorf("%s has no row", id)
		}
	}
}
