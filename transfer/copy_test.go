package transfer

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"golang.org/x/time/rate"
)

func TestCopyWritesAtItsOffsetAndTells(t *testing.T) {
	data := bytes.Repeat([]byte("0123456789"), 100_000)
	for _, want := range []int64{-1, int64(len(data))} {
		for name, src := range map[string]io.Reader{
			"plain":      bytes.NewReader(data),
			"halves":     iotest.HalfReader(bytes.NewReader(data)),
			"end inside": iotest.DataErrReader(bytes.NewReader(data)),
		} {
			m := &memory{b: []byte("abc")}
			var told int64
			n, err := Copy(t.Context(), m, 3, src, CopyOptions{Want: want, Wrote: func(n int64) {
				if n <= 0 {
					t.Errorf("told %d", n)
				}
				told += n
			}})
			if err != nil || n != int64(len(data)) || told != n {
				t.Errorf("%s, want %d: %d, told %d, %v", name, want, n, told, err)
			}
			if !bytes.Equal(m.b, append([]byte("abc"), data...)) {
				t.Errorf("%s: other bytes", name)
			}
		}
	}
}

func TestCopyHoldsTheBodyToWhatHasToCome(t *testing.T) {
	tests := []struct {
		src  string
		want int64
		n    int64
		err  error
	}{
		{"abc", 3, 3, nil},
		{"abc", -1, 3, nil},
		{"", 0, 0, nil},
		{"", -1, 0, nil},
		{"abc", 4, 3, io.ErrUnexpectedEOF},
		{"", 4, 0, io.ErrUnexpectedEOF},
		{"abc", 2, 2, errTooLong},
		{"abc", 0, 0, errTooLong},
	}
	for _, tt := range tests {
		for name, src := range map[string]io.Reader{
			"at once": strings.NewReader(tt.src), "by byte": iotest.OneByteReader(strings.NewReader(tt.src)),
		} {
			var m memory
			n, err := Copy(t.Context(), &m, 0, src, CopyOptions{Want: tt.want})
			if n != tt.n || int64(len(m.b)) != tt.n || !errors.Is(err, tt.err) {
				t.Errorf("%q, want %d, %s: %d, %v", tt.src, tt.want, name, n, err)
			}
			if tt.err != nil {
				wantError(t, err, PhaseBody)
			}
		}
	}
}

// writerFunc is an io.WriterAt.
type writerFunc func(p []byte, off int64) (int, error)

func (f writerFunc) WriteAt(p []byte, off int64) (int, error) { return f(p, off) }

func TestCopyTellsReadingFromWriting(t *testing.T) {
	broken := errors.New("broken")
	full := writerFunc(func(p []byte, _ int64) (int, error) { return 2, broken })
	told := int64(0)
	n, err := Copy(t.Context(), full, 0, strings.NewReader("abc"), CopyOptions{Want: 3, Wrote: func(n int64) { told += n }})
	wantError(t, err, PhaseFile)
	if n != 2 || told != 2 || !errors.Is(err, broken) {
		t.Errorf("%d, told %d, %v", n, told, err)
	}

	short := writerFunc(func(p []byte, _ int64) (int, error) { return len(p) - 1, nil })
	_, err = Copy(t.Context(), short, 0, strings.NewReader("abc"), CopyOptions{Want: 3})
	wantError(t, err, PhaseFile)
	if !errors.Is(err, io.ErrShortWrite) {
		t.Error(err)
	}

	// What came before the error is kept.
	var m memory
	n, err = Copy(t.Context(), &m, 0, io.MultiReader(strings.NewReader("abc"), iotest.ErrReader(broken)), CopyOptions{Want: 9})
	wantError(t, err, PhaseBody)
	if n != 3 || string(m.b) != "abc" || !errors.Is(err, broken) {
		t.Errorf("%d, %v", n, err)
	}

	known := &Error{Phase: PhaseBody, Reused: true, Err: broken}
	_, err = Copy(t.Context(), &m, 0, iotest.ErrReader(known), CopyOptions{Want: 9})
	if err != known {
		t.Errorf("%#v is not the body's own error", err)
	}

	_, err = Copy(t.Context(), &m, 0, nothing{}, CopyOptions{Want: -1})
	if !errors.Is(err, io.ErrNoProgress) {
		t.Error(err)
	}
}

type nothing struct{}

func (nothing) Read([]byte) (int, error) { return 0, nil }

func TestCopyEndsWithItsContext(t *testing.T) {
	why := errors.New("paused")
	ctx, cancel := context.WithCancelCause(t.Context())
	n, err := Copy(ctx, &memory{}, 0, &endless{}, CopyOptions{Want: -1, Wrote: func(int64) { cancel(why) }})
	wantError(t, err, PhaseBody)
	if n == 0 || !errors.Is(err, context.Canceled) || !errors.Is(err, why) {
		t.Errorf("%d, %v", n, err)
	}
}

func TestCopyKeepsToItsLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		data := make([]byte, 100_000)
		fast, slow := rate.NewLimiter(20_000, 5_000), rate.NewLimiter(10_000, 1_000)
		most := int64(0)
		start := time.Now()
		_, err := Copy(t.Context(), &memory{}, 0, bytes.NewReader(data), CopyOptions{
			Want: 100_000, Limit: []Limiter{fast, slow}, Wrote: func(n int64) { most = max(most, n) },
		})
		if err != nil {
			t.Fatal(err)
		}
		if took := time.Since(start).Round(time.Millisecond); took != 9900*time.Millisecond { // less the first burst
			t.Errorf("took %v", took)
		}
		if most > 1000 {
			t.Errorf("%d bytes at once", most)
		}
	})
}

func TestCopyWithChangingLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := rate.NewLimiter(10_000, 5_000)
		data := make([]byte, 100_000)
		if _, err := Copy(t.Context(), &memory{}, 0, iotest.HalfReader(bytes.NewReader(data)), CopyOptions{
			Want: 100_000, Limit: []Limiter{l}, Wrote: func(n int64) { l.SetBurst(100) },
		}); err != nil {
			t.Fatal(err)
		}
		unlimited := rate.NewLimiter(rate.Inf, 0)
		if _, err := Copy(t.Context(), &memory{}, 0, bytes.NewReader(data), CopyOptions{Want: 100_000, Limit: []Limiter{unlimited}}); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			time.Sleep(time.Second)
			cancel()
		}()
		_, err := Copy(ctx, &memory{}, 0, bytes.NewReader(data), CopyOptions{Want: 100_000, Limit: []Limiter{rate.NewLimiter(1, 10)}})
		wantError(t, err, PhaseBody)
		if !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
}

// discard takes bytes as fast as a page cache could at best.
type discard struct{}

func (discard) WriteAt(p []byte, _ int64) (int, error) { return len(p), nil }

// BenchmarkCopy moves a body of known length from a loopback server; the
// figure to look at is MB/s.
func BenchmarkCopy(b *testing.B) {
	const size = 256 << 20
	block := make([]byte, 1<<20)
	for _, framing := range []string{"length", "chunked"} {
		b.Run(framing, func(b *testing.B) {
			s := serve(b, func(w http.ResponseWriter, r *http.Request) {
				if framing == "length" {
					w.Header().Set("Content-Length", strconv.Itoa(size))
				}
				for range size / len(block) {
					w.Write(block)
				}
			})
			c := newClient(b, Config{})
			b.SetBytes(size)
			b.ReportAllocs()
			for b.Loop() {
				x, err := c.Do(b.Context(), Request{HTTP: get(b, s.URL), IdleTimeout: time.Minute})
				if err != nil {
					b.Fatal(err)
				}
				if _, err := Copy(b.Context(), discard{}, 0, x.Response.Body, CopyOptions{Want: x.Response.ContentLength}); err != nil {
					b.Fatal(err)
				}
				if err := x.Response.Body.Close(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// sized notes how much is asked of a reader at once.
type sized struct {
	io.Reader
	asked []int
}

func (s *sized) Read(p []byte) (int, error) {
	s.asked = append(s.asked, len(p))
	return s.Reader.Read(p)
}

func TestOnlyASourceThatFillsASmallBufferGetsALargeOne(t *testing.T) {
	data := bytes.Repeat([]byte("0123456789abcdef"), 4*smallBuffer/16)
	for name, c := range map[string]struct {
		src   func() io.Reader
		large bool
	}{
		"fast": {func() io.Reader { return bytes.NewReader(data) }, true},
		"slow": {func() io.Reader { return iotest.HalfReader(bytes.NewReader(data)) }, false},
	} {
		for _, lent := range []*Buffers{nil, {}} {
			src, dst := &sized{Reader: c.src()}, &memory{}
			n, err := Copy(t.Context(), dst, 0, src, CopyOptions{Want: -1, Buffers: lent})
			if err != nil || n != int64(len(data)) || !bytes.Equal(dst.b, data) {
				t.Errorf("%s: %d bytes, %v", name, n, err)
			}
			if src.asked[0] != smallBuffer {
				t.Errorf("%s: begins with %d bytes", name, src.asked[0])
			}
			if last := src.asked[len(src.asked)-1]; (last == copyBuffer) != c.large {
				t.Errorf("%s: ends with %d bytes", name, last)
			}
		}
	}
}
