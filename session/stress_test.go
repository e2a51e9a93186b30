package session_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"haul/session"
)

// overlapping is how many requests of each kind one round of stress makes: 300,
// or what HAUL_STRESS says. The life cycle asks for 3000.
func overlapping(t *testing.T) int {
	t.Helper()
	text := os.Getenv("HAUL_STRESS")
	if text == "" {
		return 300
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("HAUL_STRESS is %q, no number of requests", text)
	}
	return n
}

// openDescriptors counts the open files and sockets of the process, -1 where the
// system does not show them.
func openDescriptors() int {
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return -1
	}
	return len(entries)
}

// tally is a delegate that counts what it is told of many tasks.
type tally struct {
	mu       sync.Mutex
	ended    map[session.TaskID]int
	received map[session.TaskID]int64
	failures []error
	all      chan struct{} // closed when want tasks have ended
	want     int
	invalid  atomic.Int64
}

func newTally(want int) *tally {
	return &tally{ended: make(map[session.TaskID]int), received: make(map[session.TaskID]int64), all: make(chan struct{}), want: want}
}

func (d *tally) DidReceiveData(t session.Task, p []byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.received[t.ID()] += int64(len(p))
}

func (d *tally) DidFinishDownloading(t *session.DownloadTask, path string) {
	st, err := os.Stat(path)
	d.mu.Lock()
	defer d.mu.Unlock()
	if err != nil {
		d.failures = append(d.failures, err)
		return
	}
	d.received[t.ID()] = st.Size()
}

func (d *tally) DidComplete(t session.Task, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err != nil {
		d.failures = append(d.failures, err)
	}
	d.ended[t.ID()]++
	if d.ended[t.ID()] == 1 && len(d.ended) == d.want {
		close(d.all)
	}
}

func (d *tally) DidBecomeInvalid(*session.Session, error) { d.invalid.Add(1) }

// check reports tasks that ended otherwise than once, with every byte.
func (d *tally) check(t *testing.T, size int64) {
	t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, err := range d.failures[:min(5, len(d.failures))] {
		t.Errorf("one of %d failures: %v", len(d.failures), err)
	}
	for id, n := range d.ended {
		if n != 1 || d.received[id] != size {
			t.Errorf("task %d ended %d times with %d bytes", id, n, d.received[id])
			return
		}
	}
}

// flood makes n data tasks, n uploads and n downloads, all under way together.
func flood(t *testing.T, s *session.Session, url string, n int) {
	t.Helper()
	for i := range n {
		for kind := range 3 {
			r := request(t, http.MethodGet, fmt.Sprintf("%s/%d/%d", url, kind, i))
			var task session.Task
			var err error
			switch kind {
			case 0:
				task, err = s.DataTask(r, nil)
			case 1:
				r.Method = http.MethodPut
				task, err = s.UploadTaskFromData(r, []byte("upload"), nil)
			case 2:
				task, err = s.DownloadTask(r, nil)
			}
			if err != nil {
				t.Error(err)
				return
			}
			task.Resume()
		}
	}
}

const stressBody = 2000

func TestManyOverlappingRequestsLeaveNothingBehind(t *testing.T) {
	answer := bytes.Repeat([]byte("x"), stressBody)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = w.Write(answer)
	}))
	t.Cleanup(server.Close)
	for name, sessions := range map[string]int{"one session": 1, "ten sessions at once": 10} {
		t.Run(name, func(t *testing.T) {
			before, leftover := openDescriptors(), goleak.IgnoreCurrent()
			n := overlapping(t) / sessions
			var wg sync.WaitGroup
			for range sessions {
				wg.Go(func() {
					d := newTally(3 * n)
					cfg := session.EphemeralConfiguration()
					s, err := session.New(cfg, d)
					if err != nil {
						t.Error(err)
						return
					}
					flood(t, s, server.URL, n)
					select {
					case <-d.all:
					case <-time.After(10 * time.Minute):
						t.Error("tasks have not ended")
					}
					s.FinishTasksAndInvalidate()
					s.Wait()
					d.check(t, stressBody)
					if d.invalid.Load() != 1 || len(s.Tasks()) != 0 {
						t.Errorf("invalid %d times, %d tasks left", d.invalid.Load(), len(s.Tasks()))
					}
				})
			}
			wg.Wait()
			server.CloseClientConnections() // the server's ends of what the sessions closed
			// The server's goroutines end, and close their descriptors, when they can.
			late := time.Now().Add(20 * time.Second)
			left := goleak.Find(leftover)
			for left != nil && time.Now().Before(late) {
				left = goleak.Find(leftover)
			}
			if left != nil {
				t.Errorf("goroutines are left: %v", left)
			}
			runtime.GC()
			for openDescriptors() > before && time.Now().Before(late) {
				time.Sleep(time.Millisecond)
			}
			if after := openDescriptors(); after > before {
				t.Errorf("%d descriptors before, %d after", before, after)
			}
		})
	}
}
