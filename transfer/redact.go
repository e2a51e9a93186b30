package transfer

import (
	"net/url"
	"strings"
)

// Names of query parameters that carry secrets: those that contain one of
// secretParts (signed URLs, tokens, keys), or have one of secretWords as a
// word. Too much hidden is better than too little.
var (
	secretParts = [...]string{
		"token", "key", "signature", "secret", "passw", "passphrase",
		"auth", "credential", "session", "jwt",
	}
	secretWords = [...]string{"sig", "hmac", "pass", "pwd", "pw", "otp", "pin"}
)

// RedactURL is u as text that may be shown and logged: no user information, no
// fragment, and "…" for the value of each query parameter whose name speaks of
// a secret. It is not meant to be parsed again. A nil u is "".
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
		b.WriteString(name)
		if ok {
			b.WriteByte('=')
			if value != "" && secretName(name) {
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

func secretName(name string) bool {
	if plain, err := url.QueryUnescape(name); err == nil {
		name = plain
	}
	name = strings.ToLower(name)
	for _, part := range secretParts {
		if strings.Contains(name, part) {
			return true
		}
	}
	for _, word := range strings.FieldsFunc(name, notLetter) {
		for _, secret := range secretWords {
			if word == secret {
				return true
			}
		}
	}
	return false
}

func notLetter(r rune) bool { return r < 'a' || r > 'z' }
