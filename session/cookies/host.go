package cookies

import (
	"net/netip"
	"net/url"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

// canonicalHost is a host as domains are compared: in lower case, IDN in its
// ASCII form, without the dot of an absolute name (RFC 6265bis section 5.1.2).
func canonicalHost(host string) (string, error) {
	host = strings.TrimSuffix(host, ".")
	if !isASCII(host) {
		if !utf8.ValidString(host) {
			return "", errHost
		}
		ascii, err := idna.Lookup.ToASCII(host)
		if err != nil {
			return "", errHost
		}
		host = ascii
	}
	host = strings.ToLower(host)
	// The underscore is in names that people use, the rest beside letters,
	// digits and hyphens in IPv6 addresses.
	const allowed = "abcdefghijklmnopqrstuvwxyz0123456789-._:%"
	if host == "" || len(host) > 255 || strings.Trim(host, allowed) != "" ||
		strings.HasPrefix(host, ".") || strings.Contains(host, "..") || strings.HasSuffix(host, ".") {
		return "", errHost
	}
	return host, nil
}

// hostOf is the canonical host of u and whether the connection to it is secure.
// There are cookies for http, https and the WebSocket schemes only.
func hostOf(u *url.URL) (host string, secure bool, err error) {
	switch u.Scheme {
	case "https", "wss":
		secure = true
	case "http", "ws":
	default:
		return "", false, errHost
	}
	host, err = canonicalHost(u.Hostname())
	return host, secure, err
}

// domainMatch tells whether the host is the domain or one of its subdomains
// (RFC 6265bis section 5.1.3). Both are canonical.
func domainMatch(host, domain string) bool {
	if host == domain {
		return true
	}
	return strings.HasSuffix(host, "."+domain) && !isAddress(host)
}

// isAddress tells whether a canonical host is an IP address, or would be taken
// for one because its last label is a number: 127.1 and 0x7f.1 are.
func isAddress(host string) bool {
	if _, err := netip.ParseAddr(host); err == nil {
		return true
	}
	last := host[strings.LastIndexByte(host, '.')+1:]
	if hex, ok := strings.CutPrefix(last, "0x"); ok {
		return strings.Trim(hex, "0123456789abcdef") == ""
	}
	return last != "" && strings.Trim(last, "0123456789") == ""
}

func isPublicSuffix(domain string) bool {
	suffix, _ := publicsuffix.PublicSuffix(domain)
	return suffix == domain
}

// site is the registrable domain that a canonical host belongs to, or the host
// itself if it has none. A cookie can only be sent inside of its site.
func site(host string) string {
	if isAddress(host) {
		return host
	}
	s, err := publicsuffix.EffectiveTLDPlusOne(host)
	if err != nil {
		return host
	}
	return s
}

// defaultPath is the path of a cookie that names none: that of the URL up to,
// and without, the last slash (RFC 6265bis section 5.1.4).
func defaultPath(u *url.URL) string {
	path := u.EscapedPath()
	if i := strings.LastIndexByte(path, '/'); i > 0 && path[0] == '/' {
		return path[:i]
	}
	return "/"
}

// pathMatch tells whether a cookie with the given path goes to the requested
// one (RFC 6265bis section 5.1.4): /a covers /a and /a/b, but not /ab.
func pathMatch(requested, path string) bool {
	rest, ok := strings.CutPrefix(requested, path)
	return ok && (rest == "" || strings.HasSuffix(path, "/") || rest[0] == '/')
}

// requestPath is the path of a request as cookies see it.
func requestPath(u *url.URL) string {
	if path := u.EscapedPath(); strings.HasPrefix(path, "/") {
		return path
	}
	return "/"
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
