package cookies

import (
	"net/http"
	"strings"
	"time"
)

// received is a cookie as a server sent it, before it is held against the URL
// it came from.
type received struct {
	name, value string
	// expires is when the cookie ends; zero: with the session. A time that has
	// passed asks for removal.
	expires          time.Time
	domain           string // as sent, without a leading dot
	path             string // "" when none that can be used was sent
	secure, httpOnly bool
	sameSite         SameSite
}

// parse reads a Set-Cookie field value (RFC 6265bis section 5.6).
func parse(line string, now time.Time) (received, error) {
	if hasControl(line) {
		return received{}, errControl
	}
	pair, rest, _ := strings.Cut(line, ";")
	name, value, found := strings.Cut(pair, "=")
	if !found {
		name, value = "", pair
	}
	r := received{name: trim(name), value: trim(value)}
	switch {
	case r.name == "" && r.value == "":
		return r, errEmpty
	case len(r.name)+len(r.value) > maxPair:
		return r, errTooLarge
	}
	var maxAge, expires time.Time
	for rest != "" {
		var attribute string
		attribute, rest, _ = strings.Cut(rest, ";")
		name, value, _ := strings.Cut(attribute, "=")
		name, value = trim(name), trim(value)
		if len(value) > maxAttribute {
			continue
		}
		switch strings.ToLower(name) {
		case "expires":
			if t, ok := parseDate(value); ok {
				expires = t
			}
		case "max-age":
			if d, ok := parseMaxAge(value); ok {
				maxAge = now.Add(d)
			}
		case "domain":
			r.domain = strings.TrimPrefix(value, ".")
		case "path":
			r.path = value
			if !strings.HasPrefix(value, "/") {
				r.path = ""
			}
		case "secure":
			r.secure = true
		case "httponly":
			r.httpOnly = true
		case "samesite":
			r.sameSite = parseSameSite(value)
		}
	}
	r.expires = maxAge
	if maxAge.IsZero() {
		r.expires = expires
	}
	return r, nil
}

// parseMaxAge reads a number of seconds. None counts for more than the longest
// lifetime, and zero and less for the past.
func parseMaxAge(s string) (time.Duration, bool) {
	digits, negative := strings.CutPrefix(s, "-")
	if digits == "" || strings.Trim(digits, "0123456789") != "" {
		return 0, false
	}
	if negative {
		return -time.Second, true
	}
	const most = int(maxLifetime / time.Second)
	n := 0
	for i := 0; i < len(digits) && n < most; i++ {
		n = n*10 + int(digits[i]-'0')
	}
	if n == 0 {
		return -time.Second, true
	}
	return time.Duration(min(n, most)) * time.Second, true
}

// fromHTTP takes a cookie that net/http has parsed or somebody made by hand.
func fromHTTP(c *http.Cookie, now time.Time) (received, error) {
	if c.Raw != "" {
		return parse(c.Raw, now)
	}
	r := received{
		name: c.Name, value: c.Value, expires: c.Expires,
		domain: strings.TrimPrefix(c.Domain, "."), path: c.Path, secure: c.Secure, httpOnly: c.HttpOnly,
	}
	if c.Quoted {
		r.value = `"` + c.Value + `"`
	}
	if !strings.HasPrefix(r.path, "/") {
		r.path = ""
	}
	switch {
	case c.MaxAge > 0:
		const most = int(maxLifetime / time.Second)
		r.expires = now.Add(time.Duration(min(c.MaxAge, most)) * time.Second)
	case c.MaxAge < 0:
		r.expires = now.Add(-time.Second)
	}
	switch c.SameSite {
	case http.SameSiteNoneMode:
		r.sameSite = SameSiteNone
	case http.SameSiteLaxMode:
		r.sameSite = SameSiteLax
	case http.SameSiteStrictMode:
		r.sameSite = SameSiteStrict
	}
	return r, nil
}

// trim removes the white space of RFC 6265bis: spaces and tabs.
func trim(s string) string { return strings.Trim(s, " \t") }
