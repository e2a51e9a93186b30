package session

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"haul/transfer"
)

// Reason says in words for people why the default evaluation fails, "" if it
// does not. What it quotes of the certificates is the server's own words.
func (t *ServerTrust) Reason() string {
	var unknown x509.UnknownAuthorityError
	var invalid x509.CertificateInvalidError
	var name x509.HostnameError
	chain := t.Chain()
	switch err := t.Err; {
	case err == nil:
		return ""
	case len(chain) == 0:
		return "the server has shown no certificate"
	case errors.As(err, &name):
		return notFor(t.Host, chain[0])
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return outOfDate(invalid.Cert, time.Now())
	case errors.As(err, &unknown) && weaklySigned(chain) != nil:
		return fmt.Sprintf("the certificate is signed with %s, which can be forged", weaklySigned(chain).SignatureAlgorithm)
	case errors.As(err, &unknown):
		return unknownIssuer(chain)
	default:
		var verification *tls.CertificateVerificationError
		if errors.As(err, &verification) {
			err = verification.Err
		}
		return strings.TrimPrefix(err.Error(), "x509: ")
	}
}

// notFor: the certificate is that of another server. One that serves several
// names shows it where it does not know the name that was asked for.
func notFor(host string, c *x509.Certificate) string {
	var names []string
	for _, name := range c.DNSNames {
		names = append(names, quotedName(name))
	}
	for _, ip := range c.IPAddresses {
		names = append(names, ip.String())
	}
	if len(names) == 0 {
		return fmt.Sprintf("the certificate is not for %s: it names no server at all", host)
	}
	const most = 5
	more := ""
	if n := len(names) - most; n > 0 {
		names, more = names[:most], fmt.Sprintf(" and %d more", n)
	}
	return fmt.Sprintf("the certificate is not for %s, but for %s%s", host, strings.Join(names, ", "), more)
}

// quotedName is a name as it is if it looks like one, else quoted: it is the
// server's word between words of ours.
func quotedName(name string) string {
	for _, r := range name {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', strings.ContainsRune("-._*=:", r):
		default:
			return strconv.Quote(name)
		}
	}
	return name
}

func outOfDate(c *x509.Certificate, now time.Time) string {
	if c != nil && now.Before(c.NotBefore) {
		return fmt.Sprintf("the certificate is not valid yet: it begins on %s (or the clock here is wrong)", c.NotBefore.Format(time.DateOnly))
	}
	if c == nil {
		return "the certificate has expired"
	}
	return fmt.Sprintf("the certificate expired on %s", c.NotAfter.Format(time.DateOnly))
}

// weaklySigned is the first certificate of a chain that is signed in a way that nobody
// believes any more, nil for none. What signed itself is not believed for its
// signature.
func weaklySigned(chain []*x509.Certificate) *x509.Certificate {
	for _, c := range chain {
		switch c.SignatureAlgorithm {
		case x509.MD2WithRSA, x509.MD5WithRSA, x509.SHA1WithRSA, x509.DSAWithSHA1, x509.ECDSAWithSHA1:
			if !selfIssued(c) {
				return c
			}
		}
	}
	return nil
}

func selfIssued(c *x509.Certificate) bool { return bytes.Equal(c.RawIssuer, c.RawSubject) }

func unknownIssuer(chain []*x509.Certificate) string {
	last := chain[len(chain)-1]
	switch {
	case selfIssued(chain[0]):
		return "the server signed its certificate itself, so nobody vouches for it"
	case selfIssued(last):
		return fmt.Sprintf("the chain ends in %s, which this system does not trust", quotedName(last.Subject.String()))
	case len(chain) == 1:
		return fmt.Sprintf("the issuer %s is not known here: the server leaves out an intermediate certificate, or the issuer is a private one", quotedName(last.Issuer.String()))
	}
	return fmt.Sprintf("the chain ends at the issuer %s, which this system does not trust", quotedName(last.Issuer.String()))
}

// explained adds words for people to why a handshake failed before there was a
// certificate to judge.
func explained(err error) error {
	const protocolVersion, unrecognizedName = 70, 112
	alert, ok := transfer.Alert(err)
	switch {
	case ok && alert == protocolVersion, strings.Contains(err.Error(), "unsupported protocol version"):
		return fmt.Errorf("the server speaks only old versions of TLS, which are not safe: %w", err)
	case ok && alert == unrecognizedName:
		return fmt.Errorf("the server does not know the name that it was asked for: %w", err)
	}
	return err
}
