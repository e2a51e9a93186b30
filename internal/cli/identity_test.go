package cli

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"haul/internal/testserver"
	"haul/model"
)

func TestAClientCertificateThatIsNoGoodIsSaidBeforeTheStart(t *testing.T) {
	ca := testserver.NewAuthority(t, "clients")
	alice, bob := ca.Issue(t, "alice", nil), ca.Issue(t, "bob", nil)
	expired := ca.Issue(t, "old", func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) })
	dir := t.TempDir()
	for name, c := range map[string]tls.Certificate{"alice": alice, "bob": bob, "expired": expired} {
		cert, key := testserver.EncodePEM(t, c)
		for ending, data := range map[string][]byte{".pem": cert, ".key": key} {
			if err := os.WriteFile(filepath.Join(dir, name+ending), data, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	in := func(name string) string { return filepath.Join(dir, name) }
	for _, tt := range []struct {
		args []string
		want string // "": it is good
	}{
		{[]string{"--cert", in("alice.pem"), "--key", in("alice.key")}, ""},
		{[]string{"--cert", in("alice.pem"), "--key", in("bob.key")}, "--cert: the key does not belong to the certificate"},
		{[]string{"--cert", in("expired.pem"), "--key", in("expired.key")}, "--cert: the certificate expired on "},
		{[]string{"--cert", in("alice.pem")}, "there is no key in"},
		{[]string{"--key", in("alice.key")}, "give --cert as well"},
		{[]string{"--key", in("alice.key"), "--cert", in("alice.pem")}, ""},
		{[]string{"--cert", in("alice.pem"), "--key", in("alice.key"), "--cert", in("bob.pem"), "--key", in("bob.key")}, ""},
		{[]string{"--cert", in("alice.pem"), "--key", in("alice.key"), "--cert", in("bob.pem")}, "there is no key in"},
		{[]string{"--cert", dir}, ""},
		{[]string{"--cert", dir, "--key", in("alice.key")}, "without --key"},
		{[]string{"--cert", t.TempDir()}, "there is no client certificate with its key in"},
		{[]string{"--cert", in("none.pem")}, "no such file or directory: name the file"},
		{nil, ""},
	} {
		o, env, _, err := settled(t, "hosts.\"a.example\".certificate = '~/c.pem'\nhosts.\"a.example\".key = 'k.pem'", nil, tt.args)
		if err != nil {
			t.Fatal(err)
		}
		j := job{options: o, env: env}
		_, opt, err := j.settings()
		var exit *exitError
		if tt.want != "" {
			if !errors.As(err, &exit) || exit.code != ExitUsage || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%q: %v", tt.args, err)
			}
			continue
		}
		if err != nil {
			t.Fatalf("%q: %v", tt.args, err)
		}
		if got := opt.HostIdentity("a.example:8443"); got != (model.IdentityFile{Certificate: "~/c.pem", Key: "k.pem"}) {
			t.Errorf("the configuration has %+v", got)
		}
		if got := opt.HostIdentity("b.example:443"); got.Certificate != "" {
			t.Errorf("another host has %+v", got)
		}
	}
}

func TestSeveralClientCertificatesAreGivenByFlagsFoldersAndTheConfiguration(t *testing.T) {
	ca := testserver.NewAuthority(t, "clients")
	given, offered := t.TempDir(), t.TempDir()
	for dir, names := range map[string][]string{given: {"alice", "bob"}, offered: {"carol"}} {
		for _, name := range names {
			cert, key := testserver.EncodePEM(t, ca.Issue(t, name, nil))
			if err := os.WriteFile(filepath.Join(dir, name+".pem"), append(cert, key...), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	settings := func(toml string, args ...string) (model.Options, error) {
		o, env, _, err := settled(t, toml, nil, args)
		if err != nil {
			t.Fatal(err)
		}
		_, opt, err := (&job{options: o, env: env}).settings()
		return opt, err
	}
	alice := model.IdentityFile{Certificate: filepath.Join(given, "alice.pem")}
	bob := model.IdentityFile{Certificate: filepath.Join(given, "bob.pem")}
	carol := model.IdentityFile{Certificate: filepath.Join(offered, "carol.pem")}
	opt, err := settings("credentials.certificates = ['"+offered+"', '"+bob.Certificate+"']", "--cert", given, "--cert", carol.Certificate)
	if err != nil || !slices.Equal(opt.Identities, []model.IdentityFile{alice, bob, carol}) ||
		!slices.Equal(opt.OfferedIdentities, []model.IdentityFile{carol, bob}) {
		t.Errorf("%v: given %v, offered %v", err, opt.Identities, opt.OfferedIdentities)
	}
	if _, err := settings("credentials.certificates = ['" + t.TempDir() + "']"); err == nil || !strings.Contains(err.Error(), "name files and folders") {
		t.Errorf("%v", err)
	}
	flags := identityOptions{files: []model.IdentityFile{{Certificate: "a", Key: "b"}}}
	if err := flags.key("c"); err == nil || !strings.Contains(err.Error(), "give each --key after its --cert") {
		t.Errorf("%v", err)
	}
}
