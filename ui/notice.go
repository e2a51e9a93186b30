package ui

import (
	"time"

	"haul/themes"
	"haul/ui/text"
)

// notice is a piece of news at the foot of the screen. It goes away by itself,
// or at the next key.
type notice struct {
	text  text.Text
	role  themes.Role
	until time.Time // zero: it stays
}

const noticeFor = 5 * time.Second

// say shows news that have no foreign words in them, or cleaned ones.
func (a *App) say(role themes.Role, t text.Text) {
	a.strips.notice = notice{text: t, role: role, until: a.now().Add(noticeFor)}
	a.touch()
}

// report shows news with words of strangers in it.
func (a *App) report(role themes.Role, s string) { a.say(role, text.Clean(s)) }
