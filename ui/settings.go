package ui

import (
	tea "charm.land/bubbletea/v2"

	"haul/keymap"
	"haul/themes"
	"haul/ui/phrases"
	"haul/ui/text"
	"haul/ui/units"
)

// Settings are what can change while the monitor runs. Empty texts and nil mean
// what they mean in [Options].
type Settings struct {
	Theme, Glyphs string
	Units         string
	Wide          bool // see Options
	NoGraphs      bool
	Mouse         bool
	Keys          *keymap.Map
	Notify        Notify
}

// SettingsMsg says that the settings have changed, or could have and are wrong.
type SettingsMsg struct {
	Settings Settings
	// Model changes what belongs to the model. It runs in Bubble Tea's loop;
	// nil: nothing.
	Model func() tea.Cmd
	// Err is why the settings cannot be used: the old ones stay.
	Err error
}

// change takes new settings, and waits for the next.
func (a *App) change(msg SettingsMsg) tea.Cmd {
	again := a.opt.Reload
	if msg.Err != nil {
		a.unchanged(msg.Err)
		return again
	}
	s := msg.Settings
	s.Theme, s.Glyphs = orElse(s.Theme, themes.Auto), orElse(s.Glyphs, "auto")
	if s.Keys == nil {
		s.Keys = keymap.Default()
	}
	err := s.Notify.check()
	if err == nil {
		err = a.newLook(s)
	}
	if err != nil {
		a.unchanged(err)
		return again
	}
	if s.Mouse != a.configured.Mouse { // else it is as its key has it
		a.opt.Mouse = s.Mouse
	}
	a.opt.Keys, a.scene.keys, a.boxes.Keys = s.Keys, s.Keys, s.Keys
	a.opt.Notify, a.herald.want = s.Notify, s.Notify
	a.configured = s
	a.say(themes.OK, phrases.ConfigurationInUse)
	cmds := []tea.Cmd{again}
	if msg.Model != nil {
		cmds = append(cmds, msg.Model())
	}
	if themes.Follows(a.opt.Theme) {
		cmds = append(cmds, tea.RequestBackgroundColor)
	}
	return tea.Batch(cmds...)
}

// reread has the settings read again, which are told like others.
func (a *App) reread() {
	if a.opt.Reread == nil {
		a.say(roleNews, phrases.NothingToReread)
		return
	}
	a.opt.Reread()
}

// signs are the signs that are drawn with.
func (s Settings) signs(environ []string) (themes.Glyphs, error) {
	glyphs, err := themes.GlyphsFor(s.Glyphs, s.Wide, environ)
	if s.NoGraphs {
		glyphs.Spark = nil
	}
	return glyphs, err
}

// unchanged says why the settings stay. The place goes first: on a narrow screen
// the rest is in the log only.
func (a *App) unchanged(err error) {
	a.sayUntilKey(themes.Error, phrases.ConfigurationStays, err)
}

// newLook changes theme and signs, both or none. A theme that was chosen by key
// stays until the configuration names another.
func (a *App) newLook(s Settings) error {
	glyphs, err := s.signs(a.opt.Environ)
	if err != nil {
		return err
	}
	in, err := units.Named(s.Units)
	if err != nil {
		return err
	}
	old, oldUnits := a.glyphs, a.scene.units
	a.glyphs, a.scene.units = glyphs, in
	show := a.opt.Theme
	if s.Theme != a.configured.Theme {
		show = s.Theme
	}
	if err := a.newTheme(show); err != nil {
		a.glyphs, a.scene.units = old, oldUnits
		return err
	}
	a.opt.Glyphs, a.opt.NoGraphs = s.Glyphs, s.NoGraphs
	a.scene.ruler.Ellipsis = text.Clean(glyphs.Ellipsis)
	a.boxes.Ruler = a.scene.ruler
	return nil
}
