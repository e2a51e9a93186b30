package session

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"haul/transfer/partial"
)

// maxRedirects is how many redirects a task follows.
const maxRedirects = 20

// redirect handles a response that may be a redirect (guide step 5). It returns
// true if the loader has gone over to another request, whose turn is next; the
// exchange is over then.
func (l *loader) redirect(x *exchange) (follow bool, err error) {
	if !redirects(x.Response) {
		return false, nil
	}
	to, err := location(l.req.URL, x.Header.Get("Location"))
	if err != nil {
		return false, err
	}
	if secured := l.s.secured(to); secured != nil {
		l.t.upgraded(to, secured)
		to = secured
	}
	next, keepBody := redirected(l.req, x.StatusCode, to)
	if l.redirects == maxRedirects {
		return false, &Error{Code: HTTPTooManyRedirects, URL: redacted(next.URL)}
	}
	if l.authSent && originOf(l.req.URL).scheme == "https" && originOf(next.URL).scheme == "http" {
		return false, &Error{
			Code: RequiresSecureConnection, URL: redacted(next.URL),
			Err: errors.New("redirected from https to http after a credential was sent"),
		}
	}
	var body bodySource
	if keepBody {
		body = l.body
	}
	next = next.WithContext(context.WithValue(next.Context(), bodyKey{}, body))
	answer, err := l.t.willRedirect(l.ctx, head(x.Response, l.req), offered(next))
	if err != nil {
		return false, err
	}
	if answer == nil {
		return false, nil
	}
	if err := l.goTo(answer); err != nil {
		return false, err
	}
	l.redirects++
	x.drain()
	l.t.mu.Lock()
	l.t.redirects, l.t.current = l.redirects, l.req
	l.t.mu.Unlock()
	return true, nil
}

// bodyKey is the context key under which a redirected request carries the body
// that goes with it. A delegate that copies the request with Clone or
// WithContext keeps the body; one that makes a new request says itself what
// its body is.
type bodyKey struct{}

// offered is the request that the delegate is shown: a copy, because it may
// change it.
func offered(r *http.Request) *http.Request { return r.Clone(r.Context()) }

// goTo makes the request that the delegate answered with the one of the next
// hop.
func (l *loader) goTo(answer *http.Request) error {
	next, _, err := snapshot(answer, nil)
	if err != nil {
		return &Error{Code: BadURL, URL: redacted(answer.URL), Err: err}
	}
	if err := l.check(next); err != nil {
		return err
	}
	switch source, ok := answer.Context().Value(bodyKey{}).(bodySource); {
	case answer.Body != nil && answer.Body != http.NoBody:
		l.body = requestBody(answer)
	case ok && next.Method != http.MethodGet:
		l.body = source
	default:
		l.body = nil
	}
	if l.unread != nil {
		l.unread.finish()
		l.unread = nil
	}
	l.req = next
	return nil
}

// redirects tells whether a response is a redirect that is followed. 300 and
// 304 are not, and no status is without a Location.
func redirects(resp *http.Response) bool {
	switch resp.StatusCode {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusUseProxy, 306,
		http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return resp.Header.Get("Location") != ""
	}
	return false
}

// redirected is the request that a redirect to a place asks for (RFC 9110 section
// 15.4), and whether the body goes with it.
func redirected(req *http.Request, status int, to *url.URL) (next *http.Request, keepBody bool) {
	next = req.Clone(req.Context())
	next.URL = to
	next.Method, keepBody = redirectMethod(req.Method, status)
	stripHeader(next.Header, originOf(req.URL), originOf(to), keepBody)
	if originOf(req.URL) != originOf(to) {
		next.Host = ""
	}
	return next, keepBody
}

// redirectMethod: a 303 asks for a GET whatever was sent before; after 301 and
// 302 a POST becomes a GET, by tradition (RFC 9110 sections 15.4.2 to 15.4.4).
func redirectMethod(method string, status int) (next string, keepBody bool) {
	switch {
	case status == http.StatusSeeOther:
		return http.MethodGet, false
	case method == http.MethodPost && (status == http.StatusMovedPermanently || status == http.StatusFound):
		return http.MethodGet, false
	}
	return method, true
}

// stripHeader takes out what must not go along. Authorization is dropped on
// every redirect: the new place can ask for it. What was meant for one origin
// is not shown to another one.
func stripHeader(h http.Header, from, to origin, keepBody bool) {
	drop := []string{"Authorization"}
	if from != to {
		// Fields such as X-Api-Key are credentials by another name.
		_, secret := partial.Redact(h)
		drop = append(append(drop, "Cookie", "Cookie2", "Proxy-Authorization", "Host"), secret...)
	}
	if from.scheme == "https" && to.scheme == "http" {
		drop = append(drop, "Referer")
	} else if from != to {
		trimReferer(h, to)
	}
	if !keepBody {
		drop = append(drop, "Content-Type", "Content-Length", "Content-Encoding",
			"Content-Language", "Content-Location", "Digest", "Last-Modified", "Transfer-Encoding")
	}
	for name := range h {
		for _, d := range drop {
			if strings.EqualFold(name, d) {
				delete(h, name)
			}
		}
	}
}

// trimReferer leaves of a Referer what an origin may know of another one: its own
// address, as browsers do it (strict-origin-when-cross-origin).
func trimReferer(h http.Header, to origin) {
	values := h["Referer"]
	for i, v := range values {
		u, err := url.Parse(v)
		switch {
		case err != nil || u.Host == "":
			values[i] = ""
		case originOf(u) != to:
			values[i] = (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: "/"}).String()
		}
	}
	if h.Get("Referer") == "" {
		h.Del("Referer")
	}
}

// location resolves a Location field (RFC 9110 section 10.2.2): relative to
// base, with its fragment if it has none of its own, and without user
// information, which a server could plant there. What it says is held to be
// hostile.
func location(base *url.URL, field string) (*url.URL, error) {
	lost := func(why string) error {
		return &Error{Code: RedirectToNonExistentLocation, URL: redacted(base), Err: errors.New(why)}
	}
	if len(field) > maxLocation {
		return nil, lost("the Location is too long")
	}
	if !validFieldValue(field) || strings.Contains(field, "\t") {
		return nil, lost("the Location has control characters")
	}
	ref, err := url.Parse(escapeNonASCII(strings.TrimSpace(field)))
	if err != nil {
		// The text of err quotes the field, which is the server's.
		return nil, lost("the Location is no URL")
	}
	to := base.ResolveReference(ref)
	to.User = nil
	if to.Fragment == "" {
		to.Fragment, to.RawFragment = base.Fragment, base.RawFragment
	}
	if err := checkURL(to); err != nil {
		return nil, err
	}
	return to, nil
}

// maxLocation is the longest Location in bytes that is followed.
const maxLocation = 16 << 10

// escapeNonASCII makes a Location that servers send in raw UTF-8 a URI.
func escapeNonASCII(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; c >= 0x80 || c == ' ' {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}
