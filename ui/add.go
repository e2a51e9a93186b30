package ui

import (
	"fmt"
	"slices"

	tea "charm.land/bubbletea/v2"

	"haul/model"
	"haul/themes"
	"haul/ui/dialog"
	"haul/ui/phrases"
	"haul/ui/text"
)

// openAdd opens the dialog for new transfers, with what was pasted.
func (a *App) openAdd(pasted string) {
	if a.leaving {
		return
	}
	listed := a.model.Listed()
	options := dialog.AddOptions{
		Text: pasted, Dir: a.opt.Dir, Free: a.opt.Free,
		FilesOnly: a.opt.Attached,
		Known:     func(url string) bool { _, ok := listed(url); return ok },
	}
	a.open(dialog.NewAdd(options, &a.boxes), nil)
}

// The choices where transfers are in the list already.
const (
	choiceOthers = "others"
	choiceBeside = "beside"
	choiceShow   = "show"
)

// addOrAsk takes transfers in; if some are in the list already, it asks what to
// do with them.
func (a *App) addOrAsk(specs []model.Spec) tea.Cmd {
	listed := a.model.Listed()
	var known []model.RowID
	var others []model.Spec
	for _, s := range specs {
		if id, ok := listed(s.URL); ok && s.Upload == "" && !s.Data {
			known = append(known, id)
		} else {
			others = append(others, s)
		}
	}
	if len(known) == 0 {
		return a.add(specs)
	}
	a.open(a.duplicates(known, len(others)), func(choice string) tea.Cmd {
		switch choice {
		case choiceOthers:
			return a.add(others)
		case choiceShow:
			a.goTo(known[0])
		case choiceBeside:
			all := slices.Clone(specs)
			for i := range all {
				all[i].Beside = true
			}
			return a.add(all)
		}
		return nil
	})
	return nil
}

// duplicates asks about transfers that are in the list already, beside others
// that are not.
func (a *App) duplicates(known []model.RowID, others int) dialog.Dialog {
	const named = 3
	title, lines := phrases.AlreadyInTheList, []string{}
	for i, id := range known {
		if i == named {
			lines = append(lines, fmt.Sprintf("and %d more", len(known)-named))
			break
		}
		if r, ok := a.model.Row(id); ok {
			lines = append(lines, fmt.Sprintf("%s, %s", a.scene.ruler.TruncateMiddle(text.Clean(r.Name), 50), phrases.State(r.State)))
		}
	}
	show := dialog.Choice{Name: choiceShow, Label: "Show it", Short: "Show"}
	beside := dialog.Choice{Name: choiceBeside, Label: phrases.DownloadItOnceMore, Short: "Again"}
	switch {
	case len(known) > 1:
		title = fmt.Sprintf(phrases.SomeAreInTheListAlready, len(known))
		show.Label, beside.Label = phrases.ShowTheFirst, phrases.DownloadThemOnceMore
	case others > 0:
		title = phrases.OneIsInTheListAlready
	}
	lines = append(lines, phrases.OnceMoreMeansBeside)
	choices := []dialog.Choice{show, beside, {Label: "Cancel"}}
	if others > 0 {
		choices[1].Label = fmt.Sprintf("Add all %d", len(known)+others)
		choices = append([]dialog.Choice{{Name: choiceOthers, Label: fmt.Sprintf(phrases.AddTheOther, others), Short: fmt.Sprintf("Other %d", others)}}, choices...)
	}
	return dialog.NewConfirm(title, lines, choices, &a.boxes)
}

// goTo puts the cursor on a row, and shows all rows if the list does not have
// it.
func (a *App) goTo(id model.RowID) {
	a.screen = screenList
	for range 2 {
		for i, r := range a.model.Rows(nil, 0, a.model.Len()) {
			if r.ID == id {
				a.model.MoveTo(i)
				return
			}
		}
		// The empty filter is none and so cannot be wrong.
		_ = a.model.SetFilter("")
		a.model.SetView(model.ViewAll)
	}
}

// add takes transfers in and says what came of it.
func (a *App) add(specs []model.Spec) tea.Cmd {
	added, problems, cmd := a.model.Add(specs)
	switch {
	case a.opt.Attached && len(problems) == 0:
		a.say(themes.OK, phrases.GivenToAgent, len(specs))
	case len(problems) == 1:
		p := problems[0]
		a.say(themes.Error, phrases.NotAdded, len(added), p.URL, p.Err)
	case len(problems) > 1:
		p := problems[0]
		a.say(themes.Error, phrases.SomeNotAdded, len(added), len(problems), p.URL, p.Err)
	case len(added) == 1 && specs[0].Paused:
		a.say(themes.OK, phrases.AddedPaused)
	default:
		a.say(themes.OK, phrases.Added, len(added))
	}
	return cmd
}
