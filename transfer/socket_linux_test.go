package transfer

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"testing"
	"time"
)

// socketPair is a connection of ours and the other end of it.
func socketPair(t *testing.T) (*tcpConn, *net.TCPConn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	dialled, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	far, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	near := newTCPConn(dialled).(*tcpConn)
	t.Cleanup(func() { near.Close(); far.Close() })
	return near, far.(*net.TCPConn)
}

// echo sends text to and fro.
func echo(t *testing.T, near, far net.Conn, text string) {
	t.Helper()
	for _, way := range [][2]net.Conn{{near, far}, {far, near}} {
		if _, err := way[0].Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
		got := make([]byte, len(text))
		if _, err := io.ReadFull(way[1], got); err != nil || string(got) != text {
			t.Fatalf("%q came, %v", got, err)
		}
	}
}

func TestASocketIsTheSameConnectionWatchedOrAside(t *testing.T) {
	near, far := socketPair(t)
	local, remote := near.LocalAddr(), near.RemoteAddr()
	for range 2 {
		echo(t, near, far, "watched")
		near.setAside()
		if !near.isAside() {
			t.Fatal("it is not set aside")
		}
		near.setAside() // once more changes nothing
		echo(t, near, far, "aside")
		if near.LocalAddr().String() != local.String() || near.RemoteAddr().String() != remote.String() {
			t.Errorf("it is between %v and %v", near.LocalAddr(), near.RemoteAddr())
		}
		near.giveBack()
		if near.isAside() {
			t.Fatal("it is not given back")
		}
		near.giveBack()
	}
	near.setAside()
	far.Close()
	if n, err := near.Read(make([]byte, 1)); n != 0 || err != io.EOF {
		t.Errorf("at its end: %d, %v", n, err)
	}
}

// A descriptor that is left open would keep the connection from ending.
func TestASocketHasOneDescriptorAtATime(t *testing.T) {
	near, far := socketPair(t)
	near.setAside()
	near.giveBack()
	near.setAside()
	near.giveBack()
	if err := near.Close(); err != nil {
		t.Error(err)
	}
	if _, err := far.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("the other end reads %v", err)
	}
}

func TestASocketAsideThatIsClosedLetsItsReaderGo(t *testing.T) {
	near, far := socketPair(t)
	near.setAside()
	ended := make(chan error)
	go func() {
		_, err := near.Read(make([]byte, 1))
		ended <- err
	}()
	if err := near.Close(); err != nil {
		t.Error(err)
	}
	if err := <-ended; !errors.Is(err, net.ErrClosed) {
		t.Errorf("the reader has %v", err)
	}
	if _, err := far.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("the other end reads %v", err)
	}
	if _, err := near.Write([]byte("x")); !errors.Is(err, net.ErrClosed) {
		t.Errorf("a Write has %v", err)
	}
	near.giveBack()
	if !near.isAside() {
		t.Error("a closed connection is given back")
	}
}

func TestASocketAsideObeysDeadlines(t *testing.T) {
	near, _ := socketPair(t)
	near.setAside()
	if err := near.SetDeadline(time.Now().Add(time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	_, err := near.Read(make([]byte, 1))
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("a Read has %v", err)
	}
	var timeout net.Error
	if !errors.As(err, &timeout) || !timeout.Timeout() {
		t.Errorf("%v is no timeout", err)
	}
	// The other end does not read, so that there is no room at some time.
	for err = nil; err == nil; {
		_, err = near.Write(make([]byte, 1<<20))
	}
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("a Write has %v", err)
	}
}

func TestASocketThatIsWrittenToStaysAsItIs(t *testing.T) {
	near, far := socketPair(t)
	ended := make(chan error)
	go func() {
		_, err := near.Write(make([]byte, 64<<20)) // more than it has room for
		ended <- err
	}()
	first := make([]byte, 1)
	if _, err := io.ReadFull(far, first); err != nil {
		t.Fatal(err)
	}
	near.setAside()
	if near.isAside() {
		t.Error("it was set aside under a Write")
	}
	if n, err := io.Copy(io.Discard, io.LimitReader(far, 64<<20-1)); err != nil {
		t.Errorf("%d bytes, %v", n, err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// TestBodiesOfSocketsAside: bodies that begin aside come whole, also when they
// are slow and when they are short, and leave the connection to the next one.
func TestBodiesOfSocketsAside(t *testing.T) {
	for _, secure := range []bool{false, true} {
		t.Run("TLS "+strconv.FormatBool(secure), func(t *testing.T) {
			data := noise(6 << 20)
			handler := func(w http.ResponseWriter, r *http.Request) {
				size, err := strconv.Atoi(r.URL.Query().Get("size"))
				if err != nil {
					t.Error(err)
				}
				w.Header().Set("Content-Length", strconv.Itoa(size))
				if _, err := w.Write(data[:size]); err != nil {
					t.Error(err)
				}
			}
			var cfg Config
			s := serve(t, handler)
			if secure {
				s, cfg.TLS = serveTLS(t, false, handler)
				cfg.DisableHTTP2 = true
			}
			c := newClient(t, cfg)
			for n, size := range []int{6 << 20, lastAside + 1, lastAside, gatherFrom, 1000, 6 << 20} {
				x, err := c.Do(t.Context(), Request{HTTP: get(t, s.URL+"?size="+strconv.Itoa(size)), IdleTimeout: time.Minute})
				if err != nil {
					t.Fatal(err)
				}
				if n > 0 && !x.Transaction().Reused {
					t.Error("the connection was not used again")
				}
				conn, _ := tcpOf(x.trace.connection())
				if size >= gatherFrom {
					conn.setAside()
				}
				dst := newOnDisk(t)
				if _, err := Copy(t.Context(), dst, 0, x.Response.Body, CopyOptions{Want: int64(size)}); err != nil {
					t.Fatal(err)
				}
				dst.holds(t, data[:size])
				if conn.isAside() || wakesAt(t, x) != 1 {
					t.Errorf("after %d bytes it is aside %v and wakes at %d", size, conn.isAside(), wakesAt(t, x))
				}
				if err := x.Response.Body.Close(); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// A body is set aside when it is fast, and only where there is much of it left.
func TestSocketsOfFastBodiesAreSetAside(t *testing.T) {
	x := plainBody(t, newClient(t, Config{}), serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", strconv.Itoa(1<<30))
		for piece := make([]byte, 1<<20); ; {
			if _, err := w.Write(piece); err != nil {
				return // it is not read to its end
			}
		}
	}))
	g := newGatherer(x.Response.Body).(*lowWater)
	defer g.end()
	buf := make([]byte, 1<<20)
	await := func(left int64) {
		g.fast = fastAfter - 1
		g.await(left)
		if _, err := g.conn.Read(buf); err != nil {
			t.Fatal(err)
		}
	}
	for range fastAfter {
		await(2 * lastAside)
	}
	if g.conn.isAside() {
		t.Error("it is set aside near its end")
	}
	for !g.conn.isAside() { // a pause may be over before enough has come
		await(1 << 29)
	}
	g.await(lastAside)
	if g.conn.isAside() {
		t.Error("it stays aside to its end")
	}
}

// A socket aside that has nothing to read is given back after the pause.
func TestSocketsOfSlowBodiesAreGivenBack(t *testing.T) {
	hold := make(chan struct{})
	x := plainBody(t, newClient(t, Config{}), serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", strconv.Itoa(1<<30))
		w.Write(bytes.Repeat([]byte("x"), 1000))
		w.(http.Flusher).Flush()
		<-hold
	}))
	defer close(hold)
	g := newGatherer(x.Response.Body).(*lowWater)
	defer g.end()
	g.conn.setAside()
	g.await(1 << 29)
	if g.conn.isAside() || wakesAt(t, x) != 1 {
		t.Errorf("it is aside %v and wakes at %d bytes", g.conn.isAside(), wakesAt(t, x))
	}
}
