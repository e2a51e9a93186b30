package plain

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"haul/model"
)

const slow = "/file/a.iso?size=10MB&rate=100kB" // 100 s

func TestRowsArePausedAndResumedByNumber(t *testing.T) {
	sit(t, true, []string{slow}, func(p *person) {
		p.hear("start    1: a.iso")
		p.types("pause 1")
		p.state(1, model.Paused)
		p.hear("paused   1: a.iso", "All is at rest.")
		p.types("pause 1")
		p.hear("a.iso, paused: nothing to pause.")
		p.types("resume all")
		p.hear("resume   1: a.iso")
		p.types("list")
		p.hear("1 transfer.", "1: a.iso, running, ")
		p.types("pause 7")
		p.hear("There is no such transfer: use list to hear their numbers.")
	})
}

// Its time and rate are those of what haul did, not of the person.
func TestTheTimeThatARowWaitsIsNotToldAsItsOwn(t *testing.T) {
	sit(t, true, []string{"/basic/a.iso?size=10MB&rate=100kB"}, func(p *person) {
		p.hear("1-4: type a number")
		time.Sleep(5 * time.Minute)
		for _, answer := range []string{"give", "alice", "wonderland", "once"} {
			p.types(answer)
		}
		p.hear("start    1: a.iso")
		p.until("a half", func() bool { r, _ := p.printer.model.Row(1); return r.Done >= 5_000_000 })
		p.types("pause 1")
		p.hear("paused   1: a.iso")
		time.Sleep(20 * time.Minute)
		p.types("resume 1")
		p.hear("done     1: a.iso  10.0 MB in 1:", "  100 kB/s")
	})
}

func TestCancellingBytesIsConfirmed(t *testing.T) {
	sit(t, true, []string{slow}, func(p *person) {
		p.hear("start    1: a.iso")
		p.until("bytes", func() bool { r, _ := p.printer.model.Row(1); return r.Done > 0 })
		p.types("cancel 1")
		p.hear("throws ", "Type yes")
		p.types("y")
		p.hear("Nothing was done.")
		p.state(1, model.Running)
		p.types("cancel 1")
		p.types("yes")
		p.hear("cancelled 1: a.iso")
		p.types("cancel 1")
		p.hear("nothing to cancel; remove takes it off the list.")
		p.types("retry 1")
		p.hear("resume   1: a.iso")
		p.types("remove 1")
		p.hear("Removed a.iso; undo brings it back.")
		p.types("undo")
		p.hear("Brought back: 1.")
	})
}

func TestStartingAgainWhatIsDoneSaysThatItStays(t *testing.T) {
	sit(t, true, []string{"/file/a.txt?size=1kB", "/file/b.txt?size=1kB"}, func(p *person) {
		p.printer.opt.Stay = true
		p.state(1, model.Done)
		p.state(2, model.Done)
		p.types("restart 1")
		p.hear("a.txt, done: nothing to start again; what is done stays.\n")
		p.types("restart all")
		p.hear("2 transfers: nothing to start again; what is done stays.\n")
	})
}

func TestLimitsPriorityPlacesAndNames(t *testing.T) {
	paths := []string{slow, "/file/b.iso?size=10MB&rate=100kB", "/file/c.iso?size=1kB", "/file/d.iso?size=1kB"}
	sit(t, true, paths, func(p *person) {
		m := p.printer.model
		p.hear("start    1: a.iso")
		p.types("limit 1 50k")
		p.hear("a.iso: at most ")
		p.types("limit all 2M")
		p.types("limit host " + strings.TrimPrefix(p.at, "http://") + " 1M")
		p.hear("Everything: at most ", "All of ")
		if m.RowRateLimit(1) != 50_000 || m.RateLimit() != 2_000_000 {
			t.Errorf("limits: %d, %d", m.RowRateLimit(1), m.RateLimit())
		}
		p.types("down 3")
		p.hear("c.iso: place 2 of 2 in the queue.")
		p.types("up 1")
		p.hear("a.iso: stays")
		p.types("priority 3 high")
		p.hear("c.iso: priority high.")
		p.types("rename 3 see  more.iso")
		p.hear("Its file will be see  more.iso.")
		p.types("cancel 1 2")
		p.types("yes")
		p.state(3, model.Done)
		if _, err := os.Stat(filepath.Join(p.dir, "see  more.iso")); err != nil {
			t.Error(err)
		}
		p.types("details 3")
		p.hear("3: see  more.iso, done", "Answer: 200 OK", "File: ")
		for _, s := range sections() {
			p.types("details 3 " + s)
		}
		p.hear("Segment 1: bytes 0 to ", "Content-Length: 1000", "No redirects.", "No TLS.", "DidComplete")
	})
}

func TestAddingIsToldAndASecondTimeRefused(t *testing.T) {
	sit(t, true, []string{slow}, func(p *person) {
		p.types("add " + p.at + "/file/b.txt?size=1kB nonsense")
		p.hear("Not added: nonsense: ", "Added 2: b.txt.", "done     2: b.txt")
		p.types("add " + p.at + "/file/b.txt?size=1kB")
		p.hear("Not added: ")
		p.types("add again " + p.at + "/file/b.txt?size=1kB")
		p.hear("Added 3: ", "done     3: ")
		p.types("add curl -H 'X-A: b' '" + p.at + "/file/c.txt?size=1kB'")
		p.hear("Added 4: c.txt.", "done     4: c.txt")
		p.types("link 4")
		p.hear(p.at + "/file/c.txt?size=1kB")
	})
}

func TestAQuestionIsAnsweredByNumberOrWord(t *testing.T) {
	sit(t, true, []string{"/basic/a.bin?size=1kB&realm=Members"}, func(p *person) {
		p.hear("asks     1: a.bin", "asks for a user name and password", "  1  give: ", "1-4: type a number")
		time.Sleep(2 * time.Second)
		p.types("list")
		p.hear("1: a.bin, asks you")
		p.types("later")
		p.hear("Put off: answer asks it again.")
		p.types("answer")
		p.hear("1-4: type a number")
		p.types("answer give")
		p.hear("User: ")
		if strings.Contains(p.out.String()[p.heard:], "User: ") {
			t.Errorf("asked for twice:\n%s", p.out.String())
		}
		p.types("alice")
		p.hear("Password: ")
		p.types("wonderland")
		p.hear("How long is it kept?")
		p.types("for ever")
		p.hear("How long is it kept?")
		p.types("once")
		p.state(1, model.Done)
		if !slices.Equal(p.hidden, []string{"wonderland"}) || strings.Contains(p.out.String(), "wonderland") {
			t.Errorf("read without showing: %q", p.hidden)
		}
	})
}

func TestNothingIsAtRestWhileAQuestionIsOpen(t *testing.T) {
	sitAt(t, true, true, []string{"/basic/a.bin?size=1kB"}, func(p *person) {
		p.hear("1-4: type a number")
		p.types("pause 1")
		p.hear("paused   1: a.bin")
		p.types("list")
		p.hear("1: a.bin, paused")
		if strings.Contains(p.out.String(), "All is at rest.") {
			t.Errorf("a question is open:\n%s", p.out.String())
		}
		p.types("later")
		p.hear("All is at rest.")
	})
}

func TestANumberTypedForSomethingElseIsNoAnswer(t *testing.T) {
	sit(t, true, []string{"/basic/a.bin?size=1kB"}, func(p *person) {
		p.hear("1-4: type a number")
		p.types("3")
		p.hear("just now")
		time.Sleep(2 * time.Second)
		p.types("3")
		p.hear("cancelled 1: a.bin")
	})
}

func TestAPasswordForAQuestionThatIsGoneIsNoCommand(t *testing.T) {
	sit(t, true, []string{"/basic/a.bin?size=1kB", slow}, func(p *person) {
		p.hear("1-4: type a number")
		time.Sleep(2 * time.Second)
		p.types("give")
		p.types("alice")
		p.hear("Password: ")
		p.do(p.printer.model.Cancel([]model.RowID{1}))
		p.hear("The question has settled itself.")
		p.types("pause 2")
		p.hear("haul does not use it")
		if r, _ := p.printer.model.Row(2); r.State != model.Running {
			t.Errorf("a password paused a transfer: %v", r.State)
		}
	})
}

func TestItEndsByItselfUntilACommandWasTyped(t *testing.T) {
	over := func(p *person) func() bool { return func() bool { return p.ended } }
	files := []string{"/file/a.txt?size=10kB&rate=1kB"}
	t.Run("nothing typed", func(t *testing.T) {
		sit(t, true, files, func(p *person) { p.until("the end", over(p)) })
	})
	t.Run("a command, then quit", func(t *testing.T) {
		sit(t, true, files, func(p *person) {
			p.types("status")
			p.hear("1 transfer: 1 running", "All is at rest.")
			p.types("help")
			for _, v := range verbs() {
				p.hear(v.form)
			}
			if p.ended {
				t.Error("it ended")
			}
			p.types("quit")
			p.until("the end", over(p))
		})
	})
	t.Run("a command, then the end of the input", func(t *testing.T) {
		sit(t, true, files, func(p *person) {
			p.types("status")
			p.end("", io.EOF)
			p.until("the end", over(p))
		})
	})
}

func TestWithoutSteeringOnlyAnswersAreRead(t *testing.T) {
	sit(t, false, []string{"/basic/a.bin?size=1kB"}, func(p *person) {
		p.hear("1-4: type a number")
		p.types("pause all")
		p.hear("Type a number from 1 to 4, or its word; quit leaves.")
		p.types("2")
		p.hear("refused  a.bin  401")
		p.until("the end", func() bool { return p.ended })
	})
}

func TestDetachingLeavesAndGoesOnInTheBackground(t *testing.T) {
	sit(t, true, []string{slow}, func(p *person) {
		p.hear("start    1: a.iso")
		p.types("detach")
		p.until("it has ended", func() bool { return p.ended })
		if *p.handed != 1 {
			t.Errorf("%d went to the background:\n%s", *p.handed, p.out.String())
		}
	})
	sit(t, true, []string{"/whole/a.iso?size=10MB&rate=100kB"}, func(p *person) {
		p.hear("start    1: a.iso")
		p.types("detach")
		p.hear("What is there of 1 cannot be resumed", "Type yes")
		p.types("no")
		p.hear("Nothing was done.")
		p.types("detach")
		p.types("yes")
		p.until("it has ended", func() bool { return p.ended })
		if *p.handed != 1 {
			t.Errorf("%d went to the background:\n%s", *p.handed, p.out.String())
		}
	})
}

func TestLongListsComeInPages(t *testing.T) {
	var paths []string
	for i := range 45 {
		paths = append(paths, fmt.Sprintf("/file/%d.bin?size=1MB&rate=1kB", i))
	}
	sit(t, true, paths, func(p *person) {
		p.types("list")
		p.hear("45 transfers.", "20: 19.bin", "25 follow: type more.")
		p.types("more")
		p.types("more")
		p.hear("45: 44.bin")
		p.types("more")
		p.hear("There is no more.")
		p.types("list is:running")
		p.hear("2 transfers.")
		p.types("list is:wrong")
		p.hear("is:wrong: no such state")
		p.types("progress")
		p.hear("1: 0.bin, running")
	})
}

func TestProgressIsToldAfterItsTimeAndAQuarterWhicheverIsLater(t *testing.T) {
	for _, c := range []struct {
		name, path string
		lines      int
	}{
		{"a quarter takes longer than 10 s", slow, 3},
		{"10 s are more than a quarter", "/file/a.iso?size=2MB&rate=100kB", 1},
		{"without a size there is no quarter", "/chunked/a.iso?size=5MB&rate=100kB", 4},
	} {
		t.Run(c.name, func(t *testing.T) {
			sit(t, false, []string{c.path}, func(p *person) {
				p.printer.opt.Progress = 10 * time.Second
				p.do(p.printer.nextProgress())
				p.hear("done     a.iso")
				time.Sleep(10 * time.Second) // for the tick that is under way
				if got := strings.Count(p.out.String(), " progress "); got != c.lines {
					t.Errorf("%d lines of progress, want %d:\n%s", got, c.lines, p.out.String())
				}
			})
		})
	}
}

func TestEachAttemptIsToldAlthoughNoneGetsAResponse(t *testing.T) {
	sit(t, true, []string{"/file/b.bin?size=1kB"}, func(p *person) {
		p.types("add http://files.demo.test:9/a.bin")
		p.hear("retry    2: a.bin  1 of 5 in", "retry    2: a.bin  2 of 5 in", "retry    2: a.bin  5 of 5 in", "failed   2: a.bin")
		if n := strings.Count(p.out.String(), "2: a.bin  3 of 5"); n != 1 {
			t.Errorf("the third is told %d times:\n%s", n, &p.out)
		}
		if strings.Contains(p.out.String(), "of 5 in 0:00") {
			t.Errorf("a wait is told as none:\n%s", &p.out)
		}
	})
}
