package transfer

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
)

// stepwise is a user of proxies that answers every refusal, up to a number of
// them.
type stepwise struct {
	urlUser
	name  string
	steps int
	said  atomic.Int32
}

func (s *stepwise) Identity() any                     { return s.name }
func (s *stepwise) Tunnel(string) (Tunnelling, error) { return s, nil }
func (s *stepwise) Opened(http.Header) error          { return nil }
func (s *stepwise) Authorization() string             { return "Step 0" }

func (s *stepwise) Refused(http.Header) (string, error) {
	if n := int(s.said.Add(1)); n <= s.steps {
		return fmt.Sprint("Step ", n), nil
	}
	return "", nil
}

// talkative is stepwise as a ProxyUser, whose Authorization is another one.
type talkative struct{ *stepwise }

func (t talkative) Authorization(string, string) (string, error) { return "", nil }

// stepProxy answers the first refusals CONNECTs on a connection with refusal,
// and counts connections.
func stepProxy(t *testing.T, refusals int, refusal string) (via *url.URL, connections *atomic.Int32) {
	t.Helper()
	connections = new(atomic.Int32)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listenRaw(t, ln, func(conn net.Conn) {
		connections.Add(1)
		br := bufio.NewReader(conn)
		for n := 0; ; n++ {
			r, err := http.ReadRequest(br)
			if err != nil {
				return
			}
			if n < refusals {
				_, _ = io.WriteString(conn, refusal)
				continue
			}
			out, err := net.Dial("tcp", r.Host)
			if err != nil {
				return
			}
			_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\n\r\n")
			done := make(chan struct{})
			go func() {
				defer close(done)
				_, _ = io.Copy(out, br)
				_ = out.Close()
			}()
			_, _ = io.Copy(conn, out)
			_ = conn.Close()
			<-done
			return
		}
	})
	return &url.URL{Scheme: "http", Host: ln.Addr().String()}, connections
}

func TestATunnelIsAskedForInSteps(t *testing.T) {
	const head = "HTTP/1.1 407 Who\r\nContent-Length: "
	tests := []struct {
		name            string
		refusals, steps int
		refusal         string
		says            string // the error, "" for none
	}{
		{"at once", 0, 0, "", ""},
		{"two steps", 2, 2, head + "4\r\n\r\nwho?", ""},
		{"in pieces", 1, 1, "HTTP/1.1 407 Who\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nwho?\r\n0\r\n\r\n", ""},
		{"the refusal stands", 2, 1, head + "4\r\n\r\nwho?", "wants a user and a password"},
		{"it closes", 1, 1, "HTTP/1.1 407 Who\r\nConnection: close\r\n\r\n", "ends the connection in the middle"},
		{"a body that is too long", 1, 1, head + "1000000\r\n\r\n" + strings.Repeat("x", 1000000), "ends the connection in the middle"},
		{"for ever", 1 << 20, 1 << 20, head + "0\r\n\r\n", "goes on asking"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			srv, trusted := serveTLS(t, false, func(http.ResponseWriter, *http.Request) {})
			via, connections := stepProxy(t, tt.refusals, tt.refusal)
			c := newClient(t, Config{TLS: trusted, Proxy: func(*http.Request) (*url.URL, error) { return via, nil }})
			user := &stepwise{name: "alice", steps: tt.steps}
			x, err := c.Do(t.Context(), Request{HTTP: get(t, srv.URL), ProxyUser: func(*url.URL) ProxyUser { return talkative{user} }})
			switch {
			case tt.says == "" && err != nil:
				t.Fatal(err)
			case tt.says != "" && (err == nil || !strings.Contains(err.Error(), tt.says)):
				t.Fatalf("the error is %v", err)
			case err == nil:
				readAll(t, x)
			}
			if n := connections.Load(); n != 1 {
				t.Errorf("%d connections", n)
			}
		})
	}
}

func TestTunnelsOfUsersAreApart(t *testing.T) {
	srv, trusted := serveTLS(t, false, func(http.ResponseWriter, *http.Request) {})
	via, connections := stepProxy(t, 0, "")
	c := newClient(t, Config{TLS: trusted, Proxy: func(*http.Request) (*url.URL, error) { return via, nil }})
	for i, name := range []string{"alice", "bob", "alice", "bob"} {
		user := talkative{&stepwise{name: name}}
		x, err := c.Do(t.Context(), Request{HTTP: get(t, srv.URL), ProxyUser: func(*url.URL) ProxyUser { return user }})
		if err != nil {
			t.Fatal(err)
		}
		readAll(t, x)
		if got, want := int(connections.Load()), min(i+1, 2); got != want {
			t.Errorf("%d connections after %d requests, want %d", got, i+1, want)
		}
	}
}
