package transfer

import (
	"crypto/tls"
	"net"
	"time"

	"golang.org/x/sys/unix"
)

// RoundTrip is the shortest round trip of TCP to who the connection was made to,
// the server or its proxy, as the system has measured it (TCP_INFO, tcp(7)); 0
// where it does not tell, and once the connection is closed.
func (x *Exchange) RoundTrip() time.Duration {
	if info := infoOf(x.trace.connection()); info != nil {
		return time.Duration(info.Min_rtt) * time.Microsecond
	}
	return 0
}

// isWithin tells whether the round trip of TCP to who conn was just made to took
// less than d.
func isWithin(d time.Duration, conn net.Conn) bool {
	tcp, ok := newTCPConn(conn).(*tcpConn)
	if !ok {
		return false
	}
	info := tcp.info()
	return info != nil && time.Duration(info.Rtt)*time.Microsecond < d
}

// OutOfOrder counts the packets that have come on the connection of x, since it
// was made, before one that was sent earlier: most often because that one was
// lost. It is 0 where the system does not tell (TCP_INFO, tcp(7)), and once the
// connection is closed.
func (x *Exchange) OutOfOrder() uint32 {
	if info := infoOf(x.trace.connection()); info != nil {
		return info.Rcv_ooopack
	}
	return 0
}

// tcpOf is the TCP connection that conn, one of net/http's, goes over, and
// whether there is TLS in between; nil if that is not known.
func tcpOf(conn net.Conn) (tcp *tcpConn, sealed bool) {
	tc, sealed := conn.(*tls.Conn)
	if sealed {
		conn = tc.NetConn()
	}
	if w, ok := conn.(*wire); ok {
		tcp, _ = w.Conn.(*tcpConn)
	}
	return tcp, sealed
}

// infoOf is what the system knows of the TCP connection of conn, nil if nothing.
func infoOf(conn net.Conn) *unix.TCPInfo {
	if tcp, _ := tcpOf(conn); tcp != nil {
		return tcp.info()
	}
	return nil
}

func (c *tcpConn) info() (info *unix.TCPInfo) {
	// One that was closed has nothing to tell any more.
	_ = c.socket().control(func(fd uintptr) {
		if known, err := unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO); err == nil {
			info = known
		}
	})
	return info
}
