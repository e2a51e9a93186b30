//go:build linux

package bench

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"haul/internal/bench/process"
	"haul/internal/testserver"
)

// memory is a file system in memory, where no disk gets in the way.
const memory = "/dev/shm"

// BenchmarkDownloadToMemory and BenchmarkDownloadToDisk download one big file
// from nginx on loopback over plain HTTP: curl, haul in plain mode, and haul with
// its monitor open, in turn. Plain mode is measured in tmux as well, so that the
// monitor has something to be held against that runs under the same conditions.
func BenchmarkDownloadToMemory(b *testing.B) { download(b, memory) }

func BenchmarkDownloadToDisk(b *testing.B) { download(b, settings.disk) }

func download(b *testing.B, where string) {
	curl, err := exec.LookPath("curl")
	if err != nil {
		b.Skip("curl is not installed")
	}
	n := testserver.StartNginx(b, testserver.NginxConfig{})
	source, sum := bigFile(b)
	if err := os.Symlink(source, filepath.Join(n.Root, "big.bin")); err != nil {
		b.Fatal(err)
	}
	url := n.URL("/big.bin")
	dir, err := os.MkdirTemp(where, "haul-bench-")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = os.RemoveAll(dir) }) // below the system's directory for such things
	dest := filepath.Join(dir, "got.bin")

	programs := []struct {
		name string
		run  func() sample
	}{
		{"curl -o", func() sample { return runProgram(b, dir, curl, "-sS", "-o", dest, url) }},
		{"haul --plain", func() sample { return runProgram(b, dir, settings.binary, "--plain", "-o", dest, url) }},
		{"haul --plain in tmux", func() sample { return runInTerminal(b, dir, dest, "--plain", "-o", dest, url) }},
		{"haul, monitor open", func() sample { return runInTerminal(b, dir, dest, "-o", dest, url) }},
	}
	results := make([]samples, len(programs))
	for round := range settings.rounds + 1 {
		for i := range programs {
			i = (i + round) % len(programs) // nobody is always first
			s := programs[i].run()
			if round == 0 {
				verify(b, dest, sum) // outside of what is measured, and to warm up
			} else {
				results[i] = append(results[i], s)
			}
			if err := os.Remove(dest); err != nil {
				b.Fatal(err)
			}
		}
	}
	var table strings.Builder
	fmt.Fprintf(&table, "%d bytes over plain HTTP from nginx on loopback to %s, %d rounds\n", settings.size, where, settings.rounds)
	fmt.Fprintf(&table, "%-20s %9s %9s %9s %8s %8s %8s\n", "", "wall s", "least", "most", "x curl", "cpu s", "peak MB")
	base := results[0].median(wall)
	for i, p := range programs {
		r := results[i]
		least, most := r[0].wall, r[0].wall
		for _, s := range r {
			least, most = min(least, s.wall), max(most, s.wall)
		}
		fmt.Fprintf(&table, "%-20s %9.3f %9.3f %9.3f %8.2f %8.2f %8.1f\n", p.name, r.median(wall),
			least.Seconds(), most.Seconds(), r.median(wall)/base, r.median(cpu), r.median(peak))
	}
	b.Log("\n" + table.String())
	b.ReportMetric(results[1].median(wall)/base, "plain/curl")
	b.ReportMetric(results[3].median(wall)/results[2].median(wall), "monitor/plain")
	b.ReportMetric(0, "ns/op")
}

// runInTerminal downloads with haul in a terminal. It has ended when the file is
// in place: the monitor itself stays open until the terminal is closed.
func runInTerminal(b *testing.B, dir, dest string, args ...string) sample {
	b.Helper()
	m := openTerminal(b, dir)
	began := m.start(b, dir, args...)
	// Plain haul is gone when it has ended, so what it cost is looked up on
	// the way.
	var s sample
	looked := began
	await(b, "the file", func() bool {
		if now := time.Now(); now.Sub(looked) > 20*time.Millisecond {
			looked = now
			if c, err := costOf(m.pid); err == nil {
				s = c
			}
		}
		_, err := os.Stat(dest)
		return err == nil
	})
	took := time.Since(began)
	if c, err := costOf(m.pid); err == nil {
		s = c
	}
	s.wall = took
	if err := m.term.Close(); err != nil {
		b.Fatal(err)
	}
	await(b, "the end of haul", func() bool { _, err := process.CPU(m.pid); return err != nil })
	return s
}

// bigFile makes the file that is downloaded, in memory, and returns its SHA-256.
func bigFile(b *testing.B) (path, sum string) {
	b.Helper()
	f, err := os.CreateTemp(memory, "haul-bench-source-")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = os.Remove(f.Name()) })
	h := sha256.New()
	if _, err := io.CopyN(io.MultiWriter(f, h), rand.NewChaCha8([32]byte{1}), settings.size); err != nil {
		b.Fatal(err)
	}
	if err := f.Close(); err != nil {
		b.Fatal(err)
	}
	return f.Name(), hex.EncodeToString(h.Sum(nil))
}

func verify(b *testing.B, path, want string) {
	b.Helper()
	f, err := os.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	h := sha256.New()
	n, err := io.Copy(h, f)
	if got := hex.EncodeToString(h.Sum(nil)); err != nil || n != settings.size || got != want {
		b.Fatalf("%s has %d bytes with SHA-256 %s (%v), want %d with %s", path, n, got, err, settings.size, want)
	}
}
