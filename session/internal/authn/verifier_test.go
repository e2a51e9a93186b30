package authn

import (
	"crypto/md5"
	"crypto/sha256"
	"crypto/sha512"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// verifier is the server's side of Digest, written from RFC 7616 apart from the
// code under test: it shares neither its parser nor its hashes.
type verifier struct {
	t                *testing.T
	user, password   string
	realm, algorithm string
	qop              string // as offered; empty is RFC 2069
	userhash, utf8   bool
	proxy            bool // 407 and the Proxy- fields
	// uses is how many requests a nonce is good for; 0 is any number.
	uses int
	// nextNonce gives every response a new nonce.
	nextNonce bool

	mu       sync.Mutex
	nonce    int
	last     map[string]uint64 // highest count seen of each nonce
	keys     map[string]string // A1 of the "-sess" algorithms, by nonce
	refusals []string
}

const content = "what was asked for"

func (v *verifier) hash(parts ...string) string {
	text := []byte(strings.Join(parts, ":"))
	switch strings.TrimSuffix(strings.ToUpper(v.algorithm), "-SESS") {
	case "", "MD5":
		return fmt.Sprintf("%x", md5.Sum(text))
	case "SHA-256":
		return fmt.Sprintf("%x", sha256.Sum256(text))
	case "SHA-512-256":
		return fmt.Sprintf("%x", sha512.Sum512_256(text))
	}
	v.t.Errorf("verifier: algorithm %q", v.algorithm)
	return ""
}

func (v *verifier) field(name string) string {
	if v.proxy {
		return "Proxy-" + name
	}
	return name
}

func (v *verifier) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	v.mu.Lock()
	defer v.mu.Unlock()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		v.t.Errorf("verifier: body: %v", err)
	}
	sent := r.Header.Get(v.field("Authorization"))
	if sent == "" {
		v.challenge(w, false, "no credentials")
		return
	}
	p := v.read(sent)
	a1, why, stale := v.check(r, p, string(body))
	if why != "" {
		v.challenge(w, stale, why)
		return
	}
	if v.qop != "" {
		a2 := ":" + r.RequestURI
		if p["qop"] == "auth-int" {
			a2 += ":" + v.hash(content)
		}
		info := fmt.Sprintf(`qop=%s, rspauth="%s", cnonce="%s", nc=%s`, p["qop"],
			v.hash(a1, p["nonce"], p["nc"], p["cnonce"], p["qop"], v.hash(a2)), p["cnonce"], p["nc"])
		if v.nextNonce {
			next := v.fresh()
			v.keys[next] = v.keys[p["nonce"]]
			info += fmt.Sprintf(`, nextnonce="%s"`, escape(next))
		}
		w.Header().Set(v.field("Authentication-Info"), info)
	}
	if _, err := io.WriteString(w, content); err != nil {
		v.t.Errorf("verifier: response: %v", err)
	}
}

var credentialsParam = regexp.MustCompile(`([a-z]+\*?)=(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))(?:, |$)`)

// read takes the credentials apart, and holds the spelling against RFC 7616
// section 3.4: which parameters are quoted is prescribed.
func (v *verifier) read(sent string) map[string]string {
	rest, ok := strings.CutPrefix(sent, "Digest ")
	if !ok {
		v.t.Errorf("verifier: credentials %q", sent)
	}
	p := make(map[string]string)
	for _, m := range credentialsParam.FindAllStringSubmatch(rest, -1) {
		name, quoted, bare := m[1], m[2], m[3]
		switch name {
		case "username", "realm", "nonce", "uri", "response", "cnonce", "opaque":
			if bare != "" {
				v.t.Errorf("verifier: %s is not quoted in %q", name, sent)
			}
		default:
			if bare == "" {
				v.t.Errorf("verifier: %s is quoted in %q", name, sent)
			}
		}
		if _, twice := p[name]; twice {
			v.t.Errorf("verifier: %s twice in %q", name, sent)
		}
		p[name] = regexp.MustCompile(`\\(.)`).ReplaceAllString(quoted, "$1") + bare
		rest = strings.Replace(rest, m[0], "", 1)
	}
	if rest != "" {
		v.t.Errorf("verifier: %q is left of %q", rest, sent)
	}
	return p
}

// check says why credentials are refused, and else what A1 hashes to.
func (v *verifier) check(r *http.Request, p map[string]string, body string) (a1, why string, stale bool) {
	user := p["username"]
	if ext, ok := p["username*"]; ok {
		text, err := url.PathUnescape(strings.TrimPrefix(ext, "UTF-8''"))
		if err != nil || user != "" || v.userhash || !v.utf8 {
			return "", "extended user name out of place", false
		}
		user = text
	}
	wantUser := v.user
	if v.userhash {
		wantUser = v.hash(v.user, v.realm)
	}
	if user != wantUser || (p["userhash"] == "true") != v.userhash {
		return "", "unknown user " + user, false
	}
	if p["realm"] != v.realm || p["uri"] != r.RequestURI || p["opaque"] != `o"\` || p["algorithm"] != v.algorithm {
		return "", fmt.Sprintf("parameters %v", p), false
	}
	a1 = v.hash(v.user, v.realm, v.password)
	a2 := r.Method + ":" + p["uri"]
	want := ""
	count := v.last[p["nonce"]] + 1
	if v.qop == "" {
		if p["qop"]+p["nc"]+p["cnonce"] != "" {
			return "", "qop, nc or cnonce, though no qop was offered", false
		}
		want = v.hash(a1, p["nonce"], v.hash(a2))
	} else {
		if p["qop"] == "auth-int" {
			a2 += ":" + v.hash(body)
		}
		if nc, err := strconv.ParseUint(p["nc"], 16, 64); err != nil || nc != count || len(p["nc"]) != 8 {
			return "", fmt.Sprintf("nc=%s for request %d", p["nc"], count), false
		}
		if strings.HasSuffix(strings.ToLower(v.algorithm), "-sess") {
			if v.keys[p["nonce"]] == "" {
				v.keys[p["nonce"]] = v.hash(a1, p["nonce"], p["cnonce"])
			}
			a1 = v.keys[p["nonce"]]
		}
		want = v.hash(a1, p["nonce"], p["nc"], p["cnonce"], p["qop"], v.hash(a2))
	}
	if p["response"] != want {
		return "", "wrong response", false
	}
	if _, ok := v.last[p["nonce"]]; !ok || v.uses > 0 && count > uint64(v.uses) {
		return "", "stale nonce", true
	}
	v.last[p["nonce"]] = count
	return a1, "", false
}

func (v *verifier) fresh() string {
	if v.last == nil {
		v.last, v.keys = make(map[string]uint64), make(map[string]string)
	}
	v.nonce++
	nonce := fmt.Sprintf(`nonce/%d+"=`, v.nonce)
	v.last[nonce] = 0
	return nonce
}

func (v *verifier) challenge(w http.ResponseWriter, stale bool, why string) {
	v.refusals = append(v.refusals, why)
	field := fmt.Sprintf(`Digest realm="%s", nonce="%s", opaque="o\"\\"`, escape(v.realm), escape(v.fresh()))
	if v.algorithm != "" {
		field += ", algorithm=" + v.algorithm
	}
	if v.qop != "" {
		field += fmt.Sprintf(`, qop="%s"`, v.qop)
	}
	if v.userhash {
		field += ", userhash=true"
	}
	if v.utf8 {
		field += ", charset=UTF-8"
	}
	if stale {
		field += ", stale=true"
	}
	// A weaker scheme stands first, as real servers have it.
	name := "WWW-Authenticate"
	status := http.StatusUnauthorized
	if v.proxy {
		name, status = "Proxy-Authenticate", http.StatusProxyAuthRequired
	}
	w.Header().Set(name, `Basic realm="weak", `+field)
	w.WriteHeader(status)
}

func escape(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(s, `\`, `\\`), `"`, `\"`)
}
