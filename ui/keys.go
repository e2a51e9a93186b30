package ui

import (
	tea "charm.land/bubbletea/v2"

	"haul/keymap"
	"haul/model"
	"haul/ui/phrases"
	"haul/ui/text"
)

// context is where the keyboard is, if no dialog and no field has it.
func (a *App) context() keymap.Context {
	if a.screen == screenList {
		return keymap.List
	}
	return keymap.Detail
}

// press takes a key: what works everywhere first, then the dialog, the filter,
// the screen.
func (a *App) press(msg tea.KeyPressMsg) tea.Cmd {
	keystroke := msg.String()
	if a.typing() {
		// The screens' own keys do not hold; their ways out do.
		for _, c := range []keymap.Context{keymap.Field, keymap.Dialog} {
			switch action, _ := a.opt.Keys.Lookup(c, keystroke); action {
			case keymap.Interrupt, keymap.Redraw, keymap.Suspend:
				cmd, _ := a.common(action)
				return cmd
			}
		}
	}
	if !a.leaving {
		a.strips.notice = notice{}
	}
	switch {
	case a.front != nil:
		return a.toFront(msg)
	case a.strips.filter.active:
		return a.typeFilter(msg)
	case a.strips.find.line.active:
		return a.strips.find.take(a.opt.Keys, msg)
	}
	action, ok := a.opt.Keys.Lookup(a.context(), keystroke)
	if !ok {
		return nil
	}
	return a.perform(action)
}

// typing tells whether something over the screen has the keys: a dialog or a
// line of text.
func (a *App) typing() bool {
	return a.front != nil || a.strips.filter.active || a.strips.find.line.active
}

// perform does what an action means on this screen.
func (a *App) perform(action keymap.Action) tea.Cmd {
	if cmd, ok := a.common(action); ok {
		return cmd
	}
	switch a.screen {
	case screenDetail:
		return a.inDetail(action)
	case screenLog, screenHistory:
		return a.inChronicle(action)
	}
	return a.inList(action)
}

// onTransfers tells the actions that something has to be there for.
func onTransfers(action keymap.Action) bool {
	switch action {
	case keymap.Pause, keymap.Cancel, keymap.RemoveFile, keymap.Retry, keymap.Restart, keymap.EditURL, keymap.Limit,
		keymap.PriorityUp, keymap.PriorityDown, keymap.QueueUp, keymap.QueueDown, keymap.Rename,
		keymap.CopyURL, keymap.CopyPath, keymap.OpenFile, keymap.OpenFolder,
		keymap.Open, keymap.Mark, keymap.MarkRange, keymap.MarkAll, keymap.MarkInvert:
		return true
	}
	return false
}

// common does what means the same on every screen. It reports whether the
// action was one of those.
func (a *App) common(action keymap.Action) (tea.Cmd, bool) {
	if _, ok := a.one(); !ok && onTransfers(action) {
		if l := a.chronicle(); l != nil {
			a.say(roleNews, phrases.LogIsAboutAll, string(l.title))
		} else {
			a.say(roleNews, phrases.NoTransferHere)
		}
		return nil, true
	}
	switch action {
	case keymap.Interrupt:
		return a.interrupt(), true
	case keymap.Redraw:
		return tea.ClearScreen, true
	case keymap.Suspend:
		return tea.Suspend, true
	case keymap.Help:
		a.openHelp()
	case keymap.Theme:
		return a.nextTheme(), true
	case keymap.Answer:
		a.openOldest()
	case keymap.Pause:
		return a.pause(), true
	case keymap.PauseAll:
		return a.pauseAll(), true
	case keymap.Cancel:
		return a.cancel(), true
	case keymap.RemoveFile:
		a.removeFile()
	case keymap.Retry:
		return a.retry(), true
	case keymap.Restart:
		return a.restart(), true
	case keymap.EditURL:
		a.editURL()
	case keymap.CopyURL:
		return a.copyURL(), true
	case keymap.CopyPath:
		return a.copyPath(), true
	case keymap.OpenFile:
		return a.openPath(false), true
	case keymap.OpenFolder:
		return a.openPath(true), true
	case keymap.Limit:
		a.openLimit()
	case keymap.PriorityUp:
		return a.prioritise(1), true
	case keymap.PriorityDown:
		return a.prioritise(-1), true
	case keymap.QueueUp:
		return a.moveInQueue(true), true
	case keymap.QueueDown:
		return a.moveInQueue(false), true
	case keymap.Rename:
		a.openRename()
	case keymap.Mouse:
		a.toggleMouse()
	case keymap.Reload:
		a.reread()
	case keymap.Undo:
		a.undo()
	case keymap.Log:
		a.toggle(screenLog)
	case keymap.History:
		return a.showHistory(), true
	case keymap.Detach:
		return a.detach(), true
	default:
		return nil, false
	}
	return nil, true
}

// inList does what keys of the list mean.
func (a *App) inList(action keymap.Action) tea.Cmd {
	m := a.model
	position, id := m.Cursor()
	page := max(a.layout.list.n, 1)
	if a.list.focus && a.inPane(action) {
		return nil
	}
	switch action {
	case keymap.MoveUp:
		m.MoveTo(position - 1)
	case keymap.MoveDown:
		m.MoveTo(position + 1)
	case keymap.MoveFirst:
		m.MoveTo(0)
	case keymap.MoveLast:
		m.MoveTo(m.Len() - 1)
	case keymap.HalfPageUp:
		m.MoveTo(position - max(page/2, 1))
	case keymap.HalfPageDown:
		m.MoveTo(position + max(page/2, 1))
	case keymap.PageUp:
		m.MoveTo(position - page)
	case keymap.PageDown:
		m.MoveTo(position + page)
	case keymap.Open:
		if r, ok := m.Row(id); ok {
			a.detail.open(&r, a.width, a.height)
			a.screen = screenDetail
		}
	case keymap.Back:
		a.back()
	case keymap.Quit:
		return a.quit()
	case keymap.Pane:
		a.list.pane, a.list.focus = !a.list.pane, false
		if a.height < 30 {
			a.say(roleNews, phrases.PaneNeedsLines)
		}
	case keymap.PaneFocus:
		a.focusPane()
	case keymap.Filter:
		return a.strips.filter.open(m.Filter())
	case keymap.Sort:
		a.openSortMenu()
	case keymap.SortReverse:
		key, rev := m.Sort()
		m.SetSort(key, !rev)
	case keymap.ViewAll:
		m.SetView(model.ViewAll)
	case keymap.ViewRunning:
		m.SetView(model.ViewRunning)
	case keymap.ViewWaiting:
		m.SetView(model.ViewWaiting)
	case keymap.ViewAsking:
		m.SetView(model.ViewAttention)
	case keymap.ViewDone:
		m.SetView(model.ViewDone)
	case keymap.Mark:
		m.ToggleMark()
		m.MoveTo(position + 1)
	case keymap.MarkRange:
		m.MarkRange()
	case keymap.MarkInvert:
		m.InvertMarks()
	case keymap.MarkAll:
		m.MarkAll()
	case keymap.Add:
		a.openAdd("")
	}
	return nil
}

// focusPane gives the pane the keys that move, and shows it if it is hidden.
func (a *App) focusPane() {
	if a.height < 30 || a.model.Len() == 0 {
		a.say(roleNews, phrases.PaneNeedsTransfer)
		return
	}
	a.list.pane, a.list.focus = true, true
}

// inPane does what keys mean while the pane has the focus. It reports false for
// those that mean the same as in the list.
func (a *App) inPane(action keymap.Action) bool {
	l := &a.list
	if !a.layout.pane.shows() { // the screen has become too small
		l.focus = false
		return false
	}
	switch action {
	case keymap.MoveUp, keymap.MoveDown, keymap.MoveFirst, keymap.MoveLast,
		keymap.HalfPageUp, keymap.HalfPageDown, keymap.PageUp, keymap.PageDown:
		l.scroll = scrolled(l.scroll, l.most, a.layout.pane.n-1, action)
	case keymap.Back, keymap.Pane, keymap.PaneFocus:
		l.focus = false
	default:
		return false
	}
	return true
}

// back clears what narrows the list, one thing at a key.
func (a *App) back() {
	m := a.model
	switch {
	case m.Filter() != "":
		// Only a filter with something in it can be wrong.
		_ = m.SetFilter("")
	case m.Marked() > 0:
		m.ClearMarks()
	case !a.strips.note.IsEmpty():
		a.strips.note = text.Text{}
	case m.Unfinished() > 0 && !a.strips.hushed:
		a.strips.hushed = true
	case m.View() != model.ViewAll:
		m.SetView(model.ViewAll)
	}
}

// inDetail does what keys of the detail screen mean.
func (a *App) inDetail(action keymap.Action) tea.Cmd {
	d := &a.detail
	switch action {
	case keymap.Back:
		a.screen = screenList
		return nil
	case keymap.NextTransfer, keymap.PrevTransfer:
		a.stepTransfer(action == keymap.NextTransfer)
		return nil
	case keymap.Find:
		return a.strips.find.open()
	}
	d.act(action, atOnce(a.width, a.height))
	switch {
	case action == keymap.Wrap && d.wrap:
		a.say(roleNews, phrases.LongLinesWrapped)
	case action == keymap.Wrap:
		a.say(roleNews, phrases.LongLinesCut)
	case action == keymap.Follow && d.follow:
		a.say(roleNews, phrases.FollowOn)
	case action == keymap.Follow:
		a.say(roleNews, "follow: off")
	}
	return nil
}

// stepTransfer shows the transfer after or before this one in the list.
func (a *App) stepTransfer(forward bool) {
	position, _ := a.model.Cursor()
	if forward {
		position++
	} else {
		position--
	}
	a.model.MoveTo(position)
	if _, id := a.model.Cursor(); id != a.detail.id && id != 0 {
		a.detail.id, a.detail.scroll, a.detail.story = id, 0, false
	}
}

// chronicle is the log or the history, whichever is shown; nil for neither.
func (a *App) chronicle() *logScreen {
	switch a.screen {
	case screenLog:
		return &a.log
	case screenHistory:
		return &a.history
	}
	return nil
}

// toggle shows the log or the history, or what was there before.
func (a *App) toggle(to screenKind) {
	switch {
	case a.screen == to:
		a.screen = a.under
		return
	case a.chronicle() == nil:
		a.under = a.screen
	}
	a.screen = to
}

// inChronicle does what keys of the log and of the history mean.
func (a *App) inChronicle(action keymap.Action) tea.Cmd {
	l := a.chronicle()
	switch action {
	case keymap.Back:
		a.toggle(a.screen)
	case keymap.Find:
		return a.strips.find.open()
	case keymap.Follow:
		if !l.follows {
			a.say(roleNews, phrases.NotInLog, string(l.title))
			break
		}
		l.newest = !l.newest
	case keymap.MoveUp, keymap.MoveDown, keymap.MoveFirst, keymap.MoveLast,
		keymap.HalfPageUp, keymap.HalfPageDown, keymap.PageUp, keymap.PageDown:
		l.act(action)
	default:
		a.say(roleNews, phrases.NotInLog, string(l.title))
	}
	return nil
}

// typeFilter takes a key for the filter. The list follows at once; esc clears
// it, enter keeps it.
func (a *App) typeFilter(msg tea.KeyPressMsg) tea.Cmd {
	f := a.strips.filter
	switch action, _ := a.opt.Keys.Lookup(keymap.Field, msg.String()); action {
	case keymap.Back:
		f.close()
		// As in back.
		_ = a.model.SetFilter("")
		return nil
	case keymap.Press, keymap.NextField, keymap.PrevField, keymap.Submit:
		if f.problem.IsEmpty() { // else it stays, to be read and put right
			f.close()
		}
		return nil
	}
	return a.editFilter(msg)
}

// editFilter gives the field a key or a paste.
func (a *App) editFilter(msg tea.Msg) tea.Cmd {
	f := a.strips.filter
	var cmd tea.Cmd
	f.input, cmd = f.input.Update(msg)
	f.problem = text.Text{}
	if value := f.input.Value(); value != a.model.Filter() {
		if err := a.model.SetFilter(value); err != nil {
			f.problem = text.Clean(err.Error())
		}
	}
	return cmd
}

// paste takes text from the terminal: into the field that is open, else as
// URLs to add. Nothing starts by a paste alone.
func (a *App) paste(msg tea.PasteMsg) tea.Cmd {
	switch {
	case a.front != nil:
		return a.toFront(msg)
	case a.strips.filter.active:
		return a.editFilter(msg)
	case a.strips.find.line.active:
		return a.strips.find.edit(msg)
	case a.leaving:
		return nil
	}
	a.openAdd(msg.Content)
	return nil
}
