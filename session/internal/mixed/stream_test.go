package mixed

import (
	"bytes"
	"fmt"
	"io"
	"mime/multipart"
	"net/textproto"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"

	"pgregory.net/rapid"
)

// A part that waited for more than has come in would never end here, which the
// bubble reports.
func TestPartGivesWhatHasComeIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		body, sender := io.Pipe()
		defer body.Close()
		say := make(chan string)
		go func() {
			for s := range say {
				if _, err := io.WriteString(sender, s); err != nil {
					t.Error(err)
				}
			}
			sender.Close()
		}()
		r, err := NewReader(body, plain)
		if err != nil {
			t.Fatal(err)
		}
		buf := make([]byte, 100)
		reads := func(p *Part, want string) {
			t.Helper()
			if n, err := p.Read(buf); err != nil || string(buf[:n]) != want {
				t.Errorf("%q, %v, want %q", buf[:n], err, want)
			}
		}
		say <- "--b\r\nA: 1\r\n\r\nfirst"
		first, err := r.NextPart()
		if err != nil {
			t.Fatal(err)
		}
		reads(first, "first")
		say <- " more\r\n-"
		reads(first, " more") // what may be a delimiter waits
		say <- "-c"
		reads(first, "\r\n--c")
		say <- "\r\n--b\r\n"
		if n, err := first.Read(buf); n != 0 || err != io.EOF {
			t.Errorf("%q, %v", buf[:n], err) // complete before the next part begins
		}
		say <- "B: 2\r\n\r\n"
		second, err := r.NextPart()
		if err != nil || second.Header.Get("B") != "2" {
			t.Fatalf("%v, %v", second, err)
		}
		say <- "second"
		reads(second, "second")
		close(say)
		if _, err := r.NextPart(); err != io.EOF {
			t.Errorf("%v", err)
		}
	})
}

// endless is parts without end.
type endless struct {
	piece   []byte
	at      int
	written int64
	most    int64
}

func (e *endless) Read(b []byte) (int, error) {
	if e.written >= e.most {
		return 0, io.EOF
	}
	n := copy(b, e.piece[e.at:])
	e.at = (e.at + n) % len(e.piece)
	e.written += int64(n)
	return n, nil
}

func TestEndlessStreamsTakeNoMemory(t *testing.T) {
	for _, c := range []struct{ name, piece string }{
		{"parts", "\r\n--b\r\nContent-Type: image/jpeg\r\n\r\n" + strings.Repeat("\r\n-x", 10_000)},
		{"empty parts", "\r\n--b\r\nA: 1\r\n\r\n"},
		{"one part of line ends", "\r\n"},
		{"preamble without a line end", "x"},
		{"blanks behind a delimiter", " "},
	} {
		t.Run(c.name, func(t *testing.T) {
			body := io.MultiReader(strings.NewReader("--b\r\n\r\n\r\n--b"), &endless{piece: bytes.Repeat([]byte(c.piece), 1+bufferSize/len(c.piece)), most: 4 << 20})
			r, err := NewReader(body, plain)
			if err != nil {
				t.Fatal(err)
			}
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			for {
				p, err := r.NextPart()
				if err != nil {
					break
				}
				if _, err := io.Copy(io.Discard, p); err != nil {
					t.Fatal(err)
				}
			}
			runtime.GC()
			runtime.ReadMemStats(&after)
			if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 1<<20 {
				t.Errorf("%d bytes more", grown)
			}
			if size := r.in.Size(); size != bufferSize {
				t.Errorf("a buffer of %d bytes", size)
			}
		})
	}
}

// What mime/multipart writes comes back, however the stream is cut.
func TestWrittenPartsComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var want []string
		var body bytes.Buffer
		w := multipart.NewWriter(&body)
		if err := w.SetBoundary(rapid.StringMatching(`[a-z'()+_,./:=?-]{0,20}[a-z]`).Draw(t, "boundary")); err != nil {
			t.Skip("no boundary")
		}
		// Pieces that are easily taken for delimiters.
		pieces := rapid.SliceOf(rapid.SampledFrom([]string{"\r", "\n", "\r\n", "-", "--", "x", " ", w.Boundary()[:len(w.Boundary())-1]}))
		for i := range rapid.IntRange(1, 4).Draw(t, "parts") {
			content := strings.Join(pieces.Draw(t, "content"), "")
			if strings.Contains("\n"+content+"\r\n", "\n--"+w.Boundary()) {
				t.Skip("the delimiter is in the content")
			}
			p, err := w.CreatePart(textproto.MIMEHeader{"N": {fmt.Sprint(i)}})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.WriteString(p, content); err != nil {
				t.Fatal(err)
			}
			want = append(want, fmt.Sprintf("N=%d|%q", i, content))
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		contentType := `multipart/x-mixed-replace; boundary="` + w.Boundary() + `"`
		check := func(r io.Reader) {
			if got := split(r, contentType); got.err != nil || !reflect.DeepEqual(got.parts, want) {
				t.Fatalf("%q, %v, want %q", got.parts, got.err, want)
			}
		}
		check(iotest.OneByteReader(bytes.NewReader(body.Bytes())))
		check(twoPieces(body.String(), rapid.IntRange(0, body.Len()).Draw(t, "cut")))
	})
}

func FuzzReader(f *testing.F) {
	for _, c := range bodies {
		f.Add(c.contentType, []byte(c.body))
	}
	f.Fuzz(func(t *testing.T, contentType string, body []byte) {
		whole := split(bytes.NewReader(body), contentType)
		bytewise := split(iotest.OneByteReader(bytes.NewReader(body)), contentType)
		same := whole.err == nil && bytewise.err == nil ||
			whole.err != nil && bytewise.err != nil && whole.err.Error() == bytewise.err.Error()
		if !same || !reflect.DeepEqual(whole.parts, bytewise.parts) {
			t.Errorf("whole: %q, %v; byte by byte: %q, %v", whole.parts, whole.err, bytewise.parts, bytewise.err)
		}
	})
}
