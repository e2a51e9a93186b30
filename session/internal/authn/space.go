package authn

import (
	"net/url"
	"strings"
)

// BasicCovers reports whether the credentials of a Basic challenge to a request
// for challenged may be sent with a request for next before it is challenged:
// the origin is the same, and the path is as deep or deeper (RFC 7617 section
// 2.2).
func BasicCovers(challenged, next *url.URL) bool {
	if !sameOrigin(challenged, next) {
		return false
	}
	p := normalPath(challenged)
	return strings.HasPrefix(normalPath(next), p[:strings.LastIndexByte(p, '/')+1])
}

// sameOrigin compares scheme, host and port (RFC 9110 section 4.3.1). Only
// http and https have origins here.
func sameOrigin(a, b *url.URL) bool {
	return defaultPort(a) != "" && a.Opaque == "" && b.Opaque == "" &&
		strings.EqualFold(a.Scheme, b.Scheme) &&
		a.Hostname() != "" && strings.EqualFold(a.Hostname(), b.Hostname()) &&
		port(a) == port(b)
}

func port(u *url.URL) string {
	if p := u.Port(); p != "" {
		return p
	}
	return defaultPort(u)
}

func defaultPort(u *url.URL) string {
	switch strings.ToLower(u.Scheme) {
	case "http":
		return "80"
	case "https":
		return "443"
	default:
		return ""
	}
}

// normalPath is the decoded path without dot segments. They are resolved after
// decoding, because a server may do the same with "%2e%2e".
func normalPath(u *url.URL) string {
	root := &url.URL{Path: "/"}
	return root.ResolveReference(&url.URL{Path: u.Path}).Path
}

// coversPath reports whether prefix is path or one of its parents. Whole
// segments count, so that /private does not cover /private-not.
func coversPath(prefix, path string) bool {
	rest, ok := strings.CutPrefix(path, prefix)
	return ok && (rest == "" || rest[0] == '/' || strings.HasSuffix(prefix, "/"))
}
