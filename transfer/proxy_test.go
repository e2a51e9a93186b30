package transfer

import (
	"bufio"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

// proxyServer is a proxy for tunnels to one address; it records the requests.
type proxyServer struct {
	url    string
	target string // where all tunnels lead
	answer string // to CONNECT, instead of a tunnel

	mu   sync.Mutex
	seen []*http.Request
}

func newProxy(t *testing.T, cfg *tls.Config) *proxyServer {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxyServer{url: "http://" + ln.Addr().String()}
	if cfg != nil {
		p.url = "https://" + ln.Addr().String()
		ln = tls.NewListener(ln, cfg)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			wg.Go(func() { p.serve(conn) })
		}
	})
	t.Cleanup(func() {
		ln.Close()
		wg.Wait()
	})
	return p
}

func (p *proxyServer) serve(conn net.Conn) {
	defer conn.Close()
	br := bufio.NewReader(conn)
	req, err := http.ReadRequest(br)
	if err != nil {
		return
	}
	p.mu.Lock()
	p.seen = append(p.seen, req)
	p.mu.Unlock()
	switch {
	case p.answer != "":
		io.WriteString(conn, p.answer)
	case req.Method != http.MethodConnect:
		io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nproxy")
	default:
		out, err := net.Dial("tcp", p.target)
		if err != nil {
			return
		}
		defer out.Close()
		io.WriteString(conn, "HTTP/1.1 200 Connection established\r\n\r\n")
		done := make(chan struct{})
		go func() {
			defer close(done)
			io.Copy(out, br)
			out.(*net.TCPConn).CloseWrite()
		}()
		io.Copy(conn, out)
		conn.Close()
		<-done
	}
}

func (p *proxyServer) via(userinfo *url.Userinfo) func(*http.Request) (*url.URL, error) {
	return func(*http.Request) (*url.URL, error) {
		u, err := url.Parse(p.url)
		if err == nil {
			u.User = userinfo
		}
		return u, err
	}
}

func TestTunnelThroughProxy(t *testing.T) {
	cert, proxyCert := certificate(t, time.Hour, "files.example"), certificate(t, time.Hour, "127.0.0.1")
	for _, secure := range []bool{false, true} {
		addr := tlsServer(t, &tls.Config{Certificates: []tls.Certificate{cert}}, nil)
		var proxyTLS *tls.Config
		if secure {
			proxyTLS = &tls.Config{Certificates: []tls.Certificate{proxyCert}}
		}
		p := newProxy(t, proxyTLS)
		p.target = addr
		c := newClient(t, Config{
			Proxy: p.via(url.UserPassword("me", "pw")),
			TLS:   &tls.Config{RootCAs: rootsOf(cert, proxyCert)},
		})
		x := do(t, c, Request{HTTP: get(t, "https://files.example/x")})
		if got := readAll(t, x); got != "ok" {
			t.Errorf("body %q", got)
		}
		if tr := x.Transaction(); !tr.Proxied || tr.TLSVersion == "" || !strings.HasSuffix(p.url, tr.RemoteAddr) {
			t.Errorf("transaction %+v", tr)
		}
		if len(p.seen) != 1 || p.seen[0].Host != "files.example:443" || p.seen[0].Header.Get("Proxy-Authorization") != "Basic bWU6cHc=" {
			t.Errorf("proxy saw %+v", p.seen)
		}
		_, err := c.Do(t.Context(), Request{HTTP: get(t, "https://evil.example/")})
		wantError(t, err, PhaseTLS)
	}
}

func TestPlainURLThroughProxy(t *testing.T) {
	cert := certificate(t, time.Hour, "127.0.0.1")
	for _, cfg := range []*tls.Config{nil, {Certificates: []tls.Certificate{cert}, NextProtos: []string{"h2", "http/1.1"}}} {
		p := newProxy(t, cfg)
		c := newClient(t, Config{Proxy: p.via(nil), TLS: &tls.Config{RootCAs: rootsOf(cert)}})
		x := do(t, c, Request{HTTP: get(t, "http://files.example/x")})
		if got := readAll(t, x); got != "proxy" {
			t.Errorf("body %q", got)
		}
		if x.Response.TLS != nil || x.Transaction().TLSVersion != "" || !x.Transaction().Proxied {
			t.Errorf("the proxy's TLS shows as the server's: %+v", x.Transaction())
		}
		if p.seen[0].URL.String() != "http://files.example/x" {
			t.Errorf("request line %v", p.seen[0].URL)
		}
	}
}

func TestProxyThatRefuses(t *testing.T) {
	tests := []struct {
		name, answer string
		status       int
	}{
		{"407", "HTTP/1.1 407 Pay\x1b]0;me\r\nProxy-Authenticate: Basic realm=\"p\"\r\nContent-Length: 0\r\n\r\n", 407},
		{"503", "HTTP/1.1 503 No\r\n\r\n", 503},
		{"not HTTP", "SSH-2.0-x\r\n", 0},
		{"nothing", " ", 0},
		{"bytes ahead", "HTTP/1.1 200 OK\r\n\r\n\x16\x03\x01", 0},
		{"endless head", "HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 2<<20), 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := newProxy(t, nil)
			p.answer = tt.answer
			_, err := newClient(t, Config{Proxy: p.via(nil)}).Do(t.Context(), Request{HTTP: get(t, "https://h/")})
			wantError(t, err, PhaseConnect)
			var refused *ProxyError
			if errors.As(err, &refused) != (tt.status != 0) {
				t.Fatalf("error %v", err)
			}
			if tt.status != 0 && refused.StatusCode != tt.status {
				t.Errorf("status %d", refused.StatusCode)
			}
			if tt.status == 407 && refused.Header.Get("Proxy-Authenticate") == "" {
				t.Error("the challenge is lost")
			}
			if strings.ContainsAny(err.Error(), "\x1b\x16") {
				t.Errorf("raw bytes in %q", err)
			}
		})
	}
}

func TestProxyThatCannotBeUsed(t *testing.T) {
	for _, raw := range []string{"ftp://p", "http://", "http://p:0", "//p:1", "socks4://p"} {
		u, err := url.Parse(raw)
		if err != nil {
			t.Fatal(err)
		}
		c := newClient(t, Config{Proxy: func(*http.Request) (*url.URL, error) { return u, nil }})
		_, err = c.Do(t.Context(), Request{HTTP: get(t, "https://h/")})
		wantError(t, err, PhaseConnect)
	}
	sorry := errors.New("no idea")
	c := newClient(t, Config{Proxy: func(*http.Request) (*url.URL, error) { return nil, sorry }})
	_, err := c.Do(t.Context(), Request{HTTP: get(t, "http://h/")})
	wantError(t, err, PhaseConnect)
	if !errors.Is(err, sorry) {
		t.Errorf("error %v", err)
	}
}

func TestSecureURLThroughSOCKS(t *testing.T) {
	cert := certificate(t, time.Hour, "files.example")
	addr := tlsServer(t, &tls.Config{Certificates: []tls.Certificate{cert}}, nil)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	asked := make(chan string, 1)
	var wg sync.WaitGroup
	wg.Go(func() {
		conn, err := ln.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		b := make([]byte, 300)
		io.ReadFull(conn, b[:2])
		io.ReadFull(conn, b[:b[1]])
		conn.Write([]byte{5, 0})
		io.ReadFull(conn, b[:5]) // version, connect, reserved, name, length
		n := int(b[4])
		io.ReadFull(conn, b[:n+2])
		asked <- string(b[:n])
		out, err := net.Dial("tcp", addr)
		if err != nil {
			return
		}
		defer out.Close()
		conn.Write([]byte{5, 0, 0, 1, 127, 0, 0, 1, 0, 0})
		done := make(chan struct{})
		go func() {
			defer close(done)
			io.Copy(out, conn)
			out.(*net.TCPConn).CloseWrite()
		}()
		io.Copy(conn, out)
		conn.Close()
		<-done
	})
	t.Cleanup(func() {
		ln.Close()
		wg.Wait()
	})
	c := newClient(t, Config{TLS: &tls.Config{RootCAs: rootsOf(cert)}, Proxy: func(*http.Request) (*url.URL, error) {
		return &url.URL{Scheme: "socks5", Host: ln.Addr().String()}, nil
	}})
	x := do(t, c, Request{HTTP: get(t, "https://files.example/")})
	if got := readAll(t, x); got != "ok" {
		t.Errorf("body %q", got)
	}
	if got := <-asked; got != "files.example" {
		t.Errorf("asked for %q", got)
	}
}
