package credentials

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"haul/session"
)

// The words of the configuration for where credentials are kept.
const (
	KeepAuto    = "auto" // the keyring where there is one, else the file
	KeepKeyring = "keyring"
	KeepFile    = "file"
	KeepNever   = "never"
)

// Where credentials are kept, in words for people.
const (
	placeKeyring = "the system's keyring"
	placeFile    = "an encrypted file"
)

// Places keeps credentials where the configuration wants them. What was kept is
// found in both places under [KeepAuto], in its own under the others.
type Places struct {
	keyring *Keyring // nil: not used
	file    *File    // nil: not used
	command *Command // is told what is kept as well; nil for none

	once      sync.Once
	reachable error // of the keyring, once it was looked for
}

// NewPlaces makes a store of files in dir; keep is a word of the configuration.
// It returns nil for [KeepNever]. A command, if there is one, is told what is
// newly kept.
func NewPlaces(dir, keep string, command *Command) *Places {
	p := &Places{keyring: NewKeyring(dir), file: NewFile(dir), command: command}
	switch keep {
	case KeepNever:
		return nil
	case KeepKeyring:
		p.file = nil
	case KeepFile:
		p.keyring = nil
	}
	return p
}

// Where says in words where something would be kept, "" if it cannot be.
func (s *Places) Where(ctx context.Context) string {
	switch {
	case s.keyring != nil && s.reach(ctx) == nil:
		return placeKeyring
	case s.file != nil:
		return placeFile
	}
	return ""
}

// reach looks for the keyring once.
func (s *Places) reach(ctx context.Context) error {
	s.once.Do(func() { s.reachable = s.keyring.Reach(context.WithoutCancel(ctx)) })
	return s.reachable
}

// Get implements session.SecretStore.
func (s *Places) Get(ctx context.Context, p session.ProtectionSpace) ([]session.Credential, error) {
	var all []session.Credential
	var errs error
	if s.keyring != nil {
		all, errs = s.keyring.Get(ctx, p)
	}
	if len(all) == 0 && s.file != nil {
		var err error
		all, err = s.file.Get(ctx, p)
		errs = errors.Join(errs, err)
	}
	if len(all) > 0 {
		return all, nil
	}
	return nil, errs
}

// Set implements session.SecretStore. What the other place has of the space is
// removed, so that there is one answer.
func (s *Places) Set(ctx context.Context, p session.ProtectionSpace, credentials []session.Credential) error {
	before, _ := s.Get(ctx, p) // to tell the command what is new; all of it if that is not known
	if err := s.set(ctx, p, credentials); err != nil {
		return err
	}
	if s.command == nil {
		return nil
	}
	for _, c := range credentials {
		if !slices.Contains(before, c) {
			// It is kept; the command may have no room for it.
			_ = s.command.Store(ctx, p, &c)
		}
	}
	return nil
}

func (s *Places) set(ctx context.Context, p session.ProtectionSpace, credentials []session.Credential) error {
	if s.keyring == nil || s.file != nil && s.reach(ctx) != nil {
		return s.file.Set(ctx, p, credentials)
	}
	if err := s.keyring.Set(ctx, p, credentials); err != nil {
		return fmt.Errorf("%w (credentials.keep = %q keeps it in a file)", err, KeepFile)
	}
	if s.file != nil {
		return s.file.Delete(ctx, p)
	}
	return nil
}

// Delete implements session.SecretStore.
func (s *Places) Delete(ctx context.Context, p session.ProtectionSpace) error {
	var errs error
	if s.keyring != nil {
		errs = s.keyring.Delete(ctx, p)
	}
	if s.file != nil {
		errs = errors.Join(errs, s.file.Delete(ctx, p))
	}
	return errs
}

// List implements session.SecretStore.
func (s *Places) List(ctx context.Context) ([]session.ProtectionSpace, error) {
	entries, err := s.Entries(ctx)
	var all []session.ProtectionSpace
	for _, e := range entries {
		if !slices.Contains(all, e.Space) {
			all = append(all, e.Space)
		}
	}
	return all, err
}

// Entry is something that is kept, without its secret.
type Entry struct {
	Space session.ProtectionSpace
	User  string // "" for a token
	Where string // in words
}

// Entries are what is kept, in the order of hosts. No keyring is unlocked for
// it.
func (s *Places) Entries(ctx context.Context) ([]Entry, error) {
	var all []Entry
	var errs error
	if s.keyring != nil {
		all, errs = s.keyring.entries(ctx)
	}
	if s.file != nil {
		more, err := s.file.entries(ctx)
		all, errs = append(all, more...), errors.Join(errs, err)
	}
	slices.SortStableFunc(all, func(a, b Entry) int {
		return cmp.Or(cmp.Compare(a.Space.Host, b.Space.Host), cmp.Compare(a.Space.Port, b.Space.Port))
	})
	return all, errs
}

func entriesOf(d *document, where string) (all []Entry) {
	for _, r := range d.Records {
		for _, user := range r.users() {
			all = append(all, Entry{r.space(), user, where})
		}
	}
	return all
}
