package session

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"haul/transfer"
	"haul/transfer/partial"
	"haul/transfer/segment"
)

// lane is one connection of a crew with the piece that it fetches.
type lane struct {
	c           *crew
	number      int
	from        *source
	piece       *segment.Piece
	x           *exchange // nil until it was answered
	cancel      context.CancelFunc
	suspensions int  // of the task when it began
	queues      bool // it is the only one, and waits for its turn at the host
	retired     bool // the crew has ended it; guarded by crew.mu
}

// laneEnd is how a lane ended: with an error, or without one when its piece
// came to its end.
type laneEnd struct {
	lane  *lane
	bytes int64
	err   error
}

// retire ends the lane. The caller holds crew.mu.
func (ln *lane) retire() {
	ln.retired = true
	ln.cancel()
}

// run fetches the piece and returns how many bytes it has written.
func (ln *lane) run(ctx context.Context) (int64, error) {
	defer ln.piece.End()
	c := ln.c
	if ln.x == nil {
		x, err := ln.ask(ctx)
		if err != nil {
			return 0, err
		}
		if x == nil {
			return 0, nil // others have taken it over meanwhile
		}
		ln.x = x
	}
	defer ln.x.close()
	poke(c.poke)
	// The first response was asked for before there were lanes, and does not
	// end with one.
	stop := context.AfterFunc(ctx, ln.x.cancel)
	defer stop()
	start := ln.piece.Range().Start
	want := ln.x.reach(c.length) - start
	n, err := transfer.Copy(ctx, c.d.file, start, ln.x.Body, transfer.CopyOptions{
		Wrote: ln.wrote, Limit: ln.from.limit, Want: want, Claim: ln.piece.Claim,
		Buffers: &c.d.l.s.buffers,
	})
	if err == nil && n == want {
		if ln.x != c.d.x { // the receiver does it for the first response
			err = ln.x.proven()
		}
		ln.x.drain() // nothing is left of it, so its connection serves again
	}
	return n, err
}

func (ln *lane) wrote(n int64) {
	ln.from.brought(ln.piece.View().At, n)
	ln.piece.Wrote(n)
	ln.c.mu.Lock()
	ln.c.moved += n
	ln.c.mu.Unlock()
	if !ln.c.mends {
		ln.c.d.l.t.didWrite(n)
	}
}

func poke(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// ask sends the request for the piece and judges the answer: it has to be of
// the version that the file at hand is of. It returns nil without an error
// when there is nothing left to fetch.
func (ln *lane) ask(ctx context.Context) (*exchange, error) {
	c := ln.c
	asked := ln.piece.Range()
	if most := c.most(ln.from); most > 0 {
		asked.End = min(asked.End, asked.Start+most)
	}
	if asked.Start >= asked.End {
		return nil, nil //nolint:nilnil // as said above
	}
	src := ln.from
	if !src.first {
		if err := ln.prove(ctx); err != nil {
			return nil, err
		}
	}
	st, from := src.state(c.d.file.State()), asked.Start
	// Where pieces will tell, mirrors need no comparison but their first one.
	sampled := len(c.sources) > 1 && len(c.d.pieces()) == 0
	before := min(overlapBytes, runBefore(c.d.file.Written(), from))
	switch {
	case src.first && (st.Rule == partial.RuleOverlap || c.d.compares),
		sampled && (!src.first || c.mirrored(partial.Range{Start: from - before, End: from})):
		asked.Start -= before
	}
	if src.first && st.Rule == partial.RuleOverlap && asked.Start == from {
		return nil, fmt.Errorf("%w: nothing is at hand to compare with", errOtherVersion)
	}
	l := ln.branch(ctx)
	l.prepare = func(h http.Header) { transfer.Continue(h, st, asked) }
	began := time.Now()
	x, err := l.authenticated()
	if err != nil {
		return nil, err
	}
	if x.proof != nil && c.many {
		// It would have to be read to its end, whoever takes over a part.
		x.close()
		return nil, fmt.Errorf("%w, or the server cannot show that it has not: its proof is over whole bodies", errOtherVersion)
	}
	if err := ln.judge(x, st, asked, from); err != nil {
		x.close()
		return nil, err
	}
	if !src.first {
		src.learn(x, c.length)
	}
	c.mu.Lock()
	c.proven, c.answer = true, max(c.answer, time.Since(began))
	c.mu.Unlock()
	if !ln.piece.Answered(x.reach(c.length)) {
		x.close()
		return nil, nil //nolint:nilnil // as said above
	}
	return x, nil
}

// mirrorKey is the context key that tells the requests to mirrors.
type mirrorKey struct{}

// branch is a loader for a request of the lane.
func (ln *lane) branch(ctx context.Context) *loader {
	c, src := ln.c, ln.from
	own := c.d.x.ProtoMajor > 1
	if !src.first {
		own = src.req.URL.Scheme == "https" // what it speaks is not known yet
	}
	if !src.first {
		ctx = context.WithValue(ctx, mirrorKey{}, true)
	}
	l := c.d.l.branch(ctx, src.req, own)
	l.queues = ln.queues
	return l
}

// judge holds an answer against the version at hand.
func (ln *lane) judge(x *exchange, st partial.State, asked partial.Range, from int64) error {
	c, other := ln.c, errOtherVersion
	if !ln.from.first {
		other = errOtherBytes
	}
	j := transfer.Judge(x.Response, st, asked)
	switch j.Verdict {
	case transfer.Append:
	case transfer.Refused:
		switch x.StatusCode {
		case http.StatusTooManyRequests, http.StatusRequestTimeout, http.StatusInternalServerError,
			http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
			return &refusedError{x.StatusCode, transfer.RetryAfter(x.Header, time.Now())}
		}
		if !ln.from.first {
			return errors.New(j.Reason)
		}
		return fmt.Errorf("%w, or is not to be had any more: %s", other, j.Reason)
	case transfer.Whole, transfer.Complete, transfer.Again:
		if ln.from.first && j.Reason == transfer.ReasonIgnored {
			return errRangeIgnored
		}
		return fmt.Errorf("%w, or the server cannot show that it has not: %s", other, j.Reason)
	}
	if j.Total != c.length {
		return fmt.Errorf("%w: its length differs", other)
	}
	if asked.Start == from {
		return nil
	}
	same, err := compare(x.Body, c.d.file, asked.Start, from)
	switch {
	case err != nil || same:
		return err
	case len(c.sources) > 1:
		return &differError{partial.Range{Start: asked.Start, End: from}}
	}
	return fmt.Errorf("%w: the bytes at hand differ", errOtherVersion)
}

// runBefore is the number of bytes of the set right before off.
func runBefore(have partial.RangeSet, off int64) int64 {
	for _, r := range have.Ranges() {
		if r.Start < off && off <= r.End {
			return off - r.Start
		}
	}
	return 0
}
