package ui

import (
	"fmt"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"haul/model"
	"haul/ui/phrases"
	"haul/ui/text"
)

// When says when something is told outside of the window.
type When string

// When something is told. Empty means never.
const (
	Never     When = "never"
	Unfocused When = "unfocused" // while the window has not the focus
	Always    When = "always"
)

// Notify says what is told outside of the window, by the terminal's own
// notifications; where it is not known to have any, by the bell. What is told
// has numbers and, unless Names is set, no names: a notification is shown to
// whoever passes by.
type Notify struct {
	Finish   When // the last transfer has ended
	Fail     When // a transfer has failed
	Question When // a question waits
	Bell     bool // ring the bell as well
	Names    bool // name the latest transfer that it is about
}

// check finds a word that is none of When.
func (n Notify) check() error {
	for _, w := range [...]When{n.Finish, n.Fail, n.Question} {
		switch w {
		case "", Never, Unfocused, Always:
		default:
			return fmt.Errorf(phrases.NoSuchNotification, w)
		}
	}
	return nil
}

// failuresEvery is the shortest time between two notifications of failures.
const failuresEvery = 5 * time.Second

// herald notices what is to be told.
type herald struct {
	want Notify
	by   notifyBy

	begun                           bool // there is something to compare with
	left, ended, failed, questioned int
	told                            time.Time // of a failure

	// The names, uncleaned, of what has ended, failed and asked last.
	lastEnded, lastFailed, lastAsking string
}

// noteEnd takes note of a transfer that has ended.
func (h *herald) noteEnd(r *model.Row) {
	h.lastEnded = r.Name
	if explained(r.State) {
		h.lastFailed = r.Name
	}
}

// watch compares the totals with those before and returns what tells the news,
// nil for nothing.
func (h *herald) watch(t *model.Totals, questions int, focused bool, now time.Time) tea.Cmd {
	left := t.Running + t.Queued + t.Asking + t.Retrying
	ended := t.Done + t.Failed
	finished := h.begun && left == 0 && h.left > 0 && ended > h.ended
	failed := h.begun && t.Failed > h.failed
	asks := questions > h.questioned
	h.begun, h.left, h.ended, h.failed, h.questioned = true, left, ended, t.Failed, questions

	due := func(w When) bool { return w == Always || w == Unfocused && !focused }
	n, words, name := 0, "", ""
	switch {
	case asks && due(h.want.Question):
		n, name = questions, h.lastAsking
		words = counted(questions, "question waits", "questions wait")
	case finished && due(h.want.Finish):
		n, name = ended, h.lastEnded
		words = counted(t.Done, phrases.TransferIsDone, phrases.TransfersAreDone)
		if t.Failed > 0 {
			words += fmt.Sprintf(", %d failed", t.Failed)
		}
	case failed && due(h.want.Fail) && now.Sub(h.told) >= failuresEvery:
		h.told = now
		n, name = t.Failed, h.lastFailed
		words = counted(t.Failed, phrases.TransferHasFailed, phrases.TransfersHaveFailed)
	default:
		return nil
	}
	if h.want.Names && name != "" {
		words += phrases.WhichIs(n, shown(name))
	}
	return tea.Raw(h.sequence(words))
}

// shown is a name as a notification has it. A semicolon would separate the parts
// of the sequence.
func shown(name string) string {
	ruler := text.Ruler{Ellipsis: text.Const("…")}
	return ruler.TruncateMiddle(text.Clean(strings.ReplaceAll(name, ";", ",")), text.MaxQuoted).String()
}

func counted(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, more)
}

// sequence asks the terminal for a notification.
func (h *herald) sequence(words string) string {
	seq := ""
	switch h.by {
	case byOSC9:
		seq = ansi.Notify("haul: " + words)
	case byOSC99:
		seq = ansi.DesktopNotification("haul: "+words, "i=haul")
	case byOSC777:
		seq = ansi.URxvtExt("notify", "haul", words)
	case byBell:
		return "\a"
	}
	if h.want.Bell {
		seq += "\a"
	}
	return seq
}
