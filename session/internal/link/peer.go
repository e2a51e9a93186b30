package link

import (
	"errors"
	"fmt"
	"net"
	"os"
)

// ErrStranger says that another user is at the other end.
var ErrStranger = errors.New("belongs to another user")

// CheckPeer fails with [ErrStranger] unless this user is at the other end of
// conn. What is no Unix socket was made by this process itself and passes.
func CheckPeer(conn net.Conn) error {
	c, ok := conn.(*net.UnixConn)
	if !ok {
		return nil
	}
	uid, known, err := peerUser(c)
	if err != nil {
		return err
	}
	return sameUser(uid, known)
}

func sameUser(uid int, known bool) error {
	if known && uid != os.Geteuid() {
		return fmt.Errorf("the other end of the socket %w (%d)", ErrStranger, uid)
	}
	return nil
}
