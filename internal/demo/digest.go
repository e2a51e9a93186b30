package demo

import (
	"crypto/md5"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

// maxNonces bounds the memory of the nonces. When it is reached all of them
// turn stale, which a client has to take anyway.
const maxNonces = 1024

// digestAuth is the server's side of Digest (RFC 7616).
type digestAuth struct {
	mu     sync.Mutex
	nonces map[string]*nonce
}

// nonce is one that was given out.
type nonce struct {
	seen map[uint64]bool // the nonce counts that were used
	uses int             // without qop there is no count
}

// challenge returns the value of a WWW-Authenticate field with a fresh nonce.
func (d *digestAuth) challenge(p plan, algorithm string, stale bool) string {
	text := rand.Text()
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.nonces == nil || len(d.nonces) >= maxNonces {
		d.nonces = make(map[string]*nonce)
	}
	d.nonces[text] = &nonce{seen: make(map[uint64]bool)}
	var b strings.Builder
	b.WriteString("Digest realm=" + quote(p.realm) + `, nonce="` + text + `", opaque="demo", algorithm=` + algorithm)
	if p.qop == "auth" {
		b.WriteString(`, qop="auth"`)
	}
	if stale {
		b.WriteString(", stale=true")
	}
	return b.String()
}

// check judges the credentials of r, the Authorization field without its
// scheme. stale tells that they would have been right with a newer nonce.
func (d *digestAuth) check(r *http.Request, credentials string, p plan) (ok, stale bool) {
	c, ok := parseDigest(credentials)
	if !ok {
		return false, false
	}
	algorithm := c["algorithm"]
	if algorithm == "" {
		algorithm = "MD5"
	}
	offered := false
	for _, name := range p.algorithms {
		offered = offered || strings.EqualFold(name, algorithm)
	}
	newHash, session, known := digestHash(algorithm)
	switch {
	case !offered, !known, c["username"] != User, c["realm"] != p.realm, c["uri"] != r.RequestURI, c["opaque"] != "demo":
		return false, false
	case p.qop == "auth" && c["qop"] != "auth", p.qop == "none" && c["qop"] != "":
		return false, false
	}
	digest := func(parts ...string) string {
		h := newHash()
		h.Write([]byte(strings.Join(parts, ":"))) // a hash never fails
		return hex.EncodeToString(h.Sum(nil))
	}
	ha1 := digest(User, p.realm, Password)
	if session {
		ha1 = digest(ha1, c["nonce"], c["cnonce"])
	}
	ha2 := digest(r.Method, c["uri"])
	want := digest(ha1, c["nonce"], ha2)
	if p.qop == "auth" {
		want = digest(ha1, c["nonce"], c["nc"], c["cnonce"], c["qop"], ha2)
	}
	if !same(c["response"], want) {
		return false, false
	}
	if !d.use(c, p) {
		return false, true
	}
	return true, false
}

// use takes one use of the nonce. It is refused when the nonce is unknown,
// used up, or used with a count that was there before.
func (d *digestAuth) use(c map[string]string, p plan) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := d.nonces[c["nonce"]]
	if n == nil {
		return false
	}
	if p.qop == "auth" {
		count, err := strconv.ParseUint(c["nc"], 16, 32)
		if err != nil || len(c["nc"]) != 8 || count == 0 || n.seen[count] {
			return false
		}
		n.seen[count] = true
	}
	n.uses++
	if n.uses > p.uses {
		delete(d.nonces, c["nonce"])
		return false
	}
	return true
}

// digestHash returns the hash of an algorithm of RFC 7616, and whether it is
// the -sess variant.
func digestHash(algorithm string) (newHash func() hash.Hash, session, ok bool) {
	name, session := strings.CutSuffix(strings.ToUpper(algorithm), "-SESS")
	switch name {
	case "MD5":
		return md5.New, session, true
	case "SHA-256":
		return sha256.New, session, true
	}
	return nil, false, false
}

// parseDigest reads the comma separated name=value list of Digest credentials
// (RFC 9110 section 11.4). Names are lower case in the result. A name that
// comes twice, or text that is no such list, is not ok.
func parseDigest(s string) (map[string]string, bool) {
	values := make(map[string]string)
	for {
		s = strings.TrimLeft(s, " \t,")
		if s == "" {
			return values, len(values) > 0
		}
		name, rest, ok := strings.Cut(s, "=")
		name = strings.ToLower(strings.TrimRight(name, " \t"))
		if !ok || name == "" || strings.ContainsAny(name, "\", \t") {
			return nil, false
		}
		value, rest, ok := cutValue(strings.TrimLeft(rest, " \t"))
		if _, twice := values[name]; !ok || twice {
			return nil, false
		}
		values[name] = value
		s = strings.TrimLeft(rest, " \t")
		if s != "" && s[0] != ',' {
			return nil, false
		}
	}
}

// cutValue takes a token or a quoted-string off the front of s.
func cutValue(s string) (value, rest string, ok bool) {
	if !strings.HasPrefix(s, `"`) {
		end := strings.IndexAny(s, ", \t\"")
		if end < 0 {
			end = len(s)
		}
		return s[:end], s[end:], end > 0
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '"':
			return b.String(), s[i+1:], true
		case '\\':
			i++
			if i == len(s) {
				return "", "", false
			}
		}
		b.WriteByte(s[i])
	}
	return "", "", false
}
