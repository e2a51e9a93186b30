package model

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"haul/transfer"
	"haul/transfer/partial"
)

// What header values repeat of URLs: user information, and parameters.
var (
	userinfo  = regexp.MustCompile(`//[^/\s@]*@`)
	parameter = regexp.MustCompile(`([?&;])([^=?&;\s"'<>]+)=([^&;\s"'<>]+)`)
)

// ParseURL reads the URL of a transfer: absolute, http or https, with a host
// and a port that exists.
func ParseURL(s string) (*url.URL, error) {
	s = strings.TrimSpace(s)
	u, err := url.Parse(s)
	if err != nil && lacksScheme(s) {
		return nil, errNoScheme
	}
	if err != nil {
		var ue *url.Error
		if errors.As(err, &ue) {
			err = ue.Err // the URL itself may hold a password
		}
		return nil, fmt.Errorf("not a URL: %w: check it, and write %%20 for a blank", err)
	}
	switch strings.ToLower(u.Scheme) {
	case "http", "https":
	case "":
		return nil, errNoScheme
	default:
		if lacksScheme(s) {
			return nil, errNoScheme
		}
		return nil, fmt.Errorf("unknown scheme %q: haul speaks http and https", u.Scheme)
	}
	if u.Hostname() == "" {
		return nil, errors.New("has no host: it should look like https://host/path")
	}
	if p := u.Port(); p != "" {
		if n, err := strconv.Atoi(p); err != nil || n < 1 || n > 65535 {
			return nil, fmt.Errorf("port %s does not exist: ports are 1 to 65535", p)
		}
	}
	u.Scheme = strings.ToLower(u.Scheme)
	return u, nil
}

// lacksScheme tells that s would be a URL with a scheme in front: the host of
// localhost:8080/a reads like one.
func lacksScheme(s string) bool {
	u, err := url.Parse("https://" + s)
	return err == nil && u.Port() != ""
}

var errNoScheme = errors.New("has no scheme: write https:// in front")

// withoutUser is the URL without user information and fragment, in one way of
// writing it: what tells two resources apart, and what may be stored.
func withoutUser(u *url.URL) string {
	c := *u
	c.User, c.Fragment, c.RawFragment = nil, "", ""
	c.Scheme, c.Host = strings.ToLower(u.Scheme), transfer.HostOf(u)
	if c.Path == "" {
		c.Path = "/"
	}
	return c.String()
}

// redacted is a URL as it may be shown.
func redacted(u *url.URL) string { return transfer.RedactURL(u) }

// visibleHeader is a copy of h with the values of credentials hidden, also
// where a URL repeats them, as in Location.
func visibleHeader(h http.Header) http.Header {
	c := h.Clone()
	for name, values := range c {
		challenge := name == "Www-Authenticate" || name == "Proxy-Authenticate"
		for i, v := range values {
			switch {
			case challenge:
			case partial.SecretName(name):
				values[i] = "(hidden)"
			default:
				values[i] = withoutSecrets(v)
			}
		}
	}
	return c
}

// withoutSecrets hides in a text what [transfer.RedactURL] hides in a URL.
func withoutSecrets(s string) string {
	s = userinfo.ReplaceAllString(s, "//")
	return parameter.ReplaceAllStringFunc(s, func(pair string) string {
		if name, _, _ := strings.Cut(pair[1:], "="); partial.SecretParameter(name) {
			return pair[:1] + name + "=…"
		}
		return pair
	})
}

// hostName is the host alone, in the form that compares.
func hostName(u *url.URL) string {
	return strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
}

// portOf is the URL's port or its scheme's.
func portOf(u *url.URL) int {
	if n, err := strconv.Atoi(u.Port()); err == nil {
		return n
	}
	if u.Scheme == "https" {
		return 443
	}
	return 80
}
