package testserver

import (
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// squidRealm is what a Squid says of itself when it asks.
const squidRealm = "haul proxy"

// SquidConfig is what a test wants of a Squid. Without a scheme it asks for
// nothing.
type SquidConfig struct {
	// Users are passwords by name, of Basic and Digest.
	Users map[string]string
	// Basic, Digest, NTLM and Negotiate are the schemes that it offers, the
	// strongest first.
	Basic, Digest, NTLM, Negotiate bool
	// Password is that of everybody by NTLM.
	Password string
	// KDC has the key of Negotiate, for Kerberos.
	KDC *KDC
	// Names are names that it, and nobody else, finds this machine by.
	Names []string
}

// asks tells whether it wants to know who somebody is.
func (cfg SquidConfig) asks() bool { return cfg.Basic || cfg.Digest || cfg.NTLM || cfg.Negotiate }

// Squid is a running Squid, an HTTP proxy that keeps nothing.
type Squid struct {
	t    testing.TB
	dir  string
	port int
	as   *account
}

// squidHelpers is where Debian has the programs that look passwords up.
const squidHelpers = "/usr/lib/squid"

// StartSquid starts a Squid at 127.0.0.1. A failure ends the test.
func StartSquid(t testing.TB, cfg SquidConfig) *Squid {
	t.Helper()
	path := find(t, "squid", "squid")
	for _, helper := range []string{"basic_ncsa_auth", "digest_file_auth", "negotiate_kerberos_auth"} {
		find(t, filepath.Join(squidHelpers, helper), "squid")
	}
	if cfg.NTLM {
		find(t, "ntlm_auth", "winbind")
	}
	s := &Squid{t: t, dir: openDir(t), as: unprivileged(t)}
	onFreePorts(t, "squid", 1, func(ports []int) error {
		s.port = ports[0]
		if err := s.prepare(cfg); err != nil {
			return err
		}
		return s.run(path, cfg)
	})
	return s
}

// URL is the proxy's, with user information unless user is empty. Its host is the
// name that a KDC knows the service by.
func (s *Squid) URL(user, password string) *url.URL {
	u := &url.URL{Scheme: "http", Host: fmt.Sprintf("localhost:%d", s.port)}
	if user != "" {
		u.User = url.UserPassword(user, password)
	}
	return u
}

func (s *Squid) prepare(cfg SquidConfig) error {
	var basic, digest strings.Builder
	for user, password := range cfg.Users {
		sum := md5.Sum([]byte(password)) // one of the forms that the helper reads
		fmt.Fprintf(&basic, "%s:%s\n", user, hex.EncodeToString(sum[:]))
		sum = md5.Sum([]byte(user + ":" + squidRealm + ":" + password))
		fmt.Fprintf(&digest, "%s:%s:%s\n", user, squidRealm, hex.EncodeToString(sum[:]))
	}
	files := map[string]string{
		"basic": basic.String(), "digest": digest.String(), "squid.conf": s.configuration(cfg), "access.log": "",
		"smb.conf": "[global]\nworkgroup = HAUL\n",
		"hosts":    "127.0.0.1 localhost " + strings.Join(cfg.Names, " ") + "\n",
	}
	for _, place := range []string{"private dir", "lock directory", "state directory", "cache directory", "pid directory"} {
		files["smb.conf"] += place + " = " + s.dir + "\n"
	}
	if cfg.KDC != nil {
		keytab, err := os.ReadFile(cfg.KDC.ServiceKeytab)
		if err != nil {
			return err
		}
		files["service.keytab"] = string(keytab)
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(s.dir, name), []byte(text), 0o600); err != nil {
			return err
		}
	}
	return s.as.give(s.dir)
}

// configuration returns the text of squid.conf. Of the credentials nothing but
// the user gets into the log.
func (s *Squid) configuration(cfg SquidConfig) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	path := func(name string) string { return filepath.Join(s.dir, name) }
	line("http_port 127.0.0.1:%d", s.port)
	line("visible_hostname localhost")
	line("pid_filename %s", path("pid"))
	line("coredump_dir %s", s.dir)
	line("cache_log %s", path("cache.log"))
	line("logformat wire %%>p %%un %%rm %%ru %%>Hs %%mt")
	line("access_log stdio:%s wire", path("access.log"))
	line("cache deny all\ncache_mem 8 MB\nmax_filedescriptors 1024\npinger_enable off\nnetdb_filename none")
	line("shutdown_lifetime 0 seconds\nhosts_file %s", path("hosts"))
	if cfg.Negotiate {
		line("auth_param negotiate program %s -k %s -s HTTP/localhost@%s", filepath.Join(squidHelpers, "negotiate_kerberos_auth"), path("service.keytab"), Realm)
		line("auth_param negotiate children 2 startup=1")
	}
	if cfg.NTLM {
		// With a password of its own it checks the messages against that, and
		// needs no domain.
		line("auth_param ntlm program %s --helper-protocol=squid-2.5-ntlmssp --domain=HAUL --password=%s", find(s.t, "ntlm_auth", "winbind"), cfg.Password)
		line("auth_param ntlm children 4 startup=1")
	}
	if cfg.Digest {
		line("auth_param digest program %s -c %s", filepath.Join(squidHelpers, "digest_file_auth"), path("digest"))
		line("auth_param digest realm %s\nauth_param digest children 2 startup=1", squidRealm)
	}
	if cfg.Basic {
		line("auth_param basic program %s %s", filepath.Join(squidHelpers, "basic_ncsa_auth"), path("basic"))
		line("auth_param basic realm %s\nauth_param basic children 2 startup=1", squidRealm)
	}
	if cfg.asks() {
		line("acl known proxy_auth REQUIRED\nhttp_access allow known")
		line("http_access deny all")
	} else {
		line("http_access allow all")
	}
	return b.String()
}

func (s *Squid) run(path string, cfg SquidConfig) error {
	env := []string{"LC_ALL=C", "SMB_CONF_PATH=" + filepath.Join(s.dir, "smb.conf")}
	if cfg.KDC != nil {
		env = append(env, "KRB5_CONFIG="+cfg.KDC.Config)
	}
	p, err := start(s.t, s.as, env, path, "-N", "-f", filepath.Join(s.dir, "squid.conf"))
	if err != nil {
		return err
	}
	return p.serve(owning(filepath.Join(s.dir, "pid"), s.port), s.complaints)
}

// complaints is what it has to say in its log, if it came as far.
func (s *Squid) complaints() string { return contents(filepath.Join(s.dir, "cache.log")) }

// Proxied is one line of a Squid's log: a request that has ended.
type Proxied struct {
	Port   string // of the client, tells connections apart
	User   string // who it was taken for, "-" for nobody
	Method string
	URI    string // host:port for CONNECT
	Status int
}

// AwaitLog returns the log when it satisfies done, for a line is written some
// time after the client has seen the end. If that does not happen in 20 seconds,
// the test fails. Connections on which nothing was asked are left out.
func (s *Squid) AwaitLog(done func([]Proxied) bool) []Proxied {
	s.t.Helper()
	return awaitIn(s.t, func() ([]Proxied, error) {
		text, err := wholeLines(filepath.Join(s.dir, "access.log"))
		return s.parse(text), err
	}, done, s.complaints)
}

func (s *Squid) parse(text []byte) []Proxied {
	s.t.Helper()
	var all []Proxied
	for line := range strings.Lines(string(text)) {
		f := strings.Fields(line)
		if len(f) != 6 {
			s.t.Fatalf("log line %q", line)
		}
		status, err := strconv.Atoi(f[4])
		if err != nil {
			s.t.Fatalf("log line %q: %v", line, err)
		}
		if strings.HasPrefix(f[3], "error:") {
			continue
		}
		all = append(all, Proxied{Port: f[0], User: f[1], Method: f[2], URI: f[3], Status: status})
	}
	return all
}
