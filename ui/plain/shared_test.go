package plain

import (
	"io"
	"strings"
	"testing"
	"time"

	"haul/model"
)

// typesAPassword gets as far as the line for a password, while a second transfer
// runs that takes so long.
func typesAPassword(t *testing.T, shared bool, tale func(p *person, ends func(string) bool)) {
	t.Helper()
	paths := []string{"/basic/a.bin?size=1kB", "/file/b.txt?size=100kB&rate=1kB"}
	sit(t, true, paths, func(p *person) {
		p.printer.opt.Shared = shared
		p.hear("1-4: type a number")
		time.Sleep(2 * time.Second)
		p.types("give")
		p.types("alice")
		p.hear("Password: ")
		tale(p, func(s string) bool { return strings.HasSuffix(p.out.String(), s) })
	})
}

func TestLinesWaitWhileAnAnswerIsTypedOnTheSameTerminal(t *testing.T) {
	typesAPassword(t, true, func(p *person, ends func(string) bool) {
		p.state(2, model.Done)
		if !ends("Password: ") {
			t.Errorf("printed where the password is typed:\n%s", p.out.String())
		}
		p.types("wonderland")
		p.hear("\n", "done     2: b.txt", "How long is it kept?", "Type one of these words")
		p.types("once")
		p.hear("done     1: a.bin")
	})
}

func TestLinesOfAnotherPlaceDoNotWait(t *testing.T) {
	typesAPassword(t, false, func(p *person, _ func(string) bool) {
		p.hear("done     2: b.txt")
	})
}

func TestALineForAnAnswerEndsWhenNobodyWillEndIt(t *testing.T) {
	for name, c := range map[string]struct {
		end  func(*person)
		want []string
	}{
		"the question is gone": {
			func(p *person) { p.do(p.printer.model.Cancel([]model.RowID{1})) },
			[]string{"Password: \nThe question has settled itself.\n", "cancelled 1: a.bin"},
		},
		"the input ends": {
			func(p *person) { p.end("", io.EOF) },
			[]string{"Password: \n"},
		},
		"haul ends": {
			func(p *person) { p.printer.Update(model.DrainMsg{}) },
			[]string{"Password: \n"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			typesAPassword(t, true, func(p *person, _ func(string) bool) {
				p.heard = strings.LastIndex(p.out.String(), "Password: ")
				c.end(p)
				p.hear(c.want...)
			})
		})
	}
}
