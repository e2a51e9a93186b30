package session

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"

	"haul/transfer/partial"
)

// BenchmarkSmallDownloads is what a small file costs from the making of its task
// to its DidComplete: 16 at once, of 64 KiB, from a server in this process that
// allocates nothing. The file system has its part in the time, and not in the
// allocations.
func BenchmarkSmallDownloads(b *testing.B) {
	url := serveSmall(b, content(64<<10, 1))
	d := &taker{free: make(chan struct{}, 16)}
	cfg := EphemeralConfiguration()
	cfg.Connections = Auto
	s, err := New(cfg, d)
	if err != nil {
		b.Fatal(err)
	}
	defer s.Wait()
	defer s.InvalidateAndCancel()
	dir := b.TempDir()
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		d.free <- struct{}{}
		r, err := http.NewRequest(http.MethodGet, url, nil)
		if err != nil {
			b.Fatal(err)
		}
		t, err := s.DownloadTask(r, nil)
		if err != nil {
			b.Fatal(err)
		}
		if err := t.SetPartialFile(partial.PathFor(dir, fmt.Sprint("file", i))); err != nil {
			b.Fatal(err)
		}
		t.Resume()
	}
	for range cap(d.free) {
		d.free <- struct{}{}
	}
	if n := d.failed.Load(); n > 0 {
		b.Fatalf("%d downloads failed", n)
	}
}

// taker is a delegate that wants to know what an app does, and leaves the files
// to be removed.
type taker struct {
	free   chan struct{} // a value for each task that runs
	failed atomic.Int64
}

func (*taker) DidBecomeInvalid(*Session, error)                {}
func (*taker) DidWriteData(*DownloadTask, int64, int64, int64) {}
func (*taker) DidFinishDownloading(*DownloadTask, string)      {}
func (*taker) DidFinishCollectingMetrics(Task, Metrics)        {}
func (d *taker) DidComplete(_ Task, err error) {
	if err != nil {
		d.failed.Add(1)
	}
	<-d.free
}

// serveSmall answers every request with body, and returns the URL to ask for.
func serveSmall(b *testing.B, body []byte) string {
	b.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	answer := append(fmt.Appendf(nil, "HTTP/1.1 200 OK\r\nServer: small\r\nDate: Mon, 01 Jan 2024 00:00:00 GMT\r\n"+
		"Content-Type: application/octet-stream\r\nContent-Length: %d\r\nLast-Modified: Mon, 01 Jan 2024 00:00:00 GMT\r\n"+
		"Connection: keep-alive\r\nETag: \"small\"\r\nAccept-Ranges: bytes\r\n\r\n", len(body)), body...)
	var served sync.WaitGroup
	served.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return // the benchmark is over
			}
			served.Go(func() {
				defer conn.Close()
				for r := bufio.NewReader(conn); ; {
					line, err := r.ReadSlice('\n')
					if err != nil {
						return
					}
					if len(bytes.TrimSpace(line)) > 0 {
						continue
					}
					if _, err := conn.Write(answer); err != nil {
						return
					}
				}
			})
		}
	})
	b.Cleanup(func() {
		_ = l.Close()
		served.Wait()
	})
	return "http://" + l.Addr().String() + "/file.bin"
}
