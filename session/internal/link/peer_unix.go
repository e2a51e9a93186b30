//go:build linux || darwin || freebsd

package link

import (
	"errors"
	"net"
)

// peerUser is the user at the other end of c.
func peerUser(c *net.UnixConn) (uid int, known bool, err error) {
	raw, err := c.SyscallConn()
	if err != nil {
		return 0, false, err
	}
	var failed error
	err = raw.Control(func(fd uintptr) { uid, failed = userAt(int(fd)) })
	err = errors.Join(err, failed)
	return uid, err == nil, err
}
