package keymap

import (
	"slices"
	"testing"
)

// where says in which contexts an action makes sense. One that is not here has
// not been thought about.
func where() map[Action][]Context {
	sense := map[Action][]Context{}
	in := func(contexts []Context, actions ...Action) {
		for _, a := range actions {
			sense[a] = contexts
		}
	}
	in(Contexts(), Back, Redraw, Suspend, Interrupt, Cancel)
	in([]Context{List, Detail, Dialog},
		Help, MoveUp, MoveDown, MoveFirst, MoveLast, HalfPageUp, HalfPageDown, PageUp, PageDown)
	in([]Context{List, Detail}, // a transfer is meant, or the whole program
		Pause, RemoveFile, Retry, Restart, EditURL, Limit, PriorityUp, PriorityDown, QueueUp, QueueDown, Rename,
		CopyURL, CopyPath, OpenFile, OpenFolder, Answer, Undo, Log, History, Theme, Mouse, Reload, Detach)
	in([]Context{List},
		Open, Filter, Sort, SortReverse, ViewAll, ViewRunning, ViewWaiting, ViewAsking, ViewDone, Add, PauseAll,
		Mark, MarkRange, MarkInvert, MarkAll, Pane, PaneFocus, Quit)
	in([]Context{Detail},
		Section1, Section2, Section3, Section4, Section5, Section6, NextSection, PrevSection, NextTransfer, PrevTransfer,
		Follow, Wrap)
	in([]Context{Detail, Dialog}, Find)
	in([]Context{Dialog, Field}, NextField, PrevField, Press, Submit, More)
	in([]Context{Dialog}, Confirm) // a letter
	return sense
}

func TestEveryActionHasAKeyWhereItMakesSense(t *testing.T) {
	m, sense := Default(), where()
	for _, a := range AllActions() {
		want, ok := sense[a]
		if !ok {
			t.Errorf("%q: nobody has said where it makes sense", a)
		}
		for _, c := range Contexts() {
			if has := m.Binding(c, a).Enabled(); has != slices.Contains(want, c) {
				t.Errorf("%q in %s: has a key %v, want %v", a, c, has, !has)
			}
		}
	}
	for a := range sense {
		if !slices.Contains(AllActions(), a) {
			t.Errorf("%q does not exist", a)
		}
	}
}

// TestHelpAgreesWithTheMapWhateverIsMapped takes each action its key, and gives
// it another.
func TestHelpAgreesWithTheMapWhateverIsMapped(t *testing.T) {
	for _, c := range Contexts() {
		for _, a := range Actions(c) {
			for _, keys := range [][]string{{}, {"ctrl+alt+f9"}} {
				m, err := New(Overrides{c: {a: keys}})
				if err != nil {
					if a == Quit && len(keys) == 0 {
						continue // there is a way out in any case
					}
					t.Fatalf("%s.%s = %q: %v", c, a, keys, err)
				}
				var helped []Action
				for _, g := range m.Help(c, Symbols{}) {
					for _, r := range g.Rows {
						helped = append(helped, r.Actions...)
					}
				}
				for _, each := range Actions(c) {
					if has, shown := m.Binding(c, each).Enabled(), slices.Contains(helped, each); has != shown {
						t.Errorf("%s.%s = %q: %q has a key %v, is in the help %v", c, a, keys, each, has, shown)
					}
				}
				if kept := reserved(c, a); kept != "" {
					if got, _ := m.Lookup(c, kept); got != a {
						t.Errorf("%s.%s = %q: %s does %q", c, a, keys, kept, got)
					}
				}
			}
		}
	}
}
