package dialog

import (
	"slices"
	"strings"
	"testing"

	"github.com/charmbracelet/colorprofile"

	"haul/keymap"
)

// wholeHelp is the help screen of a context, as wide as that of a terminal of so
// many columns and as high as it needs.
func wholeHelp(o *Options, c keymap.Context, columns int) string {
	d := NewHelp(c, o)
	if columns < 72 {
		return strings.Join(d.Draw(columns-2, 500, true).Lines, "\n")
	}
	return strings.Join(d.Draw(columns-6, 500, false).Lines, "\n")
}

func TestHelpSaysEveryKeyWhole(t *testing.T) {
	o := optionsFor(t, newClock(), colorprofile.NoTTY)
	for _, columns := range []int{120, 80, 40} {
		for _, c := range []keymap.Context{keymap.List, keymap.Detail} {
			said := strings.Fields(wholeHelp(o, c, columns))
			for _, g := range o.Keys.Help(c, o.symbols()) {
				for _, r := range g.Rows {
					for _, key := range strings.Fields(r.Keys) {
						if !slices.Contains(said, key) {
							t.Errorf("%d columns, %s: no key %q of %q in\n%s", columns, c, key, r.Text, strings.Join(said, " "))
						}
					}
				}
			}
		}
	}
}
