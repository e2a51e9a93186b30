package partial

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Publisher publishes many files. It is [Publish] but for two things that would
// cost a small file more than its bytes do: the mode of new files is found once
// per directory, and the names of files that never had a state become durable
// together, at the latest when a time has passed or Close is called. Until then a
// power failure can take such a name back, as if the file had not come; its
// bytes are durable before it gets the name, so that there is never a name with
// other bytes. A file that has a state is published as by Publish, because the
// state may only go when the name is sure to stay. Safe for use by several
// goroutines.
type Publisher struct {
	fsys  FS
	every time.Duration

	mu      sync.Mutex
	modes   map[string]fs.FileMode // of new files, by directory
	dirty   map[string]struct{}    // directories with names that are not durable
	timer   *time.Timer            // nil while nothing is dirty
	syncing sync.WaitGroup
	err     error // of a sync in the background
}

// NewPublisher returns a publisher that lets names wait for every at most; 0:
// not at all.
func NewPublisher(fsys FS, every time.Duration) *Publisher {
	return &Publisher{fsys: fsys, every: every, modes: make(map[string]fs.FileMode), dirty: make(map[string]struct{})}
}

// Publish is the function Publish.
func (p *Publisher) Publish(part, dest string, overwrite bool) (string, error) {
	h, err := p.fsys.OpenLocked(part, 0)
	if err != nil {
		return "", err
	}
	bare := p.every > 0 && stateAbsent(p.fsys, part) == nil
	taken, err := p.PublishSealed(&Sealed{path: part, data: h, bare: bare}, dest, overwrite)
	return taken, errors.Join(err, h.Close())
}

var errPublished = errors.New("it has its name already")

// PublishSealed is Publish of a file that this process has the lock of; it keeps
// it. Once that has its name there is no second time: what has the name of its
// partial file then may be somebody else's. A file without a name that is to replace
// another one, or to lie on another file system, gets a name that starts with ".haul-"
// first: a crash can leave it behind.
func (p *Publisher) PublishSealed(s *Sealed, dest string, overwrite bool) (string, error) {
	if overwrite {
		if err := checkReplaced(p.fsys, dest); err != nil {
			return "", err
		}
	}
	if s.published {
		return "", &fs.PathError{Op: "publish", Path: dest, Err: errPublished}
	}
	taken, err := p.publish(s, dest, overwrite)
	s.published = taken != ""
	return taken, err
}

func (p *Publisher) publish(s *Sealed, dest string, overwrite bool) (string, error) {
	if s.unnamed != nil && !overwrite {
		if taken, err := p.link(s, dest); !crossDevice(err) {
			return taken, err
		}
	}
	if err := p.prepare(s); err != nil {
		return "", err
	}
	part := s.path
	taken, err := move(p.fsys, part, dest, overwrite)
	if taken == "" {
		if again := private(s.data); again != nil || !crossDevice(err) {
			return "", errors.Join(err, again)
		}
		return publishCopy(p.fsys, part, dest, overwrite)
	}
	if p.every > 0 && s.bare && filepath.Dir(part) == filepath.Dir(taken) {
		p.later(filepath.Dir(taken))
		return taken, err
	}
	return taken, errors.Join(err, syncDirs(p.fsys, taken, part))
}

// prepare makes s a file that can be moved away from its path.
func (p *Publisher) prepare(s *Sealed) error {
	if s.unnamed != nil {
		return s.name() // and it has the usual mode
	}
	return p.setUsualMode(s.data, s.path)
}

// setUsualMode gives part the mode of a new file in its directory. The system
// tells that mode only by example; asking for the umask would change it for all
// threads, and a directory can have a default of its own.
func (p *Publisher) setUsualMode(h Handle, part string) error {
	dir := filepath.Dir(part)
	p.mu.Lock()
	mode, known := p.modes[dir]
	p.mu.Unlock()
	if !known {
		var err error
		if mode, err = exampleMode(p.fsys, StatePath(part)+tmpSuffix); err != nil {
			return err
		}
		p.mu.Lock()
		p.modes[dir] = mode
		p.mu.Unlock()
	}
	return h.Chmod(mode)
}

// private makes a data file the user's alone, whatever it was about to become. What
// has one mode for all of its files (FAT) refuses that, and does no worse for it.
func private(h Handle) error {
	err := h.Chmod(0o600)
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, errors.ErrUnsupported) {
		return nil
	}
	return err
}

// exampleMode makes a file by the name example, looks at its mode and removes it.
func exampleMode(fsys FS, example string) (fs.FileMode, error) {
	if err := removeIfThere(fsys, example); err != nil {
		return 0, err
	}
	h, err := fsys.OpenFile(example, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return 0, err
	}
	fi, err := fsys.Lstat(example)
	if err := errors.Join(err, h.Close(), fsys.Remove(example)); err != nil {
		return 0, err
	}
	return fi.Mode().Perm(), nil
}

// later notes that the names in dir have to be made durable.
func (p *Publisher) later(dir string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.dirty[dir] = struct{}{}
	if p.timer == nil {
		p.syncing.Add(1)
		p.timer = time.AfterFunc(p.every, p.due)
	}
}

// due is the timer's.
func (p *Publisher) due() {
	defer p.syncing.Done()
	err := p.sync()
	p.mu.Lock()
	p.err = errors.Join(p.err, err)
	p.mu.Unlock()
}

// sync makes all names durable that there are.
func (p *Publisher) sync() error {
	p.mu.Lock()
	dirs := p.dirty
	p.dirty, p.timer = make(map[string]struct{}), nil
	p.mu.Unlock()
	var err error
	for dir := range dirs {
		err = errors.Join(err, p.fsys.SyncDir(dir))
	}
	return err
}

// Close makes the names durable that are not yet, and returns what went wrong
// with them so far, once. The publisher can be used on.
func (p *Publisher) Close() error {
	p.mu.Lock()
	if p.timer != nil && p.timer.Stop() {
		p.syncing.Done()
	}
	p.mu.Unlock()
	err := p.sync()
	p.syncing.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	err, p.err = errors.Join(p.err, err), nil
	return err
}
