package ui

import (
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"haul/keymap"
	"haul/model"
	"haul/ui/phrases"
)

// stories has one for each action of the list and of the details, and shows what
// it brings about in the whole program.
func stories() map[keymap.Action]func(w *whole) {
	all := map[keymap.Action]func(w *whole){}
	moves := func(action keymap.Action, key string, from model.RowID, to int) {
		all[action] = func(w *whole) {
			w.on(from)
			w.press(key)
			w.wants("the cursor's place", w.cursor() == to)
		}
	}
	moves(keymap.MoveDown, "j", readme, 1)
	moves(keymap.MoveUp, "k", two, 4)
	moves(keymap.MoveFirst, "g", two, 0)
	moves(keymap.MoveLast, "G", readme, 5)
	moves(keymap.HalfPageDown, "ctrl+d", readme, 5)
	moves(keymap.HalfPageUp, "ctrl+u", two, 0)
	all[keymap.PageDown] = func(w *whole) { w.on(readme); w.send(pressOf("pgdown")); w.wants("the last", w.cursor() == 5) }
	all[keymap.PageUp] = func(w *whole) { w.on(two); w.send(pressOf("pgup")); w.wants("the first", w.cursor() == 0) }

	views := func(action keymap.Action, key string, want ...string) {
		all[action] = func(w *whole) {
			w.press("5", key)
			w.see(want...)
			w.wants("the length", w.m.Len() == len(want))
		}
	}
	views(keymap.ViewAll, "1", "readme", "page.html", "letters", "film", "one.bin", "two.bin")
	views(keymap.ViewRunning, "2", "film", "one.bin")
	views(keymap.ViewWaiting, "3", "two.bin")
	views(keymap.ViewAsking, "4", "letters", "page.html")
	all[keymap.ViewDone] = func(w *whole) { w.press("5"); w.see("readme"); w.wants("one is shown", w.m.Len() == 1) }
	all[keymap.Filter] = func(w *whole) {
		w.press("/")
		w.write("is:queued")
		w.press("enter")
		w.wants("only what waits", w.m.Len() == 1)
		w.see("two.bin")
	}
	all[keymap.Back] = func(w *whole) {
		w.press("/")
		w.write("film")
		w.press("enter")
		w.press("esc")
		w.wants("all again", w.m.Len() == 6)
	}
	all[keymap.Sort] = func(w *whole) {
		w.press("s", "j", "enter")
		key, _ := w.m.Sort()
		w.wants("sorted by name", key == model.SortName)
	}
	all[keymap.SortReverse] = func(w *whole) {
		w.press("S")
		w.wait(3 * time.Second)
		if rows := w.m.Rows(nil, 0, 1); rows[0].ID != two {
			w.t.Errorf("first is %s", rows[0].Name)
		}
	}

	all[keymap.Open] = func(w *whole) { w.on(film); w.press("enter"); w.see("transfers / film.mp4", "DELEGATE EVENTS") }
	for i, want := range []string{"[1 overview]", "[2 segments]", "[3 headers]", "[4 redirects]", "[5 tls]", "[6 events]"} {
		all[sectionAction(section(i))] = func(w *whole) { w.on(film); w.press("enter", want[1:2]); w.see(want) }
	}
	all[keymap.NextSection] = func(w *whole) { w.on(film); w.press("enter", "2", "tab"); w.see("[3 headers]") }
	all[keymap.PrevSection] = func(w *whole) {
		w.on(film)
		w.press("enter", "2")
		w.send(pressOf("shift+tab"))
		w.see("[1 overview]")
	}
	all[keymap.NextTransfer] = func(w *whole) { w.on(film); w.press("enter", "n"); w.see("transfers / one.bin") }
	all[keymap.PrevTransfer] = func(w *whole) { w.on(one); w.press("enter", "N"); w.see("transfers / film.mp4") }
	all[keymap.Find] = func(w *whole) { w.on(film); w.press("enter", "3", "/"); w.write("etag"); w.see("1 of 1") }
	all[keymap.Follow] = func(w *whole) {
		w.on(film)
		w.press("enter", "f")
		w.see("follow: off")
		w.press("f")
		w.see("follow: on")
	}
	all[keymap.Wrap] = func(w *whole) { w.on(film); w.press("enter", "w"); w.see("long lines: wrapped") }

	all[keymap.Pause] = func(w *whole) {
		w.on(film)
		w.press("p")
		w.state(film, model.Paused)
		had := w.row(film).Done
		w.press("p")
		w.state(film, model.Running)
		w.wait(2 * time.Second)
		w.wants("it goes on", w.row(film).Done > had && w.requests("/slow/film.mp4") == 2)
	}
	all[keymap.PauseAll] = func(w *whole) {
		w.press("P")
		w.state(film, model.Paused)
		w.state(two, model.Paused)
		w.press("P")
		w.state(film, model.Running)
	}
	all[keymap.Cancel] = func(w *whole) { w.on(film); w.press("x", "y"); w.state(film, model.Cancelled) }
	all[keymap.RemoveFile] = func(w *whole) {
		w.on(readme)
		w.wants("the file", w.there("readme.txt"))
		w.press("X", "y")
		w.wait(time.Second)
		w.wants("no row and no file", w.m.Len() == 5 && !w.there("readme.txt"))
	}
	all[keymap.Retry] = func(w *whole) {
		before := w.requests("/missing/")
		w.on(missing)
		w.press("r")
		w.wait(5 * time.Second)
		w.wants("asked again", w.requests("/missing/") == before+1 || w.row(missing).State == model.Queued)
	}
	all[keymap.Restart] = func(w *whole) {
		w.on(film)
		w.press("R", "y")
		w.wait(time.Second)
		w.wants("asked for anew", w.requests("/slow/film.mp4") == 2)
	}
	all[keymap.EditURL] = func(w *whole) {
		w.on(missing)
		w.press("e", "ctrl+u")
		w.write(w.at.Files + "/file/found.txt?size=2kB")
		w.press("ctrl+s")
		w.state(missing, model.Done)
	}
	all[keymap.Add] = func(w *whole) {
		w.press("a")
		w.write(w.at.Files + "/file/new.bin")
		w.press("ctrl+s")
		w.wants("one more", w.m.Len() == 7)
		w.see("new.bin")
	}
	all[keymap.Undo] = func(w *whole) {
		w.on(readme)
		w.press("x")
		w.wants("taken off", w.m.Len() == 5)
		w.press("u")
		w.wants("back", w.m.Len() == 6 && w.there("readme.txt"))
	}
	all[keymap.Limit] = func(w *whole) {
		w.on(film)
		w.press("L")
		w.write("50k")
		w.press("enter")
		w.wait(20 * time.Second)
		w.wants("slower", w.m.RowRateLimit(film) == 50*kB && w.row(film).Rate < 60*kB)
	}
	all[keymap.PriorityUp] = func(w *whole) {
		w.on(two)
		w.press("+")
		w.wants("more urgent", w.row(two).Priority == model.HighPriority)
	}
	all[keymap.PriorityDown] = func(w *whole) {
		w.on(two)
		w.press("-")
		w.wants("less urgent", w.row(two).Priority == model.LowPriority)
	}
	all[keymap.QueueUp] = func(w *whole) {
		w.add("/file/three.bin")
		w.press("G", "K")
		place, of := w.m.Place(two + 1)
		w.wants("first of two", place == 1 && of == 2)
	}
	all[keymap.QueueDown] = func(w *whole) {
		w.add("/file/three.bin")
		w.on(two)
		w.press("J")
		place, of := w.m.Place(two)
		w.wants("last of two", place == 2 && of == 2)
	}
	all[keymap.Rename] = func(w *whole) {
		w.on(film)
		w.press("m", "ctrl+u") // the ending stays
		w.write("holiday")
		w.press("ctrl+s")
		w.wants("renamed", w.row(film).Name == "holiday.mp4")
		w.see("holiday.mp4")
	}
	marked := func(w *whole) (n []model.RowID) {
		for _, r := range w.m.Rows(nil, 0, w.m.Len()) {
			if r.Marked {
				n = append(n, r.ID)
			}
		}
		return n
	}
	all[keymap.Mark] = func(w *whole) {
		w.on(film)
		w.press("space")
		w.wants("marked", slices.Equal(marked(w), []model.RowID{film}))
	}
	all[keymap.MarkRange] = func(w *whole) {
		w.on(missing)
		w.press("v", "j", "j", "v")
		w.wants("a range", slices.Equal(marked(w), []model.RowID{missing, letters, film}))
	}
	all[keymap.MarkInvert] = func(w *whole) { w.on(film); w.press("space", "*"); w.wants("the others", len(marked(w)) == 5) }
	all[keymap.MarkAll] = func(w *whole) { w.press("ctrl+a"); w.wants("all", len(marked(w)) == 6) }
	all[keymap.CopyURL] = func(w *whole) {
		w.on(film)
		w.press("y")
		w.wants("the URL", strings.HasSuffix(w.copied, "/slow/film.mp4?size=90MB&rate=400kB"))
	}
	all[keymap.CopyPath] = func(w *whole) { w.on(readme); w.press("Y"); w.wants("the path", w.copied == w.dir+"/readme.txt") }
	all[keymap.OpenFile] = func(w *whole) {
		w.on(readme)
		w.press("o")
		w.wants("opened", slices.Equal(w.opened, []string{w.dir + "/readme.txt"}))
	}
	all[keymap.OpenFolder] = func(w *whole) { w.on(readme); w.press("O"); w.wants("opened", slices.Equal(w.opened, []string{w.dir})) }

	all[keymap.Answer] = func(w *whole) {
		w.press("!")
		w.see("asks for a password")
		w.write("alice")
		w.press("tab")
		w.write("wonderland")
		w.press("enter", "enter")
		w.wait(time.Second)
		w.press("enter")
		w.state(letters, model.Done)
	}
	all[keymap.Pane] = func(w *whole) { w.on(film); w.see("rate  "); w.press("tab"); w.seeNot("rate  ") }
	all[keymap.PaneFocus] = func(w *whole) {
		w.on(film)
		w.send(pressOf("shift+tab"))
		w.press("j")
		w.wants("the cursor stays", w.cursor() == int(film)-1)
	}
	all[keymap.Log] = func(w *whole) { w.press("l"); w.see("entries", "DidComplete") }
	all[keymap.History] = func(w *whole) { w.press("h"); w.see("what ended in the background") }
	all[keymap.Theme] = func(w *whole) { w.press("T"); w.see("theme: light") }
	all[keymap.Mouse] = func(w *whole) {
		before := w.app.View().MouseMode
		w.press("M")
		w.wants("mouse off", before != tea.MouseModeNone && w.app.View().MouseMode == tea.MouseModeNone)
	}
	all[keymap.Reload] = func(w *whole) {
		w.on(film)
		w.see("90.0 MB")
		w.press("ctrl+r")
		w.see("85.8 MiB")
		w.press("ctrl+r") // and once more
		w.see(phrases.ConfigurationInUse)
	}
	all[keymap.Help] = func(w *whole) { w.press("?"); w.see("TRANSFER", "pause, resume") }
	all[keymap.Redraw] = func(w *whole) { w.press("ctrl+l"); w.wants("cleared", w.brought("clearScreen")) }
	all[keymap.Suspend] = func(w *whole) { w.press("ctrl+z"); w.wants("suspended", w.brought("SuspendMsg")) }
	all[keymap.Detach] = func(w *whole) {
		w.press("d", "y")
		w.wait(10 * time.Second)
		w.wants("it has ended", w.quit)
	}
	all[keymap.Quit] = func(w *whole) {
		w.press("q")
		w.see("Pause and quit")
		w.press("enter")
		w.wait(10 * time.Second)
		w.wants("it has ended, and the bytes are there", w.quit && w.there("film.mp4.haul-part"))
	}
	all[keymap.Interrupt] = func(w *whole) {
		w.press("ctrl+c")
		w.wait(10 * time.Second)
		w.wants("it has ended, interrupted", w.quit && w.app.Interrupted() && w.there("film.mp4.haul-part"))
	}
	return all
}

func TestEveryActionHasAStoryInTheWholeProgram(t *testing.T) {
	playStories(t, stories(), keymap.List, keymap.Detail)
}

// playStories plays stories, of which each action of the contexts has to have one.
func playStories(t *testing.T, all map[keymap.Action]func(w *whole), contexts ...keymap.Context) {
	t.Helper()
	for _, c := range contexts {
		for _, action := range keymap.Actions(c) {
			if all[action] == nil {
				t.Errorf("%s: %s has no story", c, action)
			}
		}
	}
	for action, tale := range all {
		t.Run(string(contexts[0])+" "+string(action), func(t *testing.T) { playWhole(t, tale) })
	}
}
