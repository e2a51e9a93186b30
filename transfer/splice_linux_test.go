package transfer

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// onDisk is a destination with a descriptor that counts what came in which way.
type onDisk struct {
	*os.File
	direct, plain int64
	// refuse is what WriteDirect says.
	refuse error
}

func (f *onDisk) WriteAt(p []byte, off int64) (int, error) {
	n, err := f.File.WriteAt(p, off)
	f.plain += int64(n)
	return n, err
}

func (f *onDisk) WriteDirect(n, off int64, move func(fd uintptr) (int64, error)) (int64, error) {
	if f.refuse != nil {
		return 0, f.refuse
	}
	moved, err := move(f.Fd())
	f.direct += moved
	return moved, err
}

func newOnDisk(t testing.TB) *onDisk {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "got"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return &onDisk{File: f}
}

func (f *onDisk) holds(t testing.TB, want []byte) {
	t.Helper()
	got, err := os.ReadFile(f.Name())
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%d bytes in the file, want %d; the same: %v", len(got), len(want), bytes.Equal(got, want))
	}
}

func noise(n int) []byte {
	p := make([]byte, n)
	rand.Read(p) // never fails
	return p
}

// plainBody serves data with a length and returns an exchange that has its head.
func plainBody(t testing.TB, c *Client, s *httptest.Server) *Exchange {
	t.Helper()
	x, err := c.Do(t.Context(), Request{HTTP: get(t, s.URL), IdleTimeout: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { x.Response.Body.Close() })
	return x
}

func withLength(data []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", strconv.Itoa(len(data)))
		w.Write(data)
	}
}

func TestPlainBodiesGoRoundThisProcess(t *testing.T) {
	data := noise(8<<20 + 12345)
	s := serve(t, withLength(data))
	c := newClient(t, Config{})
	for range 2 { // the second over the connection of the first
		dst := newOnDisk(t)
		x := plainBody(t, c, s)
		var told int64
		n, err := Copy(t.Context(), dst, 0, x.Response.Body, CopyOptions{
			Want: x.Response.ContentLength, Wrote: func(n int64) { told += n },
		})
		if err != nil || n != int64(len(data)) || told != n {
			t.Fatalf("%d, told %d, %v", n, told, err)
		}
		dst.holds(t, data)
		if dst.direct < n-2*readBufferSize || dst.plain == 0 {
			t.Errorf("%d bytes went round, %d through the process", dst.direct, dst.plain)
		}
		if got := x.Transaction().BodyReceived; got != n {
			t.Errorf("%d bytes received", got)
		}
		if err := x.Response.Body.Close(); err != nil {
			t.Error(err)
		}
	}
	if x := plainBody(t, c, s); !x.Transaction().Reused {
		t.Error("the connection was not used again")
	}
}

// TestOtherBodiesComeThroughThisProcess: what is framed, sealed or short.
func TestOtherBodiesComeThroughThisProcess(t *testing.T) {
	data := noise(3 << 20)
	chunked := func(w http.ResponseWriter, r *http.Request) {
		w.Write(data[:len(data)/2])
		w.(http.Flusher).Flush()
		w.Write(data[len(data)/2:])
	}
	secure, trust := serveTLS(t, false, withLength(data))
	second, trust2 := serveTLS(t, true, withLength(data))
	for name, tt := range map[string]struct {
		s    *httptest.Server
		cfg  Config
		want int64
	}{
		"chunked": {serve(t, chunked), Config{}, -1},
		// Also where somebody knows better how much comes.
		"chunked, length known": {serve(t, chunked), Config{}, int64(len(data))},
		"TLS":                   {secure, Config{TLS: trust, DisableHTTP2: true}, int64(len(data))},
		"HTTP/2":                {second, Config{TLS: trust2}, int64(len(data))},
		"dialled by the app": {serve(t, withLength(data)), Config{Dial: func(ctx context.Context, network, addr string) (net.Conn, error) {
			conn, err := new(net.Dialer).DialContext(ctx, network, addr)
			return struct{ net.Conn }{conn}, err
		}}, int64(len(data))},
	} {
		t.Run(name, func(t *testing.T) {
			dst := newOnDisk(t)
			x := plainBody(t, newClient(t, tt.cfg), tt.s)
			if _, err := Copy(t.Context(), dst, 0, x.Response.Body, CopyOptions{Want: tt.want}); err != nil {
				t.Fatal(err)
			}
			dst.holds(t, data)
			if dst.direct != 0 {
				t.Errorf("%d bytes went round", dst.direct)
			}
		})
	}
}

func TestBytesInThePipeAreWrittenWhereTheFileCannotTakeThem(t *testing.T) {
	data := noise(5 << 20)
	s := serve(t, withLength(data))
	dst := newOnDisk(t)
	dst.refuse = errors.ErrUnsupported
	x := plainBody(t, newClient(t, Config{}), s)
	if _, err := Copy(t.Context(), dst, 0, x.Response.Body, CopyOptions{Want: int64(len(data))}); err != nil {
		t.Fatal(err)
	}
	dst.holds(t, data)
	if dst.direct != 0 {
		t.Errorf("%d bytes went round", dst.direct)
	}
}

// TestAFileThatIsFullIsTheFilesFailure: what was written before counts.
func TestAFileThatIsFullIsTheFilesFailure(t *testing.T) {
	data := noise(5 << 20)
	s := serve(t, withLength(data))
	c := newClient(t, Config{})
	for _, refuse := range []error{syscall.ENOSPC, syscall.EFBIG} {
		dst := newOnDisk(t)
		dst.refuse = refuse
		x := plainBody(t, c, s)
		n, err := Copy(t.Context(), dst, 0, x.Response.Body, CopyOptions{Want: int64(len(data))})
		wantError(t, err, PhaseFile)
		if !errors.Is(err, refuse) || n != dst.plain {
			t.Errorf("%d of %d, %v", n, dst.plain, err)
		}
		dst.holds(t, data[:n])
		if err := x.Response.Body.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestASocketThatEndsEarlyIsTheWiresFailure: all that came is in the file.
func TestASocketThatEndsEarlyIsTheWiresFailure(t *testing.T) {
	data := noise(4 << 20)
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", strconv.Itoa(2*len(data)))
		w.Write(data)
		panic(http.ErrAbortHandler)
	})
	dst := newOnDisk(t)
	x := plainBody(t, newClient(t, Config{}), s)
	n, err := Copy(t.Context(), dst, 0, x.Response.Body, CopyOptions{Want: 2 * int64(len(data))})
	wantError(t, err, PhaseBody)
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Error(err)
	}
	dst.holds(t, data[:n])
}

func TestDivertedBodiesObeyClaimLimitGateAndCancel(t *testing.T) {
	data := noise(6 << 20)
	s := serve(t, withLength(data))
	c := newClient(t, Config{})

	t.Run("claim", func(t *testing.T) {
		dst := newOnDisk(t)
		x := plainBody(t, c, s)
		left, at := 3<<20, int64(0)
		n, err := Copy(t.Context(), dst, 0, x.Response.Body, CopyOptions{
			Want: int64(len(data)), Wrote: func(n int64) { at += n; left -= int(n) },
			Claim: func(n int) int { return min(n, left, 100_000) },
		})
		if err != nil || n != 3<<20 || at != n {
			t.Fatalf("%d, told %d, %v", n, at, err)
		}
		dst.holds(t, data[:n])
		if dst.direct == 0 {
			t.Error("nothing went round")
		}
	})
	t.Run("limit", func(t *testing.T) {
		dst := newOnDisk(t)
		x := plainBody(t, c, s)
		grant := &granting{burst: 300_000}
		if _, err := Copy(t.Context(), dst, 0, x.Response.Body, CopyOptions{Want: int64(len(data)), Limit: []Limiter{grant}}); err != nil {
			t.Fatal(err)
		}
		if grant.granted != len(data) || dst.direct == 0 {
			t.Errorf("%d granted, %d went round", grant.granted, dst.direct)
		}
		dst.holds(t, data)
	})
	t.Run("cancel", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		hold := make(chan struct{})
		s := serve(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", strconv.Itoa(len(data)))
			w.Write(data[:2<<20])
			w.(http.Flusher).Flush()
			<-hold
		})
		defer close(hold)
		dst := newOnDisk(t)
		x, err := c.Do(ctx, Request{HTTP: get(t, s.URL)})
		if err != nil {
			t.Fatal(err)
		}
		defer x.Response.Body.Close()
		var told atomic.Int64
		n, err := Copy(ctx, dst, 0, x.Response.Body, CopyOptions{Want: int64(len(data)), Wrote: func(n int64) {
			if told.Add(n) == 2<<20 {
				cancel()
			}
		}})
		wantError(t, err, PhaseBody)
		if !errors.Is(err, context.Canceled) || n != 2<<20 {
			t.Errorf("%d, %v", n, err)
		}
		dst.holds(t, data[:n])
	})
	t.Run("idle time", func(t *testing.T) {
		hold := make(chan struct{})
		s := serve(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", strconv.Itoa(len(data)))
			w.Write(data[:2<<20])
			w.(http.Flusher).Flush()
			<-hold
		})
		defer close(hold)
		x := doIdle(t, c, Request{HTTP: get(t, s.URL)}, func(*Exchange) error { return nil })
		defer x.Response.Body.Close()
		dst := newOnDisk(t)
		n, err := Copy(t.Context(), dst, 0, x.Response.Body, CopyOptions{Want: int64(len(data))})
		if !errors.Is(err, ErrTimeout) {
			t.Error(err)
		}
		dst.holds(t, data[:n])
	})
	t.Run("gate", func(t *testing.T) {
		gate := NewGate()
		x, err := c.Do(t.Context(), Request{HTTP: get(t, s.URL), Gate: gate})
		if err != nil {
			t.Fatal(err)
		}
		defer x.Response.Body.Close()
		dst := newOnDisk(t)
		shut, opened := false, make(chan struct{})
		n, err := Copy(t.Context(), dst, 0, x.Response.Body, CopyOptions{Want: int64(len(data)), Wrote: func(int64) {
			if !shut {
				shut = true
				gate.Shut()
				go func() {
					defer close(opened)
					gate.Open()
				}()
			}
		}})
		<-opened
		if err != nil || n != int64(len(data)) {
			t.Fatalf("%d, %v", n, err)
		}
		dst.holds(t, data)
	})
}

// granting counts what it lets pass.
type granting struct{ burst, granted int }

func (g *granting) Burst() int { return g.burst }
func (g *granting) WaitN(_ context.Context, n int) error {
	if n > g.burst {
		return errors.New("more than the burst")
	}
	g.granted += n
	return nil
}

// TestAReadThatIsCutInTwoIsNoticed: a reader between body and connection that
// fills one slice by two Reads would put bytes into two places.
func TestAReadThatIsCutInTwoIsNoticed(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		conn, err := l.Accept()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		conn.Write(noise(100_000))
	}()
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	pc := newTCPConn(conn).(*tcpConn)
	buf := make([]byte, 64<<10)
	var ends [2]int
	if err := unix.Pipe2(ends[:], unix.O_CLOEXEC); err != nil {
		t.Fatal(err)
	}
	d := &pipe{conn: pc, sign: &buf[0], out: ends[0], in: ends[1]}
	defer d.close()
	_, err = d.read(readerFunc(func(p []byte) (int, error) {
		n, err := pc.Read(p[:1000])
		if err != nil {
			return n, err
		}
		m, err := pc.Read(p[n:])
		return n + m, err
	}), buf)
	wantError(t, err, PhaseBody)
}

type readerFunc func(p []byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }
