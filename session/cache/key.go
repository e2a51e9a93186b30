package cache

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"strings"
)

// key stands for a URL. Only responses to GET are stored, so it stands for the
// method too. It is a digest, so that nothing a server or a URL says becomes
// the name of a file, and no URL with a secret in its query is on disk.
type key [16]byte

func (k key) String() string { return hex.EncodeToString(k[:]) }

// keyOf is the key of u: scheme, host, port, path and query; neither fragment
// nor user information (RFC 9111 section 2, RFC 9110 section 4.2.3).
func keyOf(u *url.URL) key {
	path := u.EscapedPath()
	if path == "" {
		path = "/"
	}
	text := strings.ToLower(u.Scheme) + "://" + authority(u) + path
	if u.RawQuery != "" || u.ForceQuery {
		text += "?" + u.RawQuery
	}
	sum := sha256.Sum256([]byte(text))
	return key(sum[:16])
}

// authority is host and port of u, the port always written out.
func authority(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = "80"
		if strings.EqualFold(u.Scheme, "https") {
			port = "443"
		}
	}
	return strings.ToLower(u.Hostname()) + ":" + port
}

func sameOrigin(a, b *url.URL) bool {
	return strings.EqualFold(a.Scheme, b.Scheme) && authority(a) == authority(b)
}

// outside tells why req has nothing to do with the cache, "" if it has.
func outside(req *http.Request, said directives) string {
	switch {
	case req.URL == nil || !strings.EqualFold(req.URL.Scheme, "http") && !strings.EqualFold(req.URL.Scheme, "https"):
		return "the URL is neither http nor https"
	case req.Method != http.MethodGet && req.Method != http.MethodHead && req.Method != "":
		return "the method is neither GET nor HEAD"
	case len(req.Header["Authorization"]) > 0:
		return "the request carries Authorization"
	case said.has("no-store"):
		return "the request says no-store"
	case req.Body != nil && req.Body != http.NoBody:
		return "the request has a body"
	case req.Host != "" && !strings.EqualFold(req.Host, req.URL.Host):
		return "the request names another host than its URL"
	}
	return ""
}

// safe tells whether a method changes nothing at the server (RFC 9110 section
// 9.2.1). Unknown methods are taken to change something.
func safe(method string) bool {
	switch method {
	case "", http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace:
		return true
	}
	return false
}
