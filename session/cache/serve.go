package cache

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// response makes the answer to the request from a stored response: all of it,
// one range of it, or 304 to the caller's own condition. aged: without
// validation, so that it has an Age (RFC 9111 section 4).
func (hit *Hit) response(h *head, aged bool) (*http.Response, error) {
	now := time.Now()
	header := h.header.Clone()
	if aged {
		age, _ := h.age(now)
		header.Set("Age", strconv.FormatInt(int64(age/time.Second), 10))
	}
	if h.unmodified(hit.req.Header, now) {
		return notModified(hit.req, header), nil
	}
	resp := made(hit.req, h.status, h.proto, header)
	if hit.req.Method == http.MethodHead {
		resp.ContentLength = h.length
		return resp, nil
	}
	body, err := hit.cache.open(hit.name, h)
	if err != nil {
		return nil, err
	}
	what := section{0, h.length}
	if s, wants := h.ranged(hit.req); wants == part {
		what = s
		setStatus(resp, http.StatusPartialContent)
		header.Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", s.first, s.first+s.length-1, h.length))
		header.Set("Content-Length", strconv.FormatInt(s.length, 10))
	}
	resp.ContentLength = what.length
	resp.Body = body.section(what)
	return resp, nil
}

// notModified is the cache's own 304, with the fields that such an answer has
// (RFC 9110 section 15.4.5).
func notModified(req *http.Request, stored http.Header) *http.Response {
	header := make(http.Header)
	for _, name := range []string{"Age", "Cache-Control", "Content-Location", "Date", "Etag", "Expires", "Vary"} {
		if values := stored[name]; len(values) > 0 {
			header[name] = values
		}
	}
	return made(req, http.StatusNotModified, "HTTP/1.1", header)
}

// gatewayTimeout answers only-if-cached if nothing is stored (RFC 9111 section
// 5.2.1.7).
func gatewayTimeout(req *http.Request) *http.Response {
	return made(req, http.StatusGatewayTimeout, "HTTP/1.1", make(http.Header))
}

// made is a response without a body.
func made(req *http.Request, status int, proto string, header http.Header) *http.Response {
	resp := &http.Response{Proto: proto, Header: header, Body: io.NopCloser(strings.NewReader("")), Request: req}
	resp.ProtoMajor, resp.ProtoMinor, _ = http.ParseHTTPVersion(proto)
	setStatus(resp, status)
	return resp
}

func setStatus(resp *http.Response, status int) {
	resp.StatusCode = status
	resp.Status = strings.TrimSpace(strconv.Itoa(status) + " " + http.StatusText(status))
}
