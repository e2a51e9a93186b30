package session

import "context"

// SecretStore keeps credentials beyond the process: the keyring of the system,
// or an encrypted file. A program gives one to [NewPermanentCredentialStorage],
// which is all that calls it, one call at a time. Other processes may use what
// is behind the store as well.
//
// There is one record for each protection space, which holds the credentials of
// all its users, the default first, so that a change of a space is one write.
// Of a credential only User and Password are kept; what Get returns is of
// PersistencePermanent. A Credential refuses to be encoded as a whole, so that
// no store writes one down by accident.
//
// All parts of a ProtectionSpace tell spaces apart. Its Realm is the server's
// own words, of any length and with any bytes: a store has to encode or hash it
// before it names a file or an item with it.
//
// A method may wait for a person, who has to unlock the store, and ends when
// ctx does. A task waits with it, and no other. Errors hold no secret.
type SecretStore interface {
	// Get returns the credentials of a space; none is no error.
	Get(ctx context.Context, p ProtectionSpace) ([]Credential, error)
	// Set puts credentials, at least one, in the place of what is kept for a
	// space. When it returns nil they survive a crash of the process; when it
	// fails, what was kept before is still there.
	Set(ctx context.Context, p ProtectionSpace, credentials []Credential) error
	// Delete removes what is kept for a space; nothing is no error.
	Delete(ctx context.Context, p ProtectionSpace) error
	// List names the spaces for which something is kept, in any order.
	List(ctx context.Context) ([]ProtectionSpace, error)
}
