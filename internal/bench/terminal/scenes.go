//go:build linux

package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"haul/internal/bench/process"
)

// running is how many transfers run where some do.
const running = 16

// Words of haul's screen.
const (
	firstFrame = "help" // of the last line
	cursor     = "❯"    // is written only when the cursor moves
	noRow      = "no transfers"
)

// scene is one way of running haul. It adds what it finds to the results.
type scene struct {
	name string
	play func(*bench, context.Context, *results) error
}

func known() []scene {
	return []scene{
		{"start", (*bench).start},
		{"idle", (*bench).idle},
		{"busy", (*bench).busy},
		{"watch", (*bench).watch},
		{"full", (*bench).full},
		{"frame", (*bench).frame},
	}
}

// bench is what the scenes share.
type bench struct {
	settings
	dir string // in memory
}

// fresh makes a directory that nothing was in before, and says how to remove
// it.
func (b *bench) fresh() (dir string, remove func() error, err error) {
	dir, err = os.MkdirTemp(b.dir, "run-")
	return dir, func() error { return os.RemoveAll(dir) }, err
}

// opened runs a program in a terminal until its first frame, which has word,
// hands it to look, and ends it.
func (b *bench) opened(ctx context.Context, word string, command func(dir string) []string, look func(t *tty, first time.Duration) error) error {
	return b.terminal(ctx, command, func(t *tty) error {
		at, err := t.see(word)
		if err != nil {
			return err
		}
		return look(t, at.Sub(t.began))
	})
}

// terminal starts a program in a terminal, hands it to look, and ends it.
func (b *bench) terminal(ctx context.Context, command func(dir string) []string, look func(*tty) error) (err error) {
	dir, remove, err := b.fresh()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, remove()) }()
	args := command(dir)
	t, err := start(ctx, dir, args[0], args[1:]...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, t.stop()) }()
	return look(t)
}

// list writes a list of n URLs into dir and returns its path.
func list(dir string, s *site, n int) (path string, err error) {
	path = filepath.Join(dir, "list")
	f, err := os.Create(path)
	if err != nil {
		return "", err
	}
	w := bufio.NewWriter(f)
	for _, url := range s.urls(n) {
		fmt.Fprintln(w, url)
	}
	return path, errors.Join(w.Flush(), f.Close())
}

// start measures first frames.
func (b *bench) start(ctx context.Context, r *results) error {
	return b.served(1<<20, 100_000, func(s *site, path string) error {
		for figure, args := range map[string][]string{
			"start":      s.urls(1),
			"start list": {"-i", path},
		} {
			err := b.opened(ctx, firstFrame, b.haulIn(args...), func(_ *tty, first time.Duration) error {
				r.add(figure, milliseconds(first))
				return nil
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// served has a site and a list of its files while do runs.
func (b *bench) served(size int64, rate int, do func(s *site, list string) error) (err error) {
	dir, remove, err := b.fresh()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, remove()) }()
	s, err := newSite(dir, size, rate)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	path, err := list(dir, s, b.rows)
	if err != nil {
		return err
	}
	return do(s, path)
}

// haulIn is haul's command line in a directory.
func (b *bench) haulIn(args ...string) func(dir string) []string {
	return func(dir string) []string {
		return append([]string{b.haul, "-d", dir, "--max-running=16", "--max-rows-per-host=16", "-n", "1"}, args...)
	}
}

// idle measures a list in which nothing runs.
func (b *bench) idle(ctx context.Context, r *results) error {
	return b.served(1<<20, 0, func(_ *site, path string) error {
		return b.opened(ctx, firstFrame, b.haulIn("--paused", "-i", path), func(t *tty, _ time.Duration) error {
			return b.shares(ctx, t, r, "idle", "idle unfocused")
		})
	})
}

// shares measures the share of a core with the focus and without it.
func (b *bench) shares(ctx context.Context, t *tty, r *results, focused, unfocused string) error {
	for _, s := range []struct{ figure, event string }{{focused, "\x1b[I"}, {unfocused, "\x1b[O"}} {
		if _, err := t.file.WriteString(s.event); err != nil {
			return err
		}
		if err := pause(ctx, b.settle); err != nil {
			return err
		}
		part, err := t.share(ctx, b.window)
		if err != nil {
			return err
		}
		r.add(s.figure, 100*part)
	}
	return nil
}

// busy measures keys and memory in a long list of which some runs.
func (b *bench) busy(ctx context.Context, r *results) error {
	return b.served(64<<20, 1_000_000, func(s *site, path string) error {
		return b.opened(ctx, firstFrame, b.haulIn("-i", path), func(t *tty, _ time.Duration) error {
			if err := awaitRunning(ctx, s); err != nil {
				return err
			}
			if err := pause(ctx, b.settle); err != nil { // the list is read meanwhile
				return err
			}
			delays := make([]time.Duration, b.keys)
			for i := range delays {
				// At a time that has nothing to do with the frames.
				if err := pause(ctx, time.Duration(20+rand.IntN(100))*time.Millisecond); err != nil {
					return err
				}
				key := "j"
				if i%20 >= 10 {
					key = "k"
				}
				pressed := time.Now()
				moved, err := t.press(key, cursor)
				if err != nil {
					return err
				}
				delays[i] = moved.Sub(pressed)
			}
			slices.Sort(delays)
			r.add("key median", milliseconds(delays[len(delays)/2]))
			r.add("key 99", milliseconds(delays[len(delays)*99/100]))
			peak, err := process.PeakMemory(t.cmd.Process.Pid)
			r.add("memory", float64(peak)/1e6)
			return err
		})
	})
}

// awaitRunning waits until as many transfers as can run do.
func awaitRunning(ctx context.Context, s *site) error {
	return await(ctx, "the transfers", func() (bool, error) { return s.running() >= running, nil })
}

// await waits for what another process does, of which nothing tells.
func await(ctx context.Context, what string, done func() (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		if ok, err := done(); ok || err != nil {
			return err
		}
		if err := pause(ctx, time.Millisecond); err != nil {
			return fmt.Errorf("waiting for %s: %w", what, err)
		}
	}
}

// watch measures transfers of a given rate, watched, not looked at, and without
// a monitor.
func (b *bench) watch(ctx context.Context, r *results) error {
	return b.served(b.watchSize(), b.rate, func(s *site, _ string) error {
		err := b.opened(ctx, firstFrame, b.haulIn(s.urls(running)...), func(t *tty, _ time.Duration) error {
			if err := awaitRunning(ctx, s); err != nil {
				return err
			}
			return b.shares(ctx, t, r, "watch", "watch unfocused")
		})
		if err != nil {
			return err
		}
		return b.plain(ctx, s.urls(running), func(cmd *exec.Cmd) error {
			if err := pause(ctx, b.settle); err != nil {
				return err
			}
			part, err := share(ctx, cmd.Process.Pid, b.window)
			r.add("watch plain", 100*part)
			r.add("watch monitor", r.last("watch")-100*part)
			return err
		})
	})
}

// watchSize is what a transfer of the rate that is watched moves in the
// meantime, and some.
func (b *bench) watchSize() int64 {
	return int64(float64(b.rate) * (2*b.window + 3*b.settle + 5*time.Second).Seconds())
}

// plain runs haul without its monitor, hands it to look, and ends it. It has a
// terminal too: a process with a terminal of its own leads a session, and Linux
// shares the processor among sessions (autogroup, sched(7)), so that one in the
// session of the server would get its time in other pieces and cost less.
func (b *bench) plain(ctx context.Context, urls []string, look func(*exec.Cmd) error) error {
	return b.terminal(ctx, b.haulIn(append([]string{"--plain"}, urls...)...), func(t *tty) error { return look(t.cmd) })
}

// pairs is how often a round compares haul with and without its monitor at full
// speed: the same run costs a tenth of a core more or less each time, which is
// more than the monitor.
const pairs = 5

// full measures what the monitor costs while transfers go as fast as they can,
// each of the two first in turn.
func (b *bench) full(ctx context.Context, r *results) error {
	for n := range pairs {
		var with, without process.Sample
		var err error
		measure := []func(){
			func() {
				with, err = b.fullSpeed(ctx, func(s *site, look func(*exec.Cmd) error) error {
					return b.opened(ctx, firstFrame, b.haulIn(s.urls(running)...), func(t *tty, _ time.Duration) error { return look(t.cmd) })
				})
			},
			func() {
				without, err = b.fullSpeed(ctx, func(s *site, look func(*exec.Cmd) error) error { return b.plain(ctx, s.urls(running), look) })
			},
		}
		for i := range measure {
			if measure[(n+i)%len(measure)](); err != nil {
				return err
			}
		}
		r.add("full own", 100*(with.User-without.User).Seconds()/with.Wall.Seconds())
		r.add("full", 100*(with.CPU-without.CPU).Seconds()/with.Wall.Seconds())
		r.add("full rate", float64(running*b.size)/with.Wall.Seconds()/1e9)
		r.add("full share", 100*with.CPU.Seconds()/with.Wall.Seconds())
	}
	return nil
}

// fullSpeed says what a haul costs that run starts, from when its transfers run
// until all its files are in place. They are held until it has settled, so that
// starting haul is no part of it.
func (b *bench) fullSpeed(ctx context.Context, run func(*site, func(*exec.Cmd) error) error) (sample process.Sample, err error) {
	err = b.served(b.size, 0, func(s *site, _ string) error {
		release := s.hold()
		defer release()
		return run(s, func(cmd *exec.Cmd) error {
			if err := await(ctx, "the requests", func() (bool, error) { return s.asked() == running, nil }); err != nil {
				return err
			}
			if err := pause(ctx, b.settle); err != nil {
				return err
			}
			before, err := used(cmd)
			if err != nil {
				return err
			}
			began := time.Now()
			release()
			sample, err = untilDone(ctx, cmd)
			sample.CPU -= before.CPU
			sample.User -= before.User
			sample.Wall = time.Since(began)
			return err
		})
	})
	return sample, err
}

// used is the processor time that a command has used so far.
func used(cmd *exec.Cmd) (sample process.Sample, err error) {
	if sample.CPU, err = process.CPU(cmd.Process.Pid); err != nil {
		return sample, err
	}
	sample.User, err = process.User(cmd.Process.Pid)
	return sample, err
}

// untilDone waits until all files of a haul are in place and returns the
// processor time that it has used. Plain haul ends then, so that it is looked up
// on the way.
func untilDone(ctx context.Context, cmd *exec.Cmd) (sample process.Sample, err error) {
	all := filepath.Join(cmd.Dir, "row-*.bin")
	err = await(ctx, "the files", func() (bool, error) {
		if now, err := used(cmd); err == nil {
			sample = now
		}
		files, err := filepath.Glob(all)
		return len(files) == running, err
	})
	return sample, err
}

// frame runs the benchmarks of package ui.
func (b *bench) frame(ctx context.Context, r *results) error {
	output, err := exec.CommandContext(ctx, "go", "test", "-run", "-", "-bench", "^Benchmark(Frame100000Rows120x40|UnchangedRows)$", "haul/ui").CombinedOutput()
	if err != nil {
		return fmt.Errorf("go test: %w\n%s", err, output)
	}
	whole, rows := benchmark(string(output), "Frame100000Rows120x40"), benchmark(string(output), "UnchangedRows")
	if whole["ns/op"] == "" || rows["allocs/op"] == "" {
		return fmt.Errorf("the benchmarks say %s", output)
	}
	ns, err := strconv.ParseFloat(whole["ns/op"], 64)
	if err != nil {
		return err
	}
	allocs, err := strconv.ParseFloat(rows["allocs/op"], 64)
	r.add("frame", ns/1e6)
	r.add("frame rows", allocs)
	return err
}

// benchmark is what the output of go test says of a benchmark: values by their
// units.
func benchmark(output, name string) map[string]string {
	values := make(map[string]string)
	for line := range strings.Lines(output) {
		fields := strings.Fields(line)
		if len(fields) < 4 || !strings.HasPrefix(fields[0]+"-", "Benchmark"+name+"-") {
			continue
		}
		for i := 2; i+1 < len(fields); i += 2 {
			values[fields[i+1]] = fields[i]
		}
	}
	return values
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
