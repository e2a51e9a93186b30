package golden

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const red, bold = "\x1b[31m", "\x1b[1m"

func views() []View {
	lines := red + "ab" + "\x1b[m" + " 日" + bold + red + "c" + "\x1b[0m\n\n\n\nx"
	return []View{
		{"dark", 8, lines},
		{"light", 8, strings.ReplaceAll(lines, "31", "91")},
		{"plain", 8, sequence.ReplaceAllString(lines, "")},
	}
}

func TestAFileShowsTextFrameAndStyles(t *testing.T) {
	want := `== dark
a \e[31m
b \e[1m\e[31m
|ab 日c  | a:0-1 b:5-5
|        |
3 of these
|x       |

== light
a \e[91m
b \e[1m\e[91m
as dark

== plain
|ab 日c  |
|        |
3 of these
|x       |

`
	if got := written(views()); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// failing notes that a check has failed.
type failing struct {
	testing.TB
	failed bool
}

func (f *failing) Errorf(string, ...any) { f.failed = true }
func (f *failing) Helper()               {}

func TestEveryChangeIsFound(t *testing.T) {
	path := filepath.Join(t.TempDir(), "testdata", "x.golden")
	Check(t, path, true, views())
	Check(t, path, false, views())
	if _, err := os.Stat(path); err != nil {
		t.Fatal(err)
	}
	for _, change := range []func(v []View) []View{
		func(v []View) []View { v[0].Screen = strings.Replace(v[0].Screen, "b", "c", 1); return v },
		func(v []View) []View { v[1].Screen = strings.Replace(v[1].Screen, "91", "92", 1); return v },
		func(v []View) []View { v[2].Screen += "\n"; return v },
		func(v []View) []View { v[2].Width++; return v },
		func(v []View) []View { return v[:2] },
	} {
		f := &failing{TB: t}
		if Check(f, path, false, change(views())); !f.failed {
			t.Error("a change is not found")
		}
	}
}
