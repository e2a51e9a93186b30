//go:build linux

// Package process runs other programs and says what they cost.
package process

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Sample is what one run of a program cost.
type Sample struct {
	Wall, CPU time.Duration // CPU is user and system time
	User      time.Duration // what of CPU is the program's own code
	Peak      int64         // bytes of memory at the most
}

// Run runs cmd to its end. Its times are what wait4 says. Its memory is looked up
// while it runs: wait4's figure goes on from that of the process that forked,
// which is this one. The error holds what the program wrote to standard error.
func Run(cmd *exec.Cmd) (Sample, error) {
	var output bytes.Buffer
	cmd.Stderr = &output
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return Sample{}, err
	}
	ended := make(chan struct{})
	highest := make(chan int64)
	go func() { highest <- watchMemory(cmd.Process.Pid, ended) }()
	err := cmd.Wait()
	s := Sample{Wall: time.Since(began)}
	close(ended)
	s.User, s.Peak = cmd.ProcessState.UserTime(), <-highest
	s.CPU = s.User + cmd.ProcessState.SystemTime()
	if err != nil {
		return s, fmt.Errorf("%s: %w\n%s", filepath.Base(cmd.Path), err, output.Bytes())
	}
	return s, nil
}

// watchMemory returns the peak of a process's memory as it was a few
// milliseconds before its end.
func watchMemory(pid int, ended <-chan struct{}) (peak int64) {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		// After its end there is nothing to read.
		if p, err := PeakMemory(pid); err == nil {
			peak = p
		}
		select {
		case <-ended:
			return peak
		case <-tick.C:
		}
	}
}

// CPU is the user and system time that a living process has used, with all its
// threads, also those that have ended. It is exact to the microsecond, where
// /proc/PID/stat counts hundredths of a second.
func CPU(pid int) (time.Duration, error) {
	const scheduled = 2 // CPUCLOCK_SCHED of clock_getcpuclockid(3)
	var t unix.Timespec
	if err := unix.ClockGettime(int32(^pid<<3|scheduled), &t); err != nil {
		return 0, fmt.Errorf("the processor's time of process %d: %w", pid, err)
	}
	return time.Duration(t.Nano()), nil
}

// User is what of [CPU] a living process has spent in its own code and not in the
// kernel, in hundredths of a second.
func User(pid int) (time.Duration, error) {
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err != nil {
		return 0, err
	}
	// The name of the program may have anything in it; behind it utime is the
	// twelfth field (proc_pid_stat(5)).
	const utime = 11
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	if len(fields) <= utime {
		return 0, errors.New("the process has ended")
	}
	ticks, err := strconv.ParseInt(fields[utime], 10, 64)
	return time.Duration(ticks) * time.Second / 100, err
}

// PeakMemory is the most memory that a living process has had, in bytes.
func PeakMemory(pid int) (int64, error) { return status(pid, "VmHWM:") }

// Memory is the resident memory of a living process in bytes.
func Memory(pid int) (int64, error) { return status(pid, "VmRSS:") }

// Switches is how often the threads of a living process have gone to sleep, and
// so were woken.
func Switches(pid int) (sum int64, err error) {
	threads, err := filepath.Glob(filepath.Join("/proc", strconv.Itoa(pid), "task", "*", "status"))
	if err != nil {
		return 0, err
	}
	for _, path := range threads {
		if n, err := number(path, "voluntary_ctxt_switches:"); err == nil { // else it has ended
			sum += n
		}
	}
	return sum, nil
}

// status is a size of /proc/PID/status in bytes.
func status(pid int, name string) (int64, error) {
	kib, err := number(filepath.Join("/proc", strconv.Itoa(pid), "status"), name)
	return kib << 10, err
}

// number is a number in a file of lines with names.
func number(path, name string) (int64, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, name); ok {
			return strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
		}
	}
	return 0, errors.New("the process has ended")
}

// Median is the middle of what of says of the samples, 0 of none.
func Median(samples []Sample, of func(Sample) float64) float64 {
	if len(samples) == 0 {
		return 0
	}
	values := make([]float64, len(samples))
	for i := range samples {
		values[i] = of(samples[i])
	}
	slices.Sort(values)
	if n := len(values); n%2 == 0 {
		return (values[n/2-1] + values[n/2]) / 2
	}
	return values[len(values)/2]
}

// Environ is the environment of a program with its state below dir.
func Environ(dir string) []string {
	return []string{
		"PATH=" + os.Getenv("PATH"), "LC_ALL=C.UTF-8", "HOME=" + dir,
		"XDG_STATE_HOME=" + filepath.Join(dir, "state"), "XDG_CONFIG_HOME=" + filepath.Join(dir, "config"),
	}
}
