package partial

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// ErrAppeared is wrapped, beside fs.ErrExist, by the error of
// [Directories.Create] for a file that [Directories.Free] may have taken for free
// because it was not there when its directory was read, and by that of the first
// checkpoint of one that [Directories.CreateUnnamed] made. What Free says of that
// directory from then on is what the file system says.
var ErrAppeared = errors.New("it has appeared meanwhile")

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
// nothing is written into it when there is a state after all. Create fails with
// [ErrAppeared] then, and there are no more forecasts for that directory. Safe for use by
// several goroutines.
type Directories struct {
	fsys FS

	mu    sync.Mutex
	known map[string]*directory
}

// directory is one that files were asked about in.
type directory struct {
	// read: it has been, so that there may be forecasts on the way.
	read bool
	// unsure: there are no more forecasts, because one has failed or there are
	// too many names.
	unsure bool
	// tried: it is known whether it keeps files without a name.
	tried, keeps bool
	now          *reading
}

// reading is what is known of a directory for readFor.
type reading struct {
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
	return &Directories{fsys: fsys, known: make(map[string]*directory)}
}

// Free is the function Free.
func (d *Directories) Free(path string) bool {
	return d.forecast(path, false) != nil || Free(d.fsys, path)
}

// Create is the function Create.
func (d *Directories) Create(path string, st State) (*File, error) {
	f, err := d.create(path, st)
	if errors.Is(err, fs.ErrExist) && d.distrust(path) {
		err = fmt.Errorf("%w: %w", err, ErrAppeared)
	}
	return f, err
}

func (d *Directories) create(path string, st State) (*File, error) {
	now := d.forecast(path, true)
	if now == nil {
		return Create(d.fsys, path, st)
	}
	st, err := begin(st)
	if err != nil {
		return nil, err
	}
	if err := d.sync(now, path); err != nil {
		return nil, err
	}
	return create(d.fsys, path, st)
}

// forecast returns what is known of the directory of path when by that neither
// of the two files is there, and nil when the file system has to be asked. One
// that is to be made counts as there from then on.
func (d *Directories) forecast(path string, making bool) *reading {
	dir, name := filepath.Split(path)
	d.mu.Lock()
	defer d.mu.Unlock()
	k := d.known[dir]
	if k == nil {
		k = new(directory)
		d.known[dir] = k
	}
	if k.unsure {
		return nil
	}
	if at := time.Now(); k.now == nil || at.Sub(k.now.since) > readFor {
		k.now = &reading{since: at}
	}
	now := k.now
	if now.asked++; now.stems == nil {
		if now.asked < readFrom {
			return nil
		}
		if now = readDirectory(d.fsys, filepath.Clean(dir)); now == nil {
			k.unsure = true
			return nil
		}
		k.now, k.read = now, true
	}
	stem := stemOf(name)
	if now.stems[stem] {
		return nil
	}
	if making {
		now.stems[stem] = true
	}
	return now
}

// readDirectory returns nil for one that cannot be read or has too many names.
func readDirectory(fsys FS, dir string) *reading {
	now := &reading{since: time.Now(), stems: make(map[string]bool)}
	names, err := fsys.Names(dir, mostRead+1)
	if err != nil || len(names) > mostRead {
		return nil
	}
	for _, name := range names {
		if stem := stemOf(name); stem != name {
			now.stems[stem] = true
		}
	}
	return now
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
func (d *Directories) sync(now *reading, path string) error {
	d.mu.Lock()
	synced := now.synced
	d.mu.Unlock()
	if synced {
		return nil
	}
	if err := d.fsys.SyncDir(filepath.Dir(path)); err != nil {
		return err
	}
	d.mu.Lock()
	now.synced = true
	d.mu.Unlock()
	return nil
}

// distrust ends the forecasts for a directory in which somebody else makes files,
// and tells whether there were any.
func (d *Directories) distrust(path string) bool {
	dir, _ := filepath.Split(path)
	d.mu.Lock()
	defer d.mu.Unlock()
	k := d.known[dir]
	if k == nil || !k.read {
		return false
	}
	k.unsure, k.now = true, nil
	return true
}

// Free tells whether a partial file may be made at path: neither of the two
// files is there, after a [Sweep]. A path that cannot be looked at counts as free:
// making the file will say why not.
func Free(fsys FS, path string) bool {
	return absent(fsys, StatePath(path)) && (absent(fsys, path) || Sweep(fsys, path))
}

func absent(fsys FS, path string) bool {
	there, _ := fsys.Exists(path) // an error is an answer too, see Free
	return !there
}

// Sweep removes a data file that nobody has locked and that has no state, and tells
// whether it did: a process was killed before its first checkpoint, and what it wrote
// is of no use to anybody.
func Sweep(fsys FS, part string) bool {
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
