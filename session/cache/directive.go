package cache

import (
	"strings"
	"time"
)

// directive is one member of Cache-Control. broken marks one that is not
// written as the grammar wants it, such as "max-age =1": it counts as present
// and as having no good value, because the mistake must not make a response
// live longer.
type directive struct {
	name, value string
	broken      bool
}

// directives are the members of the Cache-Control lines of a message, in order.
type directives []directive

// parseDirectives reads Cache-Control (RFC 9111 section 5.2). No input is an
// error.
func parseDirectives(lines []string) directives {
	var list directives
	for _, line := range lines {
		for _, member := range members(line) {
			name, value, _ := strings.Cut(member, "=")
			d := directive{name: strings.ToLower(strings.Trim(name, " \t"))}
			d.value, d.broken = unquote(value)
			d.broken = d.broken || len(d.name) != len(name)
			list = append(list, d)
		}
	}
	return list
}

// has tells whether the directive is there, with whatever value.
func (list directives) has(name string) bool {
	_, ok := list.find(name)
	return ok
}

// find is the first directive of that name (RFC 9111 section 4.2.1 lets the
// first one count).
func (list directives) find(name string) (directive, bool) {
	for _, d := range list {
		if d.name == name {
			return d, true
		}
	}
	return directive{}, false
}

// bare tells whether the directive is there without a value. The form with
// field names limits it to these fields.
func (list directives) bare(name string) bool {
	for _, d := range list {
		if d.name == name && (d.value == "" || d.broken) {
			return true
		}
	}
	return false
}

// fields are the names of fields that directives of that name list.
func (list directives) fields(name string) []string {
	var names []string
	for _, d := range list {
		if d.name == name {
			names = append(names, members(d.value)...)
		}
	}
	return names
}

// seconds is the value of the directive as a duration. there is true if the
// directive is; a value that is no delta-seconds counts as 0.
func (list directives) seconds(name string) (d time.Duration, there bool) {
	found, there := list.find(name)
	if !there || found.broken {
		return 0, there
	}
	d, _ = deltaSeconds(found.value)
	return d, true
}

// maxSeconds is the greatest delta-seconds; all above it count as much (RFC
// 9111 section 1.2.2).
const maxSeconds = 1 << 31

// deltaSeconds reads a number of seconds (RFC 9111 section 1.2.2).
func deltaSeconds(s string) (time.Duration, bool) {
	if s == "" {
		return 0, false
	}
	var n int64
	for _, b := range []byte(s) {
		if b < '0' || b > '9' {
			return 0, false
		}
		n = min(n*10+int64(b-'0'), maxSeconds)
	}
	return time.Duration(n) * time.Second, true
}

// members splits a list field at its commas, but for those within quotes, and
// drops empty members (RFC 9110 section 5.6.1). A quote that is never closed
// quotes nothing, nor does any after it, so that it cannot hide the rest of the
// line.
func members(line string) []string {
	var list []string
	quotes := true
	for {
		var end int
		end, quotes = memberEnd(line, quotes)
		if m := strings.Trim(line[:end], " \t"); m != "" {
			list = append(list, m)
		}
		if end == len(line) {
			return list
		}
		line = line[end+1:]
	}
}

// memberEnd is the index of the comma that ends the first member, or the
// length of line, and whether quotes still count after it.
func memberEnd(line string, quotes bool) (end int, still bool) {
	for i := 0; i < len(line); i++ {
		switch {
		case line[i] == ',':
			return i, quotes
		case line[i] == '"' && quotes:
			n := quotedLength(line[i:])
			if n == 0 {
				quotes = false
				continue
			}
			i += n - 1
		}
	}
	return len(line), quotes
}

// quotedLength is the length of the quoted string that s begins with, 0 if it
// has no end.
func quotedLength(s string) int {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return 0
}

// unquote is the value of a token or a quoted string. broken: it is neither.
func unquote(s string) (value string, broken bool) {
	if !strings.HasPrefix(s, `"`) {
		return s, strings.ContainsAny(s, " \t\"")
	}
	if quotedLength(s) != len(s) {
		return "", true
	}
	var b strings.Builder
	for i := 1; i < len(s)-1; i++ {
		if s[i] == '\\' {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String(), false
}
