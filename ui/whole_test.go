package ui

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"

	"haul/internal/demo"
	"haul/model"
	"haul/session"
)

// whole is the whole program but its terminal and its network: somebody at the
// keys of the monitor, over the model, over a session, over the demo server.
type whole struct {
	*driver
	m      *model.Model
	server *demo.Server
	at     demo.Addresses
	dir    string
	opened []string
}

// The rows of the beginning, from 1 on.
const (
	readme  model.RowID = 1 + iota // is done
	missing                        // was refused with 404
	letters                        // asks for a password
	film                           // runs for long
	one                            // waits for a place
	two                            // and so does this
)

// playWhole begins the program, lets it come to the rows above, and plays f.
func playWhole(t *testing.T, f func(w *whole)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &whole{server: demo.New(demo.Options{Seed: 1}), dir: t.TempDir()}
		network := new(demo.Network)
		var err error
		if w.at, err = w.server.StartOn(network); err != nil {
			t.Fatal(err)
		}
		cfg := session.EphemeralConfiguration()
		cfg.Dial = func(ctx context.Context, kind, addr string) (net.Conn, error) { return network.Dial(ctx, kind, addr) }
		observer := model.NewObserver()
		s, err := session.New(cfg, observer)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		hand := func(context.Context, model.Handover) error { return nil }
		w.m = model.New(ctx, s, observer, model.Options{Interactive: true, Running: 2, FrameInterval: 100 * time.Millisecond, Handover: hand})
		open := func(_ context.Context, path string) error { w.opened = append(w.opened, path); return nil }
		opt := noColour()
		opt.Dir, opt.Open, opt.Mouse = w.dir, open, true
		opt.Environ = append(opt.Environ, "TERM_PROGRAM=ghostty") // it copies
		asked := make(chan struct{}, 1)
		opt.Reread = func() { asked <- struct{}{} }
		opt.Reload = func() tea.Msg {
			select {
			case <-asked:
				return SettingsMsg{Settings: Settings{Theme: "dark", Units: "iec", Mouse: true}}
			case <-ctx.Done():
				return nil
			}
		}
		app, err := New(ctx, w.m, opt)
		if err != nil {
			t.Fatal(err)
		}
		w.driver = &driver{t: t, app: app, ctx: ctx, msgs: make(chan tea.Msg, 64)}
		defer func() {
			cancel()
			s.InvalidateAndCancel()
			s.Wait()
			if err := w.server.Close(); err != nil {
				t.Error(err)
			}
			synctest.Wait()
		}()
		w.do(app.Init())
		w.send(tea.WindowSizeMsg{Width: 120, Height: 40})
		for _, path := range []string{
			"/file/readme.txt?size=24kB", "/missing/page.html", "/basic/letters.zip?size=3MB", // these end, or wait, before the next begin
		} {
			w.add(path)
			w.wait(time.Second)
		}
		w.add("/slow/film.mp4?size=90MB&rate=400kB")
		w.add("/slow/one.bin?size=1MB&rate=100kB")
		w.add("/slow/two.bin?size=1MB&rate=100kB")
		w.wait(time.Second)
		w.press("esc") // the question that has opened
		f(w)
	})
}

// add takes a transfer in, as the command line does.
func (w *whole) add(path string) {
	w.t.Helper()
	_, problems, cmd := w.m.Add([]model.Spec{{URL: w.at.Files + path, Dir: w.dir}})
	if len(problems) > 0 {
		w.t.Fatal(problems[0].Err)
	}
	w.do(cmd)
}

// on puts the cursor on a row.
func (w *whole) on(id model.RowID) {
	w.t.Helper()
	w.press("g")
	for range int(id) - 1 {
		w.press("j")
	}
	if _, at := w.m.Cursor(); at != id {
		w.t.Fatalf("the cursor is on %d, not on %d", at, id)
	}
}

func (w *whole) row(id model.RowID) model.Row {
	r, _ := w.m.Row(id)
	return r
}

// wants checks what came of it.
func (w *whole) wants(what string, ok bool) {
	w.t.Helper()
	if !ok {
		w.t.Errorf("%s is not so:\n%s", what, w.screen())
	}
}

// state checks that a row comes to a state.
func (w *whole) state(id model.RowID, want model.State) {
	w.t.Helper()
	for range 30 {
		if w.row(id).State == want {
			return
		}
		w.wait(time.Second)
	}
	w.t.Errorf("%s is %v, not %v", w.row(id).Name, w.row(id).State, want)
}

// requests is how many requests for a path the server has had.
func (w *whole) requests(path string) (n int) {
	for _, e := range w.server.Log() {
		if strings.HasPrefix(e.Path, path) {
			n++
		}
	}
	return n
}

// cursor is the place of the cursor, from 0 on.
func (w *whole) cursor() int {
	at, _ := w.m.Cursor()
	return at
}

// there tells whether a file is in the directory.
func (w *whole) there(name string) bool {
	_, err := os.Stat(filepath.Join(w.dir, name))
	return err == nil
}

// brought tells whether a message of a type has come.
func (d *driver) brought(kind string) bool {
	return slices.ContainsFunc(d.took, func(s string) bool { return strings.Contains(s, kind) })
}
