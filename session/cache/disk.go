package cache

import (
	"cmp"
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// disk is the directory with the stored responses, two files each: NAME.body,
// and NAME.head, which makes it visible. A name is the key in hexadecimal, the
// time of storing, and a random number.
type disk struct {
	dir string
	*shelf[struct{}]
	scanned bool
}

const (
	headSuffix = ".head"
	bodySuffix = ".body"
	workSuffix = ".tmp"
	nameLength = 32 + 1 + 16 + 8
	// abandonedAfter is the age of a file that belongs to no response when it
	// is taken for the rest of a crash. A younger one may be in the making.
	abandonedAfter = time.Hour
)

// newName is a name nobody has.
func newName(k key, stored time.Time) string {
	var id [12]byte
	binary.BigEndian.PutUint64(id[:8], uint64(stored.UnixNano()))
	// crypto/rand.Read never fails.
	_, _ = rand.Read(id[8:])
	return k.String() + "-" + hex.EncodeToString(id[:])
}

// parseName takes a name apart.
func parseName(name string) (k key, stored time.Time, ok bool) {
	if len(name) != nameLength || name[32] != '-' || strings.ToLower(name) != name {
		return key{}, time.Time{}, false
	}
	bytes, err := hex.DecodeString(name[:32])
	id, idErr := hex.DecodeString(name[33:])
	if err != nil || idErr != nil {
		return key{}, time.Time{}, false
	}
	return key(bytes), time.Unix(0, int64(binary.BigEndian.Uint64(id))), true
}

func storedAt(name string) time.Time {
	_, t, _ := parseName(name)
	return t
}

func (d *disk) path(name, suffix string) string { return filepath.Join(d.dir, name+suffix) }

// scan lists the directory once: sizes and times, no contents. What a crash
// left behind is removed.
func (d *disk) scan() {
	if d.scanned || d.dir == "" {
		return
	}
	d.scanned = true
	entries, err := os.ReadDir(d.dir)
	if err != nil {
		return // what cannot be listed is not found, and that is all
	}
	type found struct{ head, body fs.FileInfo }
	responses := make(map[string]*found)
	for _, e := range entries {
		suffix := filepath.Ext(e.Name())
		name := strings.TrimSuffix(e.Name(), suffix)
		info, err := e.Info()
		if _, _, ok := parseName(name); !ok || err != nil || !info.Mode().IsRegular() {
			continue
		}
		if responses[name] == nil {
			responses[name] = new(found)
		}
		switch suffix {
		case headSuffix:
			responses[name].head = info
		case bodySuffix:
			responses[name].body = info
		case workSuffix:
			d.sweep(info)
		}
	}
	var used []string
	for name, f := range responses {
		switch {
		case f.head != nil && f.body != nil:
			used = append(used, name)
		case f.head != nil:
			d.erase(name)
		case f.body != nil:
			d.sweep(f.body)
		}
	}
	// A head's time is that of its last use.
	slices.SortFunc(used, func(a, b string) int {
		return cmp.Or(responses[a].head.ModTime().Compare(responses[b].head.ModTime()), strings.Compare(a, b))
	})
	for _, name := range used {
		k, _, _ := parseName(name)
		d.add(name, k, responses[name].head.Size()+responses[name].body.Size(), struct{}{})
	}
	for _, items := range d.keys {
		slices.SortFunc(items, func(a, b *item[struct{}]) int { return storedAt(a.name).Compare(storedAt(b.name)) })
	}
	d.evict()
}

// sweep removes a file that nobody can be writing any more.
func (d *disk) sweep(info fs.FileInfo) {
	if time.Since(info.ModTime()) > abandonedAfter {
		// If it does not go, the next scan tries again.
		_ = os.Remove(filepath.Join(d.dir, info.Name()))
	}
}

// erase removes the files of a response, the head first, so that it is gone
// whatever happens next. Errors need no answer: a head without a body is a
// miss, and the next scan removes a body without a head.
func (d *disk) erase(name string) {
	_ = os.Remove(d.path(name, headSuffix))
	_ = os.Remove(d.path(name, bodySuffix))
}

// drop removes a response from the shelf and the directory.
func (d *disk) drop(it *item[struct{}]) {
	d.remove(it)
	d.erase(it.name)
}

// evict removes the responses used longest ago until the rest is within the
// budget.
func (d *disk) evict() {
	for it := d.excess(); it != nil; it = d.excess() {
		d.drop(it)
	}
}

// readHead reads and checks the head of a response.
func (d *disk) readHead(name string) (*head, error) {
	f, err := os.Open(d.path(name, headSuffix))
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(f, headLimit+1))
	// Nothing was written, so closing has nothing to tell.
	_ = f.Close()
	if err != nil {
		return nil, err
	}
	if len(text) > headLimit {
		return nil, errors.New("cache: a stored head is too large")
	}
	k, _, _ := parseName(name)
	return decodeHead(text, k)
}

// writeHead writes a head, at once or not at all. It is not synced: a head that
// a crash of the machine tore is a miss.
func (d *disk) writeHead(name string, text []byte) error {
	work := d.path(name, workSuffix)
	if err := os.WriteFile(work, text, 0o600); err != nil {
		return errors.Join(fmt.Errorf("cache: %w", err), remove(work))
	}
	if err := os.Rename(work, d.path(name, headSuffix)); err != nil {
		return errors.Join(fmt.Errorf("cache: %w", err), remove(work))
	}
	return nil
}

// remove is os.Remove that takes a missing file for a removed one.
func remove(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// openBody opens a body of that length.
func (d *disk) openBody(name string, length int64) (*os.File, error) {
	f, err := os.Open(d.path(name, bodySuffix))
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && (info.Size() != length || !info.Mode().IsRegular()) {
		err = errors.New("cache: a stored body has the wrong length")
	}
	if err != nil {
		_ = f.Close() // it was only opened
		return nil, err
	}
	return f, nil
}

// used notes on disk when the response was used last.
func (d *disk) markUsed(it *item[struct{}], now time.Time) {
	d.touch(it)
	// Without it the response is evicted a little earlier by the next process.
	_ = os.Chtimes(d.path(it.name, headSuffix), now, now)
}
