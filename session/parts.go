package session

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"

	"haul/session/internal/mixed"
	"haul/transfer"
)

// parts handles a multipart/x-mixed-replace response (guide step 14): each part
// is a response of its own, with its own disposition and body. It returns false
// if the response is none, and has done nothing then.
func (l *loader) parts(x *exchange) (outcome, bool) {
	if !mixed.Is(x.Header.Get("Content-Type")) {
		return outcome{}, false
	}
	body, _ := l.decoded(x, CannotDecodeRawData, CannotDecodeRawData)
	reader, err := mixed.NewReader(body, x.Header.Get("Content-Type"))
	if err != nil {
		return outcome{}, false // without a boundary it is one body like any other
	}
	defer x.close()
	var last []byte // of the latest part: it replaces the one before
	for n := 0; ; n++ {
		part, err := reader.NextPart()
		if err == io.EOF { //nolint:errorlint // NextPart returns the bare io.EOF
			if err := x.proven(); err != nil {
				return outcome{err: err}, true
			}
		}
		switch {
		case err == io.EOF && n == 0: //nolint:errorlint // likewise
			// No part at all: the response stands for itself.
			if _, err := l.respond(head(x.Response, x.req)); err != nil {
				return outcome{err: err}, true
			}
			return l.settled([]byte{}), true
		case err == io.EOF: //nolint:errorlint // likewise
			return l.settled(last), true
		case err != nil:
			return outcome{err: partError(err)}, true
		}
		resp := head(x.Response, x.req)
		resp.Header, resp.ContentLength = part.Header.Clone(), declaredByPart(part.Header)
		become, err := l.respond(resp)
		switch {
		case err != nil:
			return outcome{err: err}, true
		case become:
			return l.download(l.ofPart(x, resp, part)), true
		}
		if last, err = l.deliver(part); err != nil {
			return outcome{err: partError(err)}, true
		}
	}
}

// ofPart is the rest of an exchange as far as the download of one part goes: a
// body that ends with the part, wherever the part says that it does.
func (l *loader) ofPart(x *exchange, resp *http.Response, part *mixed.Part) *exchange {
	r := *resp
	r.Body, r.ContentLength = io.NopCloser(part), -1
	return &exchange{Response: &r, req: x.req, part: true, cancel: func() {}, ended: x.close}
}

// declaredByPart is what a part says its length is, -1 if it does not.
func declaredByPart(h http.Header) int64 {
	if n, err := strconv.ParseInt(h.Get("Content-Length"), 10, 64); err == nil && n >= 0 {
		return n
	}
	return -1
}

// partError makes a stream that is not what it should be a response that cannot
// be parsed. A failure of the network stays one.
func partError(err error) error {
	var wire *transfer.Error
	var own *Error
	if errors.As(err, &wire) || errors.As(err, &own) || errors.Is(err, context.Canceled) {
		return err
	}
	return &Error{Code: CannotParseResponse, Err: err}
}
