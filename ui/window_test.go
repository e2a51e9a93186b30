package ui

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"haul/model"
)

func TestTheTerminalIsToldHowItStandsIfItUnderstands(t *testing.T) {
	story(t, Options{}, nil, func(d *driver) {
		if d.app.View().ProgramStatus != nil {
			t.Error("a report to a terminal that has not said that it understands")
		}
		d.send(tea.ProgramStatusSupportMsg{})
		d.wait(time.Second)
		status := func(state tea.ProgramState, kind tea.ProgramStatusKind, progress int) {
			t.Helper()
			s := d.app.View().ProgramStatus
			if s == nil || s.State != state || s.Kind != kind || s.Progress != progress || s.App != "haul" {
				t.Errorf("report %+v, want %s %s %d", s, state, kind, progress)
			}
		}
		status(tea.ProgramStateWorking, "", 23)
		d.model.prompts = []model.PromptView{passwordPrompt(time.Now())}
		d.app.seen[1] = true
		d.send(changeMsg{})
		d.wait(time.Second)
		status(tea.ProgramStateBlocked, tea.ProgramStatusKindAuth, 23)
		d.model.prompts[0].Kind = model.AskTrust
		d.send(changeMsg{})
		d.wait(time.Second)
		status(tea.ProgramStateBlocked, tea.ProgramStatusKindPermission, 23)
		if !strings.Contains(d.app.Reset(), "state=idle") {
			t.Errorf("a program that is killed now leaves %q", d.app.Reset())
		}
		d.model.prompts, d.model.totals.Running, d.model.totals.Retrying = nil, 0, 0
		d.send(changeMsg{})
		d.wait(time.Second)
		status(tea.ProgramStateError, "", 0)
		d.model.totals.Failed = 0
		d.send(changeMsg{})
		d.wait(time.Second)
		status(tea.ProgramStateDone, "", 0)
		d.model.totals.Running = 3
		d.send(changeMsg{})
		d.wait(time.Second)
		d.press("ctrl+c")
		d.send(model.QuitMsg{})
		status(tea.ProgramStateDone, "", 0) // not working any more
		if !d.quit || d.app.Reset() != "" {
			t.Errorf("quit %v, reset %q", d.quit, d.app.Reset())
		}
	})
}

// raw are the sequences that a command sends.
func raw(t *testing.T, cmd tea.Cmd) string {
	t.Helper()
	if cmd == nil {
		return ""
	}
	msg, ok := cmd().(tea.RawMsg)
	if !ok {
		t.Fatalf("%T is no sequence", cmd())
	}
	return fmt.Sprint(msg.Msg)
}

func TestNotificationsAreToldWhenTheyAreWantedAndWithoutNames(t *testing.T) {
	now := time.Now()
	t0 := model.Totals{Rows: 3, Running: 2, Done: 1}
	failed := model.Totals{Rows: 3, Running: 1, Done: 1, Failed: 1}
	all := model.Totals{Rows: 3, Done: 2, Failed: 1}
	for _, c := range []struct {
		name    string
		want    Notify
		by      notifyBy
		focused bool
		seqs    []string // after t0, failed, a question, all
	}{
		{"never", Notify{}, byOSC9, false, []string{"", "", "", ""}},
		{"always", Notify{Finish: Always, Fail: Always, Question: Always}, byOSC9, true, []string{
			"", "\x1b]9;haul: 1 transfer has failed\a", "\x1b]9;haul: 1 question waits\a", "\x1b]9;haul: 2 transfers are done, 1 failed\a"}},
		{"unfocused with the focus", Notify{Finish: Unfocused, Fail: Unfocused, Question: Unfocused, Bell: true}, byOSC9, true, []string{"", "", "", ""}},
		{"kitty and the bell", Notify{Finish: Unfocused, Bell: true}, byOSC99, false, []string{
			"", "", "", "\x1b]99;i=haul;haul: 2 transfers are done, 1 failed\a\a"}},
		{"urxvt", Notify{Fail: Always}, byOSC777, false, []string{"", "\x1b]777;notify;haul;1 transfer has failed\a", "", ""}},
		{"with names", Notify{Finish: Always, Fail: Always, Question: Always, Names: true}, byOSC777, true, []string{
			"", "\x1b]777;notify;haul;1 transfer has failed: b, �31m.zip\a", "\x1b]777;notify;haul;1 question waits: c.zip\a",
			"\x1b]777;notify;haul;2 transfers are done, 1 failed; the latest is a␛[2J.zip\a"}},
		{"no notifications known", Notify{Question: Always}, byBell, false, []string{"", "", "\a", ""}},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := herald{want: c.want, by: c.by}
			h.lastEnded, h.lastFailed, h.lastAsking = "a\x1b[2J.zip", "b; \u009b31m.zip", "c.zip"
			var got []string
			for _, step := range []struct {
				totals    model.Totals
				questions int
			}{{t0, 0}, {failed, 0}, {failed, 1}, {all, 0}} {
				now = now.Add(10 * time.Second)
				got = append(got, raw(t, h.watch(&step.totals, step.questions, c.focused, now)))
			}
			if !reflect.DeepEqual(got, c.seqs) {
				t.Errorf("told %q, want %q", got, c.seqs)
			}
		})
	}
}

func TestManyFailuresAreToldOnceInAWhileAndAPauseIsNoEnd(t *testing.T) {
	h := herald{want: Notify{Finish: Always, Fail: Always, Question: Always}, by: byOSC9}
	now, told := time.Now(), 0
	totals := model.Totals{Rows: 100, Running: 100}
	for range 50 {
		totals.Running, totals.Failed = totals.Running-1, totals.Failed+1
		if h.watch(&totals, 0, true, now) != nil {
			told++
		}
		now = now.Add(100 * time.Millisecond)
	}
	if told != 1 {
		t.Errorf("told %d times in 5 s", told)
	}
	totals.Running, totals.Paused = 0, 50
	if cmd := h.watch(&totals, 0, true, now); cmd != nil {
		t.Errorf("a pause was told as %q", raw(t, cmd))
	}
}

func TestUnknownNotificationWordsAreRefused(t *testing.T) {
	if _, err := newApp(t.Context(), &fake{}, Options{Notify: Notify{Fail: "sometimes"}}); err == nil || !strings.Contains(err.Error(), "never, unfocused or always") {
		t.Error(err)
	}
}

func TestNotificationsNameTheLatestIfAskedTo(t *testing.T) {
	h := func(names bool) Options {
		return Options{Notify: Notify{Fail: Always, Question: Always, Names: names}, Environ: []string{"TERM_PROGRAM=ghostty"}}
	}
	for _, names := range []bool{true, false} {
		story(t, h(names), nil, func(d *driver) {
			d.model.totals.Failed++
			d.model.events = []model.Event{{Time: time.Now(), Row: 13, Name: "DidComplete", Code: -1005, Text: "lost"}}
			d.send(changeMsg{})
			d.wait(110 * time.Millisecond)
			d.model.prompts = []model.PromptView{passwordPrompt(time.Now())}
			d.send(changeMsg{})
			d.wait(110 * time.Millisecond)
			for _, name := range []string{"old-release.zip", "dataset-a.parquet"} {
				if told := strings.Join(d.raw, " "); strings.Contains(told, name) != names || !strings.Contains(told, "haul: ") {
					t.Errorf("names %v: told %q", names, told)
				}
			}
		})
	}
}

func TestProgressInTheTaskbarHasStates(t *testing.T) {
	for _, c := range []struct {
		name   string
		totals model.Totals
		want   *tea.ProgressBar
	}{
		{"running", model.Totals{Running: 1, Paused: 1, Fraction: 0.63}, tea.NewProgressBar(tea.ProgressBarDefault, 63)},
		{"nobody knows how much", model.Totals{Running: 1, Fraction: -1}, tea.NewProgressBar(tea.ProgressBarIndeterminate, 0)},
		{"all that is left is paused", model.Totals{Paused: 2, Done: 1, Fraction: 0.5}, tea.NewProgressBar(tea.ProgressBarWarning, 50)},
		{"something has failed", model.Totals{Running: 1, Failed: 1, Fraction: 0.5}, tea.NewProgressBar(tea.ProgressBarError, 50)},
		{"all is done", model.Totals{Done: 3, Fraction: 1}, nil},
	} {
		if got := progressBar(&c.totals); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
	var b taskbar
	now := time.Now()
	first := b.show(&model.Totals{Running: 1, Fraction: 0.1}, now)
	if soon := b.show(&model.Totals{Running: 1, Fraction: 0.2}, now.Add(outsideEvery/2)); soon != first {
		t.Errorf("%+v within a second", soon)
	}
	if later := b.show(&model.Totals{Running: 1, Fraction: 0.2}, now.Add(outsideEvery)); later.Value != 20 {
		t.Errorf("%+v after a second", later)
	}
}

func TestProgressIsSentAgainBeforeItLapses(t *testing.T) {
	story(t, Options{Environ: []string{"TERM_PROGRAM=ghostty"}}, nil, func(d *driver) {
		now := time.Now()
		if cmd, due := d.app.bar.again(now); cmd != nil || due.IsZero() {
			t.Errorf("sent twice, or not looked at again: %v", due)
		}
		cmd, _ := d.app.bar.again(now.Add(taskbarLapse))
		if got := raw(t, cmd); got != "\x1b]9;4;2;23\a" {
			t.Errorf("sent %q", got)
		}
		var none taskbar
		if cmd, due := none.again(now); cmd != nil || !due.IsZero() {
			t.Error("progress of nothing")
		}
	})
}

func TestTerminalsGetWhatTheyAreKnownToTake(t *testing.T) {
	for env, want := range map[string]terminal{
		"TERM=xterm-256color": {}, "TERM=linux": {}, "": {},
		"TERM=xterm-ghostty TERM_PROGRAM=ghostty":                                          {taskbar: true, links: true, copies: true, notify: byOSC9},
		"TERM=xterm-256color TERM_PROGRAM=iTerm.app":                                       {taskbar: true, links: true, copies: true, notify: byOSC9},
		"TERM=xterm-256color WT_SESSION=1":                                                 {taskbar: true, links: true, copies: true},
		"TERM=xterm-kitty":                                                                 {links: true, copies: true, notify: byOSC99},
		"TERM=foot-extra":                                                                  {links: true, copies: true, notify: byOSC777},
		"TERM=xterm-256color VTE_VERSION=8001":                                             {taskbar: true, links: true},
		"TERM=xterm-256color VTE_VERSION=6003":                                             {links: true},
		"TERM=xterm-256color TERM_PROGRAM=Apple_Terminal":                                  {},
		"TERM=tmux-256color TMUX=/tmp/x WT_SESSION=1":                                      {},
		"TERM=tmux-256color TERM_PROGRAM=tmux TERM_PROGRAM_VERSION=3.5":                    {links: true},
		"TERM=tmux-256color TERM_PROGRAM=tmux TERM_PROGRAM_VERSION=3.3a KITTY_WINDOW_ID=1": {},
		"TERM=screen STY=1 VTE_VERSION=8001":                                               {},
	} {
		if got := terminalOf(strings.Fields(env)); got != want {
			t.Errorf("%s: %+v, want %+v", env, got, want)
		}
	}
}

func TestOnlyWholeWebAddressesBecomeLinks(t *testing.T) {
	for raw, ok := range map[string]bool{
		"https://a.example/x?y=1": true, "http://[::1]:8080/": true,
		"ftp://a.example/": false, "https://u:p@a.example/": false, "https://a.example/\x1b]8": false, "https://a.example/…": false,
		"file:///etc/passwd": false, "javascript:alert(1)": false, "https://": false, "https://a.example/ b": false,
		"https://a.example/" + strings.Repeat("x", 3000): false,
	} {
		if _, got := linkTarget(raw); got != ok {
			t.Errorf("%.40q a link: %v, want %v", raw, got, ok)
		}
	}
	const link = "\x1b]8;;https://deb.example.org/iso/debian-13.1.0-amd64-netinst.iso\a"
	story(t, Options{Environ: []string{"TERM_PROGRAM=WezTerm"}}, nil, func(d *driver) {
		if c := d.app.View().Content; !strings.Contains(c, link) || strings.Count(c, "\x1b]8;") != 2 {
			t.Errorf("no link, or one that does not end, in %q", c)
		}
		d.press("?") // a box over the link cuts it well
		c := d.app.View().Content
		if strings.Count(c, "\x1b]8;;https") != strings.Count(c, "\x1b]8;;\a") {
			t.Errorf("a link is left open in %q", c)
		}
	})
	story(t, Options{}, nil, func(d *driver) {
		if strings.Contains(d.app.View().Content, "\x1b]8") {
			t.Error("a link for a terminal that is not known to take it")
		}
	})
}

func TestOutsideOfTheWindowAreNumbersOnly(t *testing.T) {
	story(t, Options{Environ: []string{"TERM_PROGRAM=ghostty"}}, nil, func(d *driver) {
		v := d.app.View()
		if v.WindowTitle != "haul 23% 5/13" || !v.AltScreen || !v.ReportFocus || v.MouseMode != tea.MouseModeNone {
			t.Errorf("title %q, alt screen %v, focus %v, mouse %v", v.WindowTitle, v.AltScreen, v.ReportFocus, v.MouseMode)
		}
		if v.ProgressBar == nil || v.ProgressBar.State != tea.ProgressBarError || v.ProgressBar.Value != 23 {
			t.Errorf("progress %+v", v.ProgressBar)
		}
	})
	story(t, Options{Environ: []string{"TERM_PROGRAM=Apple_Terminal"}}, nil, func(d *driver) {
		if d.app.View().ProgressBar != nil {
			t.Error("OSC 9;4 to a terminal that is not known to understand it")
		}
	})
}
