package transfer

import (
	"context"
	"errors"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

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

// linePlace is what is known of a place while it has exchanges or idle lines, and
// for good once it is found to speak HTTP/2.
type linePlace struct {
	place
	users  int           // exchanges under way
	idle   []*line       // the one that was used last comes last
	room   chan struct{} // has an element for each exchange with a connection; nil: no bound
	shared chan struct{} // closed when HTTP/2 is spoken there
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
		return pool.RoundTrip(x.traced(out)) // it says what is wrong
	}
	x.trace.getConn("")
	h, err := p.enter(x, place{out.URL.Scheme, addr})
	if err != nil {
		return nil, err
	}
	for {
		l := p.take(h)
		if l == nil {
			break
		}
		x.trace.gotLine(l.conn, true)
		resp, err := l.roundTrip(x, out)
		if err == nil || l.answered || x.ctx.Err() != nil {
			return resp, err
		}
		// The server may have closed it before it saw the request.
		x.trace.getConn("")
	}
	x.offer = &lineOffer{pool: p, at: h}
	resp, err := pool.RoundTrip(x.traced(out))
	l := x.offer.end()
	switch {
	case l == nil:
		return resp, err
	case !errors.Is(err, errOwnLine):
		p.put(l) // net/http had another connection, or the exchange has ended
		return resp, err
	}
	x.trace.gotLine(l.conn, false)
	return l.roundTrip(x, out)
}

// enter waits until there is room for a connection of x at a place. x leaves when
// it ends.
func (p *lines) enter(x *Exchange, at place) (*linePlace, error) {
	p.mu.Lock()
	p.fading = false
	h := p.places[at]
	if h == nil {
		h = &linePlace{place: at, shared: make(chan struct{})}
		if n := p.c.cfg.MaxConnsPerHost; n > 0 {
			h.room = make(chan struct{}, n)
		}
		p.places[at] = h
	}
	h.users++
	p.mu.Unlock()
	x.leave = func() { p.leave(h, false) }
	if h.room == nil {
		return h, nil
	}
	select {
	case h.room <- struct{}{}: // as mostly, for who bounds connections starts no more rows
	default:
		select {
		case h.room <- struct{}{}:
		case <-h.shared:
			return h, nil
		case <-x.ctx.Done():
			return nil, context.Cause(x.ctx)
		}
	}
	x.leave = func() { p.leave(h, true) }
	return h, nil
}

// leave ends what enter began; had tells that there was room.
func (p *lines) leave(h *linePlace, had bool) {
	if had {
		<-h.room
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	h.users--
	p.tidy(h)
}

// tidy forgets a place that nobody uses. The caller holds mu.
func (p *lines) tidy(h *linePlace) {
	select {
	case <-h.shared:
	default:
		if h.users == 0 && len(h.idle) == 0 {
			delete(p.places, h.place)
		}
	}
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
		h.idle = slices.Delete(h.idle, n-1, n)
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
	h := l.at
	keep := !p.fading && len(h.idle) < p.c.idlePerHost() && p.places[h.place] == h
	if keep {
		l.rest()
		h.idle = append(h.idle, l)
	}
	p.mu.Unlock()
	if !keep {
		l.close()
	}
}

// expire closes a line that was idle for too long, or has its timer look again when
// it will have been.
func (p *lines) expire(l *line) {
	p.mu.Lock()
	i := slices.Index(l.at.idle, l)
	left := idleConnTimeout - time.Since(l.rested)
	if l.ticks = i >= 0 && left > 0; l.ticks {
		l.idle.Reset(left)
		i = -1
	}
	if i >= 0 {
		l.at.idle = slices.Delete(l.at.idle, i, i+1)
		p.tidy(l.at)
	}
	p.mu.Unlock()
	if i >= 0 {
		l.close()
	}
}

// makeRoom closes the idle lines to where out goes, because net/http is about to
// make a connection of its own there, if their number has a bound.
func (p *lines) makeRoom(out *http.Request) {
	addr, err := authority(out.URL)
	if err != nil || p.c.cfg.MaxConnsPerHost <= 0 {
		return
	}
	p.mu.Lock()
	h := p.places[place{out.URL.Scheme, addr}]
	idle := p.clear(h)
	p.mu.Unlock()
	closeAll(idle)
}

// closeIdle closes the lines that no exchange uses, and those in use when they
// become idle, as long as nothing new begins.
func (p *lines) closeIdle() {
	p.mu.Lock()
	p.fading = true
	var idle []*line
	for _, h := range p.places {
		idle = append(idle, p.clear(h)...)
	}
	p.mu.Unlock()
	closeAll(idle)
}

// clear takes the idle lines of a place, which may be nil. The caller holds mu.
func (p *lines) clear(h *linePlace) (idle []*line) {
	if h != nil {
		idle, h.idle = h.idle, nil
		p.tidy(h)
	}
	return idle
}

func closeAll(idle []*line) {
	for _, l := range idle {
		l.close()
	}
}

// share takes note that a place speaks HTTP/2: what waits for room there need
// not.
func (p *lines) share(h *linePlace) {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-h.shared:
	default:
		close(h.shared)
	}
}

// lineOffer is where a dial leaves its line for the exchange that it was begun
// for.
type lineOffer struct {
	pool *lines
	at   *linePlace

	mu    sync.Mutex
	line  *line
	ended bool // nobody waits for it any more
}

// end returns the line, if there is one by now.
func (o *lineOffer) end() *line {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.ended = true
	return o.line
}

// make leaves l, unless it comes too late.
func (o *lineOffer) make(l *line) (taken bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.ended {
		o.line = l
	}
	return !o.ended
}

// own makes conn, which was dialled for the exchange of d, a line if that is what
// the exchange waits for and HTTP/1.1 is spoken. Then it returns errOwnLine.
func (d *dialling) own(conn net.Conn, err error) (net.Conn, error) {
	o := d.x.offer
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
	if !o.make(l) {
		o.pool.put(l)
	}
	return nil, errOwnLine
}
