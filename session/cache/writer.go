package cache

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
)

// variantLimit is the most responses stored for one URL. A server that varies
// by a field that is different each time would fill the cache with them.
const variantLimit = 16

// spillAt is the fewest bytes that a Writer keeps in memory before it uses a
// file.
const spillAt = 64 << 10

// Writer stores one response while its body comes in: the body's bytes go to
// Write in order, then Commit or Abort is called. It is for one goroutine.
// Nothing of it is found by a Lookup before Commit has returned nil.
type Writer struct {
	cache    *Cache
	request  http.Header
	head     *head
	name     string
	expected int64 // the length that was announced, or -1
	void     bool  // what it stores is untrue by now; guarded by the cache's lock

	header     http.Header // to be stored
	memoryOnly bool
	buf        []byte   // the body, until it is too large for it
	file       *os.File // the body from then on
	size       int64
	err        error // why it cannot be stored
	ended      bool
}

// Store begins to store a response. The error says why the cache does not want
// it, as [Cache.Storable] does. The body of resp is not read: the caller reads
// it and gives each piece to the Writer. req has to be as it was sent.
func (c *Cache) Store(req *http.Request, resp *http.Response, t Times) (*Writer, error) {
	if err := c.Storable(req, resp); err != nil {
		return nil, err
	}
	h := newHead(req, resp, t.ordered())
	w := &Writer{
		cache: c, request: req.Header.Clone(), head: h, header: h.header.Clone(),
		name: newName(h.key, h.received), expected: resp.ContentLength,
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.writers[w] = struct{}{}
	return w, nil
}

// Write takes the next piece of the body; p is not kept. It always returns
// len(p) and nil, so that a cache that is full never fails a task: Commit tells.
func (w *Writer) Write(p []byte) (int, error) {
	if w.err == nil && !w.ended {
		w.err = w.write(p)
		if w.err != nil {
			w.release()
		}
	}
	return len(p), nil
}

func (w *Writer) write(p []byte) error {
	w.size += int64(len(p))
	if w.size > w.cache.largest() {
		return errors.New("cache: the response is too large for the budget")
	}
	inMemory, onDisk := w.limits()
	if w.file == nil && (w.size <= max(inMemory, spillAt) || onDisk == 0) {
		w.buf = append(w.buf, p...)
		return nil
	}
	if w.file == nil {
		if err := w.spill(); err != nil {
			return err
		}
	}
	_, err := w.file.Write(p)
	return err
}

// limits are the most bytes of a response in memory and on disk.
func (w *Writer) limits() (memory, disk int64) {
	w.cache.mu.Lock()
	defer w.cache.mu.Unlock()
	return w.cache.memory.largest(), w.cache.disk.largest()
}

// spill moves the body to a file.
func (w *Writer) spill() error {
	f, err := os.OpenFile(w.cache.disk.path(w.name, workSuffix), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("cache: %w", err)
	}
	w.file = f
	_, err = f.Write(w.buf)
	w.buf = nil
	return err
}

// Size is the number of bytes written so far.
func (w *Writer) Size() int64 { return w.size }

// Header is the header that will be stored. Changes up to Commit are stored
// too.
func (w *Writer) Header() http.Header { return w.header }

// MemoryOnly keeps the response from the disk. One that does not fit into
// memory is then not stored.
func (w *Writer) MemoryOnly() { w.memoryOnly = true }

// Open reads what has been written so far. The caller closes it before Commit
// or Abort.
func (w *Writer) Open() (io.ReadCloser, error) {
	switch {
	case w.err != nil:
		return nil, w.err
	case w.ended:
		return nil, errGone
	case w.file == nil:
		return io.NopCloser(bytes.NewReader(w.buf)), nil
	}
	return io.NopCloser(io.NewSectionReader(w.file, 0, w.size)), nil
}

// Replace stores another body than the one that came. The Writer owns body from
// then on. Content-Length follows; that Content-Encoding still fits is the
// caller's business.
func (w *Writer) Replace(body []byte) {
	w.release()
	w.err, w.buf, w.size, w.expected = nil, body, int64(len(body)), int64(len(body))
	w.header.Set("Content-Length", fmt.Sprint(len(body)))
}

// Commit stores the response. It is called when the body has come to its end,
// and only then: a body that broke off goes to Abort. An error says why the
// response was not stored; for a task that is no failure.
func (w *Writer) Commit() error {
	defer w.Abort()
	switch {
	case w.err != nil:
		return w.err
	case w.ended:
		return errGone
	case w.expected >= 0 && w.size != w.expected:
		return errors.New("cache: the body is not as long as it was announced")
	}
	w.head.length = w.size
	w.head.setHeader(w.header, w.request)
	if why := unstorable(w.head); why != "" {
		return errors.New("cache: " + why)
	}
	inMemory, onDisk := w.limits()
	var body []byte
	if memorySize(w.head) <= inMemory {
		var err error
		if body, err = w.collect(); err != nil {
			return err
		}
	}
	if w.memoryOnly || onDisk == 0 || w.size > onDisk {
		return w.publish(body, nil)
	}
	text, err := encodeHead(w.head)
	if err != nil {
		return err
	}
	if err := w.writeBody(); err != nil {
		return err
	}
	return w.publish(body, text)
}

// collect is the body in memory.
func (w *Writer) collect() ([]byte, error) {
	if w.file == nil {
		return slices.Clip(append([]byte{}, w.buf...)), nil
	}
	return io.ReadAll(io.NewSectionReader(w.file, 0, w.size))
}

// writeBody brings the body to its place on disk. It is synced, because a head
// must not be there without all of its body, not even after a power cut.
func (w *Writer) writeBody() error {
	if w.file == nil {
		if err := w.spill(); err != nil {
			return err
		}
	}
	err := w.file.Sync()
	err = errors.Join(err, w.file.Close())
	w.file = nil
	work := w.cache.disk.path(w.name, workSuffix)
	if err == nil {
		err = os.Rename(work, w.cache.disk.path(w.name, bodySuffix))
	}
	if err != nil {
		return errors.Join(fmt.Errorf("cache: %w", err), remove(work))
	}
	return nil
}

// publish makes the response visible in place of those that the request would
// have selected. A nil body is not for memory, a nil text not for the disk.
func (w *Writer) publish(body, text []byte) error {
	c := w.cache
	c.mu.Lock()
	defer c.mu.Unlock()
	c.disk.scan()
	if w.void {
		c.disk.erase(w.name)
		return errors.New("cache: the response was invalidated while it was stored")
	}
	if text != nil {
		if err := c.disk.writeHead(w.name, text); err != nil {
			c.disk.erase(w.name)
			return err
		}
	}
	for name, _ := c.find(w.head.key, w.request); name != ""; name, _ = c.find(w.head.key, w.request) {
		c.discard(name)
	}
	c.limitVariants(w.head.key)
	if text != nil {
		c.disk.add(w.name, w.head.key, w.size+int64(len(text)), struct{}{})
		c.disk.evict()
	}
	kept := body != nil && c.keepInMemory(w.name, w.head, body)
	if !kept && text == nil {
		return errors.New("cache: the response is too large for the budget")
	}
	return nil
}

// limitVariants makes room for one more response to a URL.
func (c *Cache) limitVariants(k key) {
	for len(c.disk.keys[k]) >= variantLimit {
		c.discard(c.disk.keys[k][0].name)
	}
	for len(c.memory.keys[k]) >= variantLimit {
		c.discard(c.memory.keys[k][0].name)
	}
}

// Abort ends the Writer without storing anything. After Commit or Abort it does
// nothing, so that it can be deferred.
func (w *Writer) Abort() {
	if w.ended {
		return
	}
	w.ended = true
	w.release()
	w.cache.mu.Lock()
	defer w.cache.mu.Unlock()
	delete(w.cache.writers, w)
}

// release gives up the body. If its file does not go, a later scan removes it.
func (w *Writer) release() {
	if w.file != nil {
		_ = w.file.Close()
		_ = os.Remove(w.cache.disk.path(w.name, workSuffix))
	}
	w.file, w.buf = nil, nil
}
