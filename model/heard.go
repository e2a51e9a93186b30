package model

import "time"

// heard are the two hosts that sent something last, and when: whether a failure
// is one of its host or of the network shows in the others.
type heard [2]struct {
	host string
	at   time.Time
}

// note takes down that a host has sent something.
func (h *heard) note(host string, now time.Time) {
	if h[0].host != host {
		h[1] = h[0]
	}
	h[0].host, h[0].at = host, now
}

// othersSince tells whether another host has sent something since.
func (h *heard) othersSince(host string, since time.Time) bool {
	for _, one := range h {
		if one.host != host && one.at.After(since) {
			return true
		}
	}
	return false
}

// shortlyBefore is how old what another host has sent may be to say something
// of a failure: to notice a lost connection takes longer than to lose it.
const shortlyBefore = 10 * time.Second

// othersReachable tells whether other hosts could be reached when the row failed,
// or can be since.
func (m *Model) othersReachable(r *row) bool {
	return r.state == Failed && failure{code: r.code}.ofNetwork() && r.ran != nil &&
		m.heard.othersSince(r.host, r.ran.failedAt.Add(-shortlyBefore))
}
