package testserver

import (
	"crypto/sha1"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// NginxConfig is what a test wants of nginx. The zero value serves an empty
// document root over http and https, with ranges and strong entity tags.
type NginxConfig struct {
	// Files are put into the document root: contents by path, such as
	// "dir/a.bin". More can be added later in Nginx.Root.
	Files map[string][]byte
	// Locations are added to the ones of the document root.
	Locations []Location
	// ClientCA, in PEM, vouches for the client certificates that the https side
	// asks for; nil: it asks for none. Unless OptionalClient is set a request
	// without one is refused with 400. ClientCRL, in PEM, revokes some.
	ClientCA, ClientCRL []byte
	OptionalClient      bool
	// Certificate and Key, in PEM, are what the https side shows in place of a
	// certificate of the CA's. TLS are more lines of its configuration, in place of
	// ssl_protocols.
	Certificate, Key []byte
	TLS              string
}

// Location is one nginx location and what applies to the paths below it.
type Location struct {
	// Prefix is the beginning of the paths, such as "/slow/". The files are
	// those of the document root, the prefix included.
	Prefix string
	// RateLimit is limit_rate, in bytes per second and connection; 0 is none.
	RateLimit int
	// RateAfter is limit_rate_after, the bytes of each response that come
	// without the limit.
	RateAfter int
	// User and Password turn on Basic authentication.
	User, Password string
	// Redirect is the target of a 302 for all paths; nginx's variables may be
	// used, such as https://other.test:8443$request_uri. $http_port and
	// $https_port are replaced by the ports of this server.
	Redirect string
	// Directives are more lines of nginx configuration, each with its ";".
	Directives string
}

// Nginx is a running nginx.
type Nginx struct {
	// Root is the document root. Files in it may be changed while nginx runs.
	Root string
	// CAFile is the PEM file of the CA that vouches for the https side.
	CAFile string

	site
	t   testing.TB
	dir string
}

// StartNginx starts nginx and returns when it answers. It listens at 127.0.0.1,
// with HTTP/1.1 on one port and TLS with HTTP/2 and HTTP/1.1 on another.
// "localhost" is the same server under another name. A failure ends the test.
func StartNginx(t testing.TB, cfg NginxConfig) *Nginx {
	t.Helper()
	path := findNginx(t)
	dir := t.TempDir()
	n := &Nginx{site: site{host: "127.0.0.1"}, Root: filepath.Join(dir, "root"), CAFile: filepath.Join(dir, "ca.pem"), t: t, dir: dir}
	n.prepare(cfg)
	onFreePorts(t, "nginx", 2, func(ports []int) error { return n.run(path, cfg, ports[0], ports[1]) })
	return n
}

func findNginx(t testing.TB) string { return find(t, "nginx", "nginx-light") }

// prepare writes all files that do not depend on the ports.
func (n *Nginx) prepare(cfg NginxConfig) {
	n.t.Helper()
	var err error
	if n.authority, err = newAuthority(); err != nil {
		n.t.Fatal(err)
	}
	files := map[string][]byte{"ca.pem": n.authority.caPEM, "leaf.pem": n.authority.leafPEM, "leaf.key": n.authority.keyPEM}
	for name, data := range map[string][]byte{
		clientCAFile: cfg.ClientCA, clientCRLFile: cfg.ClientCRL, "leaf.pem": cfg.Certificate, "leaf.key": cfg.Key,
	} {
		if data != nil {
			files[name] = data
		}
	}
	for name, data := range cfg.Files {
		files[filepath.Join("root", filepath.FromSlash(name))] = data
	}
	for i, l := range cfg.Locations {
		if l.User != "" {
			files[passwordFile(i)] = []byte(l.User + ":" + hashPassword(l.Password) + "\n")
		}
	}
	for _, sub := range []string{"root", "temp"} {
		if err := os.MkdirAll(filepath.Join(n.dir, sub), 0o700); err != nil {
			n.t.Fatal(err)
		}
	}
	for name, data := range files {
		path := filepath.Join(n.dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			n.t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o600); err != nil {
			n.t.Fatal(err)
		}
	}
}

const clientCAFile, clientCRLFile = "client-ca.pem", "client-crl.pem"

func passwordFile(location int) string { return fmt.Sprintf("htpasswd.%d", location) }

// hashPassword returns the {SHA} form, which nginx checks by itself: whether
// it knows bcrypt depends on the C library.
func hashPassword(password string) string {
	h := sha1.Sum([]byte(password))
	return "{SHA}" + base64.StdEncoding.EncodeToString(h[:])
}

// run starts nginx on the given ports and waits until it answers. Unless that
// fails, nginx runs until the test ends.
func (n *Nginx) run(path string, cfg NginxConfig, httpPort, httpsPort int) error {
	n.httpPort, n.httpsPort = httpPort, httpsPort
	conf := filepath.Join(n.dir, "nginx.conf")
	if err := os.WriteFile(conf, []byte(n.configuration(cfg)), 0o600); err != nil {
		return err
	}
	if err := os.WriteFile(n.errorLogPath(), nil, 0o600); err != nil {
		return err
	}
	p, err := start(n.t, nil, nil, path, "-p", n.dir, "-c", conf, "-e", n.errorLogPath())
	if err != nil {
		return err
	}
	return p.serve(owning(n.pidPath(), httpPort, httpsPort), n.errorLog)
}

func (n *Nginx) errorLogPath() string { return filepath.Join(n.dir, "error.log") }
func (n *Nginx) pidPath() string      { return filepath.Join(n.dir, "nginx.pid") }

func (n *Nginx) errorLog() string { return contents(n.errorLogPath()) }
