package ui

import (
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"haul/keymap"
	"haul/model"
	"haul/themes"
	"haul/ui/dialog"
	"haul/ui/phrases"
)

// quietBefore is how long no key must have been pressed before a question opens
// by itself.
const quietBefore = time.Second

// open lays a dialog over the screen. chosen acts on a choice made in it.
func (a *App) open(d dialog.Dialog, chosen func(string) tea.Cmd) {
	a.front = &front{dialog: d, chosen: chosen}
	a.touch()
}

// openPrompt opens the dialog of a question.
func (a *App) openPrompt(p *model.PromptView, by dialog.Opened) {
	a.seen[p.ID] = true
	var q dialog.Question
	switch p.Kind {
	case model.AskTrust:
		q = dialog.NewTrust(*p, by, &a.boxes)
	case model.AskIdentity:
		q = dialog.NewIdentity(*p, by, &a.boxes)
	case model.AskRedirect:
		q = dialog.NewRedirect(*p, by, &a.boxes)
	default:
		q = dialog.NewPassword(*p, by, &a.boxes)
	}
	a.front = &front{dialog: q, question: q}
	a.touch()
}

// openOldest opens the question that waits longest; on the detail screen, the
// one of its row.
func (a *App) openOldest() {
	prompts := a.model.Prompts()
	for i := range prompts {
		if a.screen == screenDetail && !slices.Contains(prompts[i].Rows, a.detail.id) {
			continue
		}
		a.openPrompt(&prompts[i], dialog.ByUser)
		return
	}
	if a.screen == screenDetail && len(prompts) > 0 {
		a.say(roleNews, phrases.OthersAsk)
		return
	}
	a.say(roleNews, phrases.NoQuestion)
}

// questions keeps the question that is open up to date, and opens the oldest
// new one if nobody is at the keys. It returns when to look again, zero for
// not before something happens.
func (a *App) questions(now time.Time) (due time.Time) {
	prompts := a.model.Prompts()
	a.follow(prompts)
	if a.front != nil && a.front.refresh != nil {
		a.front.refresh()
	}
	if a.front != nil || a.strips.filter.active || a.strips.find.line.active || a.leaving {
		return time.Time{}
	}
	for i := range prompts {
		if a.seen[prompts[i].ID] {
			continue
		}
		if quiet := a.lastKey.Add(quietBefore); now.Before(quiet) {
			return quiet
		}
		a.openPrompt(&prompts[i], dialog.ByItself)
		break
	}
	return time.Time{}
}

// follow tells the open question who waits for its answer by now, closes it
// when nobody does, and forgets the questions that are no more.
func (a *App) follow(prompts []model.PromptView) {
	open := false
	waiting := make(map[model.PromptID]bool, len(prompts))
	for i := range prompts {
		p := &prompts[i]
		waiting[p.ID] = true
		if a.front != nil && a.front.question != nil && a.front.question.ID() == p.ID {
			a.front.question.SetRows(p.Rows, p.Names)
			open = true
		}
	}
	for id := range a.seen {
		if !waiting[id] {
			delete(a.seen, id)
		}
	}
	if !open && a.front != nil && a.front.question != nil {
		gone := phrases.QuestionGone(a.model.AnsweredElsewhere(a.front.question.ID()))
		a.front = nil
		a.say(roleNews, gone)
	}
}

// toFront gives a message to the dialog and acts on what was decided.
func (a *App) toFront(msg tea.Msg) tea.Cmd {
	f := a.front
	result, cmd := f.dialog.Update(msg)
	if result == nil {
		return cmd
	}
	a.front = nil
	a.touch()
	return tea.Batch(cmd, a.decided(f, result))
}

// decided does what a dialog has decided.
func (a *App) decided(f *front, result dialog.Result) tea.Cmd {
	switch r := result.(type) {
	case dialog.Closed:
		if f.question != nil { // later: the rest of what asks now does not press either
			for _, p := range a.model.Prompts() {
				a.seen[p.ID] = true
			}
		}
	case dialog.Answered:
		first, cmd := a.model.Answer(r.ID, r.Answer)
		if !first {
			a.say(roleNews, phrases.AnsweredAlready)
		}
		return cmd
	case dialog.Added:
		return a.addOrAsk(r.Specs)
	case dialog.Limited:
		a.limit(r)
	case dialog.Renamed:
		a.rename(r)
	case dialog.Renewed:
		cmd, err := a.model.Renew(r.Row, r.URL)
		if err != nil {
			a.say(themes.Error, phrases.NotRenewed, err)
		}
		return cmd
	case dialog.Confirmed:
		if f.chosen != nil {
			return f.chosen(r.Choice)
		}
	}
	return nil
}

// openHelp shows the keys of the screen.
func (a *App) openHelp() { a.open(dialog.NewHelp(a.context(), &a.boxes), nil) }

// openSortMenu lets choose the order of the list.
func (a *App) openSortMenu() {
	now, _ := a.model.Sort()
	var items []dialog.Item
	at := -1
	for i, k := range sortKeys() {
		items = append(items, dialog.Item{Name: phrases.Sort(k), Label: phrases.Sort(k)})
		if k == now {
			at = i
		}
	}
	a.open(dialog.NewMenu("Sort by", items, at, &a.boxes), func(choice string) tea.Cmd {
		for _, k := range sortKeys() {
			if phrases.Sort(k) == choice {
				a.model.SetSort(k, false)
			}
		}
		return nil
	})
}

// key is how the key of an action is written, on this screen.
func (a *App) key(action keymap.Action) string { return string(a.scene.key(a.context(), action)) }
