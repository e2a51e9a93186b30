package demo

import (
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// pipeBuffer is how much one side of a connection can be ahead of the other.
// It is small, so that a reader who holds still is soon felt by the writer.
const pipeBuffer = 16 << 10

// pipe returns the two ends of a full-duplex connection in memory. Unlike those
// of net.Pipe, writes are buffered, and what was written before Close can still
// be read after it, as with TCP. All waiting is on sync.Cond, which blocks
// durably in a synctest bubble.
func pipe(client, server net.Addr) (*conn, *conn) {
	up, down := newFlow(), newFlow()
	return &conn{in: down, out: up, local: client, remote: server},
		&conn{in: up, out: down, local: server, remote: client}
}

// conn is one end. Its methods may be called from any goroutine.
type conn struct {
	in, out       *flow
	local, remote net.Addr
}

func (c *conn) Read(p []byte) (int, error) {
	n, err := c.in.read(p)
	if err != nil && err != io.EOF {
		err = c.opError("read", err)
	}
	return n, err
}

func (c *conn) Write(p []byte) (int, error) {
	n, err := c.out.write(p)
	if err != nil {
		err = c.opError("write", err)
	}
	return n, err
}

// Close ends both directions. The other end reads what is buffered, then EOF;
// its writes fail.
func (c *conn) Close() error {
	c.in.closeReader()
	c.out.closeWriter()
	return nil
}

func (c *conn) LocalAddr() net.Addr  { return c.local }
func (c *conn) RemoteAddr() net.Addr { return c.remote }

func (c *conn) SetDeadline(t time.Time) error {
	c.in.setDeadline(&c.in.readBy, t)
	c.out.setDeadline(&c.out.writeBy, t)
	return nil
}

func (c *conn) SetReadDeadline(t time.Time) error {
	c.in.setDeadline(&c.in.readBy, t)
	return nil
}

func (c *conn) SetWriteDeadline(t time.Time) error {
	c.out.setDeadline(&c.out.writeBy, t)
	return nil
}

func (c *conn) opError(op string, err error) error {
	return &net.OpError{Op: op, Net: c.local.Network(), Source: c.local, Addr: c.remote, Err: err}
}

// flow is one direction: a bounded buffer between a reader and a writer.
type flow struct {
	mu                     sync.Mutex
	change                 *sync.Cond
	buf                    []byte
	readerGone, writerGone bool
	readBy, writeBy        deadline
}

func newFlow() *flow {
	f := &flow{}
	f.change = sync.NewCond(&f.mu)
	return f
}

func (f *flow) read(p []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for {
		switch {
		case f.readerGone:
			return 0, net.ErrClosed
		case f.readBy.passed():
			return 0, os.ErrDeadlineExceeded
		case len(p) == 0:
			return 0, nil
		case len(f.buf) > 0:
			n := copy(p, f.buf)
			f.buf = f.buf[:copy(f.buf, f.buf[n:])]
			f.change.Broadcast()
			return n, nil
		case f.writerGone:
			return 0, io.EOF
		}
		f.change.Wait()
	}
}

func (f *flow) write(p []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := 0
	for {
		switch {
		case f.writerGone:
			return n, net.ErrClosed
		case f.readerGone:
			return n, syscall.EPIPE
		case f.writeBy.passed():
			return n, os.ErrDeadlineExceeded
		case n == len(p):
			return n, nil
		}
		if room := pipeBuffer - len(f.buf); room > 0 {
			take := min(room, len(p)-n)
			f.buf = append(f.buf, p[n:n+take]...)
			n += take
			f.change.Broadcast()
			continue
		}
		f.change.Wait()
	}
}

// closeReader throws away what nobody will read.
func (f *flow) closeReader() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.readerGone, f.buf = true, nil
	f.readBy.stop()
	f.change.Broadcast()
}

func (f *flow) closeWriter() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.writerGone = true
	f.writeBy.stop()
	f.change.Broadcast()
}

// setDeadline changes d, one of f's two. A timer wakes whoever waits by then.
func (f *flow) setDeadline(d *deadline, t time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	d.stop()
	d.at = t
	if wait := time.Until(t); !t.IsZero() && wait > 0 {
		d.timer = time.AfterFunc(wait, func() {
			f.mu.Lock()
			defer f.mu.Unlock()
			f.change.Broadcast()
		})
	}
	f.change.Broadcast()
}

// deadline is a point in time, zero for never, and the timer that tells of it.
// The mutex of its flow guards it.
type deadline struct {
	at    time.Time
	timer *time.Timer
}

func (d *deadline) passed() bool { return !d.at.IsZero() && !time.Now().Before(d.at) }

func (d *deadline) stop() {
	if d.timer != nil {
		d.timer.Stop()
		d.timer = nil
	}
}
