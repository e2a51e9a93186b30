package ui

import (
	"fmt"
	"path/filepath"
	"slices"

	tea "charm.land/bubbletea/v2"

	"haul/model"
	"haul/themes"
	"haul/ui/dialog"
	"haul/ui/phrases"
	"haul/ui/text"
)

// roleNews is for news that are neither good nor bad.
const roleNews = themes.Warn

// targets are the rows that a key acts on: the one that is shown, else the
// marked ones, else the one under the cursor.
func (a *App) targets() []model.RowID {
	switch a.screen {
	case screenDetail:
		return []model.RowID{a.detail.id}
	case screenLog, screenHistory:
		return nil
	}
	return a.model.Selection()
}

// one is the row that a key acts on if it acts on one only.
func (a *App) one() (model.Row, bool) {
	id := a.detail.id
	switch a.screen {
	case screenList:
		_, id = a.model.Cursor()
	case screenLog, screenHistory:
		return model.Row{}, false
	}
	return a.model.Row(id)
}

// anyOf tells whether one of the rows is in one of the states; name is that of
// the only row, or how many there are.
func (a *App) anyOf(ids []model.RowID, states ...model.State) (found bool, name string) {
	name = phrases.Transfers(len(ids))
	for _, id := range ids {
		r, ok := a.model.Row(id)
		if !ok {
			continue
		}
		if len(ids) == 1 {
			name = r.Name + ", " + phrases.State(r.State)
		}
		found = found || slices.Contains(states, r.State)
	}
	return found, name
}

// pause pauses or resumes, or says why there is nothing to pause.
func (a *App) pause() tea.Cmd {
	ids := a.targets()
	if len(ids) == 0 {
		return nil
	}
	can, name := a.anyOf(ids, model.Queued, model.Running, model.Pausing, model.Paused, model.Held,
		model.Resuming, model.Asking, model.Retrying)
	if !can {
		format := phrases.NothingToPauseIn
		if again, _ := a.anyOf(ids, retryable()...); again {
			format = phrases.NothingToPauseButRetry
		}
		a.say(roleNews, format, name)
		return nil
	}
	return a.model.TogglePause(ids)
}

// pauseAll pauses everything, or resumes everything if nothing runs or waits.
func (a *App) pauseAll() tea.Cmd {
	t := a.model.Totals()
	if t.UnderWay() > 0 {
		return a.model.PauseAll()
	}
	if t.Paused == 0 {
		a.say(roleNews, phrases.NothingToPause)
		return nil
	}
	return a.model.ResumeAll()
}

// cancel cancels what is active, and takes off the list what is not. It asks
// first if bytes would be thrown away.
func (a *App) cancel() tea.Cmd {
	ids := a.targets()
	cost := a.model.Cost(ids)
	switch {
	case cost.Rows == 0:
		return nil
	case cost.Active == 0:
		return a.remove(ids, cost)
	}
	ids = a.model.Cancellable(ids) // the rest stays as it is
	if cost = a.model.Cost(ids); cost.Bytes == 0 {
		return a.model.Cancel(ids)
	}
	a.open(dialog.NewCancel(cost, &a.boxes), func(choice string) tea.Cmd {
		switch choice {
		case dialog.ChoicePause:
			return a.model.TogglePause(ids)
		case dialog.ChoiceCancel:
			return a.model.Cancel(ids)
		}
		return nil
	})
	return nil
}

// remove takes rows off the list. They can be brought back.
func (a *App) remove(ids []model.RowID, cost model.Cost) tea.Cmd {
	cmd := a.model.Remove(ids, false)
	if cost.Rows == 1 {
		a.say(roleNews, phrases.Removed, cost.Name)
	} else {
		a.say(roleNews, phrases.RemovedSome, phrases.Called(cost.Name, cost.Rows))
	}
	a.leaveRemoved()
	return cmd
}

// leaveRemoved goes back to the list from a row that is gone.
func (a *App) leaveRemoved() {
	if a.screen != screenDetail {
		return
	}
	if _, ok := a.model.Row(a.detail.id); !ok {
		a.screen = screenList
	}
}

// removeFile asks, then takes rows off the list and deletes their files.
func (a *App) removeFile() {
	ids := a.targets()
	cost := a.model.Cost(ids)
	if cost.Rows == 0 {
		return
	}
	a.open(dialog.NewDelete(cost, &a.boxes), func(choice string) tea.Cmd {
		if choice != dialog.ChoiceDelete {
			return nil
		}
		cmd := a.model.Remove(ids, true)
		a.say(roleNews, phrases.RemovedWithFile, phrases.Called(cost.Name, cost.Rows))
		a.leaveRemoved()
		return cmd
	})
}

// undo brings back what was taken off the list last.
func (a *App) undo() {
	switch n := a.model.Undo(); n {
	case 0:
		a.say(roleNews, phrases.NothingToUndo)
	case 1:
		a.say(themes.OK, phrases.BroughtBack)
	default:
		a.say(themes.OK, phrases.BroughtSomeBack, n)
	}
}

// retryable are the states of rows that can be tried again.
func retryable() []model.State {
	return []model.State{model.Failed, model.Refused, model.Expired, model.Mismatch, model.Cancelled, model.Retrying}
}

// retry tries again what has ended without its file, from the bytes at hand.
func (a *App) retry() tea.Cmd {
	ids := a.targets()
	can, name := a.anyOf(ids, retryable()...)
	if len(ids) > 0 && !can {
		a.say(roleNews, phrases.NothingToRetry, name)
		return nil
	}
	return a.model.Retry(ids)
}

// choiceRestart is the name of the button that starts again from 0.
const choiceRestart = "restart"

// restart starts again from 0. It asks first if bytes would be thrown away.
func (a *App) restart() tea.Cmd {
	ids := a.targets()
	cost := a.model.Cost(ids)
	switch {
	case cost.Rows == 0:
		return nil
	case cost.Finished == cost.Rows:
		_, name := a.anyOf(ids)
		a.say(roleNews, phrases.NothingToRestart, name)
		return nil
	}
	if cost.Bytes == 0 {
		return a.model.Restart(ids)
	}
	box := dialog.NewConfirm("Start "+phrases.Called(cost.Name, cost.Rows)+" again from 0?",
		[]string{a.scene.units.Bytes(cost.Bytes) + phrases.WillBeThrownAwayAndFetchedAgain},
		[]dialog.Choice{{Label: "No"}, {Name: choiceRestart, Label: phrases.YesStartAgain, Short: "Yes", Yes: true}},
		&a.boxes)
	a.open(box, func(choice string) tea.Cmd {
		if choice != choiceRestart {
			return nil
		}
		return a.model.Restart(ids)
	})
	return nil
}

// editURL asks for a fresh URL for the row, or says what has to come before.
func (a *App) editURL() {
	r, ok := a.one()
	if !ok {
		return
	}
	named := r.Name + ", " + phrases.State(r.State)
	switch r.State {
	case model.Done:
		a.say(roleNews, phrases.NeedsNoURL, r.Name)
	case model.Pausing, model.Cancelling:
		a.say(roleNews, phrases.FreshURLWhenStopped, named)
	case model.Running, model.Resuming, model.Asking, model.Held:
		format := phrases.FreshURLAfterPause
		if r.State == model.Held || r.Done > 0 && !r.Resumable && !a.opt.Attached {
			format = phrases.FreshURLAfterCancel // a pause would only hold it
		}
		a.say(roleNews, format, named)
	case model.Queued, model.Paused, model.Retrying, model.Cancelled,
		model.Refused, model.Expired, model.Mismatch, model.Failed:
		a.open(dialog.NewRenew(r, &a.boxes), nil)
	}
}

// copyURL copies the whole URL, which may be more than is shown, but for the
// user information.
func (a *App) copyURL() tea.Cmd {
	r, ok := a.one()
	if !ok {
		return nil
	}
	link, ok := a.model.Link(r.ID)
	if !ok {
		return nil
	}
	a.say(themes.OK, phrases.CopiedURL, r.Name)
	return a.toClipboard(link)
}

// toClipboard has the terminal copy text (OSC 52), and the system as well where
// the terminal is not known to do it.
func (a *App) toClipboard(s string) tea.Cmd {
	if a.opt.Copy == nil || a.terminal.copies {
		return tea.SetClipboard(s)
	}
	return tea.Batch(tea.SetClipboard(s), func() tea.Msg { return openedMsg{a.opt.Copy(a.ctx, s)} })
}

// path is where a row's bytes are.
func (a *App) path() (path, name string, done bool) {
	r, ok := a.one()
	if !ok {
		return "", "", false
	}
	if r.Path != "" {
		return r.Path, r.Name, r.State == model.Done
	}
	if d, ok := a.model.Detail(r.ID); ok {
		path = d.PartialFile
	}
	return path, r.Name, false
}

func (a *App) copyPath() tea.Cmd {
	path, name, _ := a.path()
	switch {
	case name == "":
		return nil
	case path == "":
		a.say(roleNews, phrases.NoFileYet, name)
		return nil
	}
	a.say(themes.OK, phrases.CopiedPath, name)
	return a.toClipboard(path)
}

// openPath opens a finished file, or the folder that it or its beginning is
// in.
func (a *App) openPath(folder bool) tea.Cmd {
	path, name, done := a.path()
	switch {
	case name == "":
		return nil
	case a.opt.Open == nil:
		a.say(roleNews, phrases.NoOpener)
		return nil
	case path == "":
		a.say(roleNews, phrases.NoFileYet, name)
		return nil
	case folder:
		return a.show(filepath.Dir(path))
	case !done:
		a.say(roleNews, phrases.NotComplete, name)
		return nil
	}
	return a.show(path)
}

// openedMsg tells how opening a path, or copying, went.
type openedMsg struct{ err error }

// show has the system's own program open a path.
func (a *App) show(path string) tea.Cmd {
	return func() tea.Msg { return openedMsg{a.opt.Open(a.ctx, path)} }
}

// nextTheme changes to the theme after this one. One of the user's that has
// mistakes is left out, and why is said.
func (a *App) nextTheme() tea.Cmd {
	names := a.opt.Themes.Names()
	if _, _, pair := themes.Pair(a.configured.Theme); pair {
		names = append([]string{a.configured.Theme}, names...)
	}
	at := slices.Index(names, a.opt.Theme)
	broken := ""
	for i := range names {
		name := names[(at+1+i)%len(names)]
		if err := a.newTheme(name); err != nil {
			broken += "; " + err.Error()
			continue
		}
		role := themes.OK
		if broken != "" {
			role = themes.Warn
		}
		a.say(role, phrases.ThemeIs, name, broken)
		break
	}
	if themes.Follows(a.opt.Theme) {
		return tea.RequestBackgroundColor
	}
	return nil
}

// quit ends the program; it asks first if something runs.
func (a *App) quit() tea.Cmd {
	running, lost := a.model.QuitCost()
	switch {
	case a.leaving:
		return nil
	case running == 0, a.opt.Attached:
		return a.leave()
	}
	then := dialog.GoOnLater
	switch {
	case a.opt.Forgets:
		then = dialog.Forgotten
	case a.model.Detachable():
		then = dialog.GoOnAsWanted
	}
	box := dialog.NewQuit(running, lost, then, &a.boxes)
	a.open(box, func(choice string) tea.Cmd {
		switch choice {
		case dialog.ChoiceDetach:
			return a.detach()
		case dialog.ChoicePauseAndQuit, dialog.ChoiceQuit:
			return a.leave()
		}
		return nil
	})
	a.front.refresh = func() { box.SetCost(a.model.QuitCost()) }
	return nil
}

// interrupt drains first, and leaves at once the second time.
func (a *App) interrupt() tea.Cmd {
	a.interrupted = true
	if a.leaving {
		a.ending = true
		a.touch()
		return tea.Quit
	}
	return a.leave()
}

// detach has everything go on in the background; it asks first if bytes are
// fetched twice by that.
func (a *App) detach() tea.Cmd {
	t := a.model.Totals()
	switch {
	case a.leaving:
		return nil
	case a.opt.Attached: // they are there already
		return a.leave()
	case !a.model.Detachable():
		a.say(roleNews, phrases.NoAgent)
		return nil
	case t.UnderWay()+t.Paused == 0:
		a.say(roleNews, phrases.NothingToDetach)
		return nil
	}
	again := a.model.DetachCost()
	if len(again) == 0 {
		return a.leaveBy(a.model.Detach)
	}
	const named = 3
	lines := []string{phrases.CannotBeResumedBeginAnew}
	for i, name := range again {
		if i == named {
			lines = append(lines, fmt.Sprintf("and %d more", len(again)-named))
			break
		}
		lines = append(lines, a.scene.ruler.TruncateMiddle(text.Clean(name), 50).String())
	}
	box := dialog.NewConfirm(phrases.AskGoOnInTheBackground, lines, []dialog.Choice{
		{Label: "Stay"}, {Name: dialog.ChoiceDetach, Label: phrases.BeginAnewThere, Short: "Anew", Yes: true},
	}, &a.boxes)
	a.open(box, func(choice string) tea.Cmd {
		if choice != dialog.ChoiceDetach {
			return nil
		}
		return a.leaveBy(a.model.Detach)
	})
	return nil
}

// leave has everything paused; the model says when all is at rest.
func (a *App) leave() tea.Cmd { return a.leaveBy(a.model.Quit) }

// leaveBy leaves in one of the model's ways.
func (a *App) leaveBy(way func() tea.Cmd) tea.Cmd {
	a.leaving = true
	a.front = nil
	a.strips.filter.close()
	a.strips.find.line.close()
	a.strips.leaving, _ = a.model.QuitCost()
	a.strips.notice = notice{}
	a.touch()
	return way()
}
