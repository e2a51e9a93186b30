package transfer

import (
	"errors"
	"io"
)

// direct is a destination that takes bytes by its descriptor; *partial.File is
// one.
type direct interface {
	WriteDirect(n, off int64, move func(fd uintptr) (int64, error)) (int64, error)
}

// diverter takes the bytes of one body to its destination by way of a pipe,
// which is empty between a write and the next read; the package comment says
// how, and why nothing gets lost.
type diverter interface {
	// read reads src with buf as the sign. The bytes are in the pipe if holds
	// says so afterwards, else in buf.
	read(src io.Reader, buf []byte) (int, error)
	holds() bool
	// write moves n bytes from the pipe to dst at off; errors.ErrUnsupported
	// when dst cannot take them in this way.
	write(dst io.WriterAt, n int, off int64) (int, error)
	// recover reads from the pipe into p, all of it.
	recover(p []byte) error
	// close closes the pipe. What is still in it is lost, as bytes in a
	// buffer are.
	close()
}

// conduit brings bytes from a body to their destination, a piece at a time:
// through buf, or through the pipe of divert where that is not nil.
type conduit struct {
	src    io.Reader
	dst    io.WriterAt
	buf    []byte
	divert diverter
	gather gatherer // nil where reads take what has come
	begins waiting  // until the first Read of a small body, nil for none
	want   int64    // the bytes of the body, -1 when unknown
}

// newConduit returns a conduit for a body of want bytes, -1 when unknown.
func newConduit(src io.Reader, dst io.WriterAt, want int64, buf []byte) *conduit {
	c := &conduit{src: src, dst: dst, buf: buf, want: want}
	if want < gatherFrom {
		c.begins = begin(src)
		return c
	}
	c.divert = newDiverter(src, dst)
	if c.gather = newGatherer(src); c.gather != nil {
		b := src.(*responseBody)
		b.gather, b.left = c.gather, want
	}
	return c
}

// read takes up to room bytes from the body, for write.
func (c *conduit) read(room int) (int, error) {
	if c.divert != nil {
		return c.divert.read(c.src, c.buf[:room])
	}
	n, err := c.src.Read(c.buf[:room])
	// What came with the head is in net/http's buffer, the rest behind it.
	if conn := c.begins; conn != nil {
		c.begins = nil
		if err == nil && n < room && !conn.waits(int(c.want)-n) {
			var m int
			m, err = c.src.Read(c.buf[n:room])
			n += m
		}
	}
	// A last small Read would go through net/http's buffer, with a copy.
	for err == nil && c.gather != nil && c.gather.more() && room-n > readBufferSize {
		var m int
		m, err = c.src.Read(c.buf[n:room])
		n += m
	}
	return n, err
}

// write puts the first n bytes of those that read took at off. Bytes that were
// diverted and cannot be moved on go through the buffer after all, and so do
// all after them.
func (c *conduit) write(n int, off int64) (int, error) {
	if !c.diverts() {
		return c.dst.WriteAt(c.buf[:n], off)
	}
	m, err := c.divert.write(c.dst, n, off)
	if !errors.Is(err, errors.ErrUnsupported) {
		return m, err
	}
	rest := c.buf[:n-m]
	if err := c.divert.recover(rest); err != nil {
		return m, err
	}
	c.unpipe()
	more, err := c.dst.WriteAt(rest, off+int64(m))
	return m + more, err
}

// diverts tells whether what read took is in the pipe.
func (c *conduit) diverts() bool { return c.divert != nil && c.divert.holds() }

// unpipe gives the pipe back.
func (c *conduit) unpipe() {
	if c.divert != nil {
		c.divert.close()
		c.divert = nil
	}
}

// close ends what the conduit has begun.
func (c *conduit) close() {
	c.unpipe()
	if c.gather != nil {
		c.gather.end()
		c.src.(*responseBody).gather = nil
	}
}
