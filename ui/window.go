package ui

import (
	"strconv"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"haul/model"
)

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

// taskbar is the progress that the terminal shows in its own frame.
type taskbar struct {
	bar  *tea.ProgressBar
	at   time.Time // of the last look
	sent time.Time // when the terminal last heard of it
}

const (
	outsideEvery = time.Second
	// taskbarLapse is how long progress is left without being sent again: some
	// terminals take it away after 15 s, lest a dead program's stays.
	taskbarLapse = 10 * time.Second
)

// show is the progress for this frame; it changes once a second at most.
func (b *taskbar) show(t *model.Totals, now time.Time) *tea.ProgressBar {
	if b.at.IsZero() || now.Sub(b.at) >= outsideEvery {
		bar := progressBar(t)
		if bar == nil || b.bar == nil || *bar != *b.bar {
			b.sent = now
		}
		b.bar, b.at = bar, now
	}
	return b.bar
}

// again sends progress that has not changed for a while once more. due is when
// to look next, zero for not before it changes.
func (b *taskbar) again(now time.Time) (cmd tea.Cmd, due time.Time) {
	if b.bar == nil {
		return nil, time.Time{}
	}
	if now.Sub(b.sent) >= taskbarLapse {
		b.sent = now
		cmd = tea.Raw(progressSequence(b.bar))
	}
	return cmd, b.sent.Add(taskbarLapse)
}

// progressSequence is what Bubble Tea sends for a progress bar.
func progressSequence(b *tea.ProgressBar) string {
	switch b.State {
	case tea.ProgressBarError:
		return ansi.SetErrorProgressBar(b.Value)
	case tea.ProgressBarWarning:
		return ansi.SetWarningProgressBar(b.Value)
	case tea.ProgressBarIndeterminate:
		return ansi.SetIndeterminateProgressBar
	case tea.ProgressBarDefault:
		return ansi.SetProgressBar(b.Value)
	}
	return ""
}

// report is what the program tells of itself by the program status protocol
// (OSC 7501), to terminals that say that they understand it.
type report struct {
	knows  bool // the terminal does
	status *tea.ProgramStatus
	at     time.Time
}

// show is the report for this frame. A new state is told at once, new numbers
// once a second at most.
func (r *report) show(t *model.Totals, prompts []model.PromptView, leaving bool, now time.Time) *tea.ProgramStatus {
	if !r.knows {
		return nil
	}
	s := programStatus(t, prompts, leaving)
	if r.status == nil || s.State != r.status.State || s.Kind != r.status.Kind || now.Sub(r.at) >= outsideEvery {
		r.status, r.at = s, now
	}
	return r.status
}

// programStatus is how it stands: blocked while a question waits, working while
// something runs, then what came of it. It has numbers only, as the title.
func programStatus(t *model.Totals, prompts []model.PromptView, leaving bool) *tea.ProgramStatus {
	s := &tea.ProgramStatus{App: "haul", Title: "haul", State: tea.ProgramStateIdle}
	if t.Rows > 0 {
		s.Message = strconv.Itoa(t.Done) + " of " + strconv.Itoa(t.Rows) + " done"
	}
	switch {
	case len(prompts) > 0 && !leaving:
		s.State, s.Kind = tea.ProgramStateBlocked, tea.ProgramStatusKindPermission
		if prompts[0].Kind == model.AskPassword || prompts[0].Kind == model.AskIdentity {
			s.Kind = tea.ProgramStatusKindAuth
		}
	case t.Running+t.Queued+t.Retrying > 0 && !leaving:
		s.State = tea.ProgramStateWorking
	case t.Failed > 0:
		s.State = tea.ProgramStateError
		s.Message += ", " + strconv.Itoa(t.Failed) + " failed"
		return s
	case t.Done > 0:
		s.State = tea.ProgramStateDone
		return s
	}
	if t.Fraction >= 0 && s.State != tea.ProgramStateIdle {
		s.Progress, s.HasProgress = int(t.Fraction*100), true
	}
	return s
}

// Reset is what is still to be written to the terminal after the program has
// ended, in whatever way: everything else Bubble Tea takes back itself, also
// after a panic.
func (a *App) Reset() string {
	s := a.view.ProgramStatus
	if s == nil || s.State != tea.ProgramStateWorking && s.State != tea.ProgramStateBlocked {
		return ""
	}
	return ansi.SetProgramStatus(tea.ProgramStatus{App: s.App, Title: s.Title, State: tea.ProgramStateIdle})
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
