//go:build !linux

package transfer

import (
	"io"
	"net"
)

// newSocket returns conn: there is nothing to add to it here.
func newSocket(conn net.Conn) net.Conn { return conn }

// newDiverter returns nil: bytes go through the buffer.
func newDiverter(io.Reader, io.WriterAt, []byte) diverter { return nil }
