package ui

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"haul/model"
	"haul/themes"
	"haul/ui/phrases"
	"haul/ui/units"
)

func TestTheStateOfARetryIsACountAClockOrTheNetwork(t *testing.T) {
	now := time.Now()
	clocked := model.Row{State: model.Retrying, Attempt: 2, Attempts: 5, RetryAt: now.Add(11500 * time.Millisecond)}
	stuck := model.Row{State: model.Retrying, Attempts: 5}
	for _, c := range []struct {
		row   model.Row
		width int
		clock bool
		want  string
	}{
		{clocked, 10, false, "retry 2/5"},
		{clocked, 10, true, "retry 0:12"},
		{stuck, 10, false, "no network"},
		{stuck, 10, true, "no network"},
		{stuck, 9, true, "offline"},
	} {
		if got := string(appendState(nil, &c.row, c.width, c.clock, now)); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

func TestARowThatWaitsForTheNetworkCountsNoSeconds(t *testing.T) {
	story(t, Options{}, func(f *fake) {
		f.rows[9].RetryAt, f.rows[9].Reason = time.Time{}, "no network: waits for it"
	}, func(d *driver) {
		d.see("no network")
		d.seeNot("0:00")
	})
}

func TestEachStateHasAWordASignAndAColour(t *testing.T) {
	now := time.Now()
	for state, want := range map[model.State]struct {
		word, unicode, ascii string
		role                 themes.Role
		moving               bool
	}{
		model.Queued:     {"queued", ".", ".", themes.Subtle, false},
		model.Running:    {"running", "▸", "R", themes.Accent, false},
		model.Paused:     {"paused", "=", "P", themes.Warn, false},
		model.Held:       {"held", "=", "H", themes.Warn, false},
		model.Asking:     {"asks you", "?", "?", themes.Attention, false},
		model.Retrying:   {"no network", "↻", "~", themes.Warn, false},
		model.Pausing:    {"pausing", "▸", "R", themes.Subtle, true},
		model.Resuming:   {"resuming", "=", "P", themes.Subtle, true},
		model.Cancelling: {"cancelling", "▸", "R", themes.Subtle, true},
		model.Done:       {"done", "✓", "+", themes.OK, false},
		model.Failed:     {"failed", "✗", "x", themes.Error, false},
	} {
		r := model.Row{State: state, Status: 200}
		if got := string(appendState(nil, &r, 10, false, now)); got != want.word {
			t.Errorf("%v is called %q, want %q", state, got, want.word)
		}
		for _, g := range []themes.Glyphs{themes.Unicode(), themes.ASCII()} {
			wanted := want.unicode
			if g.Name == "ascii" {
				wanted = want.ascii
			}
			if sign, moving := signOf(&g, state); sign != wanted || moving != want.moving {
				t.Errorf("%v has %q, moving %v", state, sign, moving)
			}
		}
		if got := roleOf(&r); got != want.role {
			t.Errorf("%v has the role %v, want %v", state, got, want.role)
		}
	}
}

func TestAStateHasOneWordEverywhere(t *testing.T) {
	for s := model.Queued; s <= model.Failed; s++ {
		on, typed := phrases.State(s), s.String()
		if s == model.Asking {
			typed += " you" // only where there is room for it
		}
		if on != typed {
			t.Errorf("the screen has %q, filters, JSON and haul ls have %q", on, s)
		}
	}
}

// TestTheHelpExplainsEverySignOfTheList holds the legend against what rows are
// drawn with.
func TestTheHelpExplainsEverySignOfTheList(t *testing.T) {
	gaps := regexp.MustCompile(`\s{2,}`)
	for _, glyphs := range []string{"unicode", "ascii"} {
		story(t, Options{Glyphs: glyphs}, nil, func(d *driver) {
			d.send(tea.WindowSizeMsg{Width: 120, Height: 60})
			d.press("?")
			g := &d.app.glyphs
			var legend []string
			for line := range strings.Lines(d.screen()) {
				if _, rest, ok := strings.Cut(line, g.Border.Left); ok {
					rest, _, _ = strings.Cut(rest, g.Border.Right+" ")
					legend = append(legend, gaps.Split(strings.TrimSpace(rest), -1)...)
				}
			}
			explained := func(signs, words string) bool {
				return slices.ContainsFunc(legend, func(s string) bool {
					return strings.HasPrefix(s, signs+" ") && strings.Contains(s[len(signs):], words)
				})
			}
			for s := model.Queued; s <= model.Failed; s++ {
				sign, moving := signOf(g, s)
				if moving {
					sign += g.Ellipsis
				}
				if word := phrases.State(s); !explained(sign, word) {
					t.Errorf("%s: %q %s is not in %q", glyphs, sign, word, legend)
				}
			}
			for sign, words := range map[string]string{
				g.Cursor: "cursor", g.Mark: "marked", g.Alert: "not verified", "+ -": "urgent",
				g.SortDown + " " + g.SortUp: "sorted",
			} {
				if !explained(sign, words) {
					t.Errorf("%s: %q %s is not in %q", glyphs, sign, words, legend)
				}
			}
		})
	}
}

func TestARefusalHasOneWordWhereverThereIsRoomForIt(t *testing.T) {
	r := model.Row{State: model.Refused, Status: 404}
	for _, in := range []units.System{units.SI, units.IEC, units.Bytes} {
		for width := 31; width <= 200; width++ {
			want := "refused 404"
			if width < 50 {
				want = "HTTP 404"
			}
			c := columnsFor(width, true, in)
			if got := string(appendState(nil, &r, c.state.n, false, time.Now())); got != want {
				t.Errorf("%d columns: %q, want %q", width, got, want)
			}
		}
	}
}
