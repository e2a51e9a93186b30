package session

import (
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"

	"haul/transfer"
)

// payload handles the final response by the kind of the task (guide step 7).
func (l *loader) payload(x *exchange) outcome {
	t := l.t
	resp := head(x.Response, x.req)
	t.mu.Lock()
	t.response = resp
	download, handled := t.kind == kindDownload, t.dataHandler != nil
	_, isData := t.self.(*DataTask)
	t.mu.Unlock()
	if download {
		return l.download(x)
	}
	disposition, err := t.disposition(l.ctx, resp)
	switch {
	case err != nil:
	case disposition == CancelResponse:
		err = &Error{Code: Cancelled, Err: errors.New("the response was cancelled")}
	case disposition == BecomeDownload && isData && !handled:
		t.becomeDownload()
		return l.download(x)
	}
	if err != nil {
		x.close()
		return outcome{err: err}
	}
	return l.data(x)
}

// dataChunk is the most bytes of a body that the delegate gets at once.
const dataChunk = 64 << 10

// data hands the body to the delegate, or keeps it for the completion handler
// (guide step 10).
func (l *loader) data(x *exchange) outcome {
	defer x.close()
	body, length := l.decoded(x, CannotDecodeRawData, CannotDecodeRawData)
	t := l.t
	t.mu.Lock()
	t.counts.ExpectedToReceive = length
	t.mu.Unlock()

	collected := []byte{}
	buf := make([]byte, dataChunk)
	for {
		n, err := body.Read(buf)
		if n > 0 {
			if t.dataHandler != nil {
				collected = append(collected, buf[:n]...)
			}
			if err := t.didReceive(l.ctx, buf[:n]); err != nil {
				return outcome{err: err}
			}
		}
		switch {
		case err == io.EOF: //nolint:errorlint // io.Reader returns the bare io.EOF
			if err := t.settle(); err != nil {
				return outcome{err: err}
			}
			return outcome{data: collected}
		case err != nil:
			return outcome{err: err}
		}
	}
}

// decoded is the body of x without its content coding, and its length, -1 if
// it is unknown. A caller that asked for codings itself gets what came.
// The codes are for damage within the coded data and at its end.
func (l *loader) decoded(x *exchange, within, atEnd Code) (io.Reader, int64) {
	coding := strings.ToLower(x.Header.Get("Content-Encoding"))
	if coding != "gzip" && coding != "x-gzip" || hasField(l.req.Header, "Accept-Encoding") {
		return x.Body, bodyLength(x)
	}
	return &gunzip{src: x.Body, within: within, atEnd: atEnd}, -1
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

// gunzip decodes gzip as it is read. An empty body is empty, as a response
// without one may name the coding that it would have. Damage to the coding is
// told from a failure of the network, which keeps its error.
type gunzip struct {
	src           io.Reader
	within, atEnd Code
	gz            *gzip.Reader
}

func (g *gunzip) Read(p []byte) (int, error) {
	if g.gz == nil {
		var err error
		if g.gz, err = gzip.NewReader(g.src); err != nil {
			g.gz = nil
			return 0, g.damage(err)
		}
	}
	n, err := g.gz.Read(p)
	return n, g.damage(err)
}

func (g *gunzip) damage(err error) error {
	var wire *transfer.Error
	switch {
	case err == nil, err == io.EOF, errors.As(err, &wire): //nolint:errorlint // io.Reader returns the bare io.EOF
		return err
	case errors.Is(err, context.Canceled):
		return err
	case errors.Is(err, io.ErrUnexpectedEOF):
		return &Error{Code: g.atEnd, Err: err}
	}
	return &Error{Code: g.within, Err: err}
}

func statusLine(code int) string {
	return strings.TrimSpace(strconv.Itoa(code) + " " + http.StatusText(code))
}
