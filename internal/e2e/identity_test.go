//go:build unix

package e2e

import (
	"crypto/x509"
	"fmt"
	"os"
	"strings"
	"testing"

	"software.sslmate.com/src/go-pkcs12"

	"haul/internal/testserver"
)

func TestALockedClientCertificateIsOpenedByKeyboard(t *testing.T) {
	t.Parallel()
	data := content(5, 100_000)
	ca := testserver.NewAuthority(t, "clients of the looking-glass")
	alice := ca.Issue(t, "alice", nil)
	bundle, err := pkcs12.Modern.Encode(alice.PrivateKey, alice.Leaf, []*x509.Certificate{ca.Certificate}, "wonderland")
	if err != nil {
		t.Fatal(err)
	}
	h := newHome(t)
	file := h.file("alice.p12")
	if err := os.WriteFile(file, bundle, 0o600); err != nil {
		t.Fatal(err)
	}
	n := testserver.StartNginx(t, testserver.NginxConfig{Files: map[string][]byte{"letters.zip": data}, ClientCA: ca.PEM})
	s := openScreen(t, h, 80, 24)
	s.haul("--cacert", n.CAFile, "--cert", file, n.TLSURL("/letters.zip"))
	const title = `asks for a client certificate`
	s.openQuestion(title)
	s.see(`clients of the looking-glass`)
	s.see(`its password is needed`)
	s.text("looking-glass")
	s.press("Enter")
	s.see(`Show it`)
	s.gone(title, "Enter")
	s.openQuestion(title)
	s.see(`not the password`)
	s.text("wonderland")
	if shown := s.see(`Show it`); strings.Contains(shown, "wonderland") {
		t.Errorf("the password is on the screen:\n%s", shown)
	}
	s.press("Enter")
	s.gone(title, "Enter")
	s.finish(data)
}

func TestAServerAcceptedForGoodIsNotAskedAboutAgain(t *testing.T) {
	t.Parallel()
	data := content(6, 100_000)
	n := testserver.StartNginx(t, testserver.NginxConfig{Files: map[string][]byte{"letters.zip": data, "more.zip": data}})
	h := newHome(t)
	s := openScreen(t, h, 80, 24)
	s.haul(n.TLSURL("/letters.zip"))
	const title = `Do you trust this server`
	s.openQuestion(title)
	s.text("trust")
	s.press("Tab", "Right")
	s.see(`\) for good`)
	s.gone(title, "Enter")
	s.finish(data)

	run := func(want string, args ...string) {
		t.Helper()
		out, err := command(t.Context(), h, args...).CombinedOutput()
		if !strings.Contains(string(out), want) {
			t.Errorf("haul %q: %v\n%s", args, err, out)
		}
	}
	addr := strings.TrimSuffix(strings.TrimPrefix(n.TLSURL("/"), "https://"), "/")
	run("server not verified", n.TLSURL("/more.zip"))
	wantFile(t, h, "more.zip", sha256Of(data))
	run(addr, "trust", "ls")
	run("", "trust", "rm", addr)
	run("run haul trust ls for what was", "trust", "rm", addr)
	run("nobody could be asked: whether to trust "+addr+": the issuer \"CN=haul test CA\" is not known here", n.TLSURL("/letters.zip"))
}

func TestAClientCertificateIsChosenByKeyboard(t *testing.T) {
	t.Parallel()
	data := content(7, 100_000)
	ca := testserver.NewAuthority(t, "clients of the looking-glass")
	folder := identities(t, ca)
	for _, size := range sizes {
		t.Run(fmt.Sprintf("%dx%d", size.width, size.height), func(t *testing.T) {
			t.Parallel()
			n := testserver.StartNginx(t, testserver.NginxConfig{Files: map[string][]byte{"letters.zip": data}, ClientCA: ca.PEM})
			s := openScreen(t, newHome(t), size.width, size.height)
			s.haul("--cacert", n.CAFile, "--cert", folder, n.TLSURL("/letters.zip"))
			const title = `asks for a client certificate|Certificate for 127`
			s.openQuestion(title)
			s.see(`\) alice.p12`)
			s.press("Down")
			s.see(`\(.\) CN=carol`)
			s.press("Enter") // to the button, which takes no key for a moment
			s.gone(title, "Enter")
			s.finish(data)
		})
	}
}
