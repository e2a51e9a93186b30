//go:build unix

package e2e

import (
	"crypto/x509"
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
