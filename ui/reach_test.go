package ui

import (
	"fmt"
	"slices"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"haul/keymap"
	"haul/model"
	"haul/ui/phrases"
)

// state is what a key can change.
func state(a *App, f *fake) string {
	v := a.View()
	return fmt.Sprint(v.Content, v.MouseMode, f.did, f.cursor, f.Marked(), f.view, f.filter, f.rev, a.screen, a.front != nil,
		a.detail, a.list.focus, a.list.scroll, a.strips.find.line.active, a.log.top, a.log.newest)
}

// TestEveryActionDoesSomethingOrSaysWhyNot presses each key of each action, on
// each screen that has it, large and small.
func TestEveryActionDoesSomethingOrSaysWhyNot(t *testing.T) {
	keys := keymap.Default()
	for _, screen := range []struct {
		name    string
		context keymap.Context
		enter   []string
		size    size
	}{
		{"list", keymap.List, []string{"2", "1", "l", "esc"}, size{80, 14}},
		{"large list", keymap.List, []string{"2", "1", "l", "esc"}, size{120, 40}},
		{"detail", keymap.Detail, []string{"enter", "3"}, size{80, 14}},
		{"large detail", keymap.Detail, []string{"enter"}, size{120, 31}},
		{"log", keymap.Detail, []string{"l"}, size{80, 14}},
	} {
		for _, action := range keymap.Actions(screen.context) {
			for _, key := range keys.Binding(screen.context, action).Keys() {
				t.Run(fmt.Sprintf("%s %s %s", screen.name, action, key), func(t *testing.T) {
					f := thirteen(time.Now())
					f.cursor = 7
					f.details[8] = debianDetail(time.Now())
					f.prompts = []model.PromptView{passwordPrompt(time.Now())}
					f.prompts[0].Rows = []model.RowID{8}
					f.view = model.ViewAll
					for range 5 {
						f.events = append(f.events, debianDetail(time.Now()).Events...)
					}
					a := newTestApp(t, f, Options{Theme: "dark", Environ: looks()[0].options.Environ})
					a.seen[1] = true
					a.Update(tea.WindowSizeMsg{Width: screen.size.w, Height: screen.size.h})
					for _, k := range screen.enter {
						pressKey(a, k)
					}
					switch action {
					case keymap.ViewAll:
						f.view = model.ViewDone
					case keymap.MoveUp, keymap.MoveFirst, keymap.HalfPageUp, keymap.PageUp:
						if screen.context == keymap.Detail {
							pressKey(a, "G")
						}
					case keymap.MoveDown, keymap.MoveLast, keymap.HalfPageDown, keymap.PageDown:
						if screen.name == "log" {
							pressKey(a, "g")
						}
					case keymap.Section3:
						if screen.name == "detail" {
							pressKey(a, "1")
						}
					}
					before := state(a, f)
					_, cmd := a.Update(pressOf(key))
					if cmd == nil && state(a, f) == before {
						t.Errorf("%q does nothing and says nothing", key)
					}
				})
			}
		}
	}
}

func TestInAnEmptyListKeysForTransfersSayThatThereIsNone(t *testing.T) {
	keys := keymap.Default()
	for _, action := range keymap.Actions(keymap.List) {
		if !onTransfers(action) {
			continue
		}
		a := newTestApp(t, &fake{}, Options{Theme: "dark", Environ: looks()[0].options.Environ})
		a.Update(tea.WindowSizeMsg{Width: 80, Height: 24})
		a.Update(pressOf(keys.Binding(keymap.List, action).Keys()[0]))
		if got := a.strips.notice.text.String(); got != phrases.NoTransferHere {
			t.Errorf("%s says %q", action, got)
		}
	}
}

// TestEveryActionHasAKeyAndHelp holds map and help against each other: whatever
// can be done somewhere has a key there, and a line on the help screen.
func TestEveryActionHasAKeyAndHelp(t *testing.T) {
	keys := keymap.Default()
	for _, context := range keymap.Contexts() {
		var shown []keymap.Action
		for _, group := range keys.Help(context, keymap.Symbols{}) {
			for _, row := range group.Rows {
				shown = append(shown, row.Actions...)
			}
		}
		for _, action := range keymap.Actions(context) {
			if len(keys.Binding(context, action).Keys()) == 0 {
				t.Errorf("%s: %s has no key", context, action)
			}
			if !slices.Contains(shown, action) {
				t.Errorf("%s: %s is not on the help screen", context, action)
			}
		}
	}
}

// pressOf is the press of a key by the name that the map has for it.
func pressOf(name string) tea.KeyPressMsg {
	special := map[string]rune{
		"up": tea.KeyUp, "down": tea.KeyDown, "home": tea.KeyHome, "end": tea.KeyEnd, "pgup": tea.KeyPgUp, "pgdown": tea.KeyPgDown,
	}
	if code, ok := special[name]; ok {
		return tea.KeyPressMsg{Code: code}
	}
	switch name {
	case "shift+tab":
		return tea.KeyPressMsg{Code: tea.KeyTab, Mod: tea.ModShift}
	case "shift+up":
		return tea.KeyPressMsg{Code: tea.KeyUp, Mod: tea.ModShift}
	case "shift+down":
		return tea.KeyPressMsg{Code: tea.KeyDown, Mod: tea.ModShift}
	case "f2":
		return tea.KeyPressMsg{Code: tea.KeyF2}
	}
	return keyPress(name)
}

func TestHintsHaveKeysOfTheMap(t *testing.T) {
	keys := keymap.Default()
	for _, context := range []keymap.Context{keymap.List, keymap.Detail} {
		for _, h := range keys.Hints(context, keymap.Symbols{}) {
			if !slices.Contains(keymap.Actions(context), h.Action) {
				t.Errorf("%s: the hint %q is for an action that is not there", context, h.Text)
			}
		}
	}
}
