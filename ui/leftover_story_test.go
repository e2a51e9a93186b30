package ui

import (
	"testing"
	"time"

	"haul/keymap"
)

func TestWhatAnEarlierRunLeftIsToldAsLongAsItIsLeft(t *testing.T) {
	prepare := func(f *fake) {
		f.unfinished = 2
		f.totals.Running, f.totals.Asking, f.totals.Retrying = 0, 0, 0
	}
	story(t, Options{}, prepare, func(d *driver) {
		d.see("2 unfinished from an earlier run: P goes on with all, p with one.")
		d.model.unfinished = 1
		d.send(changeMsg{})
		d.wait(time.Second)
		d.see("1 unfinished from an earlier run")
		d.model.totals.Running = 1
		d.send(changeMsg{})
		d.wait(time.Second)
		d.see("1 unfinished from an earlier run: p goes on with one.")
		d.model.unfinished = 0
		d.send(changeMsg{})
		d.wait(time.Second)
		d.seeNot("unfinished")
	})
	story(t, Options{Note: "a note"}, prepare, func(d *driver) {
		d.see("a note")
		d.press("P")
		d.see("a note")
		d.press("esc")
		d.see("2 unfinished")
		d.press("esc")
		d.seeNot("unfinished", "a note")
		d.model.unfinished = 3
		d.send(changeMsg{})
		d.wait(time.Second)
		d.seeNot("unfinished")
	})
	keys, err := keymap.New(keymap.Overrides{keymap.List: {keymap.Pause: {"f5"}}})
	if err != nil {
		t.Fatal(err)
	}
	story(t, Options{Keys: keys}, prepare, func(d *driver) {
		d.see("P goes on with all, f5 with one")
	})
}
