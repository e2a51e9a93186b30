package transfer

import (
	"net/http"
	"strconv"
	"testing"

	"golang.org/x/sys/unix"
)

// option is an option of the socket of x, at level SOL_SOCKET.
func option(t *testing.T, x *Exchange, name int) (n int) {
	t.Helper()
	conn, _ := tcpOf(x.trace.connection())
	if conn == nil {
		t.Fatal("it has no TCP connection")
	}
	var failed error
	err := conn.raw.Control(func(fd uintptr) { n, failed = unix.GetsockoptInt(int(fd), unix.SOL_SOCKET, name) })
	if err != nil || failed != nil {
		t.Fatal(err, failed)
	}
	return n
}

// What lies in a socket is lost when the process is killed, so the buffer for a
// sender that is near does not grow beyond what gathering needs.
func TestTheWindowToANearServerStaysSmall(t *testing.T) {
	const size = 16 << 20
	data := noise(size)
	handler := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", strconv.Itoa(size))
		w.Write(data)
	}
	for _, secure := range []bool{false, true} {
		t.Run("TLS "+strconv.FormatBool(secure), func(t *testing.T) {
			var cfg Config
			s := serve(t, handler)
			if secure {
				s, cfg.TLS = serveTLS(t, false, handler)
				cfg.DisableHTTP2 = true
			}
			c := newClient(t, cfg)
			for range 20 { // a machine that is busy is not always near to itself
				x := plainBody(t, c, s)
				if x.RoundTrip() <= 0 {
					t.Error("the system does not tell the round trip")
				}
				dst, held := newOnDisk(t), false
				_, err := Copy(t.Context(), dst, 0, x.Response.Body, CopyOptions{Want: size, Wrote: func(int64) {
					held = option(t, x, unix.SO_BUF_LOCK)&unix.SOCK_RCVBUF_LOCK != 0
					if n := option(t, x, unix.SO_RCVBUF); held && n > 2*windowBytes {
						t.Errorf("the buffer has grown to %d bytes", n)
					}
				}})
				if err != nil {
					t.Fatal(err)
				}
				dst.holds(t, data)
				if held {
					return
				}
				c.CloseIdleConnections()
			}
			t.Error("the buffer may grow")
		})
	}
}

func TestAWindowGrowsForWhoIsFar(t *testing.T) {
	const millisecond = 1000 // of tcp_info
	for name, c := range map[string]struct {
		trip, data uint32
		near       bool
	}{
		"the same machine":            {trip: 40, near: true},
		"the next room, data came":    {trip: 300, data: 700, near: true},
		"another town":                {trip: 12 * millisecond},
		"no round trip is known":      {trip: ^uint32(0)},
		"near, with a queue between":  {trip: 900, data: 30 * millisecond},
		"just near, as data shows it": {trip: 1900, data: 7 * millisecond, near: true},
	} {
		if got := near(&unix.TCPInfo{Min_rtt: c.trip, Rcv_rtt: c.data}); got != c.near {
			t.Errorf("%s: near is %t", name, got)
		}
	}
}

// A window that was held is let go for good when the way turns out to be long.
func TestAWindowIsLetGo(t *testing.T) {
	x := plainBody(t, newClient(t, Config{}), serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Write(make([]byte, 1<<20))
	}))
	conn, _ := tcpOf(x.trace.connection())
	hold := func(w *window, hold bool) (held bool) {
		if err := conn.raw.Control(func(fd uintptr) { w.hold(int(fd), hold) }); err != nil {
			t.Fatal(err)
		}
		return option(t, x, unix.SO_BUF_LOCK)&unix.SOCK_RCVBUF_LOCK != 0
	}
	var w window
	if !hold(&w, true) || !w.held {
		t.Fatal("not held")
	}
	if hold(&w, false) || w.held || !w.free {
		t.Error("still held")
	}
	if err := conn.SetReadBuffer(1 << 20); err != nil {
		t.Fatal(err)
	}
	w = window{}
	if !hold(&w, true) || w.held || !w.free || !hold(&w, false) {
		t.Error("the size that the app has set does not stay")
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
