package curl

import (
	"errors"
	"strconv"
	"strings"
)

var (
	errOpen  = errors.New("a quote is not closed, or the last line goes on")
	errShell = errors.New("there is a shell variable or substitution in the curl command; write out what it stands for")
	errMore  = errors.New("give the curl command alone, and its URL in quotes: & ; | < > end a command")
)

// words splits a command as a shell does, but for what a shell would replace:
// that is an error.
func words(s string) ([]string, error) {
	w := splitter{rest: s}
	for w.rest != "" {
		if err := w.next(); err != nil {
			return nil, err
		}
	}
	w.end()
	return w.out, nil
}

// splitter is a shell's reader of words.
type splitter struct {
	rest   string
	word   strings.Builder
	inside bool // a word has begun, although it may be empty
	out    []string
}

func (w *splitter) end() {
	if w.inside {
		w.out = append(w.out, w.word.String())
		w.word.Reset()
		w.inside = false
	}
}

// next takes a character, or a quoted part, from rest.
func (w *splitter) next() error {
	c := w.rest[0]
	w.rest = w.rest[1:]
	switch c {
	case ' ', '\t', '\n', '\r':
		w.end()
		return nil
	case '&', ';', '|', '<', '>', '(', ')':
		return errMore
	case '`':
		return errShell
	}
	if c == '#' && !w.inside {
		_, w.rest, _ = strings.Cut(w.rest, "\n") // a comment
		return nil
	}
	w.inside = w.inside || c != '\\'
	switch c {
	case '\'':
		text, rest, ok := strings.Cut(w.rest, "'")
		if !ok {
			return errOpen
		}
		w.word.WriteString(text)
		w.rest = rest
	case '"':
		return w.double()
	case '\\':
		return w.escaped()
	case '$':
		if strings.HasPrefix(w.rest, "'") {
			w.rest = w.rest[1:]
			return w.ansi()
		}
		if variable(w.rest) {
			return errShell
		}
		w.word.WriteByte(c)
	default:
		w.word.WriteByte(c)
	}
	return nil
}

// escaped takes the character behind a backslash; a line break is none.
func (w *splitter) escaped() error {
	w.rest = strings.TrimPrefix(w.rest, "\r")
	if w.rest == "" {
		return errOpen
	}
	c := w.rest[0]
	w.rest = w.rest[1:]
	if c != '\n' {
		w.inside = true
		w.word.WriteByte(c)
	}
	return nil
}

// variable tells whether what follows a dollar sign is replaced by a shell.
func variable(s string) bool {
	if s == "" {
		return false
	}
	c := s[0]
	return c == '{' || c == '(' || c == '_' || c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9'
}

// double takes the rest of a part in double quotes.
func (w *splitter) double() error {
	for w.rest != "" {
		c := w.rest[0]
		w.rest = w.rest[1:]
		switch {
		case c == '"':
			return nil
		case c == '`', c == '$' && variable(w.rest):
			return errShell
		case c == '\\' && w.rest != "" && strings.IndexByte("\"\\$`\n", w.rest[0]) >= 0:
			if w.rest[0] != '\n' {
				w.word.WriteByte(w.rest[0])
			}
			w.rest = w.rest[1:]
		default:
			w.word.WriteByte(c)
		}
	}
	return errOpen
}

// ansi takes the rest of a part in $'...', which browsers write where a value
// has a quote or a character beyond ASCII in it.
func (w *splitter) ansi() error {
	for w.rest != "" {
		c := w.rest[0]
		w.rest = w.rest[1:]
		switch {
		case c == '\'':
			return nil
		case c == '\\' && w.rest == "":
			return errOpen
		case c == '\\':
			w.ansiEscape()
		default:
			w.word.WriteByte(c)
		}
	}
	return errOpen
}

// ansiEscape takes what follows a backslash in $'...'.
func (w *splitter) ansiEscape() {
	c := w.rest[0]
	w.rest = w.rest[1:]
	digits := 0
	switch c {
	case 'n':
		w.word.WriteByte('\n')
	case 'r':
		w.word.WriteByte('\r')
	case 't':
		w.word.WriteByte('\t')
	case 'x':
		digits = 2
	case 'u':
		digits = 4
	case 'U':
		digits = 8
	default:
		w.word.WriteByte(c)
	}
	if digits == 0 {
		return
	}
	n := 0
	for n < digits && n < len(w.rest) && strings.IndexByte("0123456789abcdefABCDEF", w.rest[n]) >= 0 {
		n++
	}
	v, err := strconv.ParseUint(w.rest[:n], 16, 32)
	w.rest = w.rest[n:]
	switch {
	case err != nil: // no digit: nothing is meant
	case c == 'x':
		w.word.WriteByte(byte(v))
	default:
		w.word.WriteRune(rune(v))
	}
}
