package transfer

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
)

// ProxyError says that a proxy was reached and refused. With status 407 its
// header says which credentials the proxy asks for.
type ProxyError struct {
	Addr string // host:port of the proxy
	// StatusCode and Header are the answer of an HTTP proxy to CONNECT.
	StatusCode int
	Header     http.Header
	// Err is the answer of a SOCKS proxy, nil for an HTTP one.
	Err error
}

// Error says what the proxy means in words.
func (e *ProxyError) Error() string {
	if e.Err != nil {
		return "the proxy " + e.Addr + ": " + e.Err.Error()
	}
	what := "refused the tunnel"
	switch e.StatusCode {
	case http.StatusProxyAuthRequired:
		what = "wants a user and a password"
	case http.StatusForbidden, http.StatusMethodNotAllowed:
		what = "does not allow connections to that server"
	case http.StatusBadGateway, http.StatusServiceUnavailable:
		what = "could not reach the server"
	case http.StatusGatewayTimeout:
		what = "got no answer from the server"
	}
	return fmt.Sprintf("the proxy %s %s: %d %s", e.Addr, what, e.StatusCode, http.StatusText(e.StatusCode))
}

// Unwrap returns what a SOCKS proxy said.
func (e *ProxyError) Unwrap() error { return e.Err }

// SecureProxyError says that what failed is the TLS connection to an https proxy,
// and not that to the server behind it.
type SecureProxyError struct {
	Addr string // host:port of the proxy
	Err  error
}

// Error names the proxy.
func (e *SecureProxyError) Error() string { return "the proxy " + e.Addr + ": " + e.Err.Error() }

// Unwrap returns the cause.
func (e *SecureProxyError) Unwrap() error { return e.Err }

const proxyAuthorization = "Proxy-Authorization"

func isSOCKS(u *url.URL) bool { return u != nil && (u.Scheme == "socks5" || u.Scheme == "socks5h") }

// checkProxy refuses a proxy that no connection can be made through.
func checkProxy(u *url.URL) error {
	switch u.Scheme {
	case "http", "https", "socks5", "socks5h":
	default:
		return fmt.Errorf("unknown proxy scheme %q", u.Scheme)
	}
	if u.Hostname() == "" {
		return errors.New("the proxy has no host")
	}
	return checkPort(u)
}

// proxyAddr is the host:port of a proxy.
func proxyAddr(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443", "socks5": "1080", "socks5h": "1080"}[u.Scheme]
	}
	return net.JoinHostPort(u.Hostname(), port)
}

// connectProxy makes the connection to a proxy. That it cannot be made is about
// the proxy, whatever the cause, and not about the server.
func (d *dialling) connectProxy(addr string) (net.Conn, error) {
	conn, err := d.connect(d.ctx, "tcp", addr)
	if err != nil {
		return nil, &phaseError{PhaseConnect, fmt.Errorf("the proxy %s cannot be reached: %w", addr, err)}
	}
	return conn, nil
}

// tunnel connects to target through a proxy.
func (d *dialling) tunnel(via *url.URL, target string) (net.Conn, error) {
	addr := proxyAddr(via)
	conn, err := d.connectProxy(addr)
	if err != nil {
		return nil, err
	}
	if via.Scheme == "https" {
		if conn, err = d.handshake(conn, addr, true, "http/1.1"); err != nil {
			return nil, err
		}
	}
	// Closing is what ends a Read or Write that waits; the error it leaves
	// behind is replaced by the context's.
	stop := context.AfterFunc(d.ctx, func() { _ = conn.Close() })
	defer stop()
	if isSOCKS(via) {
		err = requestSOCKS(conn, via, d.x.user.Login(), target)
	} else {
		err = d.requestTunnel(conn, via, target)
	}
	var refused *ProxyError
	if err != nil && via.Scheme == "https" && !errors.As(err, &refused) {
		err = &SecureProxyError{addr, err}
	}
	if err != nil {
		// What the proxy said counts, not how the useless connection closes.
		_ = conn.Close()
		return nil, &phaseError{PhaseConnect, err}
	}
	return conn, nil
}

// Bounds of a talk with a proxy before there is a tunnel.
const (
	mostRefusals = 8        // each of which is a step of an authentication
	mostRefusal  = 64 << 10 // bytes of a body that nobody reads
)

// requestTunnel sends CONNECT over conn and reads the answer (RFC 9110 section
// 9.3.6), as often as an authentication of several steps needs it.
func (d *dialling) requestTunnel(conn net.Conn, via *url.URL, target string) error {
	addr := proxyAddr(via)
	talk, err := d.x.user.Tunnel(target)
	if err != nil {
		return fmt.Errorf("the credential for the proxy: %w", err)
	}
	in := &io.LimitedReader{R: conn}
	br := bufio.NewReader(in)
	value := talk.Authorization()
	for range mostRefusals {
		in.N = d.c.cfg.MaxResponseHeaderBytes
		resp, err := requestTunnelOnce(conn, br, addr, target, value)
		switch {
		case err != nil:
			return err
		case resp.StatusCode/100 == 2:
			// The bytes of a body are the tunnel's.
			if br.Buffered() > 0 {
				return fmt.Errorf("the proxy %s sent bytes ahead of the server's", addr)
			}
			return talk.Opened(resp.Header)
		case resp.StatusCode == http.StatusProxyAuthRequired:
			value, err = talk.Refused(resp.Header)
		default:
			value = ""
		}
		switch {
		case err != nil:
			return err
		case value == "":
			return &ProxyError{Addr: addr, StatusCode: resp.StatusCode, Header: resp.Header}
		}
		lost := errors.New("it closes it")
		if !resp.Close {
			in.N = mostRefusal
			_, lost = io.Copy(io.Discard, resp.Body)
		}
		if lost != nil {
			return fmt.Errorf("the proxy %s ends the connection in the middle of an authentication that needs one connection: %w", addr, lost)
		}
	}
	return fmt.Errorf("the proxy %s goes on asking for more steps of an authentication", addr)
}

// requestTunnelOnce sends one CONNECT and reads the head of its answer.
func requestTunnelOnce(conn net.Conn, br *bufio.Reader, addr, target, value string) (*http.Response, error) {
	req := &http.Request{
		Method: http.MethodConnect,
		URL:    &url.URL{Opaque: target},
		Host:   target,
		Header: http.Header{"User-Agent": nil}, // none, rather than net/http's own
	}
	if value != "" {
		req.Header.Set(proxyAuthorization, value)
	}
	if err := req.Write(conn); err != nil {
		return nil, fmt.Errorf("asking the proxy %s: %w", addr, err)
	}
	resp, err := http.ReadResponse(br, req)
	if err != nil {
		return nil, fmt.Errorf("the answer of the proxy %s: %w", addr, err)
	}
	return resp, nil
}

// through makes proxy the way of x.
func (x *Exchange) through(proxy *url.URL) {
	bare := *proxy
	bare.User = nil
	x.proxy, x.user = &bare, urlUser{proxy.User}
	if x.request.ProxyUser != nil {
		x.user = x.request.ProxyUser(proxy)
	}
}

// authorizeProxy puts a credential for the proxy on a request that goes to one
// in the clear. On any other request the field would come to the server.
func (x *Exchange) authorizeProxy(out *http.Request) error {
	value := ""
	if x.proxy != nil && !isSOCKS(x.proxy) && out.URL.Scheme == "http" {
		u, err := authority(out.URL)
		if err != nil {
			return err
		}
		if out.URL.Port() == "" {
			u = strings.TrimSuffix(u, ":80")
		}
		if value, err = x.user.Authorization(out.Method, "http://"+u+out.URL.RequestURI()); err != nil {
			return fmt.Errorf("the credential for the proxy: %w", err)
		}
	}
	if _, has := out.Header[proxyAuthorization]; has || value != "" {
		out.Header = out.Header.Clone() // that of the request is not changed
		out.Header.Del(proxyAuthorization)
		if value != "" {
			out.Header.Set(proxyAuthorization, value)
		}
	}
	x.trace.proxyField(value != "")
	return nil
}
