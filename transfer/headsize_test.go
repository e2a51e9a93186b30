package transfer

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// recordedHead reads a request from conn and returns the bytes of its head.
func recordedHead(conn net.Conn) string {
	var head bytes.Buffer
	if _, err := http.ReadRequest(bufio.NewReaderSize(io.TeeReader(conn, &head), 1)); err != nil {
		return err.Error()
	}
	before, _, _ := strings.Cut(head.String(), "\r\n\r\n")
	return before + "\r\n\r\n"
}

func TestHeadsAreMeasured(t *testing.T) {
	const length = "HTTP/1.1 200 Fine\r\nContent-Length: 2\r\nX-Two: a\r\nX-Two: bc\r\n\r\n"
	tests := []struct {
		name, method, body string
		heads, rest        string
		proxied            bool
	}{
		{name: "length", method: "GET", heads: length, rest: "ok"},
		{name: "chunks", method: "GET", heads: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", rest: "2\r\nok\r\n0\r\n\r\n"},
		{name: "1xx before", method: "GET", heads: "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + length, rest: "ok"},
		{name: "a body of known length", method: "PUT", body: "Body", heads: length, rest: "ok"},
		{name: "to a proxy", method: "GET", heads: length, rest: "ok", proxied: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			heads := make(chan string, 1)
			ln, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			listenRaw(t, ln, func(conn net.Conn) {
				heads <- recordedHead(conn)
				if _, err := io.WriteString(conn, tt.heads+tt.rest); err != nil {
					t.Error(err)
				}
			})
			cfg, target := Config{}, "http://"+ln.Addr().String()+"/path?query"
			if tt.proxied {
				cfg.Proxy = func(*http.Request) (*url.URL, error) { return url.Parse("http://" + ln.Addr().String()) }
				target = "http://a.test:8080/path?query"
			}
			req, err := http.NewRequest(tt.method, target, strings.NewReader(tt.body))
			if err != nil {
				t.Fatal(err)
			}
			req.Header["X-Mine"] = []string{"1", "two"}
			x := do(t, newClient(t, cfg), Request{HTTP: req})
			readAll(t, x)
			head, got := <-heads, x.Transaction()
			if got.HeadSent != int64(len(head)) || got.BodySent != int64(len(tt.body)) {
				t.Errorf("sent %d and %d, the head is %d bytes: %q", got.HeadSent, got.BodySent, len(head), head)
			}
			if got.HeadReceived != int64(len(tt.heads)) || got.BodyReceived != 2 {
				t.Errorf("received %d and %d, the heads are %d", got.HeadReceived, got.BodyReceived, len(tt.heads))
			}
		})
	}
}

func TestHeadsOfHTTP2AreMeasuredUncompressed(t *testing.T) {
	srv, roots := serveTLS(t, true, func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Date"] = nil
		w.Header().Set("X-Long", strings.Repeat("x", 1000))
	})
	c := newClient(t, Config{TLS: roots})
	var sizes []string
	for range 2 { // HPACK sends the second in a few bytes
		x := do(t, c, Request{HTTP: get(t, srv.URL+"/path")})
		readAll(t, x)
		tr := x.Transaction()
		sizes = append(sizes, fmt.Sprint(tr.HeadSent, tr.HeadReceived))
		if tr.Protocol != "HTTP/2.0" || tr.HeadSent < 60 || tr.HeadReceived < 1000 {
			t.Errorf("measured %+v", tr)
		}
	}
	if sizes[0] != sizes[1] {
		t.Errorf("the same heads measure %v", sizes)
	}
}
