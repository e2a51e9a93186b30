package wire

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"
)

// MaxFrame is the longest JSON text of a frame in bytes.
const MaxFrame = 4 << 20

const (
	// maxHeader bounds the header of a frame in bytes.
	maxHeader = 1 << 10
	// sendTime is how long a peer may take to read a frame. One that is
	// stopped or has hung up holds nothing for longer.
	sendTime = 30 * time.Second
)

// ErrFrame says that a frame is too long or has no legal header. The
// connection cannot be used any more.
var ErrFrame = errors.New("frame refused")

// Channel frames messages on a connection. It implements channel.Channel of
// jrpc2: one goroutine may send while another receives.
type Channel struct {
	conn net.Conn
	in   *bufio.Reader
	out  *bufio.Writer
}

// NewChannel frames messages on conn.
func NewChannel(conn net.Conn) *Channel {
	return &Channel{conn: conn, in: bufio.NewReader(conn), out: bufio.NewWriter(conn)}
}

// Send writes one frame. It fails when the peer does not read it in time.
func (c *Channel) Send(msg []byte) error {
	if len(msg) > MaxFrame {
		return fmt.Errorf("%w: %d bytes, more than %d", ErrFrame, len(msg), MaxFrame)
	}
	if err := c.conn.SetWriteDeadline(time.Now().Add(sendTime)); err != nil {
		return err
	}
	if _, err := fmt.Fprintf(c.out, "Content-Length: %d\r\n\r\n", len(msg)); err != nil {
		return err
	}
	if _, err := c.out.Write(msg); err != nil {
		return err
	}
	return c.out.Flush()
}

// Recv reads one frame.
func (c *Channel) Recv() ([]byte, error) {
	length, err := c.header()
	if err != nil {
		return nil, err
	}
	msg := make([]byte, length)
	if _, err := io.ReadFull(c.in, msg); err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return nil, err
	}
	return msg, nil
}

// header reads the lines before a text and returns its length.
func (c *Channel) header() (length int, err error) {
	length = -1
	for left := maxHeader; ; {
		line, err := c.line(left)
		if err != nil {
			return 0, err
		}
		left -= len(line)
		name, value, ok := strings.Cut(strings.TrimRight(line, "\r\n"), ":")
		switch {
		case !ok && name == "" && length >= 0:
			return length, nil
		case !ok, strings.ContainsFunc(name, notInName):
			return 0, fmt.Errorf("%w: no header", ErrFrame)
		case strings.EqualFold(name, "Content-Length"):
			n, err := strconv.ParseUint(strings.TrimSpace(value), 10, 63)
			if err != nil || length >= 0 {
				return 0, fmt.Errorf("%w: no legal length", ErrFrame)
			}
			if n > MaxFrame {
				return 0, fmt.Errorf("%w: %d bytes, more than %d", ErrFrame, n, MaxFrame)
			}
			length = int(n)
		}
	}
}

func notInName(r rune) bool {
	return r != '-' && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
}

// line reads a line of at most most bytes.
func (c *Channel) line(most int) (string, error) {
	var b strings.Builder
	for b.Len() < most {
		x, err := c.in.ReadByte()
		if err != nil {
			if errors.Is(err, io.EOF) && b.Len() > 0 {
				err = io.ErrUnexpectedEOF
			}
			return "", err
		}
		b.WriteByte(x)
		if x == '\n' {
			return b.String(), nil
		}
	}
	return "", fmt.Errorf("%w: its header is too long", ErrFrame)
}

// Close closes the connection.
func (c *Channel) Close() error { return c.conn.Close() }
