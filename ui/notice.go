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
func (a *App) sayUntilKey(role themes.Role, format string, args ...any) {
	a.say(role, format, args...)
	a.strips.notice.until = time.Time{}
}

// say shows news and keeps them in the log. format is one of [phrases], with keys
// by their actions. Words of strangers in args are cleaned like everything else.
func (a *App) say(role themes.Role, format string, args ...any) {
	words := a.opt.Keys.Sentence(a.context(), a.scene.symbols(), format, args...)
	now := time.Now()
	a.strips.notice = notice{text: text.Clean(words), role: role, until: now.Add(noticeFor)}
	a.log.add(entry{at: now, role: role, name: text.Const("haul"), text: a.strips.notice.text})
	a.touch()
}
