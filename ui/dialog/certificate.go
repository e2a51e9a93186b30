package dialog

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"time"

	"haul/session"
	"haul/themes"
	"haul/ui/phrases"
	"haul/ui/text"
)

const certificateDate = "2006-01-02"

// certificate is what people want to know of one. All words in it are those of
// whoever made it.
type certificate struct {
	subject, issuer string
	names           []string // DNS names and addresses that it is for
	from, until     time.Time
	key             string // kind of key
	selfSigned      bool
	sum             [sha256.Size]byte // of the whole certificate
}

func certificateOf(c *x509.Certificate) certificate {
	return certificate{
		subject: c.Subject.String(), issuer: c.Issuer.String(),
		names: session.CertificateNames(c),
		from:  c.NotBefore.UTC(), until: c.NotAfter.UTC(),
		key: keyName(c), sum: sha256.Sum256(c.Raw),
		selfSigned: bytes.Equal(c.RawIssuer, c.RawSubject),
	}
}

func keyName(c *x509.Certificate) string {
	switch k := c.PublicKey.(type) {
	case *ecdsa.PublicKey:
		return "ECDSA " + k.Curve.Params().Name
	case *rsa.PublicKey:
		return fmt.Sprintf("RSA %d bit", k.N.BitLen())
	case ed25519.PublicKey:
		return "Ed25519"
	}
	return c.PublicKeyAlgorithm.String()
}

func (c certificate) validity() string {
	return c.from.Format(certificateDate) + " until " + c.until.Format(certificateDate)
}

// left says how long it is valid yet.
func (c certificate) left(now time.Time) string {
	const day = 24 * time.Hour
	switch {
	case now.Before(c.from):
		return phrases.NotValidYet
	case now.After(c.until):
		return "expired " + days(now.Sub(c.until)/day) + " ago"
	case c.until.Sub(now) >= 2*365*day:
		return fmt.Sprintf("%d years left", c.until.Sub(now)/(365*day))
	}
	return days(c.until.Sub(now)/day) + " left"
}

func days(n time.Duration) string {
	if n == 1 {
		return "1 day"
	}
	return fmt.Sprintf("%d days", n)
}

// shownNames are the names, each as a word of the server.
func (c certificate) shownNames(o *Options) string {
	if len(c.names) == 0 {
		return "none"
	}
	shown := make([]string, len(c.names))
	for i, n := range c.names {
		shown[i] = o.word(n, text.MaxQuoted)
	}
	return strings.Join(shown, ", ")
}

// hexPairs is part of the fingerprint.
func hexPairs(sum []byte) string {
	return strings.ReplaceAll(fmt.Sprintf("% X", sum), " ", ":")
}

// fingerprintWords is the fingerprint with spaces where it may be broken.
func (c certificate) fingerprintWords() string {
	return hexPairs(c.sum[:11]) + " " + hexPairs(c.sum[11:22]) + " " + hexPairs(c.sum[22:])
}

// fact writes a labelled line, cut at its end.
func (p *page) fact(label string, x int, value string) {
	p.label(label, x)
	p.say(themes.Text, value)
}

// fingerprint writes the fingerprint on two lines.
func (p *page) fingerprint(c certificate) {
	half := len(c.sum) / 2
	p.fact("SHA-256", factColumn, hexPairs(c.sum[:half]))
	p.fact("", factColumn, hexPairs(c.sum[half:]))
}

// describe writes all about a certificate; n is its place in the chain.
func (c certificate) describe(p *page, n int) {
	p.say(themes.Accent, fmt.Sprintf("Certificate %d", n))
	issuer := p.o.quoted(c.issuer, p.width-factColumn-2)
	if c.selfSigned {
		issuer = "itself"
	}
	p.fact(phrases.SaysItIs, factColumn, p.o.quoted(c.subject, p.width-factColumn-2))
	p.fact("Signed by", factColumn, issuer)
	p.label("Names", factColumn)
	p.end()
	p.wrap(themes.Text, c.shownNames(p.o), 2, 8)
	p.fact("Valid from", factColumn, c.from.Format(certificateDate))
	p.fact("until", factColumn, c.until.Format(certificateDate)+" ("+c.left(p.o.now())+")")
	p.fact("Key", factColumn, c.key)
	p.label("SHA-256", factColumn)
	p.end()
	p.wrap(themes.Text, c.fingerprintWords(), 2, 6)
}

// shortReason is the same in a few words.
func shortReason(err error) string {
	var (
		authority x509.UnknownAuthorityError
		host      x509.HostnameError
		invalid   x509.CertificateInvalidError
	)
	switch {
	case err == nil:
		return phrases.AcceptedByTheSystem
	case errors.As(err, &authority):
		return "unknown authority"
	case errors.As(err, &host):
		return phrases.NotForThisHost
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return phrases.ExpiredOrNotValidYet
	}
	return "not verified"
}
