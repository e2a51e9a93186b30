package metalink

import (
	"cmp"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// maxLinks bounds what is read of the Link fields of one response, in bytes.
const maxLinks = 64 << 10

// Duplicates returns the places where, by the Link fields of a response from
// base, copies of its file are (rel=duplicate, RFC 6249 section 2), the
// preferred ones first. RFC 6249 section 7 lets them count only where the
// response has a digest of the file as well, which is the caller's to see to.
//
// A server says these, so they are held to what it may itself: an https
// response names https places only, a response from the internet none in the
// user's own network, none of them has user information, and 64 are enough.
func Duplicates(h http.Header, base *url.URL) []*url.URL {
	var found []duplicate
	for _, l := range links(strings.Join(h.Values("Link"), ", ")) {
		if !l.isDuplicate() || len(found) == maxURLs {
			continue
		}
		u, err := base.Parse(l.target)
		if err != nil || !mayLead(base, u) || slices.ContainsFunc(found, func(d duplicate) bool { return *d.at == *u }) {
			continue
		}
		found = append(found, duplicate{u, l.priority()})
	}
	slices.SortStableFunc(found, func(a, b duplicate) int { return cmp.Compare(a.priority, b.priority) })
	var places []*url.URL
	for _, d := range found {
		places = append(places, d.at)
	}
	return places
}

type duplicate struct {
	at       *url.URL
	priority int
}

// mayLead tells whether a response from base may send a client to u.
func mayLead(base, u *url.URL) bool {
	switch {
	case u.Host == "" || u.User != nil || u.Scheme != "https" && (u.Scheme != "http" || base.Scheme == "https"):
		return false
	case *u == *base:
		return false
	}
	return internal(base.Hostname()) || !internal(u.Hostname())
}

// internal tells whether a host is by its name one of the user's own network.
func internal(host string) bool {
	if addr, err := netip.ParseAddr(host); err == nil {
		addr = addr.Unmap()
		return !addr.IsGlobalUnicast() || addr.IsPrivate()
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	top := host[strings.LastIndexByte(host, '.')+1:]
	// To some resolvers 127.1 is an address: no top-level domain has a digit first.
	return top == host || top == "" || top[0] >= '0' && top[0] <= '9' ||
		slices.Contains([]string{"localhost", "local", "internal"}, top)
}

// link is one value of a Link field (RFC 8288 section 3).
type link struct {
	target string
	params map[string]string // names in lower case; of several values the first
}

// isDuplicate tells whether the link is from the response's own file to a copy.
func (l link) isDuplicate() bool {
	_, elsewhere := l.params["anchor"]
	return !elsewhere && slices.ContainsFunc(strings.Fields(l.params["rel"]), func(s string) bool {
		return strings.EqualFold(s, "duplicate")
	})
}

// priority is 1 for the best (RFC 6249 section 2.1).
func (l link) priority() int {
	if n, err := strconv.Atoi(l.params["pri"]); err == nil && n >= 1 && n <= lowest {
		return n
	}
	return lowest
}

// links reads what is well-formed at the beginning of a field's value.
func links(text string) (list []link) {
	s := &scanner{rest: text[:min(len(text), maxLinks)]}
	for {
		for s.take(',') {
		}
		if !s.take('<') {
			return list
		}
		target, rest, ok := strings.Cut(s.rest, ">")
		if !ok {
			return list
		}
		l := link{target: strings.TrimSpace(target), params: make(map[string]string)}
		s.rest = rest
		for s.take(';') {
			name, value, ok := s.parameter()
			if !ok {
				return list
			}
			if _, had := l.params[name]; !had && name != "" {
				l.params[name] = value
			}
		}
		list = append(list, l)
		if s.rest != "" && s.rest[0] != ',' {
			return list
		}
	}
}

// scanner reads a field's value from its beginning.
type scanner struct{ rest string }

// take passes over white space, and over c if it comes then.
func (s *scanner) take(c byte) bool {
	s.rest = strings.TrimLeft(s.rest, " \t")
	if s.rest == "" || s.rest[0] != c {
		return false
	}
	s.rest = strings.TrimLeft(s.rest[1:], " \t")
	return true
}

// parameter reads a name with or without a value.
func (s *scanner) parameter() (name, value string, ok bool) {
	name = strings.ToLower(s.until(" \t=;,"))
	if !s.take('=') {
		return name, "", true
	}
	if !s.take('"') {
		return name, s.until(" \t;,"), true
	}
	value, ok = s.quoted()
	s.rest = strings.TrimLeft(s.rest, " \t")
	return name, value, ok
}

func (s *scanner) until(ends string) string {
	i := strings.IndexAny(s.rest, ends)
	if i < 0 {
		i = len(s.rest)
	}
	text := s.rest[:i]
	s.rest = s.rest[i:]
	return text
}

// quoted reads what follows a quotation mark, to the next one.
func (s *scanner) quoted() (string, bool) {
	var b strings.Builder
	for i := 0; i < len(s.rest); i++ {
		switch c := s.rest[i]; {
		case c == '"':
			s.rest = s.rest[i+1:]
			return b.String(), true
		case c == '\\' && i+1 < len(s.rest):
			i++
			b.WriteByte(s.rest[i])
		default:
			b.WriteByte(c)
		}
	}
	return "", false
}
