package ui

import (
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"haul/keymap"
	"haul/model"
)

// typeAll presses keys by the names that the map has for them.
func (w *whole) typeAll(keys ...string) {
	w.t.Helper()
	for _, k := range keys {
		w.send(pressOf(k))
	}
}

// closed checks that no dialog and no field is open.
func (w *whole) closed() {
	w.t.Helper()
	w.wants("nothing over the list", !w.app.typing())
}

// unencrypted says once more that the password may be sent as it is.
func (w *whole) unencrypted() {
	w.t.Helper()
	w.see("[ Send unencrypted ]")
	w.wait(time.Second)
	w.press("enter")
	w.state(letters, model.Done)
}

// sortedBy checks what the list is sorted by.
func (w *whole) sortedBy(want model.SortKey) {
	w.t.Helper()
	key, _ := w.m.Sort()
	w.wants("the order", key == want)
}

// wherever are the stories of what works over everything, begun by keys that open
// something.
func wherever(opens string) map[keymap.Action]func(w *whole) {
	return map[keymap.Action]func(w *whole){
		keymap.Redraw: func(w *whole) {
			w.press(opens, "ctrl+l")
			w.wants("cleared, and still open", w.brought("clearScreen") && w.app.typing())
		},
		keymap.Suspend: func(w *whole) { w.press(opens, "ctrl+z"); w.wants("suspended", w.brought("SuspendMsg")) },
		keymap.Interrupt: func(w *whole) {
			w.press(opens, "ctrl+c")
			w.wait(10 * time.Second)
			w.wants("it has ended, and the bytes are there", w.quit && w.there("film.mp4.haul-part"))
		},
	}
}

// dialogStories has one for each action of dialogs where no text field has the
// keys.
func dialogStories() map[keymap.Action]func(w *whole) {
	all := wherever("s")
	all[keymap.MoveLast] = func(w *whole) { w.press("s", "G", "enter"); w.sortedBy(model.SortHost) }
	all[keymap.MoveFirst] = func(w *whole) { w.press("s", "G", "g", "enter"); w.sortedBy(model.SortAdded) }
	all[keymap.MoveDown] = func(w *whole) { w.press("s", "g", "j", "enter"); w.sortedBy(model.SortName) }
	all[keymap.MoveUp] = func(w *whole) { w.press("s", "G", "k", "enter"); w.sortedBy(model.SortState) }
	scrolls := func(action keymap.Action, shows string, keys ...string) {
		all[action] = func(w *whole) {
			w.send(tea.WindowSizeMsg{Width: 40, Height: 12})
			w.press("?")
			w.see("(1-9 of ")
			w.typeAll(keys...)
			w.see(shows)
		}
	}
	scrolls(keymap.HalfPageDown, "(5-13 of ", "ctrl+d")
	scrolls(keymap.HalfPageUp, "(5-13 of ", "ctrl+d", "ctrl+d", "ctrl+u")
	scrolls(keymap.PageDown, "(9-17 of ", "pgdown")
	scrolls(keymap.PageUp, "(1-9 of ", "pgdown", "pgup")
	all[keymap.Find] = func(w *whole) {
		w.press("?", "/")
		w.write("undo")
		w.see("undo the last remove")
		w.seeNot("pause, resume")
	}
	all[keymap.Help] = func(w *whole) { w.press("?"); w.see("TRANSFER"); w.press("?"); w.closed() }
	all[keymap.Back] = func(w *whole) {
		w.press("s", "j", "esc")
		w.closed()
		w.sortedBy(model.SortAdded)
		w.on(film)
		w.press("x", "q")
		w.closed()
		w.wants("it runs", w.row(film).State == model.Running)
	}
	all[keymap.NextField] = func(w *whole) { w.on(film); w.press("x", "tab", "enter"); w.state(film, model.Paused) }
	all[keymap.PrevField] = func(w *whole) {
		w.on(film)
		w.typeAll("x", "shift+tab", "enter")
		w.state(film, model.Cancelled)
	}
	all[keymap.Press] = func(w *whole) {
		w.on(film)
		w.press("x", "enter") // the safest button
		w.closed()
		w.wants("it runs", w.row(film).State == model.Running)
	}
	all[keymap.Confirm] = func(w *whole) { w.on(film); w.press("x", "y"); w.state(film, model.Cancelled) }
	all[keymap.Cancel] = func(w *whole) { w.typeAll("!", "shift+tab", "ctrl+x"); w.state(letters, model.Cancelled) }
	all[keymap.Submit] = func(w *whole) {
		w.press("!")
		w.write("alice")
		w.press("tab")
		w.write("wonderland")
		w.press("tab", "tab", "ctrl+s") // on a button
		w.unencrypted()
	}
	all[keymap.More] = func(w *whole) { w.typeAll("a", "shift+tab", "ctrl+o"); w.see("Checksum", "Header") }
	return all
}

// fieldStories has one for each action of text fields.
func fieldStories() map[keymap.Action]func(w *whole) {
	all := wherever("/")
	all[keymap.Back] = func(w *whole) {
		w.press("/")
		w.write("film")
		w.wants("one", w.m.Len() == 1)
		w.press("esc")
		w.closed()
		w.wants("all again", w.m.Len() == 6 && w.m.Filter() == "")
	}
	all[keymap.NextField] = func(w *whole) {
		w.press("!", "tab")
		w.write("wonderland")
		w.see("User      [____", "Password  [••••••••••____")
	}
	all[keymap.PrevField] = func(w *whole) {
		w.press("!", "tab")
		w.write("wonderland")
		w.typeAll("shift+tab")
		w.write("alice")
		w.press("ctrl+s")
		w.unencrypted()
	}
	all[keymap.Cancel] = func(w *whole) { w.press("!", "ctrl+x"); w.state(letters, model.Cancelled) }
	all[keymap.Press] = func(w *whole) {
		w.on(film)
		w.press("L")
		w.write("50k")
		w.press("enter")
		w.closed()
		w.wants("the limit", w.m.RowRateLimit(film) == 50*kB)
	}
	all[keymap.Submit] = func(w *whole) {
		w.press("a")
		w.write(w.at.Files + "/file/new.bin")
		w.press("ctrl+s")
		w.closed()
		w.wants("one more", w.m.Len() == 7)
	}
	all[keymap.More] = func(w *whole) { w.press("a", "ctrl+o"); w.see("Checksum", "Header") }
	return all
}

func TestEveryActionOfDialogsAndTextFieldsHasAStoryInTheWholeProgram(t *testing.T) {
	playStories(t, dialogStories(), keymap.Dialog)
	playStories(t, fieldStories(), keymap.Field)
}
