package config

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/fsnotify/fsnotify"
)

// settleTime is how long a file has to be left alone before it counts as
// changed. Editors write in several steps.
const settleTime = 100 * time.Millisecond

// Watcher tells when files of the configuration may have changed. It watches
// their folders, since editors and tools that keep configuration files put a new
// file in the place of the old one.
type Watcher struct {
	changed chan struct{}
	fs      *fsnotify.Watcher
	folders []string // those to watch, whether they exist or not
	done    sync.WaitGroup
}

// Watch begins to watch files, and every file in folders. What is a link is
// watched where it points to as well. Of a folder that does not exist the nearest
// one above it is watched, until it is made. [Watcher.Close] ends it.
func Watch(files, folders []string) (*Watcher, error) {
	fs, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, err
	}
	w := &Watcher{changed: make(chan struct{}, 1), fs: fs}
	var names []string
	for _, file := range files {
		names = append(names, absolute(file))
		if target, err := filepath.EvalSymlinks(file); err == nil {
			names = append(names, absolute(target))
		}
	}
	whole := make([]string, len(folders))
	for i, folder := range folders {
		whole[i] = absolute(folder)
	}
	w.folders = slices.Clone(whole)
	for _, name := range names {
		w.folders = append(w.folders, filepath.Dir(name))
	}
	for _, folder := range w.folders {
		err = errors.Join(err, w.add(folder))
	}
	if err != nil {
		return nil, errors.Join(err, fs.Close())
	}
	w.done.Go(func() {
		w.run(func(name string) bool {
			return slices.Contains(names, name) || slices.Contains(whole, filepath.Dir(name)) || w.made(name)
		})
	})
	return w, nil
}

// absolute is the path from the root, as events name their files.
func absolute(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return path // there is no working directory: nothing relative can exist
}

// add watches a folder, or the nearest one above it that there is.
func (w *Watcher) add(folder string) error {
	for {
		there := nearest(folder)
		if err := w.fs.Add(there); err != nil {
			return err
		}
		if nearest(folder) == there { // else the next was made before anybody watched
			return nil
		}
	}
}

// nearest is the folder itself or the nearest one above it that exists.
func nearest(folder string) string {
	for {
		info, err := os.Stat(folder)
		if err == nil && info.IsDir() || folder == filepath.Dir(folder) {
			return folder
		}
		folder = filepath.Dir(folder)
	}
}

// made tells whether a folder that is waited for, or one above it, was made or
// taken away. What is there now is watched: it may have its file already.
func (w *Watcher) made(name string) (ours bool) {
	for _, folder := range w.folders {
		if folder == name || strings.HasPrefix(folder, name+string(filepath.Separator)) {
			ours = true
			// A folder that is gone again by now is told by the one above it.
			_ = w.add(folder)
		}
	}
	return ours
}

// run turns events into changes until the watcher of the system is closed.
func (w *Watcher) run(ours func(name string) bool) {
	settled := time.NewTimer(settleTime)
	defer settled.Stop()
	settled.Stop()
	for {
		select {
		case e, ok := <-w.fs.Events:
			if !ok {
				return
			}
			if ours(e.Name) && !e.Has(fsnotify.Chmod) {
				settled.Reset(settleTime)
			}
		case _, ok := <-w.fs.Errors:
			if !ok {
				return
			}
			// Events were lost; whether ours were among them, reading tells.
			settled.Reset(settleTime)
		case <-settled.C:
			select {
			case w.changed <- struct{}{}:
			default: // one is waiting to be taken
			}
		}
	}
}

// Changed delivers a value after changes; several may be told as one. It is
// closed by [Watcher.Close].
func (w *Watcher) Changed() <-chan struct{} { return w.changed }

// Close ends the watching, and returns when its goroutine has ended.
func (w *Watcher) Close() error {
	err := w.fs.Close()
	w.done.Wait()
	close(w.changed)
	return err
}
