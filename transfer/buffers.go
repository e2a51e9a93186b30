package transfer

import "sync"

// Buffers are lent to one Copy after the other: making and collecting a buffer
// for each of thousands of small files takes longer than copying them. The zero
// value is ready. Safe for use by several goroutines.
type Buffers struct{ pool sync.Pool } // of *[]byte, copyBuffer long

// take lends a buffer of size bytes, at most copyBuffer, until done is called.
func (b *Buffers) take(size int64) (buf []byte, done func()) {
	if b == nil {
		return make([]byte, size), func() {}
	}
	whole, ok := b.pool.Get().(*[]byte)
	if !ok {
		made := make([]byte, copyBuffer)
		whole = &made
	}
	return (*whole)[:size], func() { b.pool.Put(whole) }
}
