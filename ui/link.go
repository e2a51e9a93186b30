package ui

import (
	"net/url"

	"github.com/charmbracelet/x/ansi"

	"haul/themes"
	"haul/ui/text"
)

// url writes a URL, cut in its middle, and makes a link of it where the terminal
// is known to take that.
func (s *scene) url(r themes.Role, raw string, width int) {
	target, ok := linkTarget(raw)
	if !ok || !s.links {
		s.middle(r, text.Clean(raw), width)
		return
	}
	s.on(r)
	s.buf = append(s.buf, ansi.SetHyperlink(target)...)
	s.middle(r, text.Clean(raw), width)
	s.buf = append(s.buf, ansi.ResetHyperlink()...)
}

// linkTarget is what a URL that is shown may lead to: itself, if it is a web
// address of printable ASCII without user information. One that something was
// left out of (it is redacted with a character beyond ASCII) leads nowhere.
func linkTarget(raw string) (target string, ok bool) {
	const most = 2000 // terminals bound it
	for i := range len(raw) {
		if raw[i] <= ' ' || raw[i] >= 0x7f {
			return "", false
		}
	}
	u, err := url.Parse(raw)
	if err != nil || len(raw) > most || u.User != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return "", false
	}
	return u.String(), true
}
