package session

import (
	"context"
	"net"
	"net/http/httptest"
	"strings"
	"testing"
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
