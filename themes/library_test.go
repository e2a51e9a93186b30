package themes

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"haul/internal/strict"
)

// library makes a folder of themes: pairs of a name and what its file says.
func library(t *testing.T, files ...string) Library {
	t.Helper()
	l := Library{Dir: t.TempDir()}
	for i := 0; i < len(files); i += 2 {
		if err := os.WriteFile(filepath.Join(l.Dir, files[i]+".toml"), []byte(files[i+1]), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return l
}

func TestTheUsersThemesComeAfterThoseBuiltIn(t *testing.T) {
	l := library(t, "zebra", "", "aurora", "", "dark", "", "no name", "")
	want := append(Names(), "aurora", "zebra")
	if got := l.Names(); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if got := (Library{}).Names(); !slices.Equal(got, Names()) {
		t.Errorf("without a folder: %q", got)
	}
}

func TestAThemeInheritsFromAnother(t *testing.T) {
	l := library(t,
		"base", "inherits = 'contrast-light'\n[roles]\nwarn = { color = '#010203' }",
		"child", "inherits = 'base'\n[roles]\nok = { color = '#040506' }")
	p, err := l.Palette("child", true)
	if err != nil {
		t.Fatal(err)
	}
	parent, err := Builtin("contrast-light", true)
	if err != nil {
		t.Fatal(err)
	}
	for role, want := range map[Role]string{Warn: "#010203", OK: "#040506", Accent: parent.roles[Accent].Color.String()} {
		if got := p.roles[role].Color.String(); got != want {
			t.Errorf("%v is %s, want %s", role, got, want)
		}
	}
	if p.Dark || p.Name != "child" {
		t.Errorf("Dark %v, Name %q: the background is the parent's", p.Dark, p.Name)
	}
}

func TestAPairFollowsTheBackground(t *testing.T) {
	l := library(t, "night", "", "broken", "x")
	for dark, want := range map[bool]string{true: "night", false: "contrast-light"} {
		if p, err := l.Palette("auto:night, contrast-light", dark); err != nil || p.Name != want {
			t.Errorf("dark %v: %q, %v", dark, p.Name, err)
		}
	}
	// The one that is not shown now is read as well.
	if _, err := l.Palette("auto:night,broken", true); err == nil {
		t.Error("a pair with a broken half is accepted")
	}
	if !Follows("auto") || !Follows("auto:a,b") || Follows("dark") {
		t.Error("Follows is wrong")
	}
}

func TestWhatIsWrongWithAThemeIsSaid(t *testing.T) {
	l := library(t, "loop", "inherits = 'pool'", "pool", "inherits = 'loop'", "self", "\ninherits = 'self'", "orphan", "inherits = 'gone'")
	tests := []struct{ name, want string }{
		{"drak", `there is no theme "drak": use one of auto, dark`},
		{"drak", `did you mean "dark"?`},
		{"loop", `inherits from itself`},
		{"self", `self.toml:2:12: inherits: "self" inherits from itself`},
		{"orphan", `orphan.toml:1:12: inherits: there is no theme "gone"`},
		{"../evil", `is no name of a theme`},
		{"auto:dark", `is no name of a theme`},
		{"auto:auto,dark", `is no name of a theme`},
	}
	for _, tt := range tests {
		_, err := l.Palette(tt.name, true)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %s", tt.name, err, tt.want)
		}
	}
	var problems strict.Problems
	if _, err := l.Palette("self", true); !errors.As(err, &problems) {
		t.Errorf("%T has no place", err)
	}
}
