package plain

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"haul/model"
	"haul/ui/curl"
	"haul/ui/phrases"
	"haul/ui/text"
)

// confirm has yes typed before something is lost.
func (p *Printer) confirm(do func() tea.Cmd, format string, args ...any) {
	p.keys.say(format, args...)
	p.keys.say(phrases.TypeYes)
	p.keys.sure = do
}

// run does a command. What it makes of the transfers is told by their own
// lines; what else came of it is said here.
func (p *Printer) run(c command) tea.Cmd {
	k := &p.keys
	switch c.verb {
	case "list", "more", "status", "help":
		p.tell(c)
		return nil
	case "add":
		return p.add(c.text)
	case "undo":
		k.say(phrases.IsBack, p.model.Undo())
		return nil
	case "answer":
		return p.answer(c.text)
	case "wait":
		k.waits = true
		return nil
	case "detach":
		return p.detach()
	case "quit":
		return p.quit()
	}
	if c.verb == "limit" && c.host != "" {
		p.limitHost(c.host, c.rate)
		return nil
	}
	if c.verb == "limit" && c.all {
		p.model.SetRateLimit(c.rate)
		k.say(phrases.IsLimited, phrases.Everything, k.limitWords(c.rate))
		return nil
	}
	rows := p.meant(c)
	if len(rows) == 0 {
		k.clause(phrases.NoTransferTyped)
		return nil
	}
	return p.act(c, rows)
}

// meant are the rows that a command names.
func (p *Printer) meant(c command) (rows []model.Row) {
	for _, r := range p.model.Rows(nil, 0, p.model.Len()) {
		if c.has(r.ID) {
			rows = append(rows, r)
		}
	}
	return rows
}

// act does a command with rows.
func (p *Printer) act(c command, rows []model.Row) tea.Cmd {
	k, m := &p.keys, p.model
	ids, name := idsOf(rows), called(rows)
	switch c.verb {
	case "progress", "details", "link":
		p.tellOf(c, rows)
	case "pause":
		return p.some(rows, m.TogglePause, "pause", model.Queued, model.Running, model.Resuming, model.Asking, model.Retrying)
	case "resume":
		return p.some(rows, m.TogglePause, "resume", model.Paused, model.Held)
	case "retry":
		return p.some(rows, m.Retry, phrases.ToTryAgain,
			model.Failed, model.Refused, model.Expired, model.Mismatch, model.Cancelled, model.Retrying)
	case "cancel":
		return p.cancel(rows)
	case "restart":
		cost := m.Cost(ids)
		switch {
		case cost.Finished == cost.Rows:
			k.clause(phrases.NothingToRestart, name+stateOf(rows))
			return nil
		case cost.Bytes == 0:
			return m.Restart(ids)
		}
		p.confirm(func() tea.Cmd { return m.Restart(ids) }, phrases.RestartLoses, name, p.opt.Units.Bytes(cost.Bytes))
	case "remove":
		k.say(phrases.RemovedUndo, name)
		return m.Remove(ids, false)
	case "delete":
		p.confirm(func() tea.Cmd {
			k.say(phrases.IsDeleted, name)
			return m.Remove(ids, true)
		}, phrases.DeleteLoses, name)
	case "limit":
		m.SetRowRateLimit(ids, c.rate)
		k.say(phrases.IsLimited, name, k.limitWords(c.rate))
	case "priority":
		k.say(phrases.HasPriority, name, c.by)
		return m.SetPriority(ids, c.by)
	case "up", "down":
		return p.move(ids, name, c.verb == "up")
	case "rename":
		if err := m.Rename(ids[0], c.text); err != nil {
			k.clause(phrases.NotRenamed, text.Clean(err.Error()))
			break
		}
		k.clause(phrases.FileWillBe, text.Clean(c.text))
	case "renew":
		cmd, err := m.Renew(ids[0], c.text)
		if err != nil {
			k.clause(phrases.NotRenewed, text.Clean(err.Error()))
		}
		return cmd
	}
	return nil
}

// some does something with those of the rows that are in one of the states.
func (p *Printer) some(rows []model.Row, do func([]model.RowID) tea.Cmd, what string, states ...model.State) tea.Cmd {
	var ids []model.RowID
	for _, r := range rows {
		if slices.Contains(states, r.State) {
			ids = append(ids, r.ID)
		}
	}
	if len(ids) > 0 {
		return do(ids)
	}
	p.keys.say(phrases.NothingToDoWith, called(rows), stateOf(rows), what)
	return nil
}

func (p *Printer) cancel(rows []model.Row) tea.Cmd {
	name := called(rows)
	ids := p.model.Cancellable(idsOf(rows))
	if len(ids) > 0 && len(ids) < len(rows) { // the rest stays as it is
		name = called(slices.DeleteFunc(rows, func(r model.Row) bool { return !slices.Contains(ids, r.ID) }))
	}
	cost := p.model.Cost(ids)
	switch {
	case cost.Active == 0:
		p.keys.say(phrases.NothingToCancel, name)
	case cost.Bytes == 0:
		return p.model.Cancel(ids)
	default:
		p.confirm(func() tea.Cmd { return p.model.Cancel(ids) },
			phrases.CancelLoses, name, p.opt.Units.Bytes(cost.Bytes))
	}
	return nil
}

func (p *Printer) move(ids []model.RowID, name string, up bool) tea.Cmd {
	moved, cmd := p.model.Move(ids, up)
	if moved == 0 {
		p.keys.say(phrases.StaysInPlace, name)
		return cmd
	}
	place, of := p.model.Place(ids[0])
	p.keys.say(phrases.HasPlace, name, place, of)
	return cmd
}

// add takes in URLs, or a command line of curl.
func (p *Printer) add(line string) tea.Cmd {
	word, rest := cut(line)
	again := strings.EqualFold(word, "again") && rest != ""
	if again {
		line = rest
	}
	var specs []model.Spec
	if curl.Is(line) {
		c, err := curl.Parse(line)
		if err != nil {
			p.keys.say(phrases.CannotAdd, text.Clean(err.Error()))
			return nil
		}
		for _, d := range c.Downloads {
			specs = append(specs, model.Spec{URL: c.WithUser(d.URL), Name: d.Name, Header: c.Header.Clone()})
		}
	} else {
		for _, url := range strings.Fields(line) {
			specs = append(specs, model.Spec{URL: url})
		}
	}
	for i := range specs {
		specs[i].Dir, specs[i].Beside = p.opt.Into, again
	}
	added, problems, cmd := p.model.Add(specs)
	if n := len(specs) - len(problems); p.opt.Attached && n > 0 {
		p.keys.clause(phrases.GivenToAgent, n)
	}
	for _, problem := range problems {
		p.keys.say(phrases.CannotAddURL, text.URL(problem.URL, text.Const(phrases.HiddenInURL)), text.Clean(problem.Err.Error()))
	}
	for _, id := range added {
		if r, ok := p.model.Row(id); ok {
			p.keys.say(phrases.IsAdded, id, text.Clean(r.Name))
		}
	}
	return cmd
}

// quit leaves; it asks first if bytes would be lost.
func (p *Printer) quit() tea.Cmd {
	leave := func() tea.Cmd {
		p.draining = true
		return p.model.Quit()
	}
	running, lost := p.model.QuitCost()
	switch {
	case p.opt.Attached: // everything goes on
	case running > 0 && p.opt.Forgets:
		p.confirm(leave, phrases.QuitForgets, running)
		return nil
	case lost > 0:
		p.confirm(leave, phrases.QuitLoses, lost, running)
		return nil
	}
	return leave()
}

// detach leaves and has everything go on in the background; it asks first if
// bytes are fetched twice by that.
func (p *Printer) detach() tea.Cmd {
	if p.opt.Attached { // they are there already
		return p.quit()
	}
	if !p.model.Detachable() {
		p.keys.clause(phrases.NoAgent)
		return nil
	}
	leave := func() tea.Cmd {
		p.draining = true
		return p.model.Detach()
	}
	if again := p.model.DetachCost(); len(again) > 0 {
		p.confirm(leave, phrases.DetachLoses, len(again))
		return nil
	}
	return leave()
}

func idsOf(rows []model.Row) []model.RowID {
	ids := make([]model.RowID, len(rows))
	for i, r := range rows {
		ids[i] = r.ID
	}
	return ids
}

// stateOf is what follows the name of the only row, nothing if there are several.
func stateOf(rows []model.Row) string {
	if len(rows) != 1 {
		return ""
	}
	return ", " + phrases.State(rows[0].State)
}

// called is the name of the only row, or how many there are.
func called(rows []model.Row) string {
	if len(rows) == 1 {
		return text.Clean(rows[0].Name).String()
	}
	return phrases.Transfers(len(rows))
}
