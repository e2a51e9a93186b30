package ui

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"haul/model"
)

var update = flag.Bool("update", false, "write the golden files anew")

// look is a terminal and its settings.
type look struct {
	name    string
	options Options
	sgr     bool // the golden file shows the styles
}

func looks() []look {
	env := func(more ...string) []string {
		return append([]string{"TERM=xterm-256color", "LANG=C.UTF-8"}, more...)
	}
	return []look{
		{"truecolor-dark", Options{Theme: "dark", Environ: env("COLORTERM=truecolor")}, true},
		{"no-color", Options{Theme: "dark", Environ: env("NO_COLOR=yes")}, false},
		{"ascii", Options{Theme: "dark", Environ: env("NO_COLOR=1"), Glyphs: "ascii"}, false},
	}
}

// size is that of a terminal.
type size struct{ w, h int }

func sizes() []size { return []size{{120, 40}, {80, 24}, {40, 12}, {30, 6}, {20, 4}} }

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
		{"headers", keep, keys("enter", "3")},
		{"overview", keep, keys("enter", "1")},
		{"segments", segmented, keys("enter", "2")},
		{"find", keep, keys("enter", "3", "/", "r", "a", "n", "g", "e")},
		{"limit", clearMarks, keys("L", "5", "0", "0", "k")},
		{"log", func(f *fake) { f.events = debianDetail(time.Now()).Events }, keys("l")},
		{"password", func(f *fake) { f.prompts = []model.PromptView{passwordPrompt(time.Now())} }, keys()},
	}
}

func clearMarks(f *fake) {
	for i := range f.rows {
		f.rows[i].Marked = false
	}
}

func TestScreensLookAsDrawn(t *testing.T) {
	for _, c := range sceneCases() {
		for _, l := range looks() {
			for _, s := range sizes() {
				name := fmt.Sprintf("%s-%dx%d-%s", c.name, s.w, s.h, l.name)
				t.Run(name, func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						f := thirteen(time.Now())
						c.prepare(f)
						a := newTestApp(t, f, l.options)
						screenNow(a, s)
						c.show(a, s)
						golden(t, name, l.sgr, s, a.View().Content)
					})
				})
			}
		}
	}
}

// golden compares a screen with its file. Files without styles have a frame,
// so that the width can be seen.
func golden(t *testing.T, name string, sgr bool, s size, screen string) {
	t.Helper()
	var b strings.Builder
	for _, line := range strings.Split(screen, "\n") {
		if sgr {
			b.WriteString(strings.ReplaceAll(line, "\x1b", "\\e") + "\n")
			continue
		}
		line = ansi.Strip(line)
		b.WriteString("|" + line + strings.Repeat(" ", max(s.w-ansi.StringWidth(line), 0)) + "|\n")
	}
	got := b.String()
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the screen differs from %s; with -update it is written anew.\ngot:\n%s\nwant:\n%s", path, got, want)
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
