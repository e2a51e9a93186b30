package demo

import (
	"crypto/subtle"
	"net/http"
	"strings"
)

// The account that every password of the demo belongs to, and the realm that
// gives it away, so that whoever sees the prompt can answer it.
const (
	User     = "alice"
	Password = "wonderland"
	Realm    = "alice, wonderland"
	// Token is what Bearer wants, and is of no other account.
	Token = "looking-glass"
)

// authorized tells whether r may go on. If not, the 401 has been written.
func (s *Server) authorized(w http.ResponseWriter, r *http.Request, p plan) bool {
	if p.auth == "none" {
		return true
	}
	scheme, value, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	stale := false
	switch strings.ToLower(scheme) {
	case "bearer":
		if p.auth == "bearer" && same(value, Token) {
			return true
		}
	case "basic":
		user, password, ok := r.BasicAuth()
		if ok && (p.auth == "basic" || p.auth == "both") && same(user, User) && same(password, Password) {
			return true
		}
	case "digest":
		if p.auth == "digest" || p.auth == "both" {
			var ok bool
			if ok, stale = s.digest.check(r, value, p); ok {
				return true
			}
		}
	}
	h := w.Header()
	basic := "Basic realm=" + quote(p.realm) + `, charset="UTF-8"`
	switch p.auth {
	case "bearer":
		h.Set("WWW-Authenticate", "Bearer realm="+quote(p.realm))
	case "basic":
		h.Set("WWW-Authenticate", basic)
	case "digest":
		for _, algorithm := range p.algorithms {
			h.Add("WWW-Authenticate", s.digest.challenge(p, algorithm, stale))
		}
	case "both":
		h.Set("WWW-Authenticate", basic+", "+s.digest.challenge(p, p.algorithms[0], stale))
	}
	page(w, http.StatusUnauthorized, "This file wants a password.")
	return false
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// quote makes a quoted-string of RFC 9110 section 5.6.4. Control characters
// stay, which is wrong on purpose: a client has to cope.
func quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}
