//go:build unix

package e2e

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"testing"
)

// TestOneFileComesOverHTTP1: the server offers both protocols. Several files are
// better off sharing a connection.
func TestOneFileComesOverHTTP1(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		files []string
		want  string
	}{
		"one file":  {[]string{"/a"}, "HTTP/1.1"},
		"two files": {[]string{"/a", "/b"}, "HTTP/2.0"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			protocols := make(chan string, 16)
			server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				protocols <- r.Proto
				_, _ = io.WriteString(w, "hello") // a client may go
			}))
			server.EnableHTTP2 = true
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
