package authn

import (
	"crypto/subtle"
	"errors"
	"fmt"
	"strings"
)

// Answer is the credentials of one request. It is read-only; its methods may be
// called from any goroutine.
type Answer struct {
	space   *Digest
	session digestSession // as it was for this request
	uri     string
	value   string
}

// String is the value of the Authorization or Proxy-Authorization field.
func (a *Answer) String() string { return a.value }

// Format writes what stands for the answer under every verb of package fmt.
// The field value is only had by String: it is a secret of its own, for
// whoever holds it can try passwords against it.
func (a *Answer) Format(s fmt.State, _ rune) { redact(s, "digest answer") }

// Stale reports whether ch, which came with the refusal of a, refuses the nonce
// only: the password was right, and the request is repeated after Renew without
// a word to anyone. It is false for the nonce that a used itself, and for other
// terms than those of its Digest.
//
// A hostile server can call every nonce stale: the caller bounds how often it
// repeats a request.
func (a *Answer) Stale(ch Challenge) bool {
	t, s, err := readDigest(ch)
	return err == nil && t == a.space.terms && s.nonce != a.session.nonce &&
		strings.EqualFold(ch.Params["stale"], "true")
}

// Accept takes the values of the Authentication-Info or Proxy-Authentication-Info
// field of the response to a (RFC 7616 section 3.5): the Digest goes over to
// the next nonce, if there is one. A wrong proof of the server is
// ErrServerProof, and its next nonce is not taken. Without the field, or without
// a proof in it, there is nothing to check: servers may leave them out.
//
// body is the content of the response. It is read when the server's proof
// covers it; nil is ErrBodyNeeded then, and the next nonce is taken all the
// same. The proof is left for BodyProof.
func (a *Answer) Accept(info []string, body Body) error {
	params := parseParams(info)
	var sum func() (string, error)
	if body != nil {
		sum = func() (string, error) { return a.space.terms.alg.hash.ofBody(body) }
	}
	err := a.checkProof(params, sum)
	if err != nil && !errors.Is(err, ErrBodyNeeded) {
		return err
	}
	if nonce := params["nextnonce"]; nonce != "" {
		a.space.next(nonce, a)
	}
	return err
}

// checkProof holds rspauth against what the server can only know with the
// password. RFC 2069 has no such proof. sum is the hash of the content, nil when
// it is not known.
func (a *Answer) checkProof(params map[string]string, sum func() (string, error)) error {
	terms := a.space.terms
	sent, ok := params["rspauth"]
	if !ok || terms.qop == "" {
		return nil
	}
	wrong := func(what string) error {
		return fmt.Errorf("digest: %w: wrong %s", ErrServerProof, what)
	}
	if nc, ok := params["nc"]; ok && !strings.EqualFold(nc, a.nc()) {
		return wrong("nc")
	}
	if cnonce, ok := params["cnonce"]; ok && cnonce != a.session.cnonce {
		return wrong("cnonce")
	}
	// The server should use the quality of the request, but need not.
	qop := terms.qop
	if q, ok := params["qop"]; ok {
		qop = strings.ToLower(q)
	}
	a2 := ":" + a.uri
	switch qop {
	case qopAuth:
	case qopAuthInt:
		if sum == nil {
			return fmt.Errorf("digest: response: %w", ErrBodyNeeded)
		}
		content, err := sum()
		if err != nil {
			return fmt.Errorf("digest: hash of the response: %w", err)
		}
		a2 += ":" + content
	default:
		return wrong("qop")
	}
	if subtle.ConstantTimeCompare([]byte(strings.ToLower(sent)), []byte(a.proof(qop, a2))) != 1 {
		return wrong("rspauth")
	}
	return nil
}

// proof is the hash that shows knowledge of the password, of the client with
// the A2 of the request and of the server with that of the response (RFC 7616
// sections 3.4.1 and 3.5).
func (a *Answer) proof(qop, a2 string) string {
	s, h := a.session, a.space.terms.alg.hash
	return h.of(s.ha1, s.nonce, a.nc(), s.cnonce, qop, h.of(a2))
}

// legacyProof is that of RFC 2069.
func (a *Answer) legacyProof(a2 string) string {
	s, h := a.session, a.space.terms.alg.hash
	return h.of(s.ha1, s.nonce, h.of(a2))
}

func (a *Answer) nc() string { return fmt.Sprintf("%08x", a.session.nc) }

// credentials is the field value, with the parameters in the order of the
// examples in RFC 7616. Which of them are quoted is not free: section 3.4.
func (a *Answer) credentials(response string) string {
	terms, s := a.space.terms, a.session
	params := []string{a.space.user, "realm=" + quote(terms.realm), "uri=" + quote(a.uri)}
	if s.algorithm != "" {
		params = append(params, "algorithm="+s.algorithm)
	}
	params = append(params, "nonce="+quote(s.nonce))
	if terms.qop != "" {
		params = append(params, "nc="+a.nc(), "cnonce="+quote(s.cnonce), "qop="+terms.qop)
	}
	params = append(params, "response="+quote(response))
	if s.hasOpaque {
		params = append(params, "opaque="+quote(s.opaque))
	}
	if terms.userhash {
		params = append(params, "userhash=true")
	}
	return "Digest " + strings.Join(params, ", ")
}
