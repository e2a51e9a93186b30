package dialog

import (
	"errors"
	"flag"
	"fmt"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"

	"haul/keymap"
	"haul/model"
	"haul/session"
	"haul/themes"
	"haul/ui/text"
)

var update = flag.Bool("update", false, "write the goldens")

// noon is the time at which all tests begin.
func noon() time.Time { return time.Date(2026, 9, 6, 12, 0, 0, 0, time.UTC) }

// clock is a clock that moves by hand.
type clock struct{ t time.Time }

func newClock() *clock                { return &clock{noon()} }
func (c *clock) now() time.Time       { return c.t }
func (c *clock) pass(d time.Duration) { c.t = c.t.Add(d) }

// optionsFor are those of a terminal with the colours of profile.
func optionsFor(t *testing.T, c *clock, profile colorprofile.Profile) *Options {
	t.Helper()
	palette, err := themes.Builtin("dark", true)
	if err != nil {
		t.Fatal(err)
	}
	return &Options{
		Theme: themes.New(palette, profile, themes.Unicode()),
		Ruler: text.Ruler{Ellipsis: text.Const("…")},
		Keys:  keymap.Default(),
		Now:   c.now,
		Check: func(url string) error {
			scheme, rest, _ := strings.Cut(url, "://")
			switch {
			case scheme != "http" && scheme != "https":
				return fmt.Errorf("unknown scheme %q", scheme)
			case rest == "":
				return errors.New("no host")
			}
			return nil
		},
	}
}

// plainOptions are those of a terminal without colours or styles.
func plainOptions(t *testing.T) *Options { return optionsFor(t, newClock(), colorprofile.NoTTY) }

// key is a key press as Bubble Tea reports it, by its name there.
func key(name string) tea.KeyPressMsg {
	special := map[string]rune{
		"enter": tea.KeyEnter, "tab": tea.KeyTab, "esc": tea.KeyEscape, "backspace": tea.KeyBackspace,
		"up": tea.KeyUp, "down": tea.KeyDown, "left": tea.KeyLeft, "right": tea.KeyRight,
		"home": tea.KeyHome, "end": tea.KeyEnd, "pgup": tea.KeyPgUp, "pgdown": tea.KeyPgDown,
		"delete": tea.KeyDelete, "insert": tea.KeyInsert, "f1": tea.KeyF1,
	}
	var k tea.KeyPressMsg
	for {
		switch mod, rest, ok := strings.Cut(name, "+"); {
		case ok && rest != "" && mod == "ctrl":
			k.Mod |= tea.ModCtrl
			name = rest
			continue
		case ok && rest != "" && mod == "alt":
			k.Mod |= tea.ModAlt
			name = rest
			continue
		case ok && rest != "" && mod == "shift":
			k.Mod |= tea.ModShift
			name = rest
			continue
		}
		break
	}
	switch code, ok := special[name]; {
	case ok:
		k.Code = code
	case name == "space":
		k.Code, k.Text = ' ', " "
	default:
		k.Code = []rune(name)[0]
		if k.Mod == 0 {
			k.Text = name
		}
	}
	return k
}

// press gives keys by their names. "paste:x" pastes x, "type:x" types the
// characters of x, "wait" lets a second pass. It returns the first result and
// fails if a key comes after it that is not left over.
func press(t *testing.T, d Dialog, c *clock, steps ...string) Result {
	t.Helper()
	for i, s := range steps {
		var msgs []tea.Msg
		if word, ok := strings.CutPrefix(s, "type:"); ok {
			for _, r := range word {
				name := string(r)
				if r == ' ' {
					name = "space"
				}
				msgs = append(msgs, key(name))
			}
		} else if pasted, ok := strings.CutPrefix(s, "paste:"); ok {
			msgs = append(msgs, tea.PasteMsg{Content: pasted})
		} else if s == "wait" {
			c.pass(time.Second)
			continue
		} else {
			msgs = append(msgs, key(s))
		}
		for _, m := range msgs {
			r, cmd := d.Update(m)
			if cmd != nil {
				t.Errorf("step %q has a command; dialogs decide at once", s)
			}
			if r != nil {
				if i < len(steps)-1 {
					t.Fatalf("step %d (%s) ends the dialog early with %T", i, s, r)
				}
				return r
			}
		}
	}
	return nil
}

// answerOf is the answer in r.
func answerOf(t *testing.T, r Result) model.Answer {
	t.Helper()
	a, ok := r.(Answered)
	if !ok {
		t.Fatalf("result %#v, want an answer", r)
	}
	return a.Answer
}

// passwordView is the question of the mock-ups.
func passwordView() model.PromptView {
	return model.PromptView{
		ID: 7, Kind: model.AskPassword, Since: noon().Add(-41 * time.Second),
		Rows: []model.RowID{3}, Names: []string{"private/dataset-a.parquet"},
		Space: session.ProtectionSpace{
			Protocol: "https", Host: "mirror.example", Port: 443, Realm: "Members area", Method: session.MethodDigest,
		},
		Detail: "SHA-256",
		Trust:  &session.ServerTrust{Host: "mirror.example"},
	}
}

func basicOverHTTP() model.PromptView {
	v := passwordView()
	v.Space.Protocol, v.Space.Port, v.Space.Method = "http", 80, session.MethodBasic
	v.Detail, v.Trust = "", nil
	return v
}

func redirectView() model.PromptView {
	return model.PromptView{
		ID: 9, Kind: model.AskRedirect, Since: noon(), Rows: []model.RowID{4}, Names: []string{"report.tar"},
		Status: 307, Step: 2, MaxSteps: 16,
		FromMethod: "POST", From: "https://get.example/upload",
		ToMethod: "POST", To: "http://cdn-7.example.net/u/9c1f",
		LeavesTLS: true, OtherHost: true, Stripped: []string{"Authorization", "Cookie"}, BodySentAgain: 33_000_000,
	}
}

// screen is a size of the terminal.
type screen struct{ width, height int }

func (s screen) full() bool { return s.width < 72 || s.height < 20 }

// drawn draws d as the monitor does: in a border, or as the whole screen.
func drawn(d Dialog, s screen) string { return drawnIn(d, s, themes.Unicode().Border) }

func drawnIn(d Dialog, s screen, frame lipgloss.Border) string {
	var b strings.Builder
	if s.full() {
		height := s.height - 3
		if s.height < 8 { // no rule and no hint
			height = s.height - 1
		}
		box := d.Draw(s.width-2, height, true)
		fmt.Fprintf(&b, " %s\n", box.Title)
		for i := range height {
			line := ""
			if i < len(box.Lines) {
				line = box.Lines[i]
			}
			b.WriteString(strings.TrimRight(" "+line, " ") + "\n")
		}
		if s.height >= 8 {
			fmt.Fprintf(&b, "%s\n %s\n", strings.Repeat(frame.Top, s.width), box.Hint)
		}
		return b.String()
	}
	box := d.Draw(s.width-6, s.height-7, false)
	across := func(n int) string { return strings.Repeat(frame.Top, n) }
	fmt.Fprintf(&b, "%s%s %s %s%s\n", frame.TopLeft, frame.Top, box.Title, across(max(box.Width-1-ansi.StringWidth(box.Title), 0)), frame.TopRight)
	row := func(s string) {
		fmt.Fprintf(&b, "%s %s%s %s\n", frame.Left, s, strings.Repeat(" ", max(box.Width-ansi.StringWidth(s), 0)), frame.Right)
	}
	for _, l := range box.Lines {
		row(l)
	}
	fmt.Fprintf(&b, "%s%s%s\n", frame.MiddleLeft, across(box.Width+2), frame.MiddleRight)
	row(box.Hint)
	fmt.Fprintf(&b, "%s%s%s\n", frame.BottomLeft, across(box.Width+2), frame.BottomRight)
	return b.String()
}
