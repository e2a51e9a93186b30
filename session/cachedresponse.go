package session

import (
	"errors"
	"io"
	"net/http"
	"sync"

	"haul/session/cache"
)

// CachedResponse is a response that the session proposes to store, see
// [CacheDelegate]. What the delegate changes is stored changed; what the task
// delivered stays as it was.
type CachedResponse struct {
	// Response is the head of the response as it came, without a body.
	Response *http.Response
	// Header is the header that will be stored: that of Response without the
	// fields that a cache must not keep (RFC 9111 section 3.1). It may be
	// changed.
	Header http.Header
	// MemoryOnly keeps the response from the disk.
	MemoryOnly bool
	// Size is the number of bytes of the body, in the content coding in which
	// it came.
	Size int64

	mu       sync.Mutex
	w        *cache.Writer // nil when the question is over
	body     []byte
	replaced bool
}

// errTooLate is that the delegate uses a CachedResponse whose question is over.
var errTooLate = errors.New("session: the response is not proposed any more")

// propose makes the proposal to store what w has taken. An error says why that
// cannot be done.
func propose(w *cache.Writer, resp *http.Response) (*CachedResponse, error) {
	body, err := w.Open()
	if err != nil {
		return nil, err
	}
	return &CachedResponse{Response: resp, Header: w.Header().Clone(), Size: w.Size(), w: w}, body.Close()
}

// Open reads the body that came, in its content coding. It has to be closed
// before WillCacheResponse returns, and fails when the task has ended.
func (c *CachedResponse) Open() (io.ReadCloser, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.w == nil {
		return nil, errTooLate
	}
	return c.w.Open()
}

// Replace stores another body than the one that came. Content-Length follows;
// Content-Encoding is the delegate's to set. body belongs to the session from
// then on.
func (c *CachedResponse) Replace(body []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.body, c.replaced = body, true
}

// withdraw ends the question without an answer: a delegate that goes on all the
// same reaches nothing any more.
func (c *CachedResponse) withdraw() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.w != nil {
		c.w.Abort()
		c.w = nil
	}
}

// apply ends the question with the changes that the delegate made.
func (c *CachedResponse) apply() {
	c.mu.Lock()
	defer c.mu.Unlock()
	header := c.w.Header()
	clear(header)
	for name, values := range c.Header {
		header[http.CanonicalHeaderKey(name)] = values
	}
	if c.replaced {
		c.w.Replace(c.body)
	}
	if c.MemoryOnly {
		c.w.MemoryOnly()
	}
	c.w = nil
}
