package transfer

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"

	"golang.org/x/net/http/httpguts"
)

// lines are the connections of HTTP/1.1 that serve exchanges without net/http's
// Transport, see the package comment. The Transport dials them all the same:
// what it gets in place of a connection is errOwnLine.
type lines struct {
	c *Client

	mu     sync.Mutex
	places map[place]*linePlace
	// fading says that lines are closed when they become idle, because that is
	// what was asked for and nothing has begun since.
	fading bool
}

// place is where lines lead to.
type place struct{ scheme, addr string }

// linePlace is what is known of a place.
type linePlace struct {
	idle []*line       // the one that was used last comes last
	room chan struct{} // has an element for each exchange under way; nil: no bound
	// shared is closed when the place is found to speak HTTP/2.
	shared chan struct{}
}

// errOwnLine ends a dial whose connection has become a line.
var errOwnLine = errors.New("the connection serves its exchange by itself")

func newLines(c *Client) *lines {
	return &lines{c: c, places: make(map[place]*linePlace)}
}

// serves tells whether out is a request for a line: it has no body, so that it
// is written before the response is read, and it may be sent again. What
// net/http would find wrong with it is left to net/http.
func (p *lines) serves(x *Exchange, out *http.Request) bool {
	if x.proxy != nil || x.request.Pin != nil || out.Body != nil || len(out.Trailer) > 0 {
		return false
	}
	if out.Method != "" && out.Method != http.MethodGet && out.Method != http.MethodHead {
		return false
	}
	for name, values := range out.Header {
		if !httpguts.ValidHeaderFieldName(name) || name == "Upgrade" || name == "Expect" {
			return false
		}
		for _, v := range values {
			if !httpguts.ValidHeaderFieldValue(v) {
				return false
			}
		}
	}
	return true
}

// roundTrip sends out over a line, or over a connection of pool where the place
// turns out to speak HTTP/2.
func (p *lines) roundTrip(x *Exchange, pool *http.Transport, out *http.Request) (*http.Response, error) {
	addr, err := authority(out.URL)
	if err != nil {
		return pool.RoundTrip(out) // it says what is wrong
	}
	at := place{out.URL.Scheme, addr}
	h := p.at(at)
	if isDone(h.shared) {
		return pool.RoundTrip(out)
	}
	x.trace.getConn("")
	if err := p.enter(x, h); err != nil {
		return nil, err
	}
	for {
		l := p.take(h)
		reused := l != nil
		if reused {
			x.trace.getConn("")
		} else {
			x.lines = &lineOffer{pool: p, at: h}
			resp, err := pool.RoundTrip(out)
			l = x.lines.over()
			if l == nil {
				return resp, err
			}
			if !errors.Is(err, errOwnLine) { // net/http had another one
				p.put(l)
				return resp, err
			}
		}
		x.trace.got(l.conn, l.conn.LocalAddr(), l.conn.RemoteAddr(), reused, reused)
		resp, err := l.roundTrip(x, out)
		if err == nil {
			return resp, nil
		}
		l.close()
		if !reused || l.answered || x.ctx.Err() != nil {
			return nil, err
		}
	}
}

// at returns what is known of a place.
func (p *lines) at(at place) *linePlace {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fading = false
	h := p.places[at]
	if h == nil {
		h = &linePlace{shared: make(chan struct{})}
		if n := p.c.cfg.MaxConnsPerHost; n > 0 {
			h.room = make(chan struct{}, n)
		}
		p.places[at] = h
	}
	return h
}

// enter waits until there is room for a connection of x.
func (p *lines) enter(x *Exchange, h *linePlace) error {
	if h.room == nil {
		return nil
	}
	select {
	case h.room <- struct{}{}:
		x.leave = func() { <-h.room }
	case <-h.shared:
	case <-x.ctx.Done():
		return context.Cause(x.ctx)
	}
	return nil
}

// take returns an idle line on which nothing has come since its last response,
// nil if there is none.
func (p *lines) take(h *linePlace) *line {
	for {
		p.mu.Lock()
		n := len(h.idle)
		if n == 0 {
			p.mu.Unlock()
			return nil
		}
		l := h.idle[n-1]
		h.idle[n-1] = nil
		h.idle = h.idle[:n-1]
		p.mu.Unlock()
		if l.wake() {
			return l
		}
		l.close()
	}
}

// put keeps a line for the next exchange.
func (p *lines) put(l *line) {
	p.mu.Lock()
	keep := !p.fading && len(l.at.idle) < p.c.idlePerHost()
	if keep {
		l.rest()
		l.at.idle = append(l.at.idle, l)
	}
	p.mu.Unlock()
	if !keep {
		l.close()
	}
}

// expire closes a line that was idle for too long.
func (p *lines) expire(l *line) {
	p.mu.Lock()
	found := false
	for i, other := range l.at.idle {
		if other == l {
			l.at.idle = append(l.at.idle[:i], l.at.idle[i+1:]...)
			found = true
			break
		}
	}
	p.mu.Unlock()
	if found {
		l.close()
	}
}

// makeRoom closes the idle lines to where out goes, because net/http is about to
// make a connection of its own there.
func (p *lines) makeRoom(out *http.Request) {
	if p.c.cfg.MaxConnsPerHost <= 0 {
		return
	}
	addr, err := authority(out.URL)
	if err != nil {
		return
	}
	p.mu.Lock()
	var idle []*line
	if h := p.places[place{out.URL.Scheme, addr}]; h != nil {
		idle, h.idle = h.idle, nil
	}
	p.mu.Unlock()
	for _, l := range idle {
		l.close()
	}
}

// closeIdle closes the lines that no exchange uses, and those in use when they
// become idle, as long as nothing new begins.
func (p *lines) closeIdle() {
	p.mu.Lock()
	p.fading = true
	var idle []*line
	for _, h := range p.places {
		idle = append(idle, h.idle...)
		h.idle = nil
	}
	p.mu.Unlock()
	for _, l := range idle {
		l.close()
	}
}

// lineOffer is where a dial leaves its line for the exchange that it was begun
// for.
type lineOffer struct {
	pool *lines
	at   *linePlace

	mu   sync.Mutex
	line *line
	past bool // nobody waits for it any more
}

// over returns the line, if there is one, and takes none from now on.
func (o *lineOffer) over() *line {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.past = true
	l := o.line
	o.line = nil
	return l
}

// own makes conn, which speaks HTTP/1.1 if it is no TLS connection that agreed
// on something else, a line if that is what the exchange of d waits for. Then it
// returns errOwnLine.
func (d *dialling) own(conn net.Conn, err error) (net.Conn, error) {
	o := d.x.lines
	if err != nil || o == nil {
		return conn, err
	}
	if agreedOn(conn) == "h2" {
		o.pool.share(o.at)
		return conn, nil
	}
	l := newLine(o.pool, o.at, conn)
	if l == nil {
		return conn, nil
	}
	o.mu.Lock()
	late := o.past
	if !late {
		o.line = l
	}
	o.mu.Unlock()
	if late {
		o.pool.put(l)
	}
	return nil, errOwnLine
}

// share takes note that a place speaks HTTP/2.
func (p *lines) share(h *linePlace) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !isDone(h.shared) {
		close(h.shared)
	}
}

func isDone(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
