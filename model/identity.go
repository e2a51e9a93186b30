package model

import (
	"context"
	"crypto/tls"
	"crypto/x509/pkix"
	"encoding/asn1"
	"net"
	"path/filepath"
	"strconv"
	"time"

	"haul/session"
)

// IdentityFile names the files of a client certificate.
type IdentityFile struct {
	Certificate string // PEM or PKCS#12
	Key         string // PEM; "" where it is in the same file
}

// identity answers a server that asks for a client certificate. Many ask
// everybody and need none: without a certificate for that host nothing is sent,
// and the user is asked when the server refuses that.
func (o *Observer) identity(
	ctx context.Context, s *slot, c *session.Challenge,
) (session.Disposition, *session.Credential) {
	l := s.lineage
	if o.opt.OpenIdentity == nil {
		o.noteChallenge(s, c, "default")
		return session.PerformDefaultHandling, nil
	}
	addr := net.JoinHostPort(c.Space.Host, strconv.Itoa(c.Space.Port))
	file := o.identityFile(l, c.Space, addr)
	if file.Certificate == "" {
		file.Certificate = c.Detail // the agent could not open it
	}
	reason := c.Err
	if c.PreviousFailureCount == 0 {
		l.questions(c.Space, -1)
		if file.Certificate == "" {
			o.noteChallenge(s, c, "none")
			return session.PerformDefaultHandling, nil
		}
		cert, err := o.openIdentity(file, "")
		if err == nil {
			o.noteChallenge(s, c, filepath.Base(file.Certificate))
			return session.UseCredential, session.CredentialForIdentity(cert)
		}
		reason = err
	}
	for failures := c.PreviousFailureCount; ; failures++ {
		view := PromptView{Space: c.Space, Failures: failures, Identity: file, Issuers: issuers(c.DistinguishedNames)}
		if reason != nil {
			view.Reason = reason.Error()
		}
		if !o.opt.Interactive {
			o.unanswered(s, "which client certificate to show to "+addr+": "+view.Reason, "--cert")
			o.noteChallenge(s, c, "default")
			return session.PerformDefaultHandling, nil
		}
		if l.questions(c.Space, 1) > mostRefusals {
			o.noteChallenge(s, c, "default, asked "+strconv.Itoa(mostRefusals)+" times")
			return session.PerformDefaultHandling, nil
		}
		o.noteChallenge(s, c, "asks you")
		a, ok := o.await(ctx, s, promptKey{kind: AskIdentity, space: c.Space}, view)
		switch {
		case !ok || a.CancelRows:
			return session.CancelChallenge, nil
		case a.Skip || a.Identity.Certificate == "":
			return session.UseCredential, nil
		}
		file = a.Identity
		cert, err := o.openIdentity(file, a.Password)
		if err == nil {
			return session.UseCredential, session.CredentialForIdentity(cert)
		}
		reason = err
	}
}

// identityFile is the certificate configured for an address: that of the options
// for the row's own origin, else that of the host.
func (o *Observer) identityFile(l *lineage, p session.ProtectionSpace, addr string) IdentityFile {
	l.mu.Lock()
	own := l.owns(p)
	l.mu.Unlock()
	if own && o.opt.Identity.Certificate != "" {
		return o.opt.Identity
	}
	if o.opt.HostIdentity == nil {
		return IdentityFile{}
	}
	return o.opt.HostIdentity(addr)
}

// openIdentity reads a certificate that can be sent.
func (o *Observer) openIdentity(file IdentityFile, password string) (*tls.Certificate, error) {
	cert, err := o.opt.OpenIdentity(file, password)
	if err != nil {
		return nil, err
	}
	if err := session.CheckIdentity(cert, time.Now()); err != nil {
		return nil, err
	}
	return cert, nil
}

// questions counts what was asked about a space since it last began anew, which
// n below 0 does.
func (l *lineage) questions(p session.ProtectionSpace, n int) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	if n < 0 {
		delete(l.asked, p)
		return 0
	}
	put(&l.asked, p, l.asked[p]+n)
	return l.asked[p]
}

// mostIssuers bounds the names of issuers that are shown.
const mostIssuers = 20

// issuers are the names in distinguished names, as far as they can be read.
func issuers(distinguished [][]byte) []string {
	var names []string
	for _, der := range distinguished {
		var rdn pkix.RDNSequence
		if rest, err := asn1.Unmarshal(der, &rdn); err != nil || len(rest) > 0 || len(names) == mostIssuers {
			continue
		}
		var name pkix.Name
		name.FillFromRDNSequence(&rdn)
		if text := name.String(); text != "" {
			names = append(names, text)
		}
	}
	return names
}
