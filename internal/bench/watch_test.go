//go:build linux

package bench

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"haul/internal/testserver"
)

// watchRate is the speed of the transfer that is watched, in bytes per second.
const watchRate = 4_000_000

// BenchmarkWatching has the monitor open on one transfer and measures how much
// of a core that takes, and how much memory.
func BenchmarkWatching(b *testing.B) {
	n := testserver.StartNginx(b, testserver.NginxConfig{
		Locations: []testserver.Location{{Prefix: "/slow/", RateLimit: watchRate}},
	})
	// A sparse file: what is in it does not matter here.
	path := filepath.Join(n.Root, "slow", "film.mp4")
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		b.Fatal(err)
	}
	if err := os.Truncate(path, int64((settings.watch+30*time.Second).Seconds()*watchRate)); err != nil {
		b.Fatal(err)
	}
	dir := b.TempDir()
	m := openTerminal(b, dir)
	m.start(b, dir, "-d", dir, n.URL("/slow/film.mp4"))
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if _, err := m.term.Wait(ctx, func(screen string) bool { return strings.Contains(screen, "running") }); err != nil {
		b.Fatal(err)
	}
	before, began := cost(b, m.pid), time.Now()
	time.Sleep(settings.watch) // the time is what is measured
	after, took := cost(b, m.pid), time.Since(began)
	screen, err := m.term.Screen()
	if err != nil || !strings.Contains(screen, "running") {
		b.Fatalf("the transfer did not run all the time: %v\n%s", err, screen)
	}
	if err := m.term.Close(); err != nil {
		b.Fatal(err)
	}
	share := 100 * (after.cpu - before.cpu).Seconds() / took.Seconds()
	b.Logf("\nwatching one transfer of 4 MB/s in 120x40 for %s: %.2f %% of a core, %.1f MB at the most\n",
		took.Round(time.Second), share, peak(after))
	b.ReportMetric(share, "%core")
	b.ReportMetric(peak(after), "MB")
	b.ReportMetric(0, "ns/op")
}
