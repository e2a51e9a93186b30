package ui

import (
	"fmt"
	"slices"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"haul/keymap"
	"haul/model"
)

// state is what a key can change.
func state(a *App, f *fake) string {
	return fmt.Sprint(a.View().Content, f.did, f.cursor, f.Marked(), f.view, f.filter, f.rev, a.screen, a.front != nil, a.detail)
}

// TestEveryActionDoesSomethingOrSaysWhyNot presses the first key of each
// action, on each screen that has it.
func TestEveryActionDoesSomethingOrSaysWhyNot(t *testing.T) {
	keys := keymap.Default()
	for context, enter := range map[keymap.Context][]string{keymap.List: {"2", "1", "l", "esc"}, keymap.Detail: {"enter", "3"}} {
		for _, action := range keymap.Actions(context) {
			t.Run(fmt.Sprintf("%s %s", context, action), func(t *testing.T) {
				f := thirteen(time.Now())
				f.cursor = 7
				f.details[8] = debianDetail(time.Now())
				f.prompts = []model.PromptView{passwordPrompt(time.Now())}
				f.prompts[0].Rows = []model.RowID{8}
				f.view = model.ViewAll
				a := newTestApp(t, f, Options{Theme: "dark", Environ: looks()[0].options.Environ})
				a.seen[1] = true
				a.Update(tea.WindowSizeMsg{Width: 80, Height: 14})
				for _, k := range enter {
					pressKey(a, k)
				}
				switch action {
				case keymap.ViewAll:
					f.view = model.ViewDone
				case keymap.MoveUp, keymap.MoveFirst, keymap.HalfPageUp, keymap.PageUp:
					if context == keymap.Detail {
						pressKey(a, "G")
					}
				case keymap.Section3:
					pressKey(a, "1")
				}
				before := state(a, f)
				binding := keys.Binding(context, action).Keys()
				if len(binding) == 0 {
					t.Fatal("no key")
				}
				_, cmd := a.Update(pressOf(binding[0]))
				if cmd == nil && state(a, f) == before {
					t.Errorf("%q does nothing and says nothing", binding[0])
				}
			})
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
	if name == "shift+tab" {
		return tea.KeyPressMsg{Code: tea.KeyTab, Mod: tea.ModShift}
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
