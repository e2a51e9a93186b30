//go:build linux

package background_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"haul/session"
	"haul/session/background"
)

// The figures of the agent: go test ./session/background -run '^$' -bench . .
// The agent is a process of its own, so that its memory and its wake-ups are its
// own too.

// processFixture starts an agent that is a process.
func processFixture(b *testing.B, state string) (session.Agent, *background.Client, int) {
	b.Helper()
	runtime, err := os.MkdirTemp("", "haul")
	if err != nil {
		b.Fatal(err)
	}
	at := processAgent(state, runtime)
	c, err := background.Dial(b.Context(), at, true)
	if err != nil {
		b.Fatal(err)
	}
	s, err := c.Status(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		stopProcess(b, c)
		if err := os.RemoveAll(runtime); err != nil {
			b.Error(err)
		}
	})
	return at, c, s.PID
}

// stopProcess stops an agent and waits for its end.
func stopProcess(b *testing.B, c *background.Client) {
	b.Helper()
	s, err := c.Status(context.Background())
	if err == nil {
		err = c.Stop(context.Background(), true)
	}
	if err != nil {
		b.Fatal(err)
	}
	for syscall.Kill(s.PID, 0) == nil {
		time.Sleep(time.Millisecond)
	}
	_ = c.Close() // it has ended
}

// proc reads a number of a line of /proc/PID/status.
func proc(b *testing.B, pid int, name string) float64 {
	b.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		b.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, name+":"); ok {
			n, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			if err != nil {
				b.Fatal(err)
			}
			return n
		}
	}
	b.Fatalf("no %s", name)
	return 0
}

// wakeups are the voluntary switches of all threads of a process.
func wakeups(b *testing.B, pid int) (n float64) {
	b.Helper()
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", pid))
	if err != nil {
		b.Fatal(err)
	}
	for _, thread := range threads {
		text, err := os.ReadFile(thread)
		if err != nil {
			continue // it has ended
		}
		for line := range strings.Lines(string(text)) {
			if rest, ok := strings.CutPrefix(line, "voluntary_ctxt_switches:"); ok {
				m, err := strconv.ParseFloat(strings.TrimSpace(rest), 64)
				if err != nil {
					b.Fatal(err)
				}
				n += m
			}
		}
	}
	return n
}

func BenchmarkIdleAgent(b *testing.B) {
	_, _, pid := processFixture(b, b.TempDir())
	const watch = 10 * time.Second
	time.Sleep(2 * time.Second) // what the start has left is done
	for b.Loop() {
		before := wakeups(b, pid)
		time.Sleep(watch)
		b.ReportMetric((wakeups(b, pid)-before)/watch.Seconds(), "wakeups/s")
		b.ReportMetric(proc(b, pid, "VmRSS")/1024, "MB-resident")
	}
}

func BenchmarkStartWithTenThousandTasks(b *testing.B) {
	const tasks = 10_000
	hang := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	b.Cleanup(hang.Close) // after the agent
	state := b.TempDir()
	at, c, _ := processFixture(b, state)
	began := time.Now()
	var all sync.WaitGroup
	for worker := range 50 {
		all.Go(func() {
			for n := range tasks / 50 {
				_, err := c.Create(b.Context(), background.Create{
					Identifier: "a", Kind: "download", Start: true,
					Request: &background.Request{URL: fmt.Sprintf("%s/%d/%d", hang.URL, worker, n)},
				})
				if err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	queued := time.Since(began)
	for b.Loop() {
		stopProcess(b, c)
		began := time.Now()
		again, err := background.Dial(b.Context(), at, true)
		if err != nil {
			b.Fatal(err)
		}
		s, err := again.Status(b.Context())
		if err != nil || s.Running+s.Waiting != tasks {
			b.Fatalf("%+v, %v", s, err)
		}
		b.ReportMetric(float64(time.Since(began).Milliseconds()), "ms-to-start")
		time.Sleep(time.Second)
		b.ReportMetric(proc(b, s.PID, "VmRSS")/1024, "MB-resident")
		b.ReportMetric(proc(b, s.PID, "VmHWM")/1024, "MB-peak")
		*c = *again
	}
	b.ReportMetric(float64(queued.Milliseconds()), "ms-to-queue")
}

// blob serves size bytes from memory.
func blob(size int) http.Handler {
	data := bytes.Repeat([]byte("0123456789abcdef"), size/16)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"v1"`)
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
	})
}

// sink removes finished files and tells of ends.
type sink struct{ done chan error }

func (s sink) DidBecomeInvalid(*session.Session, error)                {}
func (s sink) DidWriteData(*session.DownloadTask, int64, int64, int64) {}
func (s sink) DidResumeAtOffset(*session.DownloadTask, int64, int64)   {}
func (s sink) DidFinishDownloading(*session.DownloadTask, string)      {}
func (s sink) DidComplete(_ session.Task, err error)                   { s.done <- err }

func benchmarkSixteen(b *testing.B, configure func() session.Configuration) {
	const downloads, size = 16, 64 << 20
	server := httptest.NewServer(blob(size))
	defer server.Close()
	cfg := configure()
	cfg.MaxConnectionsPerHost = 0
	d := sink{make(chan error, downloads)}
	s, err := session.New(cfg, d)
	if err != nil {
		b.Fatal(err)
	}
	dir := b.TempDir()
	b.SetBytes(downloads * size)
	n := 0
	for b.Loop() {
		for range downloads {
			n++
			r, err := http.NewRequestWithContext(b.Context(), http.MethodGet, server.URL, nil)
			if err != nil {
				b.Fatal(err)
			}
			t, err := s.DownloadTask(r, nil)
			if err != nil {
				b.Fatal(err)
			}
			if err := t.SetPartialFile(filepath.Join(dir, fmt.Sprintf("%d.haul-part", n))); err != nil {
				b.Fatal(err)
			}
			t.Resume()
		}
		for range downloads {
			if err := <-d.done; err != nil {
				b.Fatal(err)
			}
		}
	}
	s.FinishTasksAndInvalidate()
	s.Wait()
}

func BenchmarkSixteenDownloadsInProcess(b *testing.B) {
	benchmarkSixteen(b, session.DefaultConfiguration)
}

func BenchmarkSixteenDownloadsInTheAgent(b *testing.B) {
	at, _, _ := processFixture(b, b.TempDir())
	benchmarkSixteen(b, func() session.Configuration {
		c := session.BackgroundConfiguration("bench")
		c.Agent = at
		return c
	})
}
