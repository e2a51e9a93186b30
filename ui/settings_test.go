package ui

import (
	"errors"
	"image/color"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"haul/keymap"
	"haul/themes"
	"haul/ui/phrases"
)

// follower is a monitor whose settings can change, on a screen of 80x24.
func follower(t *testing.T, opt Options) *App {
	t.Helper()
	opt.Environ = looks()[0].options.Environ
	opt.Reload = func() tea.Msg { return nil }
	a, err := newApp(t.Context(), thirteen(time.Now()), opt)
	if err != nil {
		t.Fatal(err)
	}
	a.Update(tea.WindowSizeMsg{Width: 80, Height: 24})
	return a
}

func TestNewSettingsTakeEffectAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := follower(t, Options{Theme: "dark"})
		keys, err := keymap.New(keymap.Overrides{keymap.List: {keymap.Help: {"f1"}, keymap.Add: {"ctrl+n"}}})
		if err != nil {
			t.Fatal(err)
		}
		asked := false
		_, cmd := a.Update(SettingsMsg{
			Settings: Settings{Theme: "light", Glyphs: "ascii", Mouse: true, Keys: keys},
			Model:    func() tea.Cmd { asked = true; return nil },
		})
		if cmd == nil || !asked {
			t.Error("the next change is not waited for, or the model was not told")
		}
		screen := a.View().Content
		for _, want := range []string{phrases.ConfigurationInUse, "#####"} {
			if !strings.Contains(screen, want) {
				t.Errorf("no %q in\n%s", want, screen)
			}
		}
		if strings.ContainsAny(screen, "█▸") {
			t.Errorf("old signs in\n%s", screen)
		}
		if a.scene.theme.Name != "light" || a.View().MouseMode != tea.MouseModeCellMotion {
			t.Errorf("theme %s, mouse %v", a.scene.theme.Name, a.View().MouseMode)
		}
		a.Update(keyPress("ctrl+n"))
		if a.front == nil {
			t.Error("the new key does nothing")
		}
	})
}

func TestGraphsComeAndGoWithTheSettings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := follower(t, Options{Theme: "dark", NoGraphs: true})
		for _, none := range []bool{true, false, true} {
			a.Update(SettingsMsg{Settings: Settings{Theme: "dark", NoGraphs: none}})
			if has := len(a.scene.theme.Glyphs.Spark) > 0; has == none {
				t.Errorf("NoGraphs %v: there are curves: %v", none, has)
			}
		}
	})
}

func TestUnitsChangeWithTheSettingsAndColumnsStayStraight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := follower(t, Options{Theme: "dark", Units: "bytes"})
		for _, w := range []int{80, 100, 120, 160} {
			a.Update(tea.WindowSizeMsg{Width: w, Height: 40})
			for name, wants := range map[string][]string{
				"bytes": {" 812000000 B ", " 21400000 B/s ", "512000000 of 812000000 B"},
				"iec":   {" 774 MiB ", " 20.4 MiB/s ", "488 of 774 MiB"},
				"si":    {" 812 MB ", " 21.4 MB/s ", "512 of 812 MB"},
			} {
				a.Update(SettingsMsg{Settings: Settings{Theme: "dark", Units: name}})
				lines := strings.Split(ansi.Strip(a.View().Content), "\n")
				if w < 100 { // the bar of the pane has a slash there
					wants = wants[:2]
				}
				for _, want := range wants {
					if !slices.ContainsFunc(lines, func(l string) bool { return strings.Contains(l, want) }) {
						t.Errorf("%d cells, %s: no %q in\n%s", w, name, want, strings.Join(lines, "\n"))
					}
				}
				c := a.layout.columns
				for _, l := range lines[a.layout.list.at:][:9] {
					if sign := ansi.Cut(l, c.done.last()-1, c.done.last()+1); sign != "% " && sign != "  " {
						t.Errorf("%d cells, %s: %q where the percent sign ends in\n%s", w, name, sign, l)
					}
				}
			}
		}
	})
}

func TestWrongSettingsLeaveTheOldOnes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "broken.toml"), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
		a := follower(t, Options{Theme: "dark", Themes: themes.Library{Dir: dir}})
		for _, tt := range []struct {
			msg  SettingsMsg
			says string
		}{
			{SettingsMsg{Err: errors.New("config.toml:3:1: unknown name")}, "config.toml:3:1: unknown name"},
			{SettingsMsg{Settings: Settings{Theme: "broken"}}, "broken.toml:1:"},
			{SettingsMsg{Settings: Settings{Theme: "light", Glyphs: "emoji"}}, `"emoji"`},
			{SettingsMsg{Settings: Settings{Theme: "light", Units: "bits"}}, `"bits"`},
			{SettingsMsg{Settings: Settings{Theme: "light", Notify: Notify{Fail: "perhaps"}}}, `"perhaps"`},
		} {
			a.Update(tea.WindowSizeMsg{Width: 120, Height: 24})
			_, cmd := a.Update(tt.msg)
			time.Sleep(time.Minute) // it is not news that goes away
			a.Update(tea.FocusMsg{})
			if cmd == nil || a.scene.theme.Name != "dark" || a.glyphs.Name != "unicode" {
				t.Errorf("%+v: theme %s, glyphs %s", tt.msg, a.scene.theme.Name, a.glyphs.Name)
			}
			last := a.log.entries[len(a.log.entries)-1].text.String()
			if !strings.Contains(last, tt.says) || !strings.Contains(last, "the configuration stays as it was") {
				t.Errorf("the log says %q, want %s", last, tt.says)
			}
			if screen := a.View().Content; !strings.Contains(screen, last[:20]) {
				t.Errorf("no word of it in\n%s", screen)
			}
		}
	})
}

func TestAutoAsksTheTerminalForItsBackgroundAndAgainWithTheFocus(t *testing.T) {
	story(t, Options{Theme: "auto"}, nil, func(d *driver) {
		for _, background := range []struct {
			colour color.Color
			theme  string
		}{{color.White, "light"}, {color.Black, "dark"}} {
			if !d.brought("backgroundColorMsg") {
				t.Errorf("nobody asks the terminal: %q", d.took)
			}
			d.send(tea.BackgroundColorMsg{Color: background.colour})
			if got := d.app.scene.theme.Name; got != background.theme {
				t.Errorf("on %v the theme is %s", background.colour, got)
			}
			d.took = nil
			d.send(tea.BlurMsg{})
			d.send(tea.FocusMsg{})
		}
	})
	story(t, Options{Theme: "light"}, nil, func(d *driver) {
		d.send(tea.FocusMsg{})
		d.send(tea.BackgroundColorMsg{Color: color.Black})
		if d.brought("backgroundColorMsg") || d.app.scene.theme.Name != "light" {
			t.Errorf("a theme by name follows the terminal: %s", d.app.scene.theme.Name)
		}
	})
}

func TestAThemeChosenByKeyStaysUntilTheFileNamesAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := follower(t, Options{Theme: "dark"})
		a.Update(keyPress("T"))
		chosen := a.scene.theme.Name
		if chosen == "dark" {
			t.Fatal("T does nothing")
		}
		a.Update(SettingsMsg{Settings: Settings{Theme: "dark"}})
		if got := a.scene.theme.Name; got != chosen {
			t.Errorf("%s, want %s", got, chosen)
		}
		a.Update(SettingsMsg{Settings: Settings{Theme: "soft"}})
		if got := a.scene.theme.Name; got != "soft" {
			t.Errorf("%s, want soft", got)
		}
	})
}

func TestTheNextThemeLeavesOutThoseThatAreBroken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		for name, text := range map[string]string{"a": "x", "b": ""} {
			if err := os.WriteFile(filepath.Join(dir, name+".toml"), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		a := follower(t, Options{Theme: "auto:b,light", Themes: themes.Library{Dir: dir}})
		seen := ""
		for range len(themes.Names()) + 2 {
			a.Update(keyPress("T"))
			seen += a.opt.Theme + " "
		}
		if want := strings.Join(themes.Names(), " ") + " b auto:b,light "; seen != want {
			t.Errorf("%q, want %q", seen, want)
		}
	})
}

func TestAKeyOfTheListIsNotTakenByTextFields(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		keys, err := keymap.New(keymap.Overrides{keymap.List: {
			keymap.Redraw: {"f5"}, keymap.Theme: {"ctrl+l"}, keymap.Suspend: {"f6"}, keymap.Interrupt: {"f7"},
		}})
		if err != nil {
			t.Fatal(err)
		}
		a := follower(t, Options{Theme: "dark", Keys: keys})
		a.Update(keyPress("ctrl+l"))
		if a.scene.theme.Name == "dark" {
			t.Error("ctrl+l is the text fields' in the list")
		}
		if _, cmd := a.Update(tea.KeyPressMsg{Code: tea.KeyF5}); cmd == nil {
			t.Error("f5 does not redraw")
		}
		a.Update(tea.KeyPressMsg{Code: tea.KeyF7})
		if !a.Interrupted() {
			t.Error("f7 does not leave")
		}
	})
}

func TestTheLogGoesBackToWhereItWasOpened(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := follower(t, Options{Theme: "dark"})
		for _, back := range []string{"l", "esc"} {
			for _, screen := range []screenKind{screenList, screenDetail} {
				if screen == screenDetail {
					pressKey(a, "enter")
				}
				pressKey(a, "l")
				if a.screen != screenLog {
					t.Fatalf("l shows screen %d", a.screen)
				}
				pressKey(a, back)
				if a.screen != screen {
					t.Errorf("%s goes to screen %d, want %d", back, a.screen, screen)
				}
			}
			pressKey(a, "esc")
		}
	})
}
