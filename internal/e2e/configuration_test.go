//go:build unix

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// configure writes the configuration file, as an editor does.
func (h home) configure(t *testing.T, text string) {
	t.Helper()
	dir := filepath.Join(filepath.Dir(h.state), "config", "haul")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	fresh := filepath.Join(dir, "config.toml~")
	if err := os.WriteFile(fresh, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(fresh, filepath.Join(dir, "config.toml")); err != nil {
		t.Fatal(err)
	}
}

func TestTheMonitorFollowsItsConfiguration(t *testing.T) {
	t.Parallel()
	for _, size := range [][2]int{{120, 40}, {80, 24}, {40, 12}} {
		t.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(t *testing.T) {
			t.Parallel()
			h := newHome(t)
			h.configure(t, "interface.glyphs = 'unicode'\n[keys.list]\nlog = ['f5']\n")
			s := openScreen(t, h, size[0], size[1])
			s.haul()
			s.press("F5")
			s.see(`log`)
			s.press("q")

			h.configure(t, "interface.glyphs = 'unicode'\n[keys.list]\nlgo = ['f6']\n")
			s.see(`config\.toml:3:1: `)
			h.configure(t, "interface.glyphs = 'ascii'\n[keys.list]\nlog = ['f6']\n")
			s.see(`the configuration was read again`)
			s.press("F6")
			s.see(`log`)
			s.press("q", "q") // out of the log, out of haul
			s.left(0)
		})
	}
}
