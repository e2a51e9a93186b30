package text

import (
	"net/url"
	"strings"
	"unicode"
)

// URL is a URL as it may be shown to people who look over the shoulder, and
// copied from a screenshot:
//
//   - user name and password are removed;
//   - values of query and fragment parameters whose names sound secret (token,
//     key, sig, secret, pass, auth and the like) are replaced by hidden, "…" or
//     "~";
//   - a host that mixes scripts is shown in Punycode, because a Cyrillic "а"
//     in a Latin name is there to deceive (UTS 39, section 5);
//   - what is left is cleaned as by [Clean].
//
// It works on any string, also on one that net/url refuses: what a person has
// mistyped may have a password in it just the same. The result is for the eye
// only; it is not a URL to connect to.
func URL(raw string, hidden Text) Text {
	var b strings.Builder
	rest := raw
	if scheme, afterScheme, ok := strings.Cut(raw, "://"); ok && isScheme(scheme) {
		b.WriteString(scheme)
		b.WriteString("://")
		rest = afterScheme
	}
	authority, rest := splitAuthority(rest)
	b.WriteString(shownHost(authority[strings.LastIndexByte(authority, '@')+1:]))

	rest, fragment, hasFragment := strings.Cut(rest, "#")
	path, query, hasQuery := strings.Cut(rest, "?")
	b.WriteString(path)
	if hasQuery {
		b.WriteByte('?')
		hideSecrets(&b, query, hidden.s)
	}
	if hasFragment {
		b.WriteByte('#')
		hideSecrets(&b, fragment, hidden.s)
	}
	return Clean(b.String())
}

// isScheme keeps a "://" inside a query from passing for the end of a scheme.
func isScheme(s string) bool {
	return s != "" && strings.Trim(strings.ToLower(s), "abcdefghijklmnopqrstuvwxyz0123456789+-.") == ""
}

// splitAuthority cuts before path, query and fragment. A password with one of
// their signs in it that nobody has escaped moves the cut into the password:
// what should be the port is then no number, and the "@" comes later.
func splitAuthority(s string) (authority, rest string) {
	const ends = `/\?#`
	end := strings.IndexAny(s, ends)
	if end < 0 {
		return s, ""
	}
	if at := strings.LastIndexByte(s, '@'); at > end && !hasGoodPort(s[:end]) {
		if end = strings.IndexAny(s[at:], ends); end < 0 {
			return s, ""
		}
		end += at
	}
	return s[:end], s[end:]
}

func hasGoodPort(host string) bool {
	colon := strings.LastIndexByte(host, ':')
	if colon <= strings.LastIndexByte(host, ']') { // none, or those of an IPv6 address
		return true
	}
	return strings.Trim(host[colon+1:], "0123456789") == ""
}

// hideSecrets writes parameters, with the values of the secret ones hidden.
func hideSecrets(b *strings.Builder, params, hidden string) {
	for params != "" {
		param := params
		if i := strings.IndexAny(params, "&;"); i >= 0 {
			param = params[:i+1]
		}
		params = params[len(param):]
		name, _, ok := strings.Cut(param, "=")
		if !ok || !isSecretName(name) {
			b.WriteString(param)
			continue
		}
		b.WriteString(name)
		b.WriteByte('=')
		b.WriteString(hidden)
		if end := param[len(param)-1]; end == '&' || end == ';' {
			b.WriteByte(end)
		}
	}
}

// isSecretName errs on the side of hiding: "monkey" has a key in it.
func isSecretName(name string) bool {
	if plain, err := url.QueryUnescape(name); err == nil {
		name = plain
	}
	name = strings.ToLower(name)
	for _, word := range [...]string{
		"token", "key", "sig", "secret", "pass", "auth", "credential", "session", "cookie", "jwt", "assertion",
		"ticket", "hmac", "pwd", "otp", "sas",
	} {
		if strings.Contains(name, word) {
			return true
		}
	}
	for word := range strings.FieldsFuncSeq(name, func(r rune) bool { return r < 'a' || r > 'z' }) {
		switch word {
		case "pw", "pin", "sid", "code", "hash", "md", "sha", "policy":
			return true
		}
	}
	return false
}

// maxHostBytes is more than the longest host name that the DNS can have (253
// characters), in UTF-8. Punycode takes quadratic time.
const maxHostBytes = 4 * 255

// shownHost is host, in Punycode if its scripts are mixed.
func shownHost(host string) string {
	if len(host) > maxHostBytes {
		return strings.Map(asciiOnly, host)
	}
	if isPrintableASCII(host) || !mixesScripts(host) {
		return host
	}
	labels := strings.Split(host, ".")
	for i, label := range labels {
		if !isPrintableASCII(label) {
			labels[i] = "xn--" + punycode(strings.ToLower(label))
		}
	}
	return strings.Join(labels, ".")
}

func asciiOnly(r rune) rune {
	if r < 0x80 {
		return r
	}
	return replacement
}

// mixesScripts reports whether the letters of host come from scripts that are
// not written together. Chinese, Japanese and Korean are written with Latin
// letters between them, so those combinations pass ("highly restrictive" in
// UTS 39). The whole host counts, not each label: a name all in Cyrillic under
// .com can look like a Latin one.
func mixesScripts(host string) bool {
	var latin, eastAsian bool
	var other string
	for _, r := range host {
		switch script := scriptOf(r); script {
		case "":
		case "Latin":
			latin = true
		case "Han", "Hiragana", "Katakana", "Bopomofo", "Hangul":
			eastAsian = true
		case other:
		default:
			if other != "" {
				return true
			}
			other = script
		}
	}
	return other != "" && (latin || eastAsian)
}

// scriptOf names the script of a letter, and is empty for what all scripts
// share.
func scriptOf(r rune) string {
	if !unicode.IsLetter(r) || unicode.In(r, unicode.Common, unicode.Inherited) {
		return ""
	}
	for name, table := range unicode.Scripts {
		if unicode.Is(table, r) {
			return name
		}
	}
	return ""
}
