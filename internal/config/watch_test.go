package config

import (
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fsnotify/fsnotify"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience bounds waiting for the system; it is reached when a test fails.
const patience = 30 * time.Second

func changes(t *testing.T, w *Watcher) {
	t.Helper()
	select {
	case <-w.Changed():
	case <-time.After(patience):
		t.Fatal("no change is told")
	}
}

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestAChangeIsToldHoweverAnEditorMakesIt(t *testing.T) {
	dir, other := t.TempDir(), t.TempDir()
	folder := filepath.Join(dir, "themes")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	file, target := filepath.Join(dir, "config.toml"), filepath.Join(other, "dotfile.toml")
	put(t, target, "")
	if err := os.Symlink(target, file); err != nil {
		t.Fatal(err)
	}
	w, err := Watch([]string{file}, []string{folder, filepath.Join(dir, "nowhere")})
	if err != nil {
		t.Fatal(err)
	}
	put(t, target, "x = 1")
	changes(t, w)

	put(t, filepath.Join(dir, "new"), "x = 2")
	if err := os.Rename(filepath.Join(dir, "new"), file); err != nil {
		t.Fatal(err)
	}
	changes(t, w)

	put(t, filepath.Join(folder, "mine.toml"), "")
	changes(t, w)

	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	changes(t, w)

	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestAFolderThatIsMadeLaterIsWatchedFromThenOn makes the first configuration
// file there is, and then the folder anew.
func TestAFolderThatIsMadeLaterIsWatchedFromThenOn(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "config", "haul", "config.toml")
	w, err := Watch([]string{file}, []string{filepath.Join(dir, "config", "haul", "themes")})
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []func() error{
		func() error { return os.MkdirAll(filepath.Dir(file), 0o700) },
		func() error { return os.WriteFile(file, []byte("x = 1"), 0o600) },
		func() error { return os.WriteFile(file, []byte("x = 2"), 0o600) },
		func() error { return os.Mkdir(filepath.Join(filepath.Dir(file), "themes"), 0o700) },
		func() error {
			return os.WriteFile(filepath.Join(filepath.Dir(file), "themes", "mine.toml"), nil, 0o600)
		},
		func() error { return os.RemoveAll(filepath.Join(dir, "config")) },
		func() error { return os.MkdirAll(filepath.Dir(file), 0o700) },
		func() error { return os.WriteFile(file, []byte("x = 3"), 0o600) },
	} {
		if err := step(); err != nil {
			t.Fatal(err)
		}
		changes(t, w)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestEventsBecomeChanges has the time and the events of the system in its hand.
func TestEventsBecomeChanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		events, lost := make(chan fsnotify.Event), make(chan error)
		w := &Watcher{changed: make(chan struct{}, 1), fs: &fsnotify.Watcher{Events: events, Errors: lost}}
		w.done.Go(func() { w.run(func(name string) bool { return name == "ours" }) })
		told := func() bool {
			time.Sleep(time.Second)
			select {
			case <-w.Changed():
				return true
			default:
				return false
			}
		}
		events <- fsnotify.Event{Name: "other", Op: fsnotify.Write}
		events <- fsnotify.Event{Name: "ours", Op: fsnotify.Chmod}
		if told() {
			t.Error("what does not change our file is told")
		}
		for range 10 { // an editor at work
			events <- fsnotify.Event{Name: "ours", Op: fsnotify.Write}
			time.Sleep(settleTime / 2)
			select {
			case <-w.Changed():
				t.Error("a change is told while it goes on")
			default:
			}
		}
		if !told() || told() {
			t.Error("several writes are not one change")
		}
		lost <- fsnotify.ErrEventOverflow
		if !told() {
			t.Error("lost events are no change")
		}
		close(events)
		w.done.Wait()
	})
}
