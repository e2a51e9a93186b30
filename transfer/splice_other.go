//go:build !linux

package transfer

import (
	"io"
	"net"
)

// divertible returns conn: this system has no splice.
func divertible(conn net.Conn) net.Conn { return conn }

// newDiverter returns nil: bytes go through the buffer.
func newDiverter(io.Reader, io.WriterAt) diverter { return nil }
