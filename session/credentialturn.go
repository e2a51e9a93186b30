package session

import (
	"context"
	"maps"
	"slices"
)

// take waits for the turn to change what is kept. Changes come one after the
// other because each reads the store, and writes it as a whole space.
func (cs *CredentialStorage) take(ctx context.Context) error {
	select {
	case cs.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (cs *CredentialStorage) giveBack() { <-cs.turn }

// read brings what the store keeps for a space into memory, once. A failure is
// tried again the next time.
func (cs *CredentialStorage) read(ctx context.Context, p ProtectionSpace) error {
	if cs.store == nil || cs.wasRead(p) {
		return nil
	}
	if err := cs.take(ctx); err != nil {
		return err
	}
	defer cs.giveBack()
	if cs.wasRead(p) {
		return nil
	}
	_, err := cs.refresh(ctx, p)
	return err
}

// refresh reads a space from the store, which other processes may have changed
// as well, and returns the permanent ones that it keeps. The caller has the
// turn.
func (cs *CredentialStorage) refresh(ctx context.Context, p ProtectionSpace) ([]Credential, error) {
	stored, err := cs.store.Get(ctx, p)
	if err != nil {
		return nil, err
	}
	stored = slices.Clone(stored)
	for i, c := range stored {
		stored[i] = Credential{User: c.User, Password: c.Password, Persistence: PersistencePermanent}
	}
	cs.mu.Lock()
	defer cs.mu.Unlock()
	k := cs.of(p)
	k.credentials, k.read = merged(k.credentials, stored), true
	return stored, nil
}

// merged is what is in memory, with the permanent ones as the store has them.
func merged(memory, stored []Credential) []Credential {
	all := slices.DeleteFunc(slices.Clone(memory), func(c Credential) bool {
		return c.Persistence == PersistencePermanent && !slices.ContainsFunc(stored, sameUser(&c))
	})
	for _, c := range stored {
		if i := slices.IndexFunc(all, sameUser(&c)); i >= 0 {
			all[i] = c
		} else {
			all = append(all, c)
		}
	}
	return all
}

// change makes what f returns the credentials of a space; f may change the
// slice it is given. What is permanent is in the store when change returns nil.
func (cs *CredentialStorage) change(ctx context.Context, p ProtectionSpace, f func([]Credential) []Credential) error {
	err := cs.take(ctx)
	if err != nil {
		return err
	}
	var stored []Credential
	if cs.store != nil {
		stored, err = cs.refresh(ctx, p)
	}
	cs.mu.Lock()
	k := cs.of(p)
	before := k.credentials
	k.credentials = f(slices.Clone(before))
	after := slices.Clone(k.credentials)
	changed := !slices.Equal(before, after)
	if len(after) == 0 && cs.store == nil {
		delete(cs.spaces, p)
	}
	cs.mu.Unlock()
	if cs.store != nil && err == nil {
		err = cs.write(ctx, p, stored, permanent(after))
	}
	if err != nil {
		cs.keepInMemory(p, before)
	}
	cs.giveBack()
	if changed || err != nil {
		cs.tell(CredentialEvent{Space: p, Err: err})
	}
	return err
}

// write brings the store from one list of a space to another.
func (cs *CredentialStorage) write(ctx context.Context, p ProtectionSpace, from, to []Credential) error {
	switch {
	case slices.Equal(from, to):
		return nil
	case len(to) == 0:
		return cs.store.Delete(ctx, p)
	}
	return cs.store.Set(ctx, p, to)
}

// keepInMemory makes what could not be written last as long as the storage.
func (cs *CredentialStorage) keepInMemory(p ProtectionSpace, before []Credential) {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	k := cs.of(p)
	for i, c := range k.credentials {
		if c.Persistence == PersistencePermanent && !slices.Contains(before, c) {
			k.credentials[i].Persistence = PersistenceForSession
		}
	}
}

// permanent are the credentials that outlive the process.
func permanent(all []Credential) []Credential {
	return slices.DeleteFunc(slices.Clone(all), func(c Credential) bool { return c.Persistence != PersistencePermanent })
}

func sameUser(c *Credential) func(Credential) bool {
	return func(o Credential) bool { return o.User == c.User }
}

// names are the spaces in memory and in the store.
func (cs *CredentialStorage) names(ctx context.Context) (map[ProtectionSpace]struct{}, error) {
	names := make(map[ProtectionSpace]struct{})
	var err error
	if cs.store != nil {
		if err = cs.take(ctx); err == nil {
			var stored []ProtectionSpace
			stored, err = cs.store.List(ctx)
			cs.giveBack()
			for _, p := range stored {
				names[p] = struct{}{}
			}
		}
	}
	cs.mu.Lock()
	defer cs.mu.Unlock()
	for p := range cs.spaces {
		names[p] = struct{}{}
	}
	return names, err
}

// tell calls the watchers.
func (cs *CredentialStorage) tell(e CredentialEvent) {
	cs.mu.Lock()
	watchers := slices.Collect(maps.Keys(cs.watchers))
	cs.mu.Unlock()
	for _, f := range watchers {
		(*f)(e)
	}
}

// of is the place in memory of a space. The caller holds mu.
func (cs *CredentialStorage) of(p ProtectionSpace) *keptSpace {
	if cs.spaces[p] == nil {
		cs.spaces[p] = new(keptSpace)
	}
	return cs.spaces[p]
}

// inMemory is what memory has of a space. The caller holds mu.
func (cs *CredentialStorage) inMemory(p ProtectionSpace) []Credential {
	if k := cs.spaces[p]; k != nil {
		return k.credentials
	}
	return nil
}

func (cs *CredentialStorage) wasRead(p ProtectionSpace) bool {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	return cs.spaces[p] != nil && cs.spaces[p].read
}

// has tells whether the storage still holds a credential, as far as memory
// knows. How long it is kept does not matter.
func (cs *CredentialStorage) has(p ProtectionSpace, c *Credential) bool {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	return slices.ContainsFunc(cs.inMemory(p), func(o Credential) bool { return o.User == c.User && o.Password == c.Password })
}
