package background

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/http/httpguts"

	"haul/session"
	"haul/session/internal/wire"
	"haul/transfer/partial"
)

// nothing is a change that only waits for those before it.
func nothing(*sql.Tx) error { return nil }

// create makes a task. It is durable when the reply goes out.
func (p *peer) create(_ context.Context, c wire.Create) (wire.Created, error) {
	a := p.a
	r, user, err := a.newRecord(&c)
	if err != nil {
		return wire.Created{}, err
	}
	a.mu.Lock()
	h := p.h
	if h == nil || c.Identifier != "" {
		if err := checkIdentifier(c.Identifier); err != nil {
			a.mu.Unlock()
			return wire.Created{}, err
		}
		h = a.host(c.Identifier)
	}
	if j := h.tokens[c.Token]; j != nil && c.Token != "" {
		a.mu.Unlock()
		return wire.Created{ID: j.rec.ID}, nil
	}
	h.last++
	r.ID = h.last
	number := h.number
	if r.PartialFile == "" && r.Kind == wire.KindDownload {
		r.PartialFile, r.OwnPartial = a.spoolPath(h, r.ID, partial.PartSuffix), true
	}
	upload := ""
	if r.Kind == wire.KindUpload {
		upload = a.spoolPath(h, r.ID, ".upload")
	}
	a.mu.Unlock()
	if upload != "" {
		if err := snapshot(c.File, upload); err != nil {
			return wire.Created{}, uploadError(err)
		}
		if fi, err := os.Stat(upload); err == nil {
			r.Counts.ExpectedSent = fi.Size()
		}
		r.Upload = upload
	}
	a.mu.Lock()
	if a.hosts[h.identifier] != h || number != h.number || a.ctx.Err() != nil {
		a.mu.Unlock()
		return wire.Created{}, errNoHost
	}
	durable := h.save()
	kept, secret, omitted := redact(r.Request.Header)
	r.Request.Header, r.Request.Omitted = kept, omitted
	j := h.newJob(r)
	j.secret, j.user = secret, user
	if err := j.set(c.Settings); err != nil {
		delete(h.jobs, r.ID)
		delete(h.tokens, r.Token)
		a.mu.Unlock()
		return wire.Created{}, err
	}
	if j.rec.Kind == wire.KindDownload {
		if err := a.knowDirectory(j.rec.PartialFile); err != nil {
			a.notice("the list of directories cannot be written: " + err.Error())
		}
	}
	if c.Start {
		j.act(wire.ActResume)
		a.place()
	}
	saved := j.saveNow()
	a.mu.Unlock()
	if err := errors.Join(durable(), saved()); err != nil {
		a.mu.Lock()
		defer a.mu.Unlock()
		j.discard()
		delete(h.jobs, r.ID)
		delete(h.tokens, r.Token)
		return wire.Created{}, stored(err)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	j.changed()
	return wire.Created{ID: r.ID}, nil
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
		if c.Request == nil {
			c.Request = &wire.Request{Method: http.MethodGet, URL: info.OriginalURL}
		}
	}
	if c.Request == nil {
		return r, nil, invalid("there is no request")
	}
	if err := checkRequest(c.Request); err != nil {
		return r, nil, err
	}
	r.Request = *c.Request
	var user *url.Userinfo
	if r.Request.User != "" || r.Request.Password != "" {
		user = url.UserPassword(r.Request.User, r.Request.Password)
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

// snapshot makes to the file from as it is, by a hard link where the system
// allows it and else by a copy.
func snapshot(from, to string) error {
	from, err := filepath.EvalSymlinks(from)
	if err != nil {
		return err
	}
	fi, err := os.Stat(from)
	if err != nil {
		return err
	}
	if !fi.Mode().IsRegular() {
		return &os.PathError{Op: "send", Path: from, Err: errNotRegular}
	}
	if err := os.Remove(to); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	if os.Link(from, to) == nil {
		return in.Close()
	}
	return errors.Join(copyFile(in, to), in.Close())
}

var errNotRegular = errors.New("is not a regular file")

func copyFile(in io.Reader, to string) error {
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	if err = errors.Join(err, out.Sync(), out.Close()); err != nil {
		err = errors.Join(err, os.Remove(to))
	}
	return err
}

// uploadError is the reply to an upload whose file cannot be had.
func uploadError(err error) error {
	code := session.NoPermissionsToReadFile
	switch {
	case errors.Is(err, os.ErrNotExist):
		code = session.FileDoesNotExist
	case errors.Is(err, errNotRegular):
		code = session.FileIsDirectory
	}
	return codedError(code, err)
}
