package themes

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/colorprofile"
)

// When is the answer to "when is there colour": the value of --color.
type When uint8

const (
	WhenAuto When = iota // where the terminal and the environment allow it
	Always               // also if the environment says no
	Never
)

// ParseWhen reads "auto", "always" or "never".
func ParseWhen(s string) (When, error) {
	switch s {
	case "auto":
		return WhenAuto, nil
	case "always":
		return Always, nil
	case "never":
		return Never, nil
	}
	return WhenAuto, fmt.Errorf("colour %q: it is auto, always or never", s)
}

// ProfileFor decides what may be written to an output. env is an environment
// as of os.Environ, tty says whether the output is a terminal.
//
//   - Not a terminal, or TERM=dumb: NoTTY, no escape sequence at all.
//   - Never, or NO_COLOR is present and not empty, whatever it says
//     (no-color.org): ASCII, which leaves bold, underline and reverse.
//   - Always: at least 16 colours, and NO_COLOR does not count. It has the last
//     word also where the output is no terminal.
//   - Otherwise what TERM and COLORTERM say.
//
// colorprofile on its own takes NO_COLOR for a boolean, so that NO_COLOR=yes
// means colour to it. Bubble Tea may report a better profile later; whoever
// gets that message asks [AllowsUpgrade] first.
func ProfileFor(env []string, tty bool, when When) colorprofile.Profile {
	var rest []string // without NO_COLOR and what forces colour: both are decided here
	noColor := false
	dumb := false
	for _, e := range env {
		switch name, value, _ := strings.Cut(e, "="); name {
		case "NO_COLOR":
			noColor = value != ""
		case "CLICOLOR_FORCE":
		case "TERM":
			dumb = value == "dumb"
			rest = append(rest, e)
		default:
			rest = append(rest, e)
		}
	}
	profile := colorprofile.Env(rest)
	switch {
	case when == Always:
		return max(profile, colorprofile.ANSI)
	case !tty || dumb:
		return colorprofile.NoTTY
	case when == Never || noColor:
		return min(profile, colorprofile.ASCII)
	}
	return profile
}

// AllowsUpgrade reports whether a theme made for p may be replaced by one with
// more colours when the terminal says that it has them. Where colour is off, it
// was switched off.
func AllowsUpgrade(p colorprofile.Profile) bool { return p >= colorprofile.ANSI }
