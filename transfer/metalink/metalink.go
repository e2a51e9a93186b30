// Package metalink reads Metalink documents (RFC 5854): which files there are,
// where each of them is to be had, and what its bytes hash to.
//
//	files, err := metalink.Parse(r)
//	for _, f := range files {
//		f.Name, f.Size   // to be stored as, and how many bytes
//		f.URLs           // the preferred ones first, http and https only
//		f.Checksum       // "sha256:9f86…", the strongest that is known
//		f.Pieces         // digests of its parts
//	}
//
// A document comes from a stranger: its size, its depth and the number of its
// elements are bounded, a document type is refused, so that no entity can be
// declared, names are made fit for a file in one directory, and a proof that
// cannot be read makes the document an error rather than a file without proof.
// What nothing is done with here (torrents, signatures, versions) is passed over.
package metalink

import (
	"cmp"
	"encoding/xml"
	"errors"
	"fmt"
	"hash"
	"io"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"haul/transfer/partial"
)

// Suffix ends the name of a Metalink file, MediaType is what one is served as.
const (
	Suffix    = ".meta4"
	MediaType = "application/metalink4+xml"
)

// MaxSize is the largest document in bytes that is read.
const MaxSize = 16 << 20

// The bounds of a document.
const (
	maxElements = 500_000
	maxDepth    = 16
	maxFiles    = 1000
	maxURLs     = 64
	maxText     = 8 << 10 // bytes of one element
)

const namespace = "urn:ietf:params:xml:ns:metalink"

// File is one file of a document.
type File struct {
	Name string // safe, in one directory
	Size int64  // bytes, 0 when it is not known
	URLs []URL  // at least one, by their priority
	// Checksum is "ALGO:HEX" with sha256, sha512, sha1 or md5, "" when none is
	// known.
	Checksum string
	// Pieces are the digests, made by Hash, of the parts of PieceSize bytes;
	// none when they are not known.
	Pieces    [][]byte
	PieceSize int64
	Hash      func() hash.Hash
}

// URL is a place where a file is.
type URL struct {
	URL      string
	Priority int    // 1 is the best
	Location string // ISO 3166 code of its country, "" when it is not known
}

// lowest is the priority of a URL that has none.
const lowest = 999_999

// ErrFormat is what every error of a document that was read is.
var ErrFormat = errors.New("not a usable Metalink file")

func bad(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrFormat, fmt.Sprintf(format, args...))
}

// Parse reads a document. Its error is [ErrFormat] or that of r.
func Parse(r io.Reader) ([]File, error) {
	limited := &io.LimitedReader{R: r, N: MaxSize + 1}
	p := &parser{in: xml.NewDecoder(limited)}
	err := p.run()
	var syntax *xml.SyntaxError
	switch {
	case limited.N == 0:
		return nil, bad("it has more than %d bytes", MaxSize)
	case errors.As(err, &syntax):
		return nil, bad("line %d is no XML", syntax.Line)
	case err != nil:
		return nil, err
	case len(p.files) == 0:
		return nil, bad("it names no file")
	}
	return p.files, nil
}

// parser goes through a document element by element.
type parser struct {
	in       *xml.Decoder
	elements int
	path     []string // of elements that are open, "" for one of a stranger's
	text     strings.Builder
	attr     []xml.Attr // of the innermost element
	files    []File
	file     *building
}

func (p *parser) run() error {
	for {
		token, err := p.in.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		switch t := token.(type) {
		case xml.Directive:
			return bad("it has a document type")
		case xml.StartElement:
			err = p.start(t)
		case xml.EndElement:
			err = p.end()
		case xml.CharData:
			if p.text.Len()+len(t) > maxText {
				return bad("an element has more than %d bytes of text", maxText)
			}
			p.text.Write(t)
		}
		if err != nil {
			return err
		}
	}
}

func (p *parser) start(t xml.StartElement) error {
	if p.elements++; p.elements > maxElements {
		return bad("it has more than %d elements", maxElements)
	}
	if len(p.path) == maxDepth {
		return bad("it is more than %d elements deep", maxDepth)
	}
	name := t.Name.Local
	if t.Name.Space != namespace {
		if len(p.path) == 0 {
			return bad("its first element is none of RFC 5854")
		}
		name = ""
	}
	p.path = append(p.path, name)
	p.attr = t.Copy().Attr
	p.text.Reset()
	switch p.where() {
	case "metalink/file":
		if len(p.files) == maxFiles {
			return bad("it names more than %d files", maxFiles)
		}
		name, ok := p.attribute("name")
		if !ok || strings.TrimSpace(name) == "" {
			return bad("a file has no name")
		}
		p.file = &building{File: File{Name: partial.SafeName(name)}}
	case "metalink/file/pieces":
		return p.file.beginPieces(p.attribute)
	}
	return nil
}

func (p *parser) where() string { return strings.Join(p.path, "/") }

func (p *parser) attribute(name string) (string, bool) {
	for _, a := range p.attr {
		if a.Name.Local == name && a.Name.Space == "" {
			return a.Value, true
		}
	}
	return "", false
}

func (p *parser) end() error {
	where, text := p.where(), strings.TrimSpace(p.text.String())
	p.path = p.path[:len(p.path)-1]
	p.text.Reset()
	switch where {
	case "metalink/file":
		f, err := p.file.finish()
		if err != nil {
			return err
		}
		p.files = append(p.files, f)
	case "metalink/file/size":
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n < 0 {
			return bad("the size of %q is no number", p.file.Name)
		}
		p.file.Size = n
	case "metalink/file/hash":
		kind, _ := p.attribute("type")
		return p.file.addHash(kind, text)
	case "metalink/file/pieces/hash":
		return p.file.addPiece(text)
	case "metalink/file/url":
		return p.file.addURL(text, p.attribute)
	}
	p.attr = nil
	return nil
}

// addURL takes a place in, if it is one that can be asked.
func (f *building) addURL(text string, attribute func(string) (string, bool)) error {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.User != nil || !strings.EqualFold(u.Scheme, "http") && !strings.EqualFold(u.Scheme, "https") {
		return nil //nolint:nilerr // others may know what to do with it
	}
	if len(f.URLs) == maxURLs {
		return nil // so many are enough
	}
	at := URL{URL: u.String(), Priority: lowest}
	if s, ok := attribute("priority"); ok {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 || n > lowest {
			return bad("a priority of %q is none", f.Name)
		}
		at.Priority = n
	}
	at.Location, _ = attribute("location")
	f.URLs = append(f.URLs, at)
	return nil
}

// finish is the file once all of it was read.
func (f *building) finish() (File, error) {
	if len(f.URLs) == 0 {
		return File{}, bad("%q has no http or https URL", f.Name)
	}
	slices.SortStableFunc(f.URLs, func(a, b URL) int { return cmp.Compare(a.Priority, b.Priority) })
	if err := f.choose(); err != nil {
		return File{}, err
	}
	return f.File, nil
}
