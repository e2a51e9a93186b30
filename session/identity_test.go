package session

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http/httptest"
	"strings"
	"testing"

	"haul/internal/testserver"
)

// TestAcceptedKeyIsForItsAddressOnly: the same certificate at another port, or
// under another name, is another server until somebody says otherwise.
func TestAcceptedKeyIsForItsAddressOnly(t *testing.T) {
	first, second := serveTLS(t, hello), serveTLS(t, hello) // with one certificate
	rec := newRecorder()
	var asked []string
	s := open(t, sessionRecorder{rec, func(c *Challenge) (Disposition, *Credential) {
		asked = append(asked, c.Trust.Addr)
		return UseCredential, CredentialForTrust(c.Trust)
	}}, nil)
	port := func(srv *httptest.Server) string { return srv.Listener.Addr().String()[len("127.0.0.1"):] }
	urls := []string{first.URL, first.URL + "/again", second.URL, "https://localhost" + port(first), "https://LOCALHOST" + port(first)}
	for _, u := range urls {
		if task := run(t, s, rec, u); task.Err() != nil {
			t.Errorf("%s: %v", u, task.Err())
		}
	}
	want := []string{"127.0.0.1" + port(first), "127.0.0.1" + port(second), "localhost" + port(first)}
	if len(asked) > 3 { // a name in capitals may be asked for again, which is no harm
		asked = asked[:3]
	}
	if strings.Join(asked, " ") != strings.Join(want, " ") {
		t.Errorf("asked about %v, want %v", asked, want)
	}
}

// TestCredentialForAnotherKeyAcceptsNothing: the answer has to be about the key
// that was asked about, or it says nothing.
func TestCredentialForAnotherKeyAcceptsNothing(t *testing.T) {
	first, second := serveTLS(t, hello), serveTLS(t, hello)
	rec := newRecorder()
	var old *Credential
	s := open(t, sessionRecorder{rec, func(c *Challenge) (Disposition, *Credential) {
		if old == nil {
			old = CredentialForTrust(c.Trust)
		}
		return UseCredential, old
	}}, nil)
	if task := run(t, s, rec, first.URL); task.Err() != nil {
		t.Fatal(task.Err())
	}
	if task := run(t, s, rec, second.URL); codeOf(task.Err()) != ServerCertificateUntrusted {
		t.Errorf("the credential for another server: %v", task.Err())
	}
}

// TestNamesOfACertificate: what is written in the URL is what the certificate is
// held against, whatever the connection goes to.
func TestNamesOfACertificate(t *testing.T) {
	srv := serveTLS(t, hello) // for example.com, *.example.com, 127.0.0.1 and ::1
	rec := newRecorder()
	s := open(t, rec, func(c *Configuration) {
		c.RootCAs = roots(srv)
		c.Dial = func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, srv.Listener.Addr().String())
		}
	})
	for host, good := range map[string]bool{
		"example.com": true, "EXAMPLE.com": true, "example.com.": true, "www.example.com": true,
		"127.0.0.1": true, "[::1]": true,
		"a.b.example.com": false, "example.com.evil.test": false, "evilexample.com": false,
		"example.org": false, "127.0.0.2": false, "[::2]": false, "[::ffff:127.0.0.2]": false,
		"ex\u0430mple.com": false, // a Cyrillic letter
		"2130706433":       false, "0x7f.1": false,
	} {
		rec.reset()
		task := run(t, s, rec, "https://"+host+"/")
		if ok := task.Err() == nil; ok != good {
			t.Errorf("https://%s/: %v, want trusted %v", host, task.Err(), good)
		}
		if err := task.Err(); err != nil && codeOf(err) != ServerCertificateUntrusted {
			t.Errorf("https://%s/: %v", host, err)
		}
	}
}

func TestAKeyAcceptedOfAProxyIsNotAcceptedOfAServer(t *testing.T) {
	cert := testserver.SelfSigned(t, "h.test")
	b := newTrustBook()
	of := func(proxy, strict bool) *ServerTrust {
		return &ServerTrust{
			Host: "h.test", Addr: "h.test:443", Proxy: proxy, Strict: strict, Err: errors.New("unknown"),
			State: tls.ConnectionState{PeerCertificates: []*x509.Certificate{cert.Leaf}},
		}
	}
	b.accept(of(true, false))
	if !b.accepts(keyOf(of(true, false))) || b.accepts(keyOf(of(false, false))) {
		t.Error("a server was taken for a proxy")
	}
	b.accept(of(false, false))
	if !b.accepts(keyOf(of(false, false))) || b.accepts(keyOf(of(false, true))) {
		t.Error("what was accepted before is an exception")
	}
}

func TestAPinnedServerIsThatOneOrRefused(t *testing.T) {
	srv := serveTLS(t, hello)
	right := sha256.Sum256(srv.Certificate().Raw)
	for name, tt := range map[string]struct {
		pin      [sha256.Size]byte
		pinned   bool
		verified bool
		trace    string
	}{
		"the one, verified":     {right, true, true, "schal(ServerTrust) response(200) data metrics done"},
		"the one, not verified": {right, true, false, "schal(ServerTrust) metrics done(-1202)"},
		"another, verified":     {[sha256.Size]byte{}, true, true, "metrics done(-1202)"},
		"another, not verified": {[sha256.Size]byte{}, true, false, "metrics done(-1202)"},
		"of another host":       {[sha256.Size]byte{}, false, true, "schal(ServerTrust) response(200) data metrics done"},
	} {
		rec := newRecorder()
		s := open(t, sessionRecorder{rec, func(*Challenge) (Disposition, *Credential) { return PerformDefaultHandling, nil }}, func(c *Configuration) {
			if tt.verified {
				c.RootCAs = roots(srv)
			}
			c.PinnedCertificate = func(addr string) ([sha256.Size]byte, bool) {
				if addr != srv.Listener.Addr().String() {
					t.Errorf("asked about %s", addr)
				}
				return tt.pin, tt.pinned
			}
		})
		task := run(t, s, rec, srv.URL)
		if got := rec.trace(); got != tt.trace {
			t.Errorf("%s: %s, want %s; %v", name, got, tt.trace, task.Err())
		}
		if err := task.Err(); tt.pinned && tt.pin != right && !strings.Contains(err.Error(), "another one than is pinned") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
