//go:build unix

package e2e

import (
	"crypto/tls"
	"crypto/x509"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"haul/internal/testserver"
)

// byName is the URL of a path by the server's name, which is in the handshake
// then.
func byName(n *testserver.Nginx, path string) string {
	return strings.Replace(n.TLSURL(path), "127.0.0.1", "localhost", 1)
}

// tells runs haul away from a terminal and looks for words in what it says.
func (h home) tells(t *testing.T, words string, args ...string) {
	t.Helper()
	out, err := command(t.Context(), h, args...).CombinedOutput()
	if !strings.Contains(string(out), words) {
		t.Errorf("haul %q: %v\n%s\nwant %q", args, err, out, words)
	}
}

func TestWhatIsWrongWithAServerIsSaid(t *testing.T) {
	t.Parallel()
	ca, stranger := testserver.NewAuthority(t, "company"), testserver.NewAuthority(t, "stranger")
	middle := ca.Intermediate(t, "middle")
	with := func(c tls.Certificate, more ...*testserver.Authority) tls.Certificate {
		for _, a := range more {
			c.Certificate = append(c.Certificate, a.Certificate.Raw)
		}
		return c
	}
	const day = 24 * time.Hour
	for _, tt := range []struct {
		name  string
		cert  tls.Certificate
		lines string // of nginx's configuration
		want  string // "": nothing is wrong
		asked bool   // the person may accept it
	}{
		{"good", with(middle.Issue(t, "localhost", nil), middle), "", "", false},
		{"self-signed", testserver.SelfSigned(t, "localhost"), "", "the server signed its certificate itself", true},
		{"expired", ca.Issue(t, "localhost", func(c *x509.Certificate) {
			c.NotBefore, c.NotAfter = time.Now().Add(-2*day), time.Now().Add(-day)
		}), "", "the certificate expired on ", true},
		{"not yet valid", ca.Issue(t, "localhost", func(c *x509.Certificate) { c.NotBefore = time.Now().Add(day) }), "",
			"the certificate is not valid yet: it begins on ", true},
		{"wrong host", ca.Issue(t, "other.test", nil), "", "the certificate is not for localhost, but for other.test", true},
		{"unknown root", with(stranger.Issue(t, "localhost", nil), stranger), "", "the chain ends in CN=stranger", true},
		{"missing intermediate", middle.Issue(t, "localhost", nil), "", "the issuer CN=middle is not known here", true},
		{"weak signature", with(ca.Issue(t, "localhost", func(c *x509.Certificate) { c.SignatureAlgorithm = x509.ECDSAWithSHA1 }), ca),
			"ssl_protocols TLSv1.2; ssl_ciphers DEFAULT:@SECLEVEL=0;", "the certificate is signed with ECDSA-SHA1, which can be forged", true},
		{"TLS 1.0 only", ca.Issue(t, "localhost", nil), "ssl_protocols TLSv1; ssl_ciphers DEFAULT:@SECLEVEL=0;",
			"the server speaks only old versions of TLS, which are not safe", false},
		{"SNI mismatch", ca.Issue(t, "localhost", nil), "ssl_protocols TLSv1.2 TLSv1.3; ssl_reject_handshake on;",
			"the server does not know the name that it was asked for", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			chain, key := testserver.EncodePEM(t, tt.cert)
			n := testserver.StartNginx(t, testserver.NginxConfig{
				Files: map[string][]byte{"letters.zip": []byte("dear")}, Certificate: chain, Key: key, TLS: tt.lines,
			})
			h := newHome(t)
			anchor := h.file("company.pem")
			if err := os.WriteFile(anchor, ca.PEM, 0o600); err != nil {
				t.Fatal(err)
			}
			args := []string{"--retry", "0", "--cacert", anchor, byName(n, "/letters.zip")}
			if tt.want == "" {
				h.tells(t, "done ", args...)
				return
			}
			h.tells(t, tt.want, args...)
			if _, err := os.Stat(h.file("letters.zip")); err == nil {
				t.Error("there is a file")
			}
			s := openScreen(t, h, 120, 40)
			s.haul(args...)
			if tt.asked {
				s.openQuestion(`Do you trust this server`)
				s.says(tt.want)
				s.press("Escape")
				return
			}
			s.see(`no secure connection|failed`)
			s.press("Enter")
			s.says(tt.want)
		})
	}
}

// says waits for words that may be broken into lines.
func (s *screen) says(words string) {
	s.t.Helper()
	want := strings.Join(strings.Fields(words), "")
	s.wait(words, func(screen string) bool {
		return strings.Contains(strings.Map(func(r rune) rune {
			if strings.ContainsRune(" \n│┃║", r) {
				return -1
			}
			return r
		}, screen), want)
	})
}

func TestAHostThatWantsHTTPSIsRemembered(t *testing.T) {
	t.Parallel()
	data := content(9, 100_000)
	n := testserver.StartNginx(t, testserver.NginxConfig{
		Files:     map[string][]byte{"a.zip": data, "b.zip": data, "c.zip": data, "letters.zip": data},
		Locations: []testserver.Location{{Prefix: "/", Directives: `add_header Strict-Transport-Security "max-age=100000" always;`}},
	})
	h := newHome(t)
	const strictly = "its host allows no exception (HSTS)"
	atHTTP := func(path string) string { return strings.Replace(byName(n, path), "https:", "http:", 1) }

	// Who was not verified binds nobody, nor does a server without a name.
	h.tells(t, "server not verified", "--insecure", byName(n, "/letters.zip"))
	h.tells(t, "done ", "--cacert", n.CAFile, n.TLSURL("/letters.zip"))
	h.tells(t, "no host wants https only", "trust", "ls")
	h.tells(t, "done ", "--cacert", n.CAFile, byName(n, "/letters.zip"))
	h.tells(t, "localhost  https only (HSTS)  until ", "trust", "ls")
	if st, err := os.Stat(filepath.Join(h.state, "haul", "hsts")); err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("the file is %v: %v", st, err)
	}

	// At its port there is TLS only: a request in the open would be refused.
	h.tells(t, "https    a.zip  "+byName(n, "/a.zip")+" the host wants https only (HSTS)", "--cacert", n.CAFile, atHTTP("/a.zip"))
	wantFile(t, h, "a.zip", sha256Of(data))

	// No exception but by those who say so at the start.
	h.tells(t, strictly, byName(n, "/b.zip"))
	h.tells(t, "done ", "--insecure", atHTTP("/b.zip"))
	wantFile(t, h, "b.zip", sha256Of(data))
	s := openScreen(t, h, 120, 40)
	s.haul("--retry", "0", atHTTP("/c.zip"))
	s.see(`c\.zip.*(failed|no secure connection)`)
	s.says("--cacert, --trust-sha256 or --insecure")
	s.press("Enter")
	s.says(strictly)
	s.press("C-c")
	s.left(130)

	// The agent knows the same hosts.
	h.configure(t, "[trust]\ncacert = \""+n.CAFile+"\"\n")
	id := strings.Fields(h.command(t, "-b", atHTTP("/c.zip")))[0]
	h.command(t, "wait", id)
	wantFile(t, h, "c.zip", sha256Of(data))
	h.command(t, "agent", "stop", "--now")

	h.command(t, "trust", "rm", "localhost")
	h.tells(t, "run haul trust ls for what was", "trust", "rm", "localhost")
	h.tells(t, "refused", "--force", atHTTP("/a.zip"))
}

func TestAPinRefusesWhatCanBeVerified(t *testing.T) {
	t.Parallel()
	data := content(10, 100_000)
	n := testserver.StartNginx(t, testserver.NginxConfig{Files: map[string][]byte{"a.zip": data}})
	h := newHome(t)
	const pinned = "the certificate of localhost is another one than is pinned"
	h.configure(t, "[trust]\ncacert = \""+n.CAFile+"\"\n\n[hosts.localhost]\ntrust-sha256 = \""+strings.Repeat("00", 32)+"\"\n")
	h.tells(t, pinned, "--retry", "0", byName(n, "/a.zip"))
	h.tells(t, pinned, "--retry", "0", "--insecure", byName(n, "/a.zip"))
	h.tells(t, "done ", n.TLSURL("/a.zip")) // another host
	if err := os.Remove(h.file("a.zip")); err != nil {
		t.Fatal(err)
	}
	// What is given for this run names no host, and refuses none.
	h.configure(t, "[trust]\ncacert = \""+n.CAFile+"\"\n")
	h.tells(t, "done ", "--trust-sha256", strings.Repeat("00", 32), byName(n, "/a.zip"))
	wantFile(t, h, "a.zip", sha256Of(data))
}
