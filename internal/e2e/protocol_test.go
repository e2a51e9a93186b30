//go:build unix

package e2e

import (
	"crypto/tls"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"runtime"
	"testing"
)

// TestFilesFromNearbyComeOverHTTP1: the server offers both protocols. Several files
// from a host of which it is not known that it is near share a connection.
func TestFilesFromNearbyComeOverHTTP1(t *testing.T) {
	t.Parallel()
	several := "HTTP/2.0"
	if runtime.GOOS == "linux" {
		several = "HTTP/1.1"
	}
	for name, tt := range map[string]struct {
		files []string
		want  string
	}{
		"one file":  {[]string{"/a"}, "HTTP/1.1"},
		"two files": {[]string{"/a", "/b"}, several},
	} {
		t.Run(name, func(t *testing.T) {
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
			args := []string{"--plain", "--insecure", "-d", h.downloads}
			for _, f := range tt.files {
				args = append(args, server.URL+f)
			}
			if output, code := runBinary(t, h, h.environ(), args); code != 0 {
				t.Fatalf("%d, %s", code, output)
			}
			close(protocols)
			for got := range protocols {
				if got != tt.want {
					t.Errorf("asked for by %s", got)
				}
			}
		})
	}
}
