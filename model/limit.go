package model

import (
	"net/url"
	"strings"
	"sync"

	"haul/transfer"
)

// Rate limits are in bytes per second; 0 is none. They hold together: a byte
// passes that of its row, that of its host and that of all. A change takes
// effect at once, also for what is under way.

// Limits are the rates that transfers share. Tasks ask for them on their
// goroutines.
type Limits struct {
	all *transfer.Rate

	mu    sync.Mutex
	given map[string]int64          // of Options.HostRateLimits
	hosts map[string]*transfer.Rate // by the name that Row.Host has
}

// NewLimits are limits as Options.RateLimit and Options.HostRateLimits say them.
func NewLimits(all int64, hosts map[string]int64) *Limits {
	return &Limits{all: transfer.NewRate(all), given: hosts, hosts: make(map[string]*transfer.Rate)}
}

// Set changes all limits, also of what is under way.
func (l *Limits) Set(all int64, hosts map[string]int64) {
	l.all.Set(all)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.given = hosts
	for name, r := range l.hosts {
		r.Set(l.first(name))
	}
}

// host is the rate of a host, which is made if there is none, so that it can be
// changed under what passes it.
func (l *Limits) host(name string) *transfer.Rate {
	l.mu.Lock()
	defer l.mu.Unlock()
	r := l.hosts[name]
	if r == nil {
		r = transfer.NewRate(l.first(name))
		l.hosts[name] = r
	}
	return r
}

// first is the limit that a host begins with: that of its name, with its port or
// without, or of the nearest domain above it. The caller holds mu.
func (l *Limits) first(name string) int64 {
	if n, ok := l.given[name]; ok {
		return n
	}
	host := (&url.URL{Host: name}).Hostname()
	if n, ok := l.given[host]; ok {
		return n
	}
	for {
		_, above, ok := strings.Cut(host, ".")
		if !ok {
			return 0
		}
		if n, ok := l.given["*."+above]; ok {
			return n
		}
		host = above
	}
}

// Of says which limiters what goes to or comes from a URL has to pass.
func (l *Limits) Of(u *url.URL) []transfer.Limiter {
	return []transfer.Limiter{l.host(hostOf(u)), l.all}
}

// of is what says which limiters a task of a row has to pass, the narrowest
// first.
func (l *Limits) of(row *transfer.Rate) func(*url.URL) []transfer.Limiter {
	return func(u *url.URL) []transfer.Limiter {
		return append([]transfer.Limiter{row}, l.Of(u)...)
	}
}

// RateLimit is the limit of all transfers together.
func (m *Model) RateLimit() int64 { return m.limits.all.Limit() }

// SetRateLimit changes the limit of all transfers together.
func (m *Model) SetRateLimit(bytesPerSecond int64) { m.limits.all.Set(bytesPerSecond) }

// HostRateLimit is the limit of the transfers with one host, named as
// [Row.Host] names it.
func (m *Model) HostRateLimit(host string) int64 { return m.limits.host(host).Limit() }

// SetHostRateLimit changes the limit of the transfers with one host.
func (m *Model) SetHostRateLimit(host string, bytesPerSecond int64) {
	m.limits.host(host).Set(bytesPerSecond)
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
		m.version++
		m.journal(r)
	}
	if m.opt.Journal != nil {
		m.opt.Journal.flush()
	}
}
