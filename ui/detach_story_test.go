package ui

import (
	"testing"

	"haul/model"
)

func TestDetachingAsksOnlyWhenBytesAreFetchedTwice(t *testing.T) {
	story(t, Options{}, func(f *fake) { f.detachable = true }, func(d *driver) {
		d.press("d")
		d.did("Detach")
		d.send(model.QuitMsg{})
		if !d.quit {
			t.Error("the monitor is still there")
		}
	})
	story(t, Options{}, func(f *fake) { f.detachable, f.again = true, []string{"film.mp4"} }, func(d *driver) {
		d.press("d")
		d.see("Go on in the background?", "film.mp4")
		d.press("esc")
		d.did()
		d.press("d", "y")
		d.did("Detach")
	})
	story(t, Options{}, nil, func(d *driver) {
		d.press("d")
		d.see("there is no agent here")
		d.did()
	})
}

func TestTheQuitDialogOffersTheBackground(t *testing.T) {
	story(t, Options{}, func(f *fake) { f.detachable = true }, func(d *driver) {
		d.press("q")
		d.see("Go on in the background")
		d.press("tab", "enter")
		d.did("Detach")
	})
}

func TestAHangUpDetachesWithoutAQuestion(t *testing.T) {
	story(t, Options{}, func(f *fake) { f.detachable, f.again = true, []string{"film.mp4"} }, func(d *driver) {
		d.send(model.HangupMsg{})
		d.did("Detach")
	})
}

func TestAnAttachedMonitorLeavesWithoutAQuestion(t *testing.T) {
	story(t, Options{Attached: true}, nil, func(d *driver) {
		d.press("q")
		d.did("Quit")
	})
}
