package ui

import (
	"strconv"
	"strings"
)

// terminal is what is known of the terminal by its environment. What it is not
// known to take is not sent to it: an unknown sequence may be shown as text, and
// OSC 9 means progress to some and a notification to others.
type terminal struct {
	taskbar bool // OSC 9;4 is progress
	links   bool // OSC 8 makes links
	copies  bool // OSC 52 copies
	notify  notifyBy
}

// notifyBy is how a terminal is asked for a notification.
type notifyBy int

const (
	byBell   notifyBy = iota // it is not known to have any
	byOSC9                   // iTerm2's: OSC 9 ; text
	byOSC99                  // kitty's
	byOSC777                 // urxvt's: OSC 777 ; notify ; title ; text
)

// terminalOf looks at the environment.
func terminalOf(environ []string) terminal {
	env := make(map[string]string)
	for _, e := range environ {
		if name, value, ok := strings.Cut(e, "="); ok && value != "" {
			env[name] = value
		}
	}
	switch term := env["TERM"]; {
	case env["TMUX"] != "" || strings.HasPrefix(term, "tmux"):
		// What it runs in is not seen from inside, whatever is in the
		// environment; tmux itself draws links since 3.4.
		return terminal{links: env["TERM_PROGRAM"] == "tmux" && version(env["TERM_PROGRAM_VERSION"]) >= 304}
	case env["STY"] != "" || strings.HasPrefix(term, "screen"), term == "linux", term == "dumb":
		return terminal{}
	case env["KITTY_WINDOW_ID"] != "" || term == "xterm-kitty":
		return terminal{links: true, copies: true, notify: byOSC99}
	case env["WT_SESSION"] != "": // Windows Terminal
		return terminal{taskbar: true, links: true, copies: true}
	case strings.HasPrefix(term, "foot"):
		return terminal{links: true, copies: true, notify: byOSC777}
	case strings.HasPrefix(term, "rxvt-unicode"):
		return terminal{notify: byOSC777}
	case strings.HasPrefix(term, "alacritty"):
		return terminal{links: true, copies: true}
	case env["KONSOLE_VERSION"] != "":
		return terminal{links: true}
	case env["VTE_VERSION"] != "":
		v, err := strconv.Atoi(env["VTE_VERSION"])
		return terminal{taskbar: err == nil && v >= 8000, links: err == nil && v >= 5000}
	}
	switch env["TERM_PROGRAM"] {
	case "ghostty", "iTerm.app":
		return terminal{taskbar: true, links: true, copies: true, notify: byOSC9}
	case "WezTerm":
		return terminal{links: true, copies: true, notify: byOSC9}
	case "rio":
		return terminal{taskbar: true, links: true, copies: true}
	case "vscode", "Hyper", "Tabby":
		return terminal{links: true}
	}
	return terminal{}
}

// version is "3.4" as 304, 0 for what is none.
func version(s string) int {
	major, rest, _ := strings.Cut(s, ".")
	minor := rest[:len(rest)-len(strings.TrimLeft(rest, "0123456789"))]
	x, err := strconv.Atoi(major)
	y, err2 := strconv.Atoi(minor)
	if err != nil || err2 != nil {
		return 0
	}
	return x*100 + y
}
