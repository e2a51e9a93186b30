package mixed

import "bytes"

// buffered is what has come in and was not read yet, good until more is called.
func (r *Reader) buffered() []byte {
	// Peek of what is buffered cannot fail.
	buf, _ := r.in.Peek(r.in.Buffered())
	return buf
}

// more waits for at least one more byte.
func (r *Reader) more() error {
	_, err := r.in.Peek(r.in.Buffered() + 1)
	return err
}

// atDelimiter tells whether what is held back at the end of the body has a whole
// delimiter.
func (r *Reader) atDelimiter() bool {
	return bytes.HasPrefix(bytes.TrimLeft(r.buffered(), "\r\n"), r.delimiter)
}

// scan tells how many bytes at the start of buf are body for certain, and
// whether a delimiter comes right after them. fresh says that buf is the start
// of a line, the first of the part.
func (r *Reader) scan(buf []byte, fresh bool) (body int, end bool) {
	if fresh {
		switch n := min(len(buf), len(r.delimiter)); {
		case !bytes.Equal(buf[:n], r.delimiter[:n]):
		case n < len(r.delimiter):
			return 0, false
		default:
			if kind, _ := after(buf[n:]); kind != nothing {
				return 0, kind != unclear
			}
		}
	}
	for from := 0; ; {
		i := bytes.Index(buf[from:], r.newline)
		if i < 0 {
			return r.tail(buf), false
		}
		i += from
		switch kind, _ := after(buf[i+len(r.newline):]); kind {
		case nothing:
			from = i + 1
		case unclear:
			return beforeCR(buf, i), false
		default:
			return beforeCR(buf, i), true
		}
	}
}

// tail is where the end of buf might be the start of a delimiter, or len(buf).
func (r *Reader) tail(buf []byte) int {
	i := bytes.LastIndexByte(buf, '\n')
	if i >= 0 && bytes.HasPrefix(r.newline, buf[i:]) {
		return beforeCR(buf, i)
	}
	return beforeCR(buf, len(buf))
}

// beforeCR is i, or i-1 if a carriage return stands there.
func beforeCR(buf []byte, i int) int {
	if i > 0 && buf[i-1] == '\r' {
		return i - 1
	}
	return i
}

// kind is what the bytes after a delimiter make of it.
type kind int

const (
	nothing   kind = iota // it only looks like one
	unclear               // more bytes are needed
	separates             // a part follows
	finishes              // it is the final one
)

// after judges the bytes that follow two hyphens and the boundary: two hyphens
// make the final delimiter, blanks and a line end one between parts. n is their
// number.
func after(b []byte) (k kind, n int) {
	if len(b) > 0 && b[0] == '-' {
		switch {
		case len(b) == 1:
			return unclear, 0
		case b[1] == '-':
			return finishes, 2
		}
		return nothing, 0
	}
	rest := bytes.TrimLeft(b, " \t")
	blank := len(b) - len(rest)
	switch {
	case blank > maxBlank:
		return nothing, 0
	case len(rest) == 0 || len(rest) == 1 && rest[0] == '\r':
		return unclear, 0
	case rest[0] == '\n':
		return separates, blank + 1
	case rest[0] == '\r' && rest[1] == '\n':
		return separates, blank + 2
	}
	return nothing, 0
}
