// Package credentials is where haul's passwords come from, beside the prompt,
// and where those that a person wants kept are.
//
// # Where they come from
//
// A source has credentials that a person put somewhere for programs to find:
// [Environment] (HAUL_USER and HAUL_PASSWORD), [Netrc] (a netrc file) and
// [Command] (a helper of git, or one like it). Each answers for a protection
// space, and the caller asks them in the order of precedence. None of them
// keeps anything: what a source has stays where it is.
//
// # Where they are kept
//
// [Keyring] is the keyring of the system, [File] a file encrypted with age; both
// are a [haul/session.SecretStore], and [Places] puts them together as the
// configuration wants it. Nothing is in them but what somebody chose to keep.
// They share a directory, which is for the owner alone:
//
//	keyring.json  what the keyring has, without secrets: it cannot be listed
//	secrets.age   the encrypted file
//	identity      the key of that file (an X25519 identity of age)
//	lock          held while one of these is read or written
//
// The key lies beside the file that it opens. The encryption keeps the secrets
// out of searches, and out of copies of the one file without the other; who can
// read both can read the secrets.
//
// # Secrets in memory
//
// Buffers that this package makes are overwritten after use. The credentials
// themselves are strings, which Go does not let anybody overwrite.
package credentials
