package transfer

import (
	"net/url"
	"strings"
	"sync"
)

// Limits are the rates that transfers share: one of all together, and one with
// each host. A byte passes both, and that of its own transfer. Changes take
// effect at once, also for what is under way. Rates are in bytes per second; 0
// is none. Safe for use by several goroutines.
type Limits struct {
	all *Rate

	mu    sync.Mutex
	given map[string]int64 // of NewLimits, or Set
	hosts map[string]*Rate // by the name that HostOf gives
}

// NewLimits makes limits. hosts are named as [HostOf] names them, or without the
// port, or *.domain for each host below a domain. Nobody changes the map afterwards.
func NewLimits(all int64, hosts map[string]int64) *Limits {
	return &Limits{all: NewRate(all), given: hosts, hosts: make(map[string]*Rate)}
}

// Set changes all limits, also of what is under way, to those of [NewLimits].
func (l *Limits) Set(all int64, hosts map[string]int64) {
	l.all.Set(all)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.given = hosts
	for name, r := range l.hosts {
		r.Set(l.first(name))
	}
}

// All is the rate of all transfers together.
func (l *Limits) All() *Rate { return l.all }

// Host is the rate of a host. It is made if there is none, so that it can be
// changed under what passes it.
func (l *Limits) Host(name string) *Rate {
	l.mu.Lock()
	defer l.mu.Unlock()
	r := l.hosts[name]
	if r == nil {
		r = NewRate(l.first(name))
		l.hosts[name] = r
	}
	return r
}

// Hosts are the limits of the hosts that have been asked for.
func (l *Limits) Hosts() map[string]int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := make(map[string]int64, len(l.hosts))
	for name, r := range l.hosts {
		all[name] = r.Limit()
	}
	return all
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

// Of is what says which limiters a transfer with the rate own has to pass, the
// narrowest first.
func (l *Limits) Of(own *Rate) func(*url.URL) []Limiter {
	return func(u *url.URL) []Limiter {
		return []Limiter{own, l.Host(HostOf(u)), l.all}
	}
}

// HostOf is the host of a URL in lower case, with a port that is not the
// scheme's own.
func HostOf(u *url.URL) string {
	p := u.Port()
	if p == "" || u.Scheme == "http" && p == "80" || u.Scheme == "https" && p == "443" {
		host := strings.ToLower(u.Hostname())
		if strings.Contains(host, ":") {
			return "[" + host + "]"
		}
		return host
	}
	return strings.ToLower(u.Host)
}
