package dialog

import (
	"fmt"

	"haul/ui/phrases"
)

// Afterwards says what becomes of transfers that are not done when the program
// ends.
type Afterwards int

// What can become of them.
const (
	GoOnLater    Afterwards = iota // in the next run
	GoOnAsWanted                   // in the next run, or in the background
	Forgotten                      // nothing is kept of them
)

// Quit asks what becomes of transfers that run when the program is to end.
type Quit struct {
	*confirm
	running, lost int
	then          Afterwards
}

// NewQuit asks before the program ends while running rows run, of which lost
// cannot be resumed later. The choices are ChoicePauseAndQuit, ChoiceDetach where
// they can go on in the background, and ChoiceQuit, which is offered only if
// something is lost by it. The focus is on the first button that loses nothing.
func NewQuit(running, lost int, then Afterwards, o *Options) *Quit {
	d := &Quit{running: running, lost: lost, then: then}
	d.confirm = d.ask(o)
	return d
}

// SetCost says how many run, and how many of them would be lost, by now. The
// focus stays on its button, unless that is gone or would lose more than
// before: then it goes to the safest.
func (d *Quit) SetCost(running, lost int) {
	if d.closed || running == d.running && lost == d.lost {
		return
	}
	more := lost > d.lost
	d.running, d.lost = running, lost
	focus := d.choices[d.at].Name
	d.confirm = d.ask(d.o)
	for i, c := range d.choices {
		if c.Name == focus && !more {
			d.at = i
		}
	}
}

// ask makes the question for what runs now.
func (d *Quit) ask(o *Options) *confirm {
	pause := Choice{Name: ChoicePauseAndQuit, Label: phrases.PauseAndQuit, Short: "Pause, quit"}
	stay := Choice{Label: phrases.KeepRunningHere, Short: "Stay"}
	choices := []Choice{pause, stay}
	if d.then == GoOnAsWanted {
		choices = []Choice{pause, {Name: ChoiceDetach, Label: phrases.GoOnInTheBackground, Short: "Background"}, stay}
	}
	switch {
	case d.running == 0:
		return newConfirm("Quit?", []string{phrases.NothingRunsAnyMore},
			[]Choice{{Name: ChoicePauseAndQuit, Label: "Quit"}, {Label: "Stay"}}, o)
	case d.then == Forgotten:
		return newConfirm("Quit?", []string{
			fmt.Sprintf(phrases.NotDoneYet, d.running),
			phrases.NothingIsKeptOfThem,
		}, []Choice{stay, {Name: ChoiceQuit, Label: "Quit"}}, o)
	case d.lost == 0:
		return newConfirm("Quit?", []string{
			fmt.Sprintf(phrases.NotDoneYet, d.running),
			phrases.PausedGoOnLater,
		}, choices, o)
	}
	quit := Choice{
		Name:  ChoiceQuit,
		Label: fmt.Sprintf(phrases.QuitAndLose, d.lost), Short: fmt.Sprintf("Quit, lose %d", d.lost),
	}
	c := newConfirm("Quit?", []string{
		fmt.Sprintf(phrases.NotDoneYet, d.running),
		fmt.Sprintf(phrases.SomeCannotResume, d.lost),
	}, append(choices, quit), o)
	c.step(len(choices) - 1)
	return c
}
