package ui

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"haul/themes"
	"haul/ui/phrases"
	"haul/ui/text"
)

// Past is a transfer that has ended in an earlier run. Strings are as they came,
// uncleaned.
type Past struct {
	Ended  time.Time
	Name   string
	Host   string
	Bytes  int64
	Result string // done, failed, refused or cancelled
	Reason string // why it failed, "" where nothing is to be said
}

// historyMsg is what came of reading the history.
type historyMsg struct {
	past []Past
	err  error
}

// showHistory shows the history and reads it anew, or goes back from it.
func (a *App) showHistory() tea.Cmd {
	a.toggle(screenHistory)
	if a.screen != screenHistory {
		return nil
	}
	if a.opt.History == nil {
		a.history.empty = text.Clean(phrases.HistoryEmpty)
		return nil
	}
	a.history.entries, a.history.top = nil, 0
	a.history.empty = text.Clean(phrases.HistoryReads)
	return func() tea.Msg {
		past, err := a.opt.History(a.ctx)
		return historyMsg{past, err}
	}
}

// tellHistory takes in what was read.
func (a *App) tellHistory(msg historyMsg) {
	a.touch()
	a.history.entries = nil
	a.history.empty = text.Clean(phrases.HistoryEmpty)
	if msg.err != nil {
		a.history.empty = text.Text{}
		a.say(themes.Error, phrases.HistoryFails, msg.err)
		return
	}
	for i := range msg.past {
		p := &msg.past[i]
		role, words := themes.Text, p.Result
		switch p.Result {
		case "done":
			words += "  " + a.scene.units.Bytes(p.Bytes) + "  " + a.scene.ruler.Word(p.Host, text.MaxQuoted)
		case "cancelled":
			role = themes.Warn
		default:
			role = themes.Error
			if p.Reason != "" {
				words += ": " + p.Reason
			}
		}
		a.history.entries = append(a.history.entries, entry{
			at: p.Ended, role: role, name: text.Clean(p.Name), text: text.Clean(words),
		})
	}
}
