package session

import (
	"context"
	"net/http"
	"net/url"

	"haul/session/cookies"
)

type mainDocumentKey struct{}

// WithMainDocument returns a copy of r that is made for the sake of the document
// at u, whose domain the accept policy of cookies looks at. It holds for every
// hop of a redirect.
func WithMainDocument(r *http.Request, u *url.URL) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), mainDocumentKey{}, u.Hostname()))
}

// takeCookies keeps the cookies of a response (RFC 6265bis section 5.7).
func (l *loader) takeCookies(x *exchange) {
	jar, fields := l.s.cfg.Cookies, x.Header.Values("Set-Cookie")
	if jar == nil || len(fields) == 0 {
		return
	}
	document, _ := x.req.Context().Value(mainDocumentKey{}).(string)
	accept := cookies.Accept{Policy: l.s.cfg.CookieAcceptPolicy, MainDocument: document}
	// A cookie that is refused is no error of the task; the response shows it.
	_ = jar.SetFromHeader(x.req.URL, fields, accept)
}

// addCookies puts the cookies for r on it (RFC 6265bis section 5.8.3), unless
// it has some of its own.
func (s *Session) addCookies(r *http.Request) {
	if s.cfg.Cookies == nil || !s.cfg.ShouldSetCookies || hasField(r.Header, "Cookie") {
		return
	}
	if field := s.cfg.Cookies.Field(r.URL); field != "" {
		r.Header.Set("Cookie", field)
	}
}
