package session

import (
	"time"

	"haul/transfer/segment"
)

// A stream of HTTP/2 shares its connection: each 16 KiB come in a frame, through
// the hands of one more goroutine, and the window is opened for each anew. A
// connection of HTTP/1.1 brings the same bytes for less than half of the
// processor's time. It costs a handshake and a request more, which is nothing
// beside what is left of a big file on a fast link.
const (
	fastStream    = 50e6     // bytes per second
	leastOvertake = 64 << 20 // bytes that are left
	// In less than overtakeAfter nothing comes but what was sent at once.
	overtakeAfter = 20 * time.Millisecond
)

// overtaken has a fast stream of HTTP/2 replaced by a connection of HTTP/1.1: one
// more lane is wanted, and once it is answered the stream ends. Lanes never are
// streams themselves.
func (c *crew) overtaken(s segment.Sample, want int) int {
	switch {
	case c.stream == nil:
	case s.Answered > 1:
		c.mu.Lock()
		if !c.stream.retired {
			c.stream.retire()
		}
		c.mu.Unlock()
		c.stream = nil
	case s.Left >= leastOvertake && s.At >= overtakeAfter && float64(s.Received) >= fastStream*s.At.Seconds():
		return max(want, 2)
	}
	return want
}
