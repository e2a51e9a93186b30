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
	// windowBytes is several times what a gatherer waits for, so that the sender
	// goes on while that is written.
	windowBytes = 4 * gatherBytes
	// lookEvery so many waits of a gatherer the round trips are looked at, which
	// holds up what comes meanwhile.
	lookEvery = 64
	// nearTrip is the longest round trip to who is near.
	nearTrip = 2 * time.Millisecond
	// farTrip is the shortest one, with what waits on the way, for which such a
	// window could be too small for 1 Gbit/s.
	farTrip = 8 * time.Millisecond
)

// window keeps the receive buffer of a connection to a near sender from growing.
// It is for who reads the body that comes.
type window struct {
	// held tells that the buffer stays as it is, free that it may grow for good.
	held, free bool
}

// adjust holds the window of a connection that is near, as long as it is.
func (c *tcpConn) adjust() {
	w := &c.window
	if w.free {
		return
	}
	_ = c.raw.Control(func(fd uintptr) {
		info := infoOfSocket(fd)
		w.hold(int(fd), info != nil && near(info))
	})
}

// hold holds the window or lets it go for good. One whose size the app has set
// itself is left alone, and so are all before Linux 5.14, which has no such option.
func (w *window) hold(fd int, hold bool) {
	if hold && w.held {
		return
	}
	w.free = !hold
	now, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_BUF_LOCK)
	if err != nil || (now&unix.SOCK_RCVBUF_LOCK != 0) != w.held {
		w.free = true
		return
	}
	if hold == w.held {
		return
	}
	w.held = hold
	if hold {
		// The system makes room for what is waited for, beyond the bounds of
		// SO_RCVBUF.
		_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVLOWAT, windowBytes)
		_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVLOWAT, 1)
	}
	_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_BUF_LOCK, now^unix.SOCK_RCVBUF_LOCK)
}

// near tells whether a small window is enough. The shortest round trip is as good
// as the handshake's; the receiver's own, when there is one, is that of data, with
// the queues that it stands in.
func near(info *unix.TCPInfo) bool {
	return microseconds(info.Min_rtt) < nearTrip && microseconds(info.Rcv_rtt) < farTrip
}
