package partial

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxName leaves room in the 255 bytes of most file systems for the longest
// suffix of ours, ".haul-state.tmp".
const maxName = 240

// maxExt is the longest extension in bytes that is kept when a name is cut.
const maxExt = 32

// fallbackName is the name of what has none.
const fallbackName = "Unknown"

// SafeName makes a name from a stranger fit for the file system: no directory
// part, no control, format, bidi or other invisible character, none that a
// system forbids (those become _), no name that a system or this package
// reserves, no leading dot or dash, no trailing dot or space, at most 240 bytes
// with the extension kept, never empty. SafeName of a safe name is that name.
func SafeName(name string) string {
	name = strings.TrimRight(name, `/\`)
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	name = strings.Map(safeRune, strings.ToValidUTF8(name, "_"))
	name = trim(name)
	if name == "" {
		return fallbackName
	}
	name = unreserve(name)
	if len(name) > maxName {
		// One byte less than allowed: what is left may have become a
		// reserved name, which takes one byte to undo.
		name = unreserve(trim(shorten(name, maxName-1)))
	}
	return avoidSuffix(name)
}

// safeRune maps a character to what stands for it, -1 for nothing.
func safeRune(r rune) rune {
	switch {
	case strings.ContainsRune(`<>:"|?*`, r):
		return '_'
	case ' ' <= r && r <= '~':
		return r // as nearly all
	case unicode.Is(unicode.Zs, r):
		return ' '
	case !unicode.IsGraphic(r),
		unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r),
		unicode.Is(unicode.Variation_Selector, r),
		r == '\u2800': // a Braille pattern without dots looks like a space
		return -1
	}
	return r
}

// trim takes away what is hidden, an option, or dropped by Windows at the ends.
func trim(name string) string {
	return strings.TrimRight(strings.TrimLeft(name, ".- "), ". ")
}

// unreserve changes a name that Windows takes for a device, whatever its
// extension.
func unreserve(name string) string {
	if name == "" || !strings.ContainsRune("ACLNPaclnp", rune(name[0])) {
		return name // as most
	}
	stem, _, _ := strings.Cut(name, ".")
	stem = strings.ToUpper(strings.TrimRight(stem, " "))
	switch stem {
	case "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", "CLOCK$":
		return "_" + name
	}
	port, ok := strings.CutPrefix(stem, "COM")
	if !ok {
		port, ok = strings.CutPrefix(stem, "LPT")
	}
	if ok && utf8.RuneCountInString(port) == 1 && strings.Contains("0123456789¹²³", port) {
		return "_" + name
	}
	return name
}

// avoidSuffix changes a name that ends like a file of ours, which would stand
// in the way of another download, or be taken for one.
func avoidSuffix(name string) string {
	for _, suffix := range []string{PartSuffix, StateSuffix, StateSuffix + tmpSuffix} {
		at := len(name) - len(suffix)
		if at >= 0 && strings.EqualFold(name[at:], suffix) {
			return name[:at] + "_" + name[at+1:]
		}
	}
	return name
}

// shorten cuts the stem of name at the border of a character, so that at most
// size bytes are left.
func shorten(name string, size int) string {
	if len(name) <= size {
		return name
	}
	stem, ext := splitExt(name)
	stem = stem[:max(size-len(ext), 0)]
	for len(stem) > 0 && !utf8.ValidString(stem[lastRune(stem):]) {
		stem = stem[:lastRune(stem)]
	}
	return stem + ext
}

// lastRune is where the last character of s starts, whole or not.
func lastRune(s string) int {
	i := len(s) - 1
	for i > 0 && !utf8.RuneStart(s[i]) {
		i--
	}
	return i
}

// splitExt splits a name before its extension; "a.tar.gz" has the extension
// ".tar.gz". What is long, has a space or no letter is no extension.
func splitExt(name string) (stem, ext string) {
	dot := strings.LastIndexByte(name, '.')
	if dot <= 0 {
		return name, ""
	}
	if at := dot - len(".tar"); at > 0 && strings.EqualFold(name[at:dot], ".tar") {
		dot = at
	}
	ext = name[dot:]
	if len(ext) > maxExt || strings.Contains(ext, " ") || strings.IndexFunc(ext, unicode.IsLetter) < 0 {
		return name, ""
	}
	return name[:dot], ext
}

// Numbered is the name to take when n-1 files have name already:
// Numbered("a.tar.gz", 2) is "a (2).tar.gz". A long name is cut to stay
// within 240 bytes.
func Numbered(name string, n int) string {
	number := fmt.Sprintf(" (%d)", n)
	stem, ext := splitExt(shorten(name, maxName-len(number)))
	return stem + number + ext
}
