package plain

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"haul/model"
	"haul/ui/curl"
	"haul/ui/phrases"
	"haul/ui/text"
)

// lineMsg is a line that was read, or why there is none.
type lineMsg struct {
	line  string
	err   error
	begun time.Time
	// of is the question that wanted the line as it is, at this step; 0 for a
	// command or a choice.
	of   model.PromptID
	step step
}

// justNow is how long after a question has come a number may still be meant for
// what was there before.
const justNow = time.Second

// keys is what has come of the lines typed so far.
type keys struct {
	talk
	reading bool // a line is being read
	ended   bool // the input has ended
	used    bool // a command was given
	waits   bool // nothing is read before a question or the end
	resting bool // that all is at rest was said
	// asked is the question that is open, sure what is to be done after yes;
	// later are the questions that were put off.
	asked *question
	sure  func() tea.Cmd
	later map[model.PromptID]bool
	more  []model.RowID // the rest of a list
}

// stays tells whether somebody may still give commands when all is at rest.
func (p *Printer) stays() bool {
	return p.opt.Steer && !p.keys.ended && (p.keys.used || p.opt.Stay)
}

// read reads the next line, if somebody may type one. One is read at a time.
func (p *Printer) read() tea.Cmd {
	k := &p.keys
	if p.opt.Read == nil || k.reading || k.ended || p.draining {
		return nil
	}
	if k.asked == nil && (!p.opt.Steer || k.waits && !p.model.Idle()) {
		return nil
	}
	k.reading, k.waits = true, false
	msg := lineMsg{begun: time.Now()}
	if k.asked != nil && k.asked.step != stepChoice {
		msg.of, msg.step = k.asked.view.ID, k.asked.step
	}
	return func() tea.Msg {
		msg.line, msg.err = p.opt.Read(msg.step == stepPassword)
		return msg
	}
}

// rest says once that nothing is left to do, after what had been going on has
// told its end.
func (p *Printer) rest() {
	k := &p.keys
	if !p.model.Idle() || p.opt.Expects && p.model.Len() == 0 {
		k.resting = false
		return
	}
	underway := func(r model.Row) bool {
		was := p.rows[r.ID]
		return was != nil && was.started && was.state != r.State
	}
	if k.resting || slices.ContainsFunc(p.model.Rows(nil, 0, p.model.Len()), underway) {
		return
	}
	k.resting = true
	k.say(phrases.AllAtRest)
}

// ask opens the oldest question that was not put off.
func (p *Printer) ask() {
	k := &p.keys
	if p.opt.Read == nil || p.draining {
		return
	}
	prompts := p.model.Prompts()
	same := func(q model.PromptView) bool { return q.ID == k.asked.view.ID }
	if k.asked != nil && !slices.ContainsFunc(prompts, same) {
		k.clause(phrases.QuestionGone(p.model.AnsweredElsewhere(k.asked.view.ID)))
		k.asked = nil
	}
	for id := range k.later {
		if !slices.ContainsFunc(prompts, func(q model.PromptView) bool { return q.ID == id }) {
			delete(k.later, id)
		}
	}
	if k.asked != nil {
		return
	}
	for _, q := range prompts {
		if k.later[q.ID] {
			continue
		}
		if k.ended {
			k.later[q.ID] = true
			continue
		}
		p.write.question(q, time.Now())
		k.asked = newQuestion(q, k.talk)
		return
	}
}

// typed acts on a line.
func (p *Printer) typed(msg lineMsg) tea.Cmd {
	k := &p.keys
	k.reading = false
	if msg.err == nil && msg.step != stepPassword {
		k.line.open = false // the person has ended it, and that was shown
	}
	k.line.end()
	p.share()
	if msg.err != nil && msg.line == "" {
		k.ended, k.sure = true, nil
		if k.asked != nil && msg.step == stepKeep && k.asked.view.ID == msg.of {
			k.asked.take("") // the password was given: that is the usual answer
			return p.settle()
		}
		if k.asked != nil {
			k.later[k.asked.view.ID], k.asked = true, nil
		}
		return nil
	}
	if msg.of != 0 {
		// What was typed for a question is for no other, and no command: it may
		// be a password.
		if k.asked == nil || k.asked.view.ID != msg.of || k.asked.step != msg.step {
			k.say(phrases.WasForAnother)
			return nil
		}
		if k.sure == nil && k.asked.wantsWord() && !k.asked.knows(msg.line) {
			return p.instead(msg.line)
		}
		if k.sure == nil {
			k.asked.take(msg.line)
			return p.settle()
		}
	}
	if k.sure != nil {
		do := k.sure
		if k.sure = nil; strings.EqualFold(strings.TrimSpace(msg.line), "yes") {
			return do()
		}
		k.say(phrases.NothingDone)
		if c, err := parse(msg.line); err == nil { // a command is one, also here
			return p.command(c)
		}
		p.resume()
		return nil
	}
	c, err := parse(msg.line)
	if k.asked != nil {
		if i := k.asked.chooses(msg.line); i >= 0 {
			return p.choose(i, msg.begun)
		}
		if !p.opt.Steer && (err != nil || c.verb != "quit") {
			k.say(phrases.TypeChoice, len(k.asked.choices))
			return nil
		}
	}
	switch {
	case errors.Is(err, errNothing):
	case err != nil:
		k.say("%s.", text.Clean(upper(err.Error())))
		if k.asked != nil {
			k.say(phrases.TypeChoice, len(k.asked.choices))
		}
	default:
		return p.command(c)
	}
	return nil
}

// command does a command that was typed, and asks again for the word that an open
// question waits for.
func (p *Printer) command(c command) tea.Cmd {
	p.keys.used = p.keys.used || c.verb != "wait"
	cmd := p.run(c)
	p.resume()
	return cmd
}

// resume goes on with a question that had been chosen from already, unless what it
// wants was just asked for.
func (p *Printer) resume() {
	if k := &p.keys; k.asked != nil && k.asked.step != stepChoice && k.sure == nil && !p.draining && !k.line.open {
		k.asked.next()
	}
}

// instead acts on a line that is none of the words which the open question waits
// for: another of its choices, or a command. Any other word approves nothing.
func (p *Printer) instead(line string) tea.Cmd {
	k := &p.keys
	if i := k.asked.named(strings.TrimSpace(line)); i >= 0 {
		k.asked.choose(i)
		return p.settle()
	}
	if c, err := parse(line); err == nil && (p.opt.Steer || c.verb == "quit") {
		return p.command(c)
	}
	k.asked.take(line)
	return p.settle()
}

// choose makes a choice of the open question, unless the line was begun before
// that was there.
func (p *Printer) choose(i int, begun time.Time) tea.Cmd {
	q := p.keys.asked
	if begun.Before(q.shown) && time.Since(q.shown) < justNow {
		p.keys.say(phrases.JustCome)
		return nil
	}
	q.choose(i)
	return p.settle()
}

// settle gives the answer to the model when there is one.
func (p *Printer) settle() tea.Cmd {
	k := &p.keys
	q := k.asked
	switch q.step {
	case stepLater:
		k.later[q.view.ID], k.asked = true, nil
		k.used = true // haul stays, or it could not be asked again
	case stepAnswered:
		k.asked = nil
		first, cmd := p.model.Answer(q.view.ID, q.answer)
		if !first {
			k.clause(phrases.AnsweredAlready)
		}
		return cmd
	}
	return nil
}

// answer is the command of that name.
func (p *Printer) answer(word string) tea.Cmd {
	k := &p.keys
	switch {
	case k.asked != nil && word == "":
		k.asked.show()
	case k.asked != nil:
		if i := k.asked.chooses(word); i >= 0 {
			k.asked.choose(i)
			return p.settle()
		}
		k.say(phrases.TypeChoice, len(k.asked.choices))
	case len(k.later) > 0:
		clear(k.later)
	default:
		k.clause(phrases.NoQuestion)
	}
	return nil
}

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
		p.model.SetHostRateLimit(c.host, c.rate)
		k.say(phrases.IsLimited, fmt.Sprintf(phrases.AllOf, text.Clean(c.host)), k.limitWords(c.rate))
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
		if cost.Bytes == 0 {
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
	state := ""
	if len(rows) == 1 {
		state = ", " + phrases.State(rows[0].State)
	}
	p.keys.say(phrases.NothingToDoWith, called(rows), state, what)
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

// called is the name of the only row, or how many there are.
func called(rows []model.Row) string {
	if len(rows) == 1 {
		return text.Clean(rows[0].Name).String()
	}
	return phrases.Transfers(len(rows))
}

func (t talk) limitWords(rate int64) string {
	if rate == 0 {
		return phrases.WithoutLimit
	}
	return fmt.Sprintf(phrases.LimitedTo, t.units.Rate(rate))
}

// upper begins a sentence.
func upper(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
