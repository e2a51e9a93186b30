package cache

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// head is what is kept of a response beside its body. Once it is stored it is
// not changed any more, but replaced.
type head struct {
	key            key
	status         int
	proto          string
	header         http.Header
	says           directives // the Cache-Control of header
	sent, received time.Time  // when the request left and the response came
	length         int64      // of the body
	vary           []string   // the names that Vary lists
	selector       string     // of the request that it answered
}

// newHead makes the head of a response that may be stored.
func newHead(req *http.Request, resp *http.Response, t Times) *head {
	h := &head{
		key:    keyOf(req.URL),
		status: resp.StatusCode,
		proto:  resp.Proto,
		sent:   t.Sent, received: t.Received,
	}
	h.setHeader(resp.Header, req.Header)
	return h
}

// setHeader gives the head its fields, as the answer to a request with those
// fields.
func (h *head) setHeader(header, request http.Header) {
	h.header = storedFields(header)
	h.says = parseDirectives(h.header["Cache-Control"])
	h.vary, _ = varyFields(h.header)
	h.selector = selector(h.vary, request)
}

// connectionFields are about one connection, not about the response (RFC 9111
// section 3.1, RFC 9110 section 7.6.1). Trailers are not kept.
func connectionFields() []string {
	return []string{
		"Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authentication-Info",
		"Proxy-Authorization", "Proxy-Connection", "Te", "Trailer", "Transfer-Encoding", "Upgrade",
	}
}

// storedFields are the fields of a response that are kept: not those of its
// connection, and not those that it allows to be reused only after validation
// (RFC 9111 sections 3.1 and 5.2.2.4). Set-Cookie is kept like any other.
func storedFields(header http.Header) http.Header {
	kept := header.Clone()
	if kept == nil {
		kept = make(http.Header)
	}
	for _, line := range header["Connection"] {
		for _, name := range members(line) {
			kept.Del(name)
		}
	}
	for _, name := range connectionFields() {
		kept.Del(name)
	}
	for _, name := range parseDirectives(header["Cache-Control"]).fields("no-cache") {
		kept.Del(name)
	}
	return kept
}

// freshened is the head after a response without a body told news of it: a 304
// or the answer to a HEAD (RFC 9111 section 3.2). What describes the stored
// bytes stays.
func (h *head) freshened(req *http.Request, resp *http.Response, t Times) *head {
	n := *h
	n.sent, n.received = t.Sent, t.Received
	merged := h.header.Clone()
	// An old age or date would make the response stale again at once.
	merged.Del("Age")
	merged.Set("Date", t.Received.UTC().Format(http.TimeFormat))
	for name, values := range storedFields(resp.Header) {
		switch name {
		case "Content-Length", "Content-Encoding", "Content-Range", "Etag":
			if len(h.header[name]) > 0 || name != "Etag" {
				continue
			}
		}
		merged[name] = slices.Clone(values)
	}
	n.setHeader(merged, req.Header)
	return &n
}

// version is that of the format of heads on disk.
const version = 1

// headLimit is the most bytes of a head on disk; a response with a larger one
// is not stored.
const headLimit = 256 << 10

// headFile is a head as it is on disk. Field values are bytes to HTTP and
// characters to JSON, so each byte is written as the character with its number.
type headFile struct {
	Version  int                 `json:"haul-cache"`
	Key      string              `json:"key"`
	Status   int                 `json:"status"`
	Proto    string              `json:"proto"`
	Header   map[string][]string `json:"header"`
	Sent     time.Time           `json:"sent"`
	Received time.Time           `json:"received"`
	Length   int64               `json:"length"`
	Vary     []string            `json:"vary,omitempty"`
	Selector string              `json:"selector"`
}

func encodeHead(h *head) ([]byte, error) {
	f := headFile{
		Version: version, Key: h.key.String(), Status: h.status, Proto: h.proto,
		Header: make(map[string][]string, len(h.header)),
		Sent:   h.sent.UTC(), Received: h.received.UTC(),
		Length: h.length, Vary: h.vary, Selector: h.selector,
	}
	for name, values := range h.header {
		for _, v := range values {
			f.Header[name] = append(f.Header[name], widen(v))
		}
	}
	text, err := json.MarshalIndent(f, "", " ")
	if err == nil && len(text) > headLimit {
		err = errors.New("cache: the response's header is too large to be stored")
	}
	return text, err
}

// decodeHead reads a head. Nothing in the file is believed: it may have been
// torn by a crash, or written by somebody else.
func decodeHead(text []byte, want key) (*head, error) {
	var f headFile
	if err := json.Unmarshal(text, &f); err != nil {
		return nil, fmt.Errorf("cache: a stored head is not JSON: %w", err)
	}
	switch {
	case f.Version != version:
		return nil, fmt.Errorf("cache: a stored head has version %d", f.Version)
	case f.Key != want.String(), f.Status < 200, f.Status > 999, f.Length < 0, f.Received.IsZero(),
		f.Received.Before(f.Sent):
		return nil, errors.New("cache: a stored head is damaged")
	}
	h := &head{
		key: want, status: f.Status, proto: f.Proto, header: make(http.Header, len(f.Header)),
		sent: f.Sent, received: f.Received, length: f.Length, vary: f.Vary, selector: f.Selector,
	}
	if _, _, ok := http.ParseHTTPVersion(f.Proto); !ok {
		h.proto = "HTTP/1.1"
	}
	for name, values := range f.Header {
		if !isToken(name) || http.CanonicalHeaderKey(name) != name {
			return nil, errors.New("cache: a stored head has a field name that HTTP does not allow")
		}
		for _, wide := range values {
			v, ok := narrow(wide)
			if !ok || strings.ContainsAny(v, "\r\n\x00") {
				return nil, errors.New("cache: a stored head has a field value that HTTP does not allow")
			}
			h.header[name] = append(h.header[name], v)
		}
	}
	h.says = parseDirectives(h.header["Cache-Control"])
	return h, nil
}

// isToken tells whether s is a token (RFC 9110 section 5.6.2).
func isToken(s string) bool {
	for i := range len(s) {
		if !isDigit(s[i]) && !isLetter(s[i]) && !strings.ContainsRune("!#$%&'*+-.^_`|~", rune(s[i])) {
			return false
		}
	}
	return s != ""
}

// widen writes each byte as the character of that number.
func widen(s string) string {
	wide := make([]rune, len(s))
	for i := range len(s) {
		wide[i] = rune(s[i])
	}
	return string(wide)
}

// narrow undoes widen.
func narrow(s string) (string, bool) {
	bytes := make([]byte, 0, len(s))
	for _, r := range s {
		if r > 0xff {
			return "", false
		}
		bytes = append(bytes, byte(r))
	}
	return string(bytes), true
}
