package transfer

import (
	"errors"
	"io"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// sealedRecord is the size in bytes of the largest record of TLS 1.2 and 1.3,
// its header included (RFC 8446 section 5.2, RFC 5246 section 6.2.3): a Read of
// a TLS connection needs no more than one, as long as it is one of data.
const sealedRecord = 5 + 16<<10 + 2<<10

// A body is fast when the system wakes for it before gatherPause is over so many
// times one after the other. It has no more than lastAside bytes to go where a single
// Read, of a whole buffer, may come to its end: who waits for the next response
// then is net/http, for as long as the connection is idle.
const (
	fastAfter = 16
	lastAside = 2 * copyBuffer
)

// lowWater gathers by SO_RCVLOWAT (socket(7)), the number of bytes below which
// the system does not wake who waits for a socket. It is high for gatherPause at
// most, and lowered by a timer whatever happens, so nothing waits for bytes that
// do not come. The socket of a fast body is set aside.
type lowWater struct {
	conn   *tcpConn
	sealed bool
	ready  int64 // bytes that are there at least
	fast   int   // how many times one after the other

	mu    sync.Mutex
	high  int64 // the number of bytes that was set, 0 for a single one
	timer *time.Timer
}

// connectionOf is the connection that the body src comes in by, and whether it
// comes under TLS; nil if there is more on it than the bytes of the body.
func connectionOf(src io.Reader) (conn *tcpConn, sealed bool) {
	b, ok := src.(*responseBody)
	if !ok || !b.framedByLength {
		return nil, false
	}
	return tcpOf(b.x.trace.connection())
}

// newGatherer returns a gatherer for the body src, nil if there is none for it.
func newGatherer(src io.Reader) gatherer {
	conn, sealed := connectionOf(src)
	if conn == nil {
		return nil
	}
	return &lowWater{conn: conn, sealed: sealed}
}

// begin is for a small body src of which nothing was read yet. The connection
// that it returns, if any, tells behind the first Read whether a second one has
// to wait: with TLS nobody knows.
func begin(src io.Reader) waiting {
	conn, sealed := connectionOf(src)
	if conn == nil {
		return nil
	}
	if sealed || !conn.filled.Load() {
		// Nothing may be left to be read. A connection that was closed has
		// nobody to tell.
		_ = conn.socket().control(acknowledge)
	}
	if sealed {
		return nil
	}
	return conn
}

// acknowledge has the sender know at once that the beginning of a small body has
// come. As long as it does not, it may keep the rest (Nagle's algorithm, RFC 9293
// section 3.7.4), and the system would only tell it with the next request, or
// after 40 ms.
func acknowledge(fd uintptr) {
	// Without it the rest comes later, and that is all.
	_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_QUICKACK, 1)
}

// waits acknowledges what has come, unless that is all.
func (c *tcpConn) waits(left int) bool {
	here := 0
	// Of a connection that was closed nothing is here.
	_ = c.socket().control(func(fd uintptr) {
		if n, err := unix.IoctlGetInt(int(fd), unix.SIOCINQ); err == nil {
			here = n
		}
		if here < left {
			acknowledge(fd)
		}
	})
	return here == 0
}

func (g *lowWater) await(left int64) {
	if g.sealed && g.ready >= sealedRecord && left > gatherLast {
		return
	}
	if g.conn.isAside() {
		if left > lastAside {
			g.awaitAside()
			return
		}
		g.giveBack()
	}
	if left <= gatherLast {
		g.lower()
		return
	}
	g.raise(min(gatherBytes, left-gatherLast))
	// That the pause is over, the connection closed or its sender gone is for
	// the Read behind this to find out.
	_ = g.conn.SetReadDeadline(time.Now().Add(gatherPause))
	late := g.conn.socket().readWith(func(fd uintptr) bool { return readable(fd, 0) })
	_ = g.conn.SetReadDeadline(time.Time{})
	if !g.count() {
		g.lower() // that Read has to wait, and for any byte
	}
	if g.fast++; late != nil {
		g.fast = 0
	}
	if g.fast >= fastAfter && left > 2*lastAside {
		g.conn.setAside()
	}
}

// awaitAside waits with a thread, for no longer than any other wait. A body that
// is not fast any more does not go on like that.
func (g *lowWater) awaitAside() {
	began := time.Now()
	g.raise(gatherBytes)
	err := g.conn.socket().control(func(fd uintptr) { readable(fd, gatherPause) })
	if g.count(); err != nil || time.Since(began) >= gatherPause {
		g.giveBack()
	}
}

// giveBack has the socket watched again, if it can be; else it wakes at any byte
// all the same.
func (g *lowWater) giveBack() {
	g.fast = 0
	g.conn.giveBack()
	g.lower()
}

// readable tells whether a Read would find as many bytes as the system wakes for,
// or the end, after it has waited for so long.
func readable(fd uintptr, wait time.Duration) bool {
	set := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN | unix.POLLRDHUP}} //nolint:gosec // a descriptor
	n, err := unix.Poll(set, int(wait.Milliseconds()))
	return n > 0 || err != nil && !errors.Is(err, unix.EINTR)
}

func (g *lowWater) more() bool {
	g.ready -= sealedRecord
	return g.sealed && (g.ready >= sealedRecord || g.count())
}

// count looks what is there, and tells whether that is a record at least.
func (g *lowWater) count() bool {
	g.ready = 0
	err := g.conn.socket().control(func(fd uintptr) {
		if n, err := unix.IoctlGetInt(int(fd), unix.SIOCINQ); err == nil {
			g.ready = int64(n)
		}
	})
	return err == nil && g.ready >= sealedRecord
}

// raise makes the system wait for n bytes.
func (g *lowWater) raise(n int64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.high == n {
		return
	}
	if g.high == 0 {
		if g.timer == nil {
			g.timer = time.AfterFunc(gatherPause, g.lower)
		} else {
			g.timer.Reset(gatherPause)
		}
	}
	g.high = n
	g.set(n)
}

// lower makes the system wait for a single byte. If one is there, it wakes who
// waits.
func (g *lowWater) lower() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.high > 0 {
		g.high = 0
		g.set(1)
	}
}

func (g *lowWater) end() {
	g.giveBack()
	if g.timer != nil {
		g.timer.Stop() // if it runs just now, it finds nothing to do
	}
}

// set is called with mu held. Where it fails, the connection is closed or every
// byte wakes the reader: both are as good.
func (g *lowWater) set(n int64) {
	_ = g.conn.socket().control(func(fd uintptr) {
		_ = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RCVLOWAT, int(n))
	})
}
