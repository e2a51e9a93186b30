package mixed

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

// seen is what came of a body.
type seen struct {
	parts []string // header and body
	err   error    // what ended it, nil for the end
}

// split reads all parts of a body.
func split(r io.Reader, contentType string) seen {
	var s seen
	parts, err := NewReader(r, contentType)
	if err != nil {
		return seen{err: err}
	}
	for {
		p, err := parts.NextPart()
		if err == io.EOF {
			return s
		}
		if err != nil {
			s.err = err
			return s
		}
		var header []string
		for name, values := range p.Header {
			header = append(header, name+"="+strings.Join(values, ","))
		}
		slices.Sort(header)
		body, err := io.ReadAll(p)
		s.parts = append(s.parts, fmt.Sprintf("%s|%q", strings.Join(header, " "), body))
		if err != nil {
			s.err = err
			return s
		}
	}
}

const plain = "multipart/x-mixed-replace; boundary=b"

// bodies are streams and what is in them, for every test that cuts them.
var bodies = []struct {
	name, contentType, body string
	want                    []string
}{
	{"three parts, the second empty", plain,
		"--b\r\nA: 1\r\n\r\none\r\n--b\r\nA: 2\r\n\r\n\r\n--b\r\nA: 3\r\n\r\nthree\r\n--b--\r\n",
		[]string{`A=1|"one"`, `A=2|""`, `A=3|"three"`}},
	{"empty part without an empty line of its own", plain, "--b\r\nA: 1\r\n\r\n--b\r\n\r\n--b--", []string{`A=1|""`, `|""`}},
	{"preamble and epilogue", plain, "for old\r\nreaders --b\r\n--bx\r\n\r\n--b\r\n\r\none\r\n--b--\r\nepilogue\r\n--b\r\n\r\nno part",
		[]string{`|"one"`}},
	{"blanks after the delimiters", plain, "--b \t \r\n\r\none\r\n--b\t\r\n\r\ntwo\r\n--b-- \r\n", []string{`|"one"`, `|"two"`}},
	{"no final delimiter", plain, "--b\r\n\r\none\r\n--b\r\n\r\ntwo", []string{`|"one"`, `|"two"`}},
	{"ends with a line end", plain, "--b\r\n\r\none\r\n", []string{`|"one\r\n"`}},
	{"ends behind a delimiter", plain, "--b\r\n\r\none\r\n--b\r\n", []string{`|"one"`}},
	{"ends inside the line of a delimiter", plain, "--b\r\n\r\none\r\n--b", []string{`|"one"`}},
	{"ends inside a final delimiter", plain, "--b\r\n\r\none\r\n--b-", []string{`|"one"`}},
	{"ends inside a delimiter", `multipart/x-mixed-replace; boundary=bound`, "--bound\r\n\r\none\r\n--boun", []string{`|"one\r\n--boun"`}},
	{"ends in the blanks of a delimiter", plain, "--b\r\n\r\none\r\n--b  \r", []string{`|"one"`}},
	{"nothing", plain, "", nil},
	{"only a delimiter", plain, "--b\r\n", nil},
	{"only the final delimiter", plain, "--b--\r\n", nil},
	{"LF", plain, "\n--b\nA: 1\n\none\n--b\nA: 2\n\n\n--b\n\nthree\n\n--b--\n", []string{`A=1|"one"`, `A=2|""`, `|"three\n"`}},
	{"both line ends", plain, "--b\nA: 1\r\n\none\r\n--b\r\n\ntwo\n--b--\r\n", []string{`A=1|"one"`, `|"two"`}},
	{"what only looks like a delimiter", plain,
		"--b\r\n\r\n--bb\r\n--\r\n --b\r\nx--b\r\n\r\r\n--b-\r\n--b x\r\n-\r\n--B\r\n--b\rx\r\n--b--",
		[]string{`|"--bb\r\n--\r\n --b\r\nx--b\r\n\r\r\n--b-\r\n--b x\r\n-\r\n--B\r\n--b\rx"`}},
	{"line ends inside and around", plain, "--b\r\n\r\n\r\none\r\n\r\n\r\n--b--", []string{`|"\r\none\r\n\r\n"`}},
	{"carriage returns", plain, "--b\r\n\r\n\r\r\r\r\n--b--", []string{`|"\r\r\r"`}},
	{"folded and repeated fields", plain, "--b\r\nA: 1\r\n  more\r\nset-x: 1\r\nSet-X: 2\r\n\r\none\r\n--b--", []string{`A=1 more Set-X=1,2|"one"`}},
	{"Content-Length is only said", plain, "--b\r\nContent-Length: 1\r\n\r\none\r\n--b\r\nContent-Length: 99\r\n\r\ntwo\r\n--b--",
		[]string{`Content-Length=1|"one"`, `Content-Length=99|"two"`}},
	{"quoted boundary", `Multipart/X-Mixed-Replace;charset=x; Boundary="a b:c"`, "--a b:c\r\n\r\none\r\n--a b:c--", []string{`|"one"`}},
	{"boundary in need of quotes", `multipart/x-mixed-replace; boundary=a/b=c`, "--a/b=c\r\n\r\none\r\n--a/b=c--", []string{`|"one"`}},
	{"boundary with the hyphens in front", `multipart/x-mixed-replace;boundary=--myboundary`, "--myboundary\r\n\r\none\r\n--myboundary\r\n\r\ntwo\r\n--myboundary--", []string{`|"one"`, `|"two"`}},
	{"the same after an empty line", `multipart/x-mixed-replace;boundary=--b`, "\r\n--b\r\n\r\none\r\n--b--", []string{`|"one"`}},
	{"boundary that starts with hyphens", `multipart/x-mixed-replace;boundary=--b`, "----b\r\n\r\none\r\n--b\r\n----b--", []string{`|"one\r\n--b"`}},
	{"boundary of hyphens", `multipart/x-mixed-replace;boundary=---`, "-----\r\n\r\none\r\n-----\r\n\r\ntwo\r\n-------", []string{`|"one"`, `|"two"`}},
	{"boundary of hyphens with the hyphens in front", `multipart/x-mixed-replace;boundary=---`, "---\r\n\r\none\r\n---\r\n\r\ntwo", []string{`|"one"`, `|"two"`}},
}

// twoPieces gives s in two reads.
func twoPieces(s string, at int) io.Reader {
	return io.MultiReader(strings.NewReader(s[:at]), strings.NewReader(s[at:]))
}

func TestPartsHoweverTheBodyIsCut(t *testing.T) {
	for _, c := range bodies {
		t.Run(c.name, func(t *testing.T) {
			want := seen{parts: c.want}
			check := func(how string, r io.Reader) {
				t.Helper()
				if got := split(r, c.contentType); !reflect.DeepEqual(got, want) {
					t.Errorf("%s: %q, %v, want %q", how, got.parts, got.err, want.parts)
				}
			}
			check("whole", strings.NewReader(c.body))
			check("whole with its end", iotest.DataErrReader(strings.NewReader(c.body)))
			check("byte by byte", iotest.OneByteReader(strings.NewReader(c.body)))
			for i := range c.body {
				check(fmt.Sprintf("cut at %d", i), twoPieces(c.body, i))
			}
		})
	}
}

func TestBodyThatBreaksIsAnErrorWherever(t *testing.T) {
	broken := errors.New("connection lost")
	for _, c := range bodies {
		t.Run(c.name, func(t *testing.T) {
			end := strings.LastIndex(c.body, "--b--")
			for i := range c.body {
				if end >= 0 && i >= end {
					break // behind the final delimiter nothing is read
				}
				got := split(io.MultiReader(strings.NewReader(c.body[:i]), iotest.ErrReader(broken)), c.contentType)
				if !errors.Is(got.err, broken) && !strings.HasSuffix(c.contentType, "---") {
					t.Errorf("at %d: %q, %v", i, got.parts, got.err)
				}
			}
		})
	}
}

func TestBodiesThatAreWrong(t *testing.T) {
	for _, c := range []struct {
		name, body string
		parts      int
		want       error
	}{
		{"no delimiter", "hello", 0, ErrNoPart},
		{"other boundary", "--c\r\n\r\none\r\n--c--", 0, ErrNoPart},
		{"end in a header", "--b\r\n\r\none\r\n--b\r\nA: 1\r\n", 1, io.ErrUnexpectedEOF},
		{"end in a field", "--b\r\nA", 0, io.ErrUnexpectedEOF},
		{"large header", "--b\r\nA: " + strings.Repeat("x", maxHeader), 0, ErrHeaderTooLarge},
		{"many fields", "--b\r\n" + strings.Repeat("A: 1\r\n", maxHeader/6+1), 0, ErrHeaderTooLarge},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := split(strings.NewReader(c.body), plain); !errors.Is(got.err, c.want) || len(got.parts) != c.parts {
				t.Errorf("%q, %v, want %v", got.parts, got.err, c.want)
			}
		})
	}
	if got := split(strings.NewReader("--b\r\nno field\r\n\r\none"), plain); got.err == nil || len(got.parts) != 0 {
		t.Errorf("a line that is no field: %q, %v", got.parts, got.err)
	}
	r, err := NewReader(strings.NewReader("hello"), plain)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := r.NextPart(); err != ErrNoPart {
			t.Errorf("%v", err)
		}
	}
}

func TestHeaderOfJustTheLimitIsRead(t *testing.T) {
	field := "A: " + strings.Repeat("x", maxHeader-len("A: \r\n\r\n")) + "\r\n\r\n"
	got := split(strings.NewReader("--b\r\n"+field+"one\r\n--b--"), plain)
	if got.err != nil || len(got.parts) != 1 || !strings.HasSuffix(got.parts[0], `|"one"`) {
		t.Errorf("%d, %v", len(got.parts), got.err)
	}
}

func TestUnreadPartIsSkipped(t *testing.T) {
	body := "--b\r\n\r\n" + strings.Repeat("x", 100_000) + "\r\n--b\r\n\r\ntwo\r\n--b--"
	r, err := NewReader(strings.NewReader(body), plain)
	if err != nil {
		t.Fatal(err)
	}
	first, err := r.NextPart()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(first, make([]byte, 10)); err != nil {
		t.Fatal(err)
	}
	second, err := r.NextPart()
	if err != nil {
		t.Fatal(err)
	}
	if n, err := first.Read(make([]byte, 10)); n != 0 || err == nil || err == io.EOF {
		t.Errorf("the first part gives %d bytes of the second, %v", n, err)
	}
	if b, err := io.ReadAll(second); string(b) != "two" || err != nil {
		t.Errorf("%q, %v", b, err)
	}
}

func TestLongBlanksAreNoDelimiter(t *testing.T) {
	line := "\r\n--b" + strings.Repeat(" ", 20_000) + "\r\n"
	r, err := NewReader(strings.NewReader("--b\r\n\r\none"+line+"two\r\n--b--"), plain)
	if err != nil {
		t.Fatal(err)
	}
	p, err := r.NextPart()
	if err != nil {
		t.Fatal(err)
	}
	if b, err := io.ReadAll(p); err != nil || string(b) != "one"+line+"two" {
		t.Errorf("%d bytes, %v", len(b), err)
	}
}

func TestBoundaries(t *testing.T) {
	for in, want := range map[string]string{
		`multipart/x-mixed-replace; boundary=abc`:           "abc",
		`multipart/x-mixed-replace;boundary="a;b"`:          "a;b",
		`multipart/x-mixed-replace; x=y; BOUNDARY = a/b ;z`: "a/b",
		`multipart/x-mixed-replace; boundary="a b`:          "a b",
		`multipart/x-mixed-replace; boundary="abc "`:        "abc",
	} {
		if got, err := boundary(in); err != nil || got != want {
			t.Errorf("%s: %q, %v", in, got, err)
		}
	}
	for _, in := range []string{
		"", "multipart/x-mixed-replace", "multipart/x-mixed-replace; boundary", "multipart/x-mixed-replace; boundary=",
		`multipart/x-mixed-replace; boundary=""`, `multipart/x-mixed-replace; boundary=" "`, "multipart/x-mixed-replace; boundary=a\nb",
		"multipart/x-mixed-replace; boundary=" + strings.Repeat("x", 201),
	} {
		if _, err := NewReader(bytes.NewReader(nil), in); !errors.Is(err, ErrBoundary) {
			t.Errorf("%s: %v", in, err)
		}
	}
}

func TestOnlyMixedReplaceIsSplit(t *testing.T) {
	for in, want := range map[string]bool{
		"multipart/x-mixed-replace": true, "Multipart/X-Mixed-Replace ; boundary=x": true, "multipart/mixed; boundary=x": false,
		"multipart/byteranges; boundary=x": false, "text/html; x=multipart/x-mixed-replace": false, "": false,
	} {
		if got := Is(in); got != want {
			t.Errorf("%q: %v", in, got)
		}
	}
}
