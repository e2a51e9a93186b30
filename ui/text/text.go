// Package text turns strings of strangers into text that is safe to draw, and
// lays it out in terminal cells.
//
// Everything a server, a file or a URL says is data, and some of it is made to
// hurt: escape sequences that write the clipboard, bidirectional overrides
// that turn "exe.fdp" around, marks stacked ten lines high. Bubble Tea drops
// some of that and passes the rest. So there is one choke point: drawing code
// takes a [Text], not a string, and outside this package a Text of foreign
// words is made by [Clean] (or [URL]) and by nothing else. Forgetting to clean
// does not compile. [Const] makes a Text from a constant of ours and refuses
// variables, also at compile time.
//
// A Text knows its width. There are two ways to count cells, and a terminal
// uses one of them: by grapheme cluster, or code point by code point as
// wcwidth does. They differ for emoji families, flags and Indic conjuncts.
// Bubble Tea starts with the second and changes to the first when the terminal
// reports mode 2027, so a Text carries both and a [Ruler], which knows the
// terminal, picks one. The counting itself is that of x/ansi, the library that
// the renderer counts with: what fits here fits on the screen.
//
// Texts are values, immutable and safe to share between goroutines. Nothing
// here keeps state.
package text

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// Text is a cleaned string and its width. The zero Text is empty. Two Texts
// are equal when their strings are.
//
// Put at least one ASCII character or an SGR sequence between two Texts on a
// line: their widths then add up. [Concat] joins without that care.
type Text struct {
	s string
	// The width in cells, counted both ways.
	clusters, runes int
}

// literal makes [Const] accept constants only: an untyped constant converts
// to it by itself, and no other package can name the type to convert a
// variable.
type literal string

// Const is a Text of our own words. It does not clean, so the constant must
// not have control characters.
func Const(s literal) Text { return measured(string(s)) }

// Concat joins parts. The result is cleaned again, because two harmless ends
// can join to something else (two halves of a flag, a mark and a letter).
func Concat(parts ...Text) Text {
	var b strings.Builder
	for _, p := range parts {
		b.WriteString(p.s)
	}
	return Clean(b.String())
}

// String is the cleaned string: no control character, no escape sequence, no
// line break.
func (t Text) String() string { return t.s }

// IsEmpty reports whether nothing would be drawn.
func (t Text) IsEmpty() bool { return t.s == "" }

// isASCII reports whether every byte is one cell.
func (t Text) isASCII() bool { return len(t.s) == t.clusters && isPrintableASCII(t.s) }

// measured counts the cells of s, which has no control characters.
func measured(s string) Text {
	t := Text{s: s}
	for len(s) > 0 {
		cluster, clusters, runes := first(s)
		t.clusters += clusters
		t.runes += runes
		s = s[len(cluster):]
	}
	return t
}

// first cuts the first grapheme cluster from s, which is not empty, with its
// width by cluster and by code point.
func first(s string) (cluster string, clusters, runes int) {
	if s[0] < 0x80 && (len(s) == 1 || s[1] < 0x80) {
		return s[:1], 1, 1
	}
	cluster, clusters = ansi.FirstGraphemeCluster(s, ansi.GraphemeWidth)
	_, runes = ansi.FirstGraphemeCluster(cluster, ansi.WcWidth)
	return cluster, clusters, runes
}

// joins reports whether b, written after a, becomes part of a's cluster.
func joins(a, b string) bool {
	if a[len(a)-1] < 0x80 && b[0] < 0x80 {
		return false
	}
	cluster, _ := ansi.FirstGraphemeCluster(a+b, ansi.GraphemeWidth)
	return len(cluster) > len(a)
}
