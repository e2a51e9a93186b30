package text

import (
	"os"
	"os/exec"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// TestCharactersOfAmbiguousWidthAreCountedAsTheRendererCountsThem runs itself with
// the variable that the library of widths reads when it starts: letters with
// accents, Greek and Cyrillic then take two cells.
func TestCharactersOfAmbiguousWidthAreCountedAsTheRendererCountsThem(t *testing.T) {
	const variable = "RUNEWIDTH_EASTASIAN"
	if os.Getenv(variable) != "1" {
		self := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
		self.Env = append(os.Environ(), variable+"=1")
		if out, err := self.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return
	}
	if got := (Ruler{}).Width(Clean("àé")); got != 4 {
		t.Fatalf("two letters take %d cells, want 4", got)
	}
	for _, name := range []string{
		"à", "àéîøü", "один-файл.tar.gz", "αβγ.pdf", "a\x1b[2J\xff.iso", "plain.iso", strings.Repeat("ก\u0e34", 40),
	} {
		text := Clean(name)
		for _, r := range []Ruler{{Ellipsis: Const("~")}, {Ellipsis: Const("~"), Clusters: true}} {
			count := ansi.StringWidthWc
			if r.Clusters {
				count = ansi.StringWidth
			}
			for width := range 30 {
				for kind, line := range map[string]string{
					"left": string(r.AppendLeft(nil, text, width)), "middle": string(r.AppendMiddle(nil, text, width)),
					"right": string(r.AppendRight(nil, text, width)),
				} {
					if got := count(line); got != width || !utf8.ValidString(line) {
						t.Errorf("%s, %q in %d cells is %q of %d", kind, name, width, line, got)
					}
				}
			}
		}
	}
}
