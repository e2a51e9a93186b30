package background

import (
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/creachadair/jrpc2"
	"golang.org/x/net/http/httpguts"

	"haul/session"
	"haul/session/internal/wire"
	"haul/transfer/partial"
)

// nothing is a change that only waits for those before it.
func nothing(*sql.Tx) error { return nil }

// create makes a task. It is durable when the reply goes out.
func (p *peer) create(_ context.Context, c wire.Create) (wire.Created, error) {
	id, durable, err := p.begin(&c)
	if err != nil {
		return wire.Created{}, err
	}
	return wire.Created{ID: id}, stored(durable())
}

// createAll makes tasks whose identifiers follow their order. They share the
// writes to the disk.
func (p *peer) createAll(_ context.Context, c wire.CreateAll) ([]wire.Created, error) {
	if len(c.Tasks) > wire.MostCreated {
		return nil, invalid("that is more than %d tasks at once", wire.MostCreated)
	}
	made := make([]wire.Created, len(c.Tasks))
	waits := make([]func() error, len(c.Tasks))
	for i := range c.Tasks {
		id, durable, err := p.begin(&c.Tasks[i])
		if err != nil {
			made[i].Error = wordsOf(err)
			continue
		}
		made[i].ID, waits[i] = id, durable
	}
	for i, durable := range waits {
		if durable == nil {
			continue
		}
		if err := stored(durable()); err != nil {
			made[i] = wire.Created{Error: wordsOf(err)}
		}
	}
	return made, nil
}

// wordsOf is an error of a method without its number.
func wordsOf(err error) string {
	if e, ok := errors.AsType[*jrpc2.Error](err); ok {
		return e.Message
	}
	return err.Error()
}

// begin makes a task. The function that it returns waits until that is durable,
// and takes the task back if it cannot be.
func (p *peer) begin(c *wire.Create) (id int64, durable func() error, err error) {
	a := p.a
	r, user, err := a.newRecord(c)
	if err != nil {
		return 0, nil, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	h := p.h
	if h == nil || c.Identifier != "" {
		if err := checkIdentifier(c.Identifier); err != nil {
			return 0, nil, err
		}
		h = a.host(c.Identifier)
	}
	if j := h.tokens[c.Token]; j != nil && c.Token != "" {
		return j.rec.ID, func() error { return nil }, nil
	}
	h.last++
	r.ID = h.last
	number := h.number
	if r.PartialFile == "" && r.Kind == wire.KindDownload {
		r.PartialFile, r.OwnPartial = a.spoolPath(h, r.ID, partial.PartSuffix), true
	}
	if r.Kind == wire.KindUpload {
		r.Upload = a.spoolPath(h, r.ID, ".upload")
		a.mu.Unlock() // a large file takes a while
		err := r.take(c.File)
		a.mu.Lock()
		if err != nil {
			return 0, nil, uploadError(err)
		}
	}
	if a.hosts[h.identifier] != h || number != h.number || a.ctx.Err() != nil {
		return 0, nil, errNoHost
	}
	known := h.save()
	kept, secret, omitted := redact(r.Request.Header)
	r.Request.Header, r.Request.Omitted = kept, omitted
	j := h.newJob(r)
	j.secret, j.user = secret, user
	if c.Access != nil {
		j.rec.Access, j.token = *c.Access, c.Access.Token
		j.rec.Access.Token = ""
	}
	if err := j.set(c.Settings); err != nil {
		j.unmake()
		return 0, nil, err
	}
	if j.rec.Kind == wire.KindDownload {
		if err := a.knowDirectory(j.rec.PartialFile); err != nil {
			a.notice("the list of directories cannot be written: " + err.Error())
		}
	}
	if c.Start {
		j.act(wire.ActResume, false)
		a.place()
	}
	saved := j.saveNow()
	return r.ID, func() error {
		err := errors.Join(known(), saved())
		a.mu.Lock()
		defer a.mu.Unlock()
		if err != nil {
			j.discard()
			j.unmake()
			return err
		}
		j.changed()
		return nil
	}, nil
}

// unmake takes a task back that nobody was told of.
func (j *job) unmake() {
	delete(j.h.jobs, j.rec.ID)
	delete(j.h.tokens, j.rec.Token)
}

// newRecord checks what a task is to be.
func (a *Agent) newRecord(c *wire.Create) (record, *url.Userinfo, error) {
	r := record{
		Kind: c.Kind, Token: c.Token, Created: time.Now().UTC(), State: wire.StateSuspended,
		Priority: session.PriorityDefault, Counts: wire.Counts{ExpectedReceived: -1},
	}
	if len(c.Token) > 100 {
		return r, nil, invalid("the token is too long")
	}
	switch {
	case c.Kind != wire.KindDownload && c.Kind != wire.KindUpload:
		return r, nil, invalid("a background session has no tasks of kind %q", c.Kind)
	case c.Kind == wire.KindUpload && !filepath.IsAbs(c.File):
		return r, nil, invalid("an upload needs the absolute path of its file")
	case len(c.ResumeData) > 0:
		if c.Kind != wire.KindDownload || c.PartialFile != nil {
			return r, nil, invalid("resume data is for downloads, and names the partial file")
		}
		info, err := session.ResumeData(c.ResumeData).Describe()
		if err != nil {
			return r, nil, invalid("the resume data is no good: %v", err)
		}
		r.ResumeData, r.PartialFile = c.ResumeData, info.PartialFile
		r.Counts.Received, r.Counts.ExpectedReceived = info.Have, info.Length
		if c.Request == nil {
			c.Request = &wire.Request{Method: http.MethodGet, URL: info.OriginalURL}
		}
	}
	if c.Request == nil {
		return r, nil, invalid("there is no request")
	}
	if err := checkAccess(c.Access); err != nil {
		return r, nil, err
	}
	if err := checkRequest(c.Request); err != nil {
		return r, nil, err
	}
	r.Request = *c.Request
	var user *url.Userinfo
	switch {
	case r.Request.Password != "":
		user = url.UserPassword(r.Request.User, r.Request.Password)
	case r.Request.User != "":
		user = url.User(r.Request.User)
	}
	u, err := url.Parse(r.Request.URL)
	if err != nil {
		return r, nil, invalid("the URL cannot be parsed")
	}
	if u.User != nil {
		user, u.User = u.User, nil
		r.Request.URL = u.String()
	}
	r.Request.User, r.Request.Password = "", ""
	return r, user, nil
}

// checkRequest brings the method to its form and refuses what no session would
// load.
func checkRequest(r *wire.Request) error {
	r.Method = cmp.Or(r.Method, http.MethodGet)
	u, err := url.Parse(r.URL)
	switch {
	case err != nil, !utf8.ValidString(r.URL), len(r.URL) > 64<<10:
		return invalid("the URL cannot be parsed")
	case !httpguts.ValidHeaderFieldName(r.Method):
		return invalid("the method is not legal")
	case u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "":
		return invalid("the URL is none of http or https")
	}
	return checkFields(r.Header)
}

// mostAccess bounds each of the texts of an Access, in bytes.
const mostAccess = 64 << 10

func checkAccess(a *wire.Access) error {
	if a == nil {
		return nil
	}
	paths := []string{a.Netrc}
	for _, c := range a.Certificates {
		paths = append(paths, c.Certificate, c.Key)
	}
	for _, path := range paths {
		if path != "" && !filepath.IsAbs(path) || len(path) > mostAccess {
			return invalid("a file of the access has no absolute path")
		}
	}
	if len(a.User) > mostAccess || len(a.Token) > mostAccess || max(len(a.TrustSHA256), len(a.Certificates)) > mostGiven {
		return invalid("the access is too long")
	}
	for _, text := range a.TrustSHA256 {
		if sum, err := hex.DecodeString(text); err != nil || len(sum) != sha256.Size {
			return invalid("a fingerprint is no SHA-256 in hexadecimal")
		}
	}
	return nil
}

// mostGiven bounds the servers that a task accepts, and the certificates that it
// has.
const mostGiven = 1000

func checkFields(h http.Header) error {
	for name, values := range h {
		if !httpguts.ValidHeaderFieldName(name) {
			return invalid("the name of a request field is not legal")
		}
		for _, v := range values {
			if !httpguts.ValidHeaderFieldValue(v) {
				return invalid("the value of the request field %s is not legal", name)
			}
		}
	}
	return nil
}

func checkIdentifier(s string) error {
	if s == "" || s == everything || len(s) > 255 || !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl) {
		return invalid("the identifier is missing, too long or not text")
	}
	return nil
}

func checkSettings(r *record, s wire.Settings) error {
	download := r.Kind == wire.KindDownload
	switch {
	case (s.PartialFile != nil || s.Destination != nil) && !download:
		return invalid("only downloads have a file")
	case s.Connections != nil && (!download || *s.Connections < session.Auto):
		return invalid("that is no number of connections")
	case s.PartialFile != nil && len(r.ResumeData) > 0:
		return invalid("the task has a partial file from its resume data")
	case s.PartialFile != nil && !isPart(*s.PartialFile):
		return invalid("a partial file has an absolute path that ends in %s", partial.PartSuffix)
	case s.Destination != nil && !filepath.IsAbs(*s.Destination):
		return invalid("the destination is not an absolute path")
	case s.Order != nil && *s.Order < 1:
		return invalid("that is no place")
	case s.RateLimit != nil && *s.RateLimit < 0:
		return invalid("that is no rate")
	case s.Name != nil && (!download || !isName(*s.Name)):
		return invalid("that is no name of a file")
	case s.Description != nil && (len(*s.Description) > 64<<10 || !utf8.ValidString(*s.Description)):
		return invalid("the description is too long or not text")
	}
	return checkFields(s.Header)
}

// isName tells whether a file in a directory can have the name.
func isName(name string) bool {
	return name == filepath.Base(name) && name != "." && name != ".." && len(name) <= 255 &&
		utf8.ValidString(name) && !strings.ContainsFunc(name, unicode.IsControl)
}

func isPart(path string) bool {
	base := filepath.Base(path)
	return filepath.IsAbs(path) && strings.HasSuffix(base, partial.PartSuffix) && base != partial.PartSuffix
}
