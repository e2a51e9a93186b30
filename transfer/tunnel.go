package transfer

import (
	"bufio"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"

	"golang.org/x/net/proxy"
)

// ProxyError says that a proxy refused to open a tunnel. With status 407 its
// header says which credentials the proxy asks for.
type ProxyError struct {
	StatusCode int
	Header     http.Header
}

func (e *ProxyError) Error() string {
	return fmt.Sprintf("the proxy refused the tunnel: %d %s", e.StatusCode, http.StatusText(e.StatusCode))
}

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

// tunnel connects to target through a proxy.
func (d *dialling) tunnel(via *url.URL, target string) (net.Conn, error) {
	if via.Scheme == "socks5" || via.Scheme == "socks5h" {
		return d.socks(via, target)
	}
	conn, err := d.connect(d.ctx, "tcp", proxyAddr(via))
	if err != nil {
		return nil, err
	}
	if via.Scheme == "https" {
		if conn, err = d.handshake(conn, proxyAddr(via), "http/1.1"); err != nil {
			return nil, err
		}
	}
	if err := d.requestTunnel(conn, via, target); err != nil {
		// What the proxy said counts, not how the useless connection closes.
		_ = conn.Close()
		return nil, &phaseError{PhaseConnect, err}
	}
	return conn, nil
}

// requestTunnel sends CONNECT over conn and reads the answer (RFC 9110 section
// 9.3.6).
func (d *dialling) requestTunnel(conn net.Conn, via *url.URL, target string) error {
	// Closing is what ends a Read or Write that waits; the error it leaves
	// behind is replaced by the context's.
	stop := context.AfterFunc(d.ctx, func() { _ = conn.Close() })
	defer stop()
	req := &http.Request{
		Method: http.MethodConnect,
		URL:    &url.URL{Opaque: target},
		Host:   target,
		Header: http.Header{"User-Agent": nil}, // none, rather than net/http's own
	}
	if u := via.User; u != nil {
		password, _ := u.Password() // absent is empty
		pair := base64.StdEncoding.EncodeToString([]byte(u.Username() + ":" + password))
		req.Header.Set("Proxy-Authorization", "Basic "+pair)
	}
	if err := req.Write(conn); err != nil {
		return fmt.Errorf("asking the proxy: %w", err)
	}
	br := bufio.NewReader(io.LimitReader(conn, d.c.cfg.MaxResponseHeaderBytes))
	resp, err := http.ReadResponse(br, req)
	if err != nil {
		return fmt.Errorf("the proxy's answer: %w", err)
	}
	// The body is never read: a refusal ends the connection, and after a 200
	// the bytes are the tunnel's.
	if resp.StatusCode != http.StatusOK {
		return &ProxyError{StatusCode: resp.StatusCode, Header: resp.Header}
	}
	if br.Buffered() > 0 {
		return errors.New("the proxy sent bytes ahead of the server's")
	}
	return nil
}

// socks connects to target through a SOCKS 5 proxy, which resolves the name.
func (d *dialling) socks(via *url.URL, target string) (net.Conn, error) {
	var auth *proxy.Auth
	if u := via.User; u != nil {
		password, _ := u.Password() // absent is empty
		auth = &proxy.Auth{User: u.Username(), Password: password}
	}
	dialer, err := proxy.SOCKS5("tcp", proxyAddr(via), auth, forward(d.connect))
	if err != nil {
		return nil, &phaseError{PhaseConnect, err}
	}
	conn, err := dialer.(proxy.ContextDialer).DialContext(d.ctx, "tcp", target)
	if err != nil {
		return nil, &phaseError{PhaseConnect, err}
	}
	return conn, nil
}

// forward is a dial function as a dialer of x/net/proxy.
type forward func(ctx context.Context, network, addr string) (net.Conn, error)

func (f forward) DialContext(ctx context.Context, network, addr string) (net.Conn, error) {
	return f(ctx, network, addr)
}

func (f forward) Dial(network, addr string) (net.Conn, error) {
	return f(context.Background(), network, addr)
}
