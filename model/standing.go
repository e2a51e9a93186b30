package model

import (
	"time"

	"haul/session"
	"haul/transfer/partial"
)

// follow shows what the agent says of a row's task, whoever has changed it:
// another terminal, a command, or the agent itself.
func (m *Model) follow(r *row) {
	if r.task == nil {
		return
	}
	st := r.task.Standing()
	if d := r.task.Description(); d != "" && r.spec.Upload == "" && d != r.spec.Name {
		m.named(r, partial.SafeName(d))
	}
	place := rank{urgency: priorityOf(r.task.Priority()), number: RowID(st.Place)}
	said := st.Place > 0 // else the agent has not said anything of it yet
	if said && (r.rank != place || r.limit != st.RateLimit) {
		m.setRank(r, place)
		r.limit = st.RateLimit
		m.version++
		m.list.touch(stateChanged)
	}
	state := stateOf(r.task.State(), st)
	if state == Retrying {
		r.retryAt, r.reason, r.attempt = st.Next, st.Reason, st.Attempts
	} else if r.state == Retrying || r.state == Queued {
		r.reason = ""
	}
	if st.Doing == session.Delayed {
		r.reason = "begins at " + st.Next.Local().Format(time.DateTime)
	}
	if state == Running && !r.state.moving() {
		r.ran.meter.begin(time.Now(), r.done)
	}
	m.step(r, stepFollow, state)
}

// hear is follow when the agent has told something. What has changed a row's state
// was done elsewhere, and nothing else tells of it.
func (m *Model) hear(r *row) {
	before := r.state
	if m.follow(r); r.state != before {
		m.act(r, "DidChangeStanding", r.state.String())
	}
}

// stateOf is the state of a row whose task is in the agent and has not ended.
func stateOf(s session.State, st session.Standing) State {
	if s == session.Suspended {
		return Paused
	}
	switch st.Doing {
	case session.Loading, session.Finishing:
		return Running
	case session.WaitsNext:
		return Retrying
	case session.Asks:
		return Asking
	case session.InQueue, session.Delayed:
	}
	return Queued
}

// priorityOf is the priority that a task's is.
func priorityOf(p float32) Priority {
	switch {
	case p > session.PriorityDefault:
		return HighPriority
	case p < session.PriorityDefault:
		return LowPriority
	}
	return NormalPriority
}

// named gives a row the name that its file has in the agent.
func (m *Model) named(r *row, name string) {
	if r.spec.Name == name && r.name == name {
		return
	}
	spec := *r.spec // the lineage's stays as it is, for the delegate's calls
	spec.Name = name
	r.spec, r.name = &spec, name
	if l := r.ran.lineage; l != nil {
		l.rename(name)
	}
	m.list.touch(nameChanged)
}

// followRates shows the rates that hold in the agent.
func (m *Model) followRates() {
	all, hosts := m.session.RateLimits()
	if m.limits.All().Limit() != all {
		m.limits.All().Set(all)
		m.version++
	}
	for name, n := range hosts {
		if rate := m.limits.Host(name); rate.Limit() != n {
			rate.Set(n)
			m.version++
		}
	}
}

// tellRate has the agent hold to a rate.
func (m *Model) tellRate(host string, bytesPerSecond int64) {
	if m.opt.Attached {
		// It fails for a session in this process only.
		_ = m.session.SetRateLimit(host, bytesPerSecond)
	}
}

// attempts is how often a row is tried again at most, 0 for without an end, as
// the agent does.
func (m *Model) attempts() int {
	if m.opt.Attached {
		return 0
	}
	return m.opt.Retries
}

// runs tells whether a row has a task under way. In the agent those that wait
// have one as well.
func (m *Model) runs(r *row) bool {
	if m.opt.Attached && (r.state == Paused || r.state == Queued || r.state == Retrying) {
		return false
	}
	return r.task != nil
}

// tellPlace has the agent know the place of a row that was moved.
func (m *Model) tellPlace(r *row) {
	if !m.opt.Attached || r.task == nil {
		return
	}
	// It fails for a task in this process only.
	_ = r.task.SetPlace(int64(r.rank.number))
}
