package transfer

import "sync"

// smallBuffer is the size in bytes of the buffer for a body that is no longer
// than copyBuffer: many of those may be copied at once, and memory counts more
// than a system call.
const smallBuffer = 128 << 10

// Buffers are lent to one Copy after the other: making and collecting a buffer
// for each of thousands of small files takes longer than copying them. The zero
// value is ready. Safe for use by several goroutines.
type Buffers struct{ small, large sync.Pool } // of *[]byte

// take lends a buffer for a body of want bytes, -1 when unknown, until done is
// called. It has room for one byte more than want, if it has room for the body
// at all: the one shows what must not come.
func (b *Buffers) take(want int64) (buf []byte, done func()) {
	size := int64(copyBuffer)
	if want >= 0 && want < copyBuffer {
		size = min(want+1, smallBuffer)
	}
	if b == nil {
		return make([]byte, size), func() {}
	}
	length, pool := copyBuffer, &b.large
	if size <= smallBuffer {
		length, pool = smallBuffer, &b.small
	}
	whole, ok := pool.Get().(*[]byte)
	if !ok {
		made := make([]byte, length)
		whole = &made
	}
	return (*whole)[:size], func() { pool.Put(whole) }
}
