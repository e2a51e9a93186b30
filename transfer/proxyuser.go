package transfer

import (
	"encoding/base64"
	"net/http"
	"net/url"
)

// ProxyUser is who one exchange is to its proxy. It is asked by the exchange, and
// by the dial made for it, which has a goroutine of its own and may go on when
// Do has returned.
type ProxyUser interface {
	// Identity tells users apart, by ==. A connection to a server that a proxy
	// has opened for one of them serves the exchanges of no other. nil is
	// nobody.
	Identity() any
	// Authorization is the Proxy-Authorization field of a request that goes to
	// an HTTP proxy in the clear, "" for none. method and target are those of
	// the request line.
	Authorization(method, target string) (string, error)
	// Tunnel begins what one dial says to an HTTP proxy, to get a tunnel to
	// target, a host:port.
	Tunnel(target string) (Tunnelling, error)
	// Login is for a SOCKS proxy, nil for nobody.
	Login() *url.Userinfo
}

// Tunnelling is one side of a talk with an HTTP proxy over one connection, which
// ends with a tunnel or a refusal. It serves the goroutine of its dial.
type Tunnelling interface {
	// Authorization is the Proxy-Authorization field of the first CONNECT, ""
	// for none.
	Authorization() string
	// Refused is told the header of a 407. It returns the field of another
	// CONNECT over the same connection, "" if the refusal stands.
	Refused(header http.Header) (string, error)
	// Opened is told the header with which the tunnel is opened. An error
	// refuses the tunnel.
	Opened(header http.Header) error
}

// urlUser is the user of a proxy's URL, who is sent in the Basic scheme without
// being asked for; nil for nobody.
type urlUser struct{ *url.Userinfo }

func (u urlUser) Identity() any {
	if u.Userinfo == nil {
		return nil
	}
	return u.String()
}

func (u urlUser) Authorization(string, string) (string, error) {
	if u.Userinfo == nil {
		return "", nil
	}
	password, _ := u.Password() // absent is empty
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(u.Username()+":"+password)), nil
}

func (u urlUser) Tunnel(string) (Tunnelling, error) {
	value, err := u.Authorization("", "")
	return oneField(value), err
}

func (u urlUser) Login() *url.Userinfo { return u.Userinfo }

// oneField is all that is said to a proxy.
type oneField string

func (f oneField) Authorization() string             { return string(f) }
func (oneField) Refused(http.Header) (string, error) { return "", nil }
func (oneField) Opened(http.Header) error            { return nil }
