package partial

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Redact splits the fields of a request into those that a resume state may
// hold and the names of those that it must not, sorted: Authorization,
// Proxy-Authorization, cookies, every field whose name contains token, key,
// secret, password, auth, credential or session, a value that is a URL with
// user information, and what text cannot hold. Fields that concern one
// connection only (RFC 9110 section 7.6.1) or that a continuation sets itself
// (Range, If-Range, Accept-Encoding) are left out without being named. h stays
// as it is.
func Redact(h http.Header) (kept http.Header, omitted []string) {
	perMessage := []string{
		"Connection", "Keep-Alive", "Proxy-Connection", "Proxy-Authenticate", "Te", "Trailer",
		"Transfer-Encoding", "Upgrade", "Range", "If-Range", "Accept-Encoding",
	}
	for name, values := range h {
		if !strings.EqualFold(name, "Connection") {
			continue
		}
		for option := range strings.SplitSeq(strings.Join(values, ","), ",") {
			perMessage = append(perMessage, http.CanonicalHeaderKey(strings.TrimSpace(option)))
		}
	}
	for name, values := range h {
		name = http.CanonicalHeaderKey(name)
		switch {
		case !isToken(name):
			// Its name would not be fit for a state either.
		case IsSecret(name), slices.ContainsFunc(values, unfitValue):
			omitted = append(omitted, name)
		case slices.Contains(perMessage, name):
		default:
			if kept == nil {
				kept = http.Header{}
			}
			kept[name] = append(kept[name], values...)
		}
	}
	slices.Sort(omitted)
	return kept, slices.Compact(omitted)
}

// IsSecret tells whether a field of that name carries, or may carry, a
// credential. Challenges do not.
func IsSecret(name string) bool {
	name = strings.ToLower(name)
	if name == "proxy-authenticate" || name == "www-authenticate" {
		return false
	}
	for _, word := range []string{
		"auth", "cookie", "token", "key", "secret", "password", "credential", "session",
	} {
		if strings.Contains(name, word) {
			return true
		}
	}
	return false
}

// unfitValue tells that a field value holds a password in a URL or is not text
// that JSON can carry unchanged.
func unfitValue(v string) bool {
	if !isText(strings.ReplaceAll(v, "\t", " ")) {
		return true
	}
	if !strings.Contains(v, "@") || !strings.Contains(v, "//") {
		return false
	}
	u, err := url.Parse(strings.TrimSpace(v))
	return err != nil || u.User != nil
}

// withoutUserinfo takes the user information out of a URL. What cannot be
// parsed becomes empty, since nobody can say what it gives away.
func withoutUserinfo(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	if u.User == nil {
		return raw
	}
	u.User = nil
	return u.String()
}

// isText tells that s is UTF-8 without control characters.
func isText(s string) bool {
	return utf8.ValidString(s) && strings.IndexFunc(s, unicode.IsControl) < 0
}

// isToken is token of RFC 9110 section 5.6.2, the syntax of a field name.
func isToken(s string) bool {
	if s == "" {
		return false
	}
	for i := range len(s) {
		c := s[i]
		alnum := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
		if !alnum && !strings.ContainsRune("!#$%&'*+-.^_`|~", rune(c)) {
			return false
		}
	}
	return true
}
