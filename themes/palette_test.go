package themes

import (
	"strings"
	"testing"

	"github.com/charmbracelet/colorprofile"

	"haul/internal/strict"
)

func TestBuiltinsGiveEveryRoleWholly(t *testing.T) {
	for _, name := range Names()[1:] {
		data, err := builtin.ReadFile(name + ".toml")
		if err != nil {
			t.Fatal(err)
		}
		var doc document
		if _, err := strict.Decode(name+".toml", data, &doc); err != nil {
			t.Fatal(err)
		}
		for role, paint := range doc.paints() {
			if paint == nil || !paint.ANSI.set {
				t.Errorf("%s: %v is not given for 16 colours", name, Role(role))
			}
		}
	}
}

func TestAutoFollowsTheBackground(t *testing.T) {
	for _, dark := range []bool{true, false} {
		p, err := Builtin(Auto, dark)
		if err != nil {
			t.Fatal(err)
		}
		if p.Dark != dark || p.Name != map[bool]string{true: "dark", false: "light"}[dark] {
			t.Errorf("on dark=%v: %s, Dark %v", dark, p.Name, p.Dark)
		}
	}
	if p, err := Builtin("light", true); err != nil || p.Dark {
		t.Errorf("a named theme follows the background: %v, %v", p.Dark, err)
	}
	if _, err := Builtin("neon", true); err == nil || !strings.Contains(err.Error(), "auto, dark, light") {
		t.Errorf("unknown theme: %v", err)
	}
}

func TestUserPaletteInheritsWhatItLeavesOut(t *testing.T) {
	p, err := Parse("mine", "mine.toml", []byte(`
background = "light"
[roles]
accent = { color = "#102030", style = ["bold", "underline"] }
text = { ansi = "red" }
`))
	if err != nil {
		t.Fatal(err)
	}
	light, err := Builtin("light", false)
	if err != nil {
		t.Fatal(err)
	}
	if p.Name != "mine" || p.Dark {
		t.Errorf("Name %q, Dark %v", p.Name, p.Dark)
	}
	if p.roles[Warn].Color != light.roles[Warn].Color {
		t.Error("warn is not that of the light palette")
	}
	if got := New(p, colorprofile.TrueColor, ASCII()).SGR(Accent).On; got != "\x1b[1;4;38;2;16;32;48m" {
		t.Errorf("accent = %q", got)
	}
	if got := New(p, colorprofile.TrueColor, ASCII()).SGR(Text).On; got != "" {
		t.Errorf("text has no colour of its own, got %q", got)
	}
	if got := New(p, colorprofile.ANSI, ASCII()).SGR(Text).On; got != "\x1b[31m" {
		t.Errorf("text with 16 colours = %q", got)
	}
}

func TestMistakesInAPaletteAreNamedWithTheirLine(t *testing.T) {
	tests := []struct {
		name, toml string
		want       []string
	}{
		{"unknown roles", "[roles]\nacent = {}\nok = {}\nbr = {}", []string{`my.toml:2:1: unknown name "roles.acent"; did you mean "roles.accent"?`, `my.toml:4:1: unknown name "roles.br"`}},
		{"unknown key of a role", "[roles]\nok = { colour = \"#ffffff\" }", []string{`my.toml:2:`, "colour"}},
		{"bad colour", "[roles]\n\nok = { color = \"#ff\" }", []string{`my.toml:3:`, `"#ff"`, "#rrggbb"}},
		{"bad hash", "[roles]\nok = { color = \"ff00ff\" }", []string{`my.toml:2:`, "#rrggbb"}},
		{"bad ansi", "[roles]\nok = { ansi = \"pink\" }", []string{`my.toml:2:`, `"pink"`, "bright-blue"}},
		{"bad style", "[roles]\nok = { style = [\"blink\"] }", []string{`my.toml:2:`, `"blink"`}},
		{"bad background", "background = \"grey\"", []string{`my.toml:1:`, `"grey"`}},
		{"wrong type", "background = 1", []string{`my.toml:1:14: background: wants a text in quotes, not 1`}},
		{"unknown parent", "inherits = \"drak\"", []string{`my.toml:1:12: inherits: there is no theme "drak"`}},
		{"two parents", "inherits = \"auto\"", []string{`my.toml:1:12: inherits: "auto" is more than one theme`}},
		{"no TOML", "background =", []string{`my.toml:1:`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Parse("my", "my.toml", []byte(tt.toml))
			if err == nil {
				t.Fatal("no error")
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q does not say %q", err, want)
				}
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	f.Add("background = \"light\"\n[roles]\nok = { color = \"#ffffff\", ansi = \"red\", style = [\"bold\"] }")
	f.Fuzz(func(t *testing.T, data string) {
		p, err := Parse("x", "x.toml", []byte(data))
		if err == nil {
			New(p, colorprofile.ANSI256, Unicode())
		}
	})
}
