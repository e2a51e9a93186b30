package strict

import (
	"fmt"
	"slices"
	"strings"
)

// Position is a place in a file; both count from 1, columns in bytes. The zero
// Position is no place.
type Position struct{ Line, Column int }

// Problem is one mistake in a file.
type Problem struct {
	File string // as the user named it
	Position
	Text string // what is wrong and what to do, as a clause without a full stop
}

// Error is "file:line:column: text", as compilers write it, so that editors
// find the place.
func (p Problem) Error() string {
	switch {
	case p.File == "":
		return p.Text
	case p.Line == 0:
		return fmt.Sprintf("%s: %s", p.File, p.Text)
	}
	return fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Column, p.Text)
}

// Problems are all mistakes of a file, in the order of their places.
type Problems []Problem

// Error has a line for each problem.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, one := range p {
		lines[i] = one.Error()
	}
	return strings.Join(lines, "\n")
}

// Sorted returns the problems in the order of their places, nil if there are
// none.
func (p Problems) Sorted() Problems {
	out := slices.Clone(p)
	slices.SortStableFunc(out, func(a, b Problem) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Column - b.Column
	})
	return out
}

// Err is the problems as an error; nil if there are none.
func (p Problems) Err() error {
	if len(p) == 0 {
		return nil
	}
	return p.Sorted()
}

// Path names a member: {"hosts", "example.org", "user"}.
type Path []string

// String writes the path as TOML writes a dotted key.
func (p Path) String() string {
	parts := make([]string, len(p))
	for i, name := range p {
		parts[i] = name
		if name == "" || strings.ContainsFunc(name, notBare) {
			parts[i] = Quote(name)
		}
	}
	return strings.Join(parts, ".")
}

// notBare tells whether a character has to be quoted in a key (TOML 1.0,
// "bare keys").
func notBare(r rune) bool {
	return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_')
}

// Quote writes s as a TOML basic string, on one line. Go's escapes for what cannot be printed
// (\x1b) differ from TOML's, so control characters are written as \u001b here.
func Quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r < ' ' || r >= 0x7f && r < 0xa0:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
