package model

// Rate limits are in bytes per second; 0 is none. They hold together: a byte
// passes that of its row, that of its host and that of all. A change takes
// effect at once, also for what is under way.

// RateLimit is the limit of all transfers together.
func (m *Model) RateLimit() int64 { panic("contract") }

// SetRateLimit changes the limit of all transfers together.
func (m *Model) SetRateLimit(bytesPerSecond int64) { panic("contract") }

// HostRateLimit is the limit of the transfers with one host, named as
// [Row.Host] names it.
func (m *Model) HostRateLimit(host string) int64 { panic("contract") }

// SetHostRateLimit changes the limit of the transfers with one host.
func (m *Model) SetHostRateLimit(host string, bytesPerSecond int64) { panic("contract") }

// RowRateLimit is the limit of one row.
func (m *Model) RowRateLimit(id RowID) int64 { panic("contract") }

// SetRowRateLimit changes the limit of each of the rows.
func (m *Model) SetRowRateLimit(ids []RowID, bytesPerSecond int64) { panic("contract") }
