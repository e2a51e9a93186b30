package ui

import (
	"context"
	"flag"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"

	"haul/internal/golden"
	"haul/model"
)

var update = flag.Bool("update", false, "write the golden files anew")

// look is a terminal and its settings.
type look struct {
	name    string
	options Options
}

// looks are the looks of the golden files.
func looks() []look {
	return []look{
		{"truecolor, dark", Options{Theme: "dark", Environ: environ("COLORTERM=truecolor")}},
		{"16 colours, light", Options{Theme: "light", Environ: []string{"TERM=xterm", "LANG=C.UTF-8"}}},
		{"no colour, ascii only", Options{Theme: "dark", Environ: environ("NO_COLOR=1"), Glyphs: "ascii"}},
	}
}

// environ is a terminal of 256 colours, and more.
func environ(more ...string) []string {
	return append([]string{"TERM=xterm-256color", "LANG=C.UTF-8"}, more...)
}

// noColour is a terminal whose user wants no colour.
func noColour() Options { return Options{Theme: "dark", Environ: environ("NO_COLOR=yes")} }

// size is that of a terminal.
type size struct{ w, h int }

func sizes() []size { return []size{{120, 40}, {80, 24}, {40, 12}, {20, 4}} }

// screenNow composes and returns what is shown.
func screenNow(a *App, s size) string {
	a.Update(tea.WindowSizeMsg{Width: s.w, Height: s.h})
	return a.View().Content
}

func newTestApp(t testing.TB, m transfers, opt Options) *App {
	t.Helper()
	a, err := newApp(context.Background(), m, opt)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// sceneCase is a screen to compare.
type sceneCase struct {
	name    string
	prepare func(f *fake)
	show    func(a *App, s size)
}

// smallest is a scene in sizes that have lines and columns taken away.
const smallest = "smallest"

func sceneCases() []sceneCase {
	keep := func(*fake) {}
	keys := func(names ...string) func(*App, size) {
		return func(a *App, _ size) {
			for _, k := range names {
				pressKey(a, k)
			}
		}
	}
	return []sceneCase{
		{"list", func(f *fake) { f.prompts = []model.PromptView{passwordPrompt(time.Now())} }, keys("esc")},
		{smallest, func(f *fake) { clearMarks(f); f.prompts = []model.PromptView{passwordPrompt(time.Now())} }, keys("esc")},
		{"detail", func(f *fake) { clearMarks(f) }, keys("enter")},
		{"error", func(f *fake) { clearMarks(f); f.cursor = 12 }, func(a *App, s size) {
			if s.h < 20 && s.h >= 10 {
				pressKey(a, "enter")
			}
		}},
		{"hint", func(f *fake) {
			clearMarks(f)
			d := f.details[1]
			d.Hint = "Press p to pause it and p again to go on: not a byte is fetched twice."
			f.details[1] = d
		}, func(a *App, s size) {
			if s.h < 30 {
				pressKey(a, "enter")
				pressKey(a, "1")
			}
		}},
		{"empty", func(f *fake) { *f = fake{} }, keys()},
		{"filter", keep, keys("/", "t", "a", "r", ".")},
		{"overview", keep, keys("enter", "1")},
		{"segments", segmented, keys("enter", "2")},
		{"headers", keep, keys("enter", "3")},
		{"redirects", keep, keys("enter", "4")},
		{"tls", keep, keys("enter", "5")},
		{"events", keep, keys("enter", "6")},
		{"log, empty", clearMarks, keys("l")},
		{"history", clearMarks, func(a *App, _ size) {
			pressKey(a, "h")
			a.Update(historyMsg{past: past()})
		}},
		{"history, empty", clearMarks, keys("h")},
		{"data", func(f *fake) {
			clearMarks(f)
			r, d := &f.rows[11], f.details[12]
			r.Name, r.Data, r.Size, r.Done = "status.json", true, 74, 74
			d.Method, d.Status, d.Protocol, d.Response = "GET", "200 OK", "HTTP/2.0", http.Header{"Content-Type": {"application/json"}}
			d.Content = "{\n\t\"mirrors\": [\"eu\", \"us\"],\n\t\"message\": \"\x1b[2Jall is well\",\n\t\"load\": 0.25\n}\n"
			f.details[12], f.cursor = d, 11
		}, keys("enter")},
		{"find", keep, keys("enter", "3", "/", "r", "a", "n", "g", "e")},
		{"limit", clearMarks, keys("L", "5", "0", "0", "k")},
		{"add", clearMarks, func(a *App, _ size) {
			a.Update(tea.PasteMsg{Content: "https://deb.example.org/iso/debian-13.1.0-amd64-netinst.iso htps://typo.example/x"})
		}},
		{"duplicates", clearMarks, func(a *App, s size) {
			a.Update(tea.PasteMsg{Content: "https://kernel.example.org/linux-6.17.tar.xz https://new.example/a.iso"})
			pressKey(a, "ctrl+s")
		}},
		{"theme", clearMarks, keys("T")},
		{"sort", clearMarks, keys("s")},
		{"help", clearMarks, keys("?")},
		{"help of details", clearMarks, keys("enter", "?")},
		{"quit", clearMarks, keys("q")},
		{"delete", keep, keys("X")},
		{"leaving", clearMarks, keys("ctrl+c")},
		{"trust", asks(trustPrompt), keys("!")},
		{"redirect", asks(redirectPrompt), keys("!")},
		{"log", func(f *fake) { f.events = debianDetail(time.Now()).Events }, keys("l")},
		{"password", func(f *fake) { f.prompts = []model.PromptView{passwordPrompt(time.Now())} }, keys()},
	}
}

// past are transfers of earlier runs.
func past() []Past {
	at := time.Date(2026, 9, 5, 18, 30, 0, 0, time.UTC)
	return []Past{
		{at, "debian-12.11.0-amd64-netinst.iso", "deb.example", 702 * mB, "done", ""},
		{at.Add(-time.Hour), "日本語コーパス-2026-08.tar.zst", "data.example.org", 4600 * mB, "done", ""},
		{at.Add(-25 * time.Hour), "old-release.zip", "gone.example", 0, "refused", "410 Gone: the file was taken away for good"},
		{at.Add(-26 * time.Hour), "photos.tar", "nas.local", 3 * mB, "cancelled", ""},
	}
}

// asks has a question wait.
func asks(question func(now time.Time) model.PromptView) func(*fake) {
	return func(f *fake) {
		clearMarks(f)
		f.prompts = []model.PromptView{question(time.Now())}
	}
}

func clearMarks(f *fake) {
	for i := range f.rows {
		f.rows[i].Marked = false
	}
}

func TestScreensLookAsDrawn(t *testing.T) {
	for _, c := range sceneCases() {
		t.Run(c.name, func(t *testing.T) {
			var views []golden.View
			at := sizes()
			if c.name == smallest {
				at = []size{{50, 9}, {30, 6}, {19, 3}}
			}
			for _, s := range at {
				for _, l := range looks() {
					synctest.Test(t, func(t *testing.T) {
						f := thirteen(time.Now())
						c.prepare(f)
						a := newTestApp(t, f, l.options)
						screenNow(a, s)
						c.show(a, s)
						views = append(views, golden.View{Name: fmt.Sprintf("%dx%d, %s", s.w, s.h, l.name), Width: s.w, Screen: a.View().Content})
					})
				}
			}
			golden.Check(t, filepath.Join("testdata", c.name+".golden"), *update, views)
		})
	}
}

// pressKey presses a key by its name.
func pressKey(a *App, name string) tea.Cmd {
	_, cmd := a.Update(keyPress(name))
	return cmd
}

func keyPress(name string) tea.KeyPressMsg {
	switch name {
	case "enter":
		return tea.KeyPressMsg{Code: tea.KeyEnter}
	case "esc":
		return tea.KeyPressMsg{Code: tea.KeyEscape}
	case "tab":
		return tea.KeyPressMsg{Code: tea.KeyTab}
	case "down":
		return tea.KeyPressMsg{Code: tea.KeyDown}
	case "space":
		return tea.KeyPressMsg{Code: tea.KeySpace, Text: " "}
	}
	if letter, ok := strings.CutPrefix(name, "ctrl+"); ok {
		return tea.KeyPressMsg{Code: rune(letter[0]), Mod: tea.ModCtrl}
	}
	r := []rune(name)[0]
	return tea.KeyPressMsg{Code: r, Text: name}
}
