package hsts

import (
	"strconv"
	"strings"
	"time"
)

const (
	// maxField bounds a field that is read, in bytes.
	maxField = 4 << 10
	// mostAge is the longest time that a host is known without saying so again.
	mostAge = 10 * 365 * 24 * time.Hour
)

// directives are what a Strict-Transport-Security field says.
type directives struct {
	maxAge            time.Duration
	includeSubDomains bool
}

// parse reads a Strict-Transport-Security field (RFC 6797 section 6.1). ok is
// false for one that breaks the rules, nothing of which counts.
func parse(field string) (d directives, ok bool) {
	if len(field) > maxField {
		return d, false
	}
	seen := make(map[string]bool)
	for rest := field; rest != ""; {
		var name, value string
		var valued bool
		if name, value, valued, rest, ok = directive(rest); !ok {
			return directives{}, false
		}
		switch {
		case name == "" && !valued:
			continue // nothing between two semicolons
		case name == "" || seen[name]:
			return directives{}, false
		}
		seen[name] = true
		switch name {
		case "max-age":
			if d.maxAge, ok = seconds(value); !valued || !ok {
				return directives{}, false
			}
		case "includesubdomains":
			if valued {
				return directives{}, false
			}
			d.includeSubDomains = true
		}
	}
	if !seen["max-age"] {
		return directives{}, false
	}
	return d, true
}

const space = " \t"

// directive takes the first directive off s: its name in lower case and its
// value, which valued says that it has.
func directive(s string) (name, value string, valued bool, rest string, ok bool) {
	s = strings.TrimLeft(s, space)
	n := strings.IndexFunc(s, func(r rune) bool { return !isToken(r) })
	if n < 0 {
		n = len(s)
	}
	name, s = strings.ToLower(s[:n]), strings.TrimLeft(s[n:], space)
	if after, found := strings.CutPrefix(s, "="); found {
		valued = true
		if value, s, ok = valueOf(strings.TrimLeft(after, space)); !ok {
			return "", "", false, "", false
		}
		s = strings.TrimLeft(s, space)
	}
	if s == "" {
		return name, value, valued, "", true
	}
	rest, ok = strings.CutPrefix(s, ";")
	return name, value, valued, rest, ok
}

// valueOf takes a token or a quoted string off s.
func valueOf(s string) (value, rest string, ok bool) {
	if !strings.HasPrefix(s, `"`) {
		n := strings.IndexFunc(s, func(r rune) bool { return !isToken(r) })
		if n < 0 {
			n = len(s)
		}
		return s[:n], s[n:], n > 0
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			return b.String(), s[i+1:], true
		case c == '\\' && i+1 < len(s):
			i++
			b.WriteByte(s[i])
		default:
			b.WriteByte(c)
		}
	}
	return "", "", false // the quote does not end
}

// isToken tells the characters of a token (RFC 9110 section 5.6.2).
func isToken(r rune) bool {
	return '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' ||
		r < 0x80 && strings.ContainsRune("!#$%&'*+-.^_`|~", r)
}

// seconds reads a max-age. One that is beyond all bounds is the longest.
func seconds(s string) (time.Duration, bool) {
	if s == "" || strings.Trim(s, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseUint(s, 10, 63)
	if err != nil || n > uint64(mostAge/time.Second) {
		return mostAge, true
	}
	return time.Duration(n) * time.Second, true
}
