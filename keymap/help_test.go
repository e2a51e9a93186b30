package keymap

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func arrows() Symbols {
	return Symbols{Up: "↑", Down: "↓", Left: "←", Right: "→", Enter: "↵"}
}

func row(t *testing.T, groups []Group, a Action) (group string, r Row) {
	t.Helper()
	for _, g := range groups {
		for _, r := range g.Rows {
			if slices.Contains(r.Actions, a) {
				return g.Title, r
			}
		}
	}
	t.Fatalf("%q is not in the help", a)
	return "", Row{}
}

func TestHelpShowsKeysInGroups(t *testing.T) {
	tests := []struct {
		context           Context
		action            Action
		group, keys, text string
	}{
		{List, MoveUp, "MOVE", "j k ↓ ↑", "line"},
		{List, HalfPageUp, "MOVE", "^d ^u", "half page"},
		{List, PageUp, "MOVE", "pgup pgdn", "page"},
		{List, ViewAll, "MOVE", "1-5", "view: all run wait asks done"},
		{Detail, Section3, "MOVE", "1-6", "section"},
		{List, Pause, "TRANSFER", "p P", "pause, resume: this, all"},
		{Detail, Pause, "TRANSFER", "p", "pause or resume"},
		{List, PriorityUp, "TRANSFER", "+ -", "priority"},
		{List, Open, "ASK AND SEE", "↵", "details"},
		{List, Mark, "ASK AND SEE", "space v", "mark, mark a range"},
		{List, QueueUp, "TRANSFER", "K J shift+up shift+down", "place in the queue"},
		{List, MarkAll, "ASK AND SEE", "* ^a", "invert, mark all"},
		{List, Quit, "QUIT", "q", "asks if transfers run"},
		{Detail, Back, "MOVE", "q esc", "clear, back"},
	}
	m := Default()
	for _, tt := range tests {
		group, r := row(t, m.Help(tt.context, arrows()), tt.action)
		if group != tt.group || r.Keys != tt.keys || r.Text != tt.text || r.Changed {
			t.Errorf("%s, %q: %s, %+v", tt.context, tt.action, group, r)
		}
	}
	if _, r := row(t, m.Help(List, Symbols{}), Open); r.Keys != "enter" {
		t.Errorf("without symbols: %q", r.Keys)
	}
	var titles []string
	for _, g := range m.Help(List, Symbols{}) {
		titles = append(titles, g.Title)
	}
	if got := strings.Join(titles, ", "); got != "MOVE, TRANSFER, ASK AND SEE, QUIT" {
		t.Errorf("groups: %s", got)
	}
	if m.Help("nowhere", Symbols{}) != nil {
		t.Error("help of no context")
	}
}

func TestHelpHasEveryActionOnce(t *testing.T) {
	m := Default()
	for _, c := range Contexts() {
		seen := map[Action]int{}
		for _, g := range m.Help(c, Symbols{}) {
			for _, r := range g.Rows {
				for _, a := range r.Actions {
					seen[a]++
				}
			}
		}
		for _, a := range Actions(c) {
			if seen[a] != 1 {
				t.Errorf("%s: %q is in the help %d times", c, a, seen[a])
			}
		}
	}
}

func TestHelpFollowsTheUsersKeys(t *testing.T) {
	m, err := New(Overrides{List: {PauseAll: {}, Pause: {"Z"}, Add: {}}})
	if err != nil {
		t.Fatal(err)
	}
	groups := m.Help(List, arrows())
	if _, r := row(t, groups, Pause); r.Keys != "Z" || r.Text != "pause or resume" || !r.Changed {
		t.Errorf("pause: %+v", r)
	}
	if _, r := row(t, groups, Cancel); r.Changed {
		t.Errorf("cancel is marked as changed: %+v", r)
	}
	for _, g := range groups {
		for _, r := range g.Rows {
			if slices.Contains(r.Actions, Add) {
				t.Errorf("an action without keys is in the help: %+v", r)
			}
		}
	}
	if md := m.Markdown(); !strings.Contains(md, "| `pause` | pause or resume | `Z` | `p` |  |  |\n") {
		t.Errorf("the table does not have it:\n%s", md)
	}
}

func TestMarkdownHasEveryAction(t *testing.T) {
	md := Default().Markdown()
	for _, e := range entries() {
		if strings.Count(md, "| `"+string(e.action)+"` | ") != 1 {
			t.Errorf("%q is not in the table once", e.action)
		}
	}
}

func joined(hints []Hint) string {
	var parts []string
	for _, h := range hints {
		parts = append(parts, h.Keys+" "+h.Text)
	}
	return strings.Join(parts, "  ")
}

func TestHintsDropByPriority(t *testing.T) {
	m := Default()
	tests := []struct {
		context Context
		width   int
		want    string
	}{
		{List, 118, "? help  ↵ details  a add  p pause  x cancel  r retry  / filter  s sort  space mark  tab pane  ! answer  q quit"},
		{List, 79, "? help  ↵ details  a add  p pause  x cancel  / filter  s sort  ! answer  q quit"},
		{List, 38, "? help  ↵ details  ! answer  q quit"},
		{List, 28, "? help  ↵ details  q quit"},
		{List, 14, "? help  q quit"},
		{List, 6, "? help"},
		{List, 5, ""},
		{Detail, 100, "esc back  tab section  ! answer  p pause  r retry  x cancel  y copy URL  n N next, previous"},
		{Detail, 25, "esc back  tab section"},
		{Dialog, 80, "tab next field  ↵ on a button  esc later"},
	}
	for _, tt := range tests {
		if got := joined(Fit(m.Hints(tt.context, arrows()), tt.width, 2, utf8.RuneCountInString)); got != tt.want {
			t.Errorf("%s in %d: %q, want %q", tt.context, tt.width, got, tt.want)
		}
	}
}

func TestFitLeavesItsArgumentAlone(t *testing.T) {
	hints := Default().Hints(List, Symbols{})
	before := slices.Clone(hints)
	Fit(hints, 20, 2, utf8.RuneCountInString)
	if !slices.Equal(hints, before) {
		t.Error("Fit has changed the hints that it was given")
	}
}

func TestHintsLeaveOutActionsWithoutKeys(t *testing.T) {
	m, err := New(Overrides{List: {Sort: {}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range m.Hints(List, Symbols{}) {
		if h.Action == Sort {
			t.Errorf("a hint without a key: %+v", h)
		}
	}
}
