//go:build linux

package bench

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/creack/pty"

	"haul/internal/bench/process"
	"haul/internal/demo"
)

// running is how many of the rows run.
const running = 16

// cursor is the sign before the row under the cursor. It is written only when
// the cursor moves.
const cursor = "❯"

// BenchmarkKey measures how long it takes from a key press until the cursor has
// moved in the terminal, in a long list with some of it running.
func BenchmarkKey(b *testing.B) {
	server := demo.New(demo.Options{Seed: 1})
	at, err := server.Start()
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = server.Close() }) // nothing depends on it any more
	dir := b.TempDir()
	var list bytes.Buffer
	for i := range settings.rows {
		fmt.Fprintf(&list, "%s/file/row-%05d.bin?size=100MB&rate=200kB\n", at.Files, i)
	}
	if err := os.WriteFile(filepath.Join(dir, "list"), list.Bytes(), 0o600); err != nil {
		b.Fatal(err)
	}
	cmd := exec.Command(settings.binary, "-d", dir, "-i", filepath.Join(dir, "list"), "--max-running=16", "--max-rows-per-host=16")
	cmd.Env = append(process.Environ(dir), "TERM=xterm-256color", "COLORTERM=truecolor")
	terminal, err := pty.StartWithSize(cmd, &pty.Winsize{Cols: 120, Rows: 40})
	if err != nil {
		b.Fatal(err)
	}
	moved := make(chan time.Time, 1024)
	ended := make(chan struct{})
	go watchCursor(terminal, moved, ended)
	next := func() time.Time {
		select {
		case t := <-moved:
			return t
		case <-time.After(patience):
			b.Fatal("the cursor does not move")
			return time.Time{}
		}
	}
	next() // the first screen
	awaitRunning(b, server)
	for len(moved) > 0 {
		<-moved
	}

	delays := make([]time.Duration, 0, settings.keys)
	for i := range settings.keys {
		// At a time that has nothing to do with the frames.
		time.Sleep(time.Duration(20+rand.IntN(100)) * time.Millisecond)
		key := "j"
		if i%20 >= 10 {
			key = "k"
		}
		pressed := time.Now()
		if _, err := terminal.WriteString(key); err != nil {
			b.Fatal(err)
		}
		delays = append(delays, next().Sub(pressed))
	}
	s := cost(b, cmd.Process.Pid)
	if err := cmd.Process.Kill(); err != nil {
		b.Fatal(err)
	}
	_ = cmd.Wait() // it was killed
	if err := terminal.Close(); err != nil {
		b.Fatal(err)
	}
	<-ended

	slices.Sort(delays)
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	median, p95, most := delays[len(delays)/2], delays[len(delays)*95/100], delays[len(delays)-1]
	b.Logf("\n%d rows of which %d run, %d keys, from the key to the screen: median %.1f ms, 95 %% within %.1f ms, at the most %.1f ms; memory %.1f MB\n",
		settings.rows, running, len(delays), ms(median), ms(p95), ms(most), peak(s))
	b.ReportMetric(ms(median), "ms-median")
	b.ReportMetric(ms(p95), "ms-p95")
	b.ReportMetric(0, "ns/op")
}

// watchCursor reads what haul writes to the terminal until it is closed, and
// notes when a cursor was in it.
func watchCursor(terminal *os.File, moved chan<- time.Time, ended chan<- struct{}) {
	defer close(ended)
	buffer := make([]byte, 64<<10)
	kept := 0 // the end of the last read, in which a cursor may have begun
	for {
		n, err := terminal.Read(buffer[kept:])
		if err != nil {
			return // it was closed
		}
		text := buffer[:kept+n]
		if bytes.Contains(text, []byte(cursor)) {
			select {
			case moved <- time.Now():
			default: // nobody is waiting
			}
			kept = 0
			continue
		}
		kept = copy(buffer, text[max(len(text)-len(cursor)+1, 0):])
	}
}

// awaitRunning waits until the transfers that run at once do.
func awaitRunning(b *testing.B, server *demo.Server) {
	b.Helper()
	await(b, "the transfers", func() bool {
		under := 0
		for _, e := range server.Log() {
			if e.Status == 200 && e.End == demo.UnderWay && e.Written > 0 {
				under++
			}
		}
		return under == running
	})
}
