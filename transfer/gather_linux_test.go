package transfer

import (
	"bytes"
	"net/http"
	"strconv"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestNothingThatHasComeIsHeldBack: the server waits for what it has sent to be
// in the file before it sends more, so a copy that waited for more bytes would
// not end. Afterwards the connection serves others as before.
func TestNothingThatHasComeIsHeldBack(t *testing.T) {
	for _, tt := range []struct {
		name   string
		secure bool
		parts  []int // the bytes that have been sent behind each
	}{
		{"large", false, []int{1, 1000, 50_000, 1 << 20, 1<<20 + 1, 3<<20 - 200_000, 3<<20 - 1, 3 << 20}},
		{"large, TLS", true, []int{1, 1000, 50_000, 1 << 20, 1<<20 + 1, 3<<20 - 200_000, 3<<20 - 1, 3 << 20}},
		{"small", false, []int{40_000, 40_001, 65_535, 65_536}},
		{"small, TLS", true, []int{40_000, 40_001, 65_535, 65_536}},
		{"small, its beginning alone", false, []int{1, 32_769, 65_536}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			size := tt.parts[len(tt.parts)-1]
			data := noise(size)
			told := make(chan int64, 1) // how many bytes are in the file
			arrived := func(r *http.Request, n int64) {
				for got := int64(0); got < n; {
					select {
					case got = <-told:
					case <-r.Context().Done():
						return
					}
				}
			}
			handler := func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Length", strconv.Itoa(size))
				sent := 0
				for _, upTo := range tt.parts {
					w.Write(data[sent:upTo])
					w.(http.Flusher).Flush()
					sent = upTo
					arrived(r, int64(sent))
				}
			}
			var cfg Config
			s := serve(t, handler)
			if tt.secure {
				s, cfg.TLS = serveTLS(t, false, handler)
				cfg.DisableHTTP2 = true
			}
			c := newClient(t, cfg)
			for range 2 { // the second over the connection of the first
				dst := newOnDisk(t)
				x := plainBody(t, c, s)
				var n int64
				_, err := Copy(t.Context(), dst, 0, x.Response.Body, CopyOptions{Want: int64(size), Wrote: func(m int64) {
					n += m
					select {
					case <-told:
					default:
					}
					told <- n
				}})
				if err != nil {
					t.Fatal(err)
				}
				dst.holds(t, data)
				if got := wakesAt(t, x); got != 1 {
					t.Errorf("the connection wakes its reader at %d bytes", got)
				}
				if err := x.Response.Body.Close(); err != nil {
					t.Error(err)
				}
			}
			if x := plainBody(t, c, s); !x.Transaction().Reused {
				t.Error("the connection was not used again")
			}
		})
	}
}

// wakesAt is the SO_RCVLOWAT of the connection of x.
func wakesAt(t *testing.T, x *Exchange) int {
	t.Helper()
	return option(t, x, unix.SOL_SOCKET, unix.SO_RCVLOWAT)
}

// option is an option of the socket of x.
func option(t *testing.T, x *Exchange, level, name int) (n int) {
	t.Helper()
	conn, _ := tcpOf(x.trace.connection())
	if conn == nil {
		t.Fatal("it has no TCP connection")
	}
	var failed error
	err := conn.socket().control(func(fd uintptr) { n, failed = unix.GetsockoptInt(int(fd), level, name) })
	if err != nil || failed != nil {
		t.Fatal(err, failed)
	}
	return n
}

// TestGathererLetsGoAfterAPause: bytes that are too few wake who waits for them
// when the pause is over, and a wait without bytes ends as well.
func TestGathererLetsGoAfterAPause(t *testing.T) {
	hold := make(chan struct{})
	data := noise(2 << 20)
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", strconv.Itoa(len(data)))
		w.Write(data[:1000])
		w.(http.Flusher).Flush()
		<-hold
	})
	defer close(hold)
	x := plainBody(t, newClient(t, Config{}), s)
	g := newGatherer(x.Response.Body)
	if g == nil {
		t.Fatal("there is no gatherer for a body of plain HTTP")
	}
	defer g.end()
	for range 3 {
		began := time.Now()
		g.await(int64(len(data)))
		if got := wakesAt(t, x); got != 1 {
			t.Errorf("after %v the connection wakes its reader at %d bytes", time.Since(began), got)
		}
	}
}

// What the end of a body has left is not waited for longer than it takes to come.
func TestGathererWaitsForNoMoreThanIsToCome(t *testing.T) {
	const left = 300 << 10
	x := plainBody(t, newClient(t, Config{}), serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", strconv.Itoa(2<<20))
		w.Write(make([]byte, 2<<20))
	}))
	g := newGatherer(x.Response.Body)
	if g == nil {
		t.Fatal("there is no gatherer for a body of plain HTTP")
	}
	defer g.end()
	for { // until the timer of the pause does not come in between
		g.await(left)
		got := wakesAt(t, x)
		if got == left-gatherLast {
			return
		}
		if got != 1 {
			t.Fatalf("it waits for %d bytes of %d", got, left)
		}
	}
}

// TestSmallBodiesAreAcknowledgedAtOnce: after a few requests on a connection the
// system would rather wait for the next one, and the server with it.
func TestSmallBodiesAreAcknowledgedAtOnce(t *testing.T) {
	data := noise(1000)
	c, s := newClient(t, Config{}), serve(t, withLength(data))
	for range 10 {
		x := plainBody(t, c, s)
		dst := newOnDisk(t)
		if _, err := Copy(t.Context(), dst, 0, x.Response.Body, CopyOptions{Want: int64(len(data))}); err != nil {
			t.Fatal(err)
		}
		if option(t, x, unix.IPPROTO_TCP, unix.TCP_QUICKACK) != 1 {
			t.Fatal("what comes is acknowledged with the next request")
		}
		dst.holds(t, data)
	}
}

// TestASmallBodyThatIsThereIsWrittenOnce: of what has come while its head was
// read, part is in the buffer in front of the connection.
func TestASmallBodyThatIsThereIsWrittenOnce(t *testing.T) {
	data := noise(64 << 10)
	c, s := newClient(t, Config{}), serve(t, withLength(data))
	for range 3 {
		x := plainBody(t, c, s)
		conn, _ := tcpOf(x.trace.connection())
		err := conn.socket().readWith(func(fd uintptr) bool {
			buf := make([]byte, len(data))
			n, _, err := unix.Recvfrom(int(fd), buf, unix.MSG_PEEK)
			return err == nil && bytes.HasSuffix(buf[:n], data[len(data)-100:])
		})
		if err != nil {
			t.Fatal(err)
		}
		dst := newOnDisk(t)
		var told []int64
		_, err = Copy(t.Context(), dst, 0, x.Response.Body, CopyOptions{
			Want: int64(len(data)), Wrote: func(n int64) { told = append(told, n) },
		})
		if err != nil {
			t.Fatal(err)
		}
		dst.holds(t, data)
		if len(told) != 1 {
			t.Errorf("it was written in pieces of %d", told)
		}
	}
}
