package authn

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"math"
	"net/url"
	"slices"
	"sync"
)

// The errors of Digest. They are wrapped: compare with errors.Is.
var (
	// ErrUnsupported is the error of a challenge that Supported denies, and of
	// one that a Digest cannot go over to.
	ErrUnsupported = errors.New("challenge is not supported")
	// ErrBodyNeeded says that auth-int protects the body, and that the body
	// cannot be read just for its hash.
	ErrBodyNeeded = errors.New("auth-int needs the body twice: once for its hash")
	// ErrServerProof says that the server's proof of the password is wrong: the
	// response, or its field, is not from the server that the user meant.
	ErrServerProof = errors.New("server has not proved that it knows the password")
)

// Body writes the whole entity body to w, from its start, and returns the first
// error. It is called only when a hash of the body is needed, on the goroutine
// of the caller. A nil Body is one that cannot be read for its hash, such as a
// stream that exists once.
type Body func(w io.Writer) error

// NoBody is the Body of a message without content.
func NoBody(io.Writer) error { return nil }

// Digest is the client's side of one Digest protection space (RFC 7616): it
// answers requests with the same nonce, counts them, and goes on to another
// nonce when the server gives one. It keeps no password, only its hash with the
// user name and the realm, which is as good as the password in this realm. It
// may be used by several goroutines, and starts none.
type Digest struct {
	terms  terms
	user   string   // the parameter that names the user
	secret string   // H(user:realm:password)
	origin *url.URL // nil for a proxy
	cnonce func() string

	mu      sync.Mutex
	session digestSession
}

// digestSession is what lasts until the next challenge, and until the next
// nonce. RFC 7616 section 3.6 calls it the authentication session.
type digestSession struct {
	serverSession
	ha1    string // H(A1)
	cnonce string
	nc     uint32 // the last one used with nonce
	number int    // counts the challenges
}

// NewDigest begins a protection space with the challenge to a request for
// challenged. A nil URL stands for a proxy, whose space is not one of URLs.
// ErrUnsupported and ErrCredential are its errors.
func NewDigest(ch Challenge, cred Credential, challenged *url.URL) (*Digest, error) {
	return newDigest(ch, cred, challenged, rand.Text)
}

func newDigest(ch Challenge, cred Credential, challenged *url.URL, cnonce func() string) (*Digest, error) {
	t, s, err := readDigest(ch)
	if err != nil {
		return nil, err
	}
	user, err := userParam(t, cred.User)
	if err != nil {
		return nil, err
	}
	d := &Digest{
		terms:  t,
		user:   user,
		secret: t.alg.hash.of(cred.User, t.realm, cred.Password),
		cnonce: cnonce,
	}
	if challenged != nil {
		d.origin = &url.URL{Scheme: challenged.Scheme, Host: challenged.Host, Path: "/"}
	}
	d.begin(s)
	return d, nil
}

// Format keeps the hash of the password out of every verb of package fmt.
func (d *Digest) Format(s fmt.State, _ rune) { redact(s, "digest protection space") }

// begin starts an authentication session. The cnonce is the same for all its
// requests: the "-sess" algorithms need the first one in A1, and there are
// servers that take the current one instead.
func (d *Digest) begin(s serverSession) {
	next := digestSession{serverSession: s, ha1: d.secret, cnonce: d.cnonce(), number: d.session.number + 1}
	if d.terms.alg.session {
		next.ha1 = d.terms.alg.hash.of(d.secret, s.nonce, next.cnonce)
	}
	d.session = next
}

// Renew goes over to the nonce of a challenge of the same space, and counts its
// requests from one. Nothing changes when that nonce is in use already, because
// another request brought it. A challenge with another realm, algorithm or
// quality of protection is ErrUnsupported: it takes a Digest of its own, and a
// person may have to be asked again.
//
// After an Answer that is Stale this is no failed attempt. Another challenge
// may be tried so too, when the credential has been good before: not every
// server remembers its nonces for long, or says that one is stale.
func (d *Digest) Renew(ch Challenge) error {
	t, s, err := readDigest(ch)
	if err != nil {
		return err
	}
	if t != d.terms {
		return fmt.Errorf("digest: %w: not the same protection space", ErrUnsupported)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if s.nonce != d.session.nonce {
		d.begin(s)
	}
	return nil
}

// Covers reports whether a request for u may be answered before it is
// challenged: u has the origin of the challenged request, and a path that the
// challenge's domain parameter lists (RFC 7616 section 3.3); without that
// parameter any path. Other origins in it are ignored: a server does not decide
// who else is shown the user's answer. A Digest for a proxy covers nothing.
func (d *Digest) Covers(u *url.URL) bool {
	if d.origin == nil || !sameOrigin(d.origin, u) {
		return false
	}
	d.mu.Lock()
	domain := d.session.domain
	d.mu.Unlock()
	if len(domain) == 0 {
		return true
	}
	path := normalPath(u)
	for _, uri := range domain {
		ref, err := d.origin.Parse(uri)
		if err == nil && sameOrigin(d.origin, ref) && coversPath(normalPath(ref), path) {
			return true
		}
	}
	return false
}

// Answer computes the credentials for one request. requestURI is the target as
// the request line has it: path and query for an origin, the whole URL for a
// request through a proxy, host:port for CONNECT. body is read when the server
// offers only auth-int; nil is ErrBodyNeeded then, and an error of body's own
// is returned wrapped.
//
// Each call uses up one nonce count, so each is for one request.
func (d *Digest) Answer(method, requestURI string, body Body) (*Answer, error) {
	if slices.ContainsFunc([]byte(method+requestURI), isCTL) {
		return nil, errors.New("digest: control character in the request line")
	}
	h := d.terms.alg.hash
	a2 := method + ":" + requestURI
	if d.terms.qop == qopAuthInt {
		if body == nil {
			return nil, fmt.Errorf("digest: %w", ErrBodyNeeded)
		}
		sum, err := h.ofBody(body)
		if err != nil {
			return nil, fmt.Errorf("digest: hash of the body: %w", err)
		}
		a2 += ":" + sum
	}
	s, err := d.count()
	if err != nil {
		return nil, err
	}
	a := &Answer{space: d, session: s, uri: requestURI}
	response := a.legacyProof(a2)
	if d.terms.qop != "" {
		response = a.proof(d.terms.qop, a2)
	}
	a.value = a.credentials(response)
	return a, nil
}

// count uses up one nonce count and returns the session with it.
func (d *Digest) count() (digestSession, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.session.nc == math.MaxUint32 {
		return digestSession{}, errors.New("digest: the nonce is used up")
	}
	d.session.nc++
	return d.session, nil
}

// next goes over to the nonce that the response to an answer gave, within the
// same authentication session: H(A1) stays. A challenge that came since then is
// newer than that nonce.
func (d *Digest) next(nonce string, a *Answer) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.session.number == a.session.number && d.session.nonce != nonce {
		d.session.nonce, d.session.nc = nonce, 0
	}
}
