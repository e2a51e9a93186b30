//go:build linux

package bench

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"haul/internal/bench/process"
	"haul/internal/testserver"
)

// BenchmarkAgent measures the process that has the transfers in the background:
// what it takes when it has nothing to do, how it starts with 10,000 transfers,
// and how fast 16 are in it, compared with those of a run of haul.
func BenchmarkAgent(b *testing.B) {
	b.Run("Idle", agentIdle)
	b.Run("Queued", agentQueued)
	b.Run("Sixteen", agentSixteen)
}

// agentHome is a directory in memory whose agent ends with the benchmark.
type agentHome struct {
	b   *testing.B
	dir string
}

func newAgentHome(b *testing.B) agentHome {
	b.Helper()
	h := agentHome{b, memoryDir(b)}
	b.Cleanup(func() { h.haul("agent", "stop", "--now") })
	return h
}

// haul runs haul to its end and returns what it printed.
func (h agentHome) haul(args ...string) []byte {
	h.b.Helper()
	c := exec.Command(settings.binary, args...)
	c.Dir, c.Env = h.dir, process.Environ(h.dir)
	out, err := c.Output()
	if err != nil {
		h.b.Fatalf("haul %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

// agentStatus is what the agent says of itself.
type agentStatus struct{ PID, Running, Waiting int }

func (h agentHome) status() (s agentStatus) {
	h.b.Helper()
	if err := json.Unmarshal(h.haul("rpc", "agent.status"), &s); err != nil {
		h.b.Fatal(err)
	}
	return s
}

// figure reads a number of a living process.
func figure[T any](b *testing.B, of func(pid int) (T, error), pid int) T {
	b.Helper()
	n, err := of(pid)
	if err != nil {
		b.Fatal(err)
	}
	return n
}

// settle is how long a process has for what its start has left.
const settle = 2 * time.Second

func agentIdle(b *testing.B) {
	h := newAgentHome(b)
	h.haul("agent", "start")
	pid := h.status().PID
	time.Sleep(settle)
	before := figure(b, process.Switches, pid)
	time.Sleep(settings.idle) // the time is what is measured
	wakeups := float64(figure(b, process.Switches, pid)-before) / settings.idle.Seconds()
	b.ReportMetric(wakeups, "wakeups/s")
	b.ReportMetric(float64(figure(b, process.Memory, pid))/1e6, "MB")
	b.ReportMetric(0, "ns/op")
}

func agentQueued(b *testing.B) {
	const tasks = 10_000
	// Nothing comes from it, so that all of them stay.
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	b.Cleanup(server.Close) // after the agent
	h := newAgentHome(b)
	list, err := os.Create(filepath.Join(h.dir, "list"))
	if err != nil {
		b.Fatal(err)
	}
	w := bufio.NewWriter(list)
	for i := range tasks {
		fmt.Fprintf(w, "%s/files/%06d.bin\n", server.URL, i)
	}
	if err := w.Flush(); err != nil {
		b.Fatal(err)
	}
	if err := list.Close(); err != nil {
		b.Fatal(err)
	}
	began := time.Now()
	h.haul("-b", "-i", list.Name())
	queued := time.Since(began)
	var starts []float64
	var s agentStatus
	for range settings.rounds {
		h.haul("agent", "stop", "--now")
		began = time.Now()
		h.haul("agent", "start")
		starts = append(starts, time.Since(began).Seconds())
		if s = h.status(); s.Running+s.Waiting != tasks {
			b.Fatalf("the agent has %d running and %d waiting", s.Running, s.Waiting)
		}
	}
	time.Sleep(settle)
	slices.Sort(starts)
	b.ReportMetric(queued.Seconds(), "s-to-queue")
	b.ReportMetric(starts[len(starts)/2], "s-to-start")
	b.ReportMetric(float64(figure(b, process.Memory, s.PID))/1e6, "MB")
	b.ReportMetric(float64(figure(b, process.PeakMemory, s.PID))/1e6, "MB-peak")
	b.ReportMetric(0, "ns/op")
}

// agentSixteen downloads 16 files at once at the speed of the loopback, in a run
// of haul and in the agent, in turn, the other one first in each round.
func agentSixteen(b *testing.B) {
	const files = 16
	n := testserver.StartNginx(b, testserver.NginxConfig{})
	source, _ := bigFile(b)
	size := settings.size / files
	if err := os.Truncate(source, size); err != nil {
		b.Fatal(err)
	}
	urls := make([]string, files)
	for i := range urls {
		name := fmt.Sprintf("/big%02d.bin", i)
		if err := os.Symlink(source, filepath.Join(n.Root, name)); err != nil {
			b.Fatal(err)
		}
		urls[i] = n.URL(name)
	}
	h := newAgentHome(b)
	if err := os.MkdirAll(filepath.Join(h.dir, "config", "haul"), 0o700); err != nil {
		b.Fatal(err)
	}
	text := "[downloads]\nmax-running = 16\nmax-rows-per-host = 16\nmax-per-host = 16\nconnections = \"1\"\n"
	if err := os.WriteFile(filepath.Join(h.dir, "config", "haul", "config.toml"), []byte(text), 0o600); err != nil {
		b.Fatal(err)
	}
	h.haul("agent", "start")
	out := filepath.Join(h.dir, "out")
	ways := [][][]string{
		{append([]string{"--plain", "-d", out}, urls...)},
		{append([]string{"-b", "-d", out}, urls...), {"wait"}},
	}
	times := make([][]float64, len(ways))
	for round := range settings.rounds + 1 {
		for i := range ways {
			i = (i + round) % len(ways)
			if err := os.MkdirAll(out, 0o700); err != nil {
				b.Fatal(err)
			}
			syscall.Sync() // what the one before has left is nobody's
			began := time.Now()
			for _, args := range ways[i] {
				h.haul(args...)
			}
			if took := time.Since(began).Seconds(); round > 0 { // the first is to warm up
				times[i] = append(times[i], took)
			}
			verifySizes(b, out, files, size)
			if err := os.RemoveAll(out); err != nil {
				b.Fatal(err)
			}
		}
	}
	for i := range times {
		slices.Sort(times[i])
		b.Logf("%s: %.2f s", []string{"in a run of haul", "in the agent"}[i], times[i])
	}
	middle := len(times[0]) / 2
	b.ReportMetric(float64(settings.size)/times[0][middle]/1e6, "MB/s-in-process")
	b.ReportMetric(float64(settings.size)/times[1][middle]/1e6, "MB/s-in-agent")
	b.ReportMetric(times[0][middle]/times[1][middle], "agent/process")
	b.ReportMetric(0, "ns/op")
}

// verifySizes checks that everything has arrived.
func verifySizes(b *testing.B, dir string, files int, size int64) {
	b.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != files {
		b.Fatalf("%d files have arrived, %v", len(entries), err)
	}
	for _, e := range entries {
		if info, err := e.Info(); err != nil || info.Size() != size {
			b.Fatalf("%s is not whole: %v", e.Name(), err)
		}
	}
}
