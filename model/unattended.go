package model

import (
	"context"
	"net/url"
	"strings"
	"time"

	"haul/session"
)

// Unattended answers the challenges of one transfer that nobody watches: from
// the options, the sources and what was accepted for good, as an Observer does
// before it asks somebody. Safe for use by several goroutines.
type Unattended struct {
	o *Observer
	l *lineage
}

// NewUnattended returns what answers for the transfer of a URL. own is a
// credential for its own origin, nil for none. Of opt it takes what is about
// credentials and trust.
func NewUnattended(opt Options, original *url.URL, own *session.Credential) *Unattended {
	o := &Observer{opt: opt, news: make(chan struct{}, 1)}
	o.opt.Interactive, o.unattended = true, true
	o.desk.changed = o.tell
	l := &lineage{spec: new(Spec), own: own}
	at := originOf(original)
	l.origin.Store(&at)
	return &Unattended{o: o, l: l}
}

// Decision is the answer to a challenge, or what somebody has to be asked.
type Decision struct {
	Disposition session.Disposition
	Credential  *session.Credential
	// Words say what was answered, for the story of the transfer.
	Words string
	// Ask tells that this is a question for a person, and no answer yet. Reason
	// is what the person has to know besides the challenge, Identity the client
	// certificate that could not be opened, and Unasked how many of the
	// credentials that were refused nobody has typed.
	Ask      bool
	Reason   string
	Identity IdentityFile
	Unasked  int
}

// Answer answers a challenge of the task.
func (u *Unattended) Answer(ctx context.Context, t session.Task, c *session.Challenge) Decision {
	s := &slot{task: t, lineage: u.l}
	var d Decision
	switch c.Space.Method {
	case session.MethodServerTrust:
		d.Disposition, d.Credential = u.o.judgeServer(ctx, s, c)
	case session.MethodClientCertificate:
		d.Disposition, d.Credential = u.o.identity(ctx, s, c)
	default:
		d.Disposition, d.Credential = u.o.password(ctx, s, c)
	}
	u.o.takeDirty(nil) // there is no model that would
	if view := s.left; view != nil {
		d = Decision{Ask: true, Reason: view.Reason, Identity: view.Identity, Unasked: u.l.unasked(c.Space)}
	}
	var words []string
	for _, f := range s.take(time.Now()) {
		words = append(words, f.Text)
	}
	d.Words = strings.Join(words, "; ")
	return d
}

// Remember keeps what somebody has answered for later attempts of the transfer.
func (u *Unattended) Remember(p session.ProtectionSpace, c *session.Credential) { u.l.remember(p, c) }
