//go:build unix

package partial

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// The test binary runs itself as the other process: childEnv names what it is
// to do, childPath the partial file.
const (
	childEnv  = "HAUL_PARTIAL_CHILD"
	childPath = "HAUL_PARTIAL_PATH"
)

func TestMain(m *testing.M) {
	switch os.Getenv(childEnv) {
	case "":
		goleak.VerifyTestMain(m)
	case "hold":
		exitWith(holdChild(os.Getenv(childPath)))
	case "write":
		exitWith(writeChild(os.Getenv(childPath)))
	}
}

func exitWith(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// holdChild opens the file and keeps it until its input ends.
func holdChild(path string) error {
	f, err := Open(OS{}, path)
	if err != nil {
		return err
	}
	fmt.Println("open")
	if _, err := io.Copy(io.Discard, os.Stdin); err != nil {
		return err
	}
	return f.Close()
}

// writeChild goes on with the download in small pieces, out of order, until it
// is killed. Every line it prints is a piece.
func writeChild(path string) error {
	f, err := Open(OS{}, path)
	if errors.Is(err, os.ErrNotExist) {
		st := storyState("v1")
		st.Length = -1
		f, err = Create(OS{}, path, st)
	}
	if err != nil {
		return err
	}
	f.AutoCheckpoint(CheckpointPolicy{Every: time.Millisecond, Bytes: 8 << 10})
	for n := 0; ; n++ {
		off := rand.Int64N(1 << 20)
		r := Range{off, off + 1 + rand.Int64N(4096)}
		if _, err := f.WriteAt(storyBytes("v1", r), off); err != nil {
			return err
		}
		if n%5 == 0 {
			if err := f.Checkpoint(); err != nil {
				return err
			}
		}
		fmt.Println(f.State().Have.Len())
	}
}

func startChild(t *testing.T, what, path string) (cmd *exec.Cmd, stdin io.WriteCloser, stdout *bufio.Scanner) {
	t.Helper()
	exe, err := os.Executable()
	must(t, err)
	cmd = exec.CommandContext(t.Context(), exe)
	cmd.Env = append(os.Environ(), childEnv+"="+what, childPath+"="+path)
	cmd.Stderr = os.Stderr
	stdin, err = cmd.StdinPipe()
	must(t, err)
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	return cmd, stdin, bufio.NewScanner(out)
}

func TestLockHoldsAgainstAnotherProcess(t *testing.T) {
	f := newFile(t, 100)
	must(t, f.Close())
	cmd, stdin, stdout := startChild(t, "hold", f.Path())
	if !stdout.Scan() {
		t.Fatal("the child said nothing")
	}
	if _, err := Open(OS{}, f.Path()); !errors.Is(err, ErrLocked) {
		t.Errorf("%v, want ErrLocked", err)
	}
	must(t, stdin.Close())
	must(t, cmd.Wait())
	f, err := Open(OS{}, f.Path())
	must(t, err)
	must(t, f.Close())
}

func TestLockHoldsWithinTheProcess(t *testing.T) {
	f := newFile(t, 100)
	must(t, f.Checkpoint())
	if _, err := Open(OS{}, f.Path()); !errors.Is(err, ErrLocked) {
		t.Errorf("%v, want ErrLocked", err)
	}
	must(t, f.Close())
	f, err := Open(OS{}, f.Path())
	must(t, err)
	must(t, f.Abandon())
}

func TestLockDiesWithItsProcess(t *testing.T) {
	f := newFile(t, 100)
	must(t, f.Close())
	cmd, _, stdout := startChild(t, "hold", f.Path())
	if !stdout.Scan() {
		t.Fatal("the child said nothing")
	}
	must(t, cmd.Process.Kill())
	waitKilled(t, cmd)
	f, err := Open(OS{}, f.Path())
	must(t, err)
	must(t, f.Close())
}

func TestKilledProcessLeavesTheTruth(t *testing.T) {
	path := PathFor(t.TempDir(), "a.iso")
	var last int64
	for round := range 20 {
		cmd, _, stdout := startChild(t, "write", path)
		for range 1 + rand.IntN(40) {
			if !stdout.Scan() {
				t.Fatal("the child ended by itself")
			}
		}
		must(t, cmd.Process.Kill())
		waitKilled(t, cmd)
		f, err := Open(OS{}, path)
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		have := f.State().Have
		for _, r := range have.Ranges() {
			got := make([]byte, r.End-r.Start)
			_, err := f.ReadAt(got, r.Start)
			must(t, err)
			if !bytes.Equal(got, storyBytes("v1", r)) {
				t.Fatalf("round %d: claimed bytes %v are wrong", round, r)
			}
		}
		if have.Len() < last {
			t.Errorf("round %d: %d bytes claimed, %d the round before", round, have.Len(), last)
		}
		last = have.Len()
		must(t, f.Close())
	}
	if last == 0 {
		t.Error("nothing was ever claimed")
	}
}

func waitKilled(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	var exit *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
		t.Fatalf("the child ended with %v", err)
	}
}
