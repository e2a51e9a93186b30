package transfer

import (
	"context"
	"errors"
	"io"
	"time"
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
}

// read takes up to room bytes from the body, for write.
func (c *conduit) read(room int) (int, error) {
	if c.divert == nil {
		return c.src.Read(c.buf[:room])
	}
	return c.divert.read(c.src, c.buf[:room])
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
	c.close()
	more, err := c.dst.WriteAt(rest, off+int64(m))
	return m + more, err
}

// diverts tells whether what read took is in the pipe.
func (c *conduit) diverts() bool { return c.divert != nil && c.divert.holds() }

// close gives the pipe back.
func (c *conduit) close() {
	if c.divert != nil {
		c.divert.close()
		c.divert = nil
	}
}

const (
	gatherPause = 15 * time.Millisecond
	gatherSmall = 64 << 10
)

// gather lets bytes come together in the socket after a diverted read that
// brought less than gatherSmall, and so has emptied it. A server that is slower
// than the copy would else be read in the pieces in which its bytes happen to
// come, and each piece costs a thread that is woken, a write and a report. The
// next read takes all that has come meanwhile, so a fast sender is not held up:
// as soon as gatherSmall comes in a pause there is none after it, and a
// connection has room for that from the start.
func gather(ctx context.Context) {
	timer := time.NewTimer(gatherPause)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
