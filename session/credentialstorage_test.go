package session

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
)

// keep stores a credential.
func keep(t *testing.T, cs *CredentialStorage, p ProtectionSpace, c *Credential) {
	t.Helper()
	if err := cs.Set(t.Context(), p, c); err != nil {
		t.Fatal(err)
	}
}

// have is the default of a space.
func have(t *testing.T, cs *CredentialStorage, p ProtectionSpace) *Credential {
	t.Helper()
	c, err := cs.Default(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// vault is a SecretStore in memory that outlives its storages, and can fail.
type vault struct {
	mu      sync.Mutex
	records map[ProtectionSpace][]Credential
	writes  int
	broken  error
}

func newVault() *vault { return &vault{records: make(map[ProtectionSpace][]Credential)} }

func (v *vault) Get(_ context.Context, p ProtectionSpace) ([]Credential, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.records[p], v.broken
}

func (v *vault) Set(_ context.Context, p ProtectionSpace, all []Credential) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.broken == nil {
		v.records[p] = slices.Clone(all)
		v.writes++
	}
	return v.broken
}

func (v *vault) Delete(_ context.Context, p ProtectionSpace) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.broken == nil {
		delete(v.records, p)
		v.writes++
	}
	return v.broken
}

func (v *vault) List(context.Context) ([]ProtectionSpace, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return slices.Collect(maps.Keys(v.records)), v.broken
}

func (v *vault) fail(err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.broken = err
}

var (
	spaceA = ProtectionSpace{Protocol: "https", Host: "a", Port: 443, Realm: "r", Method: MethodBasic}
	spaceB = ProtectionSpace{Protocol: "https", Host: "b", Port: 443, Realm: "r", Method: MethodDigest}
)

func secret(user, password string, p Persistence) *Credential {
	return &Credential{User: user, Password: password, Persistence: p}
}

// TestCredentialStorage runs through a life of the storage, with both kinds of
// persistence that keep anything, and counts what is told of it.
func TestCredentialStorage(t *testing.T) {
	for name, persistence := range map[string]Persistence{"session": PersistenceForSession, "permanent": PersistencePermanent} {
		t.Run(name, func(t *testing.T) {
			cs := NewPermanentCredentialStorage(newVault())
			told := 0
			stop := cs.Watch(func(e CredentialEvent) {
				if told++; e.Space != spaceA || e.Err != nil {
					t.Errorf("told of %+v", e)
				}
			})
			alice, bob := secret("alice", "1", persistence), secret("bob", "2", persistence)
			newer := secret("alice", "3", persistence)
			steps := []struct {
				name string
				do   func() error
				told bool
				want []Credential
			}{
				{"none is not kept", func() error { return cs.Set(t.Context(), spaceA, secret("x", "y", PersistenceNone)) }, false, nil},
				{"none is no default", func() error { return cs.SetDefault(t.Context(), spaceA, secret("x", "y", PersistenceNone)) }, false, nil},
				{"nil is nothing", func() error { return cs.Set(t.Context(), spaceA, nil) }, false, nil},
				{"the first is the default", func() error { return cs.Set(t.Context(), spaceA, alice) }, true, []Credential{*alice}},
				{"the same again changes nothing", func() error { return cs.Set(t.Context(), spaceA, alice) }, false, []Credential{*alice}},
				{"a second user", func() error { return cs.Set(t.Context(), spaceA, bob) }, true, []Credential{*alice, *bob}},
				{"the default is changed", func() error { return cs.SetDefault(t.Context(), spaceA, bob) }, true, []Credential{*bob, *alice}},
				{"to what it is", func() error { return cs.SetDefault(t.Context(), spaceA, bob) }, false, []Credential{*bob, *alice}},
				{"a user's is replaced", func() error { return cs.Set(t.Context(), spaceA, newer) }, true, []Credential{*bob, *newer}},
				{"another password is not removed", func() error { return cs.Remove(t.Context(), spaceA, alice) }, false, []Credential{*bob, *newer}},
				{"the default is removed", func() error { return cs.Remove(t.Context(), spaceA, bob) }, true, []Credential{*newer}},
				{"an unknown one is not", func() error { return cs.Remove(t.Context(), spaceA, bob) }, false, []Credential{*newer}},
				{"all are removed", func() error { return cs.RemoveAll(t.Context()) }, true, nil},
			}
			for _, step := range steps {
				before := told
				if err := step.do(); err != nil {
					t.Errorf("%s: %v", step.name, err)
				}
				if got := told > before; got != step.told {
					t.Errorf("%s: told %t", step.name, got)
				}
				if got, err := cs.In(t.Context(), spaceA); err != nil || !slices.Equal(got, step.want) {
					t.Errorf("%s: kept are %v, %v", step.name, got, err)
				}
			}
			stop()
			keep(t, cs, spaceB, alice)
			if have(t, cs, spaceA) != nil {
				t.Error("a credential from another space")
			}
			have(t, cs, spaceB).Password = "changed"
			if *have(t, cs, spaceB) != *alice {
				t.Error("the storage gives out its own")
			}
		})
	}
}

func TestAUT20_OnlyPermanentCredentialsOutliveTheStorage(t *testing.T) {
	v := newVault()
	first := NewPermanentCredentialStorage(v)
	ann, ben := secret("ann", "1", PersistencePermanent), secret("ben", "2", PersistencePermanent)
	keep(t, first, spaceA, secret("session", "0", PersistenceForSession))
	keep(t, first, spaceA, ann)
	keep(t, first, spaceA, ben)
	if err := first.SetDefault(t.Context(), spaceA, ben); err != nil {
		t.Fatal(err)
	}
	keep(t, first, spaceB, secret("session", "0", PersistenceForSession))

	// The process is gone; nothing was closed or saved by it.
	second := NewPermanentCredentialStorage(v)
	all, err := second.All(t.Context())
	want := map[ProtectionSpace][]Credential{spaceA: {*ben, *ann}}
	if err != nil || !maps.EqualFunc(all, want, slices.Equal) {
		t.Errorf("kept are %v, %v", all, err)
	}
	keep(t, second, spaceA, secret("ann", "new", PersistenceForSession))
	if got := v.records[spaceA]; len(got) != 1 || got[0] != *ben {
		t.Errorf("one that is for the session now is still kept: %v", got)
	}
	if err := second.Remove(t.Context(), spaceA, ben); err != nil {
		t.Fatal(err)
	}
	if len(v.records) != 0 {
		t.Errorf("left are %v", v.records)
	}
}

func TestStoragesOfOneStoreDoNotUndoEachOther(t *testing.T) {
	v := newVault()
	one, other := NewPermanentCredentialStorage(v), NewPermanentCredentialStorage(v)
	if have(t, one, spaceA) != nil || have(t, other, spaceA) != nil {
		t.Fatal("not empty")
	}
	ann, ben := secret("ann", "1", PersistencePermanent), secret("ben", "2", PersistencePermanent)
	keep(t, one, spaceA, ann)
	keep(t, other, spaceA, ben)
	if got := v.records[spaceA]; !slices.Equal(got, []Credential{*ann, *ben}) {
		t.Errorf("kept are %v", got)
	}
	if err := one.Remove(t.Context(), spaceA, ann); err != nil {
		t.Fatal(err)
	}
	keep(t, other, spaceA, secret("cy", "3", PersistencePermanent))
	if got := v.records[spaceA]; slices.Contains(got, *ann) || len(got) != 2 {
		t.Errorf("what was removed is back: %v", got)
	}
}

func TestAStoreThatFailsIsToldAndMemoryServes(t *testing.T) {
	v := newVault()
	v.fail(errors.New("locked"))
	cs := NewPermanentCredentialStorage(v)
	var events []string
	defer cs.Watch(func(e CredentialEvent) { events = append(events, fmt.Sprint(e.Space.Host, " ", e.Err)) })()
	if c, err := cs.Default(t.Context(), spaceA); c != nil || err == nil {
		t.Errorf("read %v, %v", c, err)
	}
	if err := cs.Set(t.Context(), spaceA, secret("u", "p", PersistencePermanent)); err == nil {
		t.Error("no error")
	}
	if c, _ := cs.Default(t.Context(), spaceA); c == nil || *c != *secret("u", "p", PersistenceForSession) {
		t.Errorf("in memory is %v", c)
	}
	if !slices.Equal(events, []string{"a locked"}) {
		t.Errorf("told %q", events)
	}
	v.fail(nil)
	keep(t, cs, spaceA, secret("u", "p", PersistencePermanent))
	if got := v.records[spaceA]; len(got) != 1 {
		t.Errorf("kept are %v", got)
	}
	v.fail(errors.New("locked"))
	if err := cs.RemoveAll(t.Context()); err == nil {
		t.Error("removed all of a store that cannot be written")
	}
}

// slowVault waits for a person until its context ends.
type slowVault struct{ *vault }

func (slowVault) Get(ctx context.Context, _ ProtectionSpace) ([]Credential, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

func TestAWaitForTheStoreEndsWithItsContext(t *testing.T) {
	cs := NewPermanentCredentialStorage(slowVault{newVault()})
	ctx, cancel := context.WithCancel(t.Context())
	asked := make(chan error, 2)
	for range 2 { // one waits for the store, one for its turn
		go func() {
			_, err := cs.Default(ctx, spaceA)
			asked <- err
		}()
	}
	cancel()
	for range 2 {
		if err := await(t, asked); !errors.Is(err, context.Canceled) {
			t.Errorf("%v", err)
		}
	}
}

func TestAcceptedPermanentCredentialsAreKeptAndProposedInTheNextRun(t *testing.T) {
	p := &passwordServer{challenges: []string{`Basic realm="r"`}}
	srv := serve(t, p.ServeHTTP)
	v := newVault()
	rec := newRecorder()
	asked := 0
	rec.onChallenge = func(_ Task, c *Challenge) (Disposition, *Credential) {
		if asked++; len(v.records) != 0 {
			t.Errorf("kept before it was accepted: %v", v.records)
		}
		if c.PreviousFailureCount == 0 {
			return UseCredential, secret("u", "wrong", PersistencePermanent)
		}
		return UseCredential, secret("u", "p", PersistencePermanent)
	}
	s := open(t, rec, func(c *Configuration) { c.Credentials = NewPermanentCredentialStorage(v) })
	load := func(s *Session) string {
		t.Helper()
		data, _, err := s.Data(t.Context(), get(t, srv.URL+"/in/x"), nil)
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	if got := load(s); got != "in as Basic" || asked != 2 {
		t.Errorf("got %q, asked %d times", got, asked)
	}
	if len(v.records) != 1 || v.writes != 1 {
		t.Errorf("kept are %v after %d writes", v.records, v.writes)
	}
	next := open(t, nil, func(c *Configuration) { c.Credentials = NewPermanentCredentialStorage(v) })
	if got := load(next); got != "in as Basic" || v.writes != 1 {
		t.Errorf("in the next run: got %q, %d writes", got, v.writes)
	}
	reset := make(chan struct{})
	if err := next.Reset(func() { close(reset) }); err != nil {
		t.Fatal(err)
	}
	await(t, reset)
	if len(v.records) != 0 {
		t.Errorf("left after Reset: %v", v.records)
	}
}
