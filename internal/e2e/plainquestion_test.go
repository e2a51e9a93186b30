//go:build unix

package e2e

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"software.sslmate.com/src/go-pkcs12"

	"haul/internal/testserver"
)

// exchange is what plain mode asks for, as a pattern, and the line typed then.
type exchange struct{ see, line string }

// identities is a folder with client certificates: carol's in one PEM file,
// alice's in a locked PKCS#12 file, and mallory's, whose issuer is another.
func identities(t *testing.T, ca *testserver.Authority) (folder string) {
	t.Helper()
	folder = filepath.Join(t.TempDir(), "certificates")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	put := func(name string, data []byte) {
		if err := os.WriteFile(filepath.Join(folder, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	alice := ca.Issue(t, "alice", nil)
	bundle, err := pkcs12.Modern.Encode(alice.PrivateKey, alice.Leaf, []*x509.Certificate{ca.Certificate}, certificateHush)
	if err != nil {
		t.Fatal(err)
	}
	put("alice.p12", bundle)
	for name, c := range map[string]tls.Certificate{
		"carol.pem": ca.Issue(t, "carol", nil), "mallory.pem": testserver.NewAuthority(t, "strangers").Issue(t, "mallory", nil),
	} {
		cert, key := testserver.EncodePEM(t, c)
		put(name, append(cert, key...))
	}
	return folder
}

// askingProxy is a proxy that asks for alice's password and has all that is asked
// of it itself: what is on this machine no proxy is asked for.
func askingProxy(t *testing.T, data []byte) string {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Header.Set("Authorization", r.Header.Get("Proxy-Authorization"))
		if user, password, _ := r.BasicAuth(); user != "alice" || password != "geheim" {
			w.Header().Set("Proxy-Authenticate", `Basic realm="the way out"`)
			http.Error(w, "no", http.StatusProxyAuthRequired)
			return
		}
		_, _ = w.Write(data) // a client that goes is no concern of the script
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// TestQuestionsInPlainModeAreAnsweredByLines types the answers to each kind of
// question, where a screen reader reads what is asked.
func TestQuestionsInPlainModeAreAnsweredByLines(t *testing.T) {
	t.Parallel()
	data := content(2, 1000)
	ca := testserver.NewAuthority(t, "clients of the looking-glass")
	folder := identities(t, ca)
	secured := func() *testserver.Nginx {
		return testserver.StartNginx(t, testserver.NginxConfig{Files: map[string][]byte{"letters.zip": data}, ClientCA: ca.PEM})
	}
	again := func(s *screen, want string, args ...string) {
		s.t.Helper()
		cmd := command(s.t.Context(), s.home, args...)
		cmd.Env = append(cmd.Env, "HAUL_CREDENTIALS_KEEP=file")
		out, err := cmd.CombinedOutput()
		if err != nil || !strings.Contains(string(out), want) {
			s.t.Errorf("haul %q: %v\n%s", args, err, out)
		}
	}
	for _, c := range []struct {
		name  string
		start func(s *screen) (args []string)
		talk  []exchange
		then  func(s *screen, args []string)
	}{
		{"a client certificate of several", func(*screen) []string {
			n := secured()
			return []string{"--cacert", n.CAFile, "--cert", folder, n.TLSURL("/letters.zip")}
		}, []exchange{
			{`certificate-1: what is in(.|\n)*alice.p12, which is locked(.|\n)*certificate-2: "CN=carol" signed by "CN=clients(.|\n)*^1-\d:`, "answer 2"},
			{`^Type show to show it to https://127`, "show"},
		}, nil},
		{"a locked client certificate, and first the wrong password", func(*screen) []string {
			n := secured()
			return []string{"--cacert", n.CAFile, "--cert", folder, n.TLSURL("/letters.zip")}
		}, []exchange{
			{`^1-\d:`, "answer certificate-1"},
			{`^Password of the file`, "Tweedledee"},
			{`The reason: that is not the password of the file(.|\n)*^1-\d:`, "answer certificate-1"},
			{`not the password of the file(.|\n)*^Password of the file`, certificateHush},
		}, nil},
		{"a server trusted for good by a word", func(*screen) []string {
			return []string{answerable(t, data).TLSURL("/letters.zip")}
		}, []exchange{
			{`^1-\d:`, "answer keep"},
			{`^Type trust to accept it`, "trust"},
		}, func(s *screen, args []string) {
			again(s, "127.0.0.1", "trust", "ls")
			again(s, "1 done", append([]string{"--plain", "-d", t.TempDir()}, args...)...)
		}},
		{"a redirect", func(*screen) []string {
			return []string{answerable(t, data).URL("/away/letters.zip")}
		}, []exchange{
			{`^To: +GET http://localhost(.|\n)*^1-\d:`, "answer follow"},
		}, nil},
		{"a password kept for good", func(s *screen) []string {
			s.text("export HAUL_CREDENTIALS_KEEP=file; clear")
			s.press("Enter")
			return []string{answerable(t, data).URL("/private/letters.zip")}
		}, []exchange{
			{`^1-\d:`, "answer give"},
			{`^User`, "alice"},
			{`^Password`, "wonderland"},
			{`keep: for good, in an encrypted file(.|\n)*^Type one of these words`, "keep"},
		}, func(s *screen, args []string) {
			again(s, "alice", "credentials", "ls")
			again(s, "1 done", append([]string{"--plain", "-d", t.TempDir()}, args...)...)
		}},
		{"the password of a proxy", func(*screen) []string {
			return []string{"--proxy", askingProxy(t, data), "http://files.test/letters.zip"}
		}, []exchange{
			{`The proxy http://127\S+ asks for a user name and password(.|\n)*^1-\d:`, "answer 1"},
			{`^User`, "alice"},
			{`^Password`, "geheim"},
			{`^Type one of these words`, "once"},
		}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := openScreen(t, newHome(t), 100, 50)
			raw := filepath.Join(filepath.Dir(s.home.state), "raw")
			if err := s.term.Record(raw); err != nil {
				t.Fatal(err)
			}
			s.text("export ACCESSIBLE=1; clear")
			s.press("Enter")
			args := c.start(s)
			s.run(args...)
			for _, x := range c.talk {
				s.see(x.see)
				s.text(x.line)
				s.press("Enter")
			}
			s.see(`^All is at rest`)
			s.text("quit")
			s.press("Enter")
			s.see(`left with 0`)
			wantFile(t, s.home, "letters.zip", sha256Of(data))
			s.untold(raw, "wonderland", "geheim", "Tweedledee", certificateHush)
			if c.then != nil {
				c.then(s, args)
				s.untold(raw, "wonderland", "geheim", "Tweedledee", certificateHush)
			}
		})
	}
}
