package ui

import (
	"time"

	tea "charm.land/bubbletea/v2"
)

// How far apart frames are that the model causes. Nobody reads faster than ten
// a second, and each costs the renderer a comparison of the whole screen; a
// window that has lost the focus is hardly read at all. What keys cause shows
// at once.
const (
	frameFocused   = 100 * time.Millisecond
	frameUnfocused = 250 * time.Millisecond
)

// framesPerSecond is how often Bubble Tea looks whether there is something to
// draw where no pulse tells it: often enough that a key shows within 50 ms, and
// no more, since each look wakes the machine.
const framesPerSecond = 24

// wakeMsg asks for a look at the clock: a frame is due, news are old, a
// question may open.
type wakeMsg struct{ at time.Time }

// touch says that the screen's own state has changed.
func (a *App) touch() { a.touched = true }

// settle ends every update: it composes if that is due, and returns a command
// that wakes the app when it will be. atOnce tells that the user has pressed
// a key and waits.
func (a *App) settle(atOnce bool) tea.Cmd {
	now := time.Now()
	if n := &a.strips.notice; n.old(now) {
		*n = notice{}
		a.touch()
	}
	calm := &a.list.calm
	if !calm.due.IsZero() && !now.Before(calm.due) {
		a.touch()
	}
	due := a.questions(now)
	var news tea.Cmd
	if version := a.model.Version(); a.touched || version != a.version {
		interval := frameFocused
		if !a.focused {
			interval = frameUnfocused
		}
		next := a.composed.Add(interval)
		if atOnce || !now.Before(next) {
			a.version, a.touched, a.composed, a.fresh = version, false, now, true
			a.compose(now)
			prompts := a.model.Prompts()
			if n := len(prompts); n > 0 && len(prompts[n-1].Names) > 0 {
				a.herald.lastAsking = prompts[n-1].Names[0]
			}
			news = a.herald.watch(&a.scene.totals, len(prompts), a.focused, now)
		} else {
			due = earliest(due, next)
		}
	}
	due = earliest(due, a.strips.notice.until)
	if now.Before(calm.due) && a.scene.totals.Running == 0 {
		// Else the frame that is due shows it, or one of those that come
		// while something moves: a wake of its own would cost as much.
		due = earliest(due, calm.due)
	}
	bar, lapse := a.bar.again(now)
	return tea.Batch(news, bar, a.wakeAt(earliest(due, lapse), now))
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
	s.covered = a.front != nil
	s.totals = a.model.Totals()
	a.list.calm.due = time.Time{}
	a.list.calm.total(&s.totals, now)
	s.reset(a.width)
	var cursor *tea.Cursor
	switch {
	case a.width <= 0 || a.height <= 0:
	case a.front == nil:
		cursor = a.drawScreen(s)
	default:
		if _, _, full := dialogSize(a.width, a.height); full {
			cursor = a.front.drawFull(s)
			break
		}
		a.drawScreen(s)
		cursor = a.front.drawOver(s)
	}
	v := tea.NewView(s.screen())
	v.AltScreen = true
	v.ReportFocus = true
	v.Cursor = cursor
	if a.opt.Mouse {
		v.MouseMode = tea.MouseModeCellMotion
	}
	v.WindowTitle = windowTitle(&s.totals)
	if a.terminal.taskbar {
		v.ProgressBar = a.bar.show(&s.totals, now)
	}
	v.ProgramStatus = a.report.show(&s.totals, a.model.Prompts(), a.ending, now)
	a.view = v
}

// drawScreen draws what is under the dialogs.
func (a *App) drawScreen(s *scene) *tea.Cursor {
	switch a.screen {
	case screenDetail:
		a.detail.draw(s, &a.strips)
	case screenLog, screenHistory:
		a.chronicle().draw(s, &a.strips)
	default:
		a.layout = a.list.draw(s, &a.strips)
	}
	s.truncate(a.height)
	for _, f := range [...]*filterLine{a.strips.filter, a.strips.find.line} {
		if f.active && f.y < s.lines() {
			return tea.NewCursor(f.x, f.y)
		}
	}
	return nil
}
