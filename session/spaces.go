package session

import (
	"net/url"
	"sync"

	"haul/session/internal/authn"
)

// spaceBook knows the protection spaces whose credential a server has
// accepted, so that the next request there carries it without being asked
// (RFC 7617 section 2.2, RFC 7616 section 3.3). A session has one for
// credentials that may be kept. Each task has one for all that it used, which
// answers challenges only.
type spaceBook struct {
	// valid tells whether a credential may still be used.
	valid func(ProtectionSpace, *Credential) bool

	mu     sync.Mutex
	spaces map[ProtectionSpace]*openSpace // made for the first
}

// openSpace is a protection space that a credential opens.
type openSpace struct {
	space ProtectionSpace
	cred  *Credential // nil: the Kerberos ticket in bound
	// digest is shared by all who use the space, so that its nonce is
	// counted once. nil for the other methods.
	digest *authn.Digest
	// bound begins what NTLM and Negotiate say to a proxy, nil for the other
	// methods.
	bound *binding
	// challenged are the URLs whose challenges the credential answered, which
	// say how far Basic may reach.
	challenged []*url.URL
}

func newSpaceBook(valid func(ProtectionSpace, *Credential) bool) *spaceBook {
	return &spaceBook{valid: valid}
}

// maxChallenged bounds the URLs kept for one Basic space.
const maxChallenged = 32

// add notes that the credential of o was accepted; challenged is nil for a proxy.
func (b *spaceBook) add(o *openSpace, challenged *url.URL) {
	b.mu.Lock()
	defer b.mu.Unlock()
	have := b.spaces[o.space]
	if have == nil || !have.sameCredential(o) {
		have = &openSpace{space: o.space, cred: o.cred}
		if b.spaces == nil {
			b.spaces = make(map[ProtectionSpace]*openSpace)
		}
		b.spaces[o.space] = have
	}
	if o.bound != nil {
		have.bound = o.bound
	}
	if o.digest != nil {
		have.digest = o.digest
		return
	}
	if challenged == nil {
		return
	}
	for _, u := range have.challenged {
		if authn.BasicCovers(u, challenged) {
			return
		}
	}
	if len(have.challenged) < maxChallenged {
		have.challenged = append(have.challenged, challenged)
	}
}

// sameCredential tells whether o and p are opened by the same user and secret, or
// both by a ticket.
func (o *openSpace) sameCredential(p *openSpace) bool {
	if o.cred == nil || p.cred == nil {
		return o.cred == p.cred
	}
	return *o.cred == *p.cred
}

// remove forgets a space whose credential was refused, unless another one has
// taken its place.
func (b *spaceBook) remove(o *openSpace) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if have := b.spaces[o.space]; have != nil && have.sameCredential(o) {
		delete(b.spaces, o.space)
	}
}

// forget closes all spaces.
func (b *spaceBook) forget() {
	b.mu.Lock()
	defer b.mu.Unlock()
	clear(b.spaces)
}

// get returns what opens a space, or nil.
func (b *spaceBook) get(p ProtectionSpace) *openSpace {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.usable(b.spaces[p])
}

// covering returns what opens the space that u is in for all that is known, or
// nil. If several do, the one with the deepest challenged path counts.
func (b *spaceBook) covering(u *url.URL) *openSpace {
	b.mu.Lock()
	defer b.mu.Unlock()
	var best *openSpace
	depth := -1
	for _, o := range b.spaces {
		if d := o.covers(u); d > depth && b.usable(o) != nil {
			best, depth = b.usable(o), d
		}
	}
	return best
}

// ofProxy returns what opens a proxy, or nil; one that hides the password if
// several do.
func (b *spaceBook) ofProxy(via *url.URL) *openSpace {
	b.mu.Lock()
	defer b.mu.Unlock()
	var best *openSpace
	for _, o := range b.spaces {
		if o.leadsThrough(via) && b.usable(o) != nil && (best == nil || o.digest != nil || o.bound != nil) {
			best = b.usable(o)
		}
	}
	return best
}

// leadsThrough tells whether o is a space of the proxy at via.
func (o *openSpace) leadsThrough(via *url.URL) bool {
	p := o.space
	return p.Proxy && proxyOrigin(via) == origin{p.Protocol, p.Host, p.Port}
}

// usable returns a copy of o if it may be used.
func (b *spaceBook) usable(o *openSpace) *openSpace {
	if o == nil || !b.valid(o.space, o.cred) {
		return nil
	}
	c := *o
	return &c
}

// covers returns how deep the path is by which o reaches u, -1 if it does not.
func (o *openSpace) covers(u *url.URL) int {
	if o.space.Method.SessionLevel() {
		return -1 // a connection is opened, not a space
	}
	if o.space.Proxy {
		return -1 // URLs are not what it is about
	}
	if o.digest != nil {
		if o.digest.Covers(u) {
			return 0
		}
		return -1
	}
	depth := -1
	for _, c := range o.challenged {
		if authn.BasicCovers(c, u) {
			depth = max(depth, len(c.Path))
		}
	}
	return depth
}

// authorize makes the field value for a request, method and target as in its
// request line, and the Digest answer, against which the server's proof is held;
// nil for the other methods.
func (o *openSpace) authorize(method, target string, body bodySource) (string, *authn.Answer, error) {
	switch {
	case o.space.Method == MethodBearer:
		value, err := authn.Bearer(o.cred.Password)
		return value, nil, err
	case o.digest == nil:
		value, err := authn.Basic(authn.Credential{User: o.cred.User, Password: o.cred.Password})
		return value, nil, err
	}
	hash := authn.Body(authn.NoBody)
	if body != nil {
		hash = body.hash()
	}
	answer, err := o.digest.Answer(method, target, hash)
	if err != nil {
		return "", nil, err
	}
	return answer.String(), answer, nil
}
