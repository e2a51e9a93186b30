//go:build unix

package e2e

import (
	"bufio"
	"encoding/json"
	"net"
	"net/http"
	"os/exec"
	"strings"
	"testing"
)

// Escapes in raw bytes, as no well-behaved library would send them.
const rawEscapes = "\x1b[2J\x1b]52;c;aGF1bA==\a\x1b]0;pwned\a\u009b2J\u202egpj\x9b2J"

// rawServer answers each connection with the bytes for the path asked for.
func rawServer(t *testing.T, answers map[string]string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			if r, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
				_, _ = conn.Write([]byte(answers[r.URL.Path])) // the client may have gone
			}
			_ = conn.Close()
		}
	}()
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		<-done
	})
	return "http://" + l.Addr().String()
}

// TestNothingOfAServerSteersAPipe: lines for people end up on terminals too, and
// so do objects for programs.
func TestNothingOfAServerSteersAPipe(t *testing.T) {
	t.Parallel()
	_, at := startDemo(t)
	raw := rawServer(t, map[string]string{
		"/reason":   "HTTP/1.1 404 " + rawEscapes + "\r\nContent-Length: 0\r\n\r\n",
		"/status":   rawEscapes + "\r\n\r\n",
		"/field":    "HTTP/1.1 200 OK\r\n" + rawEscapes + "\r\n\r\n",
		"/value":    "HTTP/1.1 200 OK\r\nContent-Length: " + rawEscapes + "\r\n\r\n",
		"/location": "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/" + rawEscapes + "\r\nContent-Length: 0\r\n\r\n",
		"/place":    "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/?q=\u009b2J\u202egpj\r\nContent-Length: 0\r\n\r\n",
		"/file":     "HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n",
		"/data":     "HTTP/1.1 302 Found\r\nLocation: data:text/plain,hello\r\nContent-Length: 0\r\n\r\n",
		"/realm":    "HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm=\"\u009b2J\u202egpj\"\r\nContent-Length: 0\r\n\r\n",
		"/name":     "HTTP/1.1 200 OK\r\nContent-Disposition: attachment; filename=\"../\u009b2J\u202egpj.exe\"\r\nContent-Length: 2\r\n\r\nab",
		"/type":     "HTTP/1.1 200 OK\r\nContent-Type: \u009b2J\r\nEtag: \"\u009b2J\"\r\nContent-Length: 9\r\n\r\nab",
		"/huge":     "HTTP/1.1 200 OK\r\nContent-Length: 4611686018427387904\r\n\r\nab",
		"/negative": "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nab",
		"/chunk":    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + rawEscapes + "\r\n",
	})
	for _, form := range []string{"--plain", "--json"} {
		t.Run(form, func(t *testing.T) {
			t.Parallel()
			h := newHome(t)
			args := []string{form, "--retry", "0", "-d", h.downloads,
				at.Files + "/hostile/a.txt?size=1kB", at.Files + "/escapes/b.zip?size=1kB",
				at.Files + "/redirect/escapes/file/c.bin?size=1kB",
				at.Files + "/missing/%1b%5d52;c;aGF1bA==%07d.html", at.Files + "/file/%c2%9b2J%e2%80%aegpj.exe?size=1kB",
				raw + "/query?q=\u009b2J\u202egpj", "ftp://x/?q=\u009b2J\u202egpj",
			}
			for _, path := range []string{"reason", "status", "field", "value", "location", "place", "file", "data", "realm",
				"name", "type", "huge", "negative", "chunk"} {
				args = append(args, raw+"/"+path)
			}
			list := strings.Join(args[5:], "\n")
			cmd := exec.CommandContext(t.Context(), binary, append(args[:5:5], "-i", "-")...)
			cmd.Env, cmd.Stdin = h.environ(), strings.NewReader(list)
			output, err := cmd.CombinedOutput()
			if err == nil {
				t.Error("nothing failed")
			}
			for _, f := range judge(string(output), 80, 24) {
				t.Errorf("the output has a %s", f)
			}
			if strings.Contains(string(output), "\r") || strings.Contains(string(output), "root:") {
				t.Errorf("%s", output)
			}
			lines := strings.Count(string(output), "\n")
			if lines < 20 {
				t.Errorf("only %d lines:\n%s", lines, output)
			}
			for line := range strings.Lines(string(output)) {
				if form == "--json" && !strings.HasPrefix(line, "haul: ") && !json.Valid([]byte(line)) {
					t.Errorf("no object: %s", line)
				}
			}
		})
	}
}
