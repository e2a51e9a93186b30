package credentials

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/zalando/go-keyring"

	"haul/session"
)

// service is the name of haul's items in the keyring.
const service = "haul"

// reachTime bounds the search for a keyring. It is a moment for one that is
// there, and nobody is asked meanwhile.
const reachTime = 3 * time.Second

// Keyring keeps credentials in the keyring of the system: the Secret Service of
// D-Bus, the Keychain of macOS, the Credential Manager of Windows. One item has
// what is kept for a protection space; an index without secrets beside it says
// which there are, so that a locked keyring is asked for nothing in vain.
type Keyring struct {
	dir directory
	// ring is the system's; tests give another.
	ring ring
}

// ring is the keyring of a system. reach tells, without asking anybody, whether
// it is there. cut ends what hangs in it, if it can.
type ring struct {
	reach  func() error
	get    func(service, user string) (string, error)
	set    func(service, user, secret string) error
	remove func(service, user string) error
	cut    func()
}

// NewKeyring makes a store whose index is in a directory, which is made when
// something is kept.
func NewKeyring(dir string) *Keyring {
	return &Keyring{dir: directory(dir), ring: ring{
		reach: reach, get: keyring.Get, set: keyring.Set, remove: keyring.Delete, cut: cut,
	}}
}

// Reach tells whether there is a keyring. It does not unlock it.
func (k *Keyring) Reach(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, reachTime)
	defer cancel()
	if err := k.do(ctx, k.ring.reach); err != nil {
		return fmt.Errorf("there is no keyring: %w", err)
	}
	return nil
}

// Get implements session.SecretStore.
func (k *Keyring) Get(ctx context.Context, p session.ProtectionSpace) ([]session.Credential, error) {
	if has, err := k.has(ctx, p); err != nil || !has {
		return nil, err
	}
	var text string
	err := k.use(ctx, func() (err error) { text, err = k.ring.get(service, item(p)); return err })
	if errors.Is(err, keyring.ErrNotFound) {
		return nil, nil // somebody removed it with another program
	}
	if err != nil {
		return nil, err
	}
	var r record
	buffer := []byte(text)
	defer clear(buffer)
	err = json.Unmarshal(buffer, &r)
	defer r.wipe()
	if err != nil || r.space() != p {
		return nil, fmt.Errorf("the item %q of the keyring: %w", item(p), errForeign)
	}
	return r.credentials(), nil
}

// Set implements session.SecretStore. The index names the space first: what it
// names and the keyring does not have is nothing.
func (k *Keyring) Set(ctx context.Context, p session.ProtectionSpace, credentials []session.Credential) error {
	if err := k.Reach(ctx); err != nil {
		return err
	}
	r := newRecord(p, credentials)
	defer r.wipe()
	text, err := json.Marshal(r)
	defer clear(text)
	if err != nil {
		return err
	}
	var before *record
	err = k.change(ctx, true, func(d *document) bool {
		if old := d.of(p); old != nil {
			before = new(*old)
		}
		d.put(r.withoutSecrets())
		return true
	})
	if err != nil {
		return err
	}
	err = k.use(ctx, func() error { return k.ring.set(service, item(p), string(text)) })
	if err == nil {
		return nil
	}
	// The index says again what the keyring has, also when ctx is over.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), reachTime)
	defer cancel()
	return errors.Join(err, k.change(ctx, true, func(d *document) bool {
		if before == nil {
			return d.remove(p)
		}
		d.put(*before)
		return true
	}))
}

// Delete implements session.SecretStore.
func (k *Keyring) Delete(ctx context.Context, p session.ProtectionSpace) error {
	if has, err := k.has(ctx, p); err != nil || !has {
		return err
	}
	err := k.use(ctx, func() error { return k.ring.remove(service, item(p)) })
	if err != nil && !errors.Is(err, keyring.ErrNotFound) {
		return err
	}
	return k.change(ctx, false, func(d *document) bool { return d.remove(p) })
}

// List implements session.SecretStore.
func (k *Keyring) List(ctx context.Context) (all []session.ProtectionSpace, err error) {
	err = k.view(ctx, func(d *document) { all = d.spaces() })
	return all, err
}

// entries are the spaces with their users.
func (k *Keyring) entries(ctx context.Context) (all []Entry, err error) {
	err = k.view(ctx, func(d *document) { all = entriesOf(d, placeKeyring) })
	return all, err
}

func (k *Keyring) has(ctx context.Context, p session.ProtectionSpace) (has bool, err error) {
	err = k.view(ctx, func(d *document) { has = d.of(p) != nil })
	return has, err
}

func (k *Keyring) view(ctx context.Context, look func(*document)) error {
	return k.dir.locked(ctx, false, func() error {
		d, err := k.index()
		if err == nil {
			look(&d)
		}
		return err
	})
}

func (k *Keyring) change(ctx context.Context, adds bool, change func(*document) bool) error {
	return k.dir.locked(ctx, adds, func() error {
		d, err := k.index()
		if err != nil || !change(&d) {
			return err
		}
		text, err := d.encode()
		if err != nil {
			return err
		}
		return k.dir.write(indexFile, text)
	})
}

func (k *Keyring) index() (document, error) {
	text, err := k.dir.read(indexFile)
	if err != nil || text == nil {
		return document{}, err
	}
	d, err := decodeDocument(text)
	if err != nil {
		return d, fmt.Errorf("%s: %w", k.dir.path(indexFile), err)
	}
	return d, nil
}

// item is the name of a space's item: what a person may look for, and a digest
// of the whole, which has a server's words in it.
func item(p session.ProtectionSpace) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %q %d %q %q %v", p.Protocol, p.Host, p.Port, p.Realm, p.Method, p.Proxy))
	return fmt.Sprintf("%s://%s:%d %s %s", p.Protocol, p.Host, p.Port, p.Method, hex.EncodeToString(sum[:8]))
}

// use is do, for a keyring that is there.
func (k *Keyring) use(ctx context.Context, work func() error) error {
	if err := k.Reach(ctx); err != nil {
		return err
	}
	if err := k.do(ctx, work); err != nil {
		return fmt.Errorf("the keyring: %w", err)
	}
	return nil
}

// do runs what knows no context. When ctx ends it cuts the connection to the
// keyring, which ends the work, and waits for that.
func (k *Keyring) do(ctx context.Context, work func() error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	done := make(chan error, 1)
	go func() { done <- sheltered(work) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	k.ring.cut()
	<-done
	return context.Cause(ctx)
}

// sheltered turns a panic into an error: package keyring has one when the
// connection is cut while the system asks a person to unlock.
func sheltered(work func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = errors.New("it broke off")
		}
	}()
	return work()
}
