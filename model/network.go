package model

import (
	"net/netip"
	"net/url"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"haul/session"
	"haul/session/reachability"
)

// noNetwork is the reason of a row that only the network can start again.
const noNetwork = "no network: waits for it"

// network is what the model knows of the machine's way out. Without a path it
// is always online and never changes.
type network struct {
	path    reachability.Path
	changes <-chan struct{} // the model's one subscription, which ends with its context
	heard   int             // changes since it began
	was     bool            // it was online at some time since then
}

// watchAfter is how long a model does without watching the network: what the
// machine says of it takes as long as a small file does.
const watchAfter = 250 * time.Millisecond

// watch subscribes to changes, unless that is done: after [watchAfter], so that
// none during a longer attempt is missed, or when the first failure asks.
func (m *Model) watch() {
	n := &m.net
	if n.path == nil || n.changes != nil {
		return
	}
	n.changes = n.path.Changes(m.ctx)
	n.online()
	m.later(n.listen())
}

// online tells whether trying makes sense now.
func (n *network) online() bool {
	on := n.path == nil || n.path.Online()
	n.was = n.was || on
	return on
}

// listen is the command that waits for the next change; nil where none will
// come.
func (n *network) listen() tea.Cmd {
	changes := n.changes
	if changes == nil {
		return nil
	}
	return func() tea.Msg {
		if _, ok := <-changes; !ok {
			return nil
		}
		return networkMsg{}
	}
}

// offline tells whether rows are to wait for the network and for nothing else.
// Such a wait has no end. Where nobody is there to end it, it is begun only if
// the machine had a network before: a transfer that runs over night survives
// the night, and a script on a machine without a network ends.
func (m *Model) offline() bool {
	return !m.net.online() && (m.net.was || m.opt.Interactive)
}

// askNetwork completes a failure with what the network has to do with it.
func (m *Model) askNetwork(r *row, f *failure) {
	r.listens = m.net.path != nil && f.ofNetwork() && !f.local
	if r.listens {
		m.watch()
		f.offline = m.offline()
		f.changed = r.heard != m.net.heard
	}
}

// awaitNetwork takes the clock off a row that waits for its retry.
func (m *Model) awaitNetwork(r *row) {
	r.retryAt = time.Time{}
	m.version++
}

// networkChanged starts the rows that a change is a reason for, as soon as
// their shortest wait is over; without a network they wait for the next one.
func (m *Model) networkChanged(now time.Time) {
	m.net.heard++
	offline := m.offline()
	for _, r := range m.all {
		switch {
		case r.state != Retrying || !r.listens:
		case offline:
			m.awaitNetwork(r)
		case r.retryAt.IsZero() || r.notBefore.Before(r.retryAt):
			m.retryWhen(r, r.notBefore)
		}
	}
	m.due(now)
}

// isLocal tells whether what a task failed to reach is on this machine and so
// reachable always: its server, or a proxy that it was connected to.
func isLocal(t session.Task) bool {
	if req := t.CurrentRequest(); req != nil && isLoopback(req.URL.Hostname()) {
		return true
	}
	tried := t.Metrics().Transactions
	if len(tried) == 0 {
		return false
	}
	u := url.URL{Host: tried[len(tried)-1].RemoteAddr}
	return isLoopback(u.Hostname())
}

// isLoopback tells the hosts that are this machine (RFC 6761 section 6.3).
func isLoopback(host string) bool {
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Unmap().IsLoopback()
}
