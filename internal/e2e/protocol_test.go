//go:build unix

package e2e

import (
	"crypto/tls"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"testing"
)

// TestOneFileComesOverHTTP1: the server offers both protocols, however far it is.
// What several files come over depends on how long a round trip takes just then,
// which is for the tests of transfer.
func TestOneFileComesOverHTTP1(t *testing.T) {
	t.Parallel()
	protocols := make(chan string, 16)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		protocols <- r.Proto
		_, _ = io.WriteString(w, "hello") // a client may go
	}))
	server.EnableHTTP2 = true
	server.TLS = &tls.Config{NextProtos: []string{"h2", "http/1.1"}} // the default has HTTP/2 alone
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	h := newHome(t)
	args := []string{"--plain", "--insecure", "-d", h.downloads, server.URL + "/a"}
	if output, code := runBinary(t, h, h.environ(), args); code != 0 {
		t.Fatalf("%d, %s", code, output)
	}
	close(protocols)
	for got := range protocols {
		if got != "HTTP/1.1" {
			t.Errorf("asked for by %s", got)
		}
	}
}
