package session

import (
	"net/http"
	"net/url"
	"strings"
)

// secured is the https URL that an http URL stands for, nil for u itself.
func (s *Session) secured(u *url.URL) *url.URL {
	if s.cfg.StrictTransport == nil {
		return nil
	}
	return s.cfg.StrictTransport.Secure(u)
}

// secure makes the request of this hop one to https, if its host has said that it
// is reached so only (RFC 6797 section 8.3). That comes before anything is dialled,
// asked of a cache or shown to the host.
func (l *loader) secure() {
	from := l.req.URL
	to := l.s.secured(from)
	if to == nil {
		return
	}
	req := *l.req
	req.URL = to
	if strings.EqualFold(req.Host, from.Host) {
		req.Host = to.Host
	}
	l.req = &req
	if l.further {
		return
	}
	l.t.mu.Lock()
	l.t.current = l.req
	l.t.mu.Unlock()
	l.t.upgraded(from, to)
}

// takeStrictTransport notes that a host wants https only, if a server said so
// whose certificate was verified (RFC 6797 section 8.1).
func (l *loader) takeStrictTransport(x *exchange) {
	store, fields := l.s.cfg.StrictTransport, x.Header.Values("Strict-Transport-Security")
	if store == nil || len(fields) == 0 || originOf(x.req.URL).scheme != "https" || !l.s.verified(x.Response) {
		return
	}
	// A store that cannot write knows the host until the program ends.
	_ = store.Note(x.req.URL.Hostname(), fields)
}

// verified tells whether a response came from a server that the default
// evaluation trusts, and nobody had to accept.
func (s *Session) verified(resp *http.Response) bool {
	return resp.TLS != nil && len(resp.TLS.PeerCertificates) > 0 && !s.trust.overrode(resp.TLS.PeerCertificates[0])
}
