package testserver

import (
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Protection is a method of authentication that an Apache asks for.
type Protection int

// The protections.
const (
	ProtectBasic Protection = iota
	ProtectDigest
	ProtectKerberos // Negotiate by Kerberos
	ProtectNTLM     // NTLM, and Negotiate by NTLM
	ProtectEither   // Negotiate by Kerberos or NTLM, NTLM, Basic
)

// ApacheConfig is what a test wants of an Apache httpd.
type ApacheConfig struct {
	// Files are put into the document root: contents by path.
	Files map[string][]byte
	// Protected says what is asked for below a path, such as "/krb/". Files
	// can be put there with PUT.
	Protected map[string]Protection
	// Users are passwords by name. For NTLM their domain is HAUL.
	Users map[string]string
	// Rate bounds each response below the paths of Protected, in KiB per
	// second; 0 is none.
	Rate int
	// KDC has the key of the service, nil without ProtectKerberos.
	KDC *KDC
}

// Apache is a running Apache httpd.
type Apache struct {
	// Root is the document root.
	Root string

	site
	t       testing.TB
	dir     string
	modules string
	as      *account
}

// StartApache starts an Apache httpd at "localhost", on one port without and one
// with TLS, both with HTTP/1.1. A failure ends the test.
func StartApache(t testing.TB, cfg ApacheConfig) *Apache {
	t.Helper()
	path := find(t, "apache2", "apache2")
	a := &Apache{site: site{host: "localhost"}, t: t, dir: openDir(t), as: unprivileged(t), modules: "/usr/lib/apache2/modules"}
	a.Root = filepath.Join(a.dir, "root")
	a.need(cfg)
	if err := a.prepare(cfg); err != nil {
		t.Fatal(err)
	}
	onFreePorts(t, "apache2", 2, func(ports []int) error {
		a.httpPort, a.httpsPort = ports[0], ports[1]
		return a.run(path, cfg)
	})
	return a
}

// need looks for the modules of the protections.
func (a *Apache) need(cfg ApacheConfig) {
	a.t.Helper()
	for _, p := range cfg.Protected {
		if p == ProtectBasic || p == ProtectDigest {
			continue
		}
		if _, err := os.Stat(filepath.Join(a.modules, "mod_auth_gssapi.so")); err != nil {
			missing(a.t, "mod_auth_gssapi is not installed (Debian: apt-get install libapache2-mod-auth-gssapi)")
		}
		if found, err := filepath.Glob("/etc/gss/mech.d/*ntlmssp*"); p != ProtectKerberos && (err != nil || len(found) == 0) {
			missing(a.t, "gss-ntlmssp is not installed (Debian: apt-get install gss-ntlmssp)")
		}
	}
}

// prepare writes the files.
func (a *Apache) prepare(cfg ApacheConfig) error {
	var err error
	if a.authority, err = newAuthority(); err != nil {
		return err
	}
	var basic, digest, ntlm strings.Builder
	for user, password := range cfg.Users {
		fmt.Fprintf(&basic, "%s:%s\n", user, hashPassword(password))
		sum := md5.Sum([]byte(user + ":haul test:" + password))
		fmt.Fprintf(&digest, "%s:haul test:%s\n", user, hex.EncodeToString(sum[:]))
		fmt.Fprintf(&ntlm, "HAUL:%s:%s\n", user, password)
	}
	files := map[string][]byte{
		"leaf.pem": a.authority.leafPEM, "leaf.key": a.authority.keyPEM,
		"basic": []byte(basic.String()), "digest": []byte(digest.String()), "ntlm": []byte(ntlm.String()),
	}
	if cfg.KDC != nil {
		if files["service.keytab"], err = os.ReadFile(cfg.KDC.ServiceKeytab); err != nil {
			return err
		}
	}
	for name, data := range cfg.Files {
		files[filepath.Join("root", filepath.FromSlash(name))] = data
	}
	for path := range cfg.Protected {
		files[filepath.Join("root", filepath.FromSlash(path), ".keep")] = nil
	}
	for name, data := range files {
		path := filepath.Join(a.dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(path, data, 0o600); err != nil {
			return err
		}
	}
	// Apache's entity tags are weak for what has just changed.
	old := time.Now().Add(-time.Hour)
	for name := range cfg.Files {
		if err := os.Chtimes(filepath.Join(a.Root, filepath.FromSlash(name)), old, old); err != nil {
			return err
		}
	}
	return a.as.give(a.dir)
}

// configuration returns the text of httpd.conf. The log has JSON lines; of
// Authorization nothing gets there.
func (a *Apache) configuration(cfg ApacheConfig) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	path := func(name string) string { return filepath.Join(a.dir, name) }
	modules := []string{
		"mpm_event", "authn_core", "authn_file", "authz_core", "authz_user", "auth_basic", "auth_digest",
		"ssl", "env", "headers", "dav", "dav_fs", "dir", "ratelimit",
	}
	for _, p := range cfg.Protected {
		if p >= ProtectKerberos {
			modules = append(modules, "auth_gssapi")
			break
		}
	}
	for _, m := range modules {
		line("LoadModule %s_module %s", m, filepath.Join(a.modules, "mod_"+m+".so"))
	}
	line("ServerRoot %q", a.dir)
	line("ServerName localhost")
	line("PidFile %q", path("pid"))
	line("Mutex file:%s", a.dir)
	line("DefaultRuntimeDir %q", a.dir)
	line("ErrorLog %q", path("error.log"))
	line("LogLevel info")
	line("LogFormat %q wire", `{"port":"%{remote}p","user":"%u","method":"%m","uri":"%U","status":"%>s","range":"%{Range}i","sent":"%B","received":"%{Content-Length}i","end":"%X"}`)
	line("CustomLog %q wire", path("access.log"))
	line("StartServers 1\nThreadsPerChild 16\nMaxRequestWorkers 16\nServerLimit 1")
	line("KeepAliveTimeout 60\nMaxKeepAliveRequests 0")
	line("Listen 127.0.0.1:%d\nListen 127.0.0.1:%d", a.httpPort, a.httpsPort)
	line("DocumentRoot %q", a.Root)
	line("DavLockDB %q", path("davlock"))
	line("<VirtualHost 127.0.0.1:%d>\nSSLEngine on\nSSLCertificateFile %q\nSSLCertificateKeyFile %q\n</VirtualHost>", a.httpsPort, path("leaf.pem"), path("leaf.key"))
	for prefix, p := range cfg.Protected {
		line("<Location %q>", prefix)
		line("Dav On\nAuthName %q", "haul test")
		if cfg.Rate > 0 {
			line("SetOutputFilter RATE_LIMIT\nSetEnv rate-limit %d", cfg.Rate)
		}
		for _, l := range a.protection(p) {
			line("%s", l)
		}
		line("Require valid-user\n</Location>")
	}
	return b.String()
}

func (a *Apache) protection(p Protection) []string {
	path := func(name string) string { return strconv.Quote(filepath.Join(a.dir, name)) }
	switch p {
	case ProtectDigest:
		return []string{"AuthType Digest", "AuthDigestProvider file", "AuthUserFile " + path("digest")}
	case ProtectKerberos:
		return []string{"AuthType GSSAPI", "GssapiAllowedMech krb5"}
	case ProtectNTLM:
		return []string{"AuthType GSSAPI", "GssapiAllowedMech ntlmssp", "GssapiConnectionBound On"}
	case ProtectEither:
		return []string{"AuthType GSSAPI", "GssapiAllowedMech krb5", "GssapiAllowedMech ntlmssp", "GssapiConnectionBound On"}
	case ProtectBasic:
	}
	return []string{"AuthType Basic", "AuthBasicProvider file", "AuthUserFile " + path("basic")}
}

func (a *Apache) run(path string, cfg ApacheConfig) error {
	conf := filepath.Join(a.dir, "httpd.conf")
	if err := os.WriteFile(conf, []byte(a.configuration(cfg)), 0o644); err != nil {
		return err
	}
	env := []string{"NTLM_USER_FILE=" + filepath.Join(a.dir, "ntlm"), "LC_ALL=C"}
	if cfg.KDC != nil {
		env = append(env, "KRB5_CONFIG="+cfg.KDC.Config, "KRB5_KTNAME="+filepath.Join(a.dir, "service.keytab"))
	}
	p, err := start(a.t, a.as, env, path, "-d", a.dir, "-f", conf, "-DFOREGROUND")
	if err != nil {
		return err
	}
	return p.serve(owning(filepath.Join(a.dir, "pid"), a.httpPort, a.httpsPort), a.ErrorLog)
}

// ErrorLog is what the server complained of.
func (a *Apache) ErrorLog() string { return contents(filepath.Join(a.dir, "error.log")) }

// Request is one line of an Apache's log: a request that has ended.
type Request struct {
	Port   string // of the client, tells connections apart
	User   string // who it was taken for, "-" for nobody
	Method string
	URI    string
	Status int
	Range  string // "-" for none
	// Received is the Content-Length, "-" for none.
	Received string
}

// Log returns the log when it has at least count lines: one is written when a
// request has ended, which is some time after the client has seen the end.
func (a *Apache) Log(count int) []Request {
	a.t.Helper()
	return a.AwaitLog(func(all []Request) bool { return len(all) >= count })
}

// AwaitLog returns the log when it satisfies done. If that does not happen in
// 20 seconds, the test fails.
func (a *Apache) AwaitLog(done func([]Request) bool) []Request {
	a.t.Helper()
	return awaitIn(a.t, func() ([]Request, error) {
		text, err := wholeLines(filepath.Join(a.dir, "access.log"))
		return a.parse(text), err
	}, done, a.ErrorLog)
}

func (a *Apache) parse(text []byte) []Request {
	a.t.Helper()
	var all []Request
	for line := range bytes.Lines(text) {
		var f map[string]string
		if err := json.Unmarshal(line, &f); err != nil {
			a.t.Fatalf("log line %q: %v", line, err)
		}
		status, err := strconv.Atoi(f["status"])
		if err != nil {
			a.t.Fatalf("log line %q: %v", line, err)
		}
		all = append(all, Request{
			Port: f["port"], User: f["user"], Method: f["method"], URI: f["uri"], Status: status,
			Range: f["range"], Received: f["received"],
		})
	}
	return all
}
