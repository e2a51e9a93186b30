package model

import (
	"net/url"

	tea "charm.land/bubbletea/v2"

	"haul/session"
)

// Handover is a transfer that goes on without this program.
type Handover struct {
	Spec Spec // Spec.Paused: it is to wait; Spec.Limit is what the row has now
	// AllLimit and HostLimit are the rates that it shares with all transfers of
	// this program and with those of its Host, in bytes per second, 0 for none.
	AllLimit, HostLimit int64
	Host                string
	// Resume is what it goes on from, nil for from the beginning.
	Resume session.ResumeData
	// Credential is one that the row's own origin has been given, nil for
	// none.
	Credential *session.Credential
}

// HangupMsg is sent to a front end from outside its loop when the terminal has
// gone and transfers are to go on: it makes it call [Model.Detach] without a
// question. Model.Update ignores it.
type HangupMsg struct{}

// detachedMsg is what became of handovers.
type detachedMsg struct {
	taken []RowID
	err   error // the first failure
}

// Detachable tells whether transfers can go on in the background.
func (m *Model) Detachable() bool { return m.opt.Handover != nil }

// DetachCost names the rows whose bytes would be fetched anew in the
// background, because they cannot be resumed.
func (m *Model) DetachCost() (again []string) {
	for _, r := range m.all {
		if r.task != nil && m.losesBytes(r) {
			again = append(again, r.name)
		}
	}
	return again
}

// Detach is Quit that hands everything that is not done to the agent: what runs
// is ended by producing resume data, from which the agent goes on. What it does
// not take stays for the next run.
func (m *Model) Detach() tea.Cmd {
	if m.leaving || m.opt.Handover == nil {
		return nil
	}
	m.detaching = make(map[RowID]bool)
	for _, r := range m.all {
		if r.spec.Data {
			continue // what is in memory goes with this program
		}
		m.detaching[r.id] = r.state == Paused || r.state == Held || r.state == Pausing
	}
	return m.Quit()
}

// Detached tells how many rows the agent has taken, and why it did not take one
// that it should have.
func (m *Model) Detached() (n int, err error) { return m.handedOver, m.detachErr }

// handOver is the command that hands over what is at rest now.
func (m *Model) handOver() tea.Cmd {
	type one struct {
		id   RowID
		what Handover
	}
	var all []one
	for _, r := range m.all {
		paused, ours := m.detaching[r.id]
		if r.task != nil || !ours || r.state.finished() {
			continue
		}
		h := Handover{Spec: *r.spec, Credential: m.opt.Credential, Host: r.host}
		h.Spec.Limit, h.AllLimit, h.HostLimit = r.limit, m.RateLimit(), m.HostRateLimit(r.host)
		if r.spec.Upload == "" {
			var err error
			if h.Resume, err = m.resumeData(r); err != nil {
				m.detachErr = err // and the row stays
				continue
			}
		}
		if info, err := h.Resume.Describe(); h.Resume != nil && err == nil {
			if at, err := url.Parse(info.URL); err == nil {
				h.Spec.Header = r.header(at)
			}
		}
		h.Spec.Paused = paused
		h.Spec.Priority = r.rank.urgency
		if r.ran != nil && r.ran.lineage != nil {
			r.ran.lineage.handOver(&h)
		}
		all = append(all, one{r.id, h})
	}
	ctx, hand := m.ctx, m.opt.Handover
	return func() tea.Msg {
		var msg detachedMsg
		for _, o := range all {
			if err := hand(ctx, o.what); err != nil {
				if msg.err == nil {
					msg.err = err
				}
				continue
			}
			msg.taken = append(msg.taken, o.id)
		}
		return msg
	}
}

// handOver adds what the user has given since the row was made.
func (l *lineage) handOver(h *Handover) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.name != "" {
		h.Spec.Name = l.name
	}
	for space, cred := range l.creds {
		if l.owns(space) {
			h.Credential = cred
		}
	}
}

// detached takes the rows off that the agent has, so that the next run offers
// none of them.
func (m *Model) detached(msg detachedMsg) {
	m.handedOver, m.detachErr = len(msg.taken), msg.err
	for _, id := range msg.taken {
		r := m.rows[id]
		m.release(r)
		r.inherited = true // somebody else has its bytes
		m.count(r, r.state, -1)
		r.removed = true
		m.account(r)
		m.journal(r)
	}
	m.dropRemoved()
	m.relist()
	m.detaching = nil
	m.leave()
}
