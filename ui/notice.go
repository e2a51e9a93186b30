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

// old tells that there was news and its time is over.
func (n notice) old(now time.Time) bool { return !n.until.IsZero() && !now.Before(n.until) }

const noticeFor = 5 * time.Second

// sayUntilKey shows news that stays until the next key.
func (a *App) sayUntilKey(role themes.Role, words string) {
	a.say(role, words)
	a.strips.notice.until = time.Time{}
}

// say shows news and keeps them in the log. Words of strangers in it are cleaned like everything else.
func (a *App) say(role themes.Role, words string) {
	now := time.Now()
	a.strips.notice = notice{text: text.Clean(words), role: role, until: now.Add(noticeFor)}
	a.log.add(entry{at: now, role: role, name: text.Const("haul"), text: a.strips.notice.text})
	a.touch()
}
