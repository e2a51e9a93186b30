package cache

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"slices"
	"strings"
)

// varyFields are the names that Vary lists, in canonical form and order. any
// is true for "*", which no request ever matches (RFC 9111 section 4.1).
func varyFields(h http.Header) (names []string, any bool) {
	for _, line := range h["Vary"] {
		for _, name := range members(line) {
			if name == "*" {
				return nil, true
			}
			names = append(names, http.CanonicalHeaderKey(name))
		}
	}
	slices.Sort(names)
	return slices.Compact(names), false
}

// selector is a digest of what the request says in the fields named: two
// requests with the same one select the same response. It is a digest because
// a field such as Cookie is a secret.
func selector(names []string, request http.Header) string {
	sum := sha256.New()
	for _, name := range names {
		value := "absent"
		if lines, there := request[name]; there {
			value = "=" + normal(name, lines)
		}
		// A hash takes every write.
		_, _ = sum.Write([]byte(name + "\x00" + value + "\x00"))
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// normal is the value of a field without the differences that mean nothing:
// lines, white space around commas and, where it is known, case (RFC 9111
// section 4.1).
func normal(name string, lines []string) string {
	var list []string
	for _, line := range lines {
		list = append(list, members(line)...)
	}
	value := strings.Join(list, ",")
	switch name {
	case "Accept-Language", "Accept-Encoding", "Accept-Charset":
		return strings.ToLower(value)
	}
	return value
}

// selectedBy tells whether the request selects this response of its URL.
func (h *head) selectedBy(request http.Header) bool {
	return h.selector == selector(h.vary, request)
}
