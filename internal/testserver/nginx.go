package testserver

import (
	"bytes"
	"crypto/sha1"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// patience bounds every wait for nginx. It is only reached when something is
// wrong.
const patience = 20 * time.Second

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

	t         testing.TB
	dir       string
	httpPort  int
	httpsPort int
	authority *authority
}

// StartNginx starts nginx and returns when it answers. It listens at 127.0.0.1,
// with HTTP/1.1 on one port and TLS with HTTP/2 and HTTP/1.1 on another.
// "localhost" is the same server under another name. A failure ends the test.
func StartNginx(t testing.TB, cfg NginxConfig) *Nginx {
	t.Helper()
	path := findNginx(t)
	dir := t.TempDir()
	n := &Nginx{Root: filepath.Join(dir, "root"), CAFile: filepath.Join(dir, "ca.pem"), t: t, dir: dir}
	n.prepare(cfg)
	for try := 1; ; try++ {
		ports, err := freePorts(2)
		if err != nil {
			t.Fatal(err)
		}
		if err = n.run(path, cfg, ports[0], ports[1]); err == nil {
			return n
		}
		// Between looking for a free port and nginx taking it, somebody else
		// may have come first.
		if !errors.Is(err, errPortTaken) || try == 10 {
			t.Fatalf("nginx does not start: %v\n%s", err, n.errorLog())
		}
	}
}

// URL returns the http URL of path.
func (n *Nginx) URL(path string) string {
	return fmt.Sprintf("http://127.0.0.1:%d%s", n.httpPort, path)
}

// TLSURL returns the https URL of path.
func (n *Nginx) TLSURL(path string) string {
	return fmt.Sprintf("https://127.0.0.1:%d%s", n.httpsPort, path)
}

// CA returns a pool with the CA that vouches for the https side.
func (n *Nginx) CA() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(n.authority.ca)
	return pool
}

func findNginx(t testing.TB) string {
	t.Helper()
	for _, name := range []string{"nginx", "/usr/sbin/nginx", "/usr/local/sbin/nginx", "/opt/homebrew/bin/nginx"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	const reason = "nginx is not installed (Debian: apt-get install nginx-light)"
	if os.Getenv("HAUL_TEST_REQUIRE") == "1" {
		t.Fatal(reason)
	}
	t.Skip(reason)
	return ""
}

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

var errPortTaken = errors.New("port taken")

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
	var output bytes.Buffer
	cmd := exec.Command(path, "-p", n.dir, "-c", conf, "-e", n.errorLogPath())
	cmd.Stdout, cmd.Stderr = &output, &output
	if err := cmd.Start(); err != nil {
		return err
	}
	exited := make(chan struct{})
	go func() {
		// How it ended does not matter: it is killed, or the log says why.
		_ = cmd.Wait()
		close(exited)
	}()
	// SIGTERM, and not SIGKILL, because the master then takes its worker along.
	stop := func() {
		// An error means that it has ended already.
		_ = cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-exited:
		case <-time.After(patience):
			_ = cmd.Process.Kill()
			<-exited
			n.t.Error("nginx had to be killed")
		}
	}
	if err := n.waitReady(exited); err != nil {
		stop()
		if strings.Contains(output.String()+n.errorLog(), "Address already in use") {
			return errPortTaken
		}
		return fmt.Errorf("%w\n%s", err, output.String())
	}
	n.t.Cleanup(stop)
	return nil
}

// waitReady waits until nginx takes connections. It writes its pid only after
// it got its ports, so that it cannot be a stranger who answers at them.
func (n *Nginx) waitReady(exited <-chan struct{}) error {
	tick := time.NewTicker(5 * time.Millisecond) // another process: nothing else to wait on
	defer tick.Stop()
	timeout := time.After(patience)
	for {
		err := n.ready()
		if err == nil {
			return nil
		}
		select {
		case <-exited:
			return errors.New("it ended by itself")
		case <-timeout:
			return fmt.Errorf("not ready: %w", err)
		case <-tick.C:
		}
	}
}

func (n *Nginx) ready() error {
	if pid, err := os.ReadFile(n.pidPath()); err != nil || len(pid) == 0 {
		return errors.Join(errors.New("no pid yet"), err)
	}
	for _, port := range []int{n.httpPort, n.httpsPort} {
		c, err := net.DialTimeout("tcp", fmt.Sprintf("127.0.0.1:%d", port), time.Second)
		if err != nil {
			return err
		}
		if err := c.Close(); err != nil {
			return err
		}
	}
	return nil
}

// freePorts returns ports that nobody listens on just now.
func freePorts(count int) ([]int, error) {
	var ports []int
	for range count {
		l, err := net.Listen("tcp4", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer l.Close() // only then, so that no port comes twice
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports, nil
}

func (n *Nginx) errorLogPath() string { return filepath.Join(n.dir, "error.log") }
func (n *Nginx) pidPath() string      { return filepath.Join(n.dir, "nginx.pid") }

func (n *Nginx) errorLog() string {
	text, err := os.ReadFile(n.errorLogPath())
	if err != nil {
		return err.Error()
	}
	return string(text)
}
