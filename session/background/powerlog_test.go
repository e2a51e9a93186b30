package background

import (
	"bytes"
	"cmp"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"haul/transfer/partial"
)

// powerLog is the order in which an agent writes: what it does to the files of
// its downloads, and the commits of its database. What is left when the power
// fails after any of them can be put back on the disk.
type powerLog struct {
	mu     sync.Mutex
	ops    []powerOp
	inodes map[string]int // by path
	last   int
	// database reads the files of the database.
	database func() map[string][]byte
}

type powerKind int

const (
	powerWrite powerKind = iota
	powerTruncate
	powerSync
	powerEntry  // a name is given to an inode
	powerRename // a name is taken from one name of an inode
	powerRemove
	powerSyncDir
	powerCommit
	powerMark // of the test's
)

type powerOp struct {
	kind     powerKind
	inode    int
	off      int64
	data     []byte
	name, to string
	database map[string][]byte
}

// powerLoss says what happens to changes that no sync covers.
type powerLoss int

const (
	loseAll   powerLoss = iota
	loseData            // names survive, bytes do not
	loseNames           // bytes survive, names do not
	loseNone            // the agent was killed, the machine runs on
)

// do carries out what is logged, unless it fails.
func (l *powerLog) do(o powerOp, act func() error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := act(); err != nil {
		return err
	}
	o.data = bytes.Clone(o.data)
	switch o.kind {
	case powerEntry:
		if o.inode == 0 {
			l.last++
			o.inode = l.last
		}
		l.inodes[o.name] = o.inode
	case powerRename:
		o.inode = l.inodes[o.name]
		delete(l.inodes, o.name)
		l.inodes[o.to] = o.inode
	case powerRemove:
		delete(l.inodes, o.name)
	case powerCommit:
		o.database = l.database()
	case powerWrite, powerTruncate, powerSync, powerSyncDir, powerMark:
	}
	l.ops = append(l.ops, o)
	return nil
}

// note logs what is done already.
func (l *powerLog) note(o powerOp) {
	_ = l.do(o, func() error { return nil }) // it does not fail
}

// has tells whether something was logged.
func (l *powerLog) has(what func(powerOp) bool) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.ContainsFunc(l.ops, what)
}

// durable tells that a sync before op n covers op i.
func (l *powerLog) durable(i, n int) bool {
	o := l.ops[i]
	return slices.ContainsFunc(l.ops[i+1:n], func(later powerOp) bool {
		switch o.kind {
		case powerWrite, powerTruncate:
			return later.kind == powerSync && later.inode == o.inode
		case powerEntry, powerRename, powerRemove:
			return later.kind == powerSyncDir && later.name == filepath.Dir(cmp.Or(o.to, o.name))
		case powerSync, powerSyncDir, powerCommit, powerMark:
		}
		return false
	})
}

// after is what is left when the power fails after the first n: the files, those
// of the database, and the test's marks.
func (l *powerLog) after(n int, loss powerLoss) (files, database map[string][]byte, marks []string) {
	nodes, entries := make(map[int][]byte), make(map[string]int)
	for i, o := range l.ops[:n] {
		isName := o.kind == powerEntry || o.kind == powerRename || o.kind == powerRemove
		switch {
		case o.kind == powerCommit:
			database = o.database
			continue
		case o.kind == powerMark:
			marks = append(marks, o.name)
			continue
		case loss == loseNone, loss == loseData && isName, loss == loseNames && !isName:
		case !l.durable(i, n):
			continue
		}
		switch o.kind {
		case powerWrite:
			b := nodes[o.inode]
			b = append(b, make([]byte, max(0, int(o.off)+len(o.data)-len(b)))...)
			copy(b[o.off:], o.data)
			nodes[o.inode] = b
		case powerTruncate:
			b := nodes[o.inode]
			nodes[o.inode] = append(b[:min(int(o.off), len(b))], make([]byte, max(0, int(o.off)-len(b)))...)
		case powerEntry:
			entries[o.name] = o.inode
		case powerRename:
			delete(entries, o.name)
			entries[o.to] = o.inode
		case powerRemove:
			delete(entries, o.name)
		case powerSync, powerSyncDir, powerCommit, powerMark:
		}
	}
	files = make(map[string][]byte)
	for name, inode := range entries {
		files[name] = bytes.Clone(nodes[inode])
	}
	return files, database, marks
}

// powerFS is the machine's file system with a log.
type powerFS struct {
	partial.OS
	log *powerLog
}

func (f powerFS) OpenFile(name string, flag int, perm fs.FileMode) (partial.Handle, error) {
	return f.open(name, flag, func() (partial.Handle, error) { return f.OS.OpenFile(name, flag, perm) })
}

func (f powerFS) OpenLocked(name string, flag int) (partial.Handle, error) {
	return f.open(name, flag, func() (partial.Handle, error) { return f.OS.OpenLocked(name, flag) })
}

// open logs what by makes.
func (f powerFS) open(name string, flag int, by func() (partial.Handle, error)) (partial.Handle, error) {
	var h partial.Handle
	open := func() (err error) {
		h, err = by()
		return err
	}
	f.log.mu.Lock()
	_, known := f.log.inodes[name]
	f.log.mu.Unlock()
	err := error(nil)
	if known || flag&os.O_CREATE == 0 {
		err = open()
	} else {
		err = f.log.do(powerOp{kind: powerEntry, name: name}, open)
	}
	if err != nil {
		return nil, err
	}
	f.log.mu.Lock()
	defer f.log.mu.Unlock()
	return &powerHandle{Handle: h, log: f.log, inode: f.log.inodes[name]}, nil
}

func (f powerFS) Rename(from, to string) error {
	return f.log.do(powerOp{kind: powerRename, name: from, to: to}, func() error { return f.OS.Rename(from, to) })
}

func (f powerFS) RenameNew(from, to string) error {
	return f.log.do(powerOp{kind: powerRename, name: from, to: to}, func() error { return f.OS.RenameNew(from, to) })
}

func (f powerFS) Link(from, to string) error {
	f.log.mu.Lock()
	inode := f.log.inodes[from]
	f.log.mu.Unlock()
	return f.log.do(powerOp{kind: powerEntry, name: to, inode: inode}, func() error { return f.OS.Link(from, to) })
}

func (f powerFS) Remove(name string) error {
	return f.log.do(powerOp{kind: powerRemove, name: name}, func() error { return f.OS.Remove(name) })
}

func (f powerFS) SyncDir(name string) error {
	return f.log.do(powerOp{kind: powerSyncDir, name: filepath.Clean(name)}, func() error { return f.OS.SyncDir(name) })
}

// powerHandle is an open file with a log. It has nothing but what the interface
// has, so that every byte comes by here.
type powerHandle struct {
	partial.Handle
	log   *powerLog
	inode int
}

func (h *powerHandle) WriteAt(p []byte, off int64) (n int, err error) {
	err = h.log.do(powerOp{kind: powerWrite, inode: h.inode, off: off, data: p}, func() error {
		n, err = h.Handle.WriteAt(p, off)
		return err
	})
	return n, err
}

func (h *powerHandle) Truncate(size int64) error {
	return h.log.do(powerOp{kind: powerTruncate, inode: h.inode, off: size}, func() error { return h.Handle.Truncate(size) })
}

func (h *powerHandle) Sync() error {
	return h.log.do(powerOp{kind: powerSync, inode: h.inode}, h.Handle.Sync)
}

// readFiles reads files that may be missing.
func readFiles(t *testing.T, names ...string) map[string][]byte {
	files := make(map[string][]byte)
	for _, name := range names {
		if text, err := os.ReadFile(name); err == nil {
			files[name] = text
		} else if !os.IsNotExist(err) {
			t.Error(err)
		}
	}
	return files
}

// putFiles makes directories with nothing but these files in them.
func putFiles(t *testing.T, directories []string, files ...map[string][]byte) {
	t.Helper()
	for _, dir := range directories {
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for _, set := range files {
		for name, text := range set {
			if err := os.WriteFile(name, text, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
}
