package hsts

import (
	"cmp"
	"errors"
	"io/fs"
	"maps"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/idna"
)

// Policy is what a host has said of itself.
type Policy struct {
	Host              string    // in lower case, in ASCII, without a dot at the end
	IncludeSubDomains bool      // it speaks for all hosts below it
	Expires           time.Time // it is known until then
}

// mostPolicies bounds what is remembered; those that end first make room.
const mostPolicies = 10_000

// ErrUnknown says that a host has said nothing.
var ErrUnknown = errors.New("it is not known as a host that wants https only")

// Store remembers hosts. It is safe for use by several goroutines, and processes
// where it is a file.
type Store struct {
	path string // "" for memory

	mu       sync.Mutex
	policies map[string]Policy
	read     fs.FileInfo // the file that policies are from, nil for none
}

// New returns an empty store in memory.
func New() *Store { return &Store{policies: make(map[string]Policy)} }

// At returns the store that is the file at path, which need not exist yet.
func At(path string) *Store {
	s := New()
	s.path = path
	return s
}

// Note takes in the Strict-Transport-Security fields of a response of host, of
// which the first counts (RFC 6797 section 8.1). The response must have come over
// TLS from a server whose certificate was verified. A field that breaks the rules
// says nothing, and so does one of an IP address. The error is one of writing the
// file; the store knows the host nonetheless, until it is closed.
func (s *Store) Note(host string, fields []string) error {
	if len(fields) == 0 {
		return nil
	}
	d, ok := parse(fields[0])
	name := canonical(host)
	if !ok || name == "" {
		return nil
	}
	now := time.Now()
	p := Policy{Host: name, IncludeSubDomains: d.includeSubDomains, Expires: now.Add(d.maxAge).UTC().Truncate(time.Second)}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refresh()
	old, known := s.policies[name]
	if known = known && now.Before(old.Expires); !known && d.maxAge == 0 || known && old.says(p, d.maxAge) {
		return nil
	}
	return s.change(func(all map[string]Policy) {
		if delete(all, name); d.maxAge > 0 {
			all[name] = p
		}
	})
}

// says tells whether p is nothing new. A host says the same in each response: its
// time is moved on by a tenth, or a day, at once, so that the file is not written
// for each of them.
func (old Policy) says(p Policy, maxAge time.Duration) bool {
	moved := p.Expires.Sub(old.Expires).Abs()
	return maxAge > 0 && p.IncludeSubDomains == old.IncludeSubDomains && moved <= min(maxAge/10, 24*time.Hour)
}

// Known is the policy that a host is under: its own, or that of a host above it
// that speaks for all below. ok is false for none.
func (s *Store) Known(host string) (p Policy, ok bool) {
	name := canonical(host)
	if name == "" {
		return p, false
	}
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refresh()
	for above := name; ; {
		if p, ok := s.policies[above]; ok && now.Before(p.Expires) && (above == name || p.IncludeSubDomains) {
			return p, true
		}
		_, rest, more := strings.Cut(above, ".")
		if !more {
			return Policy{}, false
		}
		above = rest
	}
}

// Secure is the https URL that an http URL of a host that is known stands for,
// nil for all other URLs: port 80 becomes 443, others stay (RFC 6797 section 8.3).
func (s *Store) Secure(u *url.URL) *url.URL {
	if u == nil || !strings.EqualFold(u.Scheme, "http") {
		return nil
	}
	if _, ok := s.Known(u.Hostname()); !ok {
		return nil
	}
	secured := *u
	secured.Scheme = "https"
	if u.Port() == "80" {
		secured.Host = net.JoinHostPort(u.Hostname(), "443")
	}
	return &secured
}

// Policies are those that hold now, by host.
func (s *Store) Policies() ([]Policy, error) {
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.refresh(); err != nil {
		return nil, err
	}
	all := slices.Collect(maps.Values(s.policies))
	all = slices.DeleteFunc(all, func(p Policy) bool { return !now.Before(p.Expires) })
	slices.SortFunc(all, func(a, b Policy) int { return cmp.Compare(a.Host, b.Host) })
	return all, nil
}

// Remove forgets a host, or returns ErrUnknown. What a host above it said of all
// below stays.
func (s *Store) Remove(host string) error {
	name := canonical(host)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.refresh(); err != nil {
		return err
	}
	if _, ok := s.policies[name]; !ok {
		return ErrUnknown
	}
	return s.change(func(all map[string]Policy) { delete(all, name) })
}

// prune makes room where there are too many: what has ended goes, being what ends
// first.
func prune(all map[string]Policy) {
	if len(all) <= mostPolicies {
		return
	}
	byEnd := slices.SortedFunc(maps.Values(all), func(a, b Policy) int { return a.Expires.Compare(b.Expires) })
	for _, p := range byEnd[:len(all)-mostPolicies] {
		delete(all, p.Host)
	}
}

// canonical is a host as it is compared, "" for an IP address and for what is no
// name.
func canonical(host string) string {
	host = strings.TrimSuffix(host, ".")
	address, _, _ := strings.Cut(strings.Trim(host, "[]"), "%")
	if _, err := netip.ParseAddr(address); err == nil {
		return ""
	}
	if strings.IndexFunc(host, func(r rune) bool { return r >= 0x80 }) >= 0 {
		var err error
		if host, err = idna.Lookup.ToASCII(host); err != nil {
			return ""
		}
	}
	host = strings.ToLower(host)
	const allowed = "abcdefghijklmnopqrstuvwxyz0123456789-._"
	if len(host) > 253 || strings.Trim(host, allowed) != "" || strings.HasPrefix(host, ".") || strings.Contains(host, "..") {
		return ""
	}
	return host
}
