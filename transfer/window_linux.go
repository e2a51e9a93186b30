package transfer

import (
	"time"

	"golang.org/x/sys/unix"
)

// A window is as many bytes as a sender may have under way or in the receiver's
// buffer. Linux lets it grow with what comes, for a sender that is far away. One
// that is near fills a small window as fast as its bytes are read: whatever the
// buffer holds besides is late, lost when the process is killed, and memory of
// the system.
const (
	// nearTrip is the longest round trip to who is near.
	nearTrip = 2 * time.Millisecond
	// farTrip is the shortest one, with what waits on the way, for which the
	// window of a gatherer, about 1 MiB, could be too small for 1 Gbit/s.
	farTrip = 8 * time.Millisecond
)

// window keeps the receive buffer of a connection to a near sender from growing.
type window struct {
	conn *tcpConn
	// held tells that the buffer stays as it is, free that it may grow for good.
	held, free bool
}

// adjust holds the window of a connection that is near, as long as it is.
func (w *window) adjust() {
	if w.free {
		return
	}
	_ = w.conn.raw.Control(func(fd uintptr) {
		info := infoOfSocket(fd)
		w.hold(fd, info != nil && near(info))
	})
}

// hold holds the window or lets it go for good. One whose size the app has set
// itself is left alone, and so are all before Linux 5.14, which has no such option.
func (w *window) hold(fd uintptr, hold bool) {
	if hold && w.held {
		return
	}
	w.free = !hold
	now, err := unix.GetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_BUF_LOCK)
	if err != nil || (now&unix.SOCK_RCVBUF_LOCK != 0) != w.held {
		w.free = true
		return
	}
	if hold != w.held {
		w.held = hold
		_ = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_BUF_LOCK, now^unix.SOCK_RCVBUF_LOCK)
	}
}

// near tells whether a small window is enough. The shortest round trip is as good
// as the handshake's; the receiver's own, when there is one, is that of data, with
// the queues that it stands in.
func near(info *unix.TCPInfo) bool {
	return microseconds(info.Min_rtt) < nearTrip && microseconds(info.Rcv_rtt) < farTrip
}
