//go:build unix

package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// TestInterruptEndsWhatComesBeforeTheTransfers: a list that never ends and a
// password that nobody types must not keep haul from being ended.
func TestInterruptEndsWhatComesBeforeTheTransfers(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	pipe := filepath.Join(filepath.Dir(h.state), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Run("list", func(t *testing.T) {
		t.Parallel()
		cmd := exec.CommandContext(t.Context(), binary, "--plain", "-d", h.downloads, "-i", pipe)
		cmd.Env = h.environ()
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		writer, err := os.OpenFile(pipe, os.O_WRONLY, 0) // returns once haul reads
		if err != nil {
			t.Fatal(err)
		}
		defer writer.Close()
		if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Wait(); err == nil || cmd.ProcessState.ExitCode() != 130 {
			t.Errorf("it ended with %v, want 130", err)
		}
	})
	t.Run("password", func(t *testing.T) {
		t.Parallel()
		s := openScreen(t, newHome(t), 80, 24)
		s.text("clear; " + binary + " -u bob http://127.0.0.1:1/x; echo left with $?.")
		s.press("Enter")
		s.see(`Password for bob`)
		s.press("C-c")
		s.left(130)
	})
}
