package session

import (
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/andybalholm/brotli"

	"haul/transfer"
)

// acceptEncoding is what data is asked for in: the content codings that can be
// undone here.
const acceptEncoding = "gzip, br"

// decoder returns what undoes a content coding (RFC 9110 section 8.4.1), nil
// for one that is not known.
func decoder(coding string) func(io.Reader) (io.Reader, error) {
	switch strings.ToLower(strings.TrimSpace(coding)) {
	case "gzip", "x-gzip":
		return func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) }
	case "br":
		return func(r io.Reader) (io.Reader, error) { return brotli.NewReader(r), nil }
	}
	return nil
}

// decoded is the body of x without its content coding, and its length, -1 if
// it is unknown. A caller that asked for codings itself gets what came, and so
// does everybody where the coding is not known. The codes are for damage within
// the coded data and at its end.
func (l *loader) decoded(x *exchange, within, atEnd Code) (io.Reader, int64) {
	open := decoder(x.Header.Get("Content-Encoding"))
	if open == nil || hasField(l.req.Header, "Accept-Encoding") {
		return x.Body, bodyLength(x)
	}
	return &decoding{src: &startedReader{Reader: x.Body}, open: open, within: within, atEnd: atEnd}, -1
}

// bodyLength is the number of bytes that the body of x will have, -1 if it is
// unknown. The Content-Length of the answer to a HEAD is not that of its body.
func bodyLength(x *exchange) int64 {
	switch {
	case x.req.Method == http.MethodHead, x.StatusCode == http.StatusNoContent, x.StatusCode == http.StatusNotModified:
		return 0
	}
	return x.ContentLength
}

// decoding undoes a coding as it is read. An empty body is empty, as a response
// without one may name the coding that it would have. Damage to the coding is
// told from a failure of the network, which keeps its error.
type decoding struct {
	src           *startedReader
	open          func(io.Reader) (io.Reader, error)
	within, atEnd Code
	plain         io.Reader // nil until the first Read
}

func (d *decoding) Read(p []byte) (int, error) {
	if d.plain == nil {
		plain, err := d.open(d.src)
		if err != nil {
			return 0, d.damage(err)
		}
		d.plain = plain
	}
	n, err := d.plain.Read(p)
	return n, d.damage(err)
}

func (d *decoding) damage(err error) error {
	var wire *transfer.Error
	switch {
	case err == nil, err == io.EOF, errors.As(err, &wire): //nolint:errorlint // io.Reader returns the bare io.EOF
		return err
	case errors.Is(err, context.Canceled):
		return err
	case errors.Is(err, io.ErrUnexpectedEOF):
		if !d.src.started {
			return io.EOF // there is nothing at all
		}
		return &Error{Code: d.atEnd, Err: err}
	}
	return &Error{Code: d.within, Err: err}
}

// startedReader knows whether a byte came.
type startedReader struct {
	io.Reader
	started bool
}

func (r *startedReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	r.started = r.started || n > 0
	return n, err
}
