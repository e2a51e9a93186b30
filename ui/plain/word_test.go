package plain

import (
	"strings"
	"testing"
	"time"

	"haul/model"
)

const members = "/basic/a.bin?size=1kB&realm=Members"

// toTheWord answers the question for a password up to how long it is kept.
func (p *person) toTheWord() {
	p.t.Helper()
	p.hear("1-4: type a number")
	time.Sleep(2 * time.Second)
	for _, line := range []string{"give", "alice", "wonderland"} {
		p.types(line)
	}
	p.hear("How long is it kept?")
}

func (p *person) over() { p.t.Helper(); p.until("the end", func() bool { return p.ended }) }

func TestQuitLeavesAtEveryQuestionThatWantsAWord(t *testing.T) {
	for name, steered := range map[string]bool{"with commands": true, "without": false} {
		t.Run(name, func(t *testing.T) {
			sit(t, steered, []string{members}, func(p *person) {
				p.hear("1-4: type a number")
				p.types("quit")
				p.over()
			})
			sit(t, steered, []string{members}, func(p *person) {
				p.toTheWord()
				p.types("Quit")
				p.over()
			})
		})
	}
}

func TestCommandsAreDoneWhileAQuestionWantsAWord(t *testing.T) {
	sit(t, true, []string{members, slow}, func(p *person) {
		p.toTheWord()
		p.types("pause 2")
		p.state(2, model.Paused)
		p.hear("Type one of these words") // it still wants to know
		p.types("for ever")
		p.hear("Type one of these words")
		p.types("cancel 2")
		p.hear("Type one of these words")
		p.types("session")
		p.state(1, model.Done)
	})
	sit(t, false, []string{members, slow}, func(p *person) {
		p.toTheWord()
		p.types("pause 2")
		p.hear("Type one of these words")
		if r, _ := p.printer.model.Row(2); r.State == model.Paused {
			t.Error("a command was done where none are read")
		}
		p.types("")
		p.state(1, model.Done)
	})
}

func TestAnotherChoiceCanBeMadeWhileAQuestionWantsAWord(t *testing.T) {
	sit(t, true, []string{members}, func(p *person) {
		p.toTheWord()
		p.types("give") // the name was wrong
		p.hear("User: ")
		p.types("alice")
		p.types("wonderland")
		p.hear("How long is it kept?")
		p.types("later")
		p.hear("Put off: answer asks it again.")
		p.types("answer")
		p.toTheWord()
		p.types("cancel")
		p.hear("cancelled 1: a.bin")
	})
}

func TestNothingForUserAndPasswordPutsTheQuestionOff(t *testing.T) {
	sit(t, true, []string{members}, func(p *person) {
		p.hear("1-4: type a number")
		time.Sleep(2 * time.Second)
		p.types("give")
		p.types("")
		p.hear("Password: ")
		p.types("")
		p.hear("Put off: answer asks it again.")
	})
	sit(t, false, []string{members}, func(p *person) {
		p.hear("1-4: type a number")
		p.types("later")
		p.hear("Put off: this run does not ask it again.")
		p.over()
	})
}

func TestAWordThatNobodyKnowsIsToldTheChoices(t *testing.T) {
	sit(t, true, []string{members}, func(p *person) {
		p.hear("1-4: type a number")
		p.types("trust")
		p.hear("There is no such command", "Type a number from 1 to 4, or its word; quit leaves.")
	})
}

func TestACommandInThePlaceOfYesIsDone(t *testing.T) {
	sit(t, true, []string{slow}, func(p *person) {
		p.hear("start    1: a.iso")
		p.until("bytes", func() bool { r, _ := p.printer.model.Row(1); return r.Done > 0 })
		p.types("cancel 1")
		p.hear("pause would keep them", "Type yes")
		p.types("pause 1")
		p.hear("Nothing was done.", "paused   1: a.iso")
		p.types("resume 1")
		p.state(1, model.Running)
		p.types("cancel 1")
		p.hear("Type yes")
		p.types("quit")
		p.hear("Nothing was done.")
		p.over()
	})
}

func TestARunThatKeepsNothingPromisesNothing(t *testing.T) {
	sit(t, true, []string{slow}, func(p *person) {
		p.printer.opt.Forgets = true
		p.hear("start    1: a.iso")
		p.types("quit")
		p.hear("1 not done yet.", "this run keeps nothing for a later one", "Type yes")
		p.types("yes")
		p.over()
	})
	var out strings.Builder
	New(nil, Options{Out: &out, Forgets: true}).write.total(model.Summary{Kept: 3}, time.Now())
	if got := out.String(); !strings.Contains(got, "3 unfinished") || strings.Contains(got, "later") {
		t.Error(got)
	}
}

func TestCancellingAllNamesWhatIsCancelled(t *testing.T) {
	sit(t, true, []string{slow, "/file/b.iso?size=1kB"}, func(p *person) {
		p.state(2, model.Done)
		p.until("bytes", func() bool { r, _ := p.printer.model.Row(1); return r.Done > 0 })
		p.types("cancel all")
		p.hear("Cancelling a.iso throws ")
		p.types("yes")
		p.hear("cancelled 1: a.iso")
	})
}
