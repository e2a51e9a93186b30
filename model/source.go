package model

import (
	"context"
	"net"
	"slices"
	"strconv"

	"haul/session"
)

// CredentialSource is a place where a person has put passwords for programs to
// find. It is used by several goroutines at once.
type CredentialSource interface {
	// Name is what it is called in a row's timeline.
	Name() string
	// Credential is what it has for a space, nil for nothing. own tells that
	// the space is at the origin of the URL that the user gave. user is the
	// name that is wanted, "" for any. It may take its time, and ends when ctx
	// does. An error holds no secret.
	Credential(ctx context.Context, p session.ProtectionSpace, own bool, user string) (*session.Credential, error)
	// Refused tells that the server did not take what the source had.
	Refused(ctx context.Context, p session.ProtectionSpace, c *session.Credential)
}

// attempt is a credential that was sent to a space.
type attempt struct {
	cred *session.Credential
	// source is where it is from, nil for the user and the storage.
	source CredentialSource
	// unasked tells that a source or the storage had it.
	unasked bool
}

// known is a credential that need not be asked for, with the words for the
// timeline; nil if there is none that the space has not refused already. They
// come in the order of the precedence: what the user gave for this row, the URL,
// the options, the sources, the storage.
func (o *Observer) known(
	ctx context.Context, s *slot, c *session.Challenge, given *session.Credential,
) (*session.Credential, string) {
	l := s.lineage
	refused := l.begin(c)
	if refused != nil && refused.source != nil {
		refused.source.Refused(ctx, c.Space, refused.cred)
	}
	for _, cred := range l.given(c.Space, given) {
		if l.try(c.Space, attempt{cred: cred}) {
			return cred, "known credential"
		}
	}
	if cred, from := o.sourced(ctx, s, c); cred != nil {
		return cred, from
	}
	if user := o.wanted(l, c); c.Proposed != nil && !halfProposed(c) && (user == "" || user == c.Proposed.User) && l.try(c.Space, attempt{cred: c.Proposed, unasked: true}) {
		return c.Proposed, "known credential"
	}
	return nil, ""
}

// halfProposed tells that the URL of a proxy names a user without a password:
// that is no credential yet, but says whose is looked for.
func halfProposed(c *session.Challenge) bool {
	return c.Space.Proxy && c.Proposed != nil && c.Proposed.User != "" && c.Proposed.Password == ""
}

// sourced is what the first source has that was not tried yet. At another origin
// than the row's own, which a redirect led to, sources are asked only if what
// they have travels encrypted: else whoever can answer for that host would get
// it. Proxies are named by the user.
func (o *Observer) sourced(ctx context.Context, s *slot, c *session.Challenge) (*session.Credential, string) {
	l := s.lineage
	own := l.owns(c.Space)
	if !own && !c.Space.Proxy && !c.Space.ReceivesCredentialSecurely() {
		return nil, ""
	}
	user := o.wanted(l, c)
	for _, source := range o.opt.Sources {
		cred, err := source.Credential(ctx, c.Space, own, user)
		switch {
		case err != nil:
			o.noteChallenge(s, c, source.Name()+" fails: "+err.Error())
		case cred != nil && l.try(c.Space, attempt{cred: cred, source: source, unasked: true}):
			return cred, "credential of " + source.Name()
		}
	}
	return nil, ""
}

// wanted is the user name that the URL or the options have for a space, "" for
// none. A token has none.
func (o *Observer) wanted(l *lineage, c *session.Challenge) string {
	p := c.Space
	own := l.owns(p)
	switch {
	case p.Method == session.MethodBearer:
		return ""
	case halfProposed(c):
		return c.Proposed.User
	case own && l.urlUser() != "":
		return l.urlUser()
	case own && o.opt.Credential != nil:
		return o.opt.Credential.User
	case own && o.opt.User != "":
		return o.opt.User
	case o.opt.HostUser != nil && !p.Proxy:
		return o.opt.HostUser(net.JoinHostPort(p.Host, strconv.Itoa(p.Port)))
	}
	return ""
}

// begin takes note of what has become of the last attempt. It returns it if it
// was refused.
func (l *lineage) begin(c *session.Challenge) *attempt {
	l.mu.Lock()
	defer l.mu.Unlock()
	if c.PreviousFailureCount == 0 {
		delete(l.tried, c.Space)
		return nil
	}
	tried := l.tried[c.Space]
	if len(tried) == 0 {
		return nil
	}
	if mine := l.creds[c.Space]; mine != nil && l.hasTried(c.Space, mine) {
		delete(l.creds, c.Space)
	}
	return &tried[len(tried)-1]
}

// urlUser is the user name in the URL.
func (l *lineage) urlUser() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.own == nil {
		return ""
	}
	return l.own.User
}

// given are the credentials that the user gave: for this row, in its URL, and
// in the options. A user name alone in the URL is no credential yet: sources may
// have its password. The session proposes it without one.
func (l *lineage) given(p session.ProtectionSpace, options *session.Credential) (all []*session.Credential) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if cred := l.creds[p]; cred != nil {
		all = append(all, cred)
	}
	if l.owns(p) && l.own != nil && l.own.Password != "" && p.Method != session.MethodBearer {
		all = append(all, l.own)
	}
	if l.owns(p) && options != nil {
		g := *options
		g.Persistence = session.PersistenceForSession
		all = append(all, &g)
	}
	return all
}

// try notes an attempt, and returns false if the space refused the same before.
func (l *lineage) try(p session.ProtectionSpace, a attempt) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.hasTried(p, a.cred) {
		return false
	}
	put(&l.tried, p, append(l.tried[p], a))
	return true
}

// hasTried tells whether a credential was sent to a space. The caller holds mu.
func (l *lineage) hasTried(p session.ProtectionSpace, c *session.Credential) bool {
	return slices.ContainsFunc(l.tried[p], func(a attempt) bool {
		return a.cred.User == c.User && a.cred.Password == c.Password
	})
}

// unasked is how many of the attempts at a space nobody was asked for.
func (l *lineage) unasked(p session.ProtectionSpace) (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, a := range l.tried[p] {
		if a.unasked {
			n++
		}
	}
	return n
}

// remember keeps a credential that the user typed for the row's later tasks.
func (l *lineage) remember(p session.ProtectionSpace, c *session.Credential) {
	l.mu.Lock()
	put(&l.creds, p, c)
	put(&l.tried, p, append(l.tried[p], attempt{cred: c}))
	l.mu.Unlock()
}
