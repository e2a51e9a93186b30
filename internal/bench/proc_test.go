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

	"haul/internal/bench/process"
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
	peak, err := process.PeakMemory(pid)
	return sample{cpu: cpu, peak: peak}, err
}

// runProgram runs a program to its end and returns what it cost.
func runProgram(b *testing.B, dir, name string, args ...string) sample {
	b.Helper()
	cmd := exec.Command(name, args...)
	cmd.Env = process.Environ(dir)
	cmd.Dir = dir
	s, err := process.Run(cmd)
	if err != nil {
		b.Fatal(err)
	}
	return sample{wall: s.Wall, cpu: s.CPU, peak: s.Peak}
}
