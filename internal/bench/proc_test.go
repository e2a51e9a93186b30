//go:build linux

package bench

import (
	"os/exec"
	"testing"

	"haul/internal/bench/process"
)

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
	cpu, err := process.CPU(pid)
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
