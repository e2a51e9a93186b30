package authn

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// userParam is the parameter that names the user: hashed when the server wants
// it so, else as a quoted string, else in the extended notation of RFC 8187.
//
// That notation is used for what no quoted string may hold, and beyond ASCII
// only for a server that has announced UTF-8: others are mostly older than the
// notation, and compare the bytes.
func userParam(t terms, user string) (string, error) {
	if t.userhash {
		return "username=" + quote(t.alg.hash.of(user, t.realm)), nil
	}
	name := []byte(user)
	beyondASCII := slices.ContainsFunc(name, func(c byte) bool { return c >= utf8.RuneSelf })
	if !slices.ContainsFunc(name, isCTL) && !(beyondASCII && t.utf8) {
		return "username=" + quote(user), nil
	}
	if !utf8.Valid(name) {
		return "", fmt.Errorf("digest: %w: user name is not UTF-8", ErrCredential)
	}
	return "username*=UTF-8''" + extValue(user), nil
}

// quote writes a quoted string (RFC 9110 section 5.6.4).
func quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

// extValue percent-encodes what is no attr-char of RFC 8187 section 3.2.1. The
// escapes of package net/url leave other characters as they are.
func extValue(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; isAlphanumeric(c) || strings.IndexByte("!#$&+-.^_`|~", c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}
