package partial

import (
	"cmp"
	"errors"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path"
	"slices"
	"sync"
	"time"
)

// memFS is a file system in memory that keeps a log of everything done to it,
// so that a test can ask what is left after a power failure at any moment, and
// make any call fail.
type memFS struct {
	mu      sync.Mutex
	entries map[string]int // path to inode
	nodes   map[int][]byte
	locked  map[int]bool
	unnamed int // files that are open and were made without a name
	log     []op
	// fail is asked before every call that changes something or makes it
	// durable. With done the call is carried out all the same.
	fail func(call string) (err error, done bool)
	// boot changes when the power fails.
	boot byte
	// noRename, noLink and noUnnamed take these calls away.
	noRename, noLink, noUnnamed bool
}

type opKind int

const (
	opWrite opKind = iota
	opTruncate
	opSync
	opSyncFailed
	opEntry  // a name is given to an inode
	opRename // a name is taken from one name of an inode
	opRemove
	opSyncDir
)

type op struct {
	kind     opKind
	inode    int
	off      int64 // or the size of a truncation
	data     []byte
	name, to string
}

func newMemFS() *memFS {
	return &memFS{entries: map[string]int{}, nodes: map[int][]byte{}, locked: map[int]bool{}}
}

// loss says what happens to changes that no sync covered.
type loss int

const (
	loseAll     loss = iota
	loseNothing      // a process was killed, the machine runs on
	loseData         // names survive, bytes do not
	loseNames        // bytes survive, names do not
	loseSome         // any of them, and parts of writes
)

// crash returns what is left when the power fails after the first n calls.
func (m *memFS) crash(n int, what loss, rng *rand.Rand) *memFS {
	after := newMemFS()
	after.noRename, after.noLink, after.noUnnamed = m.noRename, m.noLink, m.noUnnamed
	if after.boot = m.boot; what != loseNothing {
		after.boot++
	}
	for i, o := range m.log[:n] {
		keep := m.durable(i, n)
		isName := o.kind == opEntry || o.kind == opRename || o.kind == opRemove
		switch {
		case keep:
		case what == loseNothing, what == loseData && isName, what == loseNames && !isName:
			keep = true
		case what == loseSome && o.kind == opWrite:
			o.data = o.data[:rng.IntN(len(o.data)+1)]
			keep = len(o.data) > 0
		case what == loseSome:
			keep = rng.IntN(2) == 0
		}
		if keep {
			after.apply(o)
		}
	}
	return after
}

// killed returns the file system as the next process finds it when this one is
// killed after n calls: nothing is lost yet, but what was not synced still may.
func (m *memFS) killed(n int) *memFS {
	after := m.crash(n, loseNothing, nil)
	after.log = slices.Clone(m.log[:n])
	return after
}

// durable tells that a sync before call n covers call i. What a failed sync
// should have covered is lost for later syncs too, as on Linux.
func (m *memFS) durable(i, n int) bool {
	o := m.log[i]
	for _, later := range m.log[i+1 : n] {
		switch o.kind {
		case opWrite, opTruncate:
			if later.inode == o.inode && (later.kind == opSync || later.kind == opSyncFailed) {
				return later.kind == opSync
			}
		case opEntry, opRename, opRemove:
			if later.kind == opSyncDir && later.name == path.Dir(cmp.Or(o.to, o.name)) {
				return true
			}
		}
	}
	return false
}

func (m *memFS) apply(o op) {
	switch o.kind {
	case opWrite:
		b := m.nodes[o.inode]
		if missing := int(o.off) + len(o.data) - len(b); missing > 0 {
			b = append(b, make([]byte, missing)...)
		}
		copy(b[o.off:], o.data)
		m.nodes[o.inode] = b
	case opTruncate:
		b := m.nodes[o.inode]
		m.nodes[o.inode] = append(b[:min(int(o.off), len(b))], make([]byte, max(0, int(o.off)-len(b)))...)
	case opEntry:
		m.entries[o.name] = o.inode
	case opRename:
		delete(m.entries, o.name)
		m.entries[o.to] = o.inode
	case opRemove:
		delete(m.entries, o.name)
	}
}

func (m *memFS) do(o op) {
	o.data = slices.Clone(o.data)
	m.log = append(m.log, o)
	m.apply(o)
}

// setFail changes what fails from the next call on.
func (m *memFS) setFail(fail func(call string) (err error, done bool)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fail = fail
}

// try asks the test whether the call fails; act does it.
func (m *memFS) try(call string, act func() error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail != nil {
		if err, done := m.fail(call); err != nil {
			if done {
				return errors.Join(err, act())
			}
			return err
		}
	}
	return act()
}

func (m *memFS) OpenFile(name string, flag int, _ fs.FileMode) (Handle, error) {
	h := &memHandle{m: m, name: name}
	err := m.try("open", func() error {
		inode, ok := m.entries[name]
		switch {
		case ok && flag&os.O_EXCL != 0:
			return &fs.PathError{Op: "open", Path: name, Err: fs.ErrExist}
		case !ok && flag&os.O_CREATE == 0:
			return &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
		case !ok:
			inode = len(m.log) + 1
			m.do(op{kind: opEntry, name: name, inode: inode})
		}
		h.inode = inode
		return nil
	})
	if err != nil {
		return nil, err
	}
	return h, nil
}

func (m *memFS) Rename(from, to string) error {
	return m.try("rename", func() error {
		inode, ok := m.entries[from]
		if !ok {
			return &fs.PathError{Op: "rename", Path: from, Err: fs.ErrNotExist}
		}
		m.do(op{kind: opRename, name: from, to: to, inode: inode})
		return nil
	})
}

func (m *memFS) RenameNew(from, to string) error {
	if m.noRename {
		return errors.ErrUnsupported
	}
	return m.try("renamenew", func() error {
		inode, ok := m.entries[from]
		if !ok {
			return &fs.PathError{Op: "rename", Path: from, Err: fs.ErrNotExist}
		}
		if _, ok := m.entries[to]; ok {
			return &fs.PathError{Op: "rename", Path: to, Err: fs.ErrExist}
		}
		m.do(op{kind: opRename, name: from, to: to, inode: inode})
		return nil
	})
}

func (m *memFS) Link(from, to string) error {
	if m.noLink {
		return fs.ErrPermission
	}
	return m.try("link", func() error {
		if _, ok := m.entries[to]; ok {
			return &fs.PathError{Op: "link", Path: to, Err: fs.ErrExist}
		}
		m.do(op{kind: opEntry, name: to, inode: m.entries[from]})
		return nil
	})
}

func (m *memFS) Remove(name string) error {
	return m.try("remove", func() error {
		if _, ok := m.entries[name]; !ok {
			return &fs.PathError{Op: "remove", Path: name, Err: fs.ErrNotExist}
		}
		m.do(op{kind: opRemove, name: name})
		return nil
	})
}

func (m *memFS) Lstat(name string) (fi fs.FileInfo, err error) {
	err = m.try("lstat", func() error {
		inode, ok := m.entries[name]
		if !ok {
			return &fs.PathError{Op: "lstat", Path: name, Err: fs.ErrNotExist}
		}
		fi = memInfo{path.Base(name), int64(len(m.nodes[inode]))}
		return nil
	})
	return fi, err
}

func (m *memFS) Exists(name string) (there bool, err error) {
	err = m.try("exists", func() error {
		_, there = m.entries[name]
		return nil
	})
	return there, err
}

func (m *memFS) ReadDir(name string) (list []fs.DirEntry, err error) {
	err = m.try("readdir", func() error {
		for p, inode := range m.entries {
			if path.Dir(p) == name {
				list = append(list, fs.FileInfoToDirEntry(memInfo{path.Base(p), int64(len(m.nodes[inode]))}))
			}
		}
		return nil
	})
	return list, err
}

func (m *memFS) Names(name string, most int) (names []string, err error) {
	entries, err := m.ReadDir(name)
	for _, e := range entries[:min(most, len(entries))] {
		names = append(names, e.Name())
	}
	return names, err
}

func (m *memFS) SyncDir(name string) error {
	return m.try("syncdir", func() error {
		m.do(op{kind: opSyncDir, name: name})
		return nil
	})
}

func (m *memFS) OpenLocked(name string, flag int) (Handle, error) {
	opened, err := m.OpenFile(name, os.O_RDWR|flag, 0o600)
	if err != nil {
		return nil, err
	}
	h := opened.(*memHandle)
	err = m.try("lock", func() error {
		if m.locked[h.inode] {
			return &fs.PathError{Op: "lock", Path: name, Err: ErrLocked}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.locked[h.inode], h.locks = true, true
	return h, nil
}

func (m *memFS) KeepsUnnamed(string) bool { return !m.noUnnamed }

// OpenUnnamed makes an inode that no name leads to, nor will after a power failure
// until Link has given it one.
func (m *memFS) OpenUnnamed(name string) (Unnamed, error) {
	h := &memHandle{m: m, name: name}
	err := m.try("openunnamed", func() error {
		h.inode = len(m.log) + 1
		m.do(op{kind: opTruncate, inode: h.inode})
		return nil
	})
	if err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.unnamed++
	h.nameless = true
	return h, nil
}

// rawFile makes a file of the user.
func (m *memFS) rawFile(name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.do(op{kind: opEntry, name: name, inode: -1})
	m.do(op{kind: opSyncDir, name: path.Dir(name)})
	return nil
}

// content returns the bytes of a file.
func (m *memFS) content(name string) ([]byte, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	inode, ok := m.entries[name]
	return m.nodes[inode], ok
}

type memHandle struct {
	m     *memFS
	name  string
	inode int
	locks bool
	// nameless: it was opened by OpenUnnamed.
	nameless bool
}

func (h *memHandle) Lock() error {
	return h.m.try("lock", func() error {
		h.m.locked[h.inode], h.locks = true, true
		return nil
	})
}

func (h *memHandle) Link(to string) error {
	return h.m.try("link", func() error {
		if _, ok := h.m.entries[to]; ok {
			return &fs.PathError{Op: "link", Path: to, Err: fs.ErrExist}
		}
		h.m.do(op{kind: opEntry, name: to, inode: h.inode})
		return nil
	})
}

func (h *memHandle) Location() string { return "open:" + h.name }

func (h *memHandle) ReadAt(p []byte, off int64) (n int, err error) {
	err = h.m.try("read", func() error {
		b := h.m.nodes[h.inode]
		if off < int64(len(b)) {
			n = copy(p, b[off:])
		}
		if n < len(p) {
			return io.EOF
		}
		return nil
	})
	return n, err
}

// WriteAt that fails has written half, as on a full disk.
func (h *memHandle) WriteAt(p []byte, off int64) (n int, err error) {
	half := p[:len(p)/2]
	err = h.m.try("write", func() error {
		n = len(p)
		h.m.do(op{kind: opWrite, inode: h.inode, off: off, data: p})
		return nil
	})
	if err != nil && n == 0 && len(half) > 0 {
		h.m.mu.Lock()
		defer h.m.mu.Unlock()
		n = len(half)
		h.m.do(op{kind: opWrite, inode: h.inode, off: off, data: half})
	}
	return n, err
}

func (h *memHandle) Truncate(size int64) error {
	return h.m.try("truncate", func() error {
		h.m.do(op{kind: opTruncate, inode: h.inode, off: size})
		return nil
	})
}

func (h *memHandle) Sync() error {
	err := h.m.try("sync", func() error { return nil })
	h.m.mu.Lock()
	defer h.m.mu.Unlock()
	kind := opSync
	if err != nil {
		kind = opSyncFailed
	}
	h.m.do(op{kind: kind, inode: h.inode})
	return err
}

func (h *memHandle) Size() (size int64, err error) {
	err = h.m.try("stat", func() error {
		size = int64(len(h.m.nodes[h.inode]))
		return nil
	})
	return size, err
}

func (h *memHandle) Chmod(fs.FileMode) error { return h.m.try("chmod", func() error { return nil }) }
func (h *memHandle) Reserve(int64) error     { return errors.ErrUnsupported }

// Close gives the lock back also when it fails.
func (h *memHandle) Close() error {
	err := h.m.try("close", func() error { return nil })
	if h.nameless {
		h.m.mu.Lock()
		h.m.unnamed--
		h.m.mu.Unlock()
	}
	if h.locks {
		h.m.mu.Lock()
		defer h.m.mu.Unlock()
		delete(h.m.locked, h.inode)
	}
	return err
}

func (h *memHandle) Instance() (Instance, error) {
	return Instance{0: h.m.boot, 1: byte(h.inode), 2: byte(h.inode >> 8), 3: 1}, nil
}

type memInfo struct {
	name string
	size int64
}

func (i memInfo) Name() string     { return i.name }
func (i memInfo) Size() int64      { return i.size }
func (memInfo) Mode() fs.FileMode  { return 0o600 }
func (memInfo) ModTime() time.Time { return time.Time{} }
func (memInfo) IsDir() bool        { return false }
func (memInfo) Sys() any           { return nil }
