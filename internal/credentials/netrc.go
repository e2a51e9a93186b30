package credentials

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"haul/session"
)

// mostNetrc bounds a netrc file.
const mostNetrc = 1 << 20

// Netrc has the passwords of a netrc file, as ftp and curl know it: entries
// "machine HOST login USER password SECRET", and "default" for any other host.
// A word with spaces is written in double quotes, with a backslash before a
// quote or a backslash in it. A line that begins with # is a comment, and a
// macro (macdef) is skipped to the next empty line.
//
// It is safe for use by several goroutines.
type Netrc struct{ entries []entry }

// entry is what the file says of a machine; "" is the default.
type entry struct{ machine, login, password string }

// OpenNetrc reads a file. One that others may read is refused, as its passwords
// are no secret. Errors name the file and the line, and nothing that stands
// there.
func OpenNetrc(path string) (*Netrc, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // it was only read
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if err := forOwnerOnly(path, info); err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(f, mostNetrc+1))
	defer clear(text)
	switch {
	case err != nil:
		return nil, err
	case len(text) > mostNetrc:
		return nil, fmt.Errorf("%s is longer than %d bytes: it is no netrc file", path, mostNetrc)
	}
	n, err := parseNetrc(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return n, nil
}

// Name is what the source is called in a row's log.
func (*Netrc) Name() string { return "netrc" }

// Credential is the first entry of the host, or of that user there; of a proxy
// as well. The default entry counts only for the URL's own origin, so that a
// redirect cannot send it anywhere. There are no tokens in it.
func (n *Netrc) Credential(_ context.Context, p session.ProtectionSpace, own bool, user string) (*session.Credential, error) {
	if p.Method == session.MethodBearer {
		return nil, nil
	}
	for _, e := range n.entries {
		switch {
		case e.machine == "" && !own, e.machine != "" && !strings.EqualFold(e.machine, p.Host):
			continue
		case user != "" && e.login != "" && user != e.login, user == "" && e.login == "":
			continue
		}
		if e.login != "" {
			user = e.login
		}
		return &session.Credential{User: user, Password: e.password, Persistence: session.PersistenceForSession}, nil
	}
	return nil, nil
}

// Refused changes nothing: the file is the person's.
func (*Netrc) Refused(context.Context, session.ProtectionSpace, *session.Credential) {}

// parseNetrc reads the text of a file.
func parseNetrc(text []byte) (*Netrc, error) {
	r := &netrcReader{rest: text, line: 1}
	n := &Netrc{}
	var e *entry
	for {
		word, ok, err := r.word()
		switch {
		case err != nil:
			return nil, err
		case !ok:
			return n, nil
		}
		switch word {
		case "default":
			n.entries = append(n.entries, entry{})
			e = &n.entries[len(n.entries)-1]
			continue
		case "macdef":
			r.skipMacro()
			continue
		case "machine", "login", "password", "account":
		default:
			return nil, fmt.Errorf("line %d: there is a word that is none of machine, default, login, password, account and macdef: put a password with spaces in double quotes", r.line)
		}
		if word != "machine" && e == nil {
			return nil, fmt.Errorf("line %d: %s comes before any machine", r.line, word)
		}
		value, ok, err := r.word()
		switch {
		case err != nil:
			return nil, err
		case !ok || word == "machine" && value == "":
			return nil, fmt.Errorf("line %d: nothing follows %s", r.line, word)
		}
		switch word {
		case "machine":
			n.entries = append(n.entries, entry{machine: value})
			e = &n.entries[len(n.entries)-1]
		case "login":
			e.login = value
		case "password":
			e.password = value
		}
	}
}

// netrcReader takes a netrc file apart.
type netrcReader struct {
	rest []byte
	line int
	// inLine tells that the line has a word already.
	inLine bool
}

var errNetrcBytes = errors.New("it has bytes that are no text")

// word is the next word; false at the end.
func (r *netrcReader) word() (string, bool, error) {
	for len(r.rest) > 0 {
		switch c := r.rest[0]; {
		case c == '\n':
			r.line++
			r.inLine = false
		case c == ' ' || c == '\t' || c == '\r':
		case c == '#' && !r.inLine:
			r.skipLine()
			continue
		case c == '"':
			r.inLine = true
			return r.quoted()
		default:
			r.inLine = true
			return r.bare()
		}
		r.rest = r.rest[1:]
	}
	return "", false, nil
}

func (r *netrcReader) bare() (string, bool, error) {
	end := bytes.IndexAny(r.rest, " \t\r\n")
	if end < 0 {
		end = len(r.rest)
	}
	word := string(r.rest[:end])
	r.rest = r.rest[end:]
	if strings.ContainsRune(word, 0) {
		return "", false, fmt.Errorf("line %d: %w", r.line, errNetrcBytes)
	}
	return word, true, nil
}

func (r *netrcReader) quoted() (string, bool, error) {
	word := make([]byte, 0, 64)
	defer func() { clear(word) }()
	for i := 1; i < len(r.rest); i++ {
		switch c := r.rest[i]; c {
		case '"':
			r.rest = r.rest[i+1:]
			return string(word), true, nil
		case 0:
			return "", false, fmt.Errorf("line %d: %w", r.line, errNetrcBytes)
		case '\n':
			return "", false, fmt.Errorf("line %d: a quote is not closed", r.line)
		case '\\':
			if i+1 < len(r.rest) && r.rest[i+1] != '\n' {
				i++
				c = r.rest[i]
			}
			word = append(word, c)
		default:
			word = append(word, c)
		}
	}
	return "", false, fmt.Errorf("line %d: a quote is not closed", r.line)
}

// skipMacro goes behind the empty line that ends a macro.
func (r *netrcReader) skipMacro() {
	r.skipLine()
	for len(r.rest) > 0 {
		line, _, _ := bytes.Cut(r.rest, []byte("\n"))
		r.rest = r.rest[min(len(line)+1, len(r.rest)):]
		r.line++
		if len(bytes.TrimRight(line, "\r")) == 0 {
			return
		}
	}
}

// skipLine goes to the beginning of the next line.
func (r *netrcReader) skipLine() {
	_, rest, found := bytes.Cut(r.rest, []byte("\n"))
	r.rest, r.inLine = rest, false
	if found {
		r.line++
	}
}
