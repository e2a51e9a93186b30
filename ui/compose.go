package ui

import (
	"strconv"
	"time"

	tea "charm.land/bubbletea/v2"

	"haul/model"
	"haul/themes"
)

// How far apart frames are: nobody reads faster than thirty a second, and
// nobody reads a window that has lost the focus.
const (
	frameFocused   = 33 * time.Millisecond
	frameUnfocused = 250 * time.Millisecond
)

// wakeMsg asks for a look at the clock: a frame is due, news are old, a
// question may open.
type wakeMsg struct{ at time.Time }

// touch says that the screen's own state has changed.
func (a *App) touch() { a.touched = true }

// settle ends every update: it composes if that is due, and returns a command
// that wakes the app when it will be. now is answered at once: the user has
// pressed a key and waits.
func (a *App) settle(atOnce bool) tea.Cmd {
	now := a.now()
	a.expire(now)
	due := a.openQuestion(now)
	if version := a.model.Version(); a.touched || version != a.version {
		interval := frameFocused
		if !a.focused {
			interval = frameUnfocused
		}
		next := a.composed.Add(interval)
		if atOnce || !now.Before(next) {
			a.version, a.touched, a.composed = version, false, now
			a.compose(now)
		} else {
			due = earliest(due, next)
		}
	}
	due = earliest(due, a.strips.notice.until)
	return a.wakeAt(due, now)
}

// earliest is the earlier of two times, of which zero ones do not count.
func earliest(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// wakeAt is a command that wakes the app at a time, unless one that comes
// before is under way.
func (a *App) wakeAt(at, now time.Time) tea.Cmd {
	if at.IsZero() || !a.wake.IsZero() && !a.wake.After(at) {
		return nil
	}
	a.wake = at
	ctx := a.ctx
	return func() tea.Msg {
		timer := time.NewTimer(at.Sub(now))
		defer timer.Stop()
		select {
		case <-timer.C:
			return wakeMsg{at}
		case <-ctx.Done():
			return nil
		}
	}
}

// woken takes note that the clock was looked at.
func (a *App) woken(msg wakeMsg) {
	if a.wake.Equal(msg.at) {
		a.wake = time.Time{}
	}
}

// compose draws the screen into the view that View returns.
func (a *App) compose(now time.Time) {
	s := &a.scene
	s.now = now
	s.totals = a.model.Totals()
	a.list.calm.total(&s.totals, now)
	s.reset(a.width)
	var cursor *tea.Cursor
	switch {
	case a.width <= 0 || a.height <= 0:
	case a.front != nil && a.front.fills(a.width, a.height):
		cursor = a.front.drawFull(s)
	default:
		cursor = a.drawScreen(s)
		if a.front != nil {
			cursor = a.front.drawOver(s)
		}
	}
	v := tea.NewView(s.screen())
	v.AltScreen = true
	v.ReportFocus = true
	v.Cursor = cursor
	if a.opt.Mouse {
		v.MouseMode = tea.MouseModeCellMotion
	}
	v.WindowTitle = windowTitle(&s.totals)
	if a.taskbar {
		v.ProgressBar = progressBar(&s.totals)
	}
	a.view = v
}

// drawScreen draws what is under the dialogs.
func (a *App) drawScreen(s *scene) *tea.Cursor {
	switch a.screen {
	case screenDetail:
		a.detail.draw(s, &a.strips)
	case screenLog:
		a.log.draw(s, &a.strips)
	default:
		a.layout = a.list.draw(s, &a.strips)
	}
	s.truncate(a.height)
	if f := &a.strips.filter; a.screen == screenList && f.active && f.y < s.lines() {
		return tea.NewCursor(f.x, f.y)
	}
	return nil
}

// windowTitle has numbers only: titles are not cleaned by anybody, and what a
// server calls a file does not belong in them.
func windowTitle(t *model.Totals) string {
	if t.Rows == 0 {
		return "haul"
	}
	title := "haul "
	if t.Fraction >= 0 {
		title += strconv.Itoa(int(t.Fraction*100)) + "% "
	}
	return title + strconv.Itoa(t.Running) + "/" + strconv.Itoa(t.Rows)
}

// progressBar is what the taskbar shows: an error when something has failed,
// a warning when everything that is not done is paused.
func progressBar(t *model.Totals) *tea.ProgressBar {
	left := t.Running + t.Paused + t.Queued + t.Asking + t.Retrying
	switch percent := int(t.Fraction * 100); {
	case left == 0 && t.Failed == 0:
		return nil
	case t.Failed > 0:
		return tea.NewProgressBar(tea.ProgressBarError, max(percent, 0))
	case left == t.Paused:
		return tea.NewProgressBar(tea.ProgressBarWarning, max(percent, 0))
	case t.Fraction < 0:
		return tea.NewProgressBar(tea.ProgressBarIndeterminate, 0)
	default:
		return tea.NewProgressBar(tea.ProgressBarDefault, percent)
	}
}

// hasTaskbar tells the terminals that are known to take OSC 9;4 for progress.
// To others OSC 9 is a notification.
func hasTaskbar(env map[string]string) bool {
	if env["WT_SESSION"] != "" { // Windows Terminal
		return true
	}
	switch env["TERM_PROGRAM"] {
	case "ghostty", "iTerm.app", "rio", "WezTerm":
		return true
	}
	const firstVTE = "7900" // 0.79
	v := env["VTE_VERSION"]
	return len(v) > len(firstVTE) || len(v) == len(firstVTE) && v >= firstVTE
}

// newTheme makes the theme that was asked for.
func (a *App) newTheme() error {
	palette, err := themes.Builtin(a.opt.Theme, a.dark)
	if err != nil {
		return err
	}
	a.scene.theme = themes.New(palette, a.profile, a.glyphs)
	a.touch()
	return nil
}
