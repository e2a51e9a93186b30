package demo

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net"
	"net/http/httptest"
	"os"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/net/nettest"
)

func newRecorder() *httptest.ResponseRecorder { return httptest.NewRecorder() }

func gunzip(t *testing.T, p []byte) []byte {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(p))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return plain
}

// nettest holds a net.Conn against what the net package promises.
func TestPipeIsAConn(t *testing.T) {
	nettest.TestConn(t, func() (net.Conn, net.Conn, func(), error) {
		a, b := pipe(Addr("a:1"), Addr("b:2"))
		return a, b, func() { a.Close(); b.Close() }, nil
	})
}

func TestPipeKeepsWhatWasWrittenBeforeClose(t *testing.T) {
	a, b := pipe(Addr("a:1"), Addr("b:2"))
	if _, err := a.Write([]byte("last words")); err != nil {
		t.Fatal(err)
	}
	a.Close()
	if got, err := io.ReadAll(b); err != nil || string(got) != "last words" {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := b.Write([]byte("too late")); !errors.Is(err, syscall.EPIPE) {
		t.Errorf("write to a closed end: %v", err)
	}
	if _, err := a.Read(make([]byte, 1)); !errors.Is(err, net.ErrClosed) {
		t.Errorf("read after Close: %v", err)
	}
}

func TestPipeHoldsTheWriterOfAReaderWhoHoldsStill(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := pipe(Addr("a:1"), Addr("b:2"))
		defer a.Close()
		defer b.Close()
		if err := a.SetWriteDeadline(time.Now().Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		n, err := a.Write(make([]byte, 2*pipeBuffer))
		if n != pipeBuffer || !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(start) != time.Minute {
			t.Errorf("%d bytes after %v, %v", n, time.Since(start), err)
		}
	})
}

func TestDialFailsAsARealOneDoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := new(Network)
		l, err := n.Listen("host.test:80")
		if err != nil {
			t.Fatal(err)
		}
		var dns *net.DNSError
		if _, err := n.Dial(t.Context(), "tcp", "nobody.test:80"); !errors.As(err, &dns) || !dns.IsNotFound {
			t.Errorf("unknown host: %v", err)
		}
		if _, err := n.Dial(t.Context(), "tcp", "host.test:81"); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("port nobody listens on: %v", err)
		}
		if _, err := n.Dial(t.Context(), "tcp", "no port"); err == nil {
			t.Error("an address without a port")
		}
		if _, err := n.Listen("host.test:80"); !errors.Is(err, syscall.EADDRINUSE) {
			t.Errorf("second listener: %v", err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err := n.Dial(ctx, "tcp", "host.test:80"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("nobody accepts: %v", err)
		}
		go func() {
			time.Sleep(time.Second)
			l.Close()
		}()
		if _, err := n.Dial(t.Context(), "tcp", "host.test:80"); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("listener closed while dialling: %v", err)
		}
		if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
			t.Errorf("Accept after Close: %v", err)
		}
		if _, err := n.Listen("host.test:80"); err != nil {
			t.Errorf("the address is not free after Close: %v", err)
		}
	})
}

func TestContentIsTheSameAtEveryOffset(t *testing.T) {
	c := newContent(1, "x", 1, 1003)
	whole, err := io.ReadAll(c.reader())
	if err != nil || len(whole) != 1003 {
		t.Fatalf("%d bytes, %v", len(whole), err)
	}
	for off := range whole {
		for _, length := range []int{1, 7, 8, 9, 64} {
			p := make([]byte, length)
			n, err := c.ReadAt(p, int64(off))
			if want := min(length, len(whole)-off); n != want || !bytes.Equal(p[:n], whole[off:off+n]) || (n < length) != (err == io.EOF) {
				t.Fatalf("ReadAt(%d bytes, %d): %d bytes, %v", length, off, n, err)
			}
		}
	}
	if _, err := c.ReadAt(make([]byte, 1), -1); err == nil {
		t.Error("a negative offset")
	}
	huge := newContent(1, "x", 1, 1<<60)
	if n, err := huge.ReadAt(make([]byte, 100), 1<<59+3); n != 100 || err != nil {
		t.Errorf("in the middle of 2^60 bytes: %d, %v", n, err)
	}
}

func FuzzParseSize(f *testing.F) {
	for _, s := range []string{"0", "200kB", "2GiB", "B", "-1", "1kBkB", "9223372036854775807GB"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if n, err := parseSize(s); err == nil && n < 0 {
			t.Errorf("%q is %d", s, n)
		}
	})
}

func FuzzParseRange(f *testing.F) {
	for _, s := range []string{"bytes=0-", "bytes=5-9", "bytes=-5", "bytes=9-5", "bytes=1-2,4-5", "bytes=0-99999999999999999999"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if start, end, ok := parseRange(s, 100); ok && (start < 0 || start >= end || end > 100) {
			t.Errorf("%q is [%d, %d)", s, start, end)
		}
	})
}
