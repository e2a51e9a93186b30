package model

import "sync"

// MostData is how many bytes of a data task's content are kept, to be looked at.
const MostData = 256 << 10

// content is what a data task has brought so far. The delegate queue writes it,
// the screen reads it.
type content struct {
	mu    sync.Mutex
	bytes []byte
	cut   bool // there was more
}

// take adds bytes, and returns false when there is no room for more.
func (c *content) take(p []byte) (room bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := min(len(p), MostData-len(c.bytes))
	c.bytes = append(c.bytes, p[:n]...)
	c.cut = c.cut || n < len(p)
	return !c.cut
}

// read returns what there is, and whether there was more.
func (c *content) read() (text string, cut bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return string(c.bytes), c.cut
}

// stores tells whether a transfer ends in a file.
func (s *Spec) stores() bool { return s.Upload == "" && !s.Data }
