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
// Proxy-Authorization, cookies, every other field that [SecretName] knows, a
// value that is a URL with user information, and what text cannot hold. Fields that concern one
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
		case isSecretField(name), slices.ContainsFunc(values, unfitValue):
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

func isSecretField(name string) bool {
	return !strings.EqualFold(name, "Proxy-Authenticate") && SecretName(name)
}

// SecretName tells whether the name of a header field or of a URL's parameter
// speaks of a secret: by a part of it ("X-Amz-Security-Token", "sessionid"), or
// by one of its words where the word is too short to be looked for in others
// ("sig" is one of "X-Sig" and none of "design"). Too much is taken for secret
// rather than too little.
func SecretName(name string) bool {
	name = strings.ToLower(name)
	for _, part := range [...]string{
		"auth", "cookie", "token", "key", "secret", "passw", "passphrase", "credential", "session",
		"signature", "jwt", "assertion", "ticket",
	} {
		if strings.Contains(name, part) {
			return true
		}
	}
	return hasWord(name, "sig", "hmac", "pass", "pwd", "pw", "otp", "pin", "sid", "sas")
}

// SecretParameter is [SecretName] of a name as it stands in a query, where more
// is secret: an OAuth code, the hash and the policy of a signed link.
func SecretParameter(name string) bool {
	if plain, err := url.QueryUnescape(name); err == nil {
		name = plain
	}
	return SecretName(name) || hasWord(strings.ToLower(name), "code", "hash", "md", "sha", "policy")
}

// hasWord tells whether one of the words stands in name between signs that are
// no letters.
func hasWord(name string, words ...string) bool {
	for word := range strings.FieldsFuncSeq(name, func(r rune) bool { return r < 'a' || r > 'z' }) {
		if slices.Contains(words, word) {
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

// withoutUserinfo takes the user information out of a URL. What may have some and
// cannot be parsed becomes empty, since nobody can say what it gives away.
func withoutUserinfo(raw string) string {
	if !strings.Contains(raw, "@") {
		return raw // as nearly all
	}
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
