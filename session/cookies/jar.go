package cookies

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// Jar keeps cookies. All methods may be called at the same time. Make one with
// [New] or [Load].
type Jar struct {
	mu    sync.Mutex
	sites map[string]map[id]*entry
	total int
	// made counts the entries ever made: it orders those of one instant.
	made uint64
	// changes counts what a saved file would show; saved is its state in the
	// file at savedTo.
	changes, saved uint64
	savedTo        string
}

type entry struct {
	Cookie
	serial uint64
}

// New returns an empty jar.
func New() *Jar { return &Jar{sites: make(map[string]map[id]*entry)} }

// AcceptPolicy says which cookies of a response are kept.
type AcceptPolicy int

// The policies. OnlyFromMainDocumentDomain keeps cookies of hosts that the host
// of the main document belongs to: those of swift.org for the main document
// www.swift.org. With no main document it is Always.
const (
	Always AcceptPolicy = iota
	Never
	OnlyFromMainDocumentDomain
)

// Accept is a policy with the host of the document for whose sake a request is
// made; "" when there is none.
type Accept struct {
	Policy       AcceptPolicy
	MainDocument string
}

func (a Accept) allows(host string) bool {
	switch {
	case a.Policy == Never:
		return false
	case a.Policy == Always || a.MainDocument == "":
		return true
	}
	document, err := canonicalHost(a.MainDocument)
	return err == nil && domainMatch(document, host)
}

// SetFromHeader takes the Set-Cookie field values of the response to a request
// for u. It returns why fields were refused, one error for each of them; they
// hold names but no values.
func (j *Jar) SetFromHeader(u *url.URL, fields []string, accept Accept) (refused []error) {
	now := time.Now()
	for _, field := range fields {
		r, err := parse(field, now)
		if err == nil {
			err = j.receive(u, r, accept, now)
		}
		if err != nil {
			refused = append(refused, fmt.Errorf("cookie %q refused: %w", r.name, err))
		}
	}
	return refused
}

// SetCookies takes cookies that net/http has parsed, as [http.CookieJar] has it.
// What is refused is left out without a word.
func (j *Jar) SetCookies(u *url.URL, cookies []*http.Cookie) {
	now := time.Now()
	for _, c := range cookies {
		if r, err := fromHTTP(c, now); err == nil {
			// The interface has no place for the reason.
			_ = j.receive(u, r, Accept{}, now)
		}
	}
}

// Set keeps a cookie made by hand, in place of one with the same name, domain
// and path, or removes that if c has expired. Domain may be written with a
// leading dot, which makes it a domain for subdomains too; an empty Path is "/".
// The times but Expires are the jar's.
func (j *Jar) Set(c Cookie) error {
	now := time.Now()
	if domain, ok := strings.CutPrefix(c.Domain, "."); ok {
		c.Domain, c.HostOnly = domain, false
	}
	host, err := canonicalHost(c.Domain)
	if err != nil {
		return fmt.Errorf("cookie %q refused: %w", c.Name, err)
	}
	c.Domain = host
	c.Path = cmp.Or(c.Path, "/")
	if !c.Expires.IsZero() {
		c.Expires = earlier(c.Expires, now.Add(maxLifetime))
	}
	if err := c.check(); err != nil {
		return fmt.Errorf("cookie %q refused: %w", c.Name, err)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.put(c, now)
	return nil
}

// receive holds r against the URL it came from and keeps it (RFC 6265bis
// section 5.7).
func (j *Jar) receive(u *url.URL, r received, accept Accept, now time.Time) error {
	host, overTLS, err := hostOf(u)
	if err != nil {
		return err
	}
	if !accept.allows(host) {
		return errPolicy
	}
	c := Cookie{
		Name: r.name, Value: r.value, Domain: host, HostOnly: true,
		Path: cmp.Or(r.path, defaultPath(u)), Secure: r.secure, HTTPOnly: r.httpOnly, SameSite: r.sameSite,
		Expires: r.expires,
	}
	if err := c.widen(r.domain); err != nil {
		return err
	}
	if !c.Expires.IsZero() {
		c.Expires = earlier(c.Expires, now.Add(maxLifetime))
	}
	if len(c.Path) > maxAttribute {
		// The URL's own path; no attribute is as long.
		c.Path = "/"
	}
	if c.Secure && !overTLS {
		return errNeedsTLS
	}
	if hasPrefixFold(c.Name, "__host-") && r.path != "/" {
		return errPrefix
	}
	if err := c.check(); err != nil {
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if !c.Secure && !overTLS && j.shadowsSecure(c) {
		return errOverwrite
	}
	j.put(c, now)
	return nil
}

// widen applies the Domain attribute to a cookie for its host alone (RFC 6265bis
// section 5.7, steps 8 to 10).
func (c *Cookie) widen(domain string) error {
	if domain == "" {
		return nil
	}
	if !isASCII(domain) || strings.HasSuffix(domain, ".") {
		return errDomain
	}
	domain = strings.ToLower(domain)
	switch {
	case isAddress(c.Domain):
		if domain != c.Domain {
			return errDomain
		}
		return nil
	case isPublicSuffix(domain):
		if domain != c.Domain {
			return errPublicSuffix
		}
		return nil
	case !domainMatch(c.Domain, domain):
		return errDomain
	}
	c.Domain, c.HostOnly = domain, false
	return nil
}

// shadowsSecure tells whether c would replace, remove or be sent before a secure
// cookie of the same name (RFC 6265bis section 5.7, step 16).
func (j *Jar) shadowsSecure(c Cookie) bool {
	for _, e := range j.sites[site(c.Domain)] {
		if e.Secure && e.Name == c.Name && pathMatch(c.Path, e.Path) &&
			(domainMatch(c.Domain, e.Domain) || domainMatch(e.Domain, c.Domain)) {
			return true
		}
	}
	return false
}

// put keeps a checked cookie, or removes its namesake if it has expired.
func (j *Jar) put(c Cookie, now time.Time) {
	key := site(c.Domain)
	old := j.sites[key][c.id()]
	if c.Expired(now) {
		if old != nil {
			j.drop(key, old)
		}
		return
	}
	c.Created, c.Updated, c.LastAccess = now, now, now
	e := &entry{Cookie: c, serial: j.made}
	if old != nil {
		e.Created, e.serial = old.Created, old.serial
	} else {
		j.made++
		j.total++
	}
	if j.sites[key] == nil {
		j.sites[key] = make(map[id]*entry)
	}
	j.sites[key][c.id()] = e
	j.changes++
	j.evict(key, now)
}

// drop removes an entry that is in the jar.
func (j *Jar) drop(key string, e *entry) {
	delete(j.sites[key], e.id())
	if len(j.sites[key]) == 0 {
		delete(j.sites, key)
	}
	j.total--
	j.changes++
}

// Cookies are the name and value of the cookies for a request to u, in the order
// of the Cookie field, as [http.CookieJar] has it. A client that builds its own
// requests uses [Jar.Field]: net/http drops bytes from values that it does not
// like, and writes a cookie without a name with an equals sign.
func (j *Jar) Cookies(u *url.URL) []*http.Cookie {
	var found []*http.Cookie
	for _, c := range j.For(u) {
		h := &http.Cookie{Name: c.Name, Value: c.Value}
		if v := c.Value; len(v) > 1 && v[0] == '"' && v[len(v)-1] == '"' {
			h.Value, h.Quoted = v[1:len(v)-1], true
		}
		found = append(found, h)
	}
	return found
}

// Field is the value of the Cookie field of a request to u, "" for no field
// (RFC 6265bis section 5.8.3).
func (j *Jar) Field(u *url.URL) string {
	var b strings.Builder
	for i, c := range j.For(u) {
		if i > 0 {
			b.WriteString("; ")
		}
		if c.Name != "" {
			b.WriteString(c.Name)
			b.WriteByte('=')
		}
		b.WriteString(c.Value)
	}
	return b.String()
}

// For gives the cookies for a request to u: those with longer paths first, then
// those that are older. It counts as their use.
func (j *Jar) For(u *url.URL) []Cookie {
	if j.empty() {
		return nil // most downloads need no look at the URL
	}
	host, overTLS, err := hostOf(u)
	if err != nil {
		return nil
	}
	path, now := requestPath(u), time.Now()
	j.mu.Lock()
	defer j.mu.Unlock()
	key := site(host)
	var found []*entry
	for _, e := range j.sites[key] {
		switch {
		case e.Expired(now):
			j.drop(key, e)
		case e.HostOnly && e.Domain != host, !domainMatch(host, e.Domain), e.Secure && !overTLS, !pathMatch(path, e.Path):
		default:
			found = append(found, e)
		}
	}
	slices.SortFunc(found, func(a, b *entry) int {
		return cmp.Or(cmp.Compare(len(b.Path), len(a.Path)), a.Created.Compare(b.Created), cmp.Compare(a.serial, b.serial))
	})
	cookies := make([]Cookie, len(found))
	for i, e := range found {
		e.LastAccess = now
		cookies[i] = e.Cookie
	}
	return cookies
}

func (j *Jar) empty() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return len(j.sites) == 0
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
