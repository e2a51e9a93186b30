package ui

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"haul/model"
	"haul/ui/units"
)

func TestLayoutFollowsTheTableOfSizes(t *testing.T) {
	type shows struct {
		columns                                      string
		banner, question, header, status, foot, rule bool
		list, pane                                   span
	}
	none := span{}
	tests := []struct {
		w, h         int
		pane, failed bool
		want         shows
	}{
		{200, 60, true, false, shows{"name size done bar rate eta state host", true, true, true, true, true, true, span{3, 42}, span{45, 12}}},
		{120, 40, true, false, shows{"name size done bar rate eta state host", true, true, true, true, true, true, span{3, 22}, span{25, 12}}},
		{120, 40, false, false, shows{"name size done bar rate eta state host", true, true, true, true, true, false, span{3, 35}, none}},
		{100, 30, true, false, shows{"name size done bar rate eta state", true, true, true, true, true, true, span{3, 12}, span{15, 12}}},
		{99, 29, true, false, shows{"name size done bar rate state", true, true, true, true, true, false, span{3, 24}, none}},
		{80, 24, true, false, shows{"name size done bar rate state", true, true, true, true, true, false, span{3, 19}, none}},
		{80, 24, true, true, shows{"name size done bar rate state", true, true, true, true, true, false, span{3, 13}, span{16, 6}}},
		{71, 16, true, true, shows{"name done rate state", true, true, true, true, true, false, span{3, 11}, none}},
		{50, 15, true, false, shows{"name done rate state", true, true, false, false, true, false, span{2, 12}, none}},
		{40, 12, true, false, shows{"name done state", true, true, false, false, true, false, span{2, 9}, none}},
		{30, 6, true, false, shows{"name done", true, false, false, false, true, false, span{2, 3}, none}},
		{20, 4, true, false, shows{"name done", false, false, false, false, false, false, span{1, 3}, none}},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("%dx%d pane %v failed %v", tt.w, tt.h, tt.pane, tt.failed), func(t *testing.T) {
			l := layoutFor(tt.w, tt.h, tt.pane, tt.failed, true, units.SI)
			got := shows{columnNames(l.columns), l.banner, l.question, l.columnHeader, l.status, l.footer, l.rule, l.list, l.pane}
			if got != tt.want {
				t.Errorf("got  %+v\nwant %+v", got, tt.want)
			}
		})
	}
}

// columnNames names the columns that show, from left to right.
func columnNames(c columns) string {
	var names []string
	for _, col := range []struct {
		name string
		span
	}{
		{"name", c.name}, {"size", c.size}, {"done", c.done}, {"bar", c.bar},
		{"rate", c.rate}, {"eta", c.eta}, {"state", c.state}, {"host", c.host},
	} {
		if col.shows() {
			names = append(names, col.name)
		}
	}
	return strings.Join(names, " ")
}

func TestColumnsStayInsideOfTheScreenAndApart(t *testing.T) {
	for _, in := range []units.System{units.SI, units.IEC, units.Bytes} {
		for width := 20; width <= 300; width++ {
			c := columnsFor(width, true, in)
			end := c.sign + 1
			for _, col := range []span{c.name, c.size, c.done, c.bar, c.rate, c.spark, c.eta, c.state, c.host} {
				if !col.shows() {
					continue
				}
				if col.at < end {
					t.Errorf("width %d: column %v begins before %d", width, col, end)
				}
				end = col.last()
			}
			if end > width {
				t.Errorf("width %d: the columns end at %d", width, end)
			}
		}
	}
}

// hostileStrings are made to break out of the screen or to bend its columns.
func hostileStrings() []string {
	return []string{
		"\x1b]52;c;ZXZpbA==\a\x1b[2J\x1b[31mred",
		"a\u009b31mb\u0090q\u009c",
		"\u202egpj.exe\u2066x\u2069\u200b\u200f",
		"tab\there\r\nnew line\x00\x7f",
		strings.Repeat("ก\u0e34\u0e49\u0300\u0301\u0302", 9),
		"日本語の長い長い長い名前ファイル.tar.gz",
		"👩‍👩‍👧‍👦👨🏽‍💻🇩🇪🇯🇵e\u0301.zip",
		"\xff\xfe broken \xc3",
		"مرحبا بالعالم.pdf",
		strings.Repeat("long", 500),
		"",
	}
}

// hostile is a model in which every string of a stranger is hostile.
func hostile(now time.Time) *fake {
	f := thirteen(now)
	evil := hostileStrings()
	f.rows, f.details = nil, make(map[model.RowID]model.Detail)
	for i, s := range evil {
		r := model.Row{
			ID: model.RowID(i + 1), Name: s, URL: "https://h/" + s, Host: s, State: model.State(i % 15), Status: 404,
			Size: 1 << uint(4*i), Done: 1 << uint(3*i), Rate: float64(int64(1) << uint(4*i)), ETA: time.Duration(i) * time.Hour,
			Reason: s, Insecure: i%2 == 0, Attempt: i, Attempts: 5, Marked: i%3 == 0, Path: s, Resumable: i%2 == 1,
			RetryAt: now.Add(time.Duration(i) * time.Minute),
		}
		d := debianDetail(now)
		d.Status, d.Protocol, d.PartialFile, d.Trust, d.Rule, d.Method = s, s, s, s, s, s
		d.Hint = s
		d.Content = strings.Join(evil, "\n")
		d.Response, d.Request = map[string][]string{s: {s, s}, "Etag": {s}}, map[string][]string{s: {s}}
		d.Hops = append(d.Hops, model.Hop{Status: 302, From: s, To: s, Answer: s})
		d.Segments = append(d.Segments, model.Segment{Task: 1, Start: -5, End: 1 << 60, Outcome: s},
			model.Segment{Task: 1 << 40, Connection: 1 << 30, Start: 1 << 50, End: 5, Planned: -1, Host: s, Running: true})
		d.Transactions[0].URL, d.Transactions[1].FetchStart = s, now.Add(time.Hour)
		r.Priority, r.Data = model.Priority(i%3-1), i%4 == 0
		d.Events = append(d.Events, model.Event{Time: now, Name: s, Text: s, Task: 3})
		d.TLS.PeerCertificates[0].Subject.CommonName = s
		d.TLS.PeerCertificates[0].Issuer.CommonName = s
		d.TLS.NegotiatedProtocol = s
		f.rows = append(f.rows, r)
		f.details[r.ID] = d
		f.events = append(f.events, model.Event{Time: now, Row: r.ID, Name: "DidComplete", Text: s, Code: -1})
	}
	p := passwordPrompt(now)
	p.Space.Host, p.Space.Realm, p.Names, p.User = evil[0], evil[1], evil, evil[2]
	f.prompts = []model.PromptView{p}
	f.totals.Rows, f.totals.Running = 1<<40, 1<<30
	return f
}

var sgrSequence = regexp.MustCompile(`\x1b\[[0-9;:]*m`)

// checkScreen fails if a screen leaves its area or has anything in it but text
// and styles.
func checkScreen(t *testing.T, what string, screen string, w, h int, width func(string) int) {
	t.Helper()
	lines := strings.Split(screen, "\n")
	if len(lines) > h {
		t.Fatalf("%s at %dx%d: %d lines", what, w, h, len(lines))
	}
	for _, line := range lines {
		checkLine(t, line, w, width)
	}
}

// checkLine does that for a line.
func checkLine(t *testing.T, line string, w int, width func(string) int) {
	t.Helper()
	if n := width(line); n > w {
		t.Fatalf("a line of %d cells in %d: %q", n, w, line)
	}
	for _, r := range sgrSequence.ReplaceAllString(line, "") {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) && r != '\u200d' {
			t.Fatalf("%U in a line of %d: %q", r, w, line)
		}
	}
}

// place is a screen or a dialog: the keys that lead to it, and the question that
// waits if it is not the one of [hostile].
type place struct {
	keys     []string
	question *model.PromptView
}

// places are all that there is to look at.
func places() map[string]place {
	all := map[string]place{}
	for name, keys := range map[string][]string{
		"list": nil, "filter": {"/", "x"}, "leaving": {"ctrl+c"}, "notice": {"T"}, "log": {"l"}, "history": {"h"},
		"detail": {"enter"}, "overview": {"enter", "1"}, "segments": {"enter", "2"}, "headers": {"enter", "3", "w"},
		"redirects": {"enter", "4", "w"}, "tls": {"enter", "5"}, "events": {"enter", "6"},
		"find": {"enter", "3", "/", "e"}, "find in the log": {"l", "/", "e"},
		"menu": {"s"}, "help": {"?"}, "password": {"!"}, "limit": {"L"}, "rename": {"m"}, "renew": {"e"},
		"add": {"a", "ctrl+o"}, "quit": {"q"}, "delete": {"X"},
	} {
		all[name] = place{keys: keys}
	}
	evil := strings.Join(hostileStrings()[:4], " ")
	trust, redirect, identity := trustPrompt(time.Now()), redirectPrompt(time.Now()), passwordPrompt(time.Now())
	trust.Space.Host, trust.From, trust.Names = evil, "https://h/"+evil, []string{evil}
	c := trust.Trust.State.PeerCertificates[0]
	c.Subject.CommonName, c.Issuer.Organization, c.DNSNames = evil, []string{evil}, hostileStrings()[:4]
	redirect.From, redirect.To, redirect.Stripped = "https://h/"+evil, "http://"+strings.Repeat("a.", 60)+"/"+evil, hostileStrings()[:4]
	identity.Kind, identity.Issuers, identity.Reason = model.AskIdentity, hostileStrings()[:4], evil
	all["trust"], all["chain"] = place{[]string{"!"}, &trust}, place{[]string{"!", "ctrl+o"}, &trust}
	all["redirect"], all["identity"] = place{[]string{"!"}, &redirect}, place{[]string{"!"}, &identity}
	return all
}

// The largest screen of the property test.
const (
	mostWide = 200
	mostHigh = 60
)

// TestNoSizeBreaksTheScreen draws every screen and dialog in every size. A line
// that was judged at its width is not judged again at other heights.
func TestNoSizeBreaksTheScreen(t *testing.T) {
	now := time.Now()
	for name, place := range places() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := hostile(now)
			if place.question != nil {
				f.prompts = []model.PromptView{*place.question}
			}
			a := newTestApp(t, f, Options{Theme: "dark", Environ: looks()[0].options.Environ, Note: hostileStrings()[0]})
			a.seen[f.prompts[0].ID] = true // it opens by its key only
			screenNow(a, size{80, 24})
			for _, k := range place.keys {
				pressKey(a, k)
			}
			for w := 1; w <= mostWide; w += widthsApart {
				clusters := w%2 == 0 // both ways of counting, in turn
				a.scene.ruler.Clusters, a.boxes.Ruler.Clusters = clusters, clusters
				width := ansi.StringWidthWc
				if clusters {
					width = ansi.StringWidth
				}
				judged := map[string]bool{}
				// Apart, the sizes of one width go on where those of the last ended.
				for h := 1 + w%sizesApart; h <= mostHigh; h += sizesApart {
					lines := strings.Split(screenNow(a, size{w, h}), "\n")
					if len(lines) > h {
						t.Fatalf("%dx%d: %d lines", w, h, len(lines))
					}
					for _, line := range lines {
						if !judged[line] {
							judged[line] = true
							checkLine(t, line, w, width)
						}
					}
				}
			}
		})
	}
}

func TestEveryRowOfHostileNamesCanBeLookedAt(t *testing.T) {
	f := hostile(time.Now())
	a := newTestApp(t, f, Options{Theme: "dark", Environ: looks()[0].options.Environ})
	a.seen[1] = true
	screenNow(a, size{120, 40})
	for range f.rows {
		for _, k := range []string{"enter", "1", "2", "3", "4", "5", "6", "esc"} {
			pressKey(a, k)
			checkScreen(t, k, a.View().Content, 120, 40, ansi.StringWidthWc)
		}
		if title := a.View().WindowTitle; strings.ContainsFunc(title, unicode.IsControl) {
			t.Fatalf("window title %q", title)
		}
		pressKey(a, "j")
	}
}

// TestLinksOfHostileRowsAreWebAddresses does the same in a terminal that takes
// links: what is left when well-formed ones are taken away has none.
func TestLinksOfHostileRowsAreWebAddresses(t *testing.T) {
	link := regexp.MustCompile(`\x1b\]8;;(https?://[!-~]+)\a([^\x1b]*(?:\x1b\[[0-9;:]*m[^\x1b]*)*)\x1b\]8;;\a`)
	f := hostile(time.Now())
	a := newTestApp(t, f, Options{Theme: "dark", Environ: append(looks()[0].options.Environ, "TERM_PROGRAM=WezTerm")})
	a.seen[1] = true
	screenNow(a, size{120, 40})
	links := 0
	for range f.rows {
		for _, k := range []string{"enter", "1", "4", "esc", "esc"} {
			pressKey(a, k)
			links += len(link.FindAllString(a.View().Content, -1))
			checkScreen(t, k, link.ReplaceAllString(a.View().Content, "$2"), 120, 40, ansi.StringWidthWc)
		}
		pressKey(a, "j")
	}
	if links == 0 {
		t.Error("there was no link at all")
	}
}

func TestColourStaysOffWhenTheUserSaysSo(t *testing.T) {
	for _, l := range []look{looks()[2], {"no colour", noColour()}} {
		a := newTestApp(t, thirteen(time.Now()), l.options)
		screen := screenNow(a, size{120, 40})
		for _, seq := range sgrSequence.FindAllString(screen, -1) {
			if strings.ContainsAny(seq, "3") && regexp.MustCompile(`[;\[][349]8?[0-9]?[;m]`).MatchString(seq) {
				t.Errorf("%s: colour in %q", l.name, seq)
			}
		}
		// A terminal that says later that it has colours changes nothing.
		before := a.scene.theme.Profile
		a.Update(tea.ColorProfileMsg{})
		if a.scene.theme.Profile != before {
			t.Errorf("%s: the profile changed", l.name)
		}
	}
}

func TestUnknownThemeIsAnErrorThatNamesThoseThereAre(t *testing.T) {
	_, err := newApp(context.Background(), &fake{}, Options{Theme: "neon"})
	if err == nil || !strings.Contains(err.Error(), "dark") {
		t.Errorf("got %v", err)
	}
}
