package mixed

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/textproto"
)

const (
	// bufferSize holds a delimiter line with room to spare.
	bufferSize = 8 << 10
	// maxBlank is how many spaces and tabs may follow a delimiter.
	maxBlank = 1 << 10
	// maxHeader bounds the header of a part, in bytes.
	maxHeader = 64 << 10
)

var (
	// ErrHeaderTooLarge reports a part whose header has more than 64 KiB.
	ErrHeaderTooLarge = errors.New("mixed: part header exceeds 64 KiB")
	// ErrNoPart reports a body that is not empty and has no part.
	ErrNoPart = errors.New("mixed: no part in the body")

	errPast = errors.New("mixed: read of a part after the next was asked for")
)

// Reader gives the parts of one body in turn. It is not for use from several
// goroutines at once.
type Reader struct {
	in        *bufio.Reader
	delimiter []byte // two hyphens and the boundary
	newline   []byte // LF and delimiter
	part      *Part  // the last one given, nil before the first
	done      error  // what NextPart ended with, nil while there may be parts
}

// NewReader splits r, the body of a response with the given Content-Type field.
// The caller closes r.
func NewReader(r io.Reader, contentType string) (*Reader, error) {
	b, err := boundary(contentType)
	if err != nil {
		return nil, err
	}
	return &Reader{
		in:        bufio.NewReaderSize(&stickyReader{r: r}, bufferSize),
		delimiter: []byte("--" + b),
		newline:   []byte("\n--" + b),
	}, nil
}

// stickyReader repeats the error that its reader ended with. A bufio.Reader
// forgets it once it has been seen.
type stickyReader struct {
	r   io.Reader
	err error
}

func (s *stickyReader) Read(b []byte) (n int, err error) {
	if s.err != nil {
		return 0, s.err
	}
	n, s.err = s.r.Read(b)
	return n, s.err
}

// Part is one part: its header, and its body through Read until the next call
// of [Reader.NextPart].
type Part struct {
	// Header is the part's own; Content-Length in it is what the sender says
	// and not held against the body.
	Header http.Header

	r     *Reader
	fresh bool // nothing of the body was read yet
	ready int  // bytes at the front of the buffer that are known to be body
	end   bool // a delimiter follows them
	err   error
}

// NextPart skips what is left of the part before and reads the header of the
// next. It returns io.EOF after the final delimiter, and when the body ends
// cleanly between parts or within one; an error of the body as it is; and
// io.ErrUnexpectedEOF when the body ends within a header.
func (r *Reader) NextPart() (*Part, error) {
	if r.done != nil {
		return nil, r.done
	}
	p, err := r.next()
	if err != nil {
		r.done = err
		return nil, err
	}
	r.part = p
	return p, nil
}

func (r *Reader) next() (*Part, error) {
	if r.part == nil {
		if err := r.choose(); err != nil {
			return nil, err
		}
		// The preamble is a part that nobody asked for.
		r.part = &Part{r: r, fresh: true}
		n, err := io.Copy(io.Discard, r.part)
		switch {
		case err != nil:
			return nil, err
		case !r.part.end && n > 0:
			return nil, ErrNoPart
		}
	} else if _, err := io.Copy(io.Discard, r.part); err != nil {
		return nil, err
	}
	if !r.part.end {
		return nil, io.EOF
	}
	final, err := r.delimiterLine()
	if err != nil {
		return nil, err
	}
	if final {
		return nil, io.EOF
	}
	header, err := r.header()
	if err != nil {
		return nil, err
	}
	return &Part{Header: header, r: r, fresh: true}, nil
}

// choose settles what the delimiter is if the boundary itself starts with two
// hyphens: senders that write it so may mean that they are in it already. The
// first line of the body tells.
func (r *Reader) choose() error {
	bare := r.delimiter[2:]
	if !bytes.HasPrefix(bare, []byte("--")) {
		return nil
	}
	for {
		buf := r.buffered()
		line := bytes.TrimLeft(buf, "\r\n")
		switch {
		case bytes.HasPrefix(r.delimiter, line) && len(line) < len(r.delimiter) && len(buf) < bufferSize/2:
		case bytes.HasPrefix(bare, line) && len(line) < len(bare) && len(buf) < bufferSize/2:
		case bytes.HasPrefix(line, bare) && !bytes.HasPrefix(line, r.delimiter):
			r.delimiter, r.newline = bare, append([]byte("\n"), bare...)
			return nil
		default:
			return nil
		}
		if err := r.more(); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// delimiterLine reads the delimiter at the front, with the line end before and
// the one after it, and tells whether it is the final one. The end of the body
// right behind the delimiter is as good as a final one: the sender has said that
// the part is complete, and no more.
func (r *Reader) delimiterLine() (final bool, err error) {
	buf := r.buffered()
	front := len(buf) - len(bytes.TrimLeft(buf, "\r\n")) + len(r.delimiter)
	kind, n := after(buf[front:])
	_, err = r.in.Discard(front + n)
	return kind != separates, err
}

// header reads a part's header up to and with its empty line.
func (r *Reader) header() (http.Header, error) {
	var block []byte
	for line := 0; ; {
		piece, err := r.in.ReadSlice('\n')
		block = append(block, piece...)
		switch {
		case len(block) > maxHeader:
			return nil, ErrHeaderTooLarge
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err == io.EOF && len(block) == 0:
			// A sender that closes each part with the next delimiter.
			return nil, io.EOF
		case err == io.EOF:
			return nil, io.ErrUnexpectedEOF
		case err != nil:
			return nil, err
		}
		if len(bytes.TrimRight(block[line:], "\r\n")) == 0 {
			break
		}
		line = len(block)
	}
	fields, err := textproto.NewReader(bufio.NewReader(bytes.NewReader(block))).ReadMIMEHeader()
	if err != nil {
		return nil, fmt.Errorf("mixed: part header: %w", err)
	}
	return http.Header(fields), nil
}

// Read gives the part's body, io.EOF at its end.
func (p *Part) Read(b []byte) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	for p.ready == 0 {
		switch {
		case p.r.part != p:
			return 0, errPast
		case p.end:
			return 0, io.EOF
		case p.err != nil:
			return 0, p.err
		}
		p.ready, p.end = p.r.scan(p.r.buffered(), p.fresh)
		if p.ready > 0 || p.end {
			continue
		}
		if err := p.r.more(); err == io.EOF && p.r.atDelimiter() {
			p.end = true
		} else if err != nil {
			// What was held back is no delimiter.
			p.ready, p.err = p.r.in.Buffered(), err
		}
	}
	n, err := p.r.in.Read(b[:min(len(b), p.ready)])
	p.ready -= n
	p.fresh = false
	return n, err
}
