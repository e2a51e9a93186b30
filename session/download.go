package session

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"

	"haul/session/internal/authn"
	"haul/transfer"
	"haul/transfer/partial"
)

// Reasons why a download has no resume data that do not come from its
// response.
const (
	reasonNothing   = "nothing has arrived yet"
	reasonCancelled = "the task was cancelled"
)

// finishedFile is a complete body on its way to the delegate.
type finishedFile struct {
	files partial.FS
	path  string
	bare  bool // there is no state beside it
	// sealed has its lock until the delegate has returned, nil if nobody has;
	// moved: it has been published with that.
	sealed *partial.Sealed
	moved  bool
	// stays: it could not be published, and what has a state can be later.
	stays bool
	// taken is what is done in place of removing it: the agent does that for
	// a background session. nil: remove it.
	taken func()
}

// remove removes what the delegate left. It is in a place of ours, or will be
// asked for under its name again: what cannot be removed has nobody to be told
// to.
func (f *finishedFile) remove() {
	if f.taken != nil {
		f.taken()
		return
	}
	path := f.path
	if f.sealed != nil {
		// The path that the delegate has may be that of a descriptor, which is
		// another file's from now on.
		path = f.sealed.Left()
		_ = f.sealed.Close() // its bytes are durable
	}
	if path == "" || f.bare && (f.moved || f.gone(path)) || f.stays && !f.bare {
		return // as after most downloads
	}
	_ = partial.Remove(f.files, path)
}

func (f *finishedFile) gone(path string) bool {
	there, err := f.files.Exists(path)
	return err == nil && !there
}

// download stores the body in a file: that of a success in the partial file,
// that of any other status in a temporary one, so that an error page never
// touches a download (guide steps 10 and 12).
func (l *loader) download(x *exchange) outcome {
	l.notePromises(x)
	success := successful(x.StatusCode)
	if why := notWhole(x); why != "" {
		x.close()
		return outcome{err: &Error{Code: BadServerResponse, URL: redacted(x.req.URL), Err: errors.New(why)}, reason: reasonNothing}
	}
	body, length := l.decoded(x, DownloadDecodingFailedMidStream, DownloadDecodingFailedToComplete)
	if part, ok := unasked(x); ok && length < 0 && body == io.Reader(x.Body) { // not decoded
		length = part.Total
	}
	rule, why := l.eligible(x)
	f, err := l.createFile(x, length, success, rule)
	if err != nil {
		x.close()
		return outcome{err: &Error{Code: CannotCreateFile, Err: err}, reason: "the file could not be created"}
	}
	d := &receiver{l: l, x: x, file: f, resumable: rule != "", whyNot: why}
	l.t.mu.Lock()
	l.t.counts.Received, l.t.counts.ExpectedToReceive = 0, length
	l.t.mu.Unlock()
	return d.receive(body, 0, length)
}

// createFile makes the file for a fresh body.
func (l *loader) createFile(x *exchange, length int64, success bool, rule partial.Rule) (*partial.File, error) {
	l.t.mu.Lock()
	path, blocking := l.t.partialPath, l.t.blocking
	l.t.mu.Unlock()
	if path == "" || !success {
		var err error
		if path, err = l.s.temporaryPath(blocking); err != nil {
			return nil, err
		}
	}
	describe := func() (st partial.State) {
		l.describe(&st, x, length, rule)
		return st
	}
	if l.t.keepsLocked() {
		return l.s.directories.CreateUnnamed(path, length, describe)
	}
	return l.s.directories.Create(path, describe())
}

// describe puts into st what a continuation of the body of x will need.
func (l *loader) describe(st *partial.State, x *exchange, length int64, rule partial.Rule) {
	l.t.mu.Lock()
	original := l.t.original
	st.Owner = l.t.owner
	l.t.mu.Unlock()
	if st.OriginalURL == "" {
		st.OriginalURL = stateURL(original.URL)
		st.Header = original.Header
	}
	st.URL = st.OriginalURL
	if x.req.URL != original.URL {
		st.URL = stateURL(x.req.URL)
	}
	st.ETag = x.Header.Get("ETag")
	st.LastModified = x.Header.Get("Last-Modified")
	st.Date = x.Header.Get("Date")
	st.ContentType = x.Header.Get("Content-Type")
	st.Length = length
	st.Name = partial.SuggestedName(&http.Response{Header: x.Header, Request: x.req})
	st.Rule = cmp.Or(rule, partial.RuleValidator)
}

// stateURL is u as a resume state has it. A URL that a protocol of the app
// loads has no place in one: such a download has a state in memory only, and is
// never continued from it.
func stateURL(u *url.URL) string {
	if o := originOf(u); o.scheme != "http" && o.scheme != "https" {
		return "http://protocol.invalid/"
	}
	return u.String()
}

// eligible returns the rule by which the download of x can be continued later,
// or "", and why.
func (l *loader) eligible(x *exchange) (rule partial.Rule, why string) {
	if l.protocolFor(l.t.originalRequest()) != nil || l.protocolFor(x.req) != nil {
		return "", "loaded by a protocol of the app"
	}
	if x.part {
		return "", "part of a multipart response"
	}
	ok, why := transfer.Eligible(x.req, x.Response)
	switch {
	case ok:
		return partial.RuleValidator, ""
	case l.s.cfg.OverlapCheck && lacksOnlyValidator(x):
		return partial.RuleOverlap, ""
	}
	return "", why
}

// lacksOnlyValidator tells whether the body of x could be continued if the
// response had a good entity tag.
func lacksOnlyValidator(x *exchange) bool {
	r := *x.Response
	r.Header = r.Header.Clone()
	r.Header.Set("ETag", `"any"`)
	r.Header.Del("Last-Modified")
	ok, _ := transfer.Eligible(x.req, &r)
	return ok
}

// receiver moves one body into a partial file.
type receiver struct {
	l         *loader
	x         *exchange
	file      *partial.File
	resumable bool
	whyNot    string // why it is not resumable
	// compares: that the file is the same was shown by comparing bytes, so
	// what is at hand before each gap is compared.
	compares bool
	sources  []*source // where bytes may come from, the response's own among them
	// disproved: the pieces have shown that the response's own bytes are wrong.
	disproved bool
}

// receive copies the body, whose first byte belongs at off, until the file has
// length bytes, or to the end of the body if length is -1.
func (d *receiver) receive(body io.Reader, off, length int64) outcome {
	t, x := d.l.t, d.x
	defer func() { d.x.close() }()
	t.mu.Lock()
	t.begun, t.whyNot = true, d.whyNot
	if d.resumable {
		t.whyNot, t.file = "", d.file
	}
	holds := t.suspensions
	t.mu.Unlock()
	d.sources = d.l.arrivedFrom(x)

	if err := d.file.Reserve(length); err != nil {
		return d.broken(&Error{Code: CannotWriteToFile, Err: err})
	}
	if d.resumable {
		d.file.AutoCheckpoint(d.l.s.cfg.Checkpoint)
	}
	if c := d.crewFor(off, length); c != nil {
		switch err := c.run(off); {
		case err == nil:
			return d.complete()
		case errors.Is(err, authn.ErrServerProof):
			return discard(d.file, err, "the bytes at hand are wrong")
		default:
			return d.broken(errors.Join(err, d.forgetSuspects()))
		}
	}
	limit := d.firstSource().limit
	for {
		want := int64(-1)
		if length >= 0 {
			want = length - off
		}
		n, err := transfer.Copy(d.l.ctx, d.file, off, body, transfer.CopyOptions{
			Wrote: d.wrote(off), Limit: limit, Want: want, Buffers: &d.l.s.buffers,
		})
		off += n
		if err == nil {
			return d.complete()
		}
		x.close()
		next := d.reconnect(err, off, length, &holds)
		if next == nil {
			return d.broken(err)
		}
		d.x, x, body = next, next, next.Body
	}
}

// wrote notes what comes from off on, where one response has all of it.
func (d *receiver) wrote(off int64) func(int64) {
	return func(n int64) {
		for _, s := range d.sources {
			if s.first {
				s.brought(off, n)
			}
		}
		off += n
		d.l.t.didWrite(n)
	}
}

// reconnect goes on in the same task when the server closed the connection of
// a task that was suspended meanwhile. It returns nil if that is not what
// happened, or not possible.
func (d *receiver) reconnect(err error, off, length int64, holds *int) *exchange {
	t := d.l.t
	t.mu.Lock()
	suspended := t.suspensions > *holds
	*holds = t.suspensions
	t.mu.Unlock()
	var wire *transfer.Error
	if !suspended || !d.resumable || length < 0 || d.l.ctx.Err() != nil ||
		!errors.As(err, &wire) || wire.Phase != transfer.PhaseBody || !lost(wire) {
		return nil
	}
	st, asked := d.file.State(), partial.Range{Start: off, End: -1}
	if st.Rule == partial.RuleOverlap {
		asked.Start = max(0, off-overlapBytes)
	}
	d.l.prepare = func(h http.Header) { transfer.Continue(h, st, asked) }
	defer func() { d.l.prepare = nil }()
	x, err := d.l.fetch()
	if err != nil {
		return nil
	}
	d.l.notePromises(x)
	fits := transfer.Judge(x.Response, st, asked).Verdict == transfer.Append
	if fits && st.Rule == partial.RuleOverlap {
		same, err := compare(x.Body, d.file, asked.Start, off)
		fits = same && err == nil
	}
	if !fits {
		x.close()
		return nil
	}
	return x
}

// complete ends a download whose bytes are all there (guide step 12).
func (d *receiver) complete() outcome {
	var verified []string
	err := d.mend()
	if err == nil && !d.disproved {
		verified, err = d.verify()
		if errors.Is(err, ErrDigest) && d.distrust() {
			if err = d.mend(); err == nil {
				verified, err = d.verify()
			}
		}
	}
	d.x.close()
	switch {
	case errors.Is(err, ErrDigest), errors.Is(err, errOtherBytes), errors.Is(err, authn.ErrServerProof):
		return discard(d.file, err, "the bytes at hand are wrong")
	case err != nil:
		return d.broken(errors.Join(err, d.forgetSuspects()))
	}
	if err := d.l.t.settle(); err != nil {
		return d.broken(err)
	}
	d.l.t.mu.Lock()
	d.l.t.verified = verified
	d.l.t.mu.Unlock()
	return d.l.t.finishFile(d.file)
}

// finishFile makes the file durable, and lets it go unless the delegate is to
// have it locked.
func (t *task) finishFile(f *partial.File) outcome {
	files := t.session.files
	sealed, err := f.Seal()
	if err != nil {
		return outcome{err: &Error{Code: CannotWriteToFile, Err: err}, resume: resumeFrom(files, f, err)}
	}
	out := &finishedFile{files: files, path: sealed.Path(), bare: sealed.Bare()}
	if t.keepsLocked() {
		out.sealed = sealed
	} else if err := sealed.Close(); err != nil {
		return outcome{err: &Error{Code: CannotWriteToFile, Err: err}, resume: resumeFrom(files, f, err)}
	}
	return outcome{file: out}
}

// broken ends a download that is not complete. What can be continued stays on
// disk, unless the app just cancelled.
func (d *receiver) broken(err error) outcome {
	cause := context.Cause(d.l.t.ctx)
	switch {
	case errors.Is(cause, errCancelled):
		return discard(d.file, err, reasonCancelled)
	case !d.resumable:
		return discard(d.file, err, d.whyNot)
	}
	closeErr := d.file.Close()
	if data := resumeFrom(d.l.s.files, d.file, closeErr); data != nil {
		return outcome{err: errors.Join(err, closeErr), resume: data}
	}
	if closeErr != nil {
		return outcome{err: errors.Join(err, closeErr), reason: "its state could not be saved"}
	}
	return outcome{err: errors.Join(err, partial.Remove(d.l.s.files, d.file.Path())), reason: reasonNothing}
}

func discard(f *partial.File, err error, reason string) outcome {
	return outcome{err: errors.Join(err, f.Discard()), reason: reason}
}

// resumeFrom is the resume data of a partial file that was closed with closeErr,
// nil if nothing of it is durable.
func resumeFrom(files partial.FS, f *partial.File, closeErr error) ResumeData {
	st := f.State()
	if f.Path() == "" {
		return nil
	}
	if closeErr != nil {
		// The last state may be in its place or not: what is there counts.
		var err error
		if st, err = partial.ReadState(files, f.Path()); err != nil {
			return nil
		}
	}
	if st.Have.Len() == 0 {
		return nil
	}
	data, err := encodeResume(resumePoint{part: f.Path(), state: st})
	if err != nil {
		return nil // the state was read or written as one before
	}
	return data
}

// temporaryPath is a path for a body that has no place of its own. One that is
// to outlive the session is not in the session's directory.
func (s *Session) temporaryPath(outlives bool) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	dir := s.cfg.TemporaryDirectory
	if dir == "" && outlives {
		dir = os.TempDir()
	}
	if dir == "" {
		if s.tempDir == "" {
			made, err := os.MkdirTemp("", "haul-")
			if err != nil {
				return "", err
			}
			s.tempDir = made
		}
		dir = s.tempDir
	}
	// The name only has to be new: the file is created exclusively.
	return partial.PathFor(dir, "body-"+rand.Text()), nil
}
