//go:build linux

package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"haul/internal/e2e"
)

// settings are the flags.
type settings struct {
	workloads, peers []string
	rounds           int
	scale            float64
	timeout          time.Duration
	haul             string
	memory, disk     string
	list             bool
}

func parse(args []string, out io.Writer) (settings, error) {
	var s settings
	var workloads, peers string
	f := flag.NewFlagSet("peers", flag.ContinueOnError)
	f.SetOutput(out)
	f.StringVar(&workloads, "workload", "all", "workloads to run, separated by commas; the beginning of a name that is none itself stands for all that have it")
	f.StringVar(&peers, "peers", "all", "programs to run, separated by commas, as the tables name them without flags")
	f.IntVar(&s.rounds, "rounds", 5, "how often each program runs")
	f.Float64Var(&s.scale, "scale", 1, "factor of all sizes and counts")
	f.DurationVar(&s.timeout, "timeout", 3*time.Minute, "the longest that one run may take")
	f.StringVar(&s.haul, "haul", "", "the haul to measure (default: it is built)")
	f.StringVar(&s.memory, "memory", "/dev/shm", "a directory in memory")
	f.StringVar(&s.disk, "disk", os.TempDir(), "a directory on a disk")
	f.BoolVar(&s.list, "list", false, "list the workloads and end")
	if err := f.Parse(args); err != nil {
		return s, err
	}
	if s.rounds < 1 || s.scale <= 0 || f.NArg() > 0 {
		return s, errors.New("-rounds and -scale want to be more than 0, and nothing comes after the flags")
	}
	s.workloads, s.peers = strings.Split(workloads, ","), strings.Split(peers, ",")
	return s, nil
}

func main() {
	if as := os.Getenv(actVariable); as != "" {
		os.Exit(act(as, os.Args[1:]))
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "peers:", err)
		os.Exit(1)
	}
}

// run runs what args ask for and writes the tables to out.
func run(ctx context.Context, args []string, out io.Writer) error {
	s, err := parse(args, out)
	if errors.Is(err, flag.ErrHelp) {
		return nil
	}
	if err != nil {
		return err
	}
	chosen, err := choose(s)
	if err != nil {
		return err
	}
	if s.list {
		for _, w := range chosen {
			fmt.Fprintf(out, "%-20s %s\n", w.name, w.title(s.scale))
		}
		return nil
	}
	inside := os.Getenv(insideVariable) != ""
	if os.Geteuid() == 0 && !inside {
		return again(ctx, args, out)
	}
	dir, err := os.MkdirTemp(s.memory, "haul-peers-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if s.haul == "" {
		if s.haul, err = e2e.Build(ctx, dir); err != nil {
			return err
		}
	}
	b := &bench{settings: s, dir: dir, out: out, private: inside}
	if err := b.prepare(); err != nil {
		return err
	}
	for _, w := range chosen {
		if err := b.measure(ctx, w); err != nil {
			return fmt.Errorf("%s: %w", w.name, err)
		}
	}
	return nil
}

// insideVariable is set in the process that has a network namespace of its own.
const insideVariable = "HAUL_PEERS_INSIDE"

// again runs this program once more, in a network namespace of its own.
func again(ctx context.Context, args []string, out io.Writer) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, self, args...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.Env = append(os.Environ(), insideVariable+"=1")
	cmd.Stdout, cmd.Stderr = out, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET, Pdeathsig: syscall.SIGTERM}
	return cmd.Run()
}

// choose returns the workloads that were asked for.
func choose(s settings) ([]workload, error) {
	all := workloads()
	var chosen []workload
	for _, name := range s.workloads {
		found := false
		exact := slices.ContainsFunc(all, func(w workload) bool { return w.name == name })
		for _, w := range all {
			if name == "all" || w.name == name || !exact && strings.HasPrefix(w.name, name) {
				found = true
				if !slices.ContainsFunc(chosen, func(c workload) bool { return c.name == w.name }) {
					chosen = append(chosen, w)
				}
			}
		}
		if !found {
			return nil, fmt.Errorf("there is no workload %q; -list names them", name)
		}
	}
	return chosen, nil
}

// under makes a new directory for one run.
func under(dir string) (string, error) {
	made, err := os.MkdirTemp(dir, "run-")
	if err != nil {
		return "", err
	}
	return made, os.Mkdir(filepath.Join(made, "got"), 0o700)
}
