package keymap

import (
	"fmt"
	"slices"
	"strings"
)

// Symbols draw the keys that have no character. An empty one is written as a
// word: "up", "enter".
type Symbols struct{ Up, Down, Left, Right, Enter string }

// Label is how a key is written on the screen: "^d" for ctrl+d, an arrow for an
// arrow key.
func Label(keystroke string, s Symbols) string {
	symbol := ""
	switch keystroke {
	case "up":
		symbol = s.Up
	case "down":
		symbol = s.Down
	case "left":
		symbol = s.Left
	case "right":
		symbol = s.Right
	case "enter":
		symbol = s.Enter
	case "pgdown":
		symbol = "pgdn"
	}
	if symbol != "" {
		return symbol
	}
	if name, ok := strings.CutPrefix(keystroke, "ctrl+"); ok && len(name) == 1 {
		return "^" + name
	}
	return keystroke
}

func joinLabels(keys []string, s Symbols) string {
	labels := make([]string, len(keys))
	for i, k := range keys {
		labels[i] = Label(k, s)
	}
	return strings.Join(labels, " ")
}

// Group is a part of the help screen.
type Group struct {
	Title string
	Rows  []Row
}

// Row is a line of the help screen. Related actions share one.
type Row struct {
	Keys    string // "j k ↓ ↑"
	Text    string
	Changed bool // the user has mapped one of the keys
	Actions []Action
}

// topic is a row of the help screen before it has keys. Where only some of its
// actions have keys in a context, their own words are shown instead of text.
type topic struct {
	group   string
	text    string
	actions []Action
}

// The groups of the help screen.
const (
	groupMove     = "MOVE"
	groupTransfer = "TRANSFER"
	groupAsk      = "ASK AND SEE"
	groupQuit     = "QUIT"
)

func topics() []topic {
	return []topic{
		{groupMove, "line", []Action{MoveDown, MoveUp}},
		{groupMove, "first, last", []Action{MoveFirst, MoveLast}},
		{groupMove, "half page", []Action{HalfPageDown, HalfPageUp}},
		{groupMove, "page", []Action{PageUp, PageDown}},
		{groupMove, "filter", []Action{Filter}},
		{groupMove, "find on this screen", []Action{Find}},
		{groupMove, "clear, back", []Action{Back}},
		{groupMove, "view: all run wait asks done", []Action{ViewAll, ViewRunning, ViewWaiting, ViewAsking, ViewDone}},
		{groupMove, "section", []Action{Section1, Section2, Section3, Section4, Section5, Section6}},
		{groupMove, "next, previous section", []Action{NextSection, PrevSection}},
		{groupMove, "next, previous transfer", []Action{NextTransfer, PrevTransfer}},
		{groupMove, "next, previous field", []Action{NextField, PrevField}},
		{groupMove, "sort, reverse", []Action{Sort, SortReverse}},

		{groupTransfer, "pause, resume: this, all", []Action{Pause, PauseAll}},
		{groupTransfer, "cancel, drop the part (asks)", []Action{Cancel}},
		{groupTransfer, "remove, delete the file (asks)", []Action{RemoveFile}},
		{groupTransfer, "retry, start again from 0", []Action{Retry, Restart}},
		{groupTransfer, "edit the URL", []Action{EditURL}},
		{groupTransfer, "give the file another name", []Action{Rename}},
		{groupTransfer, "priority", []Action{PriorityUp, PriorityDown}},
		{groupTransfer, "place in the queue", []Action{QueueUp, QueueDown}},
		{groupTransfer, "limit the rate", []Action{Limit}},
		{groupTransfer, "undo the last remove", []Action{Undo}},
		{groupTransfer, "open the file, the folder", []Action{OpenFile, OpenFolder}},
		{groupTransfer, "copy URL, path", []Action{CopyURL, CopyPath}},

		{groupAsk, "answer a question", []Action{Answer}},
		{groupAsk, "details", []Action{Open}},
		{groupAsk, "press the button", []Action{Press}},
		{groupAsk, "yes, do it", []Action{Confirm}},
		{groupAsk, "send the form", []Action{Submit}},
		{groupAsk, "show more", []Action{More}},
		{groupAsk, "preview pane, its focus", []Action{Pane, PaneFocus}},
		{groupAsk, "follow the events", []Action{Follow}},
		{groupAsk, "wrap long lines", []Action{Wrap}},
		{groupAsk, "log of the app", []Action{Log}},
		{groupAsk, "history", []Action{History}},
		{groupAsk, "mark, mark a range", []Action{Mark, MarkRange}},
		{groupAsk, "invert, mark all", []Action{MarkInvert, MarkAll}},
		{groupAsk, "add (or just paste)", []Action{Add}},
		{groupAsk, "theme", []Action{Theme}},
		{groupAsk, "mouse on, off", []Action{Mouse}},
		{groupAsk, "read the configuration", []Action{Reload}},
		{groupAsk, "all keys", []Action{Help}},
		{groupAsk, "redraw", []Action{Redraw}},

		{groupQuit, "asks if transfers run", []Action{Quit}},
		{groupQuit, "and go on in the background", []Action{Detach}},
		{groupQuit, "pause and quit; twice: at once", []Action{Interrupt}},
		{groupQuit, "suspend (transfers stop too)", []Action{Suspend}},
	}
}

// Help is the help screen of a context: the groups that have rows, and in them
// the actions that have keys.
func (m *Map) Help(c Context, s Symbols) []Group {
	b, ok := m.contexts[c]
	if !ok {
		return nil
	}
	var groups []Group
	for _, t := range topics() {
		row, ok := b.row(t, s)
		if !ok {
			continue
		}
		if n := len(groups); n == 0 || groups[n-1].Title != t.group {
			groups = append(groups, Group{Title: t.group})
		}
		last := &groups[len(groups)-1]
		last.Rows = append(last.Rows, row)
	}
	return groups
}

// row is a topic with its keys, if it has any.
func (b *bindings) row(t topic, s Symbols) (Row, bool) {
	var labels [][]string // of each action, special keys after the letters
	var words []string
	row := Row{Text: t.text}
	for _, a := range t.actions {
		binding := b.byAction[a]
		if !binding.Enabled() {
			continue
		}
		var letters, special []string
		for _, k := range binding.Keys() {
			if len(k) == 1 {
				letters = append(letters, k)
			} else {
				special = append(special, Label(k, s))
			}
		}
		labels = append(labels, slices.Concat(letters, special))
		row.Actions = append(row.Actions, a)
		row.Changed = row.Changed || b.changed[a]
		words = append(words, binding.Help().Desc)
	}
	if len(row.Actions) < len(t.actions) {
		row.Text = strings.Join(words, ", ")
	}
	row.Keys = shorten(inTurns(labels))
	return row, len(row.Actions) > 0
}

// inTurns takes the first of each, then the second of each, as in "j k ↓ ↑", so
// that keys stand in the order of the words beside them.
func inTurns(labels [][]string) (all []string) {
	for i, more := 0, true; more; i++ {
		more = false
		for _, of := range labels {
			if i < len(of) {
				all, more = append(all, of[i]), true
			}
		}
	}
	return all
}

// shorten writes digits in a row as a range: "1 2 3 4 5" is "1-5".
func shorten(labels []string) string {
	n := len(labels)
	if n > 2 {
		for i, l := range labels {
			if len(l) != 1 || l[0] != labels[0][0]+byte(i) || l[0] < '0' || l[0] > '9' {
				return strings.Join(labels, " ")
			}
		}
		return labels[0] + "-" + labels[n-1]
	}
	return strings.Join(labels, " ")
}

// Markdown is the table of all keys for the README.
func (m *Map) Markdown() string {
	var out strings.Builder
	out.WriteString("| action | what it does | list | detail | dialog | text |\n|---|---|---|---|---|---|\n")
	for _, e := range entries() {
		fmt.Fprintf(&out, "| `%s` | %s |", e.action, e.help)
		for _, c := range Contexts() {
			var cells []string
			for _, k := range m.contexts[c].byAction[e.action].Keys() {
				cells = append(cells, "`"+k+"`")
			}
			fmt.Fprintf(&out, " %s |", strings.Join(cells, " "))
		}
		out.WriteString("\n")
	}
	return out.String()
}
