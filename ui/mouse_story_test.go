package ui

import (
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"haul/model"
)

// clickOn clicks on the first place where the screen has some words.
func (d *driver) clickOn(words string) {
	d.t.Helper()
	for y, line := range strings.Split(d.screen(), "\n") {
		if before, _, ok := strings.Cut(line, words); ok {
			d.send(tea.MouseClickMsg{X: ansi.StringWidth(before), Y: y, Button: tea.MouseLeft})
			return
		}
	}
	d.t.Fatalf("%q is not on the screen:\n%s", words, d.screen())
}

func (d *driver) wheel(down bool) {
	button := tea.MouseWheelUp
	if down {
		button = tea.MouseWheelDown
	}
	d.send(tea.MouseWheelMsg{Button: button})
}

func TestClickSelectsAndOpens(t *testing.T) {
	story(t, Options{Mouse: true}, nil, func(d *driver) {
		d.send(tea.MouseClickMsg{X: 10, Y: 5, Button: tea.MouseLeft})
		d.cursorOn("日本語")
		d.send(tea.MouseWheelMsg{Button: tea.MouseWheelDown})
		d.cursorOn("private")
		at := tea.MouseClickMsg{X: 10, Y: 8, Button: tea.MouseLeft}
		d.send(at)
		d.wait(doubleClick + time.Millisecond)
		d.send(at) // too late for the second of two
		d.seeNot("transfers / ")
		d.send(at)
		d.see("transfers / private")
	})
}

func TestClicksOnTheListsStrips(t *testing.T) {
	story(t, Options{Mouse: true}, nil, func(d *driver) {
		d.clickOn("5 running")
		d.see("view: running")
		d.clickOn("view: running")
		d.see("view: waiting")
		d.clickOn("13:")
		d.see("view: all")
		d.clickOn("NAME")
		d.see("sort: name ▲")
		d.clickOn("NAME")
		d.see("sort: name ▼")
		d.clickOn("sort: name")
		d.see("Sort by")
		d.clickOn("host")
		d.see("sort: host")
		d.clickOn("filter: none")
		d.write("tar")
		d.clickOn("SIZE") // and typing is over
		d.see("filter: tar", "sort: size")
		d.clickOn("? help")
		d.see("Help", "MOVE")
	})
}

func TestClicksOnTheDetails(t *testing.T) {
	story(t, Options{Mouse: true}, nil, func(d *driver) {
		d.press("enter")
		d.clickOn("RESPONSE HEADERS")
		d.see("[3 headers]")
		d.clickOn("6 events")
		d.see("[6 events]")
		d.clickOn("esc back")
		d.cursorOn("debian")
		d.press("enter")
		d.clickOn("REDIRECT CHAIN")
		d.see("[4 redirects]")
		d.clickOn("n N next")
		d.see("linux-6.17")
	})
}

func TestClicksOnAQuestion(t *testing.T) {
	story(t, Options{Mouse: true}, func(f *fake) { f.prompts = []model.PromptView{passwordPrompt(time.Now())} }, func(d *driver) {
		d.wait(time.Second)
		d.clickOn("Skip: go on without") // it has opened by itself, but long ago
		d.did("Answer")
		d.model.prompts = []model.PromptView{passwordPrompt(time.Now())}
		d.model.prompts[0].ID = 2
		d.send(changeMsg{})
		d.wait(quietBefore + 100*time.Millisecond)
		d.see("asks for a password")
		d.clickOn("Skip: go on without") // too soon to be meant
		d.did()
		d.press("esc")
		d.clickOn("1 question:")
		d.clickOn("User ") // a label is nothing
		d.clickOn("[___")
		d.write("bob")
		d.clickOn("( ) only for")
		d.see("(•) only for")
	})
}

func TestTheWheelScrollsWhatIsOnTop(t *testing.T) {
	story(t, Options{Mouse: true}, nil, func(d *driver) {
		d.send(tea.WindowSizeMsg{Width: 80, Height: 24})
		d.press("?")
		d.see("(1-")
		d.wheel(true)
		d.see("(4-")
		d.wheel(false)
		d.see("(1-")
		d.press("esc")
		d.cursorOn("debian")
		d.wheel(true)
		d.cursorOn("go1.26.8")
		d.press("enter", "3")
		d.wheel(true)
		d.press("esc", "s")
		d.wheel(true)
		d.press("enter")
		d.did()
	})
}

func TestDraggingAndOtherButtonsDoNothing(t *testing.T) {
	story(t, Options{Mouse: true}, nil, func(d *driver) {
		before := d.screen()
		for _, msg := range []tea.Msg{
			tea.MouseClickMsg{X: 10, Y: 5, Button: tea.MouseRight}, tea.MouseClickMsg{X: 10, Y: 5, Button: tea.MouseMiddle},
			tea.MouseMotionMsg{X: 20, Y: 8, Button: tea.MouseLeft}, tea.MouseReleaseMsg{X: 20, Y: 8, Button: tea.MouseLeft},
			tea.MouseWheelMsg{Button: tea.MouseWheelLeft}, tea.MouseClickMsg{X: 500, Y: 500, Button: tea.MouseLeft},
			tea.MouseClickMsg{X: -1, Y: -1, Button: tea.MouseLeft},
		} {
			d.send(msg)
		}
		if d.screen() != before {
			t.Errorf("something has changed:\n%s", d.screen())
		}
		d.did()
	})
}

func TestTheMouseCanBeLeftToTheTerminal(t *testing.T) {
	story(t, Options{Mouse: true}, nil, func(d *driver) {
		if d.app.View().MouseMode != tea.MouseModeCellMotion {
			t.Error("the mouse is not asked for")
		}
		d.press("M")
		d.see("mouse off")
		if d.app.View().MouseMode != tea.MouseModeNone {
			t.Error("the mouse is still asked for")
		}
		d.press("M")
		d.see("mouse on")
	})
}

// TestClicksAnywhereAreHarmless clicks twice on each cell of several screens.
func TestClicksAnywhereAreHarmless(t *testing.T) {
	for _, keys := range [][]string{{}, {"enter"}, {"l"}, {"?"}, {"s"}, {"x"}, {"q"}, {"a"}, {"L"}, {"m"}} {
		story(t, Options{Mouse: true, Dir: "/tmp"}, nil, func(d *driver) {
			d.send(tea.WindowSizeMsg{Width: 60, Height: 18})
			for y := range 18 {
				for x := 0; x < 60; x += 5 {
					d.press(keys...)
					d.send(tea.MouseClickMsg{X: x, Y: y, Button: tea.MouseLeft})
					d.send(tea.MouseClickMsg{X: x, Y: y, Button: tea.MouseLeft})
					d.press("esc", "esc", "esc")
					d.model.did = nil
					if d.quit || d.app.leaving {
						d.app.leaving, d.quit = false, false
					}
				}
			}
		})
	}
}
