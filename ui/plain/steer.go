package plain

import (
	"errors"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"haul/model"
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
// told its end. What is paused in another process can still have a question open.
func (p *Printer) rest() {
	k := &p.keys
	if k.asked != nil || !p.model.Idle() || p.opt.Expects && p.model.Len() == 0 {
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
