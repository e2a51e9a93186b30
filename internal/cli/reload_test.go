package cli

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"haul/model"
	"haul/session"
	"haul/ui"
)

func TestTheMonitorFollowsTheFile(t *testing.T) {
	o, env, said, err := settled(t, "interface.theme = 'soft'", nil, []string{"--glyphs=ascii"})
	if err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	path := filepath.Join(strings.TrimPrefix(env.Environ[0], "XDG_CONFIG_HOME="), "haul", "config.toml")
	j := job{options: o, env: env}
	var opt ui.Options
	observer := model.NewObserver()
	transfers, err := session.New(session.EphemeralConfiguration(), observer)
	if err != nil {
		t.Fatal(err)
	}
	defer transfers.Wait()
	defer transfers.InvalidateAndCancel()
	m := model.New(t.Context(), transfers, observer, model.Options{})
	end := j.follow(m, &opt)
	change := func(text string) ui.SettingsMsg {
		t.Helper()
		// At once, for the file is read again while it changes.
		fresh := path + "~"
		if err := errors.Join(os.WriteFile(fresh, []byte(text), 0o600), os.Rename(fresh, path)); err != nil {
			t.Fatal(err)
		}
		msg, ok := opt.Reload().(ui.SettingsMsg)
		if !ok {
			t.Fatal("no settings")
		}
		return msg
	}

	msg := change("[interface]\ntheme = 'mono'\nglyphs = 'unicode'\nunits = 'iec'\nmouse = false\n[keys.list]\npause = ['f5']")
	s := msg.Settings
	if msg.Err != nil || s.Theme != "mono" || s.Glyphs != "ascii" || s.Units != "iec" || s.Mouse {
		t.Errorf("%+v: the flag goes before the file, the file before what was", msg)
	}
	if a, _ := s.Keys.Lookup("list", "f5"); a != "pause" {
		t.Errorf("f5 does %q", a)
	}
	if msg.Model() != nil {
		t.Error("the model is told although no limit has changed")
	}

	msg = change("downloads.limit-rate = '3M'")
	if msg.Err != nil || msg.Model() != nil || m.RateLimit() != 3e6 {
		t.Errorf("%+v: the limit is %d", msg, m.RateLimit())
	}

	msg = change("x = 1\ny = 2\nz = 3")
	if msg.Err == nil || msg.Err.Error() != `config.toml:1:1: unknown name "x", and 2 more mistakes: see haul config check` {
		t.Errorf("%v", msg.Err)
	}
	if msg := change("interface.theme = 'nowhere'"); msg.Err == nil || !strings.Contains(msg.Err.Error(), `there is no theme "nowhere"`) {
		t.Errorf("%v", msg.Err)
	}

	change("interface.units = 'bytes'")
	opt.Reread()
	opt.Reread() // once more before it is read: that is one
	if msg, ok := opt.Reload().(ui.SettingsMsg); !ok || msg.Err != nil || msg.Settings.Units != "bytes" {
		t.Errorf("read again: %+v", msg)
	}

	if err := end(); err != nil {
		t.Error(err)
	}
	if msg := opt.Reload(); msg != nil {
		t.Errorf("after the end: %v", msg)
	}
}
