package transfer

import (
	"crypto/tls"
	"net"

	"golang.org/x/sys/unix"
)

// OutOfOrder counts the packets that have come on the connection of x, since it
// was made, before one that was sent earlier: most often because that one was
// lost. It is 0 where the system does not tell (TCP_INFO, tcp(7)), and once the
// connection is closed.
func (x *Exchange) OutOfOrder() uint32 {
	conn, _ := systemConn(x.trace.connection())
	if conn == nil {
		return 0
	}
	var n uint32
	// A connection that is closed has no more to tell.
	_ = conn.raw.Control(func(fd uintptr) {
		if info, err := unix.GetsockoptTCPInfo(int(fd), unix.SOL_TCP, unix.TCP_INFO); err == nil {
			n = info.Rcv_ooopack
		}
	})
	return n
}

// systemConn is the system's connection that conn is over, nil if there is
// none; sealed tells that TLS is between the two.
func systemConn(conn net.Conn) (under *tcpConn, sealed bool) {
	tc, sealed := conn.(*tls.Conn)
	if sealed {
		conn = tc.NetConn()
	}
	if w, ok := conn.(*wire); ok {
		under, _ = w.Conn.(*tcpConn)
	}
	return under, sealed
}
