package partial

import (
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"
)

// SuggestedName is the file name that a response proposes: the file name of
// Content-Disposition (RFC 6266), else the last element of the URL's path,
// else "Unknown". It has passed [SafeName].
func SuggestedName(resp *http.Response) string {
	for _, field := range resp.Header.Values("Content-Disposition") {
		if name := dispositionName(field); strings.Trim(name, `/\. `) != "" {
			return SafeName(name)
		}
	}
	if resp.Request == nil || resp.Request.URL == nil {
		return fallbackName
	}
	path := resp.Request.URL.EscapedPath()
	name := path[strings.LastIndexByte(path, '/')+1:]
	if plain, err := url.PathUnescape(name); err == nil {
		name = plain
	}
	return SafeName(name)
}

// dispositionName is the file name in a Content-Disposition field, "" when
// there is none or the field is broken. filename* goes before filename, and
// the first of two before the second (RFC 6266 section 4.3). One mistake that
// is common and has one meaning only is forgiven: spaces without quotes.
func dispositionName(field string) string {
	var plain, extended string
	_, rest, found := strings.Cut(field, ";")
	for found {
		var name, value string
		name, rest, _ = strings.Cut(rest, "=")
		name = strings.ToLower(strings.Trim(name, " \t"))
		rest = strings.TrimLeft(rest, " \t")
		if strings.HasPrefix(rest, `"`) {
			var ok bool
			if value, rest, ok = quotedString(rest[1:]); !ok {
				return ""
			}
			var between string
			between, rest, found = strings.Cut(rest, ";")
			if strings.Trim(between, " \t") != "" {
				return ""
			}
		} else {
			value, rest, found = strings.Cut(rest, ";")
			value = strings.Trim(value, " \t")
		}
		switch {
		case name == "filename" && plain == "":
			plain = value
		case name == "filename*" && extended == "":
			extended = extendedValue(value)
		}
	}
	if extended != "" {
		return extended
	}
	if !utf8.ValidString(plain) {
		return latin1(plain)
	}
	return plain
}

// quotedString reads a quoted-string (RFC 9110 section 5.6.4) behind its
// opening quote; ok is false when the closing one is missing.
func quotedString(s string) (value, rest string, ok bool) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '"':
			return b.String(), s[i+1:], true
		case '\\':
			if i++; i == len(s) {
				return "", "", false
			}
		}
		b.WriteByte(s[i])
	}
	return "", "", false
}

// extendedValue decodes charset'language'percent-encoded (RFC 8187), "" when
// it is broken or in a charset that the RFC does not ask for.
func extendedValue(v string) string {
	charset, rest, ok := strings.Cut(v, "'")
	_, encoded, ok2 := strings.Cut(rest, "'")
	if !ok || !ok2 {
		return ""
	}
	plain, err := url.PathUnescape(encoded)
	if err != nil {
		return ""
	}
	switch strings.ToLower(charset) {
	case "utf-8":
		if utf8.ValidString(plain) {
			return plain
		}
	case "iso-8859-1":
		return latin1(plain)
	}
	return ""
}

// latin1 turns bytes in ISO-8859-1 into text.
func latin1(s string) string {
	runes := make([]rune, len(s))
	for i := range len(s) {
		runes[i] = rune(s[i])
	}
	return string(runes)
}
