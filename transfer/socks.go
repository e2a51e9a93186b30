package transfer

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"net/url"
	"strconv"
)

// ErrProxyCredential says that a SOCKS proxy wants a user and a password, or
// others than it was given.
var ErrProxyCredential = errors.New("it does not take the user and the password, or wants some")

// Numbers of SOCKS 5 (RFC 1928, RFC 1929).
const (
	socksVersion      = 5
	socksAuthVersion  = 1
	socksNoAuth       = 0
	socksPassword     = 2
	socksNoAcceptable = 0xff
	socksConnect      = 1
	socksIPv4         = 1
	socksName         = 3
	socksIPv6         = 4
)

// socksReplies are the refusals of RFC 1928 section 6 in words.
var socksReplies = [...]string{
	1: "it failed without saying why",
	2: "it does not allow connections to that server",
	3: "it has no network to the server",
	4: "it could not reach the server",
	5: "the server refused its connection",
	6: "the server is too far away (TTL)",
	7: "it makes no connections",
	8: "it does not know that kind of address",
}

// requestSOCKS asks a SOCKS 5 proxy on conn for a connection to target. It
// resolves the name, for only it need have a resolver that knows it.
func requestSOCKS(conn io.ReadWriter, via *url.URL, user *url.Userinfo, target string) error {
	refused := func(err error) error { return &ProxyError{Addr: proxyAddr(via), Err: err} }
	request, err := socksRequest(target)
	if err != nil {
		return err
	}
	if err := socksAuthenticate(conn, user); err != nil {
		return refused(err)
	}
	if _, err := conn.Write(request); err != nil {
		return refused(err)
	}
	var head [4]byte // version, reply, reserved, kind of the address
	if err := socksRead(conn, head[:]); err != nil {
		return refused(err)
	}
	if reply := head[1]; reply != 0 {
		if int(reply) < len(socksReplies) {
			return refused(errors.New(socksReplies[reply]))
		}
		return refused(fmt.Errorf("it failed with number %d", reply))
	}
	// The address that the proxy connects from, which is of no interest.
	rest := 0
	switch head[3] {
	case socksIPv4:
		rest = net.IPv4len
	case socksIPv6:
		rest = net.IPv6len
	case socksName:
		var length [1]byte
		if _, err := io.ReadFull(conn, length[:]); err != nil {
			return refused(err)
		}
		rest = int(length[0])
	default:
		return refused(fmt.Errorf("it has an address of kind %d", head[3]))
	}
	if _, err := io.ReadFull(conn, make([]byte, rest+2)); err != nil {
		return refused(err)
	}
	return nil
}

// socksAuthenticate agrees on a method, and gives the user and the password if
// the proxy asks for them.
func socksAuthenticate(conn io.ReadWriter, user *url.Userinfo) error {
	hello := []byte{socksVersion, 1, socksNoAuth}
	var secret []byte
	if user != nil {
		password, _ := user.Password() // absent is empty
		name := user.Username()
		if name == "" || len(name) > 255 || len(password) > 255 {
			return errors.New("a user or a password of SOCKS has 1 to 255 bytes")
		}
		hello = []byte{socksVersion, 2, socksNoAuth, socksPassword}
		secret = append([]byte{socksAuthVersion, byte(len(name))}, name...)
		secret = append(append(secret, byte(len(password))), password...)
	}
	if _, err := conn.Write(hello); err != nil {
		return err
	}
	var choice [2]byte
	if err := socksRead(conn, choice[:]); err != nil {
		return err
	}
	switch {
	case choice[1] == socksNoAuth:
		return nil
	case choice[1] == socksNoAcceptable:
		return ErrProxyCredential
	case choice[1] != socksPassword || secret == nil:
		return fmt.Errorf("it wants a method that was not offered (%d)", choice[1])
	}
	if _, err := conn.Write(secret); err != nil {
		return err
	}
	var status [2]byte
	if _, err := io.ReadFull(conn, status[:]); err != nil {
		return err
	}
	if status[1] != 0 {
		return ErrProxyCredential
	}
	return nil
}

// socksRead fills b with an answer that begins with the version.
func socksRead(r io.Reader, b []byte) error {
	if _, err := io.ReadFull(r, b); err != nil {
		return err
	}
	if b[0] != socksVersion {
		return errors.New("it does not speak SOCKS 5")
	}
	return nil
}

// socksRequest is the request for a connection to target, a host:port.
func socksRequest(target string) ([]byte, error) {
	host, port, err := net.SplitHostPort(target)
	if err != nil {
		return nil, err
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return nil, err
	}
	r := []byte{socksVersion, socksConnect, 0}
	switch addr, err := netip.ParseAddr(host); {
	case err != nil && (host == "" || len(host) > 255):
		return nil, errors.New("a SOCKS proxy takes names of 1 to 255 bytes")
	case err != nil:
		r = append(append(r, socksName, byte(len(host))), host...)
	case addr.Is4():
		r = append(append(r, socksIPv4), addr.AsSlice()...)
	default:
		r = append(append(r, socksIPv6), addr.AsSlice()...)
	}
	return binary.BigEndian.AppendUint16(r, uint16(n)), nil
}
