package testserver

import (
	"fmt"
	"net/url"
	"strconv"
	"testing"
)

// MicroSocks is a running MicroSocks, a SOCKS proxy that asks for a user and a
// password.
type MicroSocks struct{ port int }

// StartMicroSocks starts a MicroSocks at 127.0.0.1 with one user. A failure ends
// the test.
func StartMicroSocks(t testing.TB, user, password string) *MicroSocks {
	t.Helper()
	path := find(t, "microsocks", "microsocks")
	as := unprivileged(t)
	for try := 1; ; try++ {
		ports, err := freePorts(1)
		if err != nil {
			t.Fatal(err)
		}
		p, err := start(t, as, nil, path, "-i", "127.0.0.1", "-p", strconv.Itoa(ports[0]), "-u", user, "-P", password)
		if err != nil {
			t.Fatal(err)
		}
		if err = p.await(func() error { return answers(ports[0]) }); err == nil {
			t.Cleanup(p.stop)
			return &MicroSocks{ports[0]}
		}
		p.stop()
		if try == 10 {
			t.Fatalf("microsocks does not start: %v\n%s", err, p.output.String())
		}
	}
}

// URL is the proxy's, without user information.
func (m *MicroSocks) URL() *url.URL {
	return &url.URL{Scheme: "socks5h", Host: fmt.Sprintf("127.0.0.1:%d", m.port)}
}
