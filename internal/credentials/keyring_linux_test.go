package credentials

import (
	"path/filepath"
	"testing"

	"haul/internal/testserver"
	"haul/session"
)

func TestTheKeyringOfGNOMEKeepsWhatItIsGiven(t *testing.T) {
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", testserver.StartKeyring(t))
	dir := t.TempDir()
	holdsTheContract(t, func() session.SecretStore { return NewKeyring(dir) })
	if err := NewKeyring(dir).Reach(t.Context()); err != nil {
		t.Error(err)
	}
	// What another program removed is not there, and no mistake.
	k := NewKeyring(dir)
	if err := k.ring.remove(service, item(spaceAt("b.test"))); err != nil {
		t.Fatal(err)
	}
	if got, err := k.Get(t.Context(), spaceAt("b.test")); len(got) > 0 || err != nil {
		t.Errorf("%v, %v", got, err)
	}
	cut()
	if err := k.Reach(t.Context()); err != nil {
		t.Errorf("after the connection was cut: %v", err)
	}
	cut() // the bus of the test ends with it
}

func TestWithoutABusThereIsNoKeyringAtOnce(t *testing.T) {
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path="+filepath.Join(t.TempDir(), "nobody"))
	p := NewPlaces(t.TempDir(), KeepAuto, nil)
	if got := p.Where(t.Context()); got != placeFile {
		t.Errorf("kept in %q", got)
	}
	if err := p.keyring.Set(t.Context(), spaceAt("a.test"), []session.Credential{permanentOf("a", "b")}); err == nil {
		t.Error("kept in a keyring that is not there")
	}
}
