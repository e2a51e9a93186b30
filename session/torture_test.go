package session

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"haul/internal/testserver"
	"haul/transfer/partial"
)

// faultyFS is the machine's file system, on which call number n fails, or all
// from there on.
type faultyFS struct {
	partial.OS
	mu       sync.Mutex
	n, calls int
	sticky   bool
	failed   string // what failed first
}

func (f *faultyFS) hit(call, name string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls++
	if f.n == 0 || f.calls < f.n || f.calls > f.n && !f.sticky {
		return nil
	}
	if f.failed == "" {
		f.failed = call + " " + filepath.Base(name)
	}
	return &fs.PathError{Op: call, Path: name, Err: syscall.EIO}
}

func (f *faultyFS) heal() { f.mu.Lock(); f.n = 0; f.mu.Unlock() }

func (f *faultyFS) OpenFile(name string, flag int, perm fs.FileMode) (partial.Handle, error) {
	if err := f.hit("open", name); err != nil {
		return nil, err
	}
	h, err := f.OS.OpenFile(name, flag, perm)
	if err != nil {
		return nil, err
	}
	return faultyHandle{h, f, name}, nil
}

func (f *faultyFS) Rename(from, to string) error {
	if err := f.hit("rename", to); err != nil {
		return err
	}
	return f.OS.Rename(from, to)
}

func (f *faultyFS) RenameNew(from, to string) error {
	if err := f.hit("rename new", to); err != nil {
		return err
	}
	return f.OS.RenameNew(from, to)
}

func (f *faultyFS) Remove(name string) error {
	if err := f.hit("remove", name); err != nil {
		return err
	}
	return f.OS.Remove(name)
}

func (f *faultyFS) Lstat(name string) (fs.FileInfo, error) {
	if err := f.hit("lstat", name); err != nil {
		return nil, err
	}
	return f.OS.Lstat(name)
}

func (f *faultyFS) Exists(name string) (bool, error) {
	if err := f.hit("exists", name); err != nil {
		return false, err
	}
	return f.OS.Exists(name)
}

func (f *faultyFS) Names(name string, most int) ([]string, error) {
	if err := f.hit("names", name); err != nil {
		return nil, err
	}
	return f.OS.Names(name, most)
}

func (f *faultyFS) SyncDir(name string) error {
	if err := f.hit("sync directory", name); err != nil {
		return err
	}
	return f.OS.SyncDir(name)
}

// OpenLocked fails before anything is done. The lock is given back when Close
// fails, too.
func (f *faultyFS) OpenLocked(name string, flag int) (partial.Handle, error) {
	if err := f.hit("lock", name); err != nil {
		return nil, err
	}
	h, err := f.OS.OpenLocked(name, flag)
	if err != nil {
		return nil, err
	}
	return faultyHandle{h, f, name}, nil
}

func (f *faultyFS) OpenUnnamed(name string) (partial.Unnamed, error) {
	if err := f.hit("open unnamed", name); err != nil {
		return nil, err
	}
	u, err := f.OS.OpenUnnamed(name)
	if err != nil {
		return nil, err
	}
	return faultyUnnamed{faultyHandle{u, f, name}, u}, nil
}

type faultyUnnamed struct {
	faultyHandle
	unnamed partial.Unnamed
}

func (u faultyUnnamed) Lock() error      { return errors.Join(u.f.hit("lock", u.name), u.unnamed.Lock()) }
func (u faultyUnnamed) Location() string { return u.unnamed.Location() }

func (u faultyUnnamed) Link(to string) error {
	if err := u.f.hit("link", to); err != nil {
		return err
	}
	return u.unnamed.Link(to)
}

type faultyHandle struct {
	partial.Handle
	f    *faultyFS
	name string
}

func (h faultyHandle) ReadAt(p []byte, off int64) (int, error) {
	if err := h.f.hit("read", h.name); err != nil {
		return 0, err
	}
	return h.Handle.ReadAt(p, off)
}

// WriteAt that fails has written a part.
func (h faultyHandle) WriteAt(p []byte, off int64) (int, error) {
	if err := h.f.hit("write", h.name); err != nil {
		n, _ := h.Handle.WriteAt(p[:len(p)/2], off)
		return n, err
	}
	return h.Handle.WriteAt(p, off)
}

func (h faultyHandle) Size() (int64, error) {
	if err := h.f.hit("stat", h.name); err != nil {
		return 0, err
	}
	return h.Handle.Size()
}

func (h faultyHandle) Truncate(size int64) error {
	return errors.Join(h.f.hit("truncate", h.name), h.Handle.Truncate(size))
}
func (h faultyHandle) Chmod(mode fs.FileMode) error {
	return errors.Join(h.f.hit("chmod", h.name), h.Handle.Chmod(mode))
}
func (h faultyHandle) Sync() error  { return errors.Join(h.f.hit("sync", h.name), h.Handle.Sync()) }
func (h faultyHandle) Close() error { return errors.Join(h.Handle.Close(), h.f.hit("close", h.name)) }
func (h faultyHandle) Reserve(n int64) error {
	return errors.Join(h.f.hit("reserve", h.name), h.Handle.Reserve(n))
}

// torture is one life of a download on a faulty file system.
type torture struct {
	t      *testing.T
	files  *faultyFS
	server *fileServer
	url    string
	rec    *recorder
	s      *Session
	dest   string
	// published is set once the delegate has the file in its place.
	published bool
	// locked: finished files are kept locked; task is the one that runs.
	locked bool
	task   *DownloadTask
}

const tortureSize = 300_000

func newTorture(t *testing.T, files *faultyFS, replaces bool) *torture {
	w := &torture{t: t, files: files, server: &fileServer{body: content(tortureSize, 1), etag: `"e1"`}, rec: newRecorder()}
	w.url = serve(t, w.server.ServeHTTP).URL + "/f"
	w.s = open(t, w.rec, func(c *Configuration) { c.Files = files })
	dir, _ := testserver.Directory(t, partial.OS{}.KeepsUnnamed)
	w.dest = filepath.Join(dir, "f")
	if replaces {
		if err := os.WriteFile(w.dest, []byte("old"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	w.rec.onFinishedDownload = func(path string) {
		var err error
		if w.locked {
			_, err = w.task.Publish(partial.NewPublisher(files, 0), w.dest, replaces)
		} else {
			_, err = partial.Publish(files, path, w.dest, replaces)
		}
		w.published = err == nil
	}
	return w
}

func (w *torture) part() string { return partial.PathFor(filepath.Dir(w.dest), "f") }

// begin resumes a task.
func (w *torture) begin(d *DownloadTask) {
	w.t.Helper()
	w.task = d
	if w.locked {
		if err := d.KeepLocked(); err != nil {
			w.t.Fatal(err)
		}
	}
	d.Resume()
}

// oneOfMany makes the session read the directory, so that files may have no name at
// first.
func (w *torture) oneOfMany() {
	w.locked = true
	for n := range 10 {
		w.s.PartialFileFree(partial.PathFor(filepath.Dir(w.dest), fmt.Sprintf("other%d", n)))
	}
}

// run runs a task to its end and holds its error to be the disk's.
func (w *torture) run(d *DownloadTask, errs ...Code) error {
	w.t.Helper()
	w.begin(d)
	await(w.t, w.rec.done)
	err := d.Err()
	for _, allowed := range errs {
		if errors.Is(err, allowed) {
			return err
		}
	}
	w.disk(err)
	return err
}

func (w *torture) disk(err error) {
	w.t.Helper()
	if err == nil {
		return
	}
	switch code := codeOf(err); code {
	case CannotCreateFile, CannotOpenFile, CannotWriteToFile, CannotCloseFile, CannotRemoveFile, CannotMoveFile:
		if !errors.Is(err, syscall.EIO) {
			w.t.Errorf("the cause is lost: %v", err)
		}
	default:
		w.t.Errorf("the error is no disk's: %v (%v)", err, code)
	}
}

// fresh is a task from the beginning.
func (w *torture) fresh() *DownloadTask { return download(w.t, w.s, w.url, w.part()) }

// from is a task from what an end with err left, nil when it has to begin anew.
func (w *torture) from(data ResumeData) *DownloadTask {
	d, err := w.s.DownloadTaskWithResumeData(data, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	return d
}

// check holds the invariant: the destination is absent, old or whole, and what
// is beside it is continued to the whole file, or refused.
func (w *torture) check(replaces bool) {
	w.t.Helper()
	got, err := os.ReadFile(w.dest)
	switch {
	case errors.Is(err, fs.ErrNotExist) && !replaces:
	case err == nil && replaces && string(got) == "old":
	case err == nil && sum(got) == sum(w.server.body):
	default:
		w.t.Errorf("the destination is neither absent, old nor whole: %d bytes, %v", len(got), err)
	}
	if w.published && sum(got) != sum(w.server.body) {
		w.t.Error("it was published and is not there")
	}
	data, err := ReadResumeData(w.part())
	var nothing *NotResumableError
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, partial.ErrCorrupt), errors.As(err, &nothing):
		if err := partial.Remove(partial.OS{}, w.part()); err != nil {
			w.t.Error(err)
		}
		w.finish(w.fresh())
	case err != nil:
		w.t.Error(err)
	default:
		w.finish(w.from(data))
	}
}

// finish runs the last task, on a file system that is well again.
func (w *torture) finish(d *DownloadTask) {
	w.t.Helper()
	w.rec.file = nil
	if err := w.run(d); err != nil {
		w.t.Errorf("it cannot go on: %v", err)
	}
	if sum(w.rec.file) != sum(w.server.body) {
		w.t.Errorf("it went on to other bytes")
	}
}

// TestEveryFileCallMayFail lets call after call fail in a download, a pause, a
// resumption, a restart and a cut connection.
func TestEveryFileCallMayFail(t *testing.T) {
	type tale func(w *torture)
	pauseAt := func(w *torture, d *DownloadTask, at int64) (ResumeData, bool) {
		hook, there := once(at)
		w.rec.onWrite = hook
		w.server.set(func() { w.server.stallAt = at })
		defer func() { w.server.set(func() { w.server.stallAt = 0 }); w.rec.onWrite = nil }()
		w.begin(d)
		select {
		case <-there:
		case <-w.rec.done:
			w.disk(d.Err())
			data, ok := ResumeDataFrom(d.Err())
			return data, ok
		case <-time.After(20 * time.Second):
			w.t.Fatal("it hangs")
		}
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		data, err := d.CancelByProducingResumeData(ctx)
		await(w.t, w.rec.done)
		var not *NotResumableError
		if err != nil && !errors.As(err, &not) {
			w.t.Errorf("the pause: %v", err)
		}
		return data, err == nil
	}
	pauseAndResume := func(w *torture) {
		data, ok := pauseAt(w, w.fresh(), 150_000)
		if !ok {
			return
		}
		// A failure of the disk leaves the data good for another try.
		if err := w.run(w.from(data)); err != nil {
			if data, ok := ResumeDataFrom(err); ok {
				w.files.heal()
				w.finish(w.from(data))
			}
		}
	}
	download := func(w *torture) {
		if err := w.run(w.fresh()); err != nil {
			if data, ok := ResumeDataFrom(err); ok {
				w.files.heal()
				w.finish(w.from(data))
			}
		}
	}
	for name, tell := range map[string]tale{
		"download":                      download,
		"download locked":               func(w *torture) { w.locked = true; download(w) },
		"download locked, one of many":  func(w *torture) { w.oneOfMany(); download(w) },
		"pause and resume":              pauseAndResume,
		"pause and resume, one of many": func(w *torture) { w.oneOfMany(); pauseAndResume(w) },
		"paused twice": func(w *torture) {
			if data, ok := pauseAt(w, w.fresh(), 100_000); ok {
				if data, ok = pauseAt(w, w.from(data), 200_000); ok {
					_ = w.run(w.from(data)) // checked inside
				}
			}
		},
		"changed meanwhile": func(w *torture) {
			if data, ok := pauseAt(w, w.fresh(), 150_000); ok {
				w.server.set(func() { w.server.body, w.server.etag = content(tortureSize-1000, 2), `"e2"` })
				_ = w.run(w.from(data)) // checked inside
			}
		},
		"cut": func(w *torture) {
			w.server.set(func() { w.server.cutAt = 150_000 })
			if data, ok := ResumeDataFrom(w.run(w.fresh(), NetworkConnectionLost)); ok {
				_ = w.run(w.from(data)) // checked inside
			}
		},
	} {
		for _, sticky := range []bool{false, true} {
			for _, replaces := range []bool{false, true} {
				if replaces && (sticky || !strings.HasPrefix(name, "download")) {
					continue // publishing is the same after all of them
				}
				t.Run(fmt.Sprintf("%s/sticky=%v/replaces=%v", name, sticky, replaces), func(t *testing.T) {
					t.Parallel()
					for n := 1; ; n++ {
						files := &faultyFS{n: n, sticky: sticky}
						w := newTorture(t, files, replaces)
						tell(w)
						files.heal()
						w.check(replaces)
						if t.Failed() {
							t.Fatalf("when call %d failed: %s", n, files.failed)
						}
						if files.failed == "" {
							t.Logf("%d calls", n-1)
							return
						}
						w.s.InvalidateAndCancel()
						w.s.Wait()
					}
				})
			}
		}
	}
}
