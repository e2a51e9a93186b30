package session

import (
	"errors"
	"fmt"
	"hash"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"haul/transfer"
	"haul/transfer/metalink"
	"haul/transfer/partial"
)

// mostMirrors bounds how many mirrors one download may have.
const mostMirrors = 64

// Proof is what is known of a file before it comes, from somebody whom the app
// trusts, a Metalink document for instance. The zero value knows nothing.
type Proof struct {
	// Size is that of the file in bytes, 0 when it is not known. A place that
	// has a file of another size is not used.
	Size int64
	// Pieces are the digests, made by Hash, of the parts of the file, each
	// PieceSize bytes but the last one. Pieces that turn out to be wrong are
	// fetched again from another place. No pieces: nothing of them is known.
	Pieces    [][]byte
	PieceSize int64
	Hash      func() hash.Hash
}

// Mirror is one of the places that a download with mirrors comes from.
type Mirror struct {
	URL   string // redacted
	Host  string
	Bytes int64 // that came from there
	// Dropped says why it is not used any more, "" while it is.
	Dropped string
}

// SetMirrors names further places that have the same file, the preferred ones
// first. It must be called before the first Resume.
//
// The task begins as always, with its own URL; the next one takes its place if
// no success is answered there. When the download uses several connections
// ([Configuration.Connections]) they are spread over the places by what each of
// them brings, within the bound of each host. Before a byte of a mirror is
// used, a block of it has to be the same as what is at hand, or pieces of proof
// have to be there to tell; its length has to be the same in any case. A mirror
// that has another file, or fails, is dropped and named by [DownloadTask.Mirrors].
//
// A mirror of another origin gets no credential, cookie or secret field of the
// task's own, nobody is asked about it while the download runs, and a redirect
// there is not followed. Nothing but pieces in proof, or a digest of the whole
// that is checked later, shows that all bytes of a mirror are right.
func (t *DownloadTask) SetMirrors(mirrors []*url.URL, proof Proof) error {
	if len(mirrors) > mostMirrors {
		return fmt.Errorf("session: more than %d mirrors", mostMirrors)
	}
	var list []*url.URL
	for _, u := range mirrors {
		if err := checkURL(u); err != nil {
			return err
		}
		clean := *u
		clean.User, clean.Fragment, clean.RawFragment = nil, "", ""
		list = append(list, &clean)
	}
	if err := proof.check(); err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.machine.resumed {
		return errResumed
	}
	t.mirrors, t.proof = list, proof
	return nil
}

// check tells what is wrong with a proof.
func (p *Proof) check() error {
	switch {
	case p.Size < 0:
		return errors.New("session: a size below 0")
	case len(p.Pieces) == 0:
		return nil
	case p.PieceSize <= 0 || p.Size == 0 || p.Hash == nil:
		return errors.New("session: pieces need the size of the file, their own and a hash")
	case (p.Size-1)/p.PieceSize+1 != int64(len(p.Pieces)):
		return errors.New("session: the number of pieces is not that of the file")
	}
	return nil
}

// Mirrors tells how the places of a download with mirrors do, its own one
// first. It is empty for a download without mirrors, and before it began.
func (t *DownloadTask) Mirrors() []Mirror {
	t.mu.Lock()
	list := slices.Clone(t.sources)
	t.mu.Unlock()
	var out []Mirror
	for _, s := range list {
		s.mu.Lock()
		out = append(out, Mirror{URL: redacted(s.req.URL), Host: s.req.URL.Host, Bytes: s.bytes, Dropped: s.dropped})
		s.mu.Unlock()
	}
	return out
}

// source is a place that a download comes from.
type source struct {
	first bool // the responses at hand came from there
	key   string
	limit []transfer.Limiter

	mu      sync.Mutex // guards what follows
	req     *http.Request
	bytes   int64
	wrote   partial.RangeSet
	dropped string
	// proven: a block of it was compared, or pieces will tell. learned is what
	// further answers are held against then, nil before an answer was found good.
	proven  bool
	learned *partial.State
	// suspect: bytes of it were found to differ, so that none of them is used.
	// compared: that is why it was dropped, and not for what pieces say.
	suspect, compared bool

	// The crew's own, for its goroutine.
	tried   bool
	rate    float64 // mean of one connection in bytes per second, when last seen
	poor    int     // failures in a row
	most    int     // connections that it may have, 0 for the bound of every host
	resting time.Time
}

// brought notes that n bytes from off on came from there.
func (s *source) brought(off, n int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.bytes += n
	s.wrote.Add(partial.Range{Start: off, End: off + n})
}

// drop ends the use of the source. The first reason stays.
func (s *source) drop(why string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.dropped == "" {
		s.dropped = why
	}
}

func (s *source) usable() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.dropped == ""
}

func (s *source) isProven() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.first || s.proven
}

// state is what an answer of the source is held against: of the first one what
// the file's state says, of a mirror what its own answers said before.
func (s *source) state(of partial.State) partial.State {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.first:
		return of
	case s.learned != nil:
		return *s.learned
	}
	return partial.State{Length: of.Length, Rule: partial.RuleOverlap}
}

// learn takes the validators of the first answer of a mirror that was found
// good.
func (s *source) learn(x *exchange, length int64) {
	st := partial.State{Length: length, Rule: partial.RuleOverlap}
	if ok, _ := transfer.Eligible(x.req, x.Response); ok {
		st.Rule = partial.RuleValidator
		st.ETag, st.LastModified, st.Date = x.Header.Get("ETag"), x.Header.Get("Last-Modified"), x.Header.Get("Date")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.learned == nil {
		s.learned, s.proven = &st, true
	}
}

// places makes the sources of the task when its first response comes from
// req. They stay what they are when another response takes its place.
func (l *loader) places() []*source {
	t := l.t
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.sources != nil || len(t.mirrors) == 0 && len(t.proof.Pieces) == 0 {
		return t.sources
	}
	own := t.original.URL.String()
	add := func(req *http.Request) {
		t.sources = append(t.sources, &source{req: req, key: slotKey(req)})
	}
	add(t.original.WithContext(l.ctx))
	seen := map[string]bool{own: true}
	for _, u := range t.mirrors {
		if to := l.s.secured(u); to != nil {
			u = to
		}
		if seen[u.String()] {
			continue
		}
		seen[u.String()] = true
		req := firstHop(t.original, u, originOf(u) == originOf(t.original.URL))
		req.Host = ""
		add(req.WithContext(l.ctx))
	}
	return t.sources
}

// arrivedFrom says that the response that the download begins with has come from
// req, which is where one of the sources is, or where it led to.
func (l *loader) arrivedFrom(x *exchange) []*source {
	l.noteDuplicates(x)
	list := l.places()
	if len(list) == 0 {
		key := x.key
		if key == "" {
			key = slotKey(x.req)
		}
		return []*source{{first: true, req: x.req, key: key, limit: l.t.limit(x.req.URL)}}
	}
	at := list[0]
	if i := slices.IndexFunc(list, func(s *source) bool { return s == l.place || s.req.URL.String() == x.req.URL.String() }); i >= 0 {
		at = list[i]
	}
	at.mu.Lock()
	at.first, at.req, at.key = true, x.req, slotKey(x.req)
	at.mu.Unlock()
	for _, s := range list {
		s.limit = l.t.limit(s.req.URL)
	}
	return list
}

// noteDuplicates takes the mirrors that a response names of its file, where the
// app has named none. Without a digest of the whole file they do not count (RFC
// 6249 section 7).
func (l *loader) noteDuplicates(x *exchange) {
	p := x.promises
	if !l.s.cfg.LinkedMirrors || p == nil || p.coded || len(p.whole) == 0 {
		return
	}
	l.t.mu.Lock()
	defer l.t.mu.Unlock()
	if l.t.sources == nil && len(l.t.mirrors) == 0 {
		l.t.mirrors = metalink.Duplicates(x.Header, x.req.URL)
	}
}

// begun sends the request of a fresh download, and goes on to its mirrors while
// the place asked has no success to offer.
func (l *loader) begun() (*exchange, error) {
	list := l.places()
	if len(list) == 0 {
		return l.fetch()
	}
	for i := 0; ; i++ {
		l.place = list[i]
		x, err := l.fetch()
		why := l.unfit(x, err)
		if why == "" {
			return x, nil
		}
		l.place.drop(why)
		if err == nil && successful(x.StatusCode) {
			x.close()
			err = &Error{Code: BadServerResponse, URL: redacted(x.req.URL), Err: errors.New(why)}
		}
		if i+1 == len(list) || l.ctx.Err() != nil || errors.Is(err, Cancelled) {
			if err != nil {
				return nil, err
			}
			return x, nil
		}
		if err == nil {
			x.drain()
		}
		l.req, l.redirects = list[i+1].req, 0
		l.t.mu.Lock()
		l.t.current, l.t.redirects = l.req, 0
		l.t.mu.Unlock()
	}
}

// unfit says why a download cannot begin with an answer, "" when it can.
func (l *loader) unfit(x *exchange, err error) string {
	l.t.mu.Lock()
	size := l.t.proof.Size
	l.t.mu.Unlock()
	switch {
	case err != nil:
		return dropWords(err)
	case x.StatusCode < 200 || x.StatusCode > 299:
		return fmt.Sprintf("status %d", x.StatusCode)
	case notWhole(x) != "":
		return notWhole(x)
	case size > 0 && x.ContentLength >= 0 && x.Header.Get("Content-Encoding") == "" && x.ContentLength != size:
		return fmt.Sprintf("its file has %d bytes, not %d", x.ContentLength, size)
	}
	return ""
}

// dropWords are the words for an error that ends the use of a source.
func dropWords(err error) string {
	var known *Error
	var wire *transfer.Error
	if !errors.As(err, &known) && !errors.As(err, &wire) {
		return err.Error()
	}
	e := mapError(err)
	e.URL = "" // it is said beside it
	return e.Error()
}
