//go:build linux

package bench

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"haul/internal/bench/process"
	"haul/internal/e2e"
	"haul/internal/e2e/tmux"
)

// settings are the flags behind -args. TestMain sets them before anything runs.
var settings struct {
	size   int64
	rounds int
	idle   time.Duration
	disk   string
	binary string
}

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	flag.Int64Var(&settings.size, "size", 2<<30, "bytes of the file that haul and curl download")
	flag.IntVar(&settings.rounds, "rounds", 5, "how often each downloads it")
	flag.DurationVar(&settings.idle, "idle", 30*time.Second, "how long an agent with nothing to do is watched")
	flag.StringVar(&settings.disk, "disk", os.TempDir(), "a directory on a disk")
	flag.Parse()
	if b := flag.Lookup("test.bench"); b == nil || b.Value.String() == "" {
		return m.Run() // there is nothing to run
	}
	dir, err := os.MkdirTemp("", "haul-bench-")
	if err == nil {
		defer os.RemoveAll(dir)
		settings.binary, err = e2e.Build(context.Background(), dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// sample is what one run of a program cost.
type sample struct {
	wall, cpu time.Duration // cpu is user and system time
	peak      int64         // bytes of memory at the most
}

// samples are those of one program.
type samples []sample

func (s samples) median(of func(sample) float64) float64 {
	values := make([]float64, len(s))
	for i := range s {
		values[i] = of(s[i])
	}
	slices.Sort(values)
	if n := len(values); n%2 == 0 {
		return (values[n/2-1] + values[n/2]) / 2
	}
	return values[len(values)/2]
}

func wall(s sample) float64 { return s.wall.Seconds() }
func cpu(s sample) float64  { return s.cpu.Seconds() }
func peak(s sample) float64 { return float64(s.peak) / 1e6 }

// monitor is haul with its monitor open in a terminal of 120x40.
type monitor struct {
	term *tmux.Terminal
	pid  int
}

// openTerminal opens the terminal. start then starts haul in it.
func openTerminal(b *testing.B, dir string) *monitor {
	b.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	term, err := tmux.Start(ctx, tmux.Config{Width: 120, Height: 40, Dir: dir, Environ: process.Environ(dir)[2:]})
	if errors.Is(err, tmux.ErrMissing) {
		b.Skip(err)
	}
	if err != nil {
		b.Fatal(err)
	}
	return &monitor{term: term}
}

// start starts haul and returns when it runs, with the time at which it was
// asked to.
func (m *monitor) start(b *testing.B, dir string, args ...string) time.Time {
	b.Helper()
	pidFile := filepath.Join(dir, "pid")
	if err := os.RemoveAll(pidFile); err != nil {
		b.Fatal(err)
	}
	script := filepath.Join(dir, "run")
	text := fmt.Sprintf("echo $$ >%s.new; mv %s.new %s; exec %s %s\n", pidFile, pidFile, pidFile, settings.binary, strings.Join(args, " "))
	if err := os.WriteFile(script, []byte(text), 0o600); err != nil {
		b.Fatal(err)
	}
	if err := m.term.Type("exec sh " + script); err != nil {
		b.Fatal(err)
	}
	began := time.Now()
	if err := m.term.Press("Enter"); err != nil {
		b.Fatal(err)
	}
	await(b, "haul", func() bool {
		text, err := os.ReadFile(pidFile)
		if err != nil {
			return false
		}
		_, err = fmt.Sscan(string(text), &m.pid)
		return err == nil
	})
	return began
}

// patience bounds every wait for another process.
const patience = 2 * time.Minute

// await waits for what another process does, of which nothing tells.
func await(b *testing.B, what string, done func() bool) {
	b.Helper()
	deadline := time.Now().Add(patience)
	for !done() {
		if time.Now().After(deadline) {
			b.Fatalf("waiting for %s", what)
		}
		time.Sleep(time.Millisecond)
	}
}
