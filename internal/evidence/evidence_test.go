package evidence

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// complaints is a test that only takes note of what is wrong.
type complaints struct {
	testing.TB
	all []string
}

func (c *complaints) Helper() {}
func (c *complaints) Errorf(format string, a ...any) {
	c.all = append(c.all, fmt.Sprintf(format, a...))
}

func TestATableThatDriftsIsFound(t *testing.T) {
	root := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	write("a/a_test.go", "package a\n\nfunc TestOne() {}\n")
	write("b/b_test.go", "package b\n\nfunc FuzzTwo() {}\n")
	for table, wants := range map[string][]string{
		"| X-01 | one | yes | `TestOne` |\n| X-02 | two | partly | `b.FuzzTwo`; not for threes |\n": nil,
		"| X-01 | one | yes | `TestGone` |\n| X-02 | two | no | because of reasons |\n":             {"X-01: package a has no test TestGone"},
		"| X-01 | one | yes | trust me |\n| X-02 | two | partly | `b.FuzzTwo` |\n":                  {"X-01 holds yes and names no test", "X-02 holds partly and does not say why"},
		"| X-01 | one | nearly | `TestOne` |\n| X-01 | one | yes | `TestOne` |\n":                   {`X-01: "nearly" is no verdict`, "X-01 has two rows", "X-02 has no row"},
		"| X-01 | | yes | `TestOne` |\n| X-02 | two | yes | `TestOne` |\n| X-03 | three | yes | `TestOne` |\n": {
			`X-01 has an empty cell or a wrong number of them: ["X-01" "" "yes" "` + "`TestOne`" + `"]`, "X-03 is no number of a row"},
	} {
		file := write("table.md", "# Table\n\n| # | about | holds | shown by |\n| --- | --- | --- | --- |\n"+table)
		found := &complaints{TB: t}
		New(found, root, "a").Hold(Rows(found, file, regexp.MustCompile(`^X-`)), Numbers("X", 2))
		if !slices.Equal(found.all, wants) {
			t.Errorf("%s\nfound %q\nwant %q", strings.TrimSpace(table), found.all, wants)
		}
	}
}
