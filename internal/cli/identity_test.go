package cli

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"os"
	"path/filepath"
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
