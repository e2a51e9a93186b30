package cli

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"haul/model"
	"haul/ui/phrases"
	"haul/ui/text"
)

// checkURL says what is wrong with a URL that was typed, in words that say what
// to do, without repeating a password that may be in it.
func checkURL(typed string) error {
	if _, err := model.ParseURL(typed); err != nil {
		return fmt.Errorf("%s: %w", shown(typed), err)
	}
	return nil
}

// shown quotes text that is no URL, without the secrets that may be in it, and
// cut short.
func shown(typed string) string {
	typed = text.URL(typed, text.Const("…")).String()
	if r := []rune(typed); len(r) > 60 {
		typed = string(r[:60]) + "…"
	}
	return strconv.Quote(typed)
}

// listed is one line of a URL list.
type listed struct {
	line int // from 1
	url  string
	err  error // why it is no URL
}

// list reads a URL list bit by bit: one URL a line, blank lines and lines that
// begin with # left out. Lines that are no URL come back with their reason, so
// that the rest can go on.
type list struct {
	name  string // as it is called in complaints
	waits bool   // its end, or its next line, may never come
	scan  *bufio.Scanner
	line  int
	close func() error
	ended bool
}

// batchLines is how many lines are read at once: few enough that taking them in
// is not felt in the monitor.
const batchLines = 256

// openList opens the list at path; "-" is stdin.
func openList(path string, stdin io.Reader) (*list, error) {
	l := &list{name: path, close: func() error { return nil }}
	in := stdin
	if path == "-" {
		l.name, l.waits = "list", true
	} else {
		f, err := os.Open(path)
		if err != nil {
			return nil, fail(ExitUsage, phrases.CannotReadList, path, cause(err), suspect(err))
		}
		info, err := f.Stat()
		if err == nil && info.IsDir() {
			return nil, errors.Join(fail(ExitUsage, phrases.ListIsDirectory, path), f.Close())
		}
		in, l.waits, l.close = f, err != nil || !info.Mode().IsRegular(), f.Close
	}
	l.scan = bufio.NewScanner(in)
	l.scan.Buffer(nil, 1<<20)
	return l, nil
}

// read returns up to n more lines. When it returns fewer, or an error, the list
// has ended.
func (l *list) read(n int) ([]listed, error) {
	var out []listed
	for len(out) < n && !l.ended {
		if !l.scan.Scan() {
			l.ended = true
			break
		}
		l.line++
		// Some editors begin a file with a byte order mark.
		typed := strings.TrimSpace(strings.TrimPrefix(l.scan.Text(), "\ufeff"))
		if typed == "" || strings.HasPrefix(typed, "#") {
			continue
		}
		out = append(out, listed{line: l.line, url: typed, err: checkURL(typed)})
	}
	if !l.ended {
		return out, nil
	}
	if err := errors.Join(l.scan.Err(), l.close()); err != nil {
		return out, fail(ExitUsage, phrases.CannotReadWholeList, err)
	}
	return out, nil
}

// complaint says what is wrong with a line.
func (l *list) complaint(of listed) error {
	return fmt.Errorf(phrases.LineOfList, l.name, of.line, of.err)
}

// feed brings the rest of the list to the model, each line by the pattern spec.
func (l *list) feed(spec model.Spec, refused func([]model.Problem)) model.Feed {
	return model.Feed{Waits: l.waits, Refused: refused, Next: func() model.Batch {
		n := batchLines
		if l.waits {
			n = 1 // whoever writes them may take his time
		}
		lines, err := l.read(n)
		b := model.Batch{Specs: make([]model.Spec, 0, len(lines)), Last: l.ended}
		for _, line := range lines {
			if line.err != nil {
				b.Problems = append(b.Problems, model.Problem{Err: l.complaint(line)})
				continue
			}
			s := spec
			s.URL = line.url
			b.Specs = append(b.Specs, s)
		}
		if err != nil {
			b.Problems = append(b.Problems, model.Problem{Err: err})
		}
		return b
	}}
}
