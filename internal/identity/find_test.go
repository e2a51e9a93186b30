package identity

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"haul/internal/testserver"
)

func TestFindListsTheClientCertificatesOfAFolder(t *testing.T) {
	ca := testserver.NewAuthority(t, "clients")
	alice := ca.Issue(t, "alice", nil)
	cert, key := testserver.EncodePEM(t, alice)
	dir := t.TempDir()
	both := append(append([]byte(nil), cert...), key...)
	for name, data := range map[string][]byte{
		"a.pem": both, "b.crt": cert, "b.key": key, "c.pem": cert, "c-key.pem": key, "d.p12": []byte("x"), "e.PFX": []byte("x"),
		"ca.pem": ca.PEM, "notes.txt": []byte("-----BEGIN nothing"), ".hidden.pem": both, "large.pem": make([]byte, maxFile+1),
		"f.pem": cert, "f.key": cert,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "folder.p12"), 0o700); err != nil {
		t.Fatal(err)
	}
	in := func(name string) string { return filepath.Join(dir, name) }
	got, err := Find(dir)
	want := []Files{{in("a.pem"), ""}, {in("b.crt"), in("b.key")}, {in("c.pem"), in("c-key.pem")}, {in("d.p12"), ""}, {in("e.PFX"), ""}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v, %v", got, err)
	}
	if got, err = Find(in("ca.pem")); err != nil || !reflect.DeepEqual(got, []Files{{in("ca.pem"), ""}}) {
		t.Errorf("a file is %v, %v", got, err)
	}
	if _, err = Find(in("none")); err == nil || !strings.Contains(err.Error(), "no such file") {
		t.Error(err)
	}
}
