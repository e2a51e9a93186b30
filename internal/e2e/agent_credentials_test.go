//go:build unix

package e2e

import (
	"crypto/x509"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"software.sslmate.com/src/go-pkcs12"

	"haul/internal/testserver"
)

// inBackground runs haul with an environment of its own and returns what it
// printed and its exit code. No secret may be in it.
func (h home) inBackground(t *testing.T, environ []string, args ...string) (string, int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), binary, args...)
	cmd.Env, cmd.Dir = environ, h.downloads
	output, _ := cmd.CombinedOutput() // the code is looked at
	told(t, "haul "+args[0], output)
	return string(output), cmd.ProcessState.ExitCode()
}

// TestAgentUsesSources hands a transfer to the agent with
// a password in each source, and looks for it in all that is left.
func TestAgentUsesSources(t *testing.T) {
	t.Parallel()
	for name, source := range sources() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			at, _ := startGuarded(t)
			h := newAgentHome(t)
			dir := filepath.Dir(h.state)
			for file, text := range source.files {
				if file == "config/haul/config.toml" { // the agent is somewhere else
					text = strings.ReplaceAll(text, "../", dir+"/")
				}
				if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			environ, url := append(h.environ(), "PATH="+os.Getenv("PATH")), at+"/file/done.bin?size=10kB"
			args := []string{"-b"}
			if source.args != nil {
				args = append(args, source.args(dir)...)
			}
			if source.environ != nil {
				environ = append(environ, source.environ(dir)...)
			}
			if source.url != nil {
				url = source.url(url)
			}
			if out, code := h.inBackground(t, environ, append(args, url)...); code != 0 {
				t.Fatalf("-b: %d, %s", code, out)
			}
			if out, code := h.inBackground(t, environ, "wait", "--timeout", patience.String()); code != 0 || !strings.Contains(out, "done") {
				t.Errorf("wait: %d, %s", code, out)
			}
			if out, code := h.inBackground(t, environ, "log", "1"); code != 0 || !strings.Contains(out, "credential") {
				t.Errorf("log: %d, %s", code, out)
			}
			h.command(t, "agent", "stop", "--now")
			nothingInTheOpen(t, h)
		})
	}
}

// TestAgentUsesWhatIsKept answers the agent's question
// so that the password is kept, and has another agent use it.
func TestAgentUsesWhatIsKept(t *testing.T) {
	t.Parallel()
	for _, place := range []string{"file", "keyring"} {
		t.Run(place, func(t *testing.T) {
			t.Parallel()
			at, _ := startGuarded(t)
			h := newAgentHome(t)
			environ := h.keepingIn(t, place)
			if out, code := h.inBackground(t, environ, "-b", at+"/file/letters.bin?size=10kB"); code != 0 {
				t.Fatalf("-b: %d, %s", code, out)
			}
			s := openScreen(t, h, 100, 30)
			for _, e := range environ {
				s.text("export '" + e + "'")
				s.press("Enter")
			}
			s.haul("attach")
			const title = `asks for a password`
			s.openQuestion(title)
			s.text("bob")
			s.press("Tab")
			s.text(sourceHush)
			s.press("Tab", "Right", "Right")
			s.see("In (an encrypted file|the system's keyring)")
			s.press("Tab", "Enter")
			s.see(`Send unencrypted`)
			s.gone(title, "Enter")
			await(t, "the letters", func() bool { return onDisk(h.file("letters.bin")) > 0 })
			s.press("q")
			s.left(0)
			h.command(t, "agent", "stop", "--now") // with what it had in memory
			if out, code := h.inBackground(t, environ, "-b", at+"/file/again.bin?size=10kB"); code != 0 {
				t.Fatalf("-b: %d, %s", code, out)
			}
			if out, code := h.inBackground(t, environ, "wait", "2", "--timeout", patience.String()); code != 0 {
				t.Errorf("with the kept password: %d, %s", code, out)
			}
			h.command(t, "agent", "stop", "--now")
			nothingInTheOpen(t, h)
		})
	}
}

// TestAgentShowsClientCertificates hands over a certificate that
// is open, and one whose password is asked for.
func TestAgentShowsClientCertificates(t *testing.T) {
	t.Parallel()
	data := content(7, 100_000)
	ca := testserver.NewAuthority(t, "clients of the background")
	alice := ca.Issue(t, "alice", nil)
	locked, err := pkcs12.Modern.Encode(alice.PrivateKey, alice.Leaf, []*x509.Certificate{ca.Certificate}, "wonderland")
	if err != nil {
		t.Fatal(err)
	}
	cert, key := testserver.EncodePEM(t, alice)
	n := testserver.StartNginx(t, testserver.NginxConfig{
		Files: map[string][]byte{"open.zip": data, "locked.zip": data}, ClientCA: ca.PEM,
	})
	h := newAgentHome(t)
	for name, text := range map[string][]byte{"alice.p12": locked, "alice.pem": cert, "alice.key": key} {
		if err := os.WriteFile(h.file(name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	h.configure(t, "[trust]\ncacert = \""+n.CAFile+"\"\n")
	// The paths are those of whoever hands over.
	h.command(t, "-b", "--cert", "alice.pem", "--key", "alice.key", n.TLSURL("/open.zip"))
	if out := h.command(t, "wait", "1", "--timeout", patience.String()); !strings.Contains(out, "done") {
		t.Errorf("wait: %s", out)
	}
	h.command(t, "agent", "stop", "--now") // a session keeps the certificate of a server
	h.command(t, "-b", "--cert", "alice.p12", n.TLSURL("/locked.zip"))
	await(t, "the question", func() bool { return strings.Contains(h.command(t, "ls"), "asks for a client certificate") })
	s := openScreen(t, h, 80, 24)
	s.haul("attach")
	const title = `asks for a client certificate`
	s.openQuestion(title)
	s.see(`its password is needed`)
	s.text("wonderland")
	s.see(`Show it`)
	s.press("Enter")
	s.gone(title, "Enter")
	await(t, "the file", func() bool { return onDisk(h.file("locked.zip")) == int64(len(data)) })
	s.press("q")
	s.left(0)
	wantFile(t, h, "locked.zip", sha256Of(data))
}

// TestAgentAsksAgainForWhatItForgot kills the agent between a transfer's
// making and its beginning.
func TestAgentAsksAgainForWhatItForgot(t *testing.T) {
	t.Parallel()
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer "+bearerHush {
			w.Header().Set("WWW-Authenticate", `Bearer realm="tokens"`)
			w.WriteHeader(http.StatusUnauthorized)
		}
	}))
	t.Cleanup(server.Close)
	h := newAgentHome(t)
	sum := sha256Of(server.Certificate().Raw)
	environ := append(h.environ(), "PATH="+os.Getenv("PATH"), "TOKEN_OF_TEST="+bearerHush)
	args := []string{"-b", "--bearer-env", "TOKEN_OF_TEST", "--trust-sha256", sum}
	if out, code := h.inBackground(t, environ, append(args, server.URL+"/now")...); code != 0 {
		t.Fatalf("-b: %d, %s", code, out)
	}
	if out, code := h.inBackground(t, environ, "wait", "1", "--timeout", patience.String()); code != 0 {
		t.Errorf("with the token: %d, %s", code, out)
	}
	if out, code := h.inBackground(t, environ, append(args, "--paused", server.URL+"/later")...); code != 0 {
		t.Fatalf("-b: %d, %s", code, out)
	}
	s := openScreen(t, h, 80, 24)
	s.killAgent()
	h.command(t, "agent", "start")
	h.command(t, "resume", "2")
	await(t, "the question", func() bool { return strings.Contains(h.command(t, "ls"), "asks for a token") })
	h.command(t, "agent", "stop", "--now")
	nothingInTheOpen(t, h)
}
