package credentials

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"filippo.io/age"

	"haul/session"
)

// File keeps credentials in a file encrypted with age. It is safe for use by
// several processes at once.
type File struct{ dir directory }

// NewFile makes a store in a directory, which is made when something is kept.
func NewFile(dir string) *File { return &File{directory(dir)} }

// Get implements session.SecretStore.
func (f *File) Get(ctx context.Context, p session.ProtectionSpace) (all []session.Credential, err error) {
	err = f.view(ctx, func(d *document) {
		if r := d.of(p); r != nil {
			all = r.credentials()
		}
	})
	return all, err
}

// Set implements session.SecretStore.
func (f *File) Set(ctx context.Context, p session.ProtectionSpace, credentials []session.Credential) error {
	return f.change(ctx, true, func(d *document) bool {
		d.put(newRecord(p, credentials))
		return true
	})
}

// Delete implements session.SecretStore.
func (f *File) Delete(ctx context.Context, p session.ProtectionSpace) error {
	return f.change(ctx, false, func(d *document) bool { return d.remove(p) })
}

// List implements session.SecretStore.
func (f *File) List(ctx context.Context) (all []session.ProtectionSpace, err error) {
	err = f.view(ctx, func(d *document) { all = d.spaces() })
	return all, err
}

// entries are the spaces with their users.
func (f *File) entries(ctx context.Context) (all []Entry, err error) {
	err = f.view(ctx, func(d *document) { all = entriesOf(d, placeFile) })
	return all, err
}

func (f *File) view(ctx context.Context, look func(*document)) error {
	return f.dir.locked(ctx, false, func() error {
		d, err := f.open()
		if err != nil {
			return err
		}
		defer d.wipe()
		look(&d)
		return nil
	})
}

// change writes the file again if f changes what is in it. Nothing is made for
// what takes something away.
func (f *File) change(ctx context.Context, adds bool, change func(*document) bool) error {
	return f.dir.locked(ctx, adds, func() error {
		d, err := f.open()
		if err != nil {
			return err
		}
		defer func() { d.wipe() }()
		if !change(&d) {
			return nil
		}
		return f.save(&d)
	})
}

// open decrypts the file; without one the document is empty.
func (f *File) open() (document, error) {
	coded, err := f.dir.read(secretsFile)
	if err != nil || coded == nil {
		return document{}, err
	}
	key, err := f.identity()
	if err != nil {
		return document{}, err
	}
	if key == nil {
		return document{}, fmt.Errorf("%s cannot be read without its key, %s", f.dir.path(secretsFile), f.dir.path(identityFile))
	}
	plain, err := age.Decrypt(bytes.NewReader(coded), key)
	if err != nil {
		return document{}, f.unreadable()
	}
	text := bytes.NewBuffer(make([]byte, 0, len(coded)+bytes.MinRead)) // room enough: it does not move
	_, err = text.ReadFrom(io.LimitReader(plain, int64(len(coded))))
	defer clear(text.Bytes())
	if err != nil {
		return document{}, f.unreadable()
	}
	d, err := decodeDocument(text.Bytes())
	if err != nil {
		return d, fmt.Errorf("%s: %w", f.dir.path(secretsFile), err)
	}
	return d, nil
}

// unreadable leaves out the words of package age, which quote the file.
func (f *File) unreadable() error {
	return fmt.Errorf("cannot decrypt %s: it is damaged, or %s is not its key", f.dir.path(secretsFile), f.dir.path(identityFile))
}

func (f *File) save(d *document) error {
	key, err := f.identity()
	if err == nil && key == nil {
		key, err = f.newIdentity()
	}
	if err != nil {
		return err
	}
	text, err := d.encode()
	defer clear(text)
	if err != nil {
		return err
	}
	var coded bytes.Buffer
	w, err := age.Encrypt(&coded, key.Recipient())
	if err != nil {
		return err
	}
	if _, err := w.Write(text); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	return f.dir.write(secretsFile, coded.Bytes())
}

// identity is the key of the file; nil if there is none.
func (f *File) identity() (*age.X25519Identity, error) {
	text, err := f.dir.read(identityFile)
	defer clear(text)
	if err != nil || text == nil {
		return nil, err
	}
	key, err := age.ParseX25519Identity(string(bytes.TrimSpace(text)))
	if err != nil {
		return nil, errors.New(f.dir.path(identityFile) + " is no key of age") // age's error may quote it
	}
	return key, nil
}

func (f *File) newIdentity() (*age.X25519Identity, error) {
	key, err := age.GenerateX25519Identity()
	if err != nil {
		return nil, err
	}
	text := []byte(key.String() + "\n")
	defer clear(text)
	return key, f.dir.write(identityFile, text)
}
