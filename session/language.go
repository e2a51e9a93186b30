package session

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// SystemLanguages reads the languages that the user wants from the environment
// as POSIX and gettext have it: LANGUAGE is a list, then LC_ALL, LC_MESSAGES and
// LANG in this order. The result is in the form of RFC 5646, "de-AT", the most
// wanted first. A user who has said nothing, or C, gets "en". getenv is
// os.Getenv, or a test's.
func SystemLanguages(getenv func(string) string) []string {
	locale := cmp.Or(getenv("LC_ALL"), getenv("LC_MESSAGES"), getenv("LANG"))
	list := []string{locale}
	if languageTag(locale) != "" {
		// gettext heeds LANGUAGE only where a locale is set at all.
		list = append(strings.Split(getenv("LANGUAGE"), ":"), locale)
	}
	var tags []string
	for _, name := range list {
		if tag := languageTag(name); tag != "" && len(tags) < maxLanguages && !slices.Contains(tags, tag) {
			tags = append(tags, tag)
		}
	}
	if len(tags) == 0 {
		return []string{"en"}
	}
	return tags
}

// maxLanguages bounds the field, whose weights have one digit.
const maxLanguages = 6

// languageTag makes a tag of the name of a locale: "de_AT.UTF-8@euro" is
// "de-AT". It returns "" for one that names no language.
func languageTag(locale string) string {
	name, _, _ := strings.Cut(locale, "@")
	name, _, _ = strings.Cut(name, ".")
	tag := strings.ReplaceAll(name, "_", "-")
	if tag == "C" || tag == "POSIX" || len(tag) < 2 || len(tag) > 35 || strings.ContainsFunc(tag, func(r rune) bool {
		return r != '-' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	}) {
		return ""
	}
	return tag
}

// acceptLanguage is the field for a list of languages (RFC 9110 section
// 12.5.4): each is wanted less than the one before.
func acceptLanguage(tags []string) string {
	var b strings.Builder
	for i, tag := range tags {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(tag)
		if i > 0 {
			b.WriteString(";q=0." + strconv.Itoa(max(1, 10-i)))
		}
	}
	return b.String()
}
