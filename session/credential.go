package session

import (
	"fmt"
	"io"
	"slices"
	"sync"
)

// String leaves the password out. It and the two below are methods of the value,
// so that a credential inside another value is kept back as well.
func (c Credential) String() string {
	switch {
	case c.Trust != nil:
		return fmt.Sprintf("trust in %q", c.Trust.Addr)
	}
	return fmt.Sprintf("credential of %q", c.User)
}

// Format keeps the password out of every verb of package fmt.
func (c Credential) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, c.String()) // a fmt.State collects in memory
}

// MarshalJSON refuses: a credential is not for writing down.
func (c Credential) MarshalJSON() ([]byte, error) {
	return nil, fmt.Errorf("%v is not encoded", c)
}

// CredentialStorage keeps credentials by protection space, in memory. Several
// users may have one each; the first stored is the default. Safe for use by
// several goroutines. A session stores a credential of PersistenceForSession
// after a server has accepted it.
type CredentialStorage struct {
	mu     sync.Mutex
	spaces map[ProtectionSpace][]Credential // the default first
}

// Format says how many spaces there are, and nothing of what is kept for them.
func (cs *CredentialStorage) Format(f fmt.State, _ rune) {
	n := 0
	if cs != nil {
		cs.mu.Lock()
		n = len(cs.spaces)
		cs.mu.Unlock()
	}
	_, _ = fmt.Fprintf(f, "credentials for %d protection spaces", n) // a fmt.State collects in memory
}

// NewCredentialStorage returns an empty storage.
func NewCredentialStorage() *CredentialStorage {
	return &CredentialStorage{spaces: make(map[ProtectionSpace][]Credential)}
}

// Set stores a copy of c unless its persistence is none; it replaces one of
// the same user.
func (cs *CredentialStorage) Set(p ProtectionSpace, c *Credential) {
	if c == nil || c.Persistence == PersistenceNone {
		return
	}
	cs.mu.Lock()
	defer cs.mu.Unlock()
	have := cs.spaces[p]
	if i := slices.IndexFunc(have, func(o Credential) bool { return o.User == c.User }); i >= 0 {
		have[i] = *c
		return
	}
	cs.spaces[p] = append(have, *c)
}

// Default returns a copy of the default credential of a space, or nil.
func (cs *CredentialStorage) Default(p ProtectionSpace) *Credential {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	have := cs.spaces[p]
	if len(have) == 0 {
		return nil
	}
	c := have[0]
	return &c
}

// Remove removes the credential of a space that equals c.
func (cs *CredentialStorage) Remove(p ProtectionSpace, c *Credential) {
	if c == nil {
		return
	}
	cs.mu.Lock()
	defer cs.mu.Unlock()
	have := slices.DeleteFunc(cs.spaces[p], func(o Credential) bool { return o == *c })
	if len(have) == 0 {
		delete(cs.spaces, p)
		return
	}
	cs.spaces[p] = have
}

// RemoveAll empties the storage.
func (cs *CredentialStorage) RemoveAll() {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	clear(cs.spaces)
}

// has tells whether the storage still holds the credential.
func (cs *CredentialStorage) has(p ProtectionSpace, c *Credential) bool {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	return slices.Contains(cs.spaces[p], *c)
}
