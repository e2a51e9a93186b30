package themes

import (
	"strings"
	"testing"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
)

func theme(t *testing.T, name string, profile colorprofile.Profile) *Theme {
	t.Helper()
	p, err := Builtin(name, true)
	if err != nil {
		t.Fatal(err)
	}
	return New(p, profile, Unicode())
}

func TestSequencesFitTheProfile(t *testing.T) {
	tests := []struct {
		theme    string
		profile  colorprofile.Profile
		role     Role
		plain    string
		selected string
	}{
		{"dark", colorprofile.TrueColor, Accent, "\x1b[38;2;95;175;255m", "\x1b[38;2;255;255;255;48;2;48;48;48m"},
		{"dark", colorprofile.ANSI256, Accent, "\x1b[38;5;75m", "\x1b[38;5;231;48;5;236m"},
		{"dark", colorprofile.ANSI, Accent, "\x1b[96m", "\x1b[7m"},
		{"dark", colorprofile.ASCII, Accent, "", "\x1b[7m"},
		{"dark", colorprofile.ASCII, Attention, "\x1b[1m", "\x1b[1;7m"},
		{"dark", colorprofile.NoTTY, Attention, "", ""},
		{"light", colorprofile.ANSI, Attention, "\x1b[1;35m", "\x1b[1;7m"},
		{"mono", colorprofile.TrueColor, Attention, "\x1b[1;4m", "\x1b[1;4;7m"},
		{"mono", colorprofile.TrueColor, Text, "", "\x1b[7m"},
	}
	for _, tt := range tests {
		th := theme(t, tt.theme, tt.profile)
		if got := th.SGR(tt.role).On; got != tt.plain {
			t.Errorf("%s, %v, %v: %q, want %q", tt.theme, tt.profile, tt.role, got, tt.plain)
		}
		if got := th.Selected(tt.role).On; got != tt.selected {
			t.Errorf("%s, %v, %v selected: %q, want %q", tt.theme, tt.profile, tt.role, got, tt.selected)
		}
	}
}

func TestWhatIsSwitchedOnIsSwitchedOff(t *testing.T) {
	for _, profile := range []colorprofile.Profile{colorprofile.NoTTY, colorprofile.ASCII, colorprofile.ANSI, colorprofile.TrueColor} {
		th := theme(t, "dark", profile)
		for role := range roleCount {
			for _, g := range []SGR{th.SGR(role), th.Selected(role)} {
				if (g.On == "") != (g.Off == "") {
					t.Errorf("%v, %v: on %q, off %q", profile, role, g.On, g.Off)
				}
			}
		}
	}
	if got := string(SGR{On: "<", Off: ">"}.Append([]byte("a"), "b")); got != "a<b>" {
		t.Errorf("Append = %q", got)
	}
}

func TestNoColourInSequencesWithoutColour(t *testing.T) {
	for _, name := range []string{"dark", "light"} {
		th := theme(t, name, colorprofile.ASCII)
		styles := []lipgloss.Style{
			th.Styles.Text, th.Styles.Accent, th.Styles.Error, th.Styles.Title, th.Styles.Frame,
			th.Styles.Button, th.Styles.FocusedButton,
		}
		var out strings.Builder
		for _, s := range styles {
			out.WriteString(s.Render("x"))
		}
		for role := range roleCount {
			out.WriteString(th.SGR(role).On + th.Selected(role).On)
		}
		for _, colour := range []string{"38;", "48;", "[3", "[4", ";3", ";9", "[9"} {
			if strings.Contains(out.String(), colour) {
				t.Errorf("%s has %q: %q", name, colour, out.String())
			}
		}
		if !strings.Contains(out.String(), "\x1b[1;7m") {
			t.Errorf("%s: nothing is bold and reverse: %q", name, out.String())
		}
	}
}

func TestStylesOfDialogs(t *testing.T) {
	off := theme(t, "dark", colorprofile.NoTTY).Styles
	for _, s := range []lipgloss.Style{off.Title, off.FocusedButton, off.Error, off.Frame} {
		if got := s.Render("x"); strings.Contains(got, "\x1b") {
			t.Errorf("not a terminal, but %q", got)
		}
	}
	on := theme(t, "dark", colorprofile.TrueColor).Styles
	if got := on.Frame.Render("x"); !strings.Contains(ansi.Strip(got), "╭") || !strings.Contains(got, "38;2;108;108;108") {
		t.Errorf("frame = %q", got)
	}
	if got := on.FocusedButton.Render("x"); !strings.Contains(got, "48;2;48;48;48") {
		t.Errorf("focused button = %q", got)
	}
}

func TestProfileFor(t *testing.T) {
	const (
		none = colorprofile.NoTTY
		mono = colorprofile.ASCII
		c16  = colorprofile.ANSI
		c256 = colorprofile.ANSI256
		full = colorprofile.TrueColor
	)
	tests := []struct {
		env  string
		tty  bool
		when When
		want colorprofile.Profile
	}{
		{"TERM=xterm", true, WhenAuto, c16},
		{"TERM=xterm-256color", true, WhenAuto, c256},
		{"TERM=xterm-256color COLORTERM=truecolor", true, WhenAuto, full},
		{"TERM=xterm-256color COLORTERM=truecolor", false, WhenAuto, none},
		{"TERM=dumb", true, WhenAuto, none},
		{"TERM=dumb", true, Never, none},
		{"TERM=xterm NO_COLOR=", true, WhenAuto, c16},
		{"TERM=xterm NO_COLOR=1", true, WhenAuto, mono},
		{"TERM=xterm NO_COLOR=0", true, WhenAuto, mono},
		{"TERM=xterm NO_COLOR=yes COLORTERM=truecolor", true, WhenAuto, mono},
		{"TERM=xterm NO_COLOR=no CLICOLOR_FORCE=1", true, WhenAuto, mono},
		{"TERM=xterm CLICOLOR_FORCE=1", false, WhenAuto, none},
		{"TERM=xterm-256color", true, Never, mono},
		{"TERM=xterm-256color", false, Never, none},
		{"TERM=xterm-256color NO_COLOR=1", true, Always, c256},
		{"TERM=xterm NO_COLOR=1", false, Always, c16},
		{"TERM=dumb", false, Always, c16},
	}
	for _, tt := range tests {
		if got := ProfileFor(strings.Fields(tt.env), tt.tty, tt.when); got != tt.want {
			t.Errorf("%q, tty %v, when %v: %v, want %v", tt.env, tt.tty, tt.when, got, tt.want)
		}
	}
	if AllowsUpgrade(mono) || !AllowsUpgrade(c16) {
		t.Error("an upgrade is for terminals that have colour already")
	}
}

func TestParseWhen(t *testing.T) {
	for s, want := range map[string]When{"auto": WhenAuto, "always": Always, "never": Never} {
		if got, err := ParseWhen(s); err != nil || got != want {
			t.Errorf("%q = %v, %v", s, got, err)
		}
	}
	if _, err := ParseWhen("yes"); err == nil {
		t.Error("yes is accepted")
	}
}
