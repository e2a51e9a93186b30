package session

import "haul/transfer/partial"

// What a request asks for and nobody reads any more is sent in vain: when the
// process is killed, or another connection takes over the end of it. So requests
// after the first ask for so little that those of all connections together are
// one part in askedParts of the file, and that of a single one, which nobody else
// is ahead of, one in askedAlone. They ask for no less than leastAsked bytes, or
// leastTogether where there are many, nor than comes in askedTrips round trips,
// beside which the wait for the next answer is little.
const (
	leastAsked    = 256 << 10
	leastTogether = 3 << 19
	askedTrips    = 32
	askedParts    = 256
	askedAlone    = 64
)

// worthAsking is how many bytes of a file of length bytes each of so many lanes
// asks for at most. rate is in bytes per second, of all of them together.
func (c *crew) worthAsking(lanes int, rate float64) int64 {
	if lanes <= 1 {
		return max(leastAsked, c.length/askedAlone)
	}
	trips := rate / float64(lanes) * askedTrips * c.rtt.Seconds()
	least := min(leastAsked, leastTogether/int64(lanes))
	return max(least, c.length/askedParts/int64(lanes), int64(trips))
}

// most is how many bytes a request to a source asks for at most, 0 for no bound:
// where each request needs a connection of its own or a comparison, or others
// wait for the host's connections.
func (c *crew) most(src *source) int64 {
	first := c.d.x
	if !c.many || first.ProtoMajor > 1 || first.Close || c.d.compares || len(c.sources) > 1 ||
		c.d.l.s.slots.crowded(src.key) {
		return 0
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.asked
}

// firstPart is the part of a gap that the first request of a continued download
// asks for, all of it where no other connection would fetch the rest. Over https
// the answer may be a stream of HTTP/2, which no lane goes on with.
func (r *resumption) firstPart(gap partial.Range) partial.Range {
	t := r.l.t
	t.mu.Lock()
	n := t.connections
	mirrored := len(t.mirrors) > 0
	t.mu.Unlock()
	if n == 0 || n == 1 || mirrored || r.triedPart || r.rule != partial.RuleValidator || r.from.fresh != nil ||
		r.l.req.URL.Scheme != "http" || r.l.connectionBound() || r.st.Length-r.have < leastSegmented {
		return gap
	}
	end := gap.Start + max(leastSegmented, r.st.Length/askedAlone)
	if gap.End < 0 && end < r.st.Length || end < gap.End {
		gap.End = end
	}
	return gap
}
