package partial

import (
	"errors"
	"io/fs"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// ErrAppeared is wrapped, beside fs.ErrExist, by the error of
// [Directories.Create] for a file that was not there when its directory was read.
// A second attempt asks the file system about the file itself.
var ErrAppeared = errors.New("it has appeared since its directory was read")

const (
	// readFrom is how many files have to be asked about in a directory within
	// readFor until it is read: one file costs less than many names.
	readFrom = 8
	// readFor is how long a directory is taken for what it was when it was read.
	readFor = time.Second
	// mostRead is how many names a directory may have to be read.
	mostRead = 10_000
)

// Directories makes partial files. It is [Free] and [Create] but for two things
// that cost a small file much of what surrounds it: while many files are made in
// a directory, what is in it is read once, for a second at most, instead of asked
// about each of them; and the sync of the directory that has to lie between
// the look for a state and the making of its data file is one for all of them.
// What is read is a forecast. The data file is still made exclusively, and
// nothing is written into it when there is a state after all: then Create fails
// with [ErrAppeared], and that directory is not read again. Safe for use by
// several goroutines.
type Directories struct {
	fsys FS

	mu    sync.Mutex
	known map[string]*directory
	// unsure are the directories whose forecast has failed, or that have too
	// many names.
	unsure map[string]bool
}

// directory is what is known of one for readFor.
type directory struct {
	since time.Time
	asked int // about how many files, before it was read
	// stems are those of the names of data files and states that were there
	// when it was read, or may have come from here since; nil before that.
	stems map[string]bool
	// synced: the directory was synced after it was read.
	synced bool
}

// NewDirectories returns one that knows nothing yet.
func NewDirectories(fsys FS) *Directories {
	return &Directories{fsys: fsys, known: make(map[string]*directory), unsure: make(map[string]bool)}
}

// Free is the function Free.
func (d *Directories) Free(path string) bool {
	return d.forecast(path, false) != nil || Free(d.fsys, path)
}

// Create is the function Create.
func (d *Directories) Create(path string, st State) (*File, error) {
	k := d.forecast(path, true)
	if k == nil {
		return Create(d.fsys, path, st)
	}
	st, err := begin(st)
	if err != nil {
		return nil, err
	}
	dir, _ := filepath.Split(path)
	if err := d.sync(k, dir); err != nil {
		return nil, err
	}
	f, err := create(d.fsys, path, st)
	if errors.Is(err, fs.ErrExist) {
		d.distrust(dir)
		err = errors.Join(err, ErrAppeared)
	}
	return f, err
}

// forecast returns what is known of the directory of path when by that neither
// of the two files is there, and nil when the file system has to be asked. One
// that is to be made counts as there from then on.
func (d *Directories) forecast(path string, making bool) *directory {
	dir, name := filepath.Split(path)
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.unsure[dir] {
		return nil
	}
	k := d.known[dir]
	if now := time.Now(); k == nil || now.Sub(k.since) > readFor {
		k = &directory{since: now}
		d.known[dir] = k
	}
	if k.asked++; k.stems == nil && (k.asked < readFrom || !d.read(k, dir)) {
		return nil
	}
	stem := stemOf(name)
	if k.stems[stem] {
		return nil
	}
	if making {
		k.stems[stem] = true
	}
	return k
}

// read is called with mu held.
func (d *Directories) read(k *directory, dir string) bool {
	k.since = time.Now()
	names, err := d.fsys.Names(filepath.Clean(dir), mostRead+1)
	if err != nil || len(names) > mostRead {
		d.unsure[dir] = true
		return false
	}
	k.stems = make(map[string]bool)
	for _, name := range names {
		if stem := stemOf(name); stem != name {
			k.stems[stem] = true
		}
	}
	return true
}

// stemOf is name without the suffix of a data file or a state.
func stemOf(name string) string {
	if stem, ok := strings.CutSuffix(name, PartSuffix); ok {
		return stem
	}
	return strings.TrimSuffix(name, StateSuffix)
}

// sync makes the directory durable as it was when it was read: a state that was
// gone by then does not come back beside a file that is made now.
func (d *Directories) sync(k *directory, dir string) error {
	d.mu.Lock()
	synced := k.synced
	d.mu.Unlock()
	if synced {
		return nil
	}
	if err := d.fsys.SyncDir(filepath.Clean(dir)); err != nil {
		return err
	}
	d.mu.Lock()
	k.synced = true
	d.mu.Unlock()
	return nil
}

// distrust ends the forecasts for a directory in which somebody else makes files.
func (d *Directories) distrust(dir string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.unsure[dir] = true
	delete(d.known, dir)
}

// Free tells whether a partial file may be made at path: neither of the two
// files is there. A data file that nobody has locked and that has no state is
// removed, because a process was killed before its first checkpoint, and what it
// wrote is of no use to anybody. A path that cannot be looked at counts as free:
// making the file will say why not.
func Free(fsys FS, path string) bool {
	return absent(fsys, StatePath(path)) && (absent(fsys, path) || sweep(fsys, path))
}

func absent(fsys FS, path string) bool {
	there, _ := fsys.Exists(path) // an error is an answer too, see Free
	return !there
}

func sweep(fsys FS, part string) bool {
	fi, err := fsys.Lstat(part)
	if err != nil || !fi.Mode().IsRegular() {
		return false
	}
	h, err := fsys.OpenLocked(part, 0)
	if err != nil {
		return false
	}
	gone := absent(fsys, StatePath(part)) && fsys.Remove(part) == nil
	return h.Close() == nil && gone
}
