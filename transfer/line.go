package transfer

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"net/textproto"
	"sync"
	"time"
)

// lineBuffer is the size in bytes of the buffers of a line: of heads, and of the
// beginning of a body that comes with one.
const lineBuffer = 4 << 10

// line is one connection of HTTP/1.1 that the goroutine of its exchange writes
// and reads by itself. It belongs to one exchange at a time, or is idle.
type line struct {
	pool  *lines
	at    *linePlace
	conn  net.Conn // a *wire, or a *tls.Conn over one
	wire  *wire
	state *tls.ConnectionState // nil without TLS
	br    *bufio.Reader        // of the line, for the sake of left
	bw    *bufio.Writer

	// idle looks when the line has rested for idleConnTimeout. It is not moved for
	// each exchange: one that comes too early looks again. nil before the first
	// rest. It, ticks and rested are set with lines.mu held.
	idle   *time.Timer
	ticks  bool // idle is set
	rested time.Time

	sent     int64 // bytes written for the request that is under way
	left     int64 // bytes that may still be read
	answered bool  // something has come for the request that is under way
}

// newLine makes a line of conn, nil if nobody can tell whether something has come
// over it.
func newLine(p *lines, at *linePlace, conn net.Conn) *line {
	l := &line{pool: p, at: at, conn: conn}
	under := conn
	if tc, ok := conn.(*tls.Conn); ok {
		state := tc.ConnectionState()
		l.state, under = &state, tc.NetConn()
	}
	w, ok := under.(*wire)
	if !ok || !w.probes() {
		return nil
	}
	l.wire, l.br, l.bw = w, bufio.NewReaderSize(l, lineBuffer), bufio.NewWriterSize(l, lineBuffer)
	return l
}

// Read reads from the connection within the bound of a head.
func (l *line) Read(p []byte) (int, error) {
	if l.left <= 0 {
		return 0, fmt.Errorf("the head of the response exceeds %d bytes", l.pool.c.cfg.MaxResponseHeaderBytes)
	}
	n, err := l.conn.Read(p[:min(int64(len(p)), l.left)])
	l.left -= int64(n)
	return n, err
}

// Write writes to the connection and counts.
func (l *line) Write(p []byte) (int, error) {
	n, err := l.conn.Write(p)
	l.sent += int64(n)
	return n, err
}

// close closes the connection, also under an exchange.
func (l *line) close() {
	if l.idle != nil {
		l.idle.Stop()
	}
	// It is of no more use, whatever there is to say of its end.
	_ = l.conn.Close()
}

// rest begins the time without an exchange. The caller holds lines.mu.
func (l *line) rest() {
	l.rested = time.Now()
	switch {
	case l.idle == nil:
		l.idle = time.AfterFunc(idleConnTimeout, func() { l.pool.expire(l) })
	case !l.ticks:
		l.idle.Reset(idleConnTimeout)
	}
	l.ticks = true
}

// wake tells whether nothing has come meanwhile, nor is left of the
// last response: bytes that the next request would get as its answer, an answer
// to nobody's question, which whoever can make a server say too much could
// choose.
func (l *line) wake() bool {
	if l.br.Buffered() > 0 {
		return false
	}
	var one [1]byte
	n, err := l.wire.probe(func() (int, error) { return l.conn.Read(one[:]) })
	return n == 0 && errors.Is(err, errNothingCame)
}

// roundTrip writes out and reads the head of the response. The line is closed if
// that fails, and is kept or closed when the body ends.
func (l *line) roundTrip(x *Exchange, out *http.Request) (*http.Response, error) {
	stop := context.AfterFunc(x.ctx, l.close)
	resp, err := l.talk(x, out)
	if err != nil {
		stop()
		l.close()
		return nil, err
	}
	resp.TLS = l.state
	body := &lineBody{body: resp.Body, end: func(whole bool) {
		if stop() && whole && !resp.Close && resp.StatusCode != http.StatusSwitchingProtocols {
			l.pool.put(l)
		} else {
			l.close()
		}
	}}
	if resp.Body == http.NoBody {
		body.over(true)
	} else {
		resp.Body = body
	}
	return resp, nil
}

// talk is roundTrip up to the head of the final response.
func (l *line) talk(x *Exchange, out *http.Request) (*http.Response, error) {
	l.answered, l.sent = false, 0
	if err := out.Write(l.bw); err != nil {
		return nil, err
	}
	if err := l.bw.Flush(); err != nil {
		return nil, err
	}
	x.trace.wroteLine(l.sent)
	l.left = l.pool.c.cfg.MaxResponseHeaderBytes
	if _, err := l.br.Peek(1); err != nil {
		return nil, err
	}
	l.answered = true
	x.trace.firstByte()
	for {
		resp, err := http.ReadResponse(l.br, out)
		if err != nil {
			return nil, err
		}
		if resp.StatusCode/100 != 1 || resp.StatusCode == http.StatusSwitchingProtocols {
			l.left = math.MaxInt64 // bodies have other bounds
			return resp, nil
		}
		if err := x.trace.got1xx(resp.StatusCode, textproto.MIMEHeader(resp.Header)); err != nil {
			return nil, err
		}
		l.left = l.pool.c.cfg.MaxResponseHeaderBytes // got1xx bounds them together
	}
}

// lineBody is the body of a response on a line. Close can be called while Read
// waits.
type lineBody struct {
	body io.ReadCloser // not closed: it would read to its end
	end  func(whole bool)
	once sync.Once
}

func (b *lineBody) Read(p []byte) (int, error) {
	n, err := b.body.Read(p)
	if err != nil {
		b.over(err == io.EOF)
	}
	return n, err
}

// Close closes the line, unless the body was read to its end.
func (b *lineBody) Close() error {
	b.over(false)
	return nil
}

func (b *lineBody) over(whole bool) {
	b.once.Do(func() { b.end(whole) })
}
