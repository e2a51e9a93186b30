package cache

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Options say where a cache keeps responses, and how many bytes of them.
type Options struct {
	// MemoryBytes is the budget in memory, DiskBytes that on disk. 0: nothing
	// is kept there.
	MemoryBytes, DiskBytes int64
	// Dir is the directory of the cache, made if it is missing. "": memory
	// only. The cache uses a directory of its own format's version within.
	Dir string
}

// Cache is a private cache of HTTP responses. All methods may be called from
// any goroutine. It holds no file open and needs no closing.
type Cache struct {
	mu      sync.Mutex // guards all below, and the making and removing of heads
	memory  *shelf[stored]
	disk    *disk
	writers map[*Writer]struct{} // not yet committed
}

// stored is a response in memory.
type stored struct {
	head *head
	body []byte
}

// Times are the moments that the age of a response is counted from (RFC 9111
// section 4.2.3).
type Times struct {
	// Sent is when the request left, Received when the response's head came.
	Sent, Received time.Time
}

// ordered is t by the wall clock, which counts while the machine sleeps and is
// what is on disk, with the moments in order.
func (t Times) ordered() Times {
	if t.Received.IsZero() {
		t.Received = time.Now()
	}
	t.Received, t.Sent = t.Received.Round(0), t.Sent.Round(0)
	if t.Sent.IsZero() || t.Sent.After(t.Received) {
		t.Sent = t.Received
	}
	return t
}

// New makes a cache. The directory is read at first use. An error is that the
// directory cannot be made.
func New(opt Options) (*Cache, error) {
	c := &Cache{
		memory:  newShelf[stored](max(0, opt.MemoryBytes)),
		disk:    &disk{shelf: newShelf[struct{}](0)},
		writers: make(map[*Writer]struct{}),
	}
	if opt.Dir != "" {
		c.disk.dir = filepath.Join(opt.Dir, fmt.Sprintf("v%d", version))
		c.disk.budget = max(0, opt.DiskBytes)
		if err := os.MkdirAll(c.disk.dir, 0o700); err != nil {
			return nil, fmt.Errorf("cache: %w", err)
		}
	}
	return c, nil
}

// Usage is the number of bytes kept in memory and on disk, heads included.
func (c *Cache) Usage() (memory, disk int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.disk.scan()
	return c.memory.used, c.disk.used
}

// SetBudgets changes the budgets. What is over a smaller one is removed at
// once, the responses used longest ago first.
func (c *Cache) SetBudgets(memory, disk int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.disk.scan()
	c.memory.budget = max(0, memory)
	if c.disk.dir != "" {
		c.disk.budget = max(0, disk)
	}
	c.trimMemory()
	c.disk.evict()
}

// Remove removes all that is stored for the URL.
func (c *Cache) Remove(u *url.URL) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.forget(keyOf(u))
}

// RemoveAll empties the cache. Responses that are being stored are not.
func (c *Cache) RemoveAll() { c.RemoveSince(time.Unix(0, 0)) }

// RemoveSince removes the responses that were stored at t or later.
func (c *Cache) RemoveSince(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.disk.scan()
	for _, it := range c.memory.items {
		if !storedAt(it.name).Before(t) {
			c.memory.remove(it)
		}
	}
	for _, it := range c.disk.items {
		if !storedAt(it.name).Before(t) {
			c.disk.drop(it)
		}
	}
	for w := range c.writers {
		w.void = true
	}
}

// forget removes all that is stored or being stored for the key. The caller
// holds the lock.
func (c *Cache) forget(k key) {
	c.disk.scan()
	for len(c.memory.keys[k]) > 0 {
		c.memory.remove(c.memory.keys[k][0])
	}
	for len(c.disk.keys[k]) > 0 {
		c.disk.drop(c.disk.keys[k][0])
	}
	for w := range c.writers {
		if w.head.key == k {
			w.void = true
		}
	}
}

// discard removes one response. The caller holds the lock.
func (c *Cache) discard(name string) {
	if it := c.memory.items[name]; it != nil {
		c.memory.remove(it)
	}
	if it := c.disk.items[name]; it != nil {
		c.disk.drop(it)
	}
}

func (c *Cache) trimMemory() {
	for it := c.memory.excess(); it != nil; it = c.memory.excess() {
		c.memory.remove(it)
	}
}

// keepInMemory puts a response on the memory's shelf if it is not too large.
// The caller holds the lock.
func (c *Cache) keepInMemory(name string, h *head, body []byte) bool {
	size := memorySize(h)
	if size > c.memory.largest() || c.memory.items[name] != nil {
		return false
	}
	c.memory.add(name, h.key, size, stored{h, body})
	c.trimMemory()
	return true
}

// memorySize is what a response counts for in memory.
func memorySize(h *head) int64 {
	n := h.length + 256 // the structures around it
	for name, values := range h.header {
		for _, v := range values {
			n += int64(len(name) + len(v) + 32)
		}
	}
	return n
}

// find is the stored response that the request selects, the youngest if there
// are several (RFC 9111 section 4.1). The caller holds the lock.
func (c *Cache) find(k key, request http.Header) (name string, h *head) {
	c.disk.scan()
	for _, it := range c.memory.keys[k] {
		if it.value.head.selectedBy(request) && (h == nil || it.value.head.received.After(h.received)) {
			name, h = it.name, it.value.head
		}
	}
	for _, it := range append([]*item[struct{}](nil), c.disk.keys[k]...) {
		if c.memory.items[it.name] != nil {
			continue
		}
		candidate, err := c.disk.readHead(it.name)
		if err != nil {
			c.disk.drop(it) // torn, damaged or gone: a miss
			continue
		}
		if candidate.selectedBy(request) && (h == nil || candidate.received.After(h.received)) {
			name, h = it.name, candidate
		}
	}
	return name, h
}

// errGone is that a response was evicted or removed meanwhile.
var errGone = errors.New("cache: the stored response is gone")

// replaceHead gives a stored response a new head. The caller holds the lock.
func (c *Cache) replaceHead(name string, h *head) error {
	inMemory, onDisk := c.memory.items[name], c.disk.items[name]
	if inMemory == nil && onDisk == nil {
		return errGone
	}
	if inMemory != nil {
		inMemory.value.head = h
		c.memory.resize(inMemory, memorySize(h))
		c.trimMemory()
	}
	if onDisk == nil {
		return nil
	}
	text, err := encodeHead(h)
	if err == nil {
		err = c.disk.writeHead(name, text)
	}
	if err != nil {
		c.disk.drop(onDisk) // it would go on to say what is no longer true
		return err
	}
	c.disk.resize(onDisk, h.length+int64(len(text)))
	c.disk.markUsed(onDisk, time.Now())
	c.disk.evict()
	return nil
}
