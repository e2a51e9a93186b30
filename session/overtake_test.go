package session_test

import (
	"bytes"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// fastServer serves a file at 131 MB/s a connection and notes the protocols of
// its requests and how much each of them brought.
type fastServer struct {
	content []byte

	mu   sync.Mutex
	sent map[string]int64
}

func (f *fastServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("ETag", `"one"`)
	w.Header().Set("Content-Type", "application/octet-stream")
	http.ServeContent(&pacedWriter{ResponseWriter: w, f: f, proto: r.Proto}, r, "", time.Time{}, bytes.NewReader(f.content))
}

// pacedWriter is the body of one answer, which is written 32 KiB at a time.
type pacedWriter struct {
	http.ResponseWriter
	f     *fastServer
	proto string
}

func (p *pacedWriter) Write(b []byte) (int, error) {
	n, err := p.ResponseWriter.Write(b)
	p.f.mu.Lock()
	p.f.sent[p.proto] += int64(n)
	p.f.mu.Unlock()
	time.Sleep(250 * time.Microsecond)
	return n, err
}

func TestSegments_AFastStreamOfHTTP2IsOvertakenByHTTP1(t *testing.T) {
	for _, tt := range []struct {
		name      string
		size      int
		overtaken bool
	}{
		{"big", 96 << 20, true},
		{"not worth it", 32 << 20, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := &fastServer{content: bytesOf(78, tt.size), sent: map[string]int64{}}
				s, rec := shared(t, f.ServeHTTP, nil)
				task := download(t, s, request(t, "GET", "https://"+hostA+"/f"))
				task.Resume()
				rec.Wait(task)
				expectBody(t, rec, task, f.content)
				f.mu.Lock()
				defer f.mu.Unlock()
				if overtaken := f.sent["HTTP/1.1"] > f.sent["HTTP/2.0"]; overtaken != tt.overtaken || f.sent["HTTP/2.0"] == 0 {
					t.Errorf("sent %v", f.sent)
				}
			})
		})
	}
}
