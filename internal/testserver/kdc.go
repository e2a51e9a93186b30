package testserver

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Realm is the Kerberos realm of a KDC.
const Realm = "HAUL.TEST"

// KDC is a running key distribution centre of MIT Kerberos with a realm of its
// own. Its users get tickets for the service HTTP/localhost.
type KDC struct {
	// Config is the path of a krb5.conf that leads to it.
	Config string
	// ServiceKeytab holds the key of HTTP/localhost, UserKeytab that of the
	// first user.
	ServiceKeytab, UserKeytab string

	t       testing.TB
	dir     string
	port    int
	process *process
}

// StartKDC starts a KDC for users, passwords by name, of which the first in the
// order of the alphabet gets a keytab. A failure ends the test.
func StartKDC(t testing.TB, users map[string]string) *KDC {
	t.Helper()
	path := find(t, "krb5kdc", "krb5-kdc")
	util := find(t, "kdb5_util", "krb5-kdc")
	admin := find(t, "kadmin.local", "krb5-admin-server")
	dir := openDir(t)
	if err := os.Chmod(dir, 0o755); err != nil { // the server of the service reads its keytab
		t.Fatal(err)
	}
	k := &KDC{
		t: t, dir: dir, Config: filepath.Join(dir, "krb5.conf"),
		ServiceKeytab: filepath.Join(dir, "service.keytab"), UserKeytab: filepath.Join(dir, "user.keytab"),
	}
	filled := false
	onFreePorts(t, "the KDC", 1, func(ports []int) error {
		k.port = ports[0]
		if err := k.configure(); err != nil {
			return err
		}
		if !filled {
			if err := k.fill(util, admin, users); err != nil {
				return err
			}
			filled = true
		}
		return k.run(path)
	})
	return k
}

func (k *KDC) env() []string {
	return []string{"KRB5_CONFIG=" + k.Config, "KRB5_KDC_PROFILE=" + filepath.Join(k.dir, "kdc.conf"), "LC_ALL=C"}
}

// configure writes what depends on the port.
func (k *KDC) configure() error {
	client := fmt.Sprintf(`[libdefaults]
	default_realm = %[1]s
	dns_lookup_realm = false
	dns_lookup_kdc = false
	dns_canonicalize_hostname = false
	rdns = false
[realms]
	%[1]s = {
		kdc = 127.0.0.1:%[2]d
	}
[domain_realm]
	localhost = %[1]s
`, Realm, k.port)
	server := fmt.Sprintf(`[kdcdefaults]
	kdc_listen = 127.0.0.1:%[2]d
	kdc_tcp_listen = 127.0.0.1:%[2]d
[realms]
	%[1]s = {
		database_name = %[3]s/principal
		key_stash_file = %[3]s/stash
		acl_file = %[3]s/acl
		max_life = 1d
		supported_enctypes = aes256-cts-hmac-sha1-96:normal
	}
[logging]
	kdc = FILE:%[3]s/kdc.log
`, Realm, k.port, k.dir)
	return errors.Join(
		os.WriteFile(k.Config, []byte(client), 0o644),
		os.WriteFile(filepath.Join(k.dir, "kdc.conf"), []byte(server), 0o600),
	)
}

// fill makes the database.
func (k *KDC) fill(util, admin string, users map[string]string) error {
	if err := run(k.env(), "", util, "create", "-s", "-r", Realm, "-P", "master"); err != nil {
		return err
	}
	var script strings.Builder
	fmt.Fprintf(&script, "addprinc -randkey HTTP/localhost\nktadd -k %s HTTP/localhost\n", k.ServiceKeytab)
	first := ""
	for name, password := range users {
		fmt.Fprintf(&script, "addprinc -pw %s +requires_preauth %s\n", password, name)
		if first == "" || name < first {
			first = name
		}
	}
	fmt.Fprintf(&script, "ktadd -k %s -norandkey %s\n", k.UserKeytab, first)
	if err := run(k.env(), script.String(), admin, "-r", Realm); err != nil {
		return err
	}
	return os.Chmod(k.ServiceKeytab, 0o644)
}

func (k *KDC) run(path string) error {
	p, err := start(k.t, nil, k.env(), path, "-n", "-r", Realm)
	if err != nil {
		return err
	}
	k.process = p
	return p.serve(func() error { return answers(k.port) }, k.log)
}

// Stop ends the KDC before the test does.
func (k *KDC) Stop() { k.process.stop() }

func (k *KDC) log() string { return contents(filepath.Join(k.dir, "kdc.log")) }

// Ticket logs a user in with kinit and returns the path of the credential cache.
func (k *KDC) Ticket(user, password string, life time.Duration) string {
	k.t.Helper()
	cache := filepath.Join(k.t.TempDir(), "ccache")
	err := run(k.env(), password+"\n", find(k.t, "kinit", "krb5-user"),
		"-c", "FILE:"+cache, "-l", fmt.Sprintf("%ds", int(life.Seconds())), user+"@"+Realm)
	if err != nil {
		k.t.Fatal(err)
	}
	return cache
}
