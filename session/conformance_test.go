package session_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"haul/session"
)

// The tables of docs/conformance.md and docs/corelibs.md are held against the
// code here, so that they cannot drift from it: every number has one row, every
// test named is there, and no row is empty.

// behaviours are the groups of docs/conformance.md, with the number of rows: the
// steps of the guide with a custom delegate and with the system's (CD, SP), the
// golden traces (G), what shows the life cycle besides (SH), and the behaviours.
var behaviours = []struct {
	group string
	rows  int
}{
	{"CD", 15}, {"SP", 6}, {"G", 32}, {"SH", 4},
	{"CFG", 19}, {"TSK", 21}, {"DEL", 15}, {"CMP", 7}, {"DWN", 9}, {"RSM", 20}, {"UPL", 12}, {"STR", 9}, {"RUP", 8},
	{"AUT", 25}, {"RDR", 15}, {"RSP", 7}, {"CCH", 12}, {"CKI", 6}, {"TMO", 11}, {"MPX", 7}, {"INV", 8}, {"BGS", 15},
	{"MET", 6}, {"CON", 7}, {"PRS", 5},
}

// codes are the error codes that docs/conformance.md has rows for, as ranges.
var codes = [][2]int{
	{-1, -1}, {-997, -995}, {-999, -999}, {-1017, -1000}, {-1022, -1020}, {-1103, -1100}, {-1206, -1200},
	{-2000, -2000}, {-3007, -3000},
}

// upstream is how many tests of a session swift-corelibs-foundation has.
const upstream = 85

// row is a row of a table in Markdown, without its ends.
type row []string

// rows reads all rows of the tables of a file under docs whose first cell
// matches first.
func rows(t *testing.T, file string, first *regexp.Regexp) []row {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "docs", file))
	if err != nil {
		t.Fatal(err)
	}
	var all []row
	for line := range strings.Lines(string(b)) {
		inner, ok := strings.CutPrefix(strings.TrimSpace(line), "| ")
		if !ok {
			continue
		}
		var r row
		for cell := range strings.SplitSeq(strings.TrimSuffix(inner, "|"), "|") {
			r = append(r, strings.TrimSpace(cell))
		}
		if first.MatchString(r[0]) {
			all = append(all, r)
		}
	}
	return all
}

// named finds the tests in a cell: `TestX` of package session, or
// `path/to/package.TestX`.
var named = regexp.MustCompile("`(?:([a-z0-9/]+)\\.)?((?:Test|Fuzz|Example)[A-Za-z0-9_]*)`")

// declared returns the functions in the test files of a package.
func declared(t *testing.T, pkg string) map[string]bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", filepath.FromSlash(pkg), "*_test.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("package %s has no tests: %v", pkg, err)
	}
	names := make(map[string]bool)
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range parsed.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil {
				names[f.Name.Name] = true
			}
		}
	}
	return names
}

// checker checks cells that name tests.
type checker struct {
	t        *testing.T
	packages map[string]map[string]bool
}

func newChecker(t *testing.T) *checker {
	return &checker{t: t, packages: make(map[string]map[string]bool)}
}

// tests returns how many tests a cell names, and the words that are left. It
// reports tests that are not there.
func (c *checker) tests(id, cell string) (n int, words string) {
	c.t.Helper()
	for _, m := range named.FindAllStringSubmatch(cell, -1) {
		pkg, name := m[1], m[2]
		if pkg == "" {
			pkg = "session"
		}
		if c.packages[pkg] == nil {
			c.packages[pkg] = declared(c.t, pkg)
		}
		if !c.packages[pkg][name] {
			c.t.Errorf("%s: package %s has no test %s", id, pkg, name)
		}
		n++
	}
	return n, strings.Trim(named.ReplaceAllString(cell, ""), " ,;.")
}

// verdicts of docs/conformance.md: whether a row has to name tests, and whether
// it has to say something besides.
var verdicts = map[string]struct{ tests, words bool }{
	"yes":     {tests: true},
	"partly":  {tests: true, words: true},
	"no":      {words: true},
	"not yet": {words: true},
}

func TestEveryBehaviourHasItsTestOrItsReason(t *testing.T) {
	var want []string
	for _, b := range behaviours {
		for n := range b.rows {
			want = append(want, fmt.Sprintf("%s-%02d", b.group, n+1))
		}
	}
	for _, r := range codes {
		for n := r[1]; n >= r[0]; n-- {
			want = append(want, "ERR "+strconv.Itoa(n))
		}
	}
	c := newChecker(t)
	seen := make(map[string]bool)
	for _, r := range rows(t, "conformance.md", regexp.MustCompile(`^([A-Z]+-[0-9]+|ERR -[0-9]+)$`)) {
		id := r[0]
		if seen[id] {
			t.Errorf("%s has two rows", id)
		}
		seen[id] = true
		if !slices.Contains(want, id) {
			t.Errorf("%s is no behaviour", id)
		}
		if len(r) != 4 || slices.Contains(r, "") {
			t.Errorf("%s has an empty cell or a wrong number of them: %q", id, r)
			continue
		}
		verdict, ok := verdicts[r[2]]
		if !ok {
			t.Errorf("%s: %q is no verdict", id, r[2])
			continue
		}
		n, words := c.tests(id, r[3])
		if verdict.tests && n == 0 {
			t.Errorf("%s holds %s and names no test", id, r[2])
		}
		if verdict.words && len(words) < 10 {
			t.Errorf("%s holds %s and does not say why", id, r[2])
		}
		if number, ok := strings.CutPrefix(id, "ERR "); ok {
			checkCode(t, id, number, r)
		}
	}
	for _, id := range want {
		if !seen[id] {
			t.Errorf("%s has no row", id)
		}
	}
}

// checkCode holds the row of an error code against the code itself.
func checkCode(t *testing.T, id, number string, r row) {
	t.Helper()
	n, err := strconv.Atoi(number)
	if err != nil {
		t.Fatal(err)
	}
	name := session.Code(n).String()
	known := !strings.HasPrefix(name, "Code(")
	switch {
	case known && r[1] != name:
		t.Errorf("%s is called %s, the code is %s", id, r[1], name)
	case !known && (r[2] == "yes" || r[2] == "partly"):
		t.Errorf("%s holds %s, and there is no such code", id, r[2])
	}
}

func TestEveryFoundationTestHasItsRow(t *testing.T) {
	c := newChecker(t)
	seen := make(map[int]bool)
	for _, r := range rows(t, "corelibs.md", regexp.MustCompile(`^[0-9]+$`)) {
		n, err := strconv.Atoi(r[0])
		if err != nil {
			t.Fatal(err)
		}
		id := "number " + r[0]
		if seen[n] || n < 1 || n > upstream {
			t.Errorf("%s does not belong there, or has two rows", id)
		}
		seen[n] = true
		if len(r) != 4 || slices.Contains(r, "") {
			t.Errorf("%s has an empty cell or a wrong number of them: %q", id, r)
			continue
		}
		tests, words := c.tests(id, r[3])
		switch r[2] {
		case "pass":
			if tests == 0 {
				t.Errorf("%s passes and names no test", id)
			}
		case "changed":
			if tests == 0 || len(words) < 10 {
				t.Errorf("%s is changed and does not name a test and say how", id)
			}
		case "not yet", "not ported":
			if len(words) < 10 {
				t.Errorf("%s is %s and does not say why", id, r[2])
			}
		default:
			t.Errorf("%s: %q is no result", id, r[2])
		}
	}
	for n := 1; n <= upstream; n++ {
		if !seen[n] {
			t.Errorf("number %d has no row", n)
		}
	}
	suites := rows(t, "corelibs.md", regexp.MustCompile(`^Test[A-Za-z]+$`))
	if len(suites) == 0 {
		t.Error("the neighbour suites have no rows")
	}
	for _, r := range suites {
		if len(r) != 4 || slices.Contains(r, "") {
			t.Errorf("%s has an empty cell or a wrong number of them: %q", r[0], r)
			continue
		}
		if tests, words := c.tests(r[0], r[3]); tests == 0 && len(words) < 10 {
			t.Errorf("%s names no test and gives no reason", r[0])
		}
	}
}
