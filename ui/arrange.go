package ui

import (
	tea "charm.land/bubbletea/v2"

	"haul/model"
	"haul/themes"
	"haul/ui/dialog"
	"haul/ui/phrases"
)

// calledOf is what rows are called in a dialog: the name of the only one, or
// how many there are.
func (a *App) calledOf(ids []model.RowID) string {
	if len(ids) == 1 {
		if r, ok := a.model.Row(ids[0]); ok {
			return r.Name
		}
	}
	return phrases.Transfers(len(ids))
}

// prioritise makes rows more or less urgent by one step from what the first of
// them is.
func (a *App) prioritise(by model.Priority) tea.Cmd {
	ids := a.targets()
	if len(ids) == 0 {
		return nil
	}
	first, ok := a.model.Row(ids[0])
	if !ok {
		return nil
	}
	p := first.Priority + by
	switch {
	case p > model.HighPriority:
		a.say(roleNews, phrases.PriorityHighest, a.calledOf(ids))
		return nil
	case p < model.LowPriority:
		a.say(roleNews, phrases.PriorityLowest, a.calledOf(ids))
		return nil
	}
	cmd := a.model.SetPriority(ids, p)
	a.say(themes.OK, phrases.PriorityIs, a.calledOf(ids), p)
	return cmd
}

// moveInQueue moves rows that wait one place, or says why they stay.
func (a *App) moveInQueue(up bool) tea.Cmd {
	ids := a.targets()
	if len(ids) == 0 {
		return nil
	}
	moved, cmd := a.model.Move(ids, up)
	waits, name := a.anyOf(ids, model.Queued)
	switch {
	case moved > 0:
		place, of := a.model.Place(ids[0])
		if key, _ := a.model.Sort(); key != model.SortAdded {
			a.say(themes.OK, phrases.PlaceUnsorted, a.calledOf(ids), place, of)
		} else {
			a.say(themes.OK, phrases.Place, a.calledOf(ids), place, of)
		}
	case !waits:
		a.say(roleNews, phrases.OnlyQueued, name)
	case up:
		a.say(roleNews, phrases.FirstAlready, a.calledOf(ids))
	default:
		a.say(roleNews, phrases.LastAlready, a.calledOf(ids))
	}
	return cmd
}

// openRename asks for another file name for the row.
func (a *App) openRename() {
	r, ok := a.one()
	switch {
	case !ok:
	case r.Upload:
		a.say(roleNews, phrases.URLNamesIt, r.Name)
	case r.Data:
		a.say(roleNews, phrases.HasNoFile, r.Name)
	case r.State == model.Done:
		a.say(roleNews, phrases.RenameTheFile, r.Name)
	default:
		a.open(dialog.NewRename(r, &a.boxes), nil)
	}
}

// rename gives a row another file name.
func (a *App) rename(r dialog.Renamed) {
	if err := a.model.Rename(r.Row, r.Name); err != nil {
		a.say(themes.Error, phrases.NotRenamed, err)
		return
	}
	a.say(themes.OK, phrases.FileWillBe, r.Name)
}

// openLimit asks for a rate limit.
func (a *App) openLimit() {
	ids, ok := a.targets(), false
	var first model.Row
	if len(ids) > 0 {
		first, ok = a.model.Row(ids[0])
	}
	if !ok {
		return
	}
	of := dialog.LimitOptions{Rows: ids, Name: a.calledOf(ids), Host: first.Host}
	of.Rate = a.rateOf(ids)
	of.Now[dialog.LimitRows] = a.model.RowRateLimit(first.ID)
	of.Now[dialog.LimitHost] = a.model.HostRateLimit(first.Host)
	of.Now[dialog.LimitAll] = a.model.RateLimit()
	box := dialog.NewLimit(of, &a.boxes)
	a.open(box, nil)
	a.front.refresh = func() { box.SetRate(a.rateOf(ids)) }
}

// rateOf is how fast rows are together, in bytes per second.
func (a *App) rateOf(ids []model.RowID) (rate float64) {
	for _, id := range ids {
		if r, ok := a.model.Row(id); ok {
			rate += r.Rate
		}
	}
	return rate
}

// limit makes a rate limit hold.
func (a *App) limit(l dialog.Limited) {
	what := "everything"
	switch l.Scope {
	case dialog.LimitAll:
		a.model.SetRateLimit(l.BytesPerSecond)
	case dialog.LimitHost:
		what = "all of " + l.Host
		a.model.SetHostRateLimit(l.Host, l.BytesPerSecond)
	default:
		what = a.calledOf(l.Rows)
		a.model.SetRowRateLimit(l.Rows, l.BytesPerSecond)
	}
	if l.BytesPerSecond == 0 {
		a.say(themes.OK, phrases.NoLimit, what)
		return
	}
	a.say(themes.OK, phrases.AtMost, what, a.scene.units.Rate(l.BytesPerSecond))
}

// toggleMouse leaves the mouse to the terminal, or takes it.
func (a *App) toggleMouse() {
	a.opt.Mouse = !a.opt.Mouse
	if a.opt.Mouse {
		a.say(themes.OK, phrases.MouseOn)
		return
	}
	a.say(themes.OK, phrases.MouseOff)
}
