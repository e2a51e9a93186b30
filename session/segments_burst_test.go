package session_test

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// A server that limits a connection to 4 MB/s as nginx does, 2 MiB at once and
// then nothing for half a second, is the one that peers with 16 connections
// need 0.58 s for 64 MiB from. Twice the pause is what sharing out at the
// wrong places costs.
func TestSegments_BurstsAreNotWaitedForAtTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const size, burst, pause = 64 << 20, 2 << 20, 500 * time.Millisecond
		content := bytesOf(79, size)
		s, rec := shared(t, func(w http.ResponseWriter, r *http.Request) {
			start, end := 0, size
			h := w.Header()
			h.Set("ETag", `"one"`)
			h.Set("Accept-Ranges", "bytes")
			if from, to, ok := strings.Cut(strings.TrimPrefix(r.Header.Get("Range"), "bytes="), "-"); ok {
				start, _ = strconv.Atoi(from)
				if n, err := strconv.Atoi(to); err == nil {
					end = n + 1
				}
				h.Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", start, end-1, size))
			}
			h.Set("Content-Length", strconv.Itoa(end-start))
			if r.Header.Get("Range") != "" {
				w.WriteHeader(http.StatusPartialContent)
			}
			for at := start; at < end; at += burst {
				if _, err := w.Write(content[at:min(at+burst, end)]); err != nil {
					return
				}
				_ = http.NewResponseController(w).Flush() // the client may have gone
				if at+burst < end {
					time.Sleep(pause)
				}
			}
		}, nil)
		task := download(t, s, request(t, "GET", "/f"))
		began := time.Now()
		task.Resume()
		rec.Wait(task)
		if took := time.Since(began); took > 720*time.Millisecond {
			t.Errorf("took %v", took)
		}
		expectBody(t, rec, task, content)
	})
}
