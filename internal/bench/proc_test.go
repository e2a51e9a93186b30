//go:build linux

package bench

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// ticks is the unit of the times in /proc/PID/stat: 100 a second on all of
// Linux's architectures (USER_HZ).
const ticks = 100

// cpuTime is the user and system time that a process has used.
func cpuTime(pid int) (time.Duration, error) {
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err != nil {
		return 0, err
	}
	// The name, in parentheses, may contain anything; the rest are numbers.
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	const user, system = 11, 12 // proc(5): fields 14 and 15
	if len(fields) <= system {
		return 0, fmt.Errorf("proc stat of %d: %q", pid, text)
	}
	var sum int64
	for _, i := range []int{user, system} {
		n, err := strconv.ParseInt(fields[i], 10, 64)
		if err != nil {
			return 0, err
		}
		sum += n
	}
	return time.Duration(sum) * time.Second / ticks, nil
}

// peakMemory is the most memory that a process has had, in bytes.
func peakMemory(pid int) (int64, error) {
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "status"))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kib, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
			return kib << 10, err
		}
	}
	return 0, fmt.Errorf("proc status of %d has no VmHWM", pid)
}

// cost is what a living process has cost so far, without its wall time.
func cost(b *testing.B, pid int) sample {
	b.Helper()
	s, err := costOf(pid)
	if err != nil {
		b.Fatal(err)
	}
	return s
}

func costOf(pid int) (sample, error) {
	cpu, err := cpuTime(pid)
	if err != nil {
		return sample{}, err
	}
	peak, err := peakMemory(pid)
	return sample{cpu: cpu, peak: peak}, err
}

// runProgram runs a program to its end and returns what it cost. Its times are
// what wait4 says. Its memory is looked up while it runs: wait4's figure goes on
// from that of the process that forked, which is this one.
func runProgram(b *testing.B, dir, name string, args ...string) sample {
	b.Helper()
	cmd := exec.Command(name, args...)
	cmd.Env = environ(dir)
	cmd.Dir = dir
	var output strings.Builder
	cmd.Stderr = &output
	began := time.Now()
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	ended := make(chan struct{})
	highest := make(chan int64)
	go func() { highest <- watchMemory(cmd.Process.Pid, ended) }()
	err := cmd.Wait()
	took := time.Since(began)
	close(ended)
	s := sample{wall: took, cpu: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), peak: <-highest}
	if err != nil {
		b.Fatalf("%s: %v\n%s", name, err, output.String())
	}
	return s
}

// watchMemory returns the peak of a process's memory as it was a few
// milliseconds before its end.
func watchMemory(pid int, ended <-chan struct{}) (peak int64) {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		// After its end there is nothing to read.
		if p, err := peakMemory(pid); err == nil {
			peak = p
		}
		select {
		case <-ended:
			return peak
		case <-tick.C:
		}
	}
}
