package demo

import (
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"strconv"
	"strings"
)

// misread returns r as a server reads it that has its own idea of If-Range.
func misread(r *http.Request, p plan) *http.Request {
	r = r.Clone(r.Context())
	switch p.wrong {
	case "ifrange", "silent":
		r.Header.Del("If-Range")
	case "full":
		if r.Header.Get("If-Range") != "" {
			r.Header.Del("Range")
		}
	}
	return r
}

// serveWrong answers a range request with something that must not be believed.
// It returns false if the plan wants nothing of that kind, or the range is not
// one that it understands.
func serveWrong(w http.ResponseWriter, r *http.Request, p plan, c content) bool {
	start, end, ok := parseRange(r.Header.Get("Range"), c.size)
	if !ok {
		return false
	}
	total := c.size
	h := w.Header()
	switch p.wrong {
	case "start":
		start = min(start+1, end-1)
	case "zero":
		start, end = 0, c.size
	case "total":
		total++
	case "short":
		end = start + (end-start+1)/2
	case "coded":
		h.Set("Content-Encoding", "gzip")
	case "416":
		h.Set("Content-Range", fmt.Sprintf("bytes */%d", c.size))
		page(w, http.StatusRequestedRangeNotSatisfiable, "This range is there, but you cannot have it.")
		return true
	case "multipart":
		serveMultipart(w, c, start, end)
		return true
	default:
		return false
	}
	h.Set("Accept-Ranges", "bytes")
	h.Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", start, end-1, total))
	h.Set("Content-Length", strconv.FormatInt(end-start, 10))
	w.WriteHeader(http.StatusPartialContent)
	if r.Method != http.MethodHead {
		send(w, io.NewSectionReader(c, start, end-start))
	}
	return true
}

func serveMultipart(w http.ResponseWriter, c content, start, end int64) {
	m := multipart.NewWriter(w)
	w.Header().Set("Content-Type", "multipart/byteranges; boundary="+m.Boundary())
	w.WriteHeader(http.StatusPartialContent)
	part, err := m.CreatePart(textproto.MIMEHeader{
		"Content-Type":  {"application/octet-stream"},
		"Content-Range": {fmt.Sprintf("bytes %d-%d/%d", start, end-1, c.size)},
	})
	if err != nil {
		return // the client has gone
	}
	send(part, io.NewSectionReader(c, start, end-start))
	if err := m.Close(); err != nil {
		return // the client has gone
	}
}

// parseRange reads "bytes=A-" and "bytes=A-B" and returns the bytes from start
// up to, not including, end. At least one byte must be there.
func parseRange(s string, size int64) (start, end int64, ok bool) {
	s, ok = strings.CutPrefix(s, "bytes=")
	if !ok {
		return 0, 0, false
	}
	from, to, ok := strings.Cut(s, "-")
	if !ok {
		return 0, 0, false
	}
	start, err := strconv.ParseInt(from, 10, 64)
	if err != nil || start < 0 || start >= size {
		return 0, 0, false
	}
	if to == "" {
		return start, size, true
	}
	last, err := strconv.ParseInt(to, 10, 64)
	if err != nil || last < start {
		return 0, 0, false
	}
	return start, min(last, size-1) + 1, true
}
