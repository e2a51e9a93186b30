package credentials

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/zalando/go-keyring"

	"haul/session"
)

// hush is a secret that may show nowhere.
const hush = "Hush-Kept-1"

func spaceAt(host string) session.ProtectionSpace {
	return session.ProtectionSpace{
		Protocol: "https", Host: host, Port: 443, Realm: "it's \x1b[2J\xff \"here\"", Method: session.MethodDigest,
	}
}

func permanentOf(user, password string) session.Credential {
	return session.Credential{User: user, Password: password, Persistence: session.PersistencePermanent}
}

// fakeRing is a keyring in memory.
type fakeRing struct {
	mu    sync.Mutex
	items map[string]string
	gone  error // why it cannot be reached
	fails error // of set
	gets  int
}

func (f *fakeRing) ring() ring {
	f.items = make(map[string]string)
	return ring{
		reach: func() error { f.mu.Lock(); defer f.mu.Unlock(); return f.gone },
		get: func(s, u string) (string, error) {
			f.mu.Lock()
			defer f.mu.Unlock()
			f.gets++
			v, ok := f.items[s+" "+u]
			if !ok {
				return "", keyring.ErrNotFound
			}
			return v, nil
		},
		set: func(s, u, v string) error {
			f.mu.Lock()
			defer f.mu.Unlock()
			if f.fails == nil {
				f.items[s+" "+u] = v
			}
			return f.fails
		},
		remove: func(s, u string) error {
			f.mu.Lock()
			defer f.mu.Unlock()
			if _, ok := f.items[s+" "+u]; !ok {
				return keyring.ErrNotFound
			}
			delete(f.items, s+" "+u)
			return nil
		},
		cut: func() {},
	}
}

func fakeKeyring(dir string) (*Keyring, *fakeRing) {
	k, f := NewKeyring(dir), new(fakeRing)
	k.ring = f.ring()
	return k, f
}

// stores are all that implement the contract, each with a way to open it again
// as another process would.
func stores(t *testing.T) map[string]func() session.SecretStore {
	dir, at := t.TempDir(), t.TempDir()
	shared := new(fakeRing)
	r := shared.ring()
	return map[string]func() session.SecretStore{
		"file":    func() session.SecretStore { return NewFile(filepath.Join(dir, "kept")) },
		"keyring": func() session.SecretStore { k := NewKeyring(at); k.ring = r; return k },
		"places": func() session.SecretStore {
			p := NewPlaces(filepath.Join(dir, "both"), KeepAuto, nil)
			p.keyring.ring = r
			return p
		},
	}
}

func TestAStoreKeepsWhatItIsGiven(t *testing.T) {
	for name, open := range stores(t) {
		t.Run(name, func(t *testing.T) { holdsTheContract(t, open) })
	}
}

func holdsTheContract(t *testing.T, open func() session.SecretStore) {
	t.Helper()
	ctx := t.Context()
	a, b := spaceAt("a.test"), spaceAt("b.test")
	want := []session.Credential{permanentOf("al\xffice", hush), permanentOf("bob", "")}
	s := open()
	got, err := s.Get(ctx, a)
	if len(got) > 0 || err != nil {
		t.Fatalf("an empty store has %v, %v", got, err)
	}
	if err := s.Delete(ctx, a); err != nil {
		t.Errorf("deleting nothing: %v", err)
	}
	for _, c := range [][]session.Credential{{permanentOf("old", "old")}, want} {
		if err := s.Set(ctx, a, c); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Set(ctx, b, want[:1]); err != nil {
		t.Fatal(err)
	}
	s = open()
	if got, err := s.Get(ctx, a); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("a.test has %v, %v", got, err)
	}
	names, err := s.List(ctx)
	if err != nil || len(names) != 2 || !(names[0] == a && names[1] == b) {
		t.Errorf("the list is %v, %v", names, err)
	}
	if err := s.Delete(ctx, a); err != nil {
		t.Fatal(err)
	}
	if got, err := open().Get(ctx, a); len(got) > 0 || err != nil {
		t.Errorf("after it was deleted a.test has %v, %v", got, err)
	}
	if names, err := s.List(ctx); err != nil || !reflect.DeepEqual(names, []session.ProtectionSpace{b}) {
		t.Errorf("the list is %v, %v", names, err)
	}
}

func TestFilesAreForTheOwnerAndHoldNoSecretInTheOpen(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "kept")
	k, _ := fakeKeyring(dir)
	for _, s := range []session.SecretStore{NewFile(dir), k} {
		if err := s.Set(t.Context(), spaceAt("a.test"), []session.Credential{permanentOf("alice", hush)}); err != nil {
			t.Fatal(err)
		}
	}
	seen := 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if d.IsDir() {
			if info.Mode().Perm() != 0o700 {
				t.Errorf("%s has the mode %v", path, info.Mode())
			}
			return nil
		}
		seen++
		text, err := os.ReadFile(path)
		if info.Mode().Perm() != 0o600 || strings.Contains(string(text), hush) {
			t.Errorf("%s has the mode %v and says %q", path, info.Mode(), text)
		}
		return err
	})
	if err != nil || seen != 4 {
		t.Errorf("%d files, %v", seen, err)
	}
}

func TestTheFileIsReadOnlyWithItsKeyAndWhole(t *testing.T) {
	ctx := t.Context()
	for name, spoil := range map[string]func(dir string) error{
		"cut":        func(dir string) error { return os.Truncate(filepath.Join(dir, secretsFile), 150) },
		"empty":      func(dir string) error { return os.Truncate(filepath.Join(dir, secretsFile), 0) },
		"no key":     func(dir string) error { return os.Remove(filepath.Join(dir, identityFile)) },
		"a bad key":  func(dir string) error { return os.WriteFile(filepath.Join(dir, identityFile), []byte(hush), 0o600) },
		"open key":   func(dir string) error { return os.Chmod(filepath.Join(dir, identityFile), 0o644) },
		"open file":  func(dir string) error { return os.Chmod(filepath.Join(dir, secretsFile), 0o640) },
		"wrong text": func(dir string) error { return os.WriteFile(filepath.Join(dir, secretsFile), []byte(hush), 0o600) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s := NewFile(dir)
			if err := s.Set(ctx, spaceAt("a.test"), []session.Credential{permanentOf("alice", hush)}); err != nil {
				t.Fatal(err)
			}
			if err := spoil(dir); err != nil {
				t.Fatal(err)
			}
			before, err := os.ReadFile(filepath.Join(dir, secretsFile))
			if err != nil {
				t.Fatal(err)
			}
			_, err = s.Get(ctx, spaceAt("a.test"))
			setErr := s.Set(ctx, spaceAt("b.test"), []session.Credential{permanentOf("bob", "x")})
			if err == nil || setErr == nil || strings.Contains(fmt.Sprint(err, setErr), hush) {
				t.Errorf("reading: %v, writing: %v", err, setErr)
			}
			after, err := os.ReadFile(filepath.Join(dir, secretsFile))
			if err != nil || string(after) != string(before) {
				t.Errorf("the file was changed (%v)", err)
			}
		})
	}
}

func TestManyWritersLoseNothing(t *testing.T) {
	dir := t.TempDir()
	var writers sync.WaitGroup
	for i := range 20 {
		writers.Go(func() {
			err := NewFile(dir).Set(t.Context(), spaceAt(fmt.Sprintf("%d.test", i)), []session.Credential{permanentOf("u", "p")})
			if err != nil {
				t.Error(err)
			}
		})
	}
	writers.Wait()
	if names, err := NewFile(dir).List(t.Context()); len(names) != 20 || err != nil {
		t.Errorf("%d of 20 are kept, %v", len(names), err)
	}
}

func TestAWaitForTheLockEndsWithItsContext(t *testing.T) {
	dir := directory(t.TempDir())
	ctx, cancel := context.WithCancel(t.Context())
	err := dir.locked(t.Context(), true, func() error {
		cancel()
		_, err := NewFile(string(dir)).Get(ctx, spaceAt("a.test"))
		return err
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestAKeyringIsNotAskedForWhatItDoesNotHave(t *testing.T) {
	k, f := fakeKeyring(t.TempDir())
	f.gone = errors.New("not there")
	got, err := k.Get(t.Context(), spaceAt("a.test"))
	if len(got) > 0 || err != nil || f.gets > 0 {
		t.Errorf("%v, %v, asked %d times", got, err, f.gets)
	}
}

func TestAFailureOfTheKeyringLeavesTheIndexTrue(t *testing.T) {
	ctx := t.Context()
	k, f := fakeKeyring(t.TempDir())
	if err := k.Set(ctx, spaceAt("a.test"), []session.Credential{permanentOf("alice", "first")}); err != nil {
		t.Fatal(err)
	}
	f.fails = errors.New("locked")
	for _, host := range []string{"a.test", "b.test"} {
		if err := k.Set(ctx, spaceAt(host), []session.Credential{permanentOf("bob", hush)}); err == nil || strings.Contains(err.Error(), hush) {
			t.Errorf("%s: %v", host, err)
		}
	}
	entries, err := k.entries(ctx)
	if err != nil || len(entries) != 1 || entries[0].User != "alice" || entries[0].Space.Host != "a.test" {
		t.Errorf("the index has %v, %v", entries, err)
	}
}

func TestAHangingKeyringIsCutOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, _ := fakeKeyring(t.TempDir())
		ended := make(chan struct{})
		k.ring.cut = sync.OnceFunc(func() { close(ended) })
		k.ring.reach = func() error {
			<-ended
			panic("as the library does")
		}
		if err := k.Reach(t.Context()); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v", err)
		}
	})
}

func TestPlacesFollowTheConfiguration(t *testing.T) {
	ctx := t.Context()
	gone := errors.New("no bus")
	for _, c := range []struct {
		keep        string
		keyring     error
		where       string
		ring, files int
		fails       bool
	}{
		{KeepAuto, nil, placeKeyring, 1, 0, false},
		{KeepAuto, gone, placeFile, 0, 1, false},
		{KeepKeyring, nil, placeKeyring, 1, 0, false},
		{KeepKeyring, gone, "", 0, 0, true},
		{KeepFile, nil, placeFile, 0, 1, false},
	} {
		t.Run(fmt.Sprint(c.keep, c.keyring), func(t *testing.T) {
			dir := t.TempDir()
			p, f := NewPlaces(dir, c.keep, nil), new(fakeRing)
			r := f.ring()
			f.gone = c.keyring
			if p.keyring != nil {
				p.keyring.ring = r
			}
			if got := p.Where(ctx); got != c.where {
				t.Errorf("kept in %q", got)
			}
			err := p.Set(ctx, spaceAt("a.test"), []session.Credential{permanentOf("alice", "x")})
			if (err != nil) != c.fails {
				t.Errorf("Set: %v", err)
			}
			names, err := NewFile(dir).List(ctx)
			if len(f.items) != c.ring || len(names) != c.files || err != nil {
				t.Errorf("%d in the keyring, %d in the file, %v", len(f.items), len(names), err)
			}
		})
	}
	if NewPlaces(t.TempDir(), KeepNever, nil) != nil {
		t.Error("never is somewhere")
	}
}

func TestWhatIsInTheFileIsFoundWhenThereIsAKeyringAndMovesThere(t *testing.T) {
	ctx, dir := t.Context(), t.TempDir()
	a := spaceAt("a.test")
	if err := NewFile(dir).Set(ctx, a, []session.Credential{permanentOf("alice", "x")}); err != nil {
		t.Fatal(err)
	}
	p, f := NewPlaces(dir, KeepAuto, nil), new(fakeRing)
	p.keyring.ring = f.ring()
	if got, err := p.Get(ctx, a); len(got) != 1 || err != nil {
		t.Errorf("found %v, %v", got, err)
	}
	if err := p.Set(ctx, a, []session.Credential{permanentOf("alice", "y")}); err != nil {
		t.Fatal(err)
	}
	entries, err := p.Entries(ctx)
	if err != nil || len(entries) != 1 || entries[0].Where != placeKeyring {
		t.Errorf("kept: %v, %v", entries, err)
	}
}
