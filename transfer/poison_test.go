package transfer

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// poisoner answers every request of a connection with its path, and puts one
// response more behind it, in the same write.
func poisoner(body func(path string) string) func(net.Conn) {
	return func(conn net.Conn) {
		requests := bufio.NewReader(conn)
		for {
			r, err := http.ReadRequest(requests)
			if err != nil {
				return
			}
			const poison = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison"
			if _, err := io.WriteString(conn, body(r.URL.Path)+poison); err != nil {
				return
			}
		}
	}
}

// TestBytesBehindAResponseAreNotTheNextOne asks one request after the other
// over what would be one connection. What a server, or somebody who makes it
// say more than one answer, sends before a request is not the answer to it.
func TestBytesBehindAResponseAreNotTheNextOne(t *testing.T) {
	framings := map[string]func(string) string{
		"length": func(path string) string {
			return fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(path), path)
		},
		"chunked": func(path string) string {
			return fmt.Sprintf("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", len(path), path)
		},
		"no body": func(path string) string { return "HTTP/1.1 204 No Content\r\nPath: " + path + "\r\n\r\n" },
	}
	cert := certificate(t, 24*time.Hour, "127.0.0.1")
	for name, body := range framings {
		for _, scheme := range []string{"http", "https"} {
			t.Run(name+" over "+scheme, func(t *testing.T) {
				ln, err := net.Listen("tcp", "127.0.0.1:0")
				if err != nil {
					t.Fatal(err)
				}
				url := scheme + "://" + ln.Addr().String()
				if scheme == "https" {
					ln = tls.NewListener(ln, &tls.Config{Certificates: []tls.Certificate{cert}})
				}
				listenRaw(t, ln, poisoner(body))
				c := newClient(t, Config{MaxConnsPerHost: 1, TLS: &tls.Config{RootCAs: rootsOf(cert)}})
				for i := range 300 {
					path := fmt.Sprint("/", i)
					x := do(t, c, Request{HTTP: get(t, url+path)})
					got := readAll(t, x) + x.Response.Header.Get("Path")
					if got != path {
						t.Fatalf("request %s got %q", path, got)
					}
				}
			})
		}
	}
}

func TestKeptConnectionsServeManyRequests(t *testing.T) {
	seen := make(map[string]int)
	srv := serve(t, func(w http.ResponseWriter, r *http.Request) {
		seen[r.RemoteAddr]++
		if strings.HasPrefix(r.URL.Path, "/none") {
			w.WriteHeader(http.StatusNoContent)
		}
	})
	c := newClient(t, Config{MaxConnsPerHost: 1})
	for i := range 50 {
		path := "/some"
		if i%2 == 0 {
			path = "/none"
		}
		readAll(t, do(t, c, Request{HTTP: get(t, srv.URL+path)}))
	}
	if len(seen) != 1 {
		t.Errorf("the requests came over %v", seen)
	}
}
