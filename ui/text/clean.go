package text

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// replacement stands for what must not or cannot be drawn. It shows that
	// something was there: a name that silently loses characters can pass for
	// another name.
	replacement = unicode.ReplacementChar

	zeroWidthJoiner = '\u200d'
	emojiSelector   = '\ufe0f' // VS16

	// maxMarks is how many combining marks in a row stay. Real scripts need
	// up to three; more climb over the neighbouring lines.
	maxMarks = 3

	// maxClusterRunes bounds what is drawn as one character. The longest emoji
	// in use has ten code points. Joiners, Hangul jamo and Indic conjuncts can
	// go on for ever, and a thousand letters would then count as one cell.
	maxClusterRunes = 16
)

// Clean makes any string drawable:
//
//   - a byte that is not UTF-8 becomes U+FFFD;
//   - tab, line feed, carriage return and the Unicode line and paragraph
//     separators become a space;
//   - other C0 control characters become their control pictures (␛), DEL ␡;
//   - C1 controls, format characters (bidirectional overrides and isolates,
//     zero-width characters), private use, surrogates and unassigned code
//     points become U+FFFD; so do blank letters such as the Hangul fillers;
//   - a zero-width joiner stays between two emoji, and the emoji selector
//     after a character that has an emoji form; elsewhere U+FFFD;
//   - of more than three combining marks in a row the rest is dropped;
//   - a mark or modifier at the beginning of a word, where it would sit on
//     whatever is drawn before, becomes U+FFFD, and so does a character at the
//     end of a word that would swallow what is drawn after.
//
// Clean is idempotent, and free for printable ASCII: the string is kept and
// nothing is allocated. Its cost is linear in the length of s; whoever reads
// from a network bounds that length.
func Clean(s string) Text {
	if isPrintableASCII(s) {
		return Text{s: s, clusters: len(s), runes: len(s)}
	}
	return bounded(filtered(s))
}

func isPrintableASCII(s string) bool {
	for i := range len(s) {
		if s[i] < 0x20 || s[i] > 0x7e {
			return false
		}
	}
	return true
}

// filtered replaces and drops single characters, looking at their neighbours.
func filtered(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	last := ' ' // the last character written; a line begins like a word
	base := ' ' // the last one written that is no mark or modifier
	marks := 0  // marks written since
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:]) // U+FFFD for a bad byte
		i += size
		next := ' ' // a line ends like a word
		if i < len(s) {
			next, _ = utf8.DecodeRuneInString(s[i:])
		}
		r = drawable(r, base, next)
		if last == ' ' && joins(" ", string(r)) || isBreak(next) && joins(string(r), " ") {
			r = replacement
		}
		switch {
		case unicode.Is(unicode.M, r):
			if marks++; marks > maxMarks {
				continue
			}
		case isSkinTone(r):
			marks = 0
		default:
			base, marks = r, 0
		}
		b.WriteRune(r)
		last = r
	}
	return b.String()
}

// drawable is r, or what is drawn in its place between base and next.
func drawable(r, base, next rune) rune {
	switch {
	case isBreak(r):
		return ' '
	case r < 0x20:
		return '\u2400' + r
	case r == 0x7f:
		return '\u2421'
	case r == zeroWidthJoiner && isEmoji(base) && isEmoji(next):
		return r
	case r == emojiSelector && !isEmoji(base) && !isKeycapBase(base):
		return replacement
	case !unicode.IsGraphic(r), unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r):
		return replacement
	}
	return r
}

// isBreak reports whether r shows as a space.
func isBreak(r rune) bool {
	switch r {
	case ' ', '\t', '\n', '\r', '\u2028', '\u2029':
		return true
	}
	return false
}

// isEmoji reports whether r can be a part of an emoji sequence, that is
// whether it has the Unicode property Extended_Pictographic and is assigned.
// The standard library has no table of it, the segmenter does: a joiner glues
// two characters together if both have the property (UAX 29, rule GB11).
func isEmoji(r rune) bool {
	if r < 0x80 || !unicode.IsGraphic(r) || unicode.Is(unicode.M, r) {
		return false
	}
	c := string(r)
	return joins(c+string(zeroWidthJoiner), c)
}

// isKeycapBase reports whether r starts a keycap emoji such as 1️⃣.
func isKeycapBase(r rune) bool {
	return '0' <= r && r <= '9' || r == '#' || r == '*'
}

func isSkinTone(r rune) bool { return 0x1f3fb <= r && r <= 0x1f3ff }

// bounded measures s and replaces clusters that are too long.
func bounded(s string) Text {
	var t Text
	var b strings.Builder
	b.Grow(len(s))
	for rest := s; len(rest) > 0; {
		cluster, clusters, runes := first(rest)
		rest = rest[len(cluster):]
		if utf8.RuneCountInString(cluster) > maxClusterRunes {
			cluster, clusters, runes = first(string(replacement))
		}
		b.WriteString(cluster)
		t.clusters += clusters
		t.runes += runes
	}
	t.s = b.String()
	return t
}
