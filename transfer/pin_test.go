package transfer

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
)

// peer answers with the address of its client, which tells connections apart.
func peer(w http.ResponseWriter, r *http.Request) {
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		panic(http.ErrAbortHandler)
	}
	_, _ = io.WriteString(w, r.RemoteAddr+" "+r.Proto)
}

// newPin returns a pin that is closed at the end of the test.
func newPin(t testing.TB, c *Client) *Pin {
	t.Helper()
	p := c.NewPin()
	t.Cleanup(p.Close)
	return p
}

func TestAPinIsOneConnectionForItsHolderAlone(t *testing.T) {
	for _, secure := range []bool{false, true} {
		cfg := Config{}
		var url string
		if secure {
			// The server prefers HTTP/2, which a pin does not speak.
			s, roots := serveTLS(t, true, peer)
			cfg.TLS, url = roots, s.URL
		} else {
			url = serve(t, peer).URL
		}
		c := newClient(t, cfg)
		first, second := newPin(t, c), newPin(t, c)
		one := readAll(t, do(t, c, Request{HTTP: get(t, url), Pin: first}))
		for range 3 {
			if got := readAll(t, do(t, c, Request{HTTP: get(t, url), Pin: first})); got != one {
				t.Errorf("the pin went from %s to %s", one, got)
			}
		}
		if !strings.HasSuffix(one, "HTTP/1.1") {
			t.Errorf("the pin speaks %s", one)
		}
		if other := readAll(t, do(t, c, Request{HTTP: get(t, url), Pin: second})); other == one {
			t.Error("two pins share a connection")
		}
		for range 2 {
			if pooled := readAll(t, do(t, c, Request{HTTP: get(t, url)})); pooled == one {
				t.Error("an exchange without the pin used its connection")
			}
		}
	}
}

func TestAPinIsMeasuredAsAnyConnection(t *testing.T) {
	s, roots := serveTLS(t, true, peer)
	c := newClient(t, Config{TLS: roots})
	p := newPin(t, c)
	x := do(t, c, Request{HTTP: get(t, s.URL), Pin: p})
	readAll(t, x)
	m := x.Transaction()
	if m.Reused || m.ConnectDone.IsZero() || m.TLSDone.IsZero() || m.RequestDone.IsZero() || m.RemoteAddr != s.Listener.Addr().String() {
		t.Errorf("the first exchange: %+v", m)
	}
	x = do(t, c, Request{HTTP: get(t, s.URL), Pin: p})
	readAll(t, x)
	if m := x.Transaction(); !m.Reused || !m.ConnectStart.IsZero() || m.TLSVersion == "" {
		t.Errorf("the second exchange: %+v", m)
	}
}

func TestAPinsServerIsVerified(t *testing.T) {
	s, _ := serveTLS(t, false, peer)
	refused := errors.New("not this one")
	c := newClient(t, Config{VerifyServer: func(context.Context, ServerIdentity) error { return refused }})
	p := newPin(t, c)
	_, err := c.Do(t.Context(), Request{HTTP: get(t, s.URL), Pin: p})
	if wantError(t, err, PhaseTLS); !errors.Is(err, refused) {
		t.Errorf("got %v", err)
	}
	if p.Broken() {
		t.Error("a pin that never had a connection cannot have lost it")
	}
}

func TestAPinThatLostItsConnectionSaysSo(t *testing.T) {
	var mu sync.Mutex
	var conns []net.Conn
	c := newClient(t, Config{Dial: func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, network, addr)
		mu.Lock()
		defer mu.Unlock()
		conns = append(conns, conn)
		return conn, err
	}})
	s := serve(t, peer)
	p := newPin(t, c)
	readAll(t, do(t, c, Request{HTTP: get(t, s.URL), Pin: p}))
	mu.Lock()
	conns[0].Close()
	mu.Unlock()
	_, err := c.Do(t.Context(), Request{HTTP: get(t, s.URL), Pin: p})
	var e *Error
	if !errors.As(err, &e) || !e.Reused {
		t.Errorf("got %v", err)
	}
	if !p.Broken() {
		t.Error("the pin is not broken")
	}
}

func TestAPinIsLostWithABodyThatNobodyReads(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		for range 64 {
			_, _ = w.Write(make([]byte, 64<<10)) // the client goes
		}
	})
	c := newClient(t, Config{})
	p := newPin(t, c)
	x := do(t, c, Request{HTTP: get(t, s.URL), Pin: p})
	if err := x.Response.Body.Close(); err != nil {
		t.Fatal(err)
	}
	if !p.Broken() {
		t.Error("the pin is as good as before")
	}
	_, err := c.Do(t.Context(), Request{HTTP: get(t, s.URL), Pin: p})
	if err == nil {
		t.Error("the lost connection was used")
	}
}

func TestAPinServesNoOtherOrigin(t *testing.T) {
	a, b := serve(t, peer), serve(t, peer)
	c := newClient(t, Config{})
	p := newPin(t, c)
	readAll(t, do(t, c, Request{HTTP: get(t, a.URL), Pin: p}))
	if _, err := c.Do(t.Context(), Request{HTTP: get(t, b.URL), Pin: p}); !errors.Is(err, errPinOrigin) {
		t.Errorf("got %v", err)
	}
}

func TestAClosedPinMakesNoConnection(t *testing.T) {
	c := newClient(t, Config{})
	p := c.NewPin()
	p.Close()
	body := &closing{Reader: strings.NewReader("x")}
	req, err := http.NewRequest(http.MethodPost, serve(t, peer).URL, body)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Do(t.Context(), Request{HTTP: req, Pin: p}); !errors.Is(err, errPinClosed) {
		t.Errorf("got %v", err)
	}
	if !body.closed {
		t.Error("the body was not closed")
	}
}

type closing struct {
	io.Reader
	closed bool
}

func (c *closing) Close() error {
	c.closed = true
	return nil
}

func TestAPinClosesIdleConnectionsWhereTheyAreCounted(t *testing.T) {
	s := serve(t, peer)
	c := newClient(t, Config{MaxConnsPerHost: 1})
	pooled := readAll(t, do(t, c, Request{HTTP: get(t, s.URL)}))
	p := newPin(t, c)
	pinned := readAll(t, do(t, c, Request{HTTP: get(t, s.URL), Pin: p}))
	if pooled == pinned {
		t.Fatal("the pin took a connection from the pool")
	}
	// The pool has none left: the next exchange without the pin dials anew.
	if again := readAll(t, do(t, c, Request{HTTP: get(t, s.URL)})); again == pooled || again == pinned {
		t.Errorf("the connection %s was used again", again)
	}
}

func TestAPinGoesThroughATunnel(t *testing.T) {
	s, roots := serveTLS(t, false, peer)
	proxy := newProxy(t, nil)
	proxy.target = s.Listener.Addr().String()
	c := newClient(t, Config{TLS: roots, Proxy: proxy.via(nil)})
	p := newPin(t, c)
	one := readAll(t, do(t, c, Request{HTTP: get(t, s.URL), Pin: p}))
	if two := readAll(t, do(t, c, Request{HTTP: get(t, s.URL), Pin: p})); two != one {
		t.Errorf("from %s to %s", one, two)
	}
	if len(proxy.seen) != 1 || proxy.seen[0].Method != http.MethodConnect {
		t.Errorf("the proxy saw %d requests", len(proxy.seen))
	}
}
