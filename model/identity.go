package model

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"net"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"haul/session"
)

// IdentityFile names the files of a client certificate.
type IdentityFile struct {
	Certificate string // PEM or PKCS#12
	Key         string // PEM; "" where it is in the same file
}

// ErrIdentityLocked is what [Options.OpenIdentity] returns, wrapped or not, for a
// file whose password is needed.
var ErrIdentityLocked = errors.New("the file is locked: its password is needed")

// Candidate is a client certificate that can be chosen.
type Candidate struct {
	File IdentityFile
	// Leaf is the certificate, nil where it cannot be read before its file is
	// unlocked.
	Leaf   *x509.Certificate
	Locked bool
	// Problem says why it cannot be shown, "" if it can.
	Problem string
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
	assigned := o.identityFiles(l, c.Space, addr)
	if len(assigned) == 0 && c.Detail != "" {
		assigned = []IdentityFile{{Certificate: c.Detail}} // the agent could not open it
	}
	view := PromptView{Space: c.Space, Issuers: issuers(c.DistinguishedNames)}
	reason := c.Err
	if c.PreviousFailureCount == 0 {
		l.questions(c.Space, -1)
		cert, file, several, err := o.assigned(assigned, c.DistinguishedNames)
		switch {
		case cert != nil:
			o.noteChallenge(s, c, filepath.Base(file.Certificate))
			return session.UseCredential, session.CredentialForIdentity(cert)
		case err != nil:
			reason, view.Identity = err, file
		case !several:
			o.noteChallenge(s, c, "none")
			return session.PerformDefaultHandling, nil
		}
	} else if len(assigned) == 1 {
		view.Identity = assigned[0]
	}
	if view.Identity.Certificate == "" {
		view.Identity.Certificate = c.Detail // the agent could not open it
	}
	for failures := c.PreviousFailureCount; ; failures++ {
		view.Failures, view.Reason = failures, ""
		if reason != nil {
			view.Reason = reason.Error()
		}
		if !o.opt.Interactive {
			what := "which client certificate to show to " + addr
			if reason != nil {
				what += ": " + view.Reason
			}
			o.unanswered(s, what, "--cert")
			o.noteChallenge(s, c, "default")
			return session.PerformDefaultHandling, nil
		}
		if l.questions(c.Space, 1) > mostRefusals {
			o.noteChallenge(s, c, "default, asked "+strconv.Itoa(mostRefusals)+" times")
			return session.PerformDefaultHandling, nil
		}
		view.Candidates, view.Unfit = o.candidates(append(slices.Clone(assigned), o.opt.OfferedIdentities...), c.DistinguishedNames)
		o.noteChallenge(s, c, "asks you")
		a, ok := o.await(ctx, s, promptKey{kind: AskIdentity, space: c.Space}, view)
		switch {
		case !ok || a.CancelRows:
			return session.CancelChallenge, nil
		case a.Skip || a.Identity.Certificate == "":
			return session.UseCredential, nil
		}
		view.Identity = a.Identity
		cert, err := o.openIdentity(a.Identity, a.Password)
		if err == nil {
			return session.UseCredential, session.CredentialForIdentity(cert)
		}
		reason = err
	}
}

// identityFiles are the certificates for an address: those of the options for
// the row's own origin, else that of the host.
func (o *Observer) identityFiles(l *lineage, p session.ProtectionSpace, addr string) []IdentityFile {
	l.mu.Lock()
	own := l.owns(p)
	l.mu.Unlock()
	if own && len(o.opt.Identities) > 0 {
		return o.opt.Identities
	}
	if o.opt.HostIdentity != nil {
		if file := o.opt.HostIdentity(addr); file.Certificate != "" {
			return []IdentityFile{file}
		}
	}
	return nil
}

// assigned picks among the certificates for an address the one to be shown
// without a question. A single one is what the user has said, whatever the server
// takes; of several it is the one that the server takes. several tells that the
// choice is the user's, err why file, the only one, cannot be shown.
func (o *Observer) assigned(files []IdentityFile, issuers [][]byte) (cert *tls.Certificate, file IdentityFile, several bool, err error) {
	if len(files) > 1 {
		fit, _ := o.candidates(files, issuers)
		fit = slices.DeleteFunc(fit, func(c Candidate) bool { return c.Problem != "" })
		files = nil
		for _, c := range fit {
			files = append(files, c.File)
		}
	}
	if len(files) != 1 {
		return nil, IdentityFile{}, len(files) > 1, nil
	}
	cert, err = o.openIdentity(files[0], "")
	return cert, files[0], false, err
}

// candidates are the certificates in files that have one of the issuers, as far
// as that can be told, each once; unfit counts those that have not. A file that
// cannot be read has no certificate to choose.
func (o *Observer) candidates(files []IdentityFile, issuers [][]byte) (fit []Candidate, unfit int) {
	var seen []*x509.Certificate
	for _, file := range files {
		cert, err := o.opt.OpenIdentity(file, "")
		c := Candidate{File: file, Locked: errors.Is(err, ErrIdentityLocked)}
		switch {
		case err != nil && !c.Locked:
			unfit++
			continue
		case cert != nil && slices.ContainsFunc(seen, cert.Leaf.Equal):
			continue
		case cert != nil && !session.HasIssuer(cert, issuers):
			unfit++
			continue
		case cert != nil:
			c.Leaf = cert.Leaf
			seen = append(seen, cert.Leaf)
			bad := session.CheckValidity(cert.Leaf, time.Now())
			if !c.Locked {
				bad = session.CheckIdentity(cert, time.Now())
			}
			if bad != nil {
				c.Problem = bad.Error()
			}
		}
		fit = append(fit, c)
	}
	// Those without a problem come first.
	slices.SortStableFunc(fit, func(a, b Candidate) int { return strings.Compare(a.Problem, b.Problem) })
	return fit, unfit
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
