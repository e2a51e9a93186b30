package session

import (
	"context"
	"errors"
	"fmt"
	"hash"
	"io"
	"net/http"
	"slices"

	"haul/session/internal/integrity"
)

// ErrDigest is the cause of the failure of a download whose bytes are not the
// ones that the server promised in Repr-Digest, Content-Digest or Digest. They
// are removed, for going on with them could give no other file.
var ErrDigest = errors.New("the bytes are not the ones that the server promised")

// promise is one digest in a response, with what the bytes hash to so far.
type promise struct {
	field string
	sum   integrity.Sum
	hash  hash.Hash
}

// promises are the digests of one response: of the body as it comes, and of the
// representation, which for a partial response is the whole file.
type promises struct {
	content, whole []promise
	// streamed: the body is the whole representation, so that its digests
	// are those of the body.
	streamed bool
	coded    bool // the file is not the representation, but decoded from it
}

// hashedBody hashes what is read from a body.
type hashedBody struct {
	io.ReadCloser
	p *promises
}

func (b *hashedBody) Read(buf []byte) (int, error) {
	n, err := b.ReadCloser.Read(buf)
	for _, pr := range b.p.hashing() {
		_, _ = pr.hash.Write(buf[:n]) // a hash never fails
	}
	return n, err
}

// hashing are the promises that the stream is held against.
func (p *promises) hashing() []promise {
	if p.streamed && p.coded {
		return append(slices.Clip(p.content), p.whole...)
	}
	return p.content
}

// shared notes that the body is not read as one stream: it shares the file with
// others, which is held against what was promised of the whole.
func (p *promises) shared() {
	if p.streamed && !p.coded {
		for _, pr := range p.content {
			p.whole = append(p.whole, promise{pr.field, pr.sum, pr.sum.New()})
		}
	}
	p.content = nil
}

// notePromises reads the digests of a response and has its body hashed. It
// does nothing the second time.
func (l *loader) notePromises(x *exchange) {
	if x.promises != nil || x.req.Method == http.MethodHead {
		return
	}
	p := &promises{streamed: x.StatusCode != http.StatusPartialContent, coded: x.Header.Get("Content-Encoding") != ""}
	add := func(list *[]promise, field string, sums []integrity.Sum) {
		for _, s := range sums {
			*list = append(*list, promise{field, s, s.New()})
		}
	}
	add(&p.content, "Content-Digest", integrity.Fields(x.Header.Values("Content-Digest")))
	add(&p.whole, "Repr-Digest", integrity.Fields(x.Header.Values("Repr-Digest")))
	add(&p.whole, "Digest", integrity.Legacy(x.Header.Values("Digest")))
	x.promises = p
	if len(p.hashing()) > 0 {
		x.Body = &hashedBody{x.Body, p}
	}
}

// verify holds the complete file against what the last response promised. It
// returns the names of what was held.
func (d *receiver) verify() ([]string, error) {
	if err := d.x.proven(); err != nil {
		return nil, err
	}
	p := d.x.promises
	if p == nil {
		return nil, nil
	}
	held := p.hashing()
	if len(held) > 0 {
		// A decoder may leave the last bytes of the coding unread.
		if _, err := io.CopyN(io.Discard, d.x.Body, drainBytes); err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
	}
	d.x.close() // hashing a large file takes time that its connection need not wait
	if len(p.whole) > 0 && !p.coded {
		if err := d.hashFile(p.whole); err != nil {
			return nil, err
		}
		held = append(slices.Clip(held), p.whole...)
	}
	var names []string
	for _, pr := range held {
		if !pr.sum.Matches(pr.hash) {
			return nil, &Error{Code: BadServerResponse, Err: fmt.Errorf("%w: %s, %s", ErrDigest, pr.field, pr.sum.Algorithm)}
		}
		names = append(names, pr.field+" "+pr.sum.Algorithm)
	}
	return names, nil
}

// hashFile hashes what is in the file, from its first byte on.
func (d *receiver) hashFile(list []promise) error {
	var all []io.Writer
	for _, pr := range list {
		pr.hash.Reset() // the file may have been mended since
		all = append(all, pr.hash)
	}
	src := io.NewSectionReader(d.file, 0, d.file.Written().Prefix())
	if _, err := io.Copy(io.MultiWriter(all...), &untilEnded{d.l.ctx, src}); err != nil {
		if d.l.ctx.Err() != nil {
			return err
		}
		return &Error{Code: CannotOpenFile, Err: err}
	}
	return nil
}

// untilEnded stops reading when ctx ends.
type untilEnded struct {
	ctx context.Context
	io.Reader
}

func (r *untilEnded) Read(p []byte) (int, error) {
	if r.ctx.Err() != nil {
		return 0, context.Cause(r.ctx)
	}
	return r.Reader.Read(p)
}

// Verified names the fields with which the server has proved the bytes of a
// download that has succeeded: "Repr-Digest sha-256". None if it gave none.
func (t *DownloadTask) Verified() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.verified)
}
