package session

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// userAgent is the product of requests that name none.
const userAgent = "haul/1"

// snapshot copies a caller's request at the creation of a task: URL without
// user information, normal method, headers checked. The body stays behind; it
// is the task's bodySource. The request's context is not watched: what ends a
// task is its Cancel. Its values stay, for WithTimeout.
func snapshot(r *http.Request, additional http.Header) (*http.Request, *url.Userinfo, error) {
	if r == nil {
		return nil, nil, errors.New("session: no request")
	}
	ctx := r.Context()
	if ctx.Done() != nil {
		ctx = context.WithoutCancel(ctx)
	}
	c := r.Clone(ctx)
	c.Body, c.GetBody, c.ContentLength, c.Cancel = nil, nil, 0, nil //lint:ignore SA1019 net/http would watch Cancel
	c.Method = normalMethod(r.Method)
	if !validToken(c.Method) {
		return nil, nil, fmt.Errorf("session: method %q is not legal", r.Method)
	}
	c.Header = canonical(c.Header)
	for name, values := range additional {
		if !hasField(c.Header, name) {
			c.Header[name] = append([]string(nil), values...)
		}
	}
	if err := checkHeader(c.Header); err != nil {
		return nil, nil, err
	}
	var user *url.Userinfo
	if c.URL != nil {
		user, c.URL.User = c.URL.User, nil
		c.URL.RawQuery = strings.ReplaceAll(c.URL.RawQuery, " ", "%20") // or it would end there on the wire
	}
	return c, user, nil
}

// canonical is h with the keys that net/http and others look for: under any other,
// fields that frame a message would be sent beside the true ones.
func canonical(h http.Header) http.Header {
	same := h != nil
	for name := range h {
		same = same && http.CanonicalHeaderKey(name) == name
	}
	if same {
		return h
	}
	c := make(http.Header, len(h))
	for name, values := range h {
		key := http.CanonicalHeaderKey(name)
		c[key] = append(c[key], values...)
	}
	return c
}

// hasField compares without regard to case, as keys of a header may be set by
// hand.
func hasField(h http.Header, name string) bool {
	for have := range h {
		if strings.EqualFold(have, name) {
			return true
		}
	}
	return false
}

// normalMethod brings the methods that callers like to write in lower case to
// upper case; methods are otherwise case-sensitive (RFC 9110 section 9.1).
func normalMethod(m string) string {
	switch up := strings.ToUpper(m); up {
	case "":
		return http.MethodGet
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodConnect:
		return up
	}
	return m
}

// validToken tells whether s is a token (RFC 9110 section 5.6.2).
func validToken(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		switch {
		case '0' <= r && r <= '9', 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z':
			return false
		}
		return !strings.ContainsRune("!#$%&'*+-.^_`|~", r)
	})
}

// validFieldValue tells whether s can stand in one line of a message (RFC 9110
// section 5.5).
func validFieldValue(s string) bool {
	return !slices.ContainsFunc([]byte(s), func(b byte) bool {
		return b < ' ' && b != '\t' || b == 0x7f
	})
}

// checkHeader refuses fields that would break the message apart, and unfolds
// line folding, which is legal to write and not to send (RFC 9112 section 5.2).
func checkHeader(h http.Header) error {
	for name, values := range h {
		if !validToken(name) {
			return fmt.Errorf("session: header field name %q is not legal", name)
		}
		for i, v := range values {
			if strings.Contains(v, "\r\n") {
				v = strings.NewReplacer("\r\n ", " ", "\r\n\t", " ").Replace(v)
			}
			if !validFieldValue(v) {
				// The value is not shown: it may be a secret.
				return fmt.Errorf("session: the value of header field %q is not legal", name)
			}
			values[i] = v
		}
	}
	return nil
}

// checkURL tells why u cannot be loaded, nil if it can.
func checkURL(u *url.URL) *Error {
	if u == nil {
		return &Error{Code: UnsupportedURL, Err: errors.New("the request has no URL")}
	}
	bad := func(c Code, why string) *Error { return &Error{Code: c, URL: redacted(u), Err: errors.New(why)} }
	if s := strings.ToLower(u.Scheme); s != "http" && s != "https" {
		return bad(UnsupportedURL, fmt.Sprintf("scheme %q is neither http nor https", u.Scheme))
	}
	if u.Hostname() == "" {
		return bad(BadURL, "the URL names no host")
	}
	if p := u.Port(); p != "" {
		// url.Parse takes any digits for a port.
		if n, err := strconv.ParseUint(p, 10, 16); err != nil || n == 0 {
			return bad(BadURL, "the port is not between 1 and 65535")
		}
	}
	return nil
}

// origin is scheme, host and port of a URL (RFC 9110 section 4.3.1). It is
// comparable.
type origin struct {
	scheme, host string
	port         int
}

func originOf(u *url.URL) origin {
	o := origin{scheme: strings.ToLower(u.Scheme), host: strings.ToLower(u.Hostname()), port: 80}
	if o.scheme == "https" {
		o.port = 443
	}
	if n, err := strconv.ParseUint(u.Port(), 10, 16); err == nil {
		o.port = int(n)
	}
	return o
}

// address is host:port, as it is dialled.
func (o origin) address() string { return net.JoinHostPort(o.host, strconv.Itoa(o.port)) }

// bare copies a request for the eyes of others: no body, and a context that
// carries nothing of the session's.
func bare(r *http.Request) *http.Request {
	if r == nil {
		return nil
	}
	c := r.Clone(context.Background())
	c.Body, c.GetBody = nil, nil
	return c
}

// defaults are the fields that a request has unless the caller gave them. A
// download asks for the identity coding, so that sizes and offsets are those of
// the file; data is asked for in a coding and decoded.
func defaults(cfg *Configuration, coding string) http.Header {
	h := http.Header{
		"User-Agent":      {cmp.Or(cfg.UserAgent, userAgent)},
		"Accept":          {"*/*"},
		"Accept-Encoding": {coding},
	}
	if len(cfg.Languages) > 0 {
		h["Accept-Language"] = []string{acceptLanguage(cfg.Languages)}
	}
	return h
}

// withDefaults returns the fields of h and the default ones besides. All requests
// share the values of these, which nobody changes.
func (l *loader) withDefaults(h http.Header) http.Header {
	l.t.mu.Lock()
	fields := l.s.forData
	if l.t.kind == kindDownload {
		fields = l.s.forFiles
	}
	l.t.mu.Unlock()
	all := maps.Clone(fields)
	if len(h) == 0 {
		return all
	}
	maps.DeleteFunc(all, func(name string, _ []string) bool { return hasField(h, name) })
	maps.Copy(all, h.Clone())
	return all
}

func setDefault(h http.Header, name, value string) {
	if !hasField(h, name) {
		h.Set(name, value)
	}
}
