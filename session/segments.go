package session

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"haul/session/internal/authn"
	"haul/transfer"
	"haul/transfer/partial"
	"haul/transfer/segment"
)

// Sizes and times of a download on several connections.
const (
	// leastSegmented bytes have to be missing for a second connection to be
	// tried.
	leastSegmented = 2 << 20
	// leastPiece and mostPiece, in bytes, bound what is worth a request of its
	// own: what comes in the time of so many round trips.
	leastPiece = 128 << 10
	mostPiece  = 1 << 20
	pieceTrips = 4
	// autoMost is how many connections Auto may use where
	// MaxConnectionsPerHost sets no bound.
	autoMost = 16
	// A request that brings fewer than fruitful bytes is a poor one. After
	// more than mostPoor of them in a row the download is given up; between
	// them it rests for a while that grows by poorPause, or as long as the
	// server asks for, but no longer than mostWait.
	fruitful  = 64 << 10
	mostPoor  = 4
	poorPause = 200 * time.Millisecond
	mostWait  = 10 * time.Second
	// A piece of which nothing came for stuckAfter, so many round trips and so
	// many of the longest waits for an answer is stuck.
	stuckAfter   = 50 * time.Millisecond
	stuckTrips   = 10
	stuckAnswers = 2
)

// errOtherVersion says that the server has gone over to another file, or cannot
// show that it has not, while parts of the first one were still missing.
var errOtherVersion = errors.New("the file changed on the server while it came")

// errRangeIgnored says that the server sent everything in answer to a range,
// of the version at hand.
var errRangeIgnored = fmt.Errorf("%w, or the server cannot show that it has not: %s", errOtherVersion, transfer.ReasonIgnored)

// Segment is what one connection of a running download fetches.
type Segment struct {
	// Connection counts the connections from 1 on; the number of one that has
	// ended is used again.
	Connection int
	// Start is the first byte of its range, At the next that will come, End
	// the one behind the range, which moves when connections share anew.
	Start, At, End int64
	Rate           float64 // bytes per second
	Host           string
}

// Segments returns what each connection fetches just now, in the order of the
// file. It is empty for a download that goes the ordinary way, on one
// connection for the whole of it.
func (t *DownloadTask) Segments() []Segment {
	t.mu.Lock()
	c := t.crew
	t.mu.Unlock()
	if c == nil {
		return nil
	}
	return c.segments()
}

// Have returns the bytes of the file that are at hand, while what is missing
// comes as [DownloadTask.Segments] says; nothing at other times.
func (t *DownloadTask) Have() partial.RangeSet {
	t.mu.Lock()
	c := t.crew
	t.mu.Unlock()
	if c == nil {
		return partial.RangeSet{}
	}
	return c.d.file.Written()
}

// crew fetches what is missing of one file over as many connections as pay
// (Configuration.Connections). It lives on the task's goroutine; each
// connection has a goroutine of its own, a lane, which ends with its piece.
//
// The first response is the measure: lanes ask its URL for ranges of the same
// version, and what answers otherwise ends the sharing out. The responses that
// have been found good go on then, for all their bytes are of one version.
type crew struct {
	d       *receiver
	length  int64
	plan    *segment.Plan
	tuner   *segment.Tuner
	sources []*source // where lanes may ask; one when there are no mirrors
	perHost int       // connections to each, 0 for no bound
	rtt     time.Duration
	began   time.Time
	astray  uint32 // packets of the first connection out of order before began
	ended   chan laneEnd
	poke    chan struct{} // a lane was answered
	lanes   sync.WaitGroup

	mends    bool  // what it fetches was told once already
	many     bool  // it began as one that may share out
	alone    bool  // no further connections
	stream   *lane // the first one while it is a stream of HTTP/2, see overtaken
	poor     int   // requests in a row that have brought next to nothing
	idle     bool  // nothing is left for one that could be added
	resting  time.Time
	measured time.Time
	lost     error // of the last lane whose connection broke under it

	mu     sync.Mutex    // guards what follows
	crew   []*lane       // in the order of their beginning
	moved  int64         // bytes of all lanes
	proven bool          // a range was answered with what was asked for
	answer time.Duration // the longest that a lane had to wait for an answer
	asked  int64         // bytes that a request asks for at most
}

// crewFor returns a crew for what is missing of the file, nil where one
// connection fetches it as it comes. first has the bytes from off on.
func (d *receiver) crewFor(off, length int64) *crew {
	// Of a download that goes on only a part was asked for, see firstPart.
	part := off > 0 && d.x.reach(length) < length
	if length < 0 || !d.resumable && !part {
		return nil
	}
	t := d.l.t
	missing := d.file.Written().Missing(length)
	var left int64
	for _, r := range missing {
		left += r.End - r.Start
	}
	t.mu.Lock()
	n := t.connections
	t.mu.Unlock()
	// With mirrors even one connection may have to go on from another place.
	mirrored := len(d.sources) > 1
	many := (n != 0 && n != 1 || mirrored) && left >= leastSegmented && d.file.State().Rule == partial.RuleValidator
	// A connection that carries an authentication has no second one like it,
	// and a proof over the whole body needs the whole body.
	many = many && !d.l.connectionBound() && d.x.proof == nil && d.resumable
	holes := len(missing) > 1 || len(missing) == 1 && missing[0] != partial.Range{Start: off, End: length}
	if !many && !holes && !part {
		return nil
	}
	return d.newCrew(missing, length, many)
}

// newCrew returns a crew for the missing ranges.
func (d *receiver) newCrew(missing []partial.Range, length int64, many bool) *crew {
	d.l.t.mu.Lock()
	n := d.l.t.connections
	d.l.t.mu.Unlock()
	if n == 0 {
		n = 1
	}
	most := d.l.s.cfg.MaxConnectionsPerHost
	c := &crew{
		d: d, length: length, plan: segment.NewPlan(missing), sources: d.sources, rtt: d.x.roundTrip(),
		began: time.Now(), ended: make(chan laneEnd), poke: make(chan struct{}, 1), many: many, alone: !many,
		proven: d.x.StatusCode == http.StatusPartialContent, perHost: most, asked: leastAsked,
	}
	if most == 0 && n == Auto {
		c.perHost = autoMost
	}
	switch bound := c.perHost * len(c.sources); {
	case n == Auto:
		c.tuner = segment.NewTuner(bound, c.rtt)
	case bound > 0:
		c.tuner = segment.NewFixed(min(n, bound))
	default:
		c.tuner = segment.NewFixed(n)
	}
	return c
}

// run returns when all bytes are there, or with what went wrong. No lane is
// left then.
func (c *crew) run(off int64) error {
	t := c.d.l.t
	ctx, cancel := context.WithCancel(c.d.l.ctx)
	if p := c.d.x.promises; p != nil {
		p.shared()
	}
	t.mu.Lock()
	t.crew = c
	t.mu.Unlock()
	defer func() {
		cancel()
		go func() { c.lanes.Wait(); close(c.ended) }()
		for range c.ended { // their errors come of cancel
		}
		t.mu.Lock()
		t.crew = nil
		t.mu.Unlock()
	}()
	c.measured, c.astray = c.began, c.d.x.outOfOrder()
	c.tuner.Restart(c.sample())
	if p := c.plan.Adopt(off, c.d.x.reach(c.length)); p != nil {
		ln := c.add(ctx, p, c.d.x, c.d.firstSource())
		if c.d.x.ProtoMajor == 2 && !c.alone {
			c.stream = ln
		}
	} else {
		c.d.x.close()
	}
	timer := time.NewTimer(0)
	defer timer.Stop()
	for c.plan.Left() > 0 {
		if err := c.adjust(ctx); err != nil {
			return err
		}
		timer.Reset(c.interval())
		select {
		case e := <-c.ended:
			if err := c.handle(e); err != nil {
				return err
			}
		case <-c.poke:
		case <-timer.C:
		case <-ctx.Done():
			return context.Cause(c.d.l.ctx)
		}
	}
	return nil
}

// interval is how long to wait for something to happen.
func (c *crew) interval() time.Duration {
	if c.d.l.t.holdsStill() {
		return time.Second
	}
	if all, _ := c.count(); all == 0 && time.Now().Before(c.rested()) {
		return time.Until(c.rested())
	}
	if c.idle {
		return stuckAfter / 2
	}
	return c.tuner.Interval()
}

// sample is what the tuner is shown.
func (c *crew) sample() segment.Sample {
	s := segment.Sample{At: time.Since(c.began), Left: c.plan.Left(), Lossy: c.d.x.outOfOrder() > c.astray}
	c.mu.Lock()
	defer c.mu.Unlock()
	s.Received = c.moved
	for _, ln := range c.crew {
		if ln.piece.View().Answered {
			s.Answered++
		}
	}
	return s
}

// count is how many lanes there are, those that were told to end included:
// they have their connection still. active is how many were not told.
func (c *crew) count() (all, active int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, ln := range c.crew {
		if !ln.retired {
			active++
		}
	}
	return len(c.crew), active
}

// adjust makes the number of lanes the one that pays.
func (c *crew) adjust(ctx context.Context) error {
	now := time.Now()
	s := c.sample()
	if c.d.l.t.holdsStill() {
		c.measured = now
		c.tuner.Restart(s)
		return nil
	}
	if d := now.Sub(c.measured); d >= 10*time.Millisecond {
		c.plan.Sample(d)
		c.rate()
		c.measured = now
	}
	want := 1
	all, active := c.count()
	if !c.alone {
		want = c.tuner.Observe(s)
		if n := max(s.Answered, 1); s.At > 0 {
			rate := float64(s.Received) / s.At.Seconds() / float64(n)
			least := min(max(int64(rate*pieceTrips*c.rtt.Seconds()), leastPiece), mostPiece)
			c.plan.Tune(least, stuckAfter+stuckTrips*c.rtt+stuckAnswers*c.slowestAnswer())
			c.mu.Lock()
			c.asked = c.worthAsking(max(want, active), float64(s.Received)/s.At.Seconds())
			c.mu.Unlock()
		}
		if mine := c.crowded(active); mine {
			want = min(want, active-1)
			c.tuner.Crowded(s.At, want)
		}
		want = c.overtaken(s, want)
		for ; active > want; active-- {
			c.retireLast()
		}
	}
	for n := all; c.idle && !c.alone && n < want && c.relieve(); n++ {
	}
	c.idle = false
	for all < want && !now.Before(c.resting) && !c.idle {
		from := c.from(now, want)
		if from == nil {
			break
		}
		if p := c.plan.Take(!c.alone && want > 1); p != nil {
			c.add(ctx, p, nil, from)
			all++
		} else {
			c.idle = true
		}
	}
	if all == 0 && c.nobody() && c.plan.Left() > 0 {
		return &Error{Code: NetworkConnectionLost, Err: c.lost}
	}
	return nil
}

// slowestAnswer is the longest time that the server took to answer so far.
func (c *crew) slowestAnswer() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.answer
}

// retireLast ends the lane that came last, of those from the slowest source.
func (c *crew) retireLast() {
	c.mu.Lock()
	defer c.mu.Unlock()
	var last *lane
	for _, ln := range slices.Backward(c.crew) {
		if !ln.retired && (last == nil || ln.from.rate < last.from.rate) {
			last = ln
		}
	}
	if last != nil {
		last.retire()
	}
}

// relieve ends a lane to which nothing comes any more while others have
// nothing left to do, so that one of them fetches what it holds. It returns
// false if there is none.
func (c *crew) relieve() bool {
	p := c.plan.Rescue()
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, ln := range c.crew {
		if ln.piece == p && !ln.retired {
			ln.retire()
			c.stuck(ln.from)
			return true
		}
	}
	return false
}

// add begins a lane for p. x is its response, nil when it has to ask from for
// one.
func (c *crew) add(ctx context.Context, p *segment.Piece, x *exchange, from *source) *lane {
	ctx, cancel := context.WithCancel(ctx)
	from.tried = true
	ln := &lane{c: c, from: from, piece: p, cancel: cancel, suspensions: c.d.l.t.suspended(), x: x}
	c.mu.Lock()
	ln.queues = len(c.crew) == 0
	for ln.number = 1; slices.ContainsFunc(c.crew, func(o *lane) bool { return o.number == ln.number }); {
		ln.number++
	}
	c.crew = append(c.crew, ln)
	c.mu.Unlock()
	c.lanes.Add(1)
	go func() {
		defer c.lanes.Done()
		n, err := ln.run(ctx)
		cancel()
		c.ended <- laneEnd{lane: ln, bytes: n, err: err}
	}()
	return ln
}

// handle draws the conclusions from the end of a lane. An error ends the
// download.
func (c *crew) handle(e laneEnd) error {
	c.mu.Lock()
	c.crew = slices.DeleteFunc(c.crew, func(ln *lane) bool { return ln == e.lane })
	others := len(c.crew)
	c.mu.Unlock()
	if e.lane == c.stream || e.err != nil {
		c.stream = nil // it is over, or what was to overtake it did not get through
	}
	var wire *transfer.Error
	at := time.Since(c.began)
	switch {
	case e.err == nil:
		c.poor, e.lane.from.poor = 0, 0
		return nil
	case e.lane.retired:
		return nil
	case errors.As(e.err, &wire) && wire.Phase == transfer.PhaseFile, isFileError(e.err), errors.Is(e.err, authn.ErrServerProof):
		return e.err
	case len(c.sources) > 1:
		return c.blame(e)
	case errors.Is(e.err, errNoSlot):
		c.tuner.Crowded(at, others)
		c.resting = time.Now().Add(poorPause)
		return nil
	case errors.Is(e.err, errOtherVersion):
		c.alone = true
		if others > 0 {
			return nil
		}
		if errors.Is(e.err, errRangeIgnored) && c.poor < mostPoor {
			// It knows ranges, as others were answered; one of several
			// machines behind the name may not.
			c.poor++
			c.resting = time.Now().Add(time.Duration(c.poor) * poorPause)
			return nil
		}
		// The connections that brought the version at hand are gone. Another
		// task can begin with the present one.
		return &Error{Code: NetworkConnectionLost, Err: e.err}
	case e.bytes >= fruitful, e.lane.suspensions != c.d.l.t.suspended():
		c.poor, c.lost = 0, e.err
		return nil
	}
	return c.poorly(e, at, others)
}

// poorly handles a connection that has brought next to nothing: there are too
// many, or the server is in trouble.
func (c *crew) poorly(e laneEnd, at time.Duration, others int) error {
	var refused *refusedError
	var wait time.Duration
	if errors.As(e.err, &refused) {
		wait = refused.wait
	}
	c.tuner.Refused(at, others, wait)
	c.poor++
	pause := min(max(wait, time.Duration(c.poor)*poorPause), mostWait)
	if at := time.Now().Add(pause); at.After(c.resting) {
		c.resting = at
	}
	c.mu.Lock()
	proven := c.proven
	c.mu.Unlock()
	switch {
	case others > 0:
		return nil
	case c.poor <= mostPoor && !errors.Is(e.err, transfer.ErrTimeout) && (proven || refused != nil):
		return nil
	case c.lost != nil && !proven:
		return c.lost // going on in the same task was worth a try
	case refused != nil:
		return &Error{Code: NetworkConnectionLost, Err: e.err}
	}
	return e.err
}

// isFileError tells whether the file could not be read or written.
func isFileError(err error) bool {
	var known *Error
	return errors.As(err, &known) && known.Code == CannotOpenFile
}

// segments is what Segments tells.
func (c *crew) segments() []Segment {
	c.mu.Lock()
	defer c.mu.Unlock()
	var all []Segment
	for _, ln := range c.crew {
		v := ln.piece.View()
		if !v.Answered {
			continue
		}
		all = append(all, Segment{
			Connection: ln.number, Start: v.Start, At: v.At, End: v.End, Rate: v.Rate, Host: ln.from.req.URL.Host,
		})
	}
	slices.SortFunc(all, func(a, b Segment) int { return int(min(max(a.Start-b.Start, -1), 1)) })
	return all
}

// suspended counts how often the task was suspended.
func (t *task) suspended() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.suspensions
}

// roundTrip is the time that the server of x takes to answer: what the system
// has measured, or else that of the TCP handshake, or from the request to the
// response. 0 when it is unknown.
func (x *exchange) roundTrip() time.Duration {
	if x.wire == nil {
		return 0
	}
	tr := x.wire.Transaction()
	if trip := x.wire.RoundTrip(); trip > 0 && !tr.Proxied {
		return trip
	}
	if !tr.ConnectDone.IsZero() && !tr.ConnectStart.IsZero() && !tr.Proxied {
		return tr.ConnectDone.Sub(tr.ConnectStart)
	}
	if !tr.RequestDone.IsZero() && tr.ResponseStart.After(tr.RequestDone) {
		return tr.ResponseStart.Sub(tr.RequestDone)
	}
	return 0
}

// outOfOrder counts the packets that came out of order on the connection of x.
func (x *exchange) outOfOrder() uint32 {
	if x.wire == nil {
		return 0
	}
	return x.wire.OutOfOrder()
}

// reach is the end of the bytes of the file that the body of x has, where the
// file has so many.
func (x *exchange) reach(length int64) int64 {
	if x.StatusCode != http.StatusPartialContent {
		return length
	}
	got, err := transfer.ParseContentRange(x.Header.Get("Content-Range"))
	if err != nil {
		return 0
	}
	return min(got.End, length)
}

// refusedError is an answer that has none of the bytes that were asked for.
type refusedError struct {
	status int
	wait   time.Duration // that the server asked for
}

func (e *refusedError) Error() string { return fmt.Sprintf("status %d to a range", e.status) }
