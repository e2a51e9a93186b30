package cli

import (
	"errors"
	"fmt"
	"path/filepath"

	tea "charm.land/bubbletea/v2"

	"haul/internal/config"
	"haul/internal/strict"
	"haul/keymap"
	"haul/model"
	"haul/ui"
	"haul/ui/phrases"
)

// reloader has the monitor follow the configuration file. What the flags and the
// environment say goes before the file at every reading, as at the start.
type reloader struct {
	options *options
	env     Env
	model   *model.Model
	typed   config.Config   // the values of the flags
	changed <-chan struct{} // of the watcher, nil where there is none
	asked   chan struct{}   // by the key
	ended   chan struct{}
	before  config.Config // as it was read last
}

// follow has the monitor watch the file and the user's themes, until end, which
// its caller calls when the monitor has ended. Where the system has no watching,
// a note says so: the file is read again by its key then.
func (j *job) follow(m *model.Model, opt *ui.Options) (end func() error) {
	r := &reloader{
		options: j.options, env: j.env, model: m,
		asked: make(chan struct{}, 1), ended: make(chan struct{}),
		typed: j.options.typed, before: j.options.config,
	}
	opt.Reload, opt.Reread = r.next, r.reread
	path, _ := config.Find(j.options.configFile, j.env.getenv)
	w, err := config.Watch([]string{path}, []string{j.options.themes.Dir})
	if err != nil {
		if opt.Note == "" {
			opt.Note = opt.Keys.Sentence(keymap.List, keymap.Symbols{}, phrases.ConfigurationUnseen, cause(err))
		}
		return func() error { close(r.ended); return nil }
	}
	r.changed = w.Changed()
	return func() error { close(r.ended); return w.Close() }
}

// reread has next return.
func (r *reloader) reread() {
	select {
	case r.asked <- struct{}{}:
	default: // it is asked already
	}
}

// next waits for a change, or to be asked. One waits at a time, so that before
// needs no lock.
func (r *reloader) next() tea.Msg {
	select {
	case <-r.changed:
	case <-r.asked:
	case <-r.ended:
	}
	select {
	case <-r.ended: // the monitor has
		return nil
	default:
	}
	c, _, err := r.options.merge(r.env, &r.typed)
	if err != nil {
		return ui.SettingsMsg{Err: briefly(err)}
	}
	keys, err := c.Keys.Map()
	if err != nil {
		return ui.SettingsMsg{Err: err}
	}
	limit, err := config.ParseRate(c.Downloads.LimitRate)
	if err != nil {
		return ui.SettingsMsg{Err: err}
	}
	old := r.before.Downloads
	r.before = c
	return ui.SettingsMsg{
		Settings: ui.Settings{
			Theme: c.Interface.Theme, Glyphs: c.Interface.Glyphs, Units: c.Interface.Units, Wide: c.Interface.Ambiguous == 2, Mouse: c.Interface.Mouse, Keys: keys,
			NoGraphs: !c.Interface.Graphs,
			Notify:   notifications(c.Notifications),
		},
		Model: func() tea.Cmd {
			if old.LimitRate != c.Downloads.LimitRate { // else it is as its key has it
				r.model.SetRateLimit(limit)
			}
			if old.Running == c.Downloads.Running && old.RowsPerHost == c.Downloads.RowsPerHost {
				return nil
			}
			return r.model.SetRunning(c.Downloads.Running, c.Downloads.RowsPerHost)
		},
	}
}

// briefly is the first of several mistakes, short enough for a line.
func briefly(err error) error {
	problems, ok := errors.AsType[strict.Problems](err)
	if !ok {
		return err
	}
	first := problems[0]
	first.File = filepath.Base(first.File)
	if more := len(problems) - 1; more > 0 {
		return fmt.Errorf("%w, %s", first, phrases.MoreMistakes(more))
	}
	return first
}
