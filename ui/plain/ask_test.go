package plain

import (
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"net"
	"strings"
	"testing"
	"time"

	"haul/model"
	"haul/session"
)

// answered answers a question with lines and returns what was shown.
func answered(t *testing.T, q model.PromptView, lines ...string) (model.Answer, string) {
	t.Helper()
	var out strings.Builder
	a := newQuestion(q, talk{line: &spoken{to: &out}})
	for _, line := range lines {
		if a.step != stepChoice {
			a.take(line)
		} else if i := a.chooses(line); i >= 0 {
			a.choose(i)
		}
	}
	if a.step == stepKeep {
		a.take("") // as at the end of the input
	}
	if a.step != stepAnswered {
		t.Fatalf("not answered: %s", out.String())
	}
	return a.answer, out.String()
}

func TestATokenIsAskedForWithoutAUser(t *testing.T) {
	q := model.PromptView{Kind: model.AskPassword, Space: session.ProtectionSpace{
		Protocol: "https", Host: "api.test", Port: 443, Realm: "api", Method: session.MethodBearer,
	}}
	answer, shown := answered(t, q, "1", "secret-token")
	if answer.Password != "secret-token" || answer.User != "" || answer.Keep != session.PersistenceForSession {
		t.Errorf("the answer is for %q, kept %v", answer.User, answer.Keep)
	}
	if !strings.Contains(shown, "https://api.test:443 asks for a token (Bearer).") || strings.Contains(shown, "User:") ||
		strings.Contains(shown, "Warning") {
		t.Errorf("shown:\n%s", shown)
	}
}

func TestAUserOfKerberosIsToldTheFormAndTheReason(t *testing.T) {
	q := model.PromptView{
		Kind:   model.AskPassword,
		Space:  session.ProtectionSpace{Protocol: "http", Host: "intra.test", Port: 80, Method: session.MethodNegotiate},
		Reason: "the ticket of alice\x1b[2J expired",
	}
	answer, shown := answered(t, q, "1", "alice@INTRA.TEST", "geheim")
	if answer.User != "alice@INTRA.TEST" || answer.Password != "geheim" {
		t.Errorf("the answer is for %q", answer.User)
	}
	for _, want := range []string{"(Negotiate)", `name@DOMAIN, DOMAIN\name or a name alone`, "The reason: the ticket of alice"} {
		if !strings.Contains(shown, want) {
			t.Errorf("no %q in:\n%s", want, shown)
		}
	}
	if strings.Contains(shown, "\x1b") || strings.Contains(shown, "geheim") {
		t.Errorf("shown: %q", shown)
	}
}

func TestAClientCertificateIsAskedForByItsFiles(t *testing.T) {
	q := model.PromptView{
		Kind:     model.AskIdentity,
		Space:    session.ProtectionSpace{Protocol: "https", Host: "intra.test", Port: 443},
		Identity: model.IdentityFile{Certificate: "old.pem", Key: "old.key"}, Issuers: []string{"CN=a\x1b[2J"},
	}
	for _, c := range []struct {
		lines []string
		want  model.IdentityFile
	}{
		{[]string{"file", "", "", "geheim"}, q.Identity},
		{[]string{"1", "new.p12", "", "geheim"}, model.IdentityFile{Certificate: "new.p12"}},
		{[]string{"1", "new.pem", "new.key", "geheim"}, model.IdentityFile{Certificate: "new.pem", Key: "new.key"}},
	} {
		answer, shown := answered(t, q, c.lines...)
		if answer.Identity != c.want || answer.Password != "geheim" {
			t.Errorf("%q: the answer is %+v", c.lines, answer.Identity)
		}
		if strings.Contains(shown, "\x1b") || strings.Contains(shown, "geheim") || !strings.Contains(shown, "[old.pem]") && c.lines[1] == "" {
			t.Errorf("shown: %q", shown)
		}
	}
	if answer, _ := answered(t, q, "none"); !answer.Skip {
		t.Errorf("none is %+v", answer)
	}
}

func TestAClientCertificateIsChosenByItsNumberAndAWord(t *testing.T) {
	leaf := &x509.Certificate{
		Raw: []byte("alice"), Subject: pkix.Name{CommonName: "alice\x1b[2J"}, Issuer: pkix.Name{CommonName: "Clients"},
		NotBefore: time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2027, 1, 2, 0, 0, 0, 0, time.UTC),
	}
	q := model.PromptView{
		Kind: model.AskIdentity, Space: session.ProtectionSpace{Protocol: "https", Host: "intra.test", Port: 443}, Unfit: 3,
		Candidates: []model.Candidate{
			{File: model.IdentityFile{Certificate: "alice.pem"}, Leaf: leaf},
			{File: model.IdentityFile{Certificate: "sealed.p12\x1b"}, Locked: true},
			{File: model.IdentityFile{Certificate: "old.pem"}, Leaf: leaf, Problem: "the certificate expired on 1995-01-01"},
		},
	}
	for _, c := range []struct {
		lines []string
		want  model.IdentityFile
	}{
		{[]string{"1", "show"}, q.Candidates[0].File},
		{[]string{"certificate-1", " show "}, q.Candidates[0].File},
		{[]string{"2", "geheim"}, q.Candidates[1].File},
		{[]string{"3", "x.p12", "", "geheim"}, model.IdentityFile{Certificate: "x.p12"}},
	} {
		answer, shown := answered(t, q, c.lines...)
		if answer.Identity != c.want || answer.Password == "" && c.lines[len(c.lines)-1] == "geheim" {
			t.Errorf("%q: the answer is %+v", c.lines, answer.Identity)
		}
		for _, want := range []string{
			"1  certificate-1: ", `signed by "CN=Clients", valid 2026-01-02 until 2027-01-02, in alice.pem, SHA-256 2BD806C9`,
			"2  certificate-2: what is in sealed.p12", "Cannot be shown, because the certificate expired on 1995-01-01", "issuers, or not to be read: 3.",
		} {
			if !strings.Contains(shown, want) {
				t.Errorf("no %q in:\n%s", want, shown)
			}
		}
		if strings.Contains(shown, "\x1b") || strings.Contains(shown, "geheim") {
			t.Errorf("shown: %q", shown)
		}
	}
	var out strings.Builder
	a := newQuestion(q, talk{line: &spoken{to: &out}})
	a.choose(a.chooses("1"))
	if a.take("y"); a.step != stepLater {
		t.Errorf("another word than show leads to step %d", a.step)
	}
	if i := a.chooses("certificate-3"); i >= 0 {
		t.Errorf("what cannot be shown is choice %d", i)
	}
}

func TestAProxyThatAsksIsCalledOne(t *testing.T) {
	space := session.ProtectionSpace{Protocol: "https", Host: "proxy.test", Port: 3128, Realm: "out", Method: session.MethodBasic, Proxy: true}
	_, shown := answered(t, model.PromptView{Kind: model.AskPassword, Space: space}, "without")
	if !strings.HasPrefix(shown, "The proxy https://proxy.test:3128 asks for a user name and password (Basic).") {
		t.Errorf("shown:\n%s", shown)
	}
	_, shown = answered(t, model.PromptView{
		Kind: model.AskTrust, Space: space, Trust: &session.ServerTrust{Addr: "proxy.test:3128", Proxy: true, Err: x509.UnknownAuthorityError{}},
	}, "cancel")
	if !strings.HasPrefix(shown, "The certificate of the proxy proxy.test:3128 could not be verified") {
		t.Errorf("shown:\n%s", shown)
	}
}

func TestTheNamesOfACertificateAreAddressesToo(t *testing.T) {
	leaf := &x509.Certificate{
		Subject: pkix.Name{CommonName: "nas"}, DNSNames: []string{"nas\x1b[2J.local"}, IPAddresses: []net.IP{net.IPv4(192, 168, 1, 20)},
	}
	q := model.PromptView{
		Kind: model.AskTrust, Space: session.ProtectionSpace{Protocol: "https", Host: "nas.local", Port: 443},
		Trust: &session.ServerTrust{
			Addr: "nas.local:443", Err: x509.UnknownAuthorityError{},
			State: tls.ConnectionState{PeerCertificates: []*x509.Certificate{leaf}},
		},
	}
	_, shown := answered(t, q, "cancel")
	if !strings.Contains(shown, ".local, 192.168.1.20\n") || strings.Contains(shown, "\x1b") {
		t.Errorf("shown:\n%s", shown)
	}
	leaf.DNSNames, leaf.IPAddresses = nil, nil
	if _, shown = answered(t, q, "cancel"); strings.Contains(shown, "Names:") {
		t.Errorf("it has no names:\n%s", shown)
	}
}

func TestHowLongAPasswordIsKeptIsAWord(t *testing.T) {
	q := model.PromptView{
		Kind:  model.AskPassword,
		Space: session.ProtectionSpace{Protocol: "https", Host: "files.test", Port: 443, Method: session.MethodBasic},
	}
	for _, c := range []struct {
		keeper string
		words  []string
		want   session.Persistence
	}{
		{"", []string{""}, session.PersistenceForSession},
		{"", []string{"session"}, session.PersistenceForSession},
		{"", []string{"Once "}, session.PersistenceNone},
		{"", []string{"keep", "once"}, session.PersistenceNone},
		{"a box\x1b", []string{"perhaps", "keep"}, session.PersistencePermanent},
	} {
		q.Keeper = c.keeper
		answer, shown := answered(t, q, append([]string{"1", "alice", "geheim"}, c.words...)...)
		if answer.Keep != c.want || answer.Password != "geheim" {
			t.Errorf("%v: kept %v", c.words, answer.Keep)
		}
		if strings.Contains(shown, "keep: for good, in a box") != (c.keeper != "") || strings.Contains(shown, "\x1b") {
			t.Errorf("%v: shown\n%s", c.words, shown)
		}
	}
}
