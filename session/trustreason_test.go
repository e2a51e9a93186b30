package session

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"haul/internal/testserver"
)

// serveAs is a TLS server under any name, and the Dial that leads there.
func serveAs(t *testing.T, cfg *tls.Config) func(context.Context, string, string) (net.Conn, error) {
	t.Helper()
	srv := &http.Server{Handler: http.HandlerFunc(hello), ErrorLog: log.New(io.Discard, "", 0)}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- srv.Serve(tls.NewListener(l, cfg)) }()
	t.Cleanup(func() {
		if err := srv.Close(); err != nil {
			t.Error(err)
		}
		<-done
	})
	return func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, l.Addr().String())
	}
}

func TestWhyAServerIsNotTrustedIsSaidInPlainWords(t *testing.T) {
	ca, stranger := testserver.NewAuthority(t, "company"), testserver.NewAuthority(t, "stranger")
	middle := ca.Intermediate(t, "middle")
	pool := x509.NewCertPool()
	pool.AddCert(ca.Certificate)
	with := func(c tls.Certificate, more ...*testserver.Authority) tls.Certificate {
		for _, a := range more {
			c.Certificate = append(c.Certificate, a.Certificate.Raw)
		}
		return c
	}
	day := 24 * time.Hour
	for _, tt := range []struct {
		name string
		cert tls.Certificate
		want string // "": it is trusted
		code Code
	}{
		{"good", with(middle.Issue(t, "h.test", nil), middle), "", 0},
		{"self-signed", testserver.SelfSigned(t, "h.test"), "the server signed its certificate itself", ServerCertificateUntrusted},
		{"expired", ca.Issue(t, "h.test", func(c *x509.Certificate) {
			c.NotBefore, c.NotAfter = time.Now().Add(-2*day), time.Now().Add(-day)
		}), "the certificate expired on " + time.Now().Add(-day).UTC().Format(time.DateOnly), ServerCertificateHasBadDate},
		{"not yet valid", ca.Issue(t, "h.test", func(c *x509.Certificate) { c.NotBefore = time.Now().Add(day) }),
			"the certificate is not valid yet: it begins on " + time.Now().Add(day).UTC().Format(time.DateOnly), ServerCertificateNotYetValid},
		{"wrong host", ca.Issue(t, "other.test", nil), "the certificate is not for h.test, but for other.test", ServerCertificateUntrusted},
		{"unknown root", with(stranger.Issue(t, "h.test", nil), stranger), "the chain ends in CN=stranger, which this system does not trust", ServerCertificateHasUnknownRoot},
		{"missing intermediate", middle.Issue(t, "h.test", nil), "the issuer CN=middle is not known here: the server leaves out an intermediate", ServerCertificateHasUnknownRoot},
		{"weak signature", with(ca.Issue(t, "h.test", func(c *x509.Certificate) { c.SignatureAlgorithm = x509.ECDSAWithSHA1 }), ca),
			"the certificate is signed with ECDSA-SHA1, which can be forged", ServerCertificateHasUnknownRoot},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dial := serveAs(t, &tls.Config{Certificates: []tls.Certificate{tt.cert}})
			rec := newRecorder()
			reason := "not asked"
			s := open(t, sessionRecorder{rec, func(c *Challenge) (Disposition, *Credential) {
				reason = c.Trust.Reason()
				return PerformDefaultHandling, nil
			}}, func(c *Configuration) { c.Dial, c.RootCAs = dial, pool })
			task := run(t, s, rec, "https://h.test/")
			if !strings.HasPrefix(reason, tt.want) || tt.want == "" && reason != "" {
				t.Errorf("the reason is %q", reason)
			}
			if err := task.Err(); tt.want == "" && err != nil || tt.want != "" && (codeOf(err) != tt.code || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("the error is %v", err)
			}
		})
	}
}

func TestWhyAHandshakeFailsIsSaidInPlainWords(t *testing.T) {
	cert := testserver.NewAuthority(t, "company").Issue(t, "h.test", nil)
	for _, tt := range []struct {
		name string
		cfg  *tls.Config
		want string
	}{
		{"TLS 1.0 only", &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS10},
			"the server speaks only old versions of TLS"},
		{"SNI mismatch", &tls.Config{GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return nil, nil }},
			"the server does not know the name that it was asked for"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			rec := newRecorder()
			dial := serveAs(t, tt.cfg)
			task := run(t, open(t, rec, func(c *Configuration) { c.Dial = dial }), rec, "https://h.test/")
			if err := task.Err(); codeOf(err) != SecureConnectionFailed || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v", err)
			}
			if strings.Contains(rec.trace(), "chal") {
				t.Errorf("asked: %s", rec.trace())
			}
		})
	}
}
