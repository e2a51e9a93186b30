//go:build linux

package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"haul/internal/e2e"
)

// settings are the flags.
type settings struct {
	scenes []string // "all", or some of their names
	peers  []peer
	rounds int
	rows   int
	keys   int
	window time.Duration
	settle time.Duration
	rate   int
	size   int64
	haul   string
	memory string
}

func parse(args []string, out io.Writer) (settings, error) {
	var s settings
	var scenes string
	f := flag.NewFlagSet("terminal", flag.ContinueOnError)
	f.SetOutput(out)
	f.StringVar(&scenes, "scene", "all", "scenes to play, separated by commas; none plays none")
	f.Func("peer", "`NAME|WORD|COMMAND` of a program to run beside haul", func(text string) error {
		p, err := parsePeer(text)
		s.peers = append(s.peers, p)
		return err
	})
	f.IntVar(&s.rounds, "rounds", 5, "how often each scene is played")
	f.IntVar(&s.rows, "rows", 10_000, "rows of the long list")
	f.IntVar(&s.keys, "keys", 200, "keys that are pressed in each round")
	f.DurationVar(&s.window, "window", 10*time.Second, "how long a share of a core is measured")
	f.DurationVar(&s.settle, "settle", 2*time.Second, "how long a program gets before that to finish what its start began")
	f.IntVar(&s.rate, "rate", 4_000_000, "bytes per second of each transfer that is watched")
	f.Int64Var(&s.size, "size", 256<<20, "bytes of each of the 16 files at full speed")
	f.StringVar(&s.haul, "haul", "", "the haul to measure (default: it is built)")
	f.StringVar(&s.memory, "memory", "/dev/shm", "a directory in memory")
	if err := f.Parse(args); err != nil {
		return s, err
	}
	if s.rounds < 1 || s.rows < running || s.keys < 1 || s.window <= 0 || s.rate < 1 || s.size < 1 || f.NArg() > 0 {
		return s, fmt.Errorf("the numbers want to be more than 0, -rows at least %d, and nothing comes after the flags", running)
	}
	s.scenes = strings.Split(scenes, ",")
	for _, name := range s.scenes {
		if name != "all" && name != "none" && !slices.ContainsFunc(known(), func(s scene) bool { return s.name == name }) {
			return s, fmt.Errorf("there is no scene %q", name)
		}
	}
	return s, nil
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "terminal:", err)
		os.Exit(1)
	}
}

// run measures what args ask for and writes the tables to out.
func run(ctx context.Context, args []string, out io.Writer) (err error) {
	s, err := parse(args, out)
	if errors.Is(err, flag.ErrHelp) {
		return nil
	}
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp(s.memory, "haul-terminal-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if s.haul == "" {
		if s.haul, err = e2e.Build(ctx, dir); err != nil {
			return err
		}
	}
	b := &bench{settings: s, dir: dir}
	figures, peers := newResults(), newComparison(b)
	for range s.rounds {
		for _, scene := range known() {
			if !s.plays(scene.name) {
				continue
			}
			if err := scene.play(b, ctx, figures); err != nil {
				return fmt.Errorf("%s: %w", scene.name, err)
			}
		}
		if err := peers.round(ctx); err != nil {
			return err
		}
	}
	return errors.Join(figures.write(out, lines(s)), peers.write(out))
}

func (s settings) plays(name string) bool {
	return slices.Contains(s.scenes, "all") || slices.Contains(s.scenes, name)
}
