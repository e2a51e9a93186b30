package session

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"slices"
)

// Method is an authentication method.
type Method string

// The methods. SessionLevel tells which belong to a session.
const (
	MethodDefault           Method = "Default"
	MethodBasic             Method = "Basic"
	MethodDigest            Method = "Digest"
	MethodBearer            Method = "Bearer"
	MethodSOCKS             Method = "SOCKS" // a SOCKS 5 proxy's (RFC 1929)
	MethodNTLM              Method = "NTLM"
	MethodNegotiate         Method = "Negotiate"
	MethodClientCertificate Method = "ClientCertificate"
	MethodServerTrust       Method = "ServerTrust"
)

// SessionLevel tells whether challenges of the method belong to the session
// (guide step 4).
func (m Method) SessionLevel() bool {
	switch m {
	case MethodNTLM, MethodNegotiate, MethodClientCertificate, MethodServerTrust:
		return true
	case MethodDefault, MethodBasic, MethodDigest, MethodBearer, MethodSOCKS:
	}
	return false
}

// ProtectionSpace is a set of resources that one credential is for. It is
// comparable.
type ProtectionSpace struct {
	Protocol string // "http" or "https"; of a proxy also "socks5"
	Host     string // in lower case
	Port     int
	Realm    string // the server's own words, as sent
	Method   Method
	// Proxy tells that a proxy asks; Protocol, Host and Port are its own.
	Proxy bool
}

// ProxyType is the kind of proxy, "http", "https" or "socks5", "" for a server.
func (p ProtectionSpace) ProxyType() string {
	if !p.Proxy {
		return ""
	}
	return p.Protocol
}

// ReceivesCredentialSecurely tells whether a credential travels encrypted.
func (p ProtectionSpace) ReceivesCredentialSecurely() bool { return p.Protocol == "https" }

// Challenge asks for a credential, or for trust.
type Challenge struct {
	Space ProtectionSpace
	// Detail names the variant: "SHA-256" for Digest, else "".
	Detail string
	// Proposed is the credential from the URL or the storage, or nil. It is
	// proposed also after it was refused once, see PreviousFailureCount.
	Proposed *Credential
	// PreviousFailureCount is 0 first and grows by one with each credential
	// that this space refused. It is not bounded: the delegate decides when
	// to stop.
	PreviousFailureCount int
	// FailureResponse is the head of the 401 or 407, nil for TLS and SOCKS; for
	// MethodClientCertificate of the 400 or 403 by which a server refuses what
	// it was given, nil where it was an alert.
	FailureResponse *http.Response
	// Err says why what was tried before is no good, where more is known than
	// that the server refused it: a Kerberos ticket that has expired, a realm
	// that does not take the password. nil if nothing is.
	Err error
	// Trust is set for MethodServerTrust.
	Trust *ServerTrust
	// DistinguishedNames, for MethodClientCertificate, are the issuers that the
	// server accepts, each in DER; none means any. They are not in Space, which
	// is comparable.
	DistinguishedNames [][]byte
	// Candidates, for MethodClientCertificate, are those of
	// [Configuration.Identities] that have such an issuer. None of them is shown
	// unless the delegate answers with it.
	Candidates []*tls.Certificate
}

// ServerTrust is what a server showed of itself. Everything in the
// certificates is the server's own words.
type ServerTrust struct {
	Host, Addr string // Addr is host:port
	Proxy      bool   // it is a proxy's
	State      tls.ConnectionState
	// Err is why the default evaluation fails, nil when it does not.
	Err error
	// Strict tells, where Err is not nil, that the host allows no exception
	// ([Configuration.StrictTransport]). A person should not be asked to make
	// one (RFC 6797 section 12.1).
	Strict bool
}

// Chain is the chain the server sent, its own certificate first.
func (t *ServerTrust) Chain() []*x509.Certificate { return t.State.PeerCertificates }

// SHA256 is the fingerprint of the server's own certificate.
func (t *ServerTrust) SHA256() [sha256.Size]byte {
	return sha256.Sum256(t.State.PeerCertificates[0].Raw)
}

// CertificateNames are the DNS names and addresses that a certificate is for, in the
// words of whoever made it.
func CertificateNames(c *x509.Certificate) []string {
	names := slices.Clone(c.DNSNames)
	for _, ip := range c.IPAddresses {
		names = append(names, ip.String())
	}
	return names
}

// Disposition is the answer to a challenge.
type Disposition int

// The dispositions.
const (
	// UseCredential sends the credential given; nil means go on without. For
	// MethodServerTrust the credential has to be the one that
	// CredentialForTrust makes of the challenge's Trust.
	UseCredential Disposition = iota
	// PerformDefaultHandling does what would be done without a delegate:
	// try the proposed credential once, else take the 401 as the result;
	// trust what the default evaluation trusts.
	PerformDefaultHandling
	// CancelChallenge fails the task with Cancelled.
	CancelChallenge
	// RejectProtectionSpace asks for the next space that the server offers,
	// else goes on without a credential. For MethodServerTrust it is the
	// same as PerformDefaultHandling.
	RejectProtectionSpace
)

// Persistence says how long a credential is kept, after it was accepted.
type Persistence int

// The persistences.
const (
	PersistenceNone       Persistence = iota // this task only
	PersistenceForSession                    // while the storage lives
	// PersistencePermanent is kept in the [SecretStore] of the storage, beyond
	// the process; while the storage lives, where it has none.
	PersistencePermanent
)

// Credential answers a challenge. It prints without its secret. For MethodNTLM
// and MethodNegotiate User is a name alone, DOMAIN\name or name@domain; for
// MethodBearer Password is the token, and User is not used.
type Credential struct {
	User, Password string
	Persistence    Persistence
	// Trust, for MethodServerTrust, is the trust accepted.
	Trust *ServerTrust
	// Identity, for MethodClientCertificate, is the client certificate with its
	// chain and key; it is checked with [CheckIdentity] before it is sent, and
	// asked for again with the reason if it is no good. nil: go on without.
	Identity *tls.Certificate
}

// CredentialForIdentity is a client certificate, for one server in this session.
func CredentialForIdentity(cert *tls.Certificate) *Credential { return &Credential{Identity: cert} }

// CredentialForTrust accepts a server as it is, for this session.
func CredentialForTrust(t *ServerTrust) *Credential { return &Credential{Trust: t} }
