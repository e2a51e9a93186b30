package testserver

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Dante is a running Dante, a SOCKS proxy. It asks for no password: those that it
// can check are of the system's users only.
type Dante struct {
	t    testing.TB
	dir  string
	port int
	as   *account
}

// StartDante starts a Dante at 127.0.0.1 that lets everybody reach this machine
// and nothing else. A failure ends the test.
func StartDante(t testing.TB) *Dante {
	t.Helper()
	path := find(t, "danted", "dante-server")
	d := &Dante{t: t, dir: openDir(t), as: unprivileged(t)}
	onFreePorts(t, "danted", 1, func(ports []int) error {
		d.port = ports[0]
		return d.run(path)
	})
	return d
}

// URL is the proxy's.
func (d *Dante) URL() *url.URL {
	return &url.URL{Scheme: "socks5h", Host: fmt.Sprintf("127.0.0.1:%d", d.port)}
}

func (d *Dante) configuration() string {
	return fmt.Sprintf(`logoutput: %s
internal: 127.0.0.1 port = %d
external: 127.0.0.1
clientmethod: none
socksmethod: none
client pass { from: 127.0.0.0/8 to: 0.0.0.0/0 }
socks pass {
	from: 127.0.0.0/8 to: 127.0.0.0/8
	command: connect
	log: connect error
}
`, filepath.Join(d.dir, "log"), d.port)
}

func (d *Dante) run(path string) error {
	conf := filepath.Join(d.dir, "danted.conf")
	if err := os.WriteFile(conf, []byte(d.configuration()), 0o600); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(d.dir, "log"), nil, 0o600); err != nil {
		return err
	}
	if err := d.as.give(d.dir); err != nil {
		return err
	}
	p, err := start(d.t, d.as, nil, path, "-f", conf, "-p", filepath.Join(d.dir, "pid"))
	if err != nil {
		return err
	}
	return p.serve(func() error { return answers(d.port) }, d.log)
}

func (d *Dante) log() string { return contents(filepath.Join(d.dir, "log")) }

// AwaitConnections returns how many connections it has let through, when there
// are at least count of them. If that does not happen in 20 seconds, the test
// fails.
func (d *Dante) AwaitConnections(count int) int {
	d.t.Helper()
	return awaitIn(d.t, func() (int, error) {
		return strings.Count(d.log(), "tcp/connect ["), nil
	}, func(n int) bool { return n >= count }, d.log)
}
