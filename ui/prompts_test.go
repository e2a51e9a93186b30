package ui

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/x509"
	"crypto/x509/pkix"
	"net"
	"time"

	"haul/model"
	"haul/session"
)

// trustPrompt is the question about a server of the mock-ups.
func trustPrompt(now time.Time) model.PromptView {
	name := pkix.Name{CommonName: "nas.local"}
	p := model.PromptView{
		ID: 2, Kind: model.AskTrust, Since: now.Add(-5 * time.Second), Rows: []model.RowID{9}, Names: []string{"photos-2025.tar"},
		Space: session.ProtectionSpace{Protocol: "https", Host: "nas.local", Port: 8443, Method: session.MethodServerTrust},
		From:  "https://nas.local:8443/photos-2025.tar", BodySentAgain: -1,
		Trust: &session.ServerTrust{Host: "nas.local", Addr: "192.168.1.20:8443", Err: x509.UnknownAuthorityError{}},
	}
	p.Trust.State.PeerCertificates = []*x509.Certificate{{
		Raw: []byte("certificate"), RawSubject: []byte("nas"), RawIssuer: []byte("nas"), Subject: name, Issuer: name,
		DNSNames: []string{"nas.local", "nas"}, IPAddresses: []net.IP{net.IPv4(192, 168, 1, 20)},
		NotBefore: time.Date(1999, 2, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2009, 1, 29, 0, 0, 0, 0, time.UTC),
		PublicKey: &ecdsa.PublicKey{Curve: elliptic.P256()}, PublicKeyAlgorithm: x509.ECDSA,
	}}
	return p
}

// redirectPrompt is the question about a redirect of the mock-ups.
func redirectPrompt(now time.Time) model.PromptView {
	return model.PromptView{
		ID: 3, Kind: model.AskRedirect, Since: now, Rows: []model.RowID{6}, Names: []string{"report.tar"},
		Status: 307, Step: 2, MaxSteps: 16, FromMethod: "POST", From: "https://get.example/upload",
		ToMethod: "POST", To: "http://cdn-7.example.net/u/9c1f",
		LeavesTLS: true, OtherHost: true, Stripped: []string{"Authorization", "Cookie"}, BodySentAgain: 33 * mB,
	}
}
