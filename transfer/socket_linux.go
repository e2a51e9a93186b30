package transfer

import (
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// tcpConn is a TCP connection whose bytes can be waited for, and whose Read can
// divert those of plain HTTP into a pipe. Its socket is watched by the poller of
// the runtime, or is set aside, out of its sight, while a large body comes fast;
// the package comment says why.
type tcpConn struct {
	divert atomic.Pointer[pipe] // of the Read of a body that is under way
	filled atomic.Bool          // the last Read left no room, so that there may be more

	mu      sync.Mutex
	now     socket
	writing int // Writes under way
	closed  bool
}

// socket is one of the two ways in which the socket of a tcpConn is used. All of
// it but Read and readWith can be called at any time.
type socket interface {
	net.Conn
	// readWith calls try with the descriptor whenever there may be something
	// to read, until try returns true.
	readWith(try func(fd uintptr) bool) error
	// control calls do with the descriptor, if it is open.
	control(do func(fd uintptr)) error
	// release closes the descriptor and leaves the connection to another one.
	release() error
}

// newTCPConn makes conn a tcpConn, if it is one of the system's TCP connections.
func newTCPConn(conn net.Conn) net.Conn {
	if w, err := watch(conn); err == nil {
		return &tcpConn{now: w}
	}
	return conn
}

// Read reads as any connection does, or diverts into the pipe whose sign p is.
func (c *tcpConn) Read(p []byte) (int, error) {
	now := c.socket()
	if d := c.divert.Load(); d != nil && len(p) > 0 && &p[0] == d.sign {
		if n, err := d.fill(now, len(p)); !errors.Is(err, errors.ErrUnsupported) {
			return n, err
		}
	}
	n, err := now.Read(p)
	c.filled.Store(n == len(p))
	return n, err
}

// tryRead is Read that does not wait: it makes the connection a prober.
func (c *tcpConn) tryRead(p []byte) (n int, err error) {
	var failed error
	err = c.socket().readWith(func(fd uintptr) bool {
		n, failed = unix.Read(int(fd), p)
		return true
	})
	switch {
	case err != nil:
		return 0, err
	case failed == unix.EAGAIN:
		return 0, errNothingCame
	case failed != nil:
		return 0, os.NewSyscallError("read", failed)
	case n == 0 && len(p) > 0:
		return 0, io.EOF
	}
	return n, nil
}

func (c *tcpConn) Write(p []byte) (int, error) {
	c.mu.Lock()
	now := c.now
	c.writing++
	c.mu.Unlock()
	n, err := now.Write(p)
	c.mu.Lock()
	c.writing--
	c.mu.Unlock()
	return n, err
}

func (c *tcpConn) Close() error {
	c.mu.Lock()
	c.closed = true
	now := c.now
	c.mu.Unlock()
	return now.Close()
}

func (c *tcpConn) LocalAddr() net.Addr                { return c.socket().LocalAddr() }
func (c *tcpConn) RemoteAddr() net.Addr               { return c.socket().RemoteAddr() }
func (c *tcpConn) SetDeadline(t time.Time) error      { return c.socket().SetDeadline(t) }
func (c *tcpConn) SetReadDeadline(t time.Time) error  { return c.socket().SetReadDeadline(t) }
func (c *tcpConn) SetWriteDeadline(t time.Time) error { return c.socket().SetWriteDeadline(t) }

func (c *tcpConn) socket() socket {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *tcpConn) isAside() bool {
	_, aside := c.socket().(*aside)
	return aside
}

// setAside takes the socket away from the poller of the runtime, if that can be
// done. Only who reads calls it, while nobody else does.
func (c *tcpConn) setAside() {
	c.replace(func(now socket) (socket, error) {
		w, ok := now.(*watched)
		if !ok {
			return nil, errors.ErrUnsupported
		}
		return newAside(w)
	})
}

// giveBack returns the socket to the poller of the runtime. What setAside says
// holds for it too.
func (c *tcpConn) giveBack() {
	c.replace(func(now socket) (socket, error) {
		a, ok := now.(*aside)
		if !ok {
			return nil, errors.ErrUnsupported
		}
		conn, err := net.FileConn(a.file)
		if err != nil {
			return nil, err
		}
		return watch(conn)
	})
}

// replace changes the way in which the socket is used. If that fails, because
// no descriptor is left, or the connection is being written to or is closed, the
// way in which it is used now will do.
func (c *tcpConn) replace(by func(now socket) (socket, error)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed || c.writing > 0 {
		return
	}
	next, err := by(c.now)
	if err != nil {
		return
	}
	// The connection lives on by its other descriptor, and nothing is buffered
	// that closing this one could lose.
	_ = c.now.release()
	c.now = next
}

// watched is a socket that the poller of the runtime knows.
type watched struct {
	*net.TCPConn
	raw syscall.RawConn
}

func watch(conn net.Conn) (*watched, error) {
	tcp, ok := conn.(*net.TCPConn)
	if !ok {
		return nil, errors.ErrUnsupported
	}
	raw, err := tcp.SyscallConn()
	return &watched{tcp, raw}, err
}

func (w *watched) readWith(try func(fd uintptr) bool) error { return w.raw.Read(try) }
func (w *watched) control(do func(fd uintptr)) error        { return w.raw.Control(do) }
func (w *watched) release() error                           { return w.TCPConn.Close() }
