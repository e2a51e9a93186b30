package demo

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// epoch is when version 1 of every file was last modified. It is before the
// year 2000, where the clock of a synctest bubble starts, so that no file is
// ever from the future.
func epoch() time.Time { return time.Date(1999, time.July, 14, 12, 0, 0, 0, time.UTC) }

// maxGzip bounds the files that are compressed, because that is done in memory.
const maxGzip = 16 << 20

// serveFile answers GET and HEAD with the file of the plan, or with what the
// plan wants to go wrong.
func (s *Server) serveFile(w http.ResponseWriter, r *http.Request, p plan, version int, faulty bool) {
	h := w.Header()
	h.Set("Content-Type", "application/octet-stream")
	var modified time.Time
	if p.modified == "yes" {
		modified = epoch().Add(time.Duration(version-1) * time.Hour)
		h.Set("Last-Modified", modified.Format(http.TimeFormat))
	}
	c := newContent(s.seed, p.name, version, p.size)
	switch p.etag {
	case "strong":
		h.Set("ETag", `"`+c.etag()+`"`)
	case "weak":
		h.Set("ETag", `W/"`+c.etag()+`"`)
	}
	if value := contentDisposition(p); value != "" {
		h.Set("Content-Disposition", value)
	}
	if faulty && p.wrong != "" && r.Header.Get("Range") != "" {
		if serveWrong(w, r, p, c) {
			return
		}
		r = misread(r, p)
		if p.wrong == "silent" {
			h.Del("ETag")
			h.Del("Last-Modified")
			modified = time.Time{}
		}
	}
	switch {
	case p.gzip == "always", p.gzip == "yes" && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip"):
		serveGzip(w, r, c, modified)
	case p.ranges == "none", p.length != "known":
		serveWhole(w, r, p, c)
	default:
		http.ServeContent(w, r, "", modified, c.reader())
	}
}

// serveWhole is a server that knows nothing of ranges, and of the length only
// if the plan says so.
func serveWhole(w http.ResponseWriter, r *http.Request, p plan, c content) {
	h := w.Header()
	if p.ranges == "none" {
		h.Set("Accept-Ranges", "none")
	}
	switch p.length {
	case "known":
		h.Set("Content-Length", strconv.FormatInt(c.size, 10))
	case "close":
		// net/http then frames neither by length nor by chunks: the end of
		// the connection is the end of the body.
		h.Set("Transfer-Encoding", "identity")
	}
	w.WriteHeader(http.StatusOK)
	if r.Method == http.MethodHead {
		return
	}
	if flush(w) != nil {
		return
	}
	send(w, c.reader())
}

// serveGzip serves the compressed representation, ranges included.
func serveGzip(w http.ResponseWriter, r *http.Request, c content, modified time.Time) {
	if c.size > maxGzip {
		page(w, http.StatusBadRequest, "This file is too large to be compressed.")
		return
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	send(z, c.reader())
	if err := z.Close(); err != nil {
		panic(err) // a buffer does not fail
	}
	h := w.Header()
	h.Set("Content-Encoding", "gzip")
	h.Set("Vary", "Accept-Encoding")
	if tag := h.Get("ETag"); tag != "" {
		h.Set("ETag", strings.TrimSuffix(tag, `"`)+`-gzip"`)
	}
	http.ServeContent(w, r, "", modified, bytes.NewReader(packed.Bytes()))
}

// send copies a body. An error means that the client has gone or was sent
// away: the log has it, and there is nobody to tell.
func send(w io.Writer, r io.Reader) {
	if _, err := io.Copy(w, r); err != nil {
		return
	}
}

// page writes a small text, as the error pages of real servers that must not
// end up in the place of a file.
func page(w http.ResponseWriter, status int, text string) {
	body := fmt.Sprintf("%d %s\n\n%s\n", status, http.StatusText(status), text)
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	send(w, strings.NewReader(body))
}

// contentDisposition returns the field's value (RFC 6266), or "".
func contentDisposition(p plan) string {
	if p.disposition != "" || p.fileName == "" {
		return p.disposition
	}
	ascii := strings.Map(func(r rune) rune {
		if r > unicode.MaxASCII {
			return '_'
		}
		return r
	}, p.fileName)
	value := "attachment; filename=" + quote(ascii)
	if ascii != p.fileName {
		value += "; filename*=UTF-8''" + extValue(p.fileName)
	}
	return value
}

// extValue encodes s for filename*= (RFC 8187), more than it has to.
func extValue(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

// limited returns the writer for a response's body.
func (s *Server) limited(ctx context.Context, w http.ResponseWriter, p plan, faulty bool) http.ResponseWriter {
	b := &bodyWriter{ResponseWriter: w, ctx: ctx, pace: pace{rate: p.rate * s.speed}, cut: -1, stall: -1}
	if faulty {
		b.cut, b.stall = p.cut, p.stall
	}
	return b
}
