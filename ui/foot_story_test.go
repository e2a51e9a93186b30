package ui

import (
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"haul/keymap"
	"haul/model"
)

func TestWhatAnEarlierRunLeftIsToldAsLongAsItIsLeft(t *testing.T) {
	prepare := func(f *fake) {
		f.unfinished = 2
		f.totals.Running, f.totals.Asking, f.totals.Retrying = 0, 0, 0
	}
	story(t, Options{}, prepare, func(d *driver) {
		d.see("2 unfinished from an earlier run: P goes on with all, p with one.")
		d.send(tea.WindowSizeMsg{Width: 40, Height: 12})
		d.see("2 unfinished: P goes on with all")
		d.send(tea.WindowSizeMsg{Width: 120, Height: 40})
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

// foot is the last line of the screen.
func (d *driver) foot() string {
	lines := strings.Split(strings.TrimRight(d.screen(), "\n"), "\n")
	return strings.TrimSpace(lines[len(lines)-1])
}

func TestTheFootOffersWhatCanBeDoneWithTheRow(t *testing.T) {
	wants := func(d *driver, where string, offers, not []string) {
		d.t.Helper()
		foot := " " + d.foot() + " "
		for _, w := range offers {
			if !strings.Contains(foot, " "+w+" ") {
				d.t.Errorf("%s: %q is not offered: %s", where, w, foot)
			}
		}
		for _, w := range not {
			if strings.Contains(foot, " "+w+" ") {
				d.t.Errorf("%s: %q is offered: %s", where, w, foot)
			}
		}
	}
	for _, tt := range []struct {
		state       model.State
		offers, not []string
	}{
		{model.Queued, []string{"p pause", "x remove"}, []string{"r retry"}},
		{model.Running, []string{"p pause", "x cancel"}, []string{"r retry"}},
		{model.Asking, []string{"p pause", "x cancel", "! answer"}, []string{"r retry"}},
		{model.Retrying, []string{"p pause", "x remove", "r retry"}, nil},
		{model.Paused, []string{"p resume", "x remove"}, []string{"r retry"}},
		{model.Held, []string{"p resume", "x cancel"}, nil},
		{model.Cancelling, nil, []string{"p pause", "p resume", "x cancel", "x remove", "r retry"}},
		{model.Cancelled, []string{"x remove", "r retry"}, []string{"p pause", "p resume"}},
		{model.Done, []string{"x remove"}, []string{"p pause", "p resume", "x cancel", "r retry"}},
		{model.Refused, []string{"x remove", "r retry"}, []string{"p pause"}},
		{model.Failed, []string{"x remove", "r retry"}, []string{"p pause"}},
	} {
		story(t, Options{}, func(f *fake) {
			f.rows[0].State = tt.state
			if tt.state == model.Asking {
				f.prompts = []model.PromptView{passwordPrompt(time.Now())}
				f.prompts[0].Rows = []model.RowID{1}
			}
		}, func(d *driver) {
			d.app.seen[1] = true
			d.press("esc")
			wants(d, "list, "+tt.state.String(), tt.offers, tt.not)
			d.press("enter")
			wants(d, "details, "+tt.state.String(), tt.offers, tt.not)
		})
	}
	story(t, Options{}, nil, func(d *driver) {
		wants(d, "no question", nil, []string{"! answer"})
		d.send(tea.WindowSizeMsg{Width: 120, Height: 24})
		wants(d, "no room for the pane", nil, []string{"tab pane"})
		d.press("space", "G")
		wants(d, "marked", []string{"p pause", "x cancel", "r retry"}, nil)
		d.press("esc", "/")
		d.write("no such")
		d.press("enter")
		wants(d, "nothing matches", []string{"a add", "/ filter"}, []string{"p pause", "x cancel", "r retry", "space mark", "↵ details"})
	})
}

func TestCancellingMarkedRowsCountsThoseThatCanBeCancelled(t *testing.T) {
	story(t, Options{}, nil, func(d *driver) {
		d.press("space", "G", "space", "k", "space", "x") // one runs, one has failed, one is done
		d.see("Cancel debian-13.1.0-amd64-netinst.iso?", "Yes, cancel it")
		d.press("y")
		d.did("Cancel debian-13.1.0-amd64-netinst.iso")
	})
}

func TestAKeyThatDoesNothingNamesOnlyWhatWouldDoSomething(t *testing.T) {
	story(t, Options{}, nil, func(d *driver) {
		d.press("G") // old-release.zip has failed
		d.press("p")
		d.see("old-release.zip, failed: nothing to pause or resume; r tries again")
		d.press("k", "p") // README.pdf is done
		d.see("README.pdf, done: nothing to pause or resume")
		d.seeNot("r tries again")
		d.press("R")
		d.see("README.pdf, done: nothing to start again")
		d.did()
	})
}

func TestAFreshURLIsAskedForOnlyWhereItCanBeTaken(t *testing.T) {
	for _, c := range []struct {
		row      model.Row
		attached bool
		says     string // "" where the dialog opens
	}{
		{row: model.Row{State: model.Running, Done: 1, Resumable: true}, says: "running: f9 pauses it, then it takes a fresh URL"},
		{row: model.Row{State: model.Resuming}, says: "resuming: f9 pauses it, then it takes a fresh URL"},
		{row: model.Row{State: model.Asking}, says: "asks you: f9 pauses it, then it takes a fresh URL"},
		{row: model.Row{State: model.Running, Done: 1}, says: "running: it cannot be paused; cancelled with x it takes a fresh URL"},
		{row: model.Row{State: model.Running, Done: 1}, attached: true, says: "running: f9 pauses it, then it takes a fresh URL"},
		{row: model.Row{State: model.Held, Done: 1}, says: "held: it cannot be paused; cancelled with x it takes a fresh URL"},
		{row: model.Row{State: model.Pausing}, says: "pausing: when it has stopped it takes a fresh URL"},
		{row: model.Row{State: model.Cancelling}, says: "cancelling: when it has stopped it takes a fresh URL"},
		{row: model.Row{State: model.Done}, says: "is done: it needs no other URL"},
		{row: model.Row{State: model.Queued}},
		{row: model.Row{State: model.Paused}},
		{row: model.Row{State: model.Retrying}},
		{row: model.Row{State: model.Cancelled}},
		{row: model.Row{State: model.Refused}},
		{row: model.Row{State: model.Expired}},
		{row: model.Row{State: model.Mismatch}},
		{row: model.Row{State: model.Failed}},
	} {
		keys, err := keymap.New(keymap.Overrides{keymap.List: {keymap.Pause: {"f9"}}})
		if err != nil {
			t.Fatal(err)
		}
		story(t, Options{Keys: keys, Attached: c.attached}, func(f *fake) {
			r := &f.rows[f.cursor]
			r.State, r.Done, r.Resumable = c.row.State, c.row.Done, c.row.Resumable
		}, func(d *driver) {
			d.press("e")
			if c.says == "" {
				d.see("A fresh URL for")
				return
			}
			d.see(c.says)
			d.seeNot("A fresh URL for")
		})
	}
}

func TestAListInWhichNothingMatchesSaysSoWhole(t *testing.T) {
	story(t, Options{}, func(f *fake) { f.filter = "nothing has this" }, func(d *driver) {
		for _, size := range []tea.WindowSizeMsg{{Width: 120, Height: 40}, {Width: 80, Height: 24}, {Width: 40, Height: 12}, {Width: 30, Height: 6}} {
			d.send(size)
			if said := strings.Join(strings.Fields(d.screen()), " "); !strings.Contains(said, "Nothing matches. esc clears the filter, 1 shows all.") {
				t.Errorf("%dx%d:\n%s", size.Width, size.Height, d.screen())
			}
		}
		d.send(tea.WindowSizeMsg{Width: 20, Height: 4})
		d.see("Nothing", "…")
	})
}
