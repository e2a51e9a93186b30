package model

// Rate limits are in bytes per second; 0 is none. They hold together: a byte
// passes that of its row, that of its host and that of all. A change takes
// effect at once, also for what is under way.

// RateLimit is the limit of all transfers together.
func (m *Model) RateLimit() int64 { return m.limits.All().Limit() }

// SetRateLimit changes the limit of all transfers together.
func (m *Model) SetRateLimit(bytesPerSecond int64) {
	m.limits.All().Set(bytesPerSecond)
	m.tellRate("", bytesPerSecond)
}

// HostRateLimit is the limit of the transfers with one host, named as
// [Row.Host] names it.
func (m *Model) HostRateLimit(host string) int64 { return m.limits.Host(host).Limit() }

// SetHostRateLimit changes the limit of the transfers with one host.
func (m *Model) SetHostRateLimit(host string, bytesPerSecond int64) {
	m.limits.Host(host).Set(bytesPerSecond)
	m.tellRate(host, bytesPerSecond)
}

// RowRateLimit is the limit of one row.
func (m *Model) RowRateLimit(id RowID) int64 {
	if r := m.rows[id]; r != nil {
		return r.limit
	}
	return 0
}

// SetRowRateLimit changes the limit of each of the rows. It is kept for the next
// run.
func (m *Model) SetRowRateLimit(ids []RowID, bytesPerSecond int64) {
	bytesPerSecond = max(bytesPerSecond, 0)
	for _, id := range ids {
		r := m.rows[id]
		if r == nil || r.limit == bytesPerSecond {
			continue
		}
		r.limit = bytesPerSecond
		if r.ran != nil && r.ran.rate != nil {
			r.ran.rate.Set(bytesPerSecond)
		}
		if m.opt.Attached && r.task != nil {
			// It fails for a task in this process only.
			_ = r.task.SetRateLimit(bytesPerSecond)
		}
		m.version++
		m.journal(r)
	}
	if m.opt.Journal != nil {
		m.opt.Journal.flush()
	}
}
