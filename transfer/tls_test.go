package transfer

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io"
	"math"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// certificate makes a self-signed one for names and addresses.
func certificate(t testing.TB, valid time.Duration, names ...string) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{CommonName: "test"},
		NotBefore:             time.Now().Add(-48 * time.Hour),
		NotAfter:              time.Now().Add(valid),
		IsCA:                  true,
		BasicConstraintsValid: true,
	}
	for _, n := range names {
		if ip := net.ParseIP(n); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, n)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

func rootsOf(certs ...tls.Certificate) *x509.CertPool {
	pool := x509.NewCertPool()
	for _, c := range certs {
		pool.AddCert(c.Leaf)
	}
	return pool
}

// tlsServer answers every request with 200, or with what handle does.
func tlsServer(t testing.TB, cfg *tls.Config, handle func(conn *tls.Conn)) (addr string) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	serveListenerTLS(t, ln, cfg, handle)
	return ln.Addr().String()
}

func serveListenerTLS(t testing.TB, ln net.Listener, cfg *tls.Config, handle func(conn *tls.Conn)) {
	if handle == nil {
		handle = func(conn *tls.Conn) { io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok") }
	}
	listen(t, tls.NewListener(ln, cfg), func(conn net.Conn) { handle(conn.(*tls.Conn)) })
}

// to dials addr, whatever name is asked for.
func to(addr string) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, addr)
	}
}

func TestServerIsEvaluatedByDefault(t *testing.T) {
	good := certificate(t, time.Hour, "files.example", "192.0.2.7", "::1")
	stale := certificate(t, -time.Hour, "files.example")
	tests := []struct {
		name  string
		cert  tls.Certificate
		roots *x509.CertPool
		extra *x509.CertPool
		url   string
		want  error // a value of the type that is to be found; nil: trusted
	}{
		{"name", good, rootsOf(good), nil, "https://files.example/", nil},
		{"name with port", good, rootsOf(good), nil, "https://files.example:8443/", nil},
		{"name with a dot behind", good, rootsOf(good), nil, "https://files.example./", nil},
		{"name in capitals", good, rootsOf(good), nil, "https://FILES.example/", nil},
		{"IPv4", good, rootsOf(good), nil, "https://192.0.2.7/", nil},
		{"IPv6", good, rootsOf(good), nil, "https://[::1]:99/", nil},
		{"IPv6 with zone", good, rootsOf(good), nil, "https://[::1%25lo]/", nil},
		{"other name", good, rootsOf(good), nil, "https://evil.example/", x509.HostnameError{}},
		{"other address", good, rootsOf(good), nil, "https://192.0.2.8/", x509.HostnameError{}},
		{"unknown root", good, rootsOf(stale), nil, "https://files.example/", x509.UnknownAuthorityError{}},
		{"expired", stale, rootsOf(stale), nil, "https://files.example/", x509.CertificateInvalidError{}},
		{"extra root", good, rootsOf(stale), rootsOf(good), "https://files.example/", nil},
		{"extra root and no others", good, x509.NewCertPool(), rootsOf(good), "https://files.example/", nil},
		{"root besides extra ones", good, rootsOf(good), rootsOf(stale), "https://files.example/", nil},
		{"neither root", good, rootsOf(stale), rootsOf(stale), "https://files.example/", x509.UnknownAuthorityError{}},
		{"other name with an extra root", good, rootsOf(stale), rootsOf(good), "https://evil.example/", x509.HostnameError{}},
		{"expired with an extra root", stale, rootsOf(good), rootsOf(stale), "https://files.example/", x509.CertificateInvalidError{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			addr := tlsServer(t, &tls.Config{Certificates: []tls.Certificate{tt.cert}}, nil)
			c := newClient(t, Config{Dial: to(addr), ExtraRootCAs: tt.extra, TLS: &tls.Config{
				RootCAs:            tt.roots,
				InsecureSkipVerify: true, // has no say
				ServerName:         "files.example",
			}})
			x, err := c.Do(t.Context(), Request{HTTP: get(t, tt.url)})
			if tt.want == nil {
				if err != nil {
					t.Fatal(err)
				}
				readAll(t, x)
				return
			}
			wantError(t, err, PhaseTLS)
			var verification *tls.CertificateVerificationError
			if !errors.As(err, &verification) || len(verification.UnverifiedCertificates) == 0 {
				t.Errorf("no certificates in %v", err)
			}
			var hostname x509.HostnameError
			var authority x509.UnknownAuthorityError
			var invalid x509.CertificateInvalidError
			found := errors.As(err, &hostname) && fmt.Sprintf("%T", tt.want) == "x509.HostnameError" ||
				errors.As(err, &authority) && fmt.Sprintf("%T", tt.want) == "x509.UnknownAuthorityError" ||
				errors.As(err, &invalid) && fmt.Sprintf("%T", tt.want) == "x509.CertificateInvalidError"
			if !found {
				t.Errorf("error %v, want %T", err, tt.want)
			}
		})
	}
}

type ctxKey struct{}

type refusal struct{ id ServerIdentity }

func (refusal) Error() string { return "not this one" }

func TestVerifyServerDecides(t *testing.T) {
	cert := certificate(t, time.Hour, "files.example")
	addr := tlsServer(t, &tls.Config{Certificates: []tls.Certificate{cert}}, nil)
	for _, known := range []bool{true, false} {
		var id ServerIdentity
		var value any
		refuse := false
		cfg := Config{Dial: to(addr), VerifyServer: func(ctx context.Context, got ServerIdentity) error {
			id, value = got, ctx.Value(ctxKey{})
			if refuse {
				return refusal{got}
			}
			return nil
		}}
		if known {
			cfg.TLS = &tls.Config{RootCAs: rootsOf(cert)}
		}
		c := newClient(t, cfg)
		ctx := context.WithValue(t.Context(), ctxKey{}, "mine")
		x, err := c.Do(ctx, Request{HTTP: get(t, "https://files.example:444/")})
		if err != nil {
			t.Fatal(err)
		}
		readAll(t, x)
		if value != "mine" {
			t.Errorf("value %v", value)
		}
		if id.Host != "files.example" || id.Addr != "files.example:444" || len(id.State.PeerCertificates) != 1 {
			t.Errorf("identity %+v", id)
		}
		if (id.Err == nil) != known || (len(id.State.VerifiedChains) > 0) != known {
			t.Errorf("known %v: err %v, chains %d", known, id.Err, len(id.State.VerifiedChains))
		}
		tr := x.Transaction()
		if tr.TLSVersion != "TLS 1.3" || !strings.HasPrefix(tr.TLSCipher, "TLS_") || tr.TLSDone.Before(tr.TLSStart) || tr.TLSStart.IsZero() {
			t.Errorf("transaction %+v", tr)
		}
		refuse = true
		_, err = c.Do(ctx, Request{HTTP: get(t, "https://files.example:445/")})
		wantError(t, err, PhaseTLS)
		var r refusal
		if !errors.As(err, &r) || r.id.Addr != "files.example:445" {
			t.Errorf("error %v", err)
		}
	}
}

func TestVerifyServerEndsWithTheExchange(t *testing.T) {
	cert := certificate(t, time.Hour, "h")
	addr := tlsServer(t, &tls.Config{Certificates: []tls.Certificate{cert}}, nil)
	asked := make(chan struct{})
	c := NewClient(Config{Dial: to(addr), VerifyServer: func(ctx context.Context, _ ServerIdentity) error {
		close(asked)
		<-ctx.Done()
		return ctx.Err()
	}})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-asked
		cancel()
	}()
	_, err := c.Do(ctx, Request{HTTP: get(t, "https://h/")})
	wantError(t, err, PhaseTLS)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	c.Close() // waits for the dial; the test hangs if the dial does
}

func TestHTTP2IsSpokenWhenOffered(t *testing.T) {
	for _, disabled := range []bool{false, true} {
		s, cfg := serveTLS(t, true, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.Proto) })
		c := newClient(t, Config{TLS: cfg, DisableHTTP2: disabled})
		want := "HTTP/2.0"
		if disabled {
			want = "HTTP/1.1"
		}
		x := do(t, c, Request{HTTP: get(t, s.URL)})
		if got := readAll(t, x); got != want || x.Transaction().Protocol != want {
			t.Errorf("disabled %v: %s, %s", disabled, got, x.Transaction().Protocol)
		}
	}
}

// TestHTTP1IsPreferredUnlessTheServerRefusesIt: servers of Go never refuse it in
// the handshake, so one that does has no protocol in common with who offers it.
func TestHTTP1IsPreferredUnlessTheServerRefusesIt(t *testing.T) {
	for _, tt := range []struct {
		name    string
		refuses bool
		hangsUp bool // instead of an alert
		disable bool
		want    string // the protocol; "" for an alert
	}{
		{"both spoken", false, false, false, "HTTP/1.1"},
		{"HTTP/2 alone", true, false, false, "HTTP/2.0"},
		{"HTTP/2 alone, without a word", true, true, false, "HTTP/2.0"},
		{"HTTP/2 alone and disabled", true, false, true, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.Proto) }))
			s.EnableHTTP2, s.Config.ErrorLog = true, quiet()
			cert := certificate(t, time.Hour, "127.0.0.1")
			s.TLS = &tls.Config{Certificates: []tls.Certificate{cert}, NextProtos: []string{"h2", "http/1.1"}}
			s.TLS.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
				if !tt.refuses || slices.Contains(hello.SupportedProtos, "h2") {
					return nil, nil
				}
				if tt.hangsUp {
					return nil, hello.Conn.Close()
				}
				return &tls.Config{Certificates: []tls.Certificate{cert}, NextProtos: []string{"other"}}, nil
			}
			s.StartTLS()
			t.Cleanup(s.Close)
			c := newClient(t, Config{TLS: &tls.Config{RootCAs: rootsOf(cert)}, HTTP1Within: math.MaxInt64, DisableHTTP2: tt.disable})
			x, err := c.Do(t.Context(), Request{HTTP: get(t, s.URL)})
			if tt.want == "" {
				if alert, _ := Alert(err); alert != noApplicationProtocol {
					t.Errorf("error %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := readAll(t, x); got != tt.want || x.Transaction().Protocol != tt.want {
				t.Errorf("%s, %s", got, x.Transaction().Protocol)
			}
		})
	}
}

func TestClientCertificateIsChosenPerServer(t *testing.T) {
	server, client := certificate(t, time.Hour, "a.example", "b.example"), certificate(t, time.Hour, "me")
	var shown atomic.Int32
	addr := tlsServer(t, &tls.Config{Certificates: []tls.Certificate{server}, ClientAuth: tls.RequestClientCert}, func(c *tls.Conn) {
		shown.Store(int32(len(c.ConnectionState().PeerCertificates)))
		io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
	})
	for _, tt := range []struct {
		url    string
		choose bool
		want   int32
	}{
		{"https://a.example/", true, 1},
		{"https://b.example/", true, 0},
		{"https://a.example/", false, 0},
	} {
		cfg := Config{Dial: to(addr), TLS: &tls.Config{RootCAs: rootsOf(server), Certificates: []tls.Certificate{client}}}
		if tt.choose {
			cfg.ClientCertificate = func(ctx context.Context, addr string, _ bool, _ *tls.CertificateRequestInfo) (*tls.Certificate, error) {
				if addr == "a.example:443" {
					return &client, nil
				}
				return nil, nil
			}
		}
		readAll(t, do(t, newClient(t, cfg), Request{HTTP: get(t, tt.url)}))
		if shown.Load() != tt.want {
			t.Errorf("%s, choose %v: %d certificates shown", tt.url, tt.choose, shown.Load())
		}
	}
}

func TestRefusedClientCertificateIsATLSError(t *testing.T) {
	server := certificate(t, time.Hour, "h")
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		addr := tlsServer(t, &tls.Config{
			Certificates: []tls.Certificate{server}, ClientAuth: tls.RequireAnyClientCert, MaxVersion: version,
		}, nil)
		c := newClient(t, Config{Dial: to(addr), TLS: &tls.Config{RootCAs: rootsOf(server)}})
		// net/http may see the alert or the broken connection first; both
		// name no phase that comes after the request.
		_, err := c.Do(t.Context(), Request{HTTP: get(t, "https://h/")})
		var e *Error
		if !errors.As(err, &e) || e.Phase != PhaseTLS && e.Phase != PhaseSend && e.Phase != PhaseHead {
			t.Errorf("%s: %v", tls.VersionName(version), err)
		}
		if version == tls.VersionTLS12 {
			wantError(t, err, PhaseTLS)
		}
	}
}

func TestBrokenHandshakes(t *testing.T) {
	tests := []struct {
		name  string
		serve func(net.Conn)
		want  error
	}{
		{"plain HTTP", func(c net.Conn) { io.WriteString(c, "HTTP/1.1 400 Bad Request\r\n\r\n") }, nil},
		{"closed", func(c net.Conn) {}, io.ErrUnexpectedEOF},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ln, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			var wg sync.WaitGroup
			wg.Go(func() {
				conn, err := ln.Accept()
				if err == nil {
					bufio.NewReader(conn).ReadByte()
					tt.serve(conn)
					conn.(*net.TCPConn).CloseWrite()
					drain(conn)
				}
			})
			defer wg.Wait()
			defer ln.Close()
			_, err = newClient(t, Config{}).Do(t.Context(), Request{HTTP: get(t, "https://"+ln.Addr().String())})
			wantError(t, err, PhaseTLS)
			if tt.want != nil && !errors.Is(err, tt.want) {
				t.Errorf("error %v", err)
			}
		})
	}
}

// A body that ends with the connection is whole over TLS only with the
// close_notify alert, which nobody on the way can make.
func TestCutOffBodyOverTLSIsNotWhole(t *testing.T) {
	cert := certificate(t, time.Hour, "h")
	head := "HTTP/1.1 200 OK\r\n\r\n"
	tests := []struct {
		name   string
		notify bool
		send   string
		want   error
	}{
		{"close_notify", true, head + "all of it", nil},
		{"FIN alone", false, head + "half of", io.ErrUnexpectedEOF},
		{"FIN right behind the head", false, head, io.ErrUnexpectedEOF},
		{"FIN in a length", false, "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nhalf of", io.ErrUnexpectedEOF},
		{"FIN behind a length", false, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nall", nil},
		{"FIN in a chunk", false, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhalf", io.ErrUnexpectedEOF},
		{"FIN before the last chunk", false, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n", io.ErrUnexpectedEOF},
		{"close_notify before the last chunk", true, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n", io.ErrUnexpectedEOF},
	}
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		for _, tt := range tests {
			t.Run(tls.VersionName(version)+" "+tt.name, func(t *testing.T) {
				addr := tlsServer(t, &tls.Config{Certificates: []tls.Certificate{cert}, MaxVersion: version}, func(c *tls.Conn) {
					io.WriteString(c, tt.send)
					if tt.notify {
						c.CloseWrite()
					}
					c.NetConn().(*net.TCPConn).CloseWrite()
					io.Copy(io.Discard, c.NetConn())
					c.NetConn().Close()
				})
				c := newClient(t, Config{Dial: to(addr), TLS: &tls.Config{RootCAs: rootsOf(cert)}})
				x := do(t, c, Request{HTTP: get(t, "https://h/")})
				_, err := Copy(t.Context(), &memory{}, 0, x.Response.Body, CopyOptions{Want: x.Response.ContentLength})
				x.Response.Body.Close()
				if tt.want == nil && err != nil {
					t.Error(err)
				}
				if tt.want != nil {
					wantError(t, err, PhaseBody)
					if !errors.Is(err, tt.want) {
						t.Errorf("error %v", err)
					}
				}
			})
		}
	}
}

// eofWithData returns its last bytes together with io.EOF, as io.Reader may.
type eofWithData struct {
	net.Conn
	r io.Reader
}

func (c eofWithData) Read(p []byte) (int, error) { return c.r.Read(p) }

type dataErrReader struct{ b *bytes.Buffer }

func (r dataErrReader) Read(p []byte) (int, error) {
	n, err := r.b.Read(p)
	if r.b.Len() == 0 {
		err = io.EOF
	}
	return n, err
}

func TestFinIsNotSeenBeforeTheBytesInFrontOfIt(t *testing.T) {
	c := NewClient(Config{}).newWire(eofWithData{r: dataErrReader{bytes.NewBufferString("xy")}})
	p := make([]byte, 10)
	if n, err := c.Read(p); n != 2 || err != nil || c.fin {
		t.Errorf("first: %d %v, fin %v", n, err, c.fin)
	}
	if n, err := c.Read(p); n != 0 || err != io.EOF || !c.fin {
		t.Errorf("second: %d %v, fin %v", n, err, c.fin)
	}
}

func TestNoIdleTimeRunsWhileSomebodyDecides(t *testing.T) {
	cert := certificate(t, 24*365*100*time.Hour, "h")
	synctest.Test(t, func(t *testing.T) {
		c := NewClient(Config{
			TLS: &tls.Config{RootCAs: rootsOf(cert), Time: func() time.Time { return cert.Leaf.NotBefore.Add(time.Hour) }},
			Dial: pipeDial(func(conn net.Conn) {
				s := tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{cert}})
				if readHead(s) {
					io.WriteString(s, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
				}
				drain(conn)
			}),
			VerifyServer: func(ctx context.Context, id ServerIdentity) error {
				time.Sleep(time.Hour)
				return id.Err
			},
		})
		x := do(t, c, Request{HTTP: get(t, "https://h/"), IdleTimeout: time.Second})
		readAll(t, x)
		c.Close()
	})
}
