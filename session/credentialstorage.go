package session

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
)

// CredentialStorage keeps credentials by protection space. A space may have
// several users with one credential each; the first is the default, see
// SetDefault. Those of [PersistenceForSession] are in memory, those of
// [PersistencePermanent] in the SecretStore too, if there is one. A session
// stores a credential only after a server has accepted it.
//
// Safe for use by several goroutines. Methods that take a context may wait for
// the SecretStore, and return its errors; what is in memory is good then all
// the same.
type CredentialStorage struct {
	store SecretStore   // nil: memory only
	turn  chan struct{} // held, by being full, while the store is used or what is kept is changed

	mu       sync.Mutex
	spaces   map[ProtectionSpace]*keptSpace
	watchers map[*func(CredentialEvent)]struct{}
}

// keptSpace is what is in memory of one space.
type keptSpace struct {
	credentials []Credential // the default first
	read        bool         // the store was asked
}

// CredentialEvent tells of a change of a [CredentialStorage].
type CredentialEvent struct {
	// Space is the one whose credentials changed.
	Space ProtectionSpace
	// Err is why the SecretStore could not be read or written, nil if it
	// could: a credential meant to be permanent is then kept for as long as
	// the storage lives.
	Err error
}

// NewCredentialStorage returns an empty storage in memory.
func NewCredentialStorage() *CredentialStorage { return NewPermanentCredentialStorage(nil) }

// NewPermanentCredentialStorage returns a storage that keeps permanent
// credentials in store. A space is read from it when it is first needed.
func NewPermanentCredentialStorage(store SecretStore) *CredentialStorage {
	return &CredentialStorage{
		store: store, turn: make(chan struct{}, 1),
		spaces: make(map[ProtectionSpace]*keptSpace), watchers: make(map[*func(CredentialEvent)]struct{}),
	}
}

// Format says how many spaces there are, and nothing of what is kept for them.
func (cs *CredentialStorage) Format(f fmt.State, _ rune) {
	n := 0
	if cs != nil {
		cs.mu.Lock()
		for _, k := range cs.spaces {
			n += min(1, len(k.credentials))
		}
		cs.mu.Unlock()
	}
	_, _ = fmt.Fprintf(f, "credentials for %d protection spaces", n) // a fmt.State collects in memory
}

// Set stores a copy of c unless its persistence is none; it replaces one of
// the same user, wherever that is kept. The first of a space is its default.
func (cs *CredentialStorage) Set(ctx context.Context, p ProtectionSpace, c *Credential) error {
	if c == nil || c.Persistence == PersistenceNone {
		return nil
	}
	return cs.change(ctx, p, func(have []Credential) []Credential {
		if i := slices.IndexFunc(have, sameUser(c)); i >= 0 {
			have[i] = *c
			return have
		}
		return append(have, *c)
	})
}

// SetDefault is Set, and makes c the default of its space.
func (cs *CredentialStorage) SetDefault(ctx context.Context, p ProtectionSpace, c *Credential) error {
	if c == nil || c.Persistence == PersistenceNone {
		return nil
	}
	return cs.change(ctx, p, func(have []Credential) []Credential {
		return slices.Insert(slices.DeleteFunc(have, sameUser(c)), 0, *c)
	})
}

// Remove removes the credential of a space that equals c. After the default
// the one stored next is the default.
func (cs *CredentialStorage) Remove(ctx context.Context, p ProtectionSpace, c *Credential) error {
	if c == nil {
		return nil
	}
	return cs.change(ctx, p, func(have []Credential) []Credential {
		return slices.DeleteFunc(have, func(o Credential) bool { return o == *c })
	})
}

// RemoveAll empties the storage, and its SecretStore.
func (cs *CredentialStorage) RemoveAll(ctx context.Context) error {
	spaces, errs := cs.names(ctx)
	for p := range spaces {
		errs = errors.Join(errs, cs.change(ctx, p, func([]Credential) []Credential { return nil }))
	}
	return errs
}

// Default returns a copy of the default credential of a space, or nil.
func (cs *CredentialStorage) Default(ctx context.Context, p ProtectionSpace) (*Credential, error) {
	have, err := cs.In(ctx, p)
	if len(have) == 0 {
		return nil, err
	}
	return &have[0], err
}

// In returns copies of the credentials of a space, the default first.
func (cs *CredentialStorage) In(ctx context.Context, p ProtectionSpace) ([]Credential, error) {
	err := cs.read(ctx, p)
	cs.mu.Lock()
	defer cs.mu.Unlock()
	return slices.Clone(cs.inMemory(p)), err
}

// All returns copies of all credentials by their space, the default of each
// first.
func (cs *CredentialStorage) All(ctx context.Context) (map[ProtectionSpace][]Credential, error) {
	spaces, errs := cs.names(ctx)
	all := make(map[ProtectionSpace][]Credential, len(spaces))
	for p := range spaces {
		have, err := cs.In(ctx, p)
		errs = errors.Join(errs, err)
		if len(have) > 0 {
			all[p] = have
		}
	}
	return all, errs
}

// Watch calls f after each change, on the goroutine that made it, until stop is
// called. What changes nothing is not told.
func (cs *CredentialStorage) Watch(f func(CredentialEvent)) (stop func()) {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	cs.watchers[&f] = struct{}{}
	return func() {
		cs.mu.Lock()
		defer cs.mu.Unlock()
		delete(cs.watchers, &f)
	}
}
