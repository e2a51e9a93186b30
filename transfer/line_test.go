package transfer

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// requests serves each connection of a loopback listener with handle, which is
// given the number of the connection, and each of its requests with its number;
// it returns false to close the connection.
func requests(t *testing.T, handle func(w io.Writer, r *http.Request, conn, n int32) bool) (url string) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var conns atomic.Int32
	listenRaw(t, ln, func(conn net.Conn) {
		number, br := conns.Add(1), bufio.NewReader(conn)
		for n := int32(1); ; n++ {
			r, err := http.ReadRequest(br)
			if err != nil || !handle(conn, r, number, n) {
				return
			}
		}
	})
	return "http://" + ln.Addr().String()
}

const answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

func TestADeadIdleConnectionIsNoFailure(t *testing.T) {
	for name, closes := range map[string]func(n int32) bool{
		"closed while it is idle":           func(int32) bool { return true },
		"closed when it is asked once more": func(n int32) bool { return n == 2 },
	} {
		t.Run(name, func(t *testing.T) {
			url := requests(t, func(w io.Writer, _ *http.Request, _, n int32) bool {
				if n == 1 || !closes(n) {
					io.WriteString(w, answer)
				}
				return !closes(n)
			})
			c := newClient(t, Config{})
			for range 20 {
				if got := readAll(t, do(t, c, Request{HTTP: get(t, url)})); got != "ok" {
					t.Errorf("%q", got)
				}
			}
		})
	}
}

func TestARequestThatWasAnsweredIsNotRepeated(t *testing.T) {
	var asked atomic.Int32
	url := requests(t, func(w io.Writer, _ *http.Request, _, n int32) bool {
		asked.Add(1)
		if n == 1 {
			io.WriteString(w, answer)
			return true
		}
		io.WriteString(w, "HTTP/1.1 200 OK\r\n")
		return false
	})
	c := newClient(t, Config{})
	readAll(t, do(t, c, Request{HTTP: get(t, url)}))
	_, err := c.Do(t.Context(), Request{HTTP: get(t, url)})
	if e := wantError(t, err, PhaseHead); !e.Reused || !errors.Is(e, io.ErrUnexpectedEOF) {
		t.Errorf("reused %t, %v", e.Reused, e)
	}
	if n := asked.Load(); n != 2 {
		t.Errorf("the server was asked %d times", n)
	}
}

func TestConnectionsThatAreNotForTheNextExchange(t *testing.T) {
	for name, tt := range map[string]struct {
		answer string
		read   int64
	}{
		"a body that was not read to its end": {answer, 1},
		"an end that was announced":           {"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok", 3},
		"HTTP/1.0":                            {"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", 3},
		"a switch of protocols":               {"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", 0},
	} {
		t.Run(name, func(t *testing.T) {
			var second atomic.Bool
			url := requests(t, func(w io.Writer, _ *http.Request, _, n int32) bool {
				second.Store(second.Load() || n > 1)
				io.WriteString(w, tt.answer)
				return true
			})
			c := newClient(t, Config{})
			for range 5 {
				x := do(t, c, Request{HTTP: get(t, url)})
				if _, err := io.CopyN(io.Discard, x.Response.Body, tt.read); err != nil && err != io.EOF {
					t.Error(err)
				}
				if err := x.Response.Body.Close(); err != nil {
					t.Error(err)
				}
			}
			if second.Load() {
				t.Error("a connection was used again")
			}
		})
	}
}

// open is how many connections the client has.
func (c *Client) open() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.wires)
}

// TestOtherConnectionsCountToo: requests with a body and pins have connections of
// another kind.
func TestOtherConnectionsCountToo(t *testing.T) {
	s := serve(t, peer)
	c := newClient(t, Config{MaxConnsPerHost: 1})
	pin := newPin(t, c)
	post := get(t, s.URL)
	post.Method = http.MethodPost
	for _, r := range []Request{{HTTP: get(t, s.URL)}, {HTTP: post}, {HTTP: get(t, s.URL)}, {HTTP: post}, {HTTP: get(t, s.URL), Pin: pin}} {
		if r.HTTP.Method == http.MethodPost {
			r.HTTP.Body = io.NopCloser(strings.NewReader("x"))
		}
		readAll(t, do(t, c, r))
		if n := c.open(); n > 1 {
			t.Errorf("after %s there are %d connections", r.HTTP.Method, n)
		}
	}
}

func TestConnectionsOverTLSAreBoundedFromTheBeginning(t *testing.T) {
	var mu sync.Mutex
	seen := make(map[string]bool)
	s, roots := serveTLS(t, false, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		seen[r.RemoteAddr] = true
	})
	c := newClient(t, Config{MaxConnsPerHost: 3, TLS: roots})
	var wg sync.WaitGroup
	for range 40 {
		wg.Go(func() {
			x, err := c.Do(t.Context(), Request{HTTP: get(t, s.URL)})
			if err != nil {
				t.Error(err)
				return
			}
			readAll(t, x)
		})
	}
	wg.Wait()
	if len(seen) > 3 {
		t.Errorf("%d connections", len(seen))
	}
}

func TestNothingIsRememberedOfPlacesThatAreNotUsed(t *testing.T) {
	s := serve(t, peer)
	c := newClient(t, Config{})
	readAll(t, do(t, c, Request{HTTP: get(t, s.URL)}))
	c.CloseIdleConnections()
	c.lines.mu.Lock()
	defer c.lines.mu.Unlock()
	if len(c.lines.places) > 0 || c.open() > 0 {
		t.Errorf("%d places, %d connections", len(c.lines.places), c.open())
	}
}

// alwaysQuiet is an end of a pipe over which nothing comes of itself.
type alwaysQuiet struct{ net.Conn }

func (alwaysQuiet) tryRead([]byte) (int, error) { return 0, errNothingCame }

func TestIdleConnectionsAreClosedAfterAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := NewClient(Config{Dial: func(context.Context, string, string) (net.Conn, error) {
			near, far := net.Pipe()
			go func() {
				for br := bufio.NewReader(far); ; {
					if _, err := http.ReadRequest(br); err != nil {
						_ = far.Close()
						return
					}
					io.WriteString(far, answer)
				}
			}()
			return alwaysQuiet{near}, nil
		}})
		defer c.Close()
		for _, tt := range []struct {
			rest   time.Duration // after the exchange
			reused bool
			open   int
		}{{idleConnTimeout - 1, false, 1}, {idleConnTimeout - 1, true, 1}, {idleConnTimeout, true, 0}, {0, false, 1}} {
			x := do(t, c, Request{HTTP: get(t, "http://h/")})
			readAll(t, x)
			time.Sleep(tt.rest)
			synctest.Wait()
			if got := x.Transaction().Reused; got != tt.reused || c.open() != tt.open {
				t.Errorf("reused %t, %d connections open; want %+v", got, c.open(), tt)
			}
		}
	})
}
