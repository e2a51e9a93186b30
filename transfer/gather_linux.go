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

// lowWater gathers by SO_RCVLOWAT (socket(7)), the number of bytes below which
// the system does not wake who waits for a socket. It is high for gatherPause at
// most, and lowered by a timer whatever happens, so nothing waits for bytes that
// do not come.
type lowWater struct {
	conn   *tcpConn
	sealed bool
	ready  int64 // bytes that are there at least

	mu    sync.Mutex
	high  int64 // the number of bytes that was set, 0 for a single one
	timer *time.Timer
}

// newGatherer returns a gatherer for the body src, nil if there is none for it.
func newGatherer(src io.Reader) gatherer {
	b, ok := src.(*responseBody)
	if !ok || !b.framedByLength {
		return nil
	}
	conn, sealed := tcpOf(b.x.trace.connection())
	if conn == nil {
		return nil
	}
	return &lowWater{conn: conn, sealed: sealed}
}

func (g *lowWater) await(left int64) {
	switch {
	case left <= gatherLast:
		g.lower()
		return
	case g.sealed && g.ready >= sealedRecord:
		return
	}
	g.raise(min(gatherBytes, left-gatherLast))
	// That the pause is over, the connection closed or its sender gone is for
	// the Read behind this to find out.
	_ = g.conn.SetReadDeadline(time.Now().Add(gatherPause))
	_ = g.conn.raw.Read(func(fd uintptr) bool {
		set := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN | unix.POLLRDHUP}} //nolint:gosec // a descriptor
		n, err := unix.Poll(set, 0)
		return n > 0 || err != nil && !errors.Is(err, unix.EINTR)
	})
	_ = g.conn.SetReadDeadline(time.Time{})
	if !g.count() {
		g.lower() // that Read has to wait, and for any byte
	}
}

func (g *lowWater) more() bool {
	g.ready -= sealedRecord
	return g.sealed && (g.ready >= sealedRecord || g.count())
}

// count looks what is there, and tells whether that is a record at least.
func (g *lowWater) count() bool {
	g.ready = 0
	err := g.conn.raw.Control(func(fd uintptr) {
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
	g.lower()
	if g.timer != nil {
		g.timer.Stop() // if it runs just now, it finds nothing to do
	}
}

// set is called with mu held. Where it fails, the connection is closed or every
// byte wakes the reader: both are as good.
func (g *lowWater) set(n int64) {
	_ = g.conn.raw.Control(func(fd uintptr) {
		_ = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RCVLOWAT, int(n))
	})
}
