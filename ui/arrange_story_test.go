package ui

import (
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"haul/keymap"
	"haul/model"
)

// queuedRows puts some rows into the queue.
func queuedRows(f *fake) {
	for i := 6; i < 9; i++ {
		f.rows[i].State = model.Queued
	}
	f.cursor = 6
	f.sort = model.SortAdded
}

func TestARateLimitTakesEffectFromTheList(t *testing.T) {
	story(t, Options{}, nil, func(d *driver) {
		d.press("L")
		d.see("Limit the rate", "Now", "21.4 MB/s", "No limit holds")
		d.model.rows[0].Rate = 3 * mB
		d.send(changeMsg{})
		d.wait(time.Second)
		d.see("Now     3.00 MB/s")
		d.write("500k")
		d.press("enter")
		d.did("SetRowRateLimit 500000 debian-13.1.0-amd64-netinst.iso")
		d.see("at most 500 kB/s")
		d.press("space", "space", "L") // marked rows together
		d.see("2 transfers")
		d.write("fast")
		d.press("enter")
		d.did()
		d.see("write a number")
		d.press("ctrl+u")
		d.write("2M")
		d.press("tab", "space", "ctrl+s")
		d.did("SetHostRateLimit deb.example 2000000")
		d.press("L", "tab", "space", "space", "ctrl+s")
		d.did("SetRateLimit 0")
		d.see("everything: no limit")
	})
}

func TestTheLimitDialogShowsWhatHoldsAndStepsThroughRoundRates(t *testing.T) {
	story(t, Options{}, func(f *fake) {
		f.limits = map[string]int64{"": 10 * mB, "deb.example": 2 * mB}
	}, func(d *driver) {
		d.press("L", "tab", "space") // the host's
		d.see("[2M", "the host 2.00 MB/s, everything 10.0 MB/s")
		d.send(tea.KeyPressMsg{Code: tea.KeyTab, Mod: tea.ModShift})
		d.send(tea.KeyPressMsg{Code: tea.KeyUp})
		d.see("[5M")
		d.press("down", "down", "down")
		d.see("[500k")
		d.press("esc")
		d.did()
	})
}

func TestALimitOfARowIsAmongItsFacts(t *testing.T) {
	story(t, Options{}, func(f *fake) { f.limits = map[string]int64{"1": 500 * kB} }, func(d *driver) {
		d.see("order at most 500 kB/s")
	})
}

func TestPriorityGoesUpAndDownAndStopsAtItsEnds(t *testing.T) {
	story(t, Options{}, nil, func(d *driver) {
		d.press("+")
		d.did("SetPriority high debian-13.1.0-amd64-netinst.iso")
		d.see("priority high")
		d.press("+")
		d.did()
		d.see("the highest already")
		d.press("-", "-")
		d.did("SetPriority normal debian-13.1.0-amd64-netinst.iso", "SetPriority low debian-13.1.0-amd64-netinst.iso")
		d.press("-")
		d.see("the lowest already")
		d.press("enter", "1")
		d.see("order priority low")
	})
}

func TestWhatWaitsMovesInTheQueue(t *testing.T) {
	story(t, Options{}, queuedRows, func(d *driver) {
		d.press("J")
		d.did("Move false wikipedia-en-2026-08.zim")
		d.see("place 1 of 3 in the queue")
		d.press("K")
		d.did("Move true wikipedia-en-2026-08.zim")
		d.press("g", "K")
		d.see("debian-13.1.0-amd64-netinst.iso, running: only what is queued has a place in the queue")
	})
}

func TestRenamingBeforeItIsDone(t *testing.T) {
	story(t, Options{}, nil, func(d *driver) {
		d.press("m")
		d.see("Another file name", "debian-13.1.0-amd64-netinst.iso")
		d.press("ctrl+u")
		d.write("new")
		d.press("enter")
		// The cursor was before the extension.
		d.did("Rename new.iso debian-13.1.0-amd64-netinst.iso")
		d.see("its file will be new.iso")
		d.press("m", "ctrl+u")
		d.write("a/b")
		d.press("enter")
		d.did()
		d.see("not renamed: ")
		d.press("G", "k", "m")
		d.see("README.pdf is done: rename the file itself")
	})
}

func TestQuitDialogFollowsWhatRuns(t *testing.T) {
	story(t, Options{}, func(f *fake) { f.lost = 1 }, func(d *driver) {
		d.press("q")
		d.see("5 not done", "lose 1 that cannot resume")
		d.press("tab") // to the button that loses
		d.model.running, d.model.lost = 4, 2
		d.send(changeMsg{})
		d.wait(time.Second)
		d.see("4 not done", "lose 2 that cannot resume")
		d.press("enter") // the focus has gone to the safe one
		d.did()
		d.press("q")
		d.model.running, d.model.lost = 0, 0
		d.send(changeMsg{})
		d.wait(time.Second)
		d.see("Nothing runs any more", "[ Quit ]")
		d.press("tab", "enter") // the focus has stayed with staying
		d.did("Quit")
	})
}

func TestARunThatKeepsNothingSaysSoBeforeItEnds(t *testing.T) {
	story(t, Options{Forgets: true}, func(f *fake) { f.detachable = true }, func(d *driver) {
		d.press("q")
		d.see("5 not done", "this run keeps nothing for a later one")
		d.seeNot("when haul starts again", "background")
		d.press("enter") // the focus is on what loses nothing
		d.did()
		d.press("q", "tab", "enter")
		d.did("Quit")
	})
}

func TestThePaneHasAFocusAndScrolls(t *testing.T) {
	story(t, Options{}, nil, func(d *driver) {
		d.send(tea.KeyPressMsg{Code: tea.KeyTab, Mod: tea.ModShift})
		d.see("back to the list")
		d.seeNot("SEGMENTS")
		d.press("ctrl+d", "ctrl+d")
		d.see("SEGMENTS")
		d.cursorOn("debian") // the list stands still
		d.press("p")         // other keys do what they do
		d.did("TogglePause debian-13.1.0-amd64-netinst.iso")
		d.press("esc", "j")
		d.cursorOn("linux")
		d.seeNot("back to the list")
	})
}

func TestSectionsHaveTheScreenToThemselvesAndGiveItBack(t *testing.T) {
	story(t, Options{}, nil, func(d *driver) {
		d.press("enter", "3")
		d.see("[3 headers]", "content-range")
		d.seeNot("REDIRECT CHAIN")
		d.press("3")
		d.see("REDIRECT CHAIN", "PHASES")
		d.press("tab")
		d.see("[1 overview]")
		d.send(tea.KeyPressMsg{Code: tea.KeyTab, Mod: tea.ModShift})
		d.see("REDIRECT CHAIN")
		d.press("5", "esc") // a section is no screen of its own
		d.cursorOn("debian")
	})
}

func TestLongLinesAreCutOrWrapped(t *testing.T) {
	end := "the-very-end-of-it.iso"
	story(t, Options{}, func(f *fake) {
		f.rows[0].URL = "https://deb.example.org/" + strings.Repeat("long-", 40) + end
		d := f.details[1]
		d.Hops[0].To = f.rows[0].URL
		f.details[1] = d
	}, func(d *driver) {
		d.send(tea.WindowSizeMsg{Width: 80, Height: 24})
		middle := strings.Repeat("long-", 12)
		for _, section := range []string{"1", "4"} {
			d.press("enter", section)
			d.seeNot(middle)
			d.press("w")
			d.see(middle, "long lines: wrapped")
			d.press("w")
			d.see("long lines: cut")
			d.seeNot(middle)
			d.press("esc")
		}
	})
}

func TestWordsBesideWhatIsTypedNameTheKeysOfTheUser(t *testing.T) {
	keys, err := keymap.New(keymap.Overrides{
		keymap.Field: {keymap.Press: {"ctrl+g"}, keymap.Back: {"f9"}},
		keymap.List:  {keymap.Back: {"f8"}, keymap.ViewAll: {"f6"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	story(t, Options{Keys: keys}, nil, func(d *driver) {
		d.press("enter", "/")
		d.write("RANGE")
		d.see("; ^g: the next, f9: back")
		d.press("f9", "esc", "/")
		d.write("nothing has this")
		d.see("f8 clears the filter, f6 shows all.")
	})
}

func TestFindingLooksAtTheEventsThatAreShownBelow(t *testing.T) {
	for _, size := range []tea.WindowSizeMsg{{Width: 120, Height: 40}, {Width: 80, Height: 24}} {
		story(t, Options{}, nil, func(d *driver) {
			d.send(size)
			d.press("enter", "/")
			d.write("DidReceiveResponse")
			d.see("DidReceiveResponse", "1 of ")
			d.seeNot("not here")
			d.press("enter", "esc")
		})
	}
}

func TestFindingOnTheDetailsAndInTheLog(t *testing.T) {
	story(t, Options{}, func(f *fake) { f.events = debianDetail(time.Now()).Events }, func(d *driver) {
		d.press("enter", "3", "/")
		d.write("RANGE")
		d.see("1 of 4; ↵: the next")
		d.press("enter", "down")
		d.see("3 of 4")
		d.send(tea.PasteMsg{Content: "-nowhere"})
		d.see("not here")
		d.press("esc")
		d.see("[3 headers]")
		d.send(tea.WindowSizeMsg{Width: 80, Height: 16})
		d.press("6", "/")
		d.write("resume")
		d.see("Resume", "1 of ")
		d.press("esc", "esc", "l", "/")
		d.write("redirection")
		d.see("1 of 1", "302 follow")
		d.press("esc")
		d.see("follow")
		d.press("esc")
		d.cursorOn("debian")
	})
}
