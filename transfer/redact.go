package transfer

import (
	"fmt"
	"net/url"
	"strings"

	"haul/transfer/partial"
)

// RedactURL is u as text that may be shown and logged: no user information, no
// fragment, and "…" for the value of each query parameter whose name speaks of
// a secret ([partial.SecretParameter]). The rest of the query is ASCII without
// controls. It is not meant to be parsed again. A nil u is "".
func RedactURL(u *url.URL) string {
	if u == nil {
		return ""
	}
	shown := *u
	shown.User = nil
	shown.Fragment, shown.RawFragment = "", ""
	if shown.Opaque != "" {
		// Not a URL with a host; what is in it nobody knows.
		shown.Opaque, shown.RawQuery = "…", ""
		return shown.String()
	}
	shown.RawQuery = redactQuery(u.RawQuery)
	return shown.String()
}

// redactQuery keeps order and spelling; url.Values would lose both, and
// whatever it cannot parse.
func redactQuery(raw string) string {
	var b strings.Builder
	for raw != "" {
		pair := raw
		end := strings.IndexAny(raw, "&;")
		if end >= 0 {
			pair = raw[:end]
		}
		name, value, ok := strings.Cut(pair, "=")
		b.WriteString(visibleQuery(name))
		if ok {
			b.WriteByte('=')
			if value = visibleQuery(value); value != "" && partial.SecretParameter(name) {
				value = "…"
			}
			b.WriteString(value)
		}
		if end < 0 {
			break
		}
		b.WriteByte(raw[end])
		raw = raw[end+1:]
	}
	return b.String()
}

// visibleQuery escapes what is neither ASCII nor prints: net/url leaves it as
// it is in a query, and C1 controls steer terminals.
func visibleQuery(s string) string {
	if strings.IndexFunc(s, func(r rune) bool { return r <= ' ' || r >= 0x7f }) < 0 {
		return s
	}
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c >= 0x7f {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}
