package transfer

import (
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// maxAlternatives bounds how many origins are remembered.
const maxAlternatives = 1000

// defaultMaxAge is how long an alternative is good for when ma is not given
// (RFC 7838 section 3.1).
const defaultMaxAge = 24 * time.Hour

// alternatives remembers which origins said that they speak HTTP/3, and on which
// port, and where QUIC did not get through. It lasts as long as its Client.
// Alternatives on other hosts are left alone: an origin is served by its own
// host or not at all.
type alternatives struct {
	mu     sync.Mutex
	ports  map[string]alternative // by the origin's host:port
	broken map[string]time.Time   // until when an address is not tried
}

type alternative struct {
	port  string
	until time.Time
}

func newAlternatives() *alternatives {
	return &alternatives{ports: make(map[string]alternative), broken: make(map[string]time.Time)}
}

// note takes in the Alt-Svc fields of a response of the origin at addr.
func (a *alternatives) note(addr string, h http.Header, now time.Time) {
	for _, line := range h.Values("Alt-Svc") {
		services, clear := parseAltSvc(line)
		a.mu.Lock()
		// A field replaces what was said before (RFC 7838 section 3).
		delete(a.ports, addr)
		a.mu.Unlock()
		if clear {
			return
		}
		for _, s := range services {
			if s.protocol == "h3" && s.host == "" && s.maxAge > 0 {
				a.remember(addr, alternative{s.port, now.Add(s.maxAge)})
				return // the first is what the server likes best
			}
		}
	}
}

func (a *alternatives) remember(addr string, alt alternative) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.ports) >= maxAlternatives {
		for old := range a.ports { // any one
			delete(a.ports, old)
			break
		}
	}
	a.ports[addr] = alt
}

// port is where the origin at addr said that it speaks HTTP/3.
func (a *alternatives) port(addr string, now time.Time) (string, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	alt, ok := a.ports[addr]
	if ok && !now.Before(alt.until) {
		delete(a.ports, addr)
		return "", false
	}
	return alt.port, ok
}

// fail notes that QUIC did not get through to addr, works tells whether it may
// be tried.
func (a *alternatives) fail(addr string, until time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.broken) >= maxAlternatives {
		clear(a.broken)
	}
	a.broken[addr] = until
}

func (a *alternatives) works(addr string, now time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return !now.Before(a.broken[addr])
}

// service is one alternative of an Alt-Svc field.
type service struct {
	protocol   string // an ALPN name
	host, port string // host "" is the origin's own
	maxAge     time.Duration
}

// parseAltSvc reads an Alt-Svc field (RFC 7838 section 3). Alternatives that break
// its syntax are left out.
func parseAltSvc(field string) (services []service, clear bool) {
	if strings.TrimSpace(field) == "clear" {
		return nil, true
	}
	for _, part := range splitQuoted(field, ',') {
		params := splitQuoted(part, ';')
		name, value, ok := strings.Cut(params[0], "=")
		if !ok {
			continue
		}
		s := service{protocol: strings.TrimSpace(name), maxAge: defaultMaxAge}
		authority := strings.Trim(strings.TrimSpace(value), `"`)
		colon := strings.LastIndexByte(authority, ':')
		if colon < 0 {
			continue
		}
		s.host, s.port = authority[:colon], authority[colon+1:]
		if n, err := strconv.ParseUint(s.port, 10, 16); err != nil || n == 0 {
			continue
		}
		for _, p := range params[1:] {
			name, value, _ := strings.Cut(p, "=")
			if strings.EqualFold(strings.TrimSpace(name), "ma") {
				seconds, err := strconv.ParseUint(strings.Trim(strings.TrimSpace(value), `"`), 10, 31)
				if err != nil {
					seconds = 0
				}
				s.maxAge = time.Duration(seconds) * time.Second
			}
		}
		services = append(services, s)
	}
	return services, false
}

// splitQuoted splits s at separators that are not in quotes. It returns one part
// at least.
func splitQuoted(s string, separator byte) []string {
	var parts []string
	start, quoted := 0, false
	for i := range len(s) {
		switch {
		case s[i] == '"':
			quoted = !quoted
		case s[i] == separator && !quoted:
			parts = append(parts, s[start:i])
			start = i + 1
		}
	}
	return append(parts, s[start:])
}
