//go:build linux

package bench

import (
	"bufio"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"haul/internal/bench/process"
	"haul/internal/testserver"
)

// rowRate is the speed in bytes per second of each of the rows that run.
const rowRate = 10_000_000

// BenchmarkRows has lists of 10, 1,000 and 100,000 URLs, of which eight run at
// 10 MB/s, each over one connection, and measures how long the first request takes to come from the start
// of the process, how much memory a row takes, and what a gigabyte costs once the
// list has been read. Frames are measured by BenchmarkComposeRows of package ui.
func BenchmarkRows(b *testing.B) {
	n := testserver.StartNginx(b, testserver.NginxConfig{
		Locations: []testserver.Location{{Prefix: "/slow/", RateLimit: rowRate}},
	})
	path := filepath.Join(n.Root, "slow", "film.mp4")
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		b.Fatal(err)
	}
	if err := os.Truncate(path, 256<<20); err != nil { // sparse, and longer than the measurement
		b.Fatal(err)
	}
	var table strings.Builder
	fmt.Fprintf(&table, "| rows | first request ms | list read s | memory MB | bytes a row | CPU s/GB |\n| --- | --- | --- | --- | --- | --- |\n")
	base := 0.0
	for i, rows := range []int{10, 1_000, 100_000} {
		first := firstRequest(b, rows)
		c := runRows(b, n, rows)
		perRow := ""
		if i == 0 {
			base = peak(c.all)
		} else {
			perRow = fmt.Sprintf("%.0f", (peak(c.all)-base)*1e6/float64(rows))
		}
		fmt.Fprintf(&table, "| %d | %.0f | %.2f | %.1f | %s | %.2f |\n",
			rows, float64(first.Microseconds())/1000, c.read.Seconds(), peak(c.all), perRow, c.perGB)
	}
	b.Log("\n" + table.String())
	b.ReportMetric(0, "ns/op")
}

// rowsCost is what a list has cost.
type rowsCost struct {
	all   sample
	read  time.Duration // of the processor, until the list was read
	perGB float64       // seconds of the processor for each gigabyte, after that
}

// haulList starts haul on a list of rows, whose URLs url makes.
func haulList(b *testing.B, dir string, rows int, url func(i int) string) (cmd *exec.Cmd, began time.Time) {
	b.Helper()
	list, err := os.Create(filepath.Join(dir, "list"))
	if err != nil {
		b.Fatal(err)
	}
	w := bufio.NewWriter(list)
	for i := range rows {
		fmt.Fprintln(w, url(i))
	}
	if err := w.Flush(); err != nil {
		b.Fatal(err)
	}
	if err := list.Close(); err != nil {
		b.Fatal(err)
	}
	cmd = exec.Command(settings.binary, "--plain", "-d", dir, "-i", list.Name(), "--max-running=8", "--max-rows-per-host=8", "-n", "1")
	cmd.Env = process.Environ(dir)
	began = time.Now()
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	return cmd, began
}

// end kills haul.
func end(b *testing.B, cmd *exec.Cmd) {
	b.Helper()
	if err := cmd.Process.Kill(); err != nil {
		b.Fatal(err)
	}
	_ = cmd.Wait() // it was killed
}

// firstRequest is the time from the start of the process to its first request.
func firstRequest(b *testing.B, rows int) time.Duration {
	b.Helper()
	came := make(chan time.Time, 1)
	var once sync.Once
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		once.Do(func() { came <- time.Now() })
		<-r.Context().Done()
	}))
	defer server.Close()
	cmd, began := haulList(b, memoryDir(b), rows, func(i int) string { return fmt.Sprintf("%s/files/%06d.bin", server.URL, i) })
	defer end(b, cmd)
	select {
	case t := <-came:
		return t.Sub(began)
	case <-time.After(patience):
		b.Fatal("no request comes")
		return 0
	}
}

func memoryDir(b *testing.B) string {
	b.Helper()
	dir, err := os.MkdirTemp(memory, "haul-bench-")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = os.RemoveAll(dir) }) // below the system's directory for such things
	return dir
}

// runRows lets a list run until it has been read and then for a while.
func runRows(b *testing.B, n *testserver.Nginx, rows int) rowsCost {
	b.Helper()
	dir := memoryDir(b)
	cmd, _ := haulList(b, dir, rows, func(i int) string { return n.URL(fmt.Sprintf("/slow/film.mp4?%06d", i)) })
	defer end(b, cmd)
	journal := func() int64 { return sizeBelow(b, filepath.Join(dir, "state"), ".jsonl") }
	// The journal has a line for each row that was read.
	for grown := int64(-1); grown != journal() || grown == 0; {
		grown = journal()
		time.Sleep(time.Second) // another process: nothing else to wait on
	}
	before, at := cost(b, cmd.Process.Pid), sizeBelow(b, dir, ".haul-part")
	time.Sleep(5 * time.Second) // the time is what is measured
	after, now := cost(b, cmd.Process.Pid), sizeBelow(b, dir, ".haul-part")
	if now <= at {
		b.Fatal("nothing moves")
	}
	return rowsCost{all: after, read: before.cpu, perGB: (after.cpu - before.cpu).Seconds() / (float64(now-at) / 1e9)}
}

// sizeBelow is the size of all files below dir whose names end in suffix.
func sizeBelow(b *testing.B, dir, suffix string) (sum int64) {
	b.Helper()
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, suffix) {
			return nil //nolint:nilerr // what is not there any more has no size
		}
		if info, err := d.Info(); err == nil {
			sum += info.Size()
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	return sum
}
