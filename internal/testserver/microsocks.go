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
	m := &MicroSocks{}
	onFreePorts(t, "microsocks", 1, func(ports []int) error {
		m.port = ports[0]
		p, err := start(t, as, nil, path, "-i", "127.0.0.1", "-p", strconv.Itoa(m.port), "-u", user, "-P", password)
		if err != nil {
			return err
		}
		return p.serve(func() error { return answers(m.port) }, func() string { return "" })
	})
	return m
}

// URL is the proxy's, without user information.
func (m *MicroSocks) URL() *url.URL {
	return &url.URL{Scheme: "socks5h", Host: fmt.Sprintf("127.0.0.1:%d", m.port)}
}
