package ui

import (
	"strconv"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

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
	bar *tea.ProgressBar
	at  time.Time
}

const taskbarEvery = time.Second

// show is the progress for this frame; it changes once a second at most.
func (b *taskbar) show(t *model.Totals, now time.Time) *tea.ProgressBar {
	if b.at.IsZero() || now.Sub(b.at) >= taskbarEvery {
		b.bar, b.at = progressBar(t), now
	}
	return b.bar
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
func hasTaskbar(environ []string) bool {
	for _, e := range environ {
		name, value, _ := strings.Cut(e, "=")
		switch name {
		case "WT_SESSION": // Windows Terminal
			if value != "" {
				return true
			}
		case "TERM_PROGRAM":
			switch value {
			case "ghostty", "iTerm.app", "rio":
				return true
			}
		case "VTE_VERSION":
			const first = 8000 // 0.80
			if v, err := strconv.Atoi(value); err == nil && v >= first {
				return true
			}
		}
	}
	return false
}
