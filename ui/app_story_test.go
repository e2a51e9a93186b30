package ui

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"haul/model"
	"haul/ui/phrases"
)

// driver is somebody at the keys: it presses and looks at the screen. It runs
// in a bubble of synctest, with Bubble Tea's loop replaced by its own.
type driver struct {
	t      *testing.T
	model  *fake
	app    *App
	ctx    context.Context
	msgs   chan tea.Msg
	quit   bool
	copied string
	raw    []string // what was written to the terminal besides the screen
	took   []string // the types of the messages
}

// story starts the monitor on the thirteen rows and runs f.
func story(t *testing.T, opt Options, prepare func(*fake), f func(d *driver)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		m := thirteen(time.Now())
		clearMarks(m)
		if prepare != nil {
			prepare(m)
		}
		opt.Theme = orElse(opt.Theme, "dark")
		opt.Environ = append(opt.Environ, noColour().Environ...)
		app, err := newApp(ctx, m, opt)
		if err != nil {
			t.Fatal(err)
		}
		d := &driver{t: t, model: m, app: app, ctx: ctx, msgs: make(chan tea.Msg, 64)}
		d.do(app.Init())
		d.send(tea.WindowSizeMsg{Width: 120, Height: 40})
		f(d)
		cancel()
		synctest.Wait() // for the commands that wait for the clock
	})
}

// send gives the app a message and runs what comes of it.
func (d *driver) send(msg tea.Msg) {
	d.t.Helper()
	d.take(msg)
	for range 1000 {
		synctest.Wait()
		select {
		case msg := <-d.msgs:
			d.take(msg)
		default:
			return
		}
	}
	d.t.Fatal("the app wakes itself without end")
}

func (d *driver) take(msg tea.Msg) {
	switch msg := msg.(type) {
	case nil:
		return
	case tea.QuitMsg:
		d.quit = true
		return
	case tea.BatchMsg:
		for _, cmd := range msg {
			d.do(cmd)
		}
		return
	}
	if v := reflect.ValueOf(msg); v.Kind() == reflect.String && strings.Contains(fmt.Sprintf("%T", msg), "setClipboard") {
		d.copied = v.String()
		return
	}
	if raw, ok := msg.(tea.RawMsg); ok {
		d.raw = append(d.raw, fmt.Sprint(raw.Msg))
	}
	d.took = append(d.took, fmt.Sprintf("%T", msg))
	_, cmd := d.app.Update(msg)
	d.do(cmd)
}

// do runs a command as Bubble Tea does.
func (d *driver) do(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	go func() {
		select {
		case d.msgs <- cmd():
		case <-d.ctx.Done():
		}
	}()
}

func (d *driver) press(keys ...string) {
	d.t.Helper()
	for _, k := range keys {
		d.send(keyPress(k))
	}
}

func (d *driver) write(s string) {
	d.t.Helper()
	for _, r := range s {
		d.press(string(r))
	}
}

// wait lets time go by.
func (d *driver) wait(dur time.Duration) {
	d.t.Helper()
	time.Sleep(dur)
	d.send(nil)
}

func (d *driver) screen() string { return ansi.Strip(d.app.View().Content) }

func (d *driver) see(words ...string) {
	d.t.Helper()
	for _, w := range words {
		if !strings.Contains(d.screen(), w) {
			d.t.Errorf("%q is not on the screen:\n%s", w, d.screen())
		}
	}
}

func (d *driver) seeNot(words ...string) {
	d.t.Helper()
	for _, w := range words {
		if strings.Contains(d.screen(), w) {
			d.t.Errorf("%q is on the screen:\n%s", w, d.screen())
		}
	}
}

// cursorOn checks which row has the cursor.
func (d *driver) cursorOn(name string) {
	d.t.Helper()
	for _, line := range strings.Split(d.screen(), "\n") {
		if strings.HasPrefix(line, "❯") {
			if !strings.Contains(line, name) {
				d.t.Errorf("the cursor is on %q, not on %s", line, name)
			}
			return
		}
	}
	d.t.Errorf("there is no cursor:\n%s", d.screen())
}

// did checks what was done to the model since the last check.
func (d *driver) did(calls ...string) {
	d.t.Helper()
	if strings.Join(d.model.did, "\n") != strings.Join(calls, "\n") {
		d.t.Errorf("done to the model: %q, want %q", d.model.did, calls)
	}
	d.model.did = nil
}

func TestArrowsAndLettersMoveTheCursor(t *testing.T) {
	story(t, Options{}, nil, func(d *driver) {
		d.cursorOn("debian")
		d.press("j", "down")
		d.cursorOn("日本語")
		d.press("G")
		d.cursorOn("old-release")
		d.press("k", "ctrl+u") // half of 22 lines
		d.cursorOn("debian")
		d.press("ctrl+d", "k")
		d.cursorOn("firmware")
		d.press("g")
		d.cursorOn("debian")
	})
}

func TestPausingActsOnWhatIsMarkedElseOnTheCursor(t *testing.T) {
	story(t, Options{}, nil, func(d *driver) {
		d.press("p")
		d.did("TogglePause debian-13.1.0-amd64-netinst.iso")
		d.press("space", "space")
		d.see("2 marked", "*▸ linux")
		d.press("p")
		d.did("TogglePause debian-13.1.0-amd64-netinst.iso linux-6.17.tar.xz")
		d.press("esc")
		d.seeNot("2 marked")
		d.press("P")
		d.did("PauseAll")
	})
}

func TestAKeyThatCannotActSaysWhy(t *testing.T) {
	story(t, Options{}, func(f *fake) { f.cursor = 11 }, func(d *driver) {
		d.press("p")
		d.did()
		d.see("README.pdf, done: nothing to pause")
		d.press("r")
		d.see("README.pdf, done: nothing to try again")
		d.press("o")
		d.see(phrases.NoOpener)
		d.press("!")
		d.see(phrases.NoQuestion)
		d.press("j")
		d.seeNot(phrases.NoQuestion)
	})
}

func TestOpenHandsOverTheFinishedFileOrItsFolder(t *testing.T) {
	var opened []string
	opt := Options{Open: func(_ context.Context, path string) error {
		opened = append(opened, path)
		return errors.New("xdg-open cannot open it")
	}}
	done := func(f *fake) {
		f.cursor = 11
		f.rows[11].Path = "/downloads/README.pdf"
	}
	story(t, opt, done, func(d *driver) {
		d.press("o")
		d.see("xdg-open cannot open it")
		d.press("O")
		if got := strings.Join(opened, " "); got != "/downloads/README.pdf /downloads" {
			t.Errorf("opened %s", got)
		}
	})
}

func TestCancellingAsksWhenBytesWouldBeLost(t *testing.T) {
	story(t, Options{}, nil, func(d *driver) {
		d.press("x")
		d.see("512 MB will be thrown away", "Pause instead")
		d.press("enter") // the safest button
		d.did()
		d.seeNot("thrown away")
		d.press("x", "y")
		d.did("Cancel debian-13.1.0-amd64-netinst.iso")
		d.press("x", "tab", "enter")
		d.did("TogglePause debian-13.1.0-amd64-netinst.iso")
	})
}

func TestAFinishedTransferIsTakenOffAndComesBack(t *testing.T) {
	story(t, Options{}, func(f *fake) { f.cursor = 11 }, func(d *driver) {
		d.press("x")
		d.did("Remove README.pdf")
		d.see("removed README.pdf; u brings it back")
		d.press("u")
		d.did("Undo")
		d.see("brought 1 transfer back")
	})
}

func TestMarkedTransfersAreTakenOffTogether(t *testing.T) {
	story(t, Options{}, func(f *fake) { f.cursor = 10 }, func(d *driver) {
		d.press("space", "space", "x")
		d.did("Remove firmware-v9.bin README.pdf")
		d.see("removed 2 transfers; u brings them back")
	})
}

func TestDeletingAFileTakesAYes(t *testing.T) {
	story(t, Options{}, func(f *fake) { f.cursor = 11 }, func(d *driver) {
		d.press("X", "enter")
		d.did()
		d.press("X", "esc")
		d.did()
		d.press("X", "y")
		d.did("Remove with files README.pdf")
	})
}

func TestStartingAgainFromZeroAsksWhenBytesWouldBeLost(t *testing.T) {
	story(t, Options{}, func(f *fake) { f.cursor = 12 }, func(d *driver) {
		d.press("R")
		d.see("3.00 MB will be thrown away")
		d.press("y")
		d.did("Restart old-release.zip")
		d.press("r")
		d.did("Retry old-release.zip")
	})
}

func TestQuittingAsksOnlyWhenSomethingRuns(t *testing.T) {
	story(t, Options{}, nil, func(d *driver) {
		d.press("q")
		d.see("5 running")
		d.press("esc")
		d.did()
		d.press("q", "enter")
		d.did("Quit")
		d.see("pausing 5 transfers, 0 at rest")
		d.model.running = 2
		d.send(changeMsg{})
		d.wait(time.Second)
		d.see("pausing 5 transfers, 3 at rest")
		d.send(model.QuitMsg{})
		if !d.quit || d.app.Interrupted() {
			t.Errorf("quit %v, interrupted %v", d.quit, d.app.Interrupted())
		}
	})
	story(t, Options{}, func(f *fake) { f.running = 0 }, func(d *driver) {
		d.press("q")
		d.did("Quit")
	})
}

func TestInterruptDrainsFirstAndLeavesTheSecondTime(t *testing.T) {
	for name, first := range map[string]tea.Msg{"key": keyPress("ctrl+c"), "signal": model.DrainMsg{}} {
		t.Run(name, func(t *testing.T) {
			story(t, Options{}, nil, func(d *driver) {
				d.press("/") // also from a text field
				d.send(first)
				d.did("Quit")
				d.see("^c again leaves at once")
				if d.quit {
					t.Error("it left the first time")
				}
				d.send(first)
				if !d.quit || !d.app.Interrupted() {
					t.Errorf("quit %v, interrupted %v", d.quit, d.app.Interrupted())
				}
			})
		})
	}
}

func TestAQuestionOpensByItselfWhenNobodyIsAtTheKeys(t *testing.T) {
	story(t, Options{}, nil, func(d *driver) {
		d.press("j")
		d.model.prompts = []model.PromptView{passwordPrompt(time.Now())}
		d.send(changeMsg{})
		d.wait(100 * time.Millisecond)
		d.seeNot("asks for a password")
		d.see("1 question")
		d.press("j")
		d.wait(950 * time.Millisecond)
		d.seeNot("asks for a password")
		d.wait(60 * time.Millisecond)
		d.see("asks for a password")
		// A key that was meant for the list decides nothing.
		d.press("enter")
		d.did()
		d.press("esc")
		d.wait(5 * time.Second)
		d.seeNot("asks for a password")
		d.see("1 question")
		d.press("!")
		d.write("alice")
		d.press("tab")
		d.write("secret")
		d.press("ctrl+s")
		d.did("Answer user alice")
		d.seeNot("1 question", "secret")
	})
}

func TestWhoPutsAQuestionOffIsNotAskedTheNextOne(t *testing.T) {
	story(t, Options{}, nil, func(d *driver) {
		one, other, third := passwordPrompt(time.Now()), passwordPrompt(time.Now()), passwordPrompt(time.Now())
		one.Space.Host, other.Space.Host, third.Space.Host = "one.example", "other.example", "third.example"
		other.ID, third.ID = one.ID+1, one.ID+2
		d.model.prompts = []model.PromptView{one, other}
		d.send(changeMsg{})
		d.wait(2 * time.Second)
		d.see("one.example asks for a password")
		d.press("esc")
		d.wait(10 * time.Second)
		d.see("2 questions")
		d.seeNot("asks for a password")
		d.model.prompts = append(d.model.prompts, third)
		d.send(changeMsg{})
		d.wait(2 * time.Second)
		d.see("third.example asks for a password")
	})
}

func TestAQuestionDoesNotOpenOverATextField(t *testing.T) {
	story(t, Options{}, nil, func(d *driver) {
		d.press("/")
		d.model.prompts = []model.PromptView{passwordPrompt(time.Now())}
		d.send(changeMsg{})
		d.wait(10 * time.Second)
		d.seeNot("asks for a password")
		d.press("enter")
		d.wait(2 * time.Second)
		d.see("asks for a password")
	})
}

func TestAQuestionThatSettlesItselfCloses(t *testing.T) {
	story(t, Options{}, func(f *fake) { f.prompts = []model.PromptView{passwordPrompt(time.Now())} }, func(d *driver) {
		d.see("asks for a password")
		d.model.prompts = nil
		d.send(changeMsg{})
		d.wait(time.Second)
		d.seeNot("asks for a password")
		d.see(phrases.Settled)
	})
}

func TestAQuestionAnsweredInAnotherTerminalClosesAndSaysSo(t *testing.T) {
	story(t, Options{}, func(f *fake) { f.prompts = []model.PromptView{passwordPrompt(time.Now())} }, func(d *driver) {
		d.see("asks for a password")
		d.model.elsewhere = map[model.PromptID]bool{d.model.prompts[0].ID: true}
		d.model.prompts = nil
		d.send(changeMsg{})
		d.wait(time.Second)
		d.seeNot("asks for a password")
		d.see(phrases.AnsweredElsewhere)
		// Of the next one, which nobody has answered, that is not said.
		next := passwordPrompt(time.Now())
		next.ID++
		d.model.prompts = []model.PromptView{next}
		d.send(changeMsg{})
		d.wait(2 * time.Second)
		d.see("asks for a password")
		d.model.prompts = nil
		d.send(changeMsg{})
		d.wait(time.Second)
		d.see(phrases.Settled)
	})
}

func TestPastingOpensTheAddDialogAndStartsNothing(t *testing.T) {
	story(t, Options{Dir: "/tmp/x"}, nil, func(d *driver) {
		d.send(tea.PasteMsg{Content: "https://a.example/1\nhttps://a.example/2\n"})
		d.see("Add transfers", "https://a.example/1", "Start 2")
		d.did()
		d.press("ctrl+s")
		d.did("Add https://a.example/1", "Add https://a.example/2")
		d.see("added 2")
	})
}

func TestTheListFollowsTheFilterWhileItIsTyped(t *testing.T) {
	story(t, Options{}, nil, func(d *driver) {
		d.press("/")
		d.write("linux")
		d.see("/ linux", "linux-6.17", "go1.26.8")
		d.seeNot("README.pdf")
		d.press("enter")
		d.see("filter: linux")
		d.press("esc")
		d.see("README.pdf", "filter: none")
		d.press("/")
		d.write("linux is:x")
		d.see("no such state", "linux-6.17")
		d.seeNot("README.pdf")
		d.press("enter")
		d.see("/ linux is:x", "no such state")
		d.send(tea.PasteMsg{Content: "\x1b[31m"})
		d.press("esc")
		d.see("filter: none")
	})
}

func TestResizingKeepsCursorPlaceAndWhatIsHalfTyped(t *testing.T) {
	resize := func(d *driver) {
		for _, s := range append([]size{{12, 2}, {200, 60}, {30, 6}}, sizes()...) {
			d.send(tea.WindowSizeMsg{Width: s.w, Height: s.h})
		}
		d.send(tea.WindowSizeMsg{Width: 120, Height: 40})
	}
	story(t, Options{}, nil, func(d *driver) {
		d.press("G", "k")
		resize(d)
		d.cursorOn("README.pdf")
		d.press("/")
		d.write("lin")
		resize(d)
		d.write("ux")
		d.see("/ linux", "linux-6.17", "go1.26.8")
		d.press("esc", "a")
		d.write("https://a.exa")
		resize(d)
		d.write("mple/1")
		d.press("ctrl+s")
		d.did("Add https://a.example/1")
		d.press("g", "enter", "3")
		resize(d)
		d.see("[3 headers]")
		d.press("esc")
		d.cursorOn("debian")
	})
}

func TestSortMenuAndReverse(t *testing.T) {
	story(t, Options{}, nil, func(d *driver) {
		d.see("sort: rate ▼")
		d.press("S")
		d.see("sort: rate ▲")
		d.press("s", "g", "j", "enter")
		d.see("sort: name ▲", "NAME▲")
	})
}

func TestViewsPaneThemeHelpAndLog(t *testing.T) {
	story(t, Options{}, nil, func(d *driver) {
		d.press("2")
		d.see("view: running")
		d.seeNot("README.pdf")
		d.press("esc")
		d.see("view: all")
		d.see("── debian")
		d.press("tab")
		d.seeNot("── debian")
		d.press("T")
		d.see("theme: light")
		d.press("?")
		d.see("Help", "pause, resume")
		d.press("?")
		d.seeNot("pause, resume: this")
		d.press("l")
		d.see("1 entries", "theme: light")
		d.press("esc")
		d.cursorOn("debian")
	})
}

func TestCopyingTakesTheWholeURL(t *testing.T) {
	story(t, Options{}, nil, func(d *driver) {
		d.press("y")
		if want := "https://deb.example.org/iso/debian-13.1.0-amd64-netinst.iso?token=whole"; d.copied != want {
			t.Errorf("copied %q, want %q", d.copied, want)
		}
		d.seeNot("token")
		d.press("Y")
		if !strings.HasSuffix(d.copied, ".haul-part") {
			t.Errorf("copied %q", d.copied)
		}
	})
}

func TestTheSystemCopiesWhereTheTerminalMayNot(t *testing.T) {
	for env, want := range map[string]int{"TERM_PROGRAM=Apple_Terminal": 1, "TERM_PROGRAM=ghostty": 0} {
		var copied []string
		opt := Options{Environ: []string{env}, Copy: func(_ context.Context, s string) error {
			copied = append(copied, s)
			return errors.New("no clipboard")
		}}
		story(t, opt, nil, func(d *driver) {
			d.press("y")
			if d.copied == "" || len(copied) != want {
				t.Errorf("%s: the terminal was told %q, the system %q", env, d.copied, copied)
			}
			if want > 0 {
				d.see("no clipboard")
			}
		})
	}
}

func TestDetailStepsThroughTransfersAndActsOnThem(t *testing.T) {
	story(t, Options{}, nil, func(d *driver) {
		d.press("enter")
		d.see("transfers / debian", "SEGMENTS", "REDIRECT CHAIN", "TLS 1.3", "DELEGATE EVENTS  follow: on")
		d.press("f")
		d.see("follow: off")
		d.press("n")
		d.see("transfers / linux", "no bytes yet", "no redirects")
		d.press("p")
		d.did("TogglePause linux-6.17.tar.xz")
		d.press("N", "esc")
		d.cursorOn("debian")
		d.send(tea.WindowSizeMsg{Width: 80, Height: 24})
		d.press("enter", "tab")
		d.see("[3 headers]", "content-type")
		d.press("q")
		d.cursorOn("debian")
	})
}

func TestAFailureIsToldAndLogged(t *testing.T) {
	story(t, Options{}, nil, func(d *driver) {
		d.model.events = []model.Event{{Time: time.Now(), Row: 13, Name: "DidComplete", Code: -1005, Text: "lost"}}
		d.send(changeMsg{})
		d.wait(110 * time.Millisecond)
		d.see("✗ old-release.zip failed: NetworkConnectionLost, can continue.  r retry")
		d.wait(5 * time.Second)
		d.seeNot("NetworkConnectionLost")
		d.press("l")
		d.see("2 entries", "DidComplete lost")
	})
}

func TestWhileSomethingMovesItsFramesShowTheFigures(t *testing.T) {
	story(t, Options{}, nil, func(d *driver) {
		d.model.rows[1].Rate = 1 * mB
		d.send(changeMsg{})
		d.wait(110 * time.Millisecond)
		d.see("12.0 MB/s")
		d.wait(calmFor)
		d.send(model.FrameMsg{}) // nothing new in it
		d.see("1.00 MB/s")
	})
}

func TestAHintStaysWithARowThatFailed(t *testing.T) {
	story(t, Options{}, func(f *fake) {
		d := f.details[13]
		d.Hint = "Press e and give it another URL."
		f.details[13] = d
		f.cursor = 12
	}, func(d *driver) {
		d.see("try:  Press e and give it another URL.")
	})
}
