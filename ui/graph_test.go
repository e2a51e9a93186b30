package ui

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"haul/model"
	"haul/session"
	"haul/transfer"
	"haul/transfer/partial"
)

// segmented is a file on four connections.
func segmented(f *fake) {
	d := f.details[1]
	d.Segments = []model.Segment{
		{Task: 7, Start: 0, End: 100 * mB, Outcome: "paused, resume data 612 B"},
		{Task: 9, Connection: 1, Start: 100 * mB, End: 250 * mB, Planned: 300 * mB, Rate: 8 * mB, Running: true, Host: "deb.example"},
		{Task: 9, Connection: 2, Start: 300 * mB, End: 420 * mB, Planned: 500 * mB, Rate: 7 * mB, Running: true, Host: "deb.example"},
		{Task: 9, Connection: 3, Start: 500 * mB, End: 500 * mB, Planned: 700 * mB, Running: true, Host: "deb.example"},
	}
	// A fourth connection has brought the bytes before the end, and has ended.
	d.Have = []partial.Range{{Start: 0, End: 250 * mB}, {Start: 300 * mB, End: 420 * mB}, {Start: 780 * mB, End: 812 * mB}}
	f.details[1] = d
}

func TestTheMapShowsRangesAndConnections(t *testing.T) {
	story(t, Options{}, segmented, func(d *driver) {
		d.press("enter", "2")
		// Capitals are there, small letters are planned, the rest is nobody's.
		d.see("BBBBB❯bbbb", "cccccccc❯ddd", "ddd░░░", "░░███", "#9.1", "100 MB – 250 MB", "8.00 MB/s", "deb.example  running")
	})
	story(t, Options{Glyphs: "ascii"}, segmented, func(d *driver) {
		d.press("enter", "2")
		d.see("BBBBB>bbbb", "ddd...", "..###")
	})
}

func TestTheMapShowsWhatEarlierRunsFetched(t *testing.T) {
	for state, want := range map[model.State]string{model.Done: "████AAAA████", model.Paused: "████AAAA░░░░"} {
		story(t, Options{}, func(f *fake) {
			f.rows[0].State = state
			f.rows[0].Size = 900 * mB
			d := f.details[1]
			d.Have, d.Segments = nil, []model.Segment{{Task: 3, Start: 300 * mB, End: 600 * mB}}
			f.details[1] = d
		}, func(d *driver) {
			d.press("enter", "2")
			if got := squeezed(d.screen()); !strings.Contains(got, squeezed(want)) {
				t.Errorf("%v: no %q on the screen:\n%s", state, want, d.screen())
			}
		})
	}
}

// squeezed has each character once where it stands several times.
func squeezed(s string) string {
	var last rune
	return strings.Map(func(r rune) rune {
		if r == last {
			return -1
		}
		last = r
		return r
	}, s)
}

func TestTheMapOfOddSegmentsStaysInTheBar(t *testing.T) {
	story(t, Options{}, func(f *fake) {
		d := f.details[1]
		d.Segments = nil
		for i := range 40 {
			d.Segments = append(d.Segments, model.Segment{
				Task: session.TaskID(i), Start: int64(i) * 900 * mB, End: -5, Planned: 1 << 60, Running: i%2 == 0,
			})
		}
		f.details[1] = d
	}, func(d *driver) {
		d.press("enter", "2")
		d.see("#20")
	})
}

func TestAWaterfallShowsThePhasesOfTheLatestAttempt(t *testing.T) {
	story(t, Options{}, func(f *fake) {
		d := f.details[1]
		old := transactions(time.Now().Add(-time.Hour))[0]
		old.Status = 599
		d.Transactions = append([]transfer.Transaction{old}, d.Transactions...)
		f.details[1] = d
	}, func(d *driver) {
		d.press("enter", "1")
		d.see("PHASES", "302 deb.example.org", "206 deb.example.org", "c connect 47 ms", "t TLS 90 ms", "w first byte 80 ms", "b body 2.66 s")
		d.seeNot("599", "d DNS")
		screen := d.screen()
		first := screen[strings.Index(screen, "302 deb"):]
		first = first[:strings.IndexByte(first, '\n')]
		if !strings.Contains(first, "dcccwwb") && !strings.Contains(first, "ddcc") {
			t.Errorf("the first transaction is drawn as %q", first)
		}
	})
}

func TestAWaterfallOfAReusedConnectionAndOfNothing(t *testing.T) {
	now := time.Now()
	s := &scene{}
	for name, all := range map[string][]transfer.Transaction{
		"none": nil, "not begun": {{}},
		"failed in DNS":  {{FetchStart: now.Add(-time.Second), DNSStart: now.Add(-time.Second)}},
		"clock set back": {{FetchStart: now, RequestStart: now.Add(time.Hour), ResponseStart: now, ResponseDone: now.Add(-time.Hour)}},
	} {
		t.Run(name, func(t *testing.T) {
			f := thirteen(now)
			a := newTestApp(t, f, Options{Theme: "dark", Environ: noColour().Environ})
			s = &a.scene
			for _, width := range []int{1, 20, 59, 120} {
				for _, l := range waterfallLines(&model.Detail{Transactions: all}, width, now) {
					s.reset(width)
					l(s)
					s.end()
				}
			}
		})
	}
	lines := waterfallLines(&model.Detail{Transactions: []transfer.Transaction{{
		FetchStart: now, RequestStart: now, ResponseStart: now.Add(time.Second), ResponseDone: now.Add(90 * time.Second), Reused: true,
	}}}, 100, now)
	words := ""
	for _, l := range lines {
		words += s.wordsOf(l, 100)
	}
	for _, want := range []string{"w first byte 1.00 s", "b body 1:29", "over a connection that was there"} {
		if !strings.Contains(words, want) {
			t.Errorf("%q is missing in %q", want, words)
		}
	}
}

func TestTheNumbersOfAWaterfallKeepTheirDistance(t *testing.T) {
	now := time.Now()
	f := thirteen(now)
	s := &newTestApp(t, f, Options{Theme: "dark", Environ: noColour().Environ}).scene
	for n, numbers := range map[int][]string{3: {"   1 206 ", "   3 206 "}, 12: {"    1 206 ", "    9 206 ", "   10 206 ", "   12 206 "}} {
		all := make([]transfer.Transaction, n)
		for i := range all {
			begin := now.Add(time.Duration(i) * time.Second)
			all[i] = transfer.Transaction{
				URL: "http://127.0.0.1:18931/f", Status: 206, FetchStart: begin, RequestStart: begin,
				ResponseStart: begin.Add(time.Second), ResponseDone: begin.Add(time.Second),
			}
		}
		for _, width := range []int{40, 80, 120} {
			drawn := make(map[string]bool) // by how the lines begin
			for _, l := range waterfallLines(&model.Detail{Transactions: all}, width, now) {
				words := s.wordsOf(l, width)
				drawn[words[:min(len(numbers[0]), len(words))]] = true
			}
			for _, want := range numbers {
				if !drawn[want] {
					t.Errorf("%d transactions, %d columns: %q does not begin a line: %q", n, width, want, slices.Sorted(maps.Keys(drawn)))
				}
			}
		}
	}
}

func TestCurvesCanBeLeftOut(t *testing.T) {
	story(t, Options{NoGraphs: true}, nil, func(d *driver) {
		d.send(tea.WindowSizeMsg{Width: 200, Height: 40})
		if d.seeNot("LAST 60 S"); strings.ContainsAny(d.screen(), "▁▂▃▄▅▆▇") {
			t.Errorf("there are curves:\n%s", d.screen())
		}
	})
}

func TestWideListsHaveAMinuteOfEachRow(t *testing.T) {
	story(t, Options{}, nil, func(d *driver) {
		d.seeNot("LAST 60 S")
		d.send(tea.WindowSizeMsg{Width: 160, Height: 40})
		d.see("LAST 60 S")
		for _, line := range strings.Split(d.screen(), "\n") {
			has := strings.ContainsAny(line, "▁▂▃▄▅▆▇") && !strings.Contains(line, "haul")
			if running := strings.Contains(line, " running"); running != has && strings.Contains(line, "example") && !strings.Contains(line, "GET") {
				t.Errorf("a curve where nothing runs, or none where it does: %q", line)
			}
		}
	})
}
