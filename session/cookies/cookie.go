package cookies

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"
)

// SameSite is the SameSite attribute.
type SameSite int

// The values of SameSite. SameSiteDefault stands for none and for an unknown
// one.
const (
	SameSiteDefault SameSite = iota
	SameSiteNone
	SameSiteLax
	SameSiteStrict
)

// String is the value as Set-Cookie has it, "" for the default.
func (s SameSite) String() string {
	switch s {
	case SameSiteNone:
		return "None"
	case SameSiteLax:
		return "Lax"
	case SameSiteStrict:
		return "Strict"
	default:
		return ""
	}
}

func parseSameSite(s string) SameSite {
	for _, known := range []SameSite{SameSiteNone, SameSiteLax, SameSiteStrict} {
		if strings.EqualFold(s, known.String()) {
			return known
		}
	}
	return SameSiteDefault
}

// Cookie is one cookie of a jar. Name, domain, path and HostOnly together are
// unique in it.
type Cookie struct {
	// Name may be empty: "Set-Cookie: a" has no name and the value "a".
	Name string
	// Value is a secret, quotes around it included.
	Value string
	// Domain is a host in lower case and ASCII, without a leading dot.
	Domain string
	// HostOnly keeps the cookie from the subdomains of Domain.
	HostOnly bool
	// Path starts with a slash.
	Path string
	// Secure keeps the cookie from connections without TLS.
	Secure bool
	// HTTPOnly is kept for others; there are no scripts here.
	HTTPOnly bool
	// SameSite is kept for others, see the package comment.
	SameSite SameSite
	// Expires is zero for a session cookie, which is never saved.
	Expires time.Time
	// Created is when the cookie was first set; a new value does not change
	// it. Updated is when it was last set, LastAccess when it was last sent or
	// set.
	Created, Updated, LastAccess time.Time
}

// String names the cookie without its value.
func (c Cookie) String() string {
	dot := "."
	if c.HostOnly {
		dot = ""
	}
	return fmt.Sprintf("cookie %q of %s%s%s", c.Name, dot, c.Domain, c.Path)
}

// GoString is String: %#v would show the value.
func (c Cookie) GoString() string { return c.String() }

// LogValue is String: a log does not show values.
func (c Cookie) LogValue() slog.Value { return slog.StringValue(c.String()) }

// Expired tells whether the cookie is over at the given time.
func (c Cookie) Expired(at time.Time) bool {
	return !c.Expires.IsZero() && !c.Expires.After(at)
}

// id is what is unique in a jar (RFC 6265bis section 5.7, step 23).
type id struct {
	domain, path, name string
	hostOnly           bool
}

func (c Cookie) id() id { return id{c.Domain, c.Path, c.Name, c.HostOnly} }

// Limits of RFC 6265bis section 5.6 and 5.5, in bytes and time.
const (
	maxPair      = 4096
	maxAttribute = 1024
	maxLifetime  = 400 * 24 * time.Hour
)

// Why a cookie is refused.
var (
	errEmpty        = errors.New("neither name nor value")
	errControl      = errors.New("control character")
	errSeparator    = errors.New("a separator inside the name or value")
	errTooLarge     = errors.New("name and value have more than 4096 bytes")
	errHost         = errors.New("not a host that can have cookies")
	errDomain       = errors.New("the domain is not the host's")
	errPublicSuffix = errors.New("the domain is a public suffix")
	errPath         = errors.New("the path does not start with a slash or is too long")
	errNeedsTLS     = errors.New("a secure cookie over an insecure connection")
	errOverwrite    = errors.New("would replace a secure cookie over an insecure connection")
	errSameSite     = errors.New("SameSite none without Secure")
	errPrefix       = errors.New("does not keep what its prefix promises")
	errPolicy       = errors.New("not accepted by the policy")
)

// check holds c against every rule that does not depend on where it came from.
func (c Cookie) check() error {
	switch {
	case c.Name == "" && c.Value == "":
		return errEmpty
	case hasControl(c.Name) || hasControl(c.Value) || hasControl(c.Path):
		return errControl
	case strings.ContainsAny(c.Name, ";=") || strings.Contains(c.Value, ";"):
		// A parser never gives these; in a file they would be sent as
		// something else than they are kept as.
		return errSeparator
	case len(c.Name)+len(c.Value) > maxPair:
		return errTooLarge
	case !strings.HasPrefix(c.Path, "/") || len(c.Path) > maxAttribute:
		return errPath
	case c.SameSite == SameSiteNone && !c.Secure:
		return errSameSite
	}
	if host, err := canonicalHost(c.Domain); err != nil || host != c.Domain {
		return errHost
	}
	if !c.HostOnly {
		if isAddress(c.Domain) {
			return errDomain
		}
		if isPublicSuffix(c.Domain) {
			return errPublicSuffix
		}
	}
	return c.checkPrefix()
}

// checkPrefix is RFC 6265bis section 5.7, steps 20 to 22, but for the Path
// attribute that __Host- needs, which only the parser sees.
func (c Cookie) checkPrefix() error {
	const secure, host = "__secure-", "__host-"
	name := c.Name
	if name == "" {
		// The value is sent alone and would look like a name.
		if hasPrefixFold(c.Value, secure) || hasPrefixFold(c.Value, host) {
			return errPrefix
		}
		return nil
	}
	if hasPrefixFold(name, secure) && !c.Secure {
		return errPrefix
	}
	if hasPrefixFold(name, host) && (!c.Secure || !c.HostOnly || c.Path != "/") {
		return errPrefix
	}
	return nil
}

func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

// hasControl tells whether s has a control character other than a tab.
func hasControl(s string) bool {
	for i := range len(s) {
		if b := s[i]; b < ' ' && b != '\t' || b == 0x7f {
			return true
		}
	}
	return false
}
