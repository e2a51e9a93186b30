//go:build !linux

package transfer

import (
	"io"
	"net"
)

// newTCPConn returns conn: there is nothing to add to it here.
func newTCPConn(conn net.Conn) net.Conn { return conn }

// newDiverter returns nil: bytes go through the buffer.
func newDiverter(io.Reader, io.WriterAt) diverter { return nil }
