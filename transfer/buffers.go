package transfer

import "sync"

// Buffers are lent to one Copy after the other: making and collecting a buffer
// for each of thousands of small files takes longer than copying them. The zero
// value is ready; nil makes a new buffer each time. Safe for use by several
// goroutines.
type Buffers struct{ least, small, large sync.Pool } // of *[]byte

// The sizes in bytes of the buffers: the least is for a small file, of which many
// come at once, each over a stream of its own. Fewer, larger reads and
// writes cost the kernel less: 2 GiB from loopback into memory take a quarter
// less processor time with 1 MiB than with 256 KiB. But most servers are too
// slow to fill even a small one, and as many buffers as there are connections
// count in memory.
const (
	leastBuffer = 64<<10 + 1
	smallBuffer = 128 << 10
	copyBuffer  = 1 << 20
)

// takeSmall lends the buffer that a body of want bytes, -1 when unknown, begins
// with, until done is called. It has room for one byte more than want, if it has
// room for the body at all: the one shows what must not come.
func (b *Buffers) takeSmall(want int64) (buf []byte, done func()) {
	size := smallBuffer
	if want >= 0 && want < smallBuffer {
		size = int(want) + 1
	}
	if b == nil {
		return make([]byte, size), func() {}
	}
	if size <= leastBuffer {
		whole, done := lend(&b.least, leastBuffer)
		return whole[:size], done
	}
	whole, done := lend(&b.small, smallBuffer)
	return whole[:size], done
}

// takeLarge lends a buffer for the rest of a body that filled a small one.
func (b *Buffers) takeLarge() (buf []byte, done func()) {
	if b == nil {
		return make([]byte, copyBuffer), func() {}
	}
	return lend(&b.large, copyBuffer)
}

func lend(pool *sync.Pool, size int) (buf []byte, done func()) {
	whole, ok := pool.Get().(*[]byte)
	if !ok {
		made := make([]byte, size)
		whole = &made
	}
	return *whole, func() { pool.Put(whole) }
}
