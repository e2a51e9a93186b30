package transfer

import (
	"net/http"
	"net/url"
	"strings"
)

// Sizes of heads are those of HTTP/1.1, whatever the protocol: a line of each
// field as "Name: value", and for HTTP/2 one for each pseudo-field in place of
// the first line. What HPACK makes of them depends on what the connection
// carried before, so that it says nothing of a request. The space around a
// value, which nobody keeps, counts as one byte.

// lineEnd is CR LF.
const lineEnd = 2

// fieldSize is the size of a field with its values, each in a line of its own.
func fieldSize(name string, values ...string) int64 {
	n := 0
	for _, v := range values {
		n += len(name) + len(": ") + len(v) + lineEnd
	}
	return int64(n)
}

// fieldsSize is the size of all fields of h.
func fieldsSize(h map[string][]string) int64 {
	var n int64
	for name, values := range h {
		n += fieldSize(name, values...)
	}
	return n
}

// requestLine is the size of the first line of an HTTP/1.1 request, and of the
// empty line behind its fields. A request to a proxy names the whole URL (RFC
// 9112 section 3.2.2).
func requestLine(method string, u *url.URL, proxy *url.URL) int64 {
	target := u.RequestURI()
	if proxy != nil && u.Scheme == "http" && !strings.HasPrefix(proxy.Scheme, "socks") {
		target = u.Scheme + "://" + u.Host + target
	}
	return int64(len(method) + len(" ") + len(target) + len(" HTTP/1.1") + 2*lineEnd)
}

// responseHead is the size of the head of a response.
func responseHead(r *http.Response) int64 {
	n := fieldsSize(r.Header)
	if r.ProtoMajor >= 2 {
		return n + fieldSize(":status", "200")
	}
	if len(r.TransferEncoding) > 0 {
		// net/http takes this field out of the others.
		n += fieldSize("Transfer-Encoding", strings.Join(r.TransferEncoding, ", "))
	}
	return n + int64(len(r.Proto)+len(" ")+len(r.Status)+2*lineEnd)
}

// informationalHead is the size of the head of a 1xx response, of which the
// reason phrase is not known.
func informationalHead(code int, h map[string][]string) int64 {
	return fieldsSize(h) + int64(len("HTTP/1.1 100 ")+len(http.StatusText(code))+2*lineEnd)
}
