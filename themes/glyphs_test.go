package themes

import (
	"reflect"
	"runtime"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
)

// walk calls f for every string in v.
func walk(path string, v reflect.Value, f func(path, s string)) {
	switch v.Kind() {
	case reflect.String:
		f(path, v.String())
	case reflect.Slice:
		for i := range v.Len() {
			walk(path, v.Index(i), f)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			walk(path+"."+v.Type().Field(i).Name, v.Field(i), f)
		}
	}
}

func TestGlyphsTakeOneCell(t *testing.T) {
	for _, g := range []Glyphs{Unicode(), ASCII()} {
		walk("", reflect.ValueOf(g), func(path, s string) {
			isWord := path == ".Name" || g.Name == "ascii" && (strings.HasPrefix(path, ".Keys.") || path == ".Up" || path == ".Down")
			switch {
			case isWord || path == ".Arrow":
			case ansi.StringWidth(s) != 1 || ansi.StringWidthWc(s) != 1:
				t.Errorf("%s%s is %q: not one cell", g.Name, path, s)
			}
			for _, r := range s {
				if g.Name == "ascii" && r > 0x7e {
					t.Errorf("ascii%s is %q", path, s)
				}
				if r >= 0x2800 && r <= 0x28ff || r >= 0xe000 && r <= 0xf8ff {
					t.Errorf("%s%s is Braille or private use: %q", g.Name, path, s)
				}
			}
		})
	}
}

func TestStatesHaveDifferentSigns(t *testing.T) {
	for _, g := range []Glyphs{Unicode(), ASCII()} {
		seen := map[string]bool{}
		for _, s := range []string{g.Queued, g.Running, g.Paused, g.Asks, g.Retry, g.Done, g.Failed} {
			if seen[s] {
				t.Errorf("%s: two states have the sign %q", g.Name, s)
			}
			seen[s] = true
		}
	}
}

func TestGlyphsFollowTheLocale(t *testing.T) {
	tests := []struct{ env, want string }{
		{"LANG=en_GB.UTF-8", "unicode"},
		{"LANG=de_DE.utf8", "unicode"},
		{"LANG=C.UTF-8", "unicode"},
		{"LANG=en_GB.UTF-8 LC_ALL=C", "ascii"},
		{"LANG=C LC_CTYPE=en_GB.UTF-8", "unicode"},
		{"LANG=en_GB.UTF-8 LC_ALL= LC_CTYPE=", "unicode"},
		{"LANG=ja_JP.eucJP", "ascii"},
		{"LANG=POSIX", "ascii"},
	}
	if runtime.GOOS != "windows" {
		tests = append(tests, struct{ env, want string }{"", "ascii"})
	}
	for _, tt := range tests {
		g, err := GlyphsFor("auto", false, strings.Fields(tt.env))
		if err != nil || g.Name != tt.want {
			t.Errorf("%q: %s, %v, want %s", tt.env, g.Name, err, tt.want)
		}
	}
	if g, err := GlyphsFor("auto", true, []string{"LANG=ja_JP.UTF-8"}); err != nil || g.Name != "ascii" {
		t.Errorf("where boxes and arrows take two cells: %s, %v", g.Name, err)
	}
	if g, err := GlyphsFor("unicode", true, []string{"LC_ALL=C"}); err != nil || g.Name != "unicode" {
		t.Errorf("a named set follows the locale: %s, %v", g.Name, err)
	}
	if g, err := GlyphsFor("ascii", false, []string{"LANG=C.UTF-8"}); err != nil || g.Name != "ascii" {
		t.Errorf("a named set follows the locale: %s, %v", g.Name, err)
	}
	if _, err := GlyphsFor("nerd", false, nil); err == nil {
		t.Error("an unknown set is accepted")
	}
}
